"""Every metric of Chorus, by name: what it counts and the few attributes it carries (never an id).

Instruments are made here and nowhere else, so that this page is the list an operator reads. `deploy/monitoring.py`
draws the dashboard and the alerts from the same list.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Counter, Histogram, Observation
from opentelemetry.metrics import _Gauge as Gauge

_meter = metrics.get_meter("chorus")
_EXPOSED_UNITS = {"s": "_seconds", "By": "_bytes", "": ""}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as it is documented; `unit` is UCUM's, empty for plain counts."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    unit: str
    description: str
    attributes: tuple[str, ...]

    @property
    def exposed(self) -> str:
        """Its name on `/metrics`; a histogram's series add `_bucket`, `_sum` and `_count`."""
        suffix = "_total" if self.kind == "counter" else ""
        return self.name.replace(".", "_") + _EXPOSED_UNITS[self.unit] + suffix


METRICS: dict[str, Metric] = {}


def _counter(name: str, description: str, *attributes: str) -> Counter:
    METRICS[name] = Metric(name, "counter", "", description, attributes)
    return _meter.create_counter(name, description=description)


def _gauge(name: str, unit: str, description: str, *attributes: str) -> Gauge:
    METRICS[name] = Metric(name, "gauge", unit, description, attributes)
    return _meter.create_gauge(name, unit=unit, description=description)


def _seconds(name: str, description: str, *attributes: str) -> Histogram:
    METRICS[name] = Metric(name, "histogram", "s", description, attributes)
    return _meter.create_histogram(name, unit="s", description=description)


def _tally(name: str, description: str, attribute: str) -> Tally[int]:
    """Make a counter for where even counting must cost next to nothing: what is added up is read with the metrics."""
    METRICS[name] = Metric(name, "counter", "", description, (attribute,))
    tally: Tally[int] = Tally()

    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(count, {attribute: value}) for value, count in list(tally.items())]

    _meter.create_observable_counter(name, [observe], description=description)
    return tally


# How calls and requests were answered.
RPC_SECONDS = _seconds("chorus.rpc.server.duration", "Time to answer an rpc", "rpc", "code")
HTTP_SECONDS = _seconds("chorus.http.server.duration", "Time to answer an HTTP request", "method", "status")
HTTP_READY = _tally("chorus.http.server.ready", "Answers that lay ready, and are not among those timed", "status")

# How facts travel.
FACTS_APPENDED = _counter("chorus.outbox.appended", "Facts put into the outbox", "topic")
FACTS_SENT = _counter("chorus.outbox.sent", "Facts that the event log acknowledged", "topic")
RELAY_FAILURES = _counter("chorus.outbox.failures", "Times the relay could not send")
OUTBOX_AGE = _gauge("chorus.outbox.age", "s", "How long the oldest fact has waited to be sent")
FACTS_HANDLED = _counter(
    "chorus.inbox.facts", "Facts read, by outcome: handled, repeated, unknown, parked", "topic", "outcome"
)
FACT_GAPS = _counter("chorus.inbox.gaps", "Facts whose seq was not the next one of its post: an alarm", "topic")
LAG = _gauge("chorus.inbox.lag", "", "Facts in the log that this process reads and has not applied", "subscription")
PARKED = _gauge("chorus.inbox.parked", "", "Facts that wait for a person, or behind one that does")

# What rooms owe.
MEDIA_DELAY = _gauge("chorus.media.delay", "s", "How long the picture that is due longest has waited to be fetched")
OBJECT_BYTES = _gauge("chorus.objects.size", "By", "Bytes that ingest keeps in the private area")
PLACEMENT_DELAY = _gauge("chorus.placement.delay", "s", "How long the placement or withdrawal due longest has waited")
PLACEMENTS_HELD = _gauge("chorus.placement.held", "", "Placements that are not shown, since rights is unknown")
JOURNAL_WAITING = _gauge("chorus.journal.waiting", "", "Revocations that lie in rights' database alone so far")
STAMP_DELAY = _gauge("chorus.stamp.delay", "s", "For how long no time stamp of evidence came that was due")
RIGHTS_AGE = _gauge("chorus.rights.age", "s", "How old publishing's knowledge of rights is: the lease")
TAKEDOWNS_UNCONFIRMED = _gauge(
    "chorus.takedown.unconfirmed", "", "Take-downs past their bound which not everything has confirmed"
)

# What endpoints of brands are told.
WEBHOOK_SECONDS = _seconds(
    "chorus.webhook.duration", "Time in which an endpoint took a webhook, refused it, or failed to answer", "outcome"
)
WEBHOOK_DELAY = _gauge("chorus.webhook.delay", "s", "How long the webhook that waits longest has waited to be taken")
ENDPOINTS_DISABLED = _gauge("chorus.webhook.disabled", "", "Endpoints that are sent nothing, since they failed")

# Mail to creators.
MAILS = _counter("chorus.mail.tries", "Tries to send a creator mail: sent, refused, deferred, unreachable", "outcome")
MAIL_DELAY = _gauge("chorus.mail.delay", "s", "How long the mail that is due longest has waited for its first try")

# What brands owe those who say that a post is theirs.
CLAIMS_OVERDUE = _gauge("chorus.claim.overdue", "", "Those who say that a post is theirs and were not answered in time")

TASK_FAILURES = _counter("chorus.task.failures", "Times a background task failed", "task")
