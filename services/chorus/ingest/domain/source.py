"""A source: a configured place that posts come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from chorus.errors import Invalid
from chorus.ingest.domain.text import SLUG
from chorus.ingest.domain.upload import UploadTerms

DAYS_SHOWN = 14


class Health(Enum):
    """How a source is doing."""

    WAITING = "waiting"
    WORKING = "working"
    FAILING = "failing"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it is kept. `settings` hold no secrets, `sealed` holds them encrypted, `state` is the connector's.

    `next_look_at` is None where nothing is looked at, because posts are sent.
    """

    brand: str
    source: str
    connector: str
    title: str
    settings: Mapping[str, Any]
    created_at: datetime
    sealed: str = ""
    upload_terms: UploadTerms | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    paused: bool = False
    last_look_at: datetime | None = None
    next_look_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """Posts that a source brought: in all, by day, and when the last one came."""

    posts: int = 0
    by_day: Mapping[date, int] = field(default_factory=dict)
    last_at: datetime | None = None

    def a_day(self, today: date) -> list[int]:
        """Count the posts of the last 14 days, oldest first."""
        days = (today - timedelta(days=back) for back in reversed(range(DAYS_SHOWN)))
        return [self.by_day.get(day, 0) for day in days]


def health(source: Source, activity: Activity) -> Health:
    """Tell how a source is doing."""
    if source.paused:
        return Health.PAUSED
    if source.failures:
        return Health.FAILING
    return Health.WORKING if source.last_look_at or activity.last_at else Health.WAITING


def check_slug(value: str, name: str) -> str:
    """Let a chosen id through; Invalid where it is no slug."""
    if SLUG.fullmatch(value):
        return value
    message = "Use 1 to 63 small letters, digits and hyphens, starting with a letter or a digit."
    raise Invalid(message, fields={name: message})
