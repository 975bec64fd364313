"""Events for endpoints in PostgreSQL: queued by the statement that decides, read by whoever sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from psycopg import Connection

from chorus.errors import NotFound
from chorus.publishing.adapters.endpoints_store import COLUMNS, endpoint_of
from chorus.publishing.adapters.items import item_of
from chorus.publishing.domain.delivery import Delivery, DeliveryState, Event
from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.domain.feed import Item

DELIVERIES = "publishing_deliveries"
# Goes behind a statement that is named `said` and answers (brand, surface, placement, post, type, reason, at): part of
# it, so that where nobody subscribed a decision costs one look into an empty table. A withdrawal says all that there is
# to say of its placement: what waits of it is not sent any more.
TELL = """,
queued AS (
    INSERT INTO deliveries (endpoint, type, surface, placement, post, reason, at, next_try_at)
    SELECT endpoint, 'post.' || said.type, said.surface, said.placement, said.post, coalesce(said.reason, ''),
        said.at, said.at
    FROM said JOIN endpoints ON endpoints.brand = said.brand AND endpoints.surface IN ('', said.surface)
    RETURNING 1),
superseded AS (
    UPDATE deliveries SET state = 'superseded' FROM said
    WHERE said.type = 'withdrawn' AND deliveries.placement = said.placement AND deliveries.state = 'waiting')
SELECT pg_notify('publishing_deliveries', '') FROM queued LIMIT 1
"""
_NAMES = [each.name for each in fields(Delivery)]
_LIST = ", ".join(_NAMES)
_SELECT = f"SELECT {_LIST} FROM deliveries"  # noqa: S608 -- columns of our own
_KEEP = """
UPDATE deliveries SET state = %s, attempts = %s, next_try_at = %s, tried_at = %s, status = %s, seconds = %s,
    last_error = %s
WHERE n = %s
"""
_ADD_TEST = f"""
INSERT INTO deliveries (endpoint, type, at, next_try_at) VALUES (%s, 'endpoint.test', %s, %s) RETURNING {_LIST}
"""  # noqa: S608
# What may be sent now: something that is shown, only while it is, and while it is known whether it still may be.
_MAY_GO = """
deliveries.state = 'waiting' AND deliveries.next_try_at <= %(now)s
AND (deliveries.type IN ('post.withdrawn', 'endpoint.test') OR %(known)s AND EXISTS (
    SELECT 1 FROM placements WHERE placements.placement = deliveries.placement AND placements.state = 'live'))
"""
_DUE = f"""
SELECT {COLUMNS} FROM endpoints
WHERE disabled = '' AND (rests_until IS NULL OR rests_until <= %(now)s)
    AND EXISTS (SELECT 1 FROM deliveries WHERE deliveries.endpoint = endpoints.endpoint AND {_MAY_GO})
"""  # noqa: S608
_NEXT = f"{_SELECT} WHERE endpoint = %(endpoint)s AND post <> ALL(%(busy)s) AND {_MAY_GO}"
# A withdrawal waits for nothing; everything else for all that happened before to the same post.
_NEXT_WITHDRAWN = f"{_NEXT} AND type = 'post.withdrawn' ORDER BY n LIMIT %(limit)s"
_NEXT_OTHER = f"""
{_NEXT} AND type <> 'post.withdrawn' AND NOT EXISTS (
    SELECT 1 FROM deliveries AS before
    WHERE before.endpoint = deliveries.endpoint AND before.post = deliveries.post AND before.post <> ''
        AND before.state = 'waiting' AND before.n < deliveries.n)
ORDER BY n LIMIT %(limit)s
"""  # noqa: S608
_QUEUE_AGAIN = """
UPDATE deliveries SET state = 'waiting', attempts = 0, next_try_at = %(now)s
WHERE endpoint = %(endpoint)s AND state = ANY(%(states)s) AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
    AND (type IN ('post.withdrawn', 'endpoint.test') OR EXISTS (
        SELECT 1 FROM placements
        WHERE placements.placement = deliveries.placement AND placements.state IN ('live', 'held')))
