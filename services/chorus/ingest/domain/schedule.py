"""When to look, to ask again and to try again. `chance` is a random number from 0 to 1, made by the caller."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST_WAIT = timedelta(hours=1)
"""The most that a failing source waits: it may be well again any time."""
MOST_ATTEMPTS = 6
"""Tries for a picture: over about half an hour."""
GONE_GAP = timedelta(minutes=10)
"""A post is gone when it was missing twice, at least this far apart: servers have bad minutes."""

_FIRST_RETRY = timedelta(seconds=10)
_SPREAD = 0.2


def next_look(interval: timedelta, failures: int, chance: float) -> timedelta:
    """Say how long to wait: the interval, doubled with each failure in a row, with some jitter."""
    wait = max(interval, min(interval * 2 ** min(failures, 16), LONGEST_WAIT))
    return _spread(wait, chance)


def next_try(attempts: int, chance: float) -> timedelta | None:
    """Say how long to wait before a picture is tried again; None where it was tried often enough."""
    return None if attempts >= MOST_ATTEMPTS else _spread(_FIRST_RETRY * 3 ** (attempts - 1), chance)


def next_check(captured_at: datetime, now: datetime, chance: float) -> datetime:
    """Say when to ask next whether a post is still there: hourly for 2 days, daily for 90, then weekly."""
    age = now - captured_at
    if age < timedelta(days=2):
        return now + _spread(timedelta(hours=1), chance)
    return now + _spread(timedelta(days=1) if age < timedelta(days=90) else timedelta(days=7), chance)


def is_gone(gone_since: datetime | None, now: datetime, gap: timedelta = GONE_GAP) -> bool:
    """Tell whether a post that is missing now was missing long enough ago to be taken for deleted."""
    return gone_since is not None and now - gone_since >= gap


def _spread(wait: timedelta, chance: float) -> timedelta:
    """Move a wait by up to a fifth, so that what failed together does not come back together."""
    return wait * (1 - _SPREAD + 2 * _SPREAD * chance)
