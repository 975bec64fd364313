"""The take-down clock: how long it runs until it has been looked at from outside whether a post is gone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chorus.api.publishing.v1 import publishing_pb2
from chorus.api.rights.v1 import rights_pb2

# For so long after the bound a page waits for what is looked at then.
_PATIENCE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that runs until `due_at`: `left` of `bound` seconds are to go."""

    due_at: datetime
    left: int
    bound: int


def clock(
    view: rights_pb2.CreatorView, takedowns: Sequence[publishing_pb2.Takedown] | None, bound: int, now: datetime
) -> Clock | None:
    """Tell which clock runs, if any does: that of the newest take-down, else of what was decided just now.

    In between lies the moment in which publishing has not heard of it yet, or cannot be asked.
    """
    newest = takedowns[0] if takedowns else None
    if newest is not None and newest.state == publishing_pb2.TAKEDOWN_STATE_RUNNING:
        due_at = newest.due_at.ToDatetime(UTC)
        return _clock(due_at, bound, now) if now < due_at + _PATIENCE else None
    decided = _decided_at(view.grant)
    if decided is None or (newest is not None and newest.ended_at.ToDatetime(UTC) >= decided):
        return None
    due_at = decided + timedelta(seconds=bound)
    return _clock(due_at, bound, now) if now < due_at else None


def standing(takedown: publishing_pb2.Takedown) -> str:
    """Name how a take-down stands, in one word that the templates know."""
    return publishing_pb2.TakedownState.Name(takedown.state).removeprefix("TAKEDOWN_STATE_").lower()


def _decided_at(grant: rights_pb2.Grant) -> datetime | None:
    """Tell when something was last taken back of what was given."""
    moments = [getattr(grant, name) for name in ("narrowed_at", "ended_at") if grant.HasField(name)]
    return max((each.ToDatetime(UTC) for each in moments), default=None)


def _clock(due_at: datetime, bound: int, now: datetime) -> Clock:
    return Clock(due_at, max(0, math.ceil((due_at - now).total_seconds())), bound)
