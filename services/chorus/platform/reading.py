"""How a room hears facts: parsed, inside the inbox transaction, as a span tied to what triggered it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from google.protobuf.message import Message
from opentelemetry.trace import SpanKind
from psycopg import Connection

from chorus.api.events.v1.rights_pb2 import RightsEvent
from chorus.platform import logs, telemetry
from chorus.platform.events import EventLog, Record
from chorus.platform.facts import Event, parse
from chorus.platform.inbox import BATCH, Heard, run_consumer
from chorus.platform.parking import HandleAll
from chorus.platform.postgres import Database
from chorus.platform.topics import Topic

log = logs.logger(__name__)


@dataclass(frozen=True)
class Subscription:
    """Facts that a room hears, in a thread of their own.

    `handle` gets the parsed event inside the inbox transaction and answers False for a fact that it does not know.
    `handle_all`, where given, does so for all facts of a transaction at once, keeping the order of each post's.
    `on_as_of` hears rights' "all facts committed before t have been sent", by partition. `batch` is how many facts one
    transaction applies at the most: few where others wait for the rows that it locks.
    """

    name: str
    topics: Sequence[Topic]
    handle: Callable[[Connection, Message], bool]
    on_as_of: Callable[[int, datetime], None] | None = None
    batch: int = BATCH
    handle_all: Callable[[Connection, Sequence[Message]], Sequence[bool]] | None = None


def consume(
    service: str,
    subscription: Subscription,
    database: Database,
    events: EventLog,
    on_stuck: Callable[[str], None],
    stop: threading.Event,
) -> None:
    """Hear facts until told to stop."""
    run_consumer(
        stop,
        database=database,
        log=events,
        service=service,
        name=subscription.name,
        topics=subscription.topics,
        peek=peek,
        handle=handler(subscription),
        handle_all=handler_of_all(subscription),
        on_keyless=_on_keyless(subscription),
        on_stuck=on_stuck,
        batch=subscription.batch,
    )


def handler(subscription: Subscription) -> Callable[[Connection, Record], bool]:
    """Make what handles one record of a subscription: for the consumer, and for replaying what was parked."""

    def handle(conn: Connection, record: Record) -> bool:
        event = parse(record.topic, record.value)
        links = cast("Event", event).meta.trace_links
        name = f"{record.topic} {event.WhichOneof('fact')}"
        with telemetry.span(name, parent=record.headers, links=links, kind=SpanKind.CONSUMER):
            known = subscription.handle(conn, event)
            log.debug("fact applied", topic=record.topic, fact=event.WhichOneof("fact"), key=record.key, known=known)
            return known

    return handle


def handler_of_all(subscription: Subscription) -> HandleAll | None:
    """Make what handles many records: one span for all of them, tied to each trace that they come from."""
    one, every = handler(subscription), subscription.handle_all
    if every is None:
        return None

    def handle_all(conn: Connection, records: Sequence[Record]) -> Sequence[bool]:
        if len(records) == 1:
            return [one(conn, records[0])]
        traces = dict.fromkeys(record.headers.get("traceparent", "") for record in records)
        with telemetry.span(f"{len(records)} facts", links=traces, kind=SpanKind.CONSUMER):
            return every(conn, [parse(record.topic, record.value) for record in records])

    return handle_all


def peek(record: Record) -> Heard:
    """Read who, what and in which order, without handling it."""
    meta = cast("Event", parse(record.topic, record.value)).meta
    return Heard(event_id=meta.event_id, seq=meta.seq)


def _on_keyless(subscription: Subscription) -> Callable[[Record], None]:
    """Pass on what only says something about now: rights' `as_of`."""

    def on_keyless(record: Record) -> None:
        event = parse(record.topic, record.value)
        if subscription.on_as_of and isinstance(event, RightsEvent) and event.HasField("as_of"):
            subscription.on_as_of(record.partition, event.as_of.at.ToDatetime(UTC))

    return on_keyless
