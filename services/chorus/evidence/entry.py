"""Entries of the evidence log: what happened, and salted hashes of everything that could tell whom it happened to.

Each detail is a disclosure as in SD-JWT (RFC 9901): a JSON array of a random salt, a name and a value. The entry holds
the disclosures' SHA-256 alone, so that a log which is never changed and a person who is forgotten can live together:
without the disclosures, which lie elsewhere and with the person, an entry says nothing about anybody.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from chorus.evidence import base64url

_VERSION = 1
_PARTS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it lies in the log: `kind` says what happened, `digests` are those of its details, sorted."""

    kind: str
    brand: str
    at: datetime
    digests: tuple[str, ...]

    @property
    def content(self) -> bytes:
        """Write it as canonical JSON (RFC 8785): these bytes are what is hashed."""
        return rfc8785.dumps(
            {
                "version": _VERSION,
                "kind": self.kind,
                "brand": self.brand,
                "at": written(self.at),
                "sd_alg": "sha-256",
                "sd": list(self.digests),
            }
        )


def made(
    kind: str, brand: str, at: datetime, details: Mapping[str, Any], new_salt: Callable[[], str]
) -> tuple[Entry, list[str]]:
    """Make an entry, and the disclosures of its details, in their order."""
    disclosures = [_disclosure(new_salt(), name, value) for name, value in details.items()]
    return Entry(kind, brand, at, tuple(sorted(_digest(each) for each in disclosures))), disclosures


def read(content: bytes) -> Entry:
    """Read an entry. Raises `ValueError` where these bytes are none."""
    try:
        said = json.loads(content)
        entry = Entry(said["kind"], said["brand"], datetime.fromisoformat(said["at"]), tuple(said["sd"]))
        same = entry.content == content
    except (KeyError, TypeError, AttributeError, rfc8785.CanonicalizationError) as error:
        message = "this is no entry"
        raise ValueError(message) from error
    if not same:
        message = "this is no entry as this version writes them"
        raise ValueError(message)
    return entry


def disclosed(entry: Entry, disclosures: Sequence[str], withheld: int = 0) -> dict[str, Any]:
    """Read the details of an entry. Raises `ValueError` where these are not its disclosures, all but `withheld`."""
    given = {_digest(each) for each in disclosures}
    if not given <= set(entry.digests) or (len(disclosures), len(given) + withheld) != (len(given), len(entry.digests)):
        message = "the details are not those that the entry was made of"
        raise ValueError(message)
    details = dict(_read_disclosure(each) for each in disclosures)
    if len(details) != len(disclosures):
        message = "a detail is named twice"
        raise ValueError(message)
    return details


def only(disclosures: Sequence[str], names: Collection[str]) -> list[str]:
    """Keep the disclosures of the details named; the hashes of the others stay in the entry, and say nothing."""
    return [each for each in disclosures if _read_disclosure(each)[0] in names]


def written(at: datetime) -> str:
    """Write a time in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _disclosure(salt: str, name: str, value: object) -> str:
    said = json.dumps([salt, name, value], ensure_ascii=False, separators=(",", ":")).encode()
    return base64url.encode(said)


def _read_disclosure(disclosure: str) -> tuple[str, Any]:
    try:
        said = json.loads(base64url.decode(disclosure))
    except (binascii.Error, UnicodeDecodeError) as error:
        message = "a detail cannot be read"
        raise ValueError(message) from error
    if not isinstance(said, list) or len(said) != _PARTS or not isinstance(said[1], str):
        message = "a detail cannot be read"
        raise ValueError(message)
    return said[1], said[2]


def _digest(disclosure: str) -> str:
    return base64url.encode(hashlib.sha256(disclosure.encode()).digest())
