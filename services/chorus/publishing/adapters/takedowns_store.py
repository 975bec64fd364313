"""Take-downs and their certificates in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString
from urllib.parse import urlsplit

from psycopg import Connection

from chorus.errors import NotFound
from chorus.publishing.adapters.documents import TAKEDOWN
from chorus.publishing.domain.takedown import Consumer, Takedown

# Only what waits has an index by placement, and what this transaction has queued does.
_CONSUMERS = """
SELECT endpoint, title, url, array_agg(delivery ORDER BY n) FROM deliveries JOIN endpoints USING (endpoint)
WHERE placement = ANY(%s) AND deliveries.state = 'waiting' AND type = 'post.withdrawn'
GROUP BY endpoint, title, url ORDER BY endpoint
"""
_ADD = """
INSERT INTO takedowns (document, began_at, next_look_at, settled, awaited, takedown, brand, post)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_KEEP = """
UPDATE takedowns SET document = %s, began_at = %s, next_look_at = %s, settled = %s, awaited = %s WHERE takedown = %s
"""
_UNDATED = """
WHERE brand = %s AND post = %s AND NOT settled AND document ->> 'decided_at' IS NULL ORDER BY takedown FOR UPDATE
"""
_DUE = """
WHERE NOT settled AND began_at <= %(now)s - %(bound)s AND (document ->> 'ended_at')::timestamptz <= %(now)s - %(bound)s
    AND (next_look_at IS NULL OR next_look_at <= %(now)s)
ORDER BY coalesce(next_look_at, began_at) LIMIT %(limit)s
"""
_LISTED = "WHERE brand = %s AND post = %s AND (%s = '' OR takedown < %s) ORDER BY takedown DESC LIMIT %s"
_TAKEN = "SELECT delivery, tried_at FROM deliveries WHERE delivery = ANY(%s) AND state = 'delivered'"
_VERSIONS = "SELECT placement, version FROM placements WHERE placement = ANY(%s)"
_CERTIFY = "INSERT INTO certificates (takedown, number, issued_at, complete, document) VALUES (%s, %s, %s, %s, %s)"
_CERTIFICATES = """
SELECT takedown, number, issued_at, complete, document FROM certificates WHERE takedown = ANY(%s)
ORDER BY takedown, number
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate as it was issued; `document` is what was signed, as its holder keeps it."""

    takedown: str
    number: int
    issued_at: datetime
    complete: bool
    document: str


class TakedownsStore:
    """Implements `ports.Takedowns` on one connection's transaction."""

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def consumers(self, placements: Sequence[str]) -> list[Consumer]:
        """Read what was queued."""
        return [
            Consumer(endpoint, title, urlsplit(url).hostname or "", tuple(deliveries))
            for endpoint, title, url, deliveries in self._conn.execute(_CONSUMERS, [list(placements)])
        ]

    def add_takedown(self, takedown: Takedown) -> None:
        """Write a new row."""
        self._conn.execute(_ADD, [*_values(takedown), takedown.takedown, takedown.brand, takedown.post])

    def takedown(self, takedown: str) -> Takedown:
        """Read a row and lock it."""
        found = self._takedowns("WHERE takedown = %s FOR UPDATE", [takedown])
        if not found:
            message = f"There is no take-down {takedown!r}."
            raise NotFound(message, reason="NO_SUCH_TAKEDOWN")
        return found[0]

    def keep_takedown(self, takedown: Takedown) -> None:
        """Write a row."""
        self._conn.execute(_KEEP, [*_values(takedown), takedown.takedown])

    def undated_takedowns(self, brand: str, post: str) -> list[Takedown]:
        """Read rows and lock them."""
        return self._takedowns(_UNDATED, [brand, post])

    def due_takedowns(self, now: datetime, bound: timedelta, limit: int) -> list[Takedown]:
        """Read rows."""
        return self._takedowns(_DUE, {"now": now, "bound": bound, "limit": limit})

    def takedowns_of(self, brand: str, post: str, before: str, limit: int) -> list[Takedown]:
        """Read a post's take-downs, the newest first, before one."""
        return self._takedowns(_LISTED, [brand, post, before, before, limit])

    def awaiting(self, delivery: str) -> list[Takedown]:
        """Read the row and lock it."""
        return self._takedowns("WHERE NOT settled AND awaited @> ARRAY[%s] FOR UPDATE", [delivery])

    def taken(self, deliveries: Sequence[str]) -> Mapping[str, datetime]:
        """Read when they were taken."""
        return dict(self._conn.execute(_TAKEN, [list(deliveries)]).fetchall()) if deliveries else {}

    def versions(self, placements: Sequence[str]) -> Mapping[str, int]:
        """Read at which version of its surface each placement changed last, by placement."""
        return dict(self._conn.execute(_VERSIONS, [list(placements)]).fetchall())

    def add_certificate(self, takedown: Takedown, document: str, now: datetime) -> None:
        """Write a row, which nothing changes any more."""
        self._conn.execute(_CERTIFY, [takedown.takedown, takedown.issues, now, takedown.complete, document])

    def certificates(self, takedowns: Sequence[str]) -> list[Certificate]:
        """Read what was issued for these, each in the order of its numbers."""
        return [Certificate(*row) for row in self._conn.execute(_CERTIFICATES, [list(takedowns)])]

    def _takedowns(self, where: LiteralString, values: Any) -> list[Takedown]:  # noqa: ANN401 -- as psycopg takes them
        query = f"SELECT document::text FROM takedowns {where}"  # noqa: S608 -- conditions of our own
        return [TAKEDOWN.validate_json(row[0]) for row in self._conn.execute(query, values)]


def _values(takedown: Takedown) -> list[Any]:
    document = TAKEDOWN.dump_json(takedown).decode()
    return [document, takedown.began_at, takedown.next_look_at, takedown.settled, list(takedown.awaited)]
