"""Standing consent: a creator's yes to what they post later, within a time, where the brand's curators approve it.

It is asked with a question about one post, and given beside a yes to that. What follows from it are grants like any
other (see `following`), one for each post: so each can be narrowed, taken back and erased by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chorus.errors import Invalid
from chorus.rights.domain.offer import Offer, Span
from chorus.rights.domain.post import Account, Post
from chorus.rights.domain.request import Confirmation

# Who says yes to what they do not know yet should be asked again before they have forgotten.
_LONGEST = timedelta(days=3 * 365 + 1)
# Nobody is known by these accounts: every upload has one of its own, and items of feeds have whatever name stands
# there, or one and the same, whoever wrote them.
_NOBODYS = frozenset({"upload", "feed"})


class Ending(StrEnum):
    """How it ended: nothing new follows; what followed is taken back as well; or its time was over."""

    ENDED = "ended"
    TAKEN_BACK = "taken_back"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class StandingConsent:
    """What somebody allows of what their account posts later.

    `standing` is the id of the grant that was given with it, `request` and `post` the question and what that was about.
    Of `account` only platform and id are known. `confirmations` are others who had to agree to the question.
    """

    standing: str
    brand: str
    request: str
    post: str
    account: Account
    span: Span
    offer: Offer
    credit: str
    given_at: datetime
    of_age: bool | None = None
    confirmations: tuple[Confirmation, ...] = ()
    ended: Ending | None = None
    ended_at: datetime | None = None
    # "creator", "guardian" or "brand"; empty where the clock ended it.
    ended_by: str = ""

    @property
    def active(self) -> bool:
        """Tell whether it was neither ended nor noted as over."""
        return self.ended is None

    def covers(self, post: Post, now: datetime) -> bool:
        """Tell whether a post may be shown by it: of this account, posted within its time, and that is not over yet."""
        if not self.active or post.posted_at is None or not self.account.same(post.account):
            return False
        return self.span.starts <= post.posted_at < self.span.until and now < self.span.until

    def end(self, how: Ending, at: datetime, by: str = "") -> StandingConsent:
        """End it, or take back what followed when it has ended. Again is the same, and nothing makes it less ended."""
        if not self.active and (how is not Ending.TAKEN_BACK or self.ended is Ending.TAKEN_BACK):
            return self
        return replace(self, ended=how, ended_at=at, ended_by=by)


def lasting(consents: Iterable[StandingConsent]) -> StandingConsent | None:
    """Choose, to show one for all, the one that has not ended and lasts longest; else the one that ended last."""
    return max(consents, key=lambda each: (each.active, each.ended_at or each.span.until), default=None)


def check_standing(asked: Span, post: Post, now: datetime) -> None:
    """Raise `Invalid` where standing consent cannot be asked for this time, or not of this post's account."""
    if asked.until <= max(asked.starts, now):
        fields = {"standing.until": "Choose an end to come, behind the start."}
    elif asked.until - min(asked.starts, now) > _LONGEST:
        fields = {"standing.until": "Three years at the most: ask again then."}
    elif not post.account.id or post.account.platform in _NOBODYS:
        fields = {"standing": "This post has no account by which others of the same person could be known."}
    else:
        return
    message = "Standing consent cannot be asked for as it is."
    raise Invalid(message, fields=fields)
