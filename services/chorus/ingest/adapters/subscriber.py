"""What ingest hears: which brands there are."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from psycopg import Connection

from chorus.api.events.v1.brand_pb2 import BrandEvent
from chorus.platform.reading import Subscription
from chorus.platform.topics import BRAND


def handle(conn: Connection[Any], event: Message) -> bool:
    """Remember a brand, from whichever of its facts comes first; False for a fact that this version does not know."""
    if not isinstance(event, BrandEvent) or event.WhichOneof("fact") is None:
        return False
    conn.execute("INSERT INTO brands (brand) VALUES (%s) ON CONFLICT DO NOTHING", [event.meta.brand])
    return True


def subscription() -> Subscription:
    """Hear of brands."""
    return Subscription("brands", [BRAND], handle)
