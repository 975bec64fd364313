"""A request: what was asked of a post's creator, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chorus.rights.domain.offer import Offer


class RequestState(StrEnum):
    """How a request stands; only `requested` is open."""

    REQUESTED = "requested"
    GRANTED = "granted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one creator. `by` is who asked: a person, "policy" or "upload"."""

    request: str
    offer: Offer
    message: str
    revision: int
    by: str
    created_at: datetime
    window_ends_at: datetime
    state: RequestState = RequestState.REQUESTED
    answered_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Tell whether an answer is awaited."""
        return self.state is RequestState.REQUESTED

    def over(self, now: datetime) -> bool:
        """Tell whether the window for an answer has closed."""
        return now >= self.window_ends_at

    def anonymous(self) -> Request:
        """Leave out what was written to the creator."""
        return replace(self, message="")

    def ended(self, state: RequestState, at: datetime) -> Request:
        """Close the request; only what the creator did counts as an answer."""
        answered = at if state in {RequestState.GRANTED, RequestState.DECLINED} else None
        return replace(self, state=state, answered_at=answered)
