"""Looking at sources: what was found is captured in the transaction that remembers where to go on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chorus.ingest.domain import schedule
from chorus.ingest.domain.source import Source
from chorus.ingest.handlers.capture import Origin, Outcome, capture, delete
from chorus.ingest.ports import Look, NewId, PolledSettings, Store

LEASE = timedelta(minutes=5)
"""How long a look may take before somebody else takes the source over."""


def origin_of(source: Source, *, polled: bool) -> Origin:
    """Say whose reports these are."""
    return Origin(source.brand, source.source, source.connector, asked_again=polled)


def claim(store: Store, *, now: datetime, limit: int) -> list[Source]:
    """Take the sources that are due."""
    return store.claim_due(now, now + LEASE, limit)


def found(
    store: Store, looked: Source, settings: PolledSettings, look: Look, *, now: datetime, new_id: NewId, chance: float
) -> list[Outcome]:
    """Capture what a look found. A source that was deleted or changed meanwhile is left as it is."""
    current = _still(store, looked)
    if current is None:
        return []
    origin = origin_of(looked, polled=True)
    outcomes = capture(store, origin, look.sightings, now=now, new_id=new_id)
    outcomes += delete(store, origin, look.deletions, now=now)
    wait = timedelta(0) if look.more else schedule.next_look(timedelta(seconds=settings.every_seconds), 0, chance)
    store.finish_look(
        replace(
            current,
            state=look.state,
            last_look_at=now,
            next_look_at=_next(looked, current, now + wait),
            failures=0,
            failing_since=None,
            last_error="",
        )
    )
    return outcomes


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a look failed, in words for a person, and how long the source asked to be left alone."""

    message: str
    retry_after: timedelta | None = None


def failed(
    store: Store, looked: Source, settings: PolledSettings, failure: Failure, *, now: datetime, chance: float
) -> None:
    """Remember why a look failed and when to try next; the other sources go on."""
    current = _still(store, looked)
    if current is None:
        return
    failures = current.failures + 1
    wait = schedule.next_look(timedelta(seconds=settings.every_seconds), failures, chance)
    store.finish_look(
        replace(
            current,
            last_look_at=now,
            next_look_at=_next(looked, current, now + max(wait, failure.retry_after or wait)),
            failures=failures,
            failing_since=current.failing_since or now,
            last_error=failure.message,
        )
    )


def _still(store: Store, looked: Source) -> Source | None:
    """Read the source again, locked; None where it is deleted, or no longer the one that was looked at."""
    current = store.source(looked.brand, looked.source, lock=True)
    if current is None or (current.settings, current.sealed) == (looked.settings, looked.sealed):
        return current
    store.finish_look(current)
    return None


def _next(looked: Source, current: Source, planned: datetime) -> datetime | None:
    """Keep the time that somebody set meanwhile by asking for a look now."""
    return planned if current.next_look_at == looked.next_look_at else current.next_look_at
