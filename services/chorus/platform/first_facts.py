"""The first facts of many new posts at once: what `facts.emit` does, in two statements for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from psycopg import Connection

from chorus.api.events.v1.meta_pb2 import Meta
from chorus.errors import TooLarge
from chorus.platform.facts import EVENTS, Event, field_of, linked, timestamp
from chorus.platform.ids import new_id
from chorus.platform.metrics import FACTS_APPENDED
from chorus.platform.outbox import MAX_PAYLOAD
from chorus.platform.telemetry import current_traceparent
from chorus.platform.topics import Topic

# A key that has a number already fails here, as it must: then these are not its first facts.
_NUMBER = "INSERT INTO outbox_seq (topic, key, seq) SELECT %s, key, 1 FROM unnest(%s::text[]) AS new (key) ORDER BY key"
_APPEND = """
WITH appended AS (
    INSERT INTO outbox (topic, key, fact, event_id, payload, occurred_at, traceparent)
    SELECT %s, key, %s, event_id, payload, %s, %s
    FROM unnest(%s::text[], %s::text[], %s::bytea[]) AS new (key, event_id, payload)
)
SELECT pg_notify('outbox', '')
"""


def emit_first(
    conn: Connection[Any], topic: Topic, *, brand: str, facts: Sequence[tuple[str, Message]], at: datetime
) -> None:
    """Put the first fact of each of these new posts into the outbox, inside the caller's transaction.

    All facts are of one kind. Raises `UniqueViolation` for a post that has facts already, `TooLarge` for a fact that
    no log would take.
    """
    if not facts:
        return
    traceparent, stamp = current_traceparent(), timestamp(at)
    links, name = linked((), traceparent), field_of(topic, facts[0][1])
    keys, event_ids, payloads = [], [], []
    for post, fact in facts:
        event_id = new_id()
        keys.append(f"{brand}/{post}")
        event_ids.append(event_id)
        payloads.append(_payload(topic, name, _meta(event_id, brand, post, stamp, links), fact))
    conn.execute(_NUMBER, [topic.name, keys])
    conn.execute(_APPEND, [topic.name, name, at, traceparent, keys, event_ids, payloads])
    FACTS_APPENDED.add(len(facts), {"topic": topic.name})


def _meta(event_id: str, brand: str, post: str, stamp: Timestamp, links: Sequence[str]) -> Meta:
    return Meta(event_id=event_id, brand=brand, post=post, seq=1, occurred_at=stamp, trace_links=links)


def _payload(topic: Topic, name: str, meta: Meta, fact: Message) -> bytes:
    event = EVENTS[topic.name]()
    cast("Event", event).meta.CopyFrom(meta)
    getattr(event, name).CopyFrom(fact)
    payload = event.SerializeToString()
    if len(payload) > MAX_PAYLOAD:
        message = f"A fact may have at most {MAX_PAYLOAD} bytes; this one has {len(payload)}."
        raise TooLarge(message, reason="FACT_TOO_LARGE")
    return payload
