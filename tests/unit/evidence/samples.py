"""A small log of evidence in memory, and receipts from it."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chorus.evidence import entry, note
from chorus.evidence.keys import SigningKey
from chorus.evidence.note import Checkpoint
from chorus.evidence.receipt import Sealed, Stamped, issue
from chorus.evidence.tree import Node, grown, inclusion, leaf_hash, root

ORIGIN = "chorus.example/evidence"
KEY = SigningKey(ORIGIN, bytes(range(32)))
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DETAILS: dict[str, Any] = {
    "post": "0190",
    "grant": "0191",
    "identity": {"shown_by": "link", "platform": "pixel.example", "account": "42", "handle": "@mira"},
    "credit": "Mira Example ✨",
    "scope": {"uses": ["web"], "paid_promotion": False, "territories": [], "derivatives": False},
    "valid_until": None,
    "pictures_sha256": ["ab" * 32],
}


@dataclass
class MemoryLog:
    """Entries in order, each with its disclosures."""

    key: SigningKey = KEY
    entries: list[tuple[bytes, list[str]]] = field(default_factory=list)
    nodes: dict[Node, bytes] = field(default_factory=dict)
    checkpoints: list[str] = field(default_factory=list)

    def add(self, kind: str = "granted", brand: str = "lumen", **details: object) -> int:
        """Add an entry and sign a checkpoint; answers the entry's place."""
        place = len(self.entries)
        salts = (f"salt-{place}-{number}" for number in itertools.count())
        made, disclosures = entry.made(kind, brand, AT, DETAILS | details, lambda: next(salts))
        self.nodes |= grown(place, [leaf_hash(made.content)], self.nodes.__getitem__)
        self.entries.append((made.content, disclosures))
        checkpoint = Checkpoint(self.key.name, place + 1, root(place + 1, self.nodes.__getitem__))
        self.checkpoints.append(note.sign(checkpoint, self.key))
        return place

    def sealed(self, place: int, stamped: Stamped | None = None) -> Sealed:
        """Prove an entry against the newest checkpoint."""
        content, disclosures = self.entries[place]
        proof = inclusion(place, len(self.entries), self.nodes.__getitem__)
        return Sealed(content, disclosures, place, proof, self.checkpoints[-1], stamped)

    def receipt(self, place: int) -> dict[str, Any]:
        """Issue the receipt of an entry."""
        return issue(self.sealed(place), {"brand": "Lumen"}, self.key)

    def leaves(self) -> list[bytes]:
        """List the entries' hashes."""
        return [leaf_hash(content) for content, _ in self.entries]


def file_of(receipt: dict[str, Any]) -> bytes:
    """Write a receipt as its holder keeps it."""
    return json.dumps(receipt, indent=2, ensure_ascii=False).encode() + b"\n"


def log_of(entries: int) -> MemoryLog:
    """Make a log of so many entries."""
    log = MemoryLog()
    for number in range(entries):
        log.add(grant=f"grant-{number}")
    return log


def certificate(*, complete: bool = True) -> dict[str, Any]:
    """Say what a certificate says: of a wall that is gone, and of a CMS that confirmed, or did not yet."""
    gone = "2026-11-23T09:30:30.000000Z"
    wall = {
        "surface": "wall",
        "title": "At home with Lumen ✨",
        "address": "https://lumen.example/",
        "placement": "0192",
        "uses": ["web", "email"],
        "shown_from": "2026-11-20T09:00:00.000000Z",
        "shown_until": "2026-11-23T09:30:00.200000Z",
        "confirmed_at": gone,
        "looks": [{"what": "feed", "address": "https://chorus.example/feed.json", "status": 200, "gone": True}],
        "not_recallable": ["email"],
    }
    cms = {"endpoint": "0193", "title": "CMS", "host": "cms.lumen.example", "confirmed_at": gone if complete else None}
    return {
        "issuer": "https://chorus.example",
        "takedown": "0191",
        "number": 1,
        "brand": "lumen",
        "names": {"brand": "Lumen"},
        "post": "0190",
        "cause": "revoked",
        "decided_at": "2026-11-23T09:30:00.000000Z",
        "ended_at": "2026-11-23T09:30:00.200000Z",
        "bound_seconds": 30,
        "issued_at": gone,
        "complete": complete,
        "surfaces": [wall],
        "consumers": [cms],
    }
