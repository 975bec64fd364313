"""When two pictures count as nearly the same.

Stores may ask for neighbours in their own words, as PostgreSQL does with `bit_count(pdq # $1) <= 31`;
the numbers they ask with stand here.
"""

from __future__ import annotations

NEAR_DISTANCE = 31
"""PDQ's own recommendation: at most this many of the 256 bits differ."""

MIN_QUALITY = 50
"""Below this a picture is too plain (a wall, a sky) for its hash to mean anything."""


def distance(one: str, other: str) -> int:
    """Count the bits in which two PDQ hashes (64 hex digits each) differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def comparable(quality: int) -> bool:
    """Say whether a hash of this quality may be compared at all."""
    return quality >= MIN_QUALITY


def nearly_same(one: str, other: str) -> bool:
    """Say whether two comparable hashes show the same picture, re-encoded, resized or lightly edited."""
    return distance(one, other) <= NEAR_DISTANCE
