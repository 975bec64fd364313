"""Every metric of Chorus, by name: what it counts and the few attributes it carries (never an id).

Instruments are made here and nowhere else, so that this page is the list an operator reads.
"""

from __future__ import annotations

from opentelemetry import metrics

_meter = metrics.get_meter("chorus")

RPC_SECONDS = _meter.create_histogram(
    "chorus.rpc.server.duration", unit="s", description="Time to answer an rpc, by rpc and status code"
)
HTTP_SECONDS = _meter.create_histogram(
    "chorus.http.server.duration", unit="s", description="Time to answer an HTTP request, by method and status"
)
FACTS_APPENDED = _meter.create_counter("chorus.outbox.appended", description="Facts put into the outbox, by topic")
FACTS_SENT = _meter.create_counter("chorus.outbox.sent", description="Facts that the event log acknowledged, by topic")
RELAY_FAILURES = _meter.create_counter("chorus.outbox.failures", description="Times the relay could not send")
FACTS_HANDLED = _meter.create_counter(
    "chorus.inbox.facts", description="Facts read, by topic and outcome: handled, repeated, unknown, parked"
)
FACT_GAPS = _meter.create_counter(
    "chorus.inbox.gaps", description="Facts whose seq was not the next one of its post, by topic: an alarm"
)
TASK_FAILURES = _meter.create_counter("chorus.task.failures", description="Times a background task failed, by task")
