"""Asking for posts again: are they still there, and do they still say the same?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chorus.ingest.domain import schedule
from chorus.ingest.domain.post import Sighting
from chorus.ingest.domain.source import Source
from chorus.ingest.handlers.capture import capture, withdraw
from chorus.ingest.handlers.looks import origin_of
from chorus.ingest.ports import Check, NewId, Presence, Store

LEASE = timedelta(minutes=5)
"""How long asking may take before somebody else asks."""
_AFTER_NO_ANSWER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How to spread re-checks (a random number from 0 to 1), and how far apart two misses must be."""

    chance: float
    gap: timedelta = schedule.GONE_GAP


def claim(store: Store, source: Source, *, now: datetime, budget: int) -> list[Check]:
    """Take the posts of a source that are due, at most `budget` of them."""
    return store.claim_checks(source, now, now + LEASE, budget)


def answered(
    store: Store,
    source: Source,
    check: Check,
    answer: Sighting | Presence,
    *,
    now: datetime,
    new_id: NewId,
    rhythm: Rhythm,
) -> None:
    """Take in what the platform said of one post."""
    if answer is Presence.GONE:
        _gone(store, source, check, now, rhythm.gap)
    elif answer is Presence.UNKNOWN:
        store.finish_check(check.post, now + _AFTER_NO_ANSWER, check.gone_since)
    else:
        if isinstance(answer, Sighting):
            capture(store, origin_of(source, polled=True), [answer], now=now, new_id=new_id)
        store.finish_check(check.post, schedule.next_check(check.captured_at, now, rhythm.chance), None)


def _gone(store: Store, source: Source, check: Check, now: datetime, gap: timedelta) -> None:
    """Withdraw a post that is missing for the second time, `gap` after the first; else ask again then."""
    if schedule.is_gone(check.gone_since, now, gap):
        if post := store.known_by_id(source.brand, check.post):
            withdraw(store, post, now=now)
        return
    since = check.gone_since or now
    store.finish_check(check.post, since + gap, since)
