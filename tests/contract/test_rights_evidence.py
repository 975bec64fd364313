"""The log of evidence in PostgreSQL: what was decided is sealed once, proved, and never changed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import psycopg
import pytest

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.errors import Invalid
from chorus.evidence import note
from chorus.evidence.keys import PublicKey, read_published
from chorus.evidence.receipt import issue, verify, verify_consistency, verify_log
from chorus.platform.evidence import EvidenceSigner
from chorus.platform.postgres import Database
from chorus.rights.adapters import evidence
from chorus.rights.adapters.evidence import EvidenceLog, Sealer
from chorus.rights.domain.evidence import Statement
from tests.engines.fixtures import MakeDatabase
from tests.serving import as_owner, database_of
from tests.unit.rights.service import RightsService, rights_with_terms

pytestmark = pytest.mark.postgres
SIGNER = EvidenceSigner("chorus.example/evidence", "a secret of this test only, long enough")
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
TABLES = ["evidence", "evidence_leaves", "evidence_nodes", "evidence_checkpoints", "evidence_keys"]


@pytest.fixture
def database(make_database: MakeDatabase) -> Iterator[Database]:
    with closing(Database(database_of("rights", make_database))) as database:
        yield database


def add(database: Database, post: str, *, kind: str = "granted", subject: str = "r") -> None:
    with database.transaction() as conn:
        evidence.add(conn, Statement(kind, "lumen", post, subject, AT, {"post": post, "credit": "Mira Example"}))


def seal(database: Database, signer: EvidenceSigner = SIGNER) -> int:
    with database.transaction() as conn:
        return EvidenceLog(conn, signer).seal()


def receipts(database: Database, post: str, signer: EvidenceSigner = SIGNER) -> list[bytes]:
    with database.transaction() as conn:
        found = EvidenceLog(conn, signer).sealed("lumen", post, "r")
    return [json.dumps(issue(each, {}, signer.key)).encode() for each in found]


def keys(database: Database) -> list[PublicKey]:
    with database.transaction() as conn:
        return EvidenceLog(conn, SIGNER).keys()


def test_an_entry_has_a_receipt_once_it_is_sealed(database: Database) -> None:
    add(database, "p1")
    assert receipts(database, "p1") == []
    assert seal(database) == 1
    [receipt] = receipts(database, "p1")
    assert verify(receipt, keys(database)).receipt["details"] == {"post": "p1", "credit": "Mira Example"}
    assert seal(database) == 0


def test_every_receipt_of_a_log_of_many_batches_is_sound_and_so_is_the_log(database: Database) -> None:
    for batch in range(6):
        for number in range(batch + 1):
            add(database, f"p{batch}-{number}")
        seal(database)
    known = keys(database)
    found = [
        verify(each, known)
        for batch in range(6)
        for n in range(batch + 1)
        for each in receipts(database, f"p{batch}-{n}")
    ]
    assert [each.leaf for each in found] == list(range(21))
    with database.transaction() as conn:
        log = EvidenceLog(conn, SIGNER)
        leaves, checkpoints = log.leaves(0, 100)
        assert log.leaves(20, 100)[0] == leaves[20:]
    assert len(checkpoints) == 6
    assert verify_log(leaves, checkpoints, known, found) == 21


def test_the_log_is_proved_to_go_on_from_each_of_its_checkpoints(database: Database) -> None:
    for number in range(7):
        add(database, f"p{number}")
        seal(database)
    known = keys(database)
    with database.transaction() as conn:
        log = EvidenceLog(conn, SIGNER)
        read = [note.read(each, known) for each in log.leaves(0, 100)[1]]
        for old in read:
            for new in read[old.size - 1 :]:
                verify_consistency(old, new, log.consistency(old.size, new.size))


@pytest.mark.parametrize(("old", "size"), [(0, 1), (2, 1), (1, 2), (-1, 1)])
def test_sizes_that_the_log_has_not_had_are_refused(old: int, size: int, database: Database) -> None:
    add(database, "p1")
    seal(database)
    with database.transaction() as conn, pytest.raises(Invalid):
        EvidenceLog(conn, SIGNER).consistency(old, size)


def test_processes_that_seal_side_by_side_give_each_entry_one_place(database: Database) -> None:
    for number in range(60):
        add(database, f"p{number}")
    with ThreadPoolExecutor(6) as processes:
        done = list(processes.map(lambda _: seal(database), range(6)))
    assert sorted(done) == [0, 0, 0, 0, 0, 60]
    with database.transaction() as conn:
        leaves, checkpoints = EvidenceLog(conn, SIGNER).leaves(0, 100)
    assert (len(leaves), len(checkpoints)) == (60, 1)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_not_even_its_owner_changes_evidence_without_taking_a_trigger_away(
    table: str, change: str, database: Database
) -> None:
    add(database, "p1")
    seal(database)
    column = {"evidence": "content", "evidence_checkpoints": "note", "evidence_keys": "log"}.get(table, "*")
    column = {"evidence_leaves": "leaf", "evidence_nodes": "place"}.get(table, column)
    statement = change.format(table, column, column)
    owner = psycopg.connect(as_owner(database._url))
    with owner, pytest.raises(psycopg.errors.RaiseException, match="only ever added to"):
        owner.execute(statement.encode())


def test_who_is_forgotten_stays_proved_by_the_receipt_that_they_hold(database: Database) -> None:
    add(database, "p1")
    add(database, "p2")
    seal(database)
    [held] = receipts(database, "p1")
    with database.transaction() as conn:
        evidence.forget(conn, "lumen", "p1")
    assert receipts(database, "p1") == []
    assert len(receipts(database, "p2")) == 1
    with database.transaction() as conn:
        leaves, checkpoints = EvidenceLog(conn, SIGNER).leaves(0, 10)
        row = conn.execute("SELECT string_agg(encode(content, 'escape'), '') FROM evidence").fetchone()
    assert verify_log(leaves, checkpoints, keys(database), [verify(held, keys(database))]) == 2
    assert row is not None
    assert "Mira" not in row[0]


def test_receipts_of_before_stay_good_when_the_secret_changes(database: Database) -> None:
    add(database, "p1")
    seal(database)
    [old] = receipts(database, "p1")
    newer = EvidenceSigner(SIGNER.origin, "another secret of this test, long enough")
    add(database, "p2")
    seal(database, newer)
    known = keys(database)
    assert len(known) == 2
    assert verify(old, known).leaf == 0
    for post in ("p1", "p2"):
        [receipt] = receipts(database, post, newer)
        assert verify(receipt, known).checkpoint.size == 2


def test_a_receipt_is_signed_with_a_key_that_is_published_before_it_seals_anything(database: Database) -> None:
    add(database, "p1")
    seal(database)
    newer = EvidenceSigner(SIGNER.origin, "another secret of this test, long enough")
    with database.transaction() as conn:
        EvidenceLog(conn, newer).publish_key()
    [receipt] = receipts(database, "p1", newer)
    assert verify(receipt, keys(database)).leaf == 0


def test_the_newest_key_is_published_at_a_start_though_nothing_is_decided(database: Database) -> None:
    """Publishing signs certificates with it, of what no creator decided too."""
    stop = threading.Event()
    stop.set()
    Sealer(database, SIGNER).run(stop)
    Sealer(database, newer := EvidenceSigner(SIGNER.origin, "another secret of this test, long enough")).run(stop)
    assert keys(database) == [SIGNER.key.public, newer.key.public]


def test_nobody_waits_for_whoever_seals(database: Database) -> None:
    add(database, "p1")
    with database.transaction() as conn:
        assert EvidenceLog(conn, SIGNER).seal() == 1
        Sealer(database, SIGNER).seal_soon()
    assert len(receipts(database, "p1")) == 1


def test_a_log_that_is_published_at_a_new_address_goes_on(database: Database) -> None:
    add(database, "p1")
    seal(database)
    moved = EvidenceSigner("new.example/evidence", SIGNER.secret)
    [receipt] = receipts(database, "p1", moved)
    assert verify(receipt, keys(database)).checkpoint.origin == SIGNER.origin
    add(database, "p2")
    seal(database, moved)
    [receipt] = receipts(database, "p1", moved)
    assert verify(receipt, keys(database)).checkpoint.origin == "new.example/evidence"


def test_what_cannot_be_sealed_just_now_waits(make_database: MakeDatabase) -> None:
    """The database is down: nobody who decided something is told of it."""
    with closing(Database("postgresql://nobody@127.0.0.1:1/none")) as down:
        Sealer(down, SIGNER).seal_soon()


@pytest.fixture
def service(make_database: MakeDatabase) -> Iterator[RightsService]:
    with rights_with_terms(make_database) as running:
        yield running


def test_the_public_part_of_the_log_is_empty_until_somebody_decides(service: RightsService) -> None:
    creator = service.client("creator")
    log = creator.GetEvidenceLog(pb.GetEvidenceLogRequest())
    assert (read_published(json.loads(log.keys)), log.checkpoint) == ([], "")
    assert not creator.GetEvidenceLeaves(pb.GetEvidenceLeavesRequest()).leaves
