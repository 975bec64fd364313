"""What publishing hears: each fact, taken in inside the inbox transaction.

A transaction takes in several facts, and so locks several posts, and rows of several surfaces, in whatever order the
log has them. Two that wait for each other would stand still until PostgreSQL looks for a deadlock, and a revocation
with them. So only the first fact of a transaction waits for as long as it takes: with that in hand, those that follow
wait briefly, and else all of it is let go and taken in again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from google.protobuf.message import Message
from psycopg import Connection

from chorus.api.events.v1.brand_pb2 import BrandEvent
from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.api.events.v1.rights_pb2 import RightsEvent
from chorus.platform.facts import Event
from chorus.platform.ids import new_id
from chorus.publishing.adapters import wire
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.handlers.hearing import hear, hear_first, hear_of_rights
from chorus.publishing.ports import Brand

# Facts taken in by one transaction: rights is never kept waiting for longer than that takes.
BATCH = 20
# Facts of rights that change nothing that may be shown.
_ONLY_ASKING = {"requested", "declined", "lapsed", "as_of"}


def on_post_or_brand(conn: Connection, event: Message) -> bool:
    """Take in a fact of brands, ingest or curation; False where it is not known here."""
    store = PostgresStore(conn)
    match event:
        case BrandEvent():
            return _on_brand(store, event)
        case PostEvent():
            fact = wire.post_fact(event)
        case ReviewEvent():
            fact = wire.review_fact(event)
        case _:
            return False
    if fact is None:
        return False
    meta, now = event.meta, datetime.now(UTC)
    hear(store, meta.brand, meta.post, fact, wire.told(meta), now=now, new_id=new_id)
    store.hurry()
    return True


def on_posts_and_brands(conn: Connection, events: Sequence[Message]) -> list[bool]:
    """Take in several facts: those of new posts at once, and then the others, one after the other.

    A post's order is kept: its capture is the first of its facts.
    """
    captured = [each for each in events if isinstance(each, PostEvent) and each.HasField("captured")]
    new = hear_first(
        PostgresStore(conn),
        [(each.meta.brand, each.meta.post, wire.captured(each.captured), each.meta.trace_links) for each in captured],
    )
    done = {each.meta.event_id for each in captured if (each.meta.brand, each.meta.post) in new}
    return [cast("Event", each).meta.event_id in done or on_post_or_brand(conn, each) for each in events]


def on_rights(conn: Connection, event: Message) -> bool:
    """Take in a fact of rights; False where it is not known here."""
    assert isinstance(event, RightsEvent)  # noqa: S101 -- the subscription names no other topic
    fact = wire.rights_fact(event)
    if fact is None:
        return event.WhichOneof("fact") in _ONLY_ASKING
    meta, now = event.meta, datetime.now(UTC)
    store = PostgresStore(conn)
    hear_of_rights(store, meta.brand, meta.post, fact, wire.told(meta), now=now, new_id=new_id)
    store.hurry()
    return True


def _on_brand(store: PostgresStore, event: BrandEvent) -> bool:
    fact = event.WhichOneof("fact")
    if fact in {"created", "changed"}:
        said = event.created if fact == "created" else event.changed
        store.keep_brand(Brand(event.meta.brand, said.display_name, said.home_page))
    return fact in {"created", "changed", "members_changed"}
