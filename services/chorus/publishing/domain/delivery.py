"""A delivery: one event for one endpoint, tried until it is taken or given up (Standard Webhooks)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# How long to wait after each failed try; the first is made at once, and after the last comes no other.
LADDER = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
# A receiver's Retry-After is honoured up to here.
LONGEST_WAIT = timedelta(hours=1)
# So much longer, at most, so that those who failed together do not come back together.
_JITTER = 0.2
GONE = 410
_OK = range(200, 300)


class Event(StrEnum):
    """What an endpoint is told of."""

    PLACED = "post.placed"
    UPDATED = "post.updated"
    WITHDRAWN = "post.withdrawn"
    TEST = "endpoint.test"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a try ended: `status` is 0 where nobody answered; `wait` is for how long the receiver wants to be left."""

    status: int
    seconds: float
    error: str = ""
    wait: timedelta = timedelta()

    @property
    def ok(self) -> bool:
        """Tell whether the event was taken."""
        return self.status in _OK


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for an endpoint; `delivery` is the webhook-id that it carries, however often it is sent.

    `n` is its place in the order of events. `status`, `seconds` and `last_error` are of the last try, at `tried_at`.
    """

    n: int
    delivery: str
    endpoint: str
    type: Event
    surface: str
    placement: str
    post: str
    reason: str
    at: datetime
    state: DeliveryState
    attempts: int
    next_try_at: datetime
    tried_at: datetime | None = None
    status: int = 0
    seconds: float = 0.0
    last_error: str = ""

    @property
    def is_final(self) -> bool:
        """Tell whether it stays true whatever comes: what was shown once may be shown no more."""
        return self.type in {Event.WITHDRAWN, Event.TEST}

    def again(self, now: datetime) -> Delivery:
        """Send it anew, as if it had never been tried."""
        return replace(self, state=DeliveryState.WAITING, attempts=0, next_try_at=now)

    def answered(self, answer: Answer, now: datetime, chance: float) -> Delivery:
        """Say what a delivery is after a try; `chance` is a random number from 0 to 1."""
        tried = replace(
            self,
            attempts=self.attempts + 1,
            tried_at=now,
            status=answer.status,
            seconds=answer.seconds,
            last_error=answer.error,
        )
        if answer.ok:
            return replace(tried, state=DeliveryState.DELIVERED)
        if self.state is not DeliveryState.WAITING:
            return tried
        if self.attempts >= len(LADDER):
            return replace(tried, state=DeliveryState.FAILED)
        pause = LADDER[self.attempts] * (1 + _JITTER * chance)
        return replace(tried, next_try_at=now + max(pause, min(answer.wait, LONGEST_WAIT)))
