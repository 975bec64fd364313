"""P5: receipts, and certificates of take-downs, are tamper-evident.

A log of evidence is made in PostgreSQL, as the service makes it: answers of many creators, sealed in batches. Then bits
of receipts are flipped, and parts of two receipts swapped: the receipt alone tells. Entries are deleted from the log,
and logs are forked: a receipt and the published log (leaf hashes and checkpoints) tell. Every sound receipt, and the
sound log, are found sound. Certificates are changed likewise, and signed as receipts by who has the key.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from chorus.evidence import certificate, note, signed
from chorus.evidence.keys import PublicKey
from chorus.evidence.note import Checkpoint
from chorus.evidence.receipt import Verified, issue, verify, verify_consistency, verify_log
from chorus.evidence.signed import TamperedError
from chorus.evidence.tree import EMPTY, consistency, grown, root
from chorus.platform.evidence import EvidenceSigner
from chorus.platform.postgres import Database
from chorus.rights.adapters import evidence
from chorus.rights.adapters.evidence import EvidenceLog
from chorus.rights.domain.evidence import Statement
from tests.engines.fixtures import MakeDatabase
from tests.measuring import Figures, Scale
from tests.serving import database_of
from tests.unit.evidence.samples import certificate as sample
from tests.unit.evidence.samples import file_of

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(3600)]
SIGNER = EvidenceSigner("chorus.example/evidence", "a secret of this test only, long enough")
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
KINDS = ["granted", "declined", "revoked", "expired"]
MOST_IN_A_BATCH = 40


class Fork:
    """A log that was written anew, by who has the key."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._nodes = grown(0, [*leaves, EMPTY], lambda _: b"")

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(SIGNER.origin, size, root(size, self._nodes.__getitem__))

    def signed(self, size: int) -> str:
        return note.sign(self.checkpoint(size), SIGNER.key)

    def proof(self, old: int, size: int) -> list[bytes]:
        return consistency(old, size, self._nodes.__getitem__)


@dataclass
class Log:
    """A log with all its receipts, as creators and the public hold them."""

    database: Database
    receipts: list[bytes]
    leaves: list[bytes]
    checkpoints: list[str]
    keys: list[PublicKey]

    def believed(self, receipts: list[bytes]) -> int:
        """Count the receipts that are found sound."""
        return sum(not refused(partial(verify, each, self.keys)) for each in receipts)

    def found_out(self, leaves: list[bytes], held: Verified) -> bool:
        """Tell whether a published log is seen not to be the one that a receipt is of."""
        return refused(lambda: verify_log(leaves, self.checkpoints, self.keys)) and refused(
            lambda: verify_log(leaves, [], self.keys, [held])
        )


@pytest.fixture
def log(make_database: MakeDatabase, scale: Scale, seed: int) -> Iterator[Log]:
    chance = random.Random(seed)
    with closing(Database(database_of("rights", make_database))) as database:
        yield made(database, chance, scale(200, 10_000))


def made(database: Database, chance: random.Random, entries: int) -> Log:
    """Decide so many things, and seal them a few at a time."""
    posts = [f"{number:032x}" for number in range(entries)]
    number = 0
    while number < entries:
        batch = posts[number : number + chance.randint(1, MOST_IN_A_BATCH)]
        number += len(batch)
        with database.transaction() as conn:
            for post in batch:
                evidence.add(conn, said(chance, post))
        with database.transaction() as conn:
            EvidenceLog(conn, SIGNER).seal()
    with database.transaction() as conn:
        kept = EvidenceLog(conn, SIGNER)
        receipts = [written(kept, post) for post in posts]
        return Log(database, receipts, *kept.leaves(0, entries), kept.keys())


def said(chance: random.Random, post: str) -> Statement:
    details = {
        "post": post,
        "credit": chance.choice(["Mira Example", "Jörg Beispiel", "ليلى مثال", "例 さくら"]),
        "scope": {"uses": chance.sample(["web", "email", "social"], 2), "paid_promotion": chance.random() < 0.5},
        "pictures_sha256": [chance.randbytes(32).hex() for _ in range(chance.randint(1, 3))],
    }
    return Statement(chance.choice(KINDS), "lumen", post, "r", AT + timedelta(seconds=chance.randrange(10**7)), details)


def written(log: EvidenceLog, post: str) -> bytes:
    [sealed] = log.sealed("lumen", post, "r")
    return json.dumps(issue(sealed, {"brand": "Lumen"}, SIGNER.key), indent=2, ensure_ascii=False).encode()


def refused(act: Callable[[], object]) -> bool:
    """Tell whether what was changed is seen to be: nothing else may be raised."""
    try:
        act()
    except TamperedError:
        return True
    return False