"""
_LISTED = f"""
{_SELECT} WHERE endpoint = %s AND state = ANY(%s) AND (%s::bigint IS NULL OR n < %s) ORDER BY n DESC LIMIT %s
"""
# What somebody is superseding at this moment is left to them, rather than that two wait for each other.
_HURRY = """
UPDATE deliveries SET next_try_at = %(now)s WHERE n IN (
    SELECT n FROM deliveries WHERE endpoint = %(endpoint)s AND state = 'waiting' AND next_try_at > %(now)s
    FOR UPDATE SKIP LOCKED)
"""
_ITEM = """
SELECT brand, public_key, definition ->> 'access', placement, modified_at, shown::text
FROM placements JOIN surfaces USING (brand, surface)
WHERE placement = %s AND state IN ('live', 'held')
"""


class DeliveriesStore:
    """Implements `ports.Deliveries` on one connection's transaction."""

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def add_test(self, endpoint: Endpoint, now: datetime) -> Delivery:
        """Write a row."""
        (made,) = self._deliveries(_ADD_TEST, [endpoint.endpoint, now, now])
        self._wake()
        return made

    def delivery(self, endpoint: str, delivery: str) -> Delivery:
        """Read a row and lock it."""
        query = f"{_SELECT} WHERE endpoint = %s AND delivery = %s FOR UPDATE"
        found = self._deliveries(query, [endpoint, delivery])
        if not found:
            message = f"This endpoint has no delivery {delivery!r}; those of the last 14 days are kept."
            raise NotFound(message, reason="NO_SUCH_DELIVERY")
        return found[0]

    def deliveries(
        self, endpoint: str, states: Sequence[DeliveryState], before: int | None, limit: int
    ) -> list[Delivery]:
        """Read an endpoint's deliveries, the newest first, before one."""
        return self._deliveries(_LISTED, [endpoint, list(states), before, before, limit])

    def keep_delivery(self, delivery: Delivery) -> None:
        """Write what a try changes."""
        changed = [delivery.state, delivery.attempts, delivery.next_try_at, delivery.tried_at, delivery.status]
        self._conn.execute(_KEEP, [*changed, delivery.seconds, delivery.last_error, delivery.n])
        if delivery.state is DeliveryState.WAITING:
            self._wake()

    def queue_again(self, endpoint: str, states: Sequence[DeliveryState], since: datetime | None, now: datetime) -> int:
        """Write all rows at once."""
        values = {"endpoint": endpoint, "states": list(states), "since": since, "now": now}
        count = self._conn.execute(_QUEUE_AGAIN, values).rowcount
        self._wake()
        return count

    def hurry_deliveries(self, endpoint: str, now: datetime) -> None:
        """Write all rows at once."""
        self._conn.execute(_HURRY, {"now": now, "endpoint": endpoint})

    def item(self, delivery: Delivery) -> Item | None:
        """Read the placement."""
        row = self._conn.execute(_ITEM, [delivery.placement]).fetchone()
        return item_of("", *row) if row else None

    def due_endpoints(self, now: datetime, *, known: bool) -> list[Endpoint]:
        """Read the endpoints that something may be sent to now; only withdrawals where rights is not known."""
        return [endpoint_of(row) for row in self._conn.execute(_DUE, {"now": now, "known": known})]

    def next_deliveries(
        self, endpoint: str, busy: Sequence[str], limit: int, now: datetime, *, known: bool
    ) -> list[Delivery]:
        """Read what to send next, withdrawals before all else; nothing of posts that something is on its way of."""
        values = {"endpoint": endpoint, "busy": list(busy), "limit": limit, "now": now, "known": known}
        first = self._deliveries(_NEXT_WITHDRAWN, values)
        values |= {"busy": [*busy, *(each.post for each in first)], "limit": limit - len(first)}
        return first + self._deliveries(_NEXT_OTHER, values)

    def forget_deliveries(self, before: datetime) -> None:
        """Drop what happened earlier, whatever became of it."""
        self._conn.execute("DELETE FROM deliveries WHERE at < %s", [before])

    def _wake(self) -> None:
        self._conn.execute("SELECT pg_notify(%s, '')", [DELIVERIES])

    def _deliveries(self, query: str, values: Any) -> list[Delivery]:  # noqa: ANN401 -- as psycopg takes them
        return [_delivery(row) for row in self._conn.execute(query, values)]


def _delivery(row: tuple[Any, ...]) -> Delivery:
    values = dict(zip(_NAMES, row, strict=True))
    return Delivery(**values | {"type": Event(values["type"]), "state": DeliveryState(values["state"])})
