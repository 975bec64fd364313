"""A placement: a post being on a surface, from when to when, and why it left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chorus.publishing.domain.shown import Shown


class State(StrEnum):
    """Where a placement stands: placing → live ⇄ held → withdrawing → withdrawn."""

    PLACING = "placing"
    LIVE = "live"
    HELD = "held"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


class Ending(StrEnum):
    """Why a placement ended."""

    UNAPPROVED = "unapproved"
    EDITED = "edited"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SCOPE = "scope"
    SOURCE_DELETED = "source-deleted"
    SURFACE_CHANGED = "surface-changed"


class Hold(StrEnum):
    """Why it cannot be known whether a placement may still be shown."""

    # Rights has not been heard for longer than the grace; or, asked, it neither confirms the grant nor says it is over.
    LEASE = "lease"
    # A fact about this post could not be handled and waits for a person.
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Placement:
    """A post on a surface. `rank` orders a collection; `traceparent` is the trace that decided to place it."""

    placement: str
    brand: str
    surface: str
    post: str
    revision: int
    grant: str
    shown: Shown
    rank: float = 0.0
    state: State = State.PLACING
    hold: Hold | None = None
    ending: Ending | None = None
    placed_at: datetime | None = None
    # When what is shown last changed.
    modified_at: datetime | None = None
    ended_at: datetime | None = None
    traceparent: str | None = None
