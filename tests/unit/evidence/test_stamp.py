"""Time stamps of an authority: by when a receipt's entry was there, and nothing else that looks like it."""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chorus.evidence import stamp
from chorus.evidence.receipt import Stamped, issue, verify, verify_log
from chorus.evidence.signed import TamperedError
from chorus.evidence.stamp import BadStampError
from chorus.evidence.tree import inclusion
from tests.authority import TimeStamps
from tests.unit.evidence.samples import KEY, MemoryLog, file_of, log_of
from tests.unit.evidence.test_receipt import resigned

BEFORE = Path(__file__).with_name("receipt-of-before.json")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TimeStamps:
    return TimeStamps(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def log() -> MemoryLog:
    return log_of(5)


def stamped(log: MemoryLog, place: int, size: int, response: bytes) -> dict[str, Any]:
    """Issue the receipt of an entry with a time stamp of the log as it was with so many entries."""
    proof = inclusion(place, size, log.nodes.__getitem__)
    sealed = log.sealed(place, Stamped(log.checkpoints[size - 1], proof, response))
    return issue(sealed, {"brand": "Lumen"}, KEY)


def test_a_receipt_proves_by_when_its_entry_was_there(log: MemoryLog, authority: TimeStamps) -> None:
    response = authority.of(log.checkpoints[2])
    data = file_of(stamped(log, 1, 3, response))
    found = verify(data, [KEY.public], authority.roots)
    assert found.witnessed
    assert found.witnessed.checkpoint.size == 3
    assert abs(found.witnessed.at - datetime.now(UTC)) < timedelta(hours=1)
    assert verify(data, [KEY.public]) == found, "who trusts nobody is told what it says"
    said = json.loads(data)["evidence"]["stamp"]
    assert authority.vouches_for(base64.b64decode(said["response"]), said["checkpoint"]), "OpenSSL agrees"


def test_what_is_asked_is_a_question_that_openssl_answers(log: MemoryLog, authority: TimeStamps) -> None:
    question, nonce = stamp.question(log.checkpoints[4])
    response = authority.answer(question)
    at = stamp.read(log.checkpoints[4], response, roots=authority.roots, nonce=nonce)
    assert at == stamp.read(log.checkpoints[4], response)
    assert stamp.question(log.checkpoints[4])[1] != nonce
    with pytest.raises(BadStampError, match="another question"):
        stamp.read(log.checkpoints[4], response, roots=authority.roots, nonce=nonce + 1)


def test_receipts_of_before_stay_good_and_are_given_out_as_they_were() -> None:
    assert verify(BEFORE.read_bytes(), [KEY.public]).witnessed is None
    assert file_of(log_of(3).receipt(1)) == BEFORE.read_bytes()


def test_no_bit_of_a_time_stamp_can_be_changed_to_another_time(
    log: MemoryLog, authority: TimeStamps, seed: int
) -> None:
    response = authority.of(log.checkpoints[4])
    at = stamp.read(log.checkpoints[4], response, roots=authority.roots)
    chance, refused = random.Random(seed), 0
    for place in chance.sample(range(len(response) * 8), 300):
        flipped = bytearray(response)
        flipped[place // 8] ^= 1 << place % 8
        try:
            # Some of its envelope is nobody's statement, and nothing follows from it.
            assert stamp.read(log.checkpoints[4], bytes(flipped), roots=authority.roots) == at
        except BadStampError:
            refused += 1
    assert refused > 200


@pytest.mark.parametrize("response", [b"", b"junk", b"\x30\x03\x02\x01\x00", b"\x00" * 1000])
def test_what_is_no_time_stamp_is_called_none(response: bytes, log: MemoryLog) -> None:
    with pytest.raises(BadStampError, match="no time stamp"):
        stamp.read(log.checkpoints[0], response)


def test_a_time_stamp_of_another_checkpoint_is_refused(log: MemoryLog, authority: TimeStamps) -> None:
    with pytest.raises(TamperedError, match="it is of something else"):
        verify(file_of(stamped(log, 1, 3, authority.of(log.checkpoints[3]))), [KEY.public])


def test_a_time_stamp_of_a_log_that_does_not_hold_the_entry_is_refused(log: MemoryLog, authority: TimeStamps) -> None:
    """Signed by the installation all the same, which alone could: an earlier time than there was anything to stamp."""
    receipt = stamped(log, 3, 5, b"")
    early = {"checkpoint": log.checkpoints[1], "response": base64.b64encode(authority.of(log.checkpoints[1])).decode()}
    receipt["evidence"]["stamp"] |= early
    del receipt["signature"]
    with pytest.raises(TamperedError, match="does not hold its entry"):
        verify(file_of(resigned(receipt)), [KEY.public])


def test_a_log_that_was_written_anew_since_it_was_stamped_is_found_out(log: MemoryLog, authority: TimeStamps) -> None:
    held = verify(file_of(stamped(log, 1, 3, authority.of(log.checkpoints[2]))), [KEY.public])
    assert verify_log(log.leaves(), log.checkpoints, [KEY.public], [held]) == 5
    fork = log_of(2)
    for _ in range(3):
        fork.add("declined")
    with pytest.raises(TamperedError, match="not the one that was signed when it had"):
        verify_log(fork.leaves(), fork.checkpoints, [KEY.public], [held])


def test_only_who_is_trusted_counts(log: MemoryLog, authority: TimeStamps, tmp_path: Path) -> None:
    other = TimeStamps(tmp_path / "other")
    data = file_of(stamped(log, 1, 3, other.of(log.checkpoints[2])))
    with pytest.raises(TamperedError, match="Its time stamp does not hold: no authority that is trusted here"):
        verify(data, [KEY.public], authority.roots)
    assert verify(data, [KEY.public], [*authority.roots, *other.roots]).witnessed


def test_a_certificate_that_had_ended_then_does_not_count(log: MemoryLog, tmp_path: Path) -> None:
    ended = TimeStamps(tmp_path / "ended", ends_in=-timedelta(days=2))
    with pytest.raises(BadStampError, match="was valid then"):
        stamp.read(log.checkpoints[0], ended.of(log.checkpoints[0]), roots=ended.roots)


def test_an_authority_that_refuses_is_told_of_in_its_own_words(log: MemoryLog, tmp_path: Path) -> None:
    strict = TimeStamps(tmp_path / "strict", digests="sha512")
    with pytest.raises(BadStampError, match="gave none: Message digest algorithm is not supported"):
        stamp.read(log.checkpoints[0], strict.of(log.checkpoints[0]))
