"""A claim: somebody says that a public post is theirs, and the brand has said by when it answers.

What was written lies apart, sealed: a claim itself tells nothing of who said so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

# For so long what was written stays readable after a claim was closed, and it can be opened again.
KEPT = timedelta(days=30)


class ClaimKind(StrEnum):
    """What is wanted: the link again by which somebody was asked, or that what they did not allow is not shown."""

    LOST_LINK = "lost_link"
    NOT_ALLOWED = "not_allowed"


class ClaimOutcome(StrEnum):
    """How a claim was closed."""

    ANSWERED = "answered"
    NOT_THEIRS = "not_theirs"
    SPAM = "spam"
    TAKEN_DOWN = "taken_down"


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim, open until `closed_at`; `kinds` are all that was wanted, each once, `times` how often it was said."""

    claim: str
    opened_at: datetime
    due_at: datetime
    kinds: tuple[ClaimKind, ...]
    times: int = 1
    closed_at: datetime | None = None
    closed_by: str = ""
    outcome: ClaimOutcome | None = None

    @property
    def open(self) -> bool:
        """Tell whether it waits for an answer."""
        return self.closed_at is None

    @property
    def taken_down(self) -> bool:
        """Tell whether the post was taken down for it."""
        return self.outcome is ClaimOutcome.TAKEN_DOWN

    def again(self, kind: ClaimKind) -> Claim:
        """Note that it was said once more; its clock runs on."""
        return replace(self, kinds=tuple(dict.fromkeys((*self.kinds, kind))), times=self.times + 1)

    def closed(self, outcome: ClaimOutcome, by: str, at: datetime) -> Claim:
        """Close it."""
        return replace(self, outcome=outcome, closed_by=by, closed_at=at)

    def reopened(self) -> Claim:
        """Open it again, with the clock that it had."""
        return replace(self, outcome=None, closed_by="", closed_at=None)


@dataclass(frozen=True, slots=True)
class Saying:
    """What one person said, as it is kept: sealed, or empty where nothing was written."""

    saying: str
    kind: ClaimKind
    at: datetime
    sealed: str
