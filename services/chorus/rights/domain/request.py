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


class Channel(StrEnum):
    """How the creator is asked: by a link or a text for the public, which people copy and send, or by e-mail."""

    LINK = "link"
    EMAIL = "email"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one creator. `by` is who asked: a person, "policy" or "upload".

    `code`, posted back by the creator's account, says yes in public; `said_yes_in` is our id of the post that did.
    """

    request: str
    offer: Offer
    message: str
    revision: int
    by: str
    created_at: datetime
    window_ends_at: datetime
    state: RequestState = RequestState.REQUESTED
    answered_at: datetime | None = None
    channel: Channel = Channel.LINK
    code: str = ""
    said_yes_at: datetime | None = None
    said_yes_in: str = ""
    # When the creator is reminded by e-mail; None where not (any more).
    remind_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Tell whether an answer is awaited."""
        return self.state is RequestState.REQUESTED

    def over(self, now: datetime) -> bool:
        """Tell whether the window for an answer has closed."""
        return now >= self.window_ends_at

    def answered_in_public(self, at: datetime, post: str) -> Request:
        """Note that the creator said yes where everybody can read it: no grant, but a sign to send the link."""
        return replace(self, said_yes_at=at, said_yes_in=post)

    def reminded(self, again_at: datetime | None) -> Request:
        """Note when the creator is reminded next."""
        return replace(self, remind_at=again_at)

    def anonymous(self) -> Request:
        """Leave out what was written to the creator."""
        return replace(self, message="")

    def ended(self, state: RequestState, at: datetime) -> Request:
        """Close the request; only what the creator did counts as an answer."""
        answered = at if state in {RequestState.GRANTED, RequestState.DECLINED} else None
        return replace(self, state=state, answered_at=answered)
