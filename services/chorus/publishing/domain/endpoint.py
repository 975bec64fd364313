"""An endpoint: an address of a brand's web team that is told what happens on its surfaces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from chorus.publishing.domain.delivery import GONE, LADDER, LONGEST_WAIT, Answer

# For so long the secret before a rotation signs beside the new one.
OVERLAP = timedelta(days=1)
MOST_ENDPOINTS = 20
LONGEST_TITLE = 200
LONGEST_URL = 2000
# After a failed try an endpoint rests: a second, twice as long after each further one, a minute at most.
_LONGEST_REST = timedelta(minutes=1)
# Who fails for longer than a single delivery is tried is not asked any more.
_PATIENCE = sum(LADDER, timedelta())


class Disabled(StrEnum):
    """Why nothing is sent to an endpoint."""

    BY_HAND = "by-hand"
    GONE = "gone"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint as it stands. `surface` is empty for all of the brand's; `sealed` is its signing secret, sealed.

    `old_sealed` signs too until `old_until`. `failures` counts the tries in a row that failed, since `failing_since`.
    """

    endpoint: str
    brand: str
    surface: str
    url: str
    title: str
    sealed: str
    created_at: datetime
    old_sealed: str = ""
    old_until: datetime | None = None
    disabled: Disabled | None = None
    failures: int = 0
    failing_since: datetime | None = None
    rests_until: datetime | None = None
    last_error: str = ""

    @property
    def host(self) -> str:
        """Name where it is; the rest of its address may hold a secret."""
        return urlsplit(self.url).hostname or ""

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Name the sealed secrets that sign now, the newest first."""
        old = self.old_until is not None and now < self.old_until
        return (self.sealed, self.old_sealed) if old else (self.sealed,)

    def rotated(self, sealed: str, now: datetime, *, at_once: bool) -> Endpoint:
        """Take a new secret; the one before goes on signing for a while, unless it is to end at once."""
        if at_once:
            return replace(self, sealed=sealed, old_sealed="", old_until=None)
        return replace(self, sealed=sealed, old_sealed=self.sealed, old_until=now + OVERLAP)

    def enabled(self) -> Endpoint:
        """Begin anew, whatever failed before."""
        return replace(self, disabled=None, failures=0, failing_since=None, rests_until=None, last_error="")

    def answered(self, answer: Answer, now: datetime) -> Endpoint:
        """Say what an endpoint is after it answered a try."""
        if answer.ok:
            return replace(self, failures=0, failing_since=None, rests_until=None, last_error="")
        since = self.failing_since or now
        rest = max(min(timedelta(seconds=2.0 ** min(self.failures, 10)), _LONGEST_REST), answer.wait)
        return replace(
            self,
            failures=self.failures + 1,
            failing_since=since,
            rests_until=now + min(rest, LONGEST_WAIT),
            last_error=answer.error,
            disabled=self.disabled or _given_up(answer, now - since),
        )


def violations(title: str, url: str) -> dict[str, str]:
    """Tell by field what is wrong with an endpoint that somebody entered; empty where nothing is."""
    wrong = {}
    if len(title) > LONGEST_TITLE:
        wrong["title"] = f"Give it a title of at most {LONGEST_TITLE} characters."
    if not 0 < len(url) <= LONGEST_URL:
        wrong["url"] = f"Give an https address of at most {LONGEST_URL} characters."
    return wrong


def _given_up(answer: Answer, failing: timedelta) -> Disabled | None:
    if answer.status == GONE:
        return Disabled.GONE
    return Disabled.FAILING if failing >= _PATIENCE else None
