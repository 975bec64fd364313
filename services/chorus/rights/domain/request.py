"""A request: what was asked of a post's creator, what they answered, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chorus.rights.domain.offer import Offer
from chorus.scope import Use


class RequestState(StrEnum):
    """How a request stands; it is open while it is `requested`, and `confirming`: said yes to, others have to agree."""

    REQUESTED = "requested"
    CONFIRMING = "confirming"
    GRANTED = "granted"
    DECLINED = "declined"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"


class Channel(StrEnum):
    """How the creator is asked: by a link or a text for the public, which people copy and send, or by e-mail."""

    LINK = "link"
    EMAIL = "email"
    REPLY = "reply"


class Part(StrEnum):
    """Whose yes can be needed beside the creator's: a minor's guardian's, or that of a person in the picture."""

    GUARDIAN = "guardian"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One other's yes, which is awaited until `agreed_at`; `refused_at` is when they said no, or took it back."""

    confirmation: str
    part: Part
    agreed_at: datetime | None = None
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes or no. `uses` is a part of what was asked, or empty for all; `credit` how to be named, or empty as known.

    `language` is that in which the terms were read, or empty for the one that they were written in. `of_age` tells
    whether the creator is as old as the terms ask for (None: they did not say); `others` how many other people can be
    recognised in the picture. `standing` is a yes also to what is posted later.
    """

    grant: bool
    uses: frozenset[Use] = frozenset()
    credit: str = ""
    language: str = ""
    of_age: bool | None = None
    others: int = 0
    standing: bool = False


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
    # What the creator said, and who else had to agree; neither of a no.
    answer: Answer | None = None
    confirmations: tuple[Confirmation, ...] = ()

    @property
    def open(self) -> bool:
        """Tell whether it may still become a grant."""
        return self.unanswered or self.state is RequestState.CONFIRMING

    @property
    def unanswered(self) -> bool:
        """Tell whether the creator's own answer is awaited."""
        return self.state is RequestState.REQUESTED

    @property
    def awaited(self) -> list[Confirmation]:
        """List the yeses that are still missing, while they can come."""
        return [each for each in self.confirmations if each.agreed_at is None and self.open]

    def over(self, now: datetime) -> bool:
        """Tell whether the window for an answer has closed."""
        return now >= self.window_ends_at

    def confirmation(self, confirmation: str) -> Confirmation | None:
        """Find one other's part by its id."""
        return next((each for each in self.confirmations if each.confirmation == confirmation), None)

    def answered_in_public(self, at: datetime, post: str) -> Request:
        """Note that the creator said yes where everybody can read it: no grant, but a sign to send the link."""
        return replace(self, said_yes_at=at, said_yes_in=post)

    def reminded(self, again_at: datetime | None) -> Request:
        """Note when the creator is reminded next."""
        return replace(self, remind_at=again_at)

    def anonymous(self) -> Request:
        """Leave out what was written to the creator, and how they wanted to be named."""
        answer = replace(self.answer, credit="") if self.answer else None
        return replace(self, message="", answer=answer)

    def said_yes(self, answer: Answer, confirmations: Iterable[Confirmation]) -> Request:
        """Note the creator's yes, which waits for others."""
        waiting = replace(self, state=RequestState.CONFIRMING, answer=answer, confirmations=tuple(confirmations))
        return replace(waiting, remind_at=None)

    def agreed(self, confirmation: str, at: datetime) -> Request:
        """Note that one other agreed."""
        return self._confirmed(confirmation, lambda part: replace(part, agreed_at=at))

    def refused(self, confirmation: str, at: datetime) -> Request:
        """Note that one other said no, or took their yes back."""
        return self._confirmed(confirmation, lambda part: replace(part, refused_at=at))

    def _confirmed(self, confirmation: str, change: Callable[[Confirmation], Confirmation]) -> Request:
        kept = (change(each) if each.confirmation == confirmation else each for each in self.confirmations)
        return replace(self, confirmations=tuple(kept))

    def ended(self, state: RequestState, at: datetime, answer: Answer | None = None) -> Request:
        """Close the request; only what people did counts as an answer."""
        answered = at if state in {RequestState.GRANTED, RequestState.DECLINED} else None
        return replace(self, state=state, answered_at=answered, answer=answer or self.answer)
