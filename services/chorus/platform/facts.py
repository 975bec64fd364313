"""The envelope of a fact: one protobuf message per topic, `meta` and a `oneof fact`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol, cast

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from psycopg import Connection

from chorus.api.events.v1.brand_pb2 import BrandEvent
from chorus.api.events.v1.erasure_pb2 import ErasureEvent
from chorus.api.events.v1.meta_pb2 import Meta
from chorus.api.events.v1.placement_pb2 import PlacementEvent
from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.api.events.v1.rights_pb2 import RightsEvent
from chorus.errors import Invalid
from chorus.platform import outbox, topics
from chorus.platform.ids import new_id
from chorus.platform.metrics import FACTS_APPENDED
from chorus.platform.telemetry import current_traceparent
from chorus.platform.topics import Topic

EVENTS: dict[str, type[Message]] = {
    topics.BRAND.name: BrandEvent,
    topics.POST.name: PostEvent,
    topics.REVIEW.name: ReviewEvent,
    topics.RIGHTS.name: RightsEvent,
    topics.PLACEMENT.name: PlacementEvent,
    topics.ERASURE.name: ErasureEvent,
}
# A post's life has few triggers; the first of them, its capture, is always kept.
MOST_LINKS = 8


class Event(Protocol):
    """What all events have in common."""

    @property
    def meta(self) -> Meta:
        """Who, what and in which order."""


def emit(
    conn: Connection,
    topic: Topic,
    *,
    brand: str,
    post: str,
    fact: Message,
    at: datetime,
    links: Sequence[str] = (),
) -> None:
    """Put a fact into the outbox, inside the caller's transaction; `post` is empty on the brand topic.

    `links` are the traceparents that the post's earlier facts carried (`meta.trace_links`); the current one is added.
    """
    key = f"{brand}/{post}" if post else brand
    traceparent = current_traceparent()
    name = field_of(topic, fact)
    event = EVENTS[topic.name]()
    meta = Meta(
        event_id=new_id(),
        brand=brand,
        post=post,
        seq=outbox.next_seq(conn, topic, key),
        occurred_at=timestamp(at),
        trace_links=linked(links, traceparent),
    )
    cast("Event", event).meta.CopyFrom(meta)
    getattr(event, name).CopyFrom(fact)
    outbox.append(
        conn,
        topic,
        key=key,
        fact=name,
        payload=event.SerializeToString(),
        event_id=meta.event_id,
        occurred_at=at,
        traceparent=traceparent,
    )
    FACTS_APPENDED.add(1, {"topic": topic.name})


def parse(topic_name: str, payload: bytes) -> Message:
    """Read an event of a topic; DecodeError where the bytes are none."""
    event = EVENTS[topic_name]()
    event.ParseFromString(payload)
    return event


def field_of(topic: Topic, fact: Message) -> str:
    """Name the oneof field that holds this kind of fact."""
    fields = EVENTS[topic.name].DESCRIPTOR.oneofs_by_name["fact"].fields
    return next(str(field.name) for field in fields if field.message_type == fact.DESCRIPTOR)


def linked(links: Sequence[str], traceparent: str | None) -> list[str]:
    """Add the current trigger to a post's earlier ones, the capture first, without repeats."""
    every = list(dict.fromkeys([*links, *([traceparent] if traceparent else [])]))
    return every if len(every) <= MOST_LINKS else [every[0], *every[1 - MOST_LINKS :]]


def moment(stamp: Timestamp, field: str) -> datetime:
    """Read a timestamp that a caller chose. Raises `Invalid` with its field for one that no calendar has."""
    try:
        return stamp.ToDatetime(UTC)
    except (ValueError, OverflowError) as error:
        message = "This is no moment: seconds and nanos must be those of a date."
        raise Invalid(message, fields={field: message}) from error


def timestamp(at: datetime) -> Timestamp:
    """Write a moment as protobuf's timestamp."""
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp
