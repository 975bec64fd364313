"""The authority that stamps evidence: asked now and then, believed when it is right, and missed by nobody."""

from __future__ import annotations

import base64
import itertools
import json
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from chorus.errors import Unavailable
from chorus.evidence.receipt import issue, verify
from chorus.platform.evidence import EvidenceSigner
from chorus.platform.postgres import Database
from chorus.rights.adapters import evidence, stamping
from chorus.rights.adapters.evidence import EvidenceLog
from chorus.rights.adapters.stamping import Authority, Stamper, StampingSettings
from chorus.rights.domain.evidence import Statement
from tests.authority import Serving, TimeStamps
from tests.engines.fixtures import MakeDatabase
from tests.serving import database_of

pytestmark = pytest.mark.postgres
SIGNER = EvidenceSigner("chorus.example/evidence", "a secret of this test only, long enough")
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
AT_ONCE = timedelta(0)


@pytest.fixture(scope="module")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> TimeStamps:
    return TimeStamps(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def served(stamps: TimeStamps) -> Iterator[Serving]:
    with Serving(lambda question: (200, [stamps.answer(question)])) as served:
        yield served


@pytest.fixture
def database(make_database: MakeDatabase) -> Iterator[Database]:
    with closing(Database(database_of("rights", make_database))) as database:
        yield database


def decided(database: Database, post: str) -> None:
    """Have something decided, and sealed."""
    with database.transaction() as conn:
        evidence.add(conn, Statement("granted", "lumen", post, "r", AT, {"post": post}))
    with database.transaction() as conn:
        EvidenceLog(conn, SIGNER).seal()


def receipt(database: Database, post: str) -> dict[str, Any]:
    with database.transaction() as conn:
        [sealed] = EvidenceLog(conn, SIGNER).sealed("lumen", post, "r")
    return issue(sealed, {}, SIGNER.key)


def stamped(database: Database) -> list[int]:
    with database.transaction() as conn:
        return [size for (size,) in conn.execute("SELECT size FROM evidence_stamps ORDER BY size")]


def test_a_receipt_has_the_first_time_stamp_since_its_entry(
    database: Database, served: Serving, stamps: TimeStamps
) -> None:
    stamper = Stamper(database, Authority(served.url, stamps.roots), AT_ONCE)
    for post in ("p1", "p2"):
        decided(database, post)
    assert "stamp" not in receipt(database, "p1")["evidence"], "none yet"
    assert stamper.stamp()
    decided(database, "p3")
    assert stamper.stamp()
    decided(database, "p4")
    seen = {}
    for post in ("p1", "p2", "p3"):
        document = receipt(database, post)
        found = verify(json.dumps(document).encode(), [SIGNER.key.public], stamps.roots)
        assert found.witnessed
        seen[post] = found.witnessed.checkpoint.size
        said = document["evidence"]["stamp"]
        assert stamps.vouches_for(base64.b64decode(said["response"]), said["checkpoint"])
    assert seen == {"p1": 2, "p2": 2, "p3": 3}
    assert "stamp" not in receipt(database, "p4")["evidence"]


def test_an_authority_is_asked_once_in_a_while_and_only_about_what_is_new(database: Database, served: Serving) -> None:
    stamper = Stamper(database, Authority(served.url), timedelta(hours=1))
    assert not stamper.stamp(), "there is no log"
    decided(database, "p1")
    assert stamper.stamp()
    decided(database, "p2")
    assert not stamper.stamp()
    assert Stamper(database, Authority(served.url), AT_ONCE).stamp()
    assert not Stamper(database, Authority(served.url), AT_ONCE).stamp()
    assert (stamped(database), len(served.asked)) == ([1, 2], 2)


def test_processes_side_by_side_ask_once(database: Database, stamps: TimeStamps) -> None:
    decided(database, "p1")
    asked, others = threading.Event(), threading.Event()

    def slowly(question: bytes) -> tuple[int, list[bytes]]:
        asked.set()
        others.wait(30)
        return 200, [stamps.answer(question)]

    with Serving(slowly) as served, ThreadPoolExecutor(1) as first:
        stamper = Stamper(database, Authority(served.url), AT_ONCE)
        running = first.submit(stamper.stamp)
        asked.wait(30)
        assert not stamper.stamp()
        decided(database, "p2")
        others.set()
        assert running.result(30)
    assert stamped(database) == [1]


Fault = Callable[[TimeStamps, bytes], tuple[int, Iterable[bytes]]]


def _tampered(stamps: TimeStamps, question: bytes) -> tuple[int, list[bytes]]:
    response = bytearray(stamps.answer(question))
    response[-10] ^= 1
    return 200, [bytes(response)]


FAULTS: dict[str, Fault] = {
    "down": lambda _stamps, _question: (503, []),
    "moved": lambda _stamps, _question: (307, []),
    "junk": lambda _stamps, _question: (200, [b"<html>"]),
    "endless": lambda _stamps, _question: (200, itertools.repeat(b"x" * 10_000)),
    "of something else": lambda stamps, _question: (200, [stamps.of("something else")]),
    "tampered": _tampered,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_time_stamp_is_kept_nowhere_and_asked_for_again(
    fault: str, database: Database, served: Serving, stamps: TimeStamps
) -> None:
    well, served.answers = served.answers, lambda question: FAULTS[fault](stamps, question)
    stamper = Stamper(database, Authority(served.url, stamps.roots), AT_ONCE)
    decided(database, "p1")
    with pytest.raises(Unavailable) as failure:
        stamper.stamp()
    assert failure.value.reason == "NO_TIME_STAMP"
    assert stamped(database) == []
    decided(database, "p2")
    assert verify(json.dumps(receipt(database, "p2")).encode(), [SIGNER.key.public]).witnessed is None
    served.answers = well
    assert stamper.stamp()
    assert stamped(database) == [2]


def test_an_answer_to_an_earlier_question_is_not_taken(database: Database, served: Serving, stamps: TimeStamps) -> None:
    stamper = Stamper(database, Authority(served.url, stamps.roots), AT_ONCE)
    decided(database, "p1")
    earlier = []

    def before(question: bytes) -> tuple[int, list[bytes]]:
        earlier.append(stamps.answer(question))
        return 503, []

    served.answers = before
    with pytest.raises(Unavailable):
        stamper.stamp()
    served.answers = lambda _question: (200, earlier)
    with pytest.raises(Unavailable, match="it answers another question"):
        stamper.stamp()


def test_an_authority_whose_certificate_has_ended_is_not_believed(database: Database, tmp_path: Path) -> None:
    ended = TimeStamps(tmp_path / "ended", ends_in=-timedelta(days=1))
    decided(database, "p1")
    with Serving(lambda question: (200, [ended.answer(question)])) as served:
        with pytest.raises(Unavailable, match="was valid then"):
            Stamper(database, Authority(served.url, ended.roots), AT_ONCE).stamp()
        assert Stamper(database, Authority(served.url), AT_ONCE).stamp(), "who named no root checks that later"


def test_an_authority_that_never_ends_its_answer_is_left(
    database: Database, stamps: TimeStamps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamping, "_SECONDS", 0.2)
    decided(database, "p1")
    hangs = threading.Event()

    def slowly(_question: bytes) -> tuple[int, Iterator[bytes]]:
        return 200, (b"x" for _ in itertools.count() if not hangs.wait(0.01))

    with Serving(slowly) as served, pytest.raises(Unavailable):
        Stamper(database, Authority(served.url), AT_ONCE).stamp()
    hangs.set()


def test_nobody_there_is_waited_for_until_told_to_stop(database: Database) -> None:
    decided(database, "p1")
    stop = threading.Event()
    stamper = Stamper(database, Authority("http://127.0.0.1:1/tsa"), timedelta(hours=1))
    running = threading.Thread(target=stamper.run, args=(stop,))
    running.start()
    stop.set()
    running.join(30)
    assert not running.is_alive()


@pytest.mark.parametrize(
    "address", ["http://tsa.example/", "ftp://tsa.example/", "tsa.example", "https://", "http://10.0.0.1/"]
)
def test_an_address_that_others_could_answer_for_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="is no https address"):
        StampingSettings(evidence_tsa=address)


@pytest.mark.parametrize("address", ["https://tsa.example/tsr", "http://localhost:3180/", "http://[::1]:3180/", ""])
def test_an_address_is_https_or_on_this_machine(address: str) -> None:
    found = StampingSettings(evidence_tsa=address).authority()
    assert (found.url if found else "") == address


def test_roots_are_certificates(stamps: TimeStamps) -> None:
    given = StampingSettings(evidence_tsa="https://tsa.example/", evidence_tsa_roots=stamps.root.read_text())
    assert given.authority() == Authority("https://tsa.example/", stamps.roots)
    with pytest.raises(ValidationError, match="no list of certificates"):
        StampingSettings(evidence_tsa_roots="-----BEGIN CERTIFICATE-----")
