"""What ingest hears: which brands there are, and which posts nobody may use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message
from psycopg import Connection

from chorus.api.events.v1.brand_pb2 import BrandEvent
from chorus.api.events.v1.erasure_pb2 import ErasureEvent
from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.handlers.retention import forget
from chorus.platform.reading import Subscription
from chorus.platform.topics import BRAND, ERASURE


def handle(conn: Connection[Any], event: Message) -> bool:
    """Remember a brand from whichever of its facts comes first, forget a post; False for a fact not known here."""
    if isinstance(event, ErasureEvent) and event.HasField("forgotten"):
        forget(PostgresStore(conn), event.meta.brand, event.meta.post, now=datetime.now(UTC))
        return True
    if not isinstance(event, BrandEvent) or event.WhichOneof("fact") is None:
        return False
    conn.execute("INSERT INTO brands (brand) VALUES (%s) ON CONFLICT DO NOTHING", [event.meta.brand])
    return True


def subscription() -> Subscription:
    """Hear of brands, and of posts to forget."""
    return Subscription("brands", [BRAND, ERASURE], handle)
