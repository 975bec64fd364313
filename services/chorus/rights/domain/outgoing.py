"""Mail on its way: what waits to be sent, for how long it is tried, and how a try ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chorus.rights.domain.post import AccountOf

# What is asked of one creator within this time goes in one e-mail, or by one link, and is one contact.
GATHERING = timedelta(minutes=1)
# How long to wait after each failed try: two days in all, as mail servers do among themselves (RFC 5321, 4.5.4.1).
LADDER = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 2 * 60, 4 * 60, 8 * 60, 8 * 60, 12 * 60, 12 * 60)
)
# When to look again whether the mail server can be reached.
UNREACHABLE = timedelta(minutes=1)


# Whoever says that a post is theirs.
CREATOR = "creator"


@dataclass(frozen=True, slots=True)
class Mail:
    """A question, or a reminder of it, that waits to be sent; `due_at` is when it was to go first.

    Or a link that was asked for: `wished_by` is who of the brand wishes it to be sent, or `CREATOR`.

    `contact` is what it is counted as: what goes in one message is one contact.

    `attempts` are the tries so far; one under way counts, so that what was killed meanwhile is tried again, but later.
    """

    mail: str
    creator: AccountOf
    post: str
    request: str
    reminder: bool
    contact: str
    due_at: datetime
    next_try_at: datetime
    attempts: int = 0
    trouble: str = ""
    wished_by: str = ""

    def tried(self, now: datetime) -> Mail:
        """Begin a try: the next one comes by the ladder, whatever becomes of this one."""
        pause = LADDER[min(self.attempts, len(LADDER) - 1)]
        return replace(self, attempts=self.attempts + 1, next_try_at=now + pause)

    def held(self, until: datetime) -> Mail:
        """Send it not before then; until then nobody waits for it."""
        return replace(self, due_at=until, next_try_at=until)

    @property
    def spent(self) -> bool:
        """Tell whether there is no further try."""
        return self.attempts >= len(LADDER)


class Outcome(StrEnum):
    """How a try ended: taken, refused for good, or refused for now."""

    SENT = "sent"
    REFUSED = "refused"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try ended, and what the server said of it, in one line."""

    outcome: Outcome
    said: str = ""
