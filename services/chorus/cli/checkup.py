"""What a running process tells of itself: whether it is ready, what time it has, and what it owes to others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from chorus.platform.metrics import METRICS

_SECONDS = 5.0
# Rights' words carry its time, terms and windows are told by the clock: more than this is noticed by people.
_MOST_SKEW_SECONDS = 5.0
_SAMPLE = re.compile(r"^(chorus_\w+)(?:\{.*\})? ([0-9.eE+-]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `advice` says what to do, also where something well could be better."""

    what: str
    well: bool
    text: str
    advice: str = ""


@dataclass(frozen=True)
class Limit:
    """How much of a metric is too much; `text` has a place for the number."""

    metric: str
    most: float
    text: str
    advice: str


LIMITS = (
    Limit("chorus.inbox.parked", 0, "{:.0f} facts wait for a person", "`chorus events parked` shows them."),
    Limit("chorus.inbox.lag", 1_000, "{:.0f} facts are not heard yet", "It is catching up, or its log tells why not."),
    Limit("chorus.outbox.age", 30, "a fact waits to be sent for {:.0f} s", "See that the event log runs."),
    Limit(
        "chorus.rights.age",
        5,
        "rights was last known {:.0f} s ago",
        "See that rights and the event log run: after CHORUS_RIGHTS_GRACE everything that stands on a grant is held.",
    ),
    Limit("chorus.placement.held", 0, "{:.0f} placements are held", "Until rights is known, or a parked fact settled."),
    Limit("chorus.placement.delay", 30, "a placement waits for {:.0f} s", "See that its object stores answer."),
    Limit(
        "chorus.takedown.unconfirmed",
        0,
        "{:.0f} take-downs are past their bound, and not everything has confirmed that the post is gone",
        "Their certificates name what has not: an endpoint, or CHORUS_PUBLIC_URL as publishing sees it.",
    ),
    Limit("chorus.media.delay", 600, "a picture waits to be fetched for {:.0f} s", "More CHORUS_MEDIA_CHILDREN help."),
    Limit(
        "chorus.webhook.disabled",
        0,
        "{:.0f} endpoints failed for so long that nothing is sent to them",
        "`chorus webhook list BRAND` says which: they may show what was taken back. Enable or remove them.",
    ),
    Limit("chorus.mail.delay", 3600, "mail to a creator waits for {:.0f} s", "See that the mail server takes it."),
    Limit(
        "chorus.claim.overdue",
        0,
        "{:.0f} people who say that a post is theirs were not answered in time",
        "The rights board of their brand has them in front, on top of their column.",
    ),
    Limit(
        "chorus.stamp.delay",
        3_600,
        "no time stamp of evidence came for {:.0f} s",
        "See that the authority at CHORUS_EVIDENCE_TSA answers: receipts go without a time stamp until it does.",
    ),
    Limit(
        "chorus.journal.waiting",
        0,
        "{:.0f} revocations are not in the journal yet",
        "See that the store at CHORUS_JOURNAL_URL answers: if the database is lost before, they are lost with it.",
    ),
)


def check(name: str, http: str) -> Iterator[Finding]:
    """Look at one process by its operational addresses."""
    try:
        with httpx2.Client(base_url=http, timeout=_SECONDS, trust_env=False) as client:
            ready, metrics = client.get("/readyz"), client.get("/metrics")
    except httpx2.TransportError:
        yield Finding(name, False, "does not answer", "See that it runs; its log tells why not.")
        return
    troubles = [f"{part}: {state}" for part, state in ready.json().items() if state != "ok"]
    advice = "It recovers by itself once that does." if troubles else ""
    yield Finding(name, not troubles, "; ".join(troubles) or "ready", advice)
    yield from _skewed(name, ready.headers.get("date", ""))
    yield from _owed(name, metrics.text)


def _skewed(name: str, date: str) -> Iterator[Finding]:
    if not date:
        return
    seconds = (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    if abs(seconds) > _MOST_SKEW_SECONDS:
        text = f"its clock is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} the one here"
        yield Finding(name, False, text, "Have every machine keep its clock by NTP.")


def _owed(name: str, metrics: str) -> Iterator[Finding]:
    most: dict[str, float] = {}
    for sample, value in _SAMPLE.findall(metrics):
        most[sample] = max(most.get(sample, 0.0), float(value))
    for limit in LIMITS:
        number = most.get(METRICS[limit.metric].exposed, 0.0)
        if number > limit.most:
            yield Finding(name, False, limit.text.format(number), limit.advice)
