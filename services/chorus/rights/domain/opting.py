"""Wishes not to be asked any more, kept without keeping whose they are.

What is kept is a keyed hash of an account (platform and the platform's stable id) or of an e-mail address, for a brand
or for every brand of the installation. Who is about to be asked is hashed alike and looked up: it tells nobody's name.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chorus.errors import Conflict
from chorus.rights.domain.post import AccountOf

EVERY_BRAND = ""
OPTED_OUT = "The creator does not want to be asked."


class Wish(StrEnum):
    """Who may not ask any more: nobody was told so, the brand of a link, or every brand of the installation."""

    NONE = "none"
    BRAND = "brand"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class StopLink:
    """Where a link leads that does nothing but say who may ask; it names no account and no address, but for hashes."""

    sha256: str
    brand: str
    prints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A wish that was said, or taken back (not `out`): one hash, for one brand or, where empty, for every brand."""

    out: bool
    brand: str
    print: str
    at: datetime


def prints_of(keys: Sequence[bytes], creator: AccountOf, email: str = "") -> tuple[str, ...]:
    """Hash an account, and an address where one is known, by each key that there is."""
    named = [["account", creator.platform, creator.id], *([["email", email.lower()]] if email else [])]
    return tuple(hmac.digest(key, json.dumps(each).encode(), "sha256").hex() for key in keys for each in named)


def wish_of(brand: str, found: Iterable[tuple[str, str]]) -> Wish:
    """Tell what (brand, hash) pairs that were found say of a brand."""
    brands = {name for name, _ in found}
    return Wish.EVERYWHERE if EVERY_BRAND in brands else Wish.BRAND if brand in brands else Wish.NONE


def turned(wish: Wish, brand: str, prints: Sequence[str], found: set[tuple[str, str]], now: datetime) -> list[Turn]:
    """List what changes, so that exactly this wish holds for a brand; what was said to other brands stays."""
    wanted = {Wish.NONE: set(), Wish.BRAND: {brand}, Wish.EVERYWHERE: {EVERY_BRAND}}[wish]
    pairs = [(name, each) for name in (brand, EVERY_BRAND) for each in prints]
    return [
        Turn(name in wanted, name, each, now) for name, each in pairs if (name in wanted) is not ((name, each) in found)
    ]


def check_wish(wish: Wish) -> None:
    """Raise `Conflict` where a creator does not want to be asked."""
    if wish is not Wish.NONE:
        raise Conflict(OPTED_OUT, reason="OPTED_OUT")