def test_every_change_is_found_out(log: Log, scale: Scale, seed: int, figures: Figures) -> None:
    chance = random.Random(seed)
    sound = [verify(each, log.keys) for each in log.receipts]
    figures.count("sound receipts found sound", len(sound), at_least=scale(200, 10_000))
    figures.count("entries that a sound log vouches for", verify_log(log.leaves, log.checkpoints, log.keys, sound))

    flips = [flipped(chance, chance.choice(log.receipts)) for _ in range(scale(100, 1_000))]
    figures.count("bits flipped in receipts", len(flips))
    figures.count("flips not found", log.believed(flips), at_most=0)

    swaps = [swapped(chance, *chance.sample(log.receipts, 2)) for _ in range(scale(20, 200))]
    figures.count("parts swapped between receipts", len(swaps))
    figures.count("swaps not found", log.believed(swaps), at_most=0)

    deletions = [without(log.leaves, chance.randrange(len(log.leaves))) for _ in range(scale(20, 200))]
    figures.count("entries deleted from the log", len(deletions))
    held = [chance.choice(sound) for _ in deletions]
    missed = sum(not log.found_out(*each) for each in zip(deletions, held, strict=True))
    figures.count("deletions not found", missed, at_most=0)

    forks = scale(5, 50)
    figures.count("logs forked", forks)
    figures.count("forks not found", sum(not forked(log, chance) for _ in range(forks)), at_most=0)


def test_every_change_of_a_certificate_is_found_out(scale: Scale, seed: int, figures: Figures) -> None:
    chance = random.Random(seed)
    said = [
        sample(complete=chance.random() < 0.5) | {"post": chance.randbytes(16).hex(), "number": chance.randint(1, 3)}
        for _ in range(scale(20, 1_000))
    ]
    sound = [file_of(certificate.issue(each, SIGNER.key)) for each in said]
    figures.count("sound certificates found sound", certified(sound), at_least=len(sound))

    flips = [flipped(chance, chance.choice(sound)) for _ in range(scale(100, 1_000))]
    figures.count("bits flipped in certificates", len(flips))
    figures.count("of these believed", certified(flips), at_most=0)

    pairs = [chance.sample([json.loads(each) for each in sound], 2) for _ in range(scale(20, 200))]
    swaps = [file_of(one | {name: other[name]}) for one, other in pairs for name in one]
    figures.count("parts swapped between certificates", len(swaps))
    figures.count("of these believed", certified(swaps), at_most=0)

    as_receipts = [file_of(signed.sign({"certificate": each}, SIGNER.key)) for each in said]
    figures.count("signed as a receipt, believed", certified(as_receipts), at_most=0)


def certified(certificates: list[bytes]) -> int:
    """Count the certificates that are found sound."""
    return sum(not refused(partial(certificate.verify, each, [SIGNER.key.public])) for each in certificates)


def flipped(chance: random.Random, document: bytes) -> bytes:
    changed = bytearray(document)
    place = chance.randrange(len(changed) * 8)
    changed[place // 8] ^= 1 << place % 8
    return bytes(changed)


def swapped(chance: random.Random, one: bytes, other: bytes) -> bytes:
    """Put a part of one receipt into another: one that differs, as most do."""
    first, second = json.loads(one), json.loads(other)
    places = [(part, name) for part in ("receipt", "evidence") for name in first[part]]
    differing = [(part, name) for part, name in places if first[part][name] != second[part][name]]
    part, name = chance.choice(differing)
    mixed = copy.deepcopy(first)
    mixed[part][name] = second[part][name]
    return json.dumps(mixed, ensure_ascii=False).encode()


def without(leaves: list[bytes], place: int) -> list[bytes]:
    return [*leaves[:place], *leaves[place + 1 :]]


def forked(log: Log, chance: random.Random) -> bool:
    """Write the log anew from some entry on, sign it, and tell whether the old checkpoint shows that."""
    with log.database.transaction() as conn:
        kept = EvidenceLog(conn, SIGNER)
        old = note.read(kept.head(), log.keys)
        place = chance.randrange(len(log.leaves) - 1)
        leaves = log.leaves.copy()
        leaves[place] = chance.randbytes(32)
        proof = kept.consistency(place + 1, old.size)
    fork = Fork(leaves)
    return (
        refused(lambda: verify_consistency(old, fork.checkpoint(len(leaves) + 1), fork.proof(old.size, old.size + 1)))
        and refused(lambda: verify_consistency(fork.checkpoint(place + 1), old, proof))
        and refused(lambda: verify_log(leaves, [fork.signed(len(leaves)), log.checkpoints[-1]], log.keys))
    )
