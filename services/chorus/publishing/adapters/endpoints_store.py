"""Endpoints in PostgreSQL."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from psycopg import Connection

from chorus.errors import NotFound
from chorus.platform.resealing import Sealed
from chorus.publishing.domain.endpoint import Disabled, Endpoint

# What the vault has sealed.
SEALED = (Sealed("endpoints", ("endpoint",), "sealed"), Sealed("endpoints", ("endpoint",), "old_sealed"))
_NAMES = [each.name for each in fields(Endpoint)]
COLUMNS = ", ".join(_NAMES)
_MARKS = ", ".join(["%s"] * len(_NAMES))
_SELECT = f"SELECT {COLUMNS} FROM endpoints"  # noqa: S608 -- columns of our own
_ADD = f"INSERT INTO endpoints ({COLUMNS}) VALUES ({_MARKS})"  # noqa: S608
_KEEP = f"UPDATE endpoints SET ({COLUMNS}) = ({_MARKS}) WHERE endpoint = %s"  # noqa: S608
_COUNTS = """
SELECT endpoint, count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'failed')
FROM deliveries JOIN endpoints USING (endpoint)
WHERE brand = %s AND state IN ('waiting', 'failed') GROUP BY endpoint
"""
_FORGET_OLD = "UPDATE endpoints SET old_sealed = '', old_until = NULL WHERE old_until <= %s"


class EndpointsStore:
    """Implements `ports.Endpoints` on one connection's transaction."""

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def add_endpoint(self, endpoint: Endpoint) -> None:
        """Write a new row."""
        self._conn.execute(_ADD, _values(endpoint))

    def endpoint(self, brand: str, endpoint: str) -> Endpoint:
        """Read a row and lock it, but for those who only refer to it: a decision about a post waits for no answer."""
        row = self._conn.execute(
            f"{_SELECT} WHERE brand = %s AND endpoint = %s FOR NO KEY UPDATE", [brand, endpoint]
        ).fetchone()
        if row is None:
            message = f"{brand} has no endpoint {endpoint!r}."
            raise NotFound(message, reason="NO_SUCH_ENDPOINT")
        return endpoint_of(row)

    def endpoints(self, brand: str, after: str = "", limit: int | None = None) -> list[Endpoint]:
        """Read endpoints by id."""
        query = f"{_SELECT} WHERE brand = %s AND endpoint > %s ORDER BY endpoint LIMIT %s"
        return [endpoint_of(row) for row in self._conn.execute(query, [brand, after, limit])]

    def keep_endpoint(self, endpoint: Endpoint) -> None:
        """Write a row."""
        self._conn.execute(_KEEP, [*_values(endpoint), endpoint.endpoint])

    def remove_endpoint(self, endpoint: Endpoint) -> None:
        """Delete a row, which takes its deliveries along."""
        self._conn.execute("DELETE FROM endpoints WHERE endpoint = %s", [endpoint.endpoint])

    def delivery_counts(self, brand: str) -> dict[str, tuple[int, int]]:
        """Count by endpoint what waits, and what was given up."""
        return {endpoint: (waiting, failed) for endpoint, waiting, failed in self._conn.execute(_COUNTS, [brand])}

    def forget_old_secrets(self, now: datetime) -> None:
        """Drop secrets whose time to sign beside a new one is over."""
        self._conn.execute(_FORGET_OLD, [now])


def _values(endpoint: Endpoint) -> list[Any]:
    values = asdict(endpoint) | {"disabled": endpoint.disabled or ""}
    return [values[name] for name in _NAMES]


def endpoint_of(row: tuple[Any, ...]) -> Endpoint:
    """Read what `COLUMNS` names."""
    values = dict(zip(_NAMES, row, strict=True))
    return Endpoint(**values | {"disabled": Disabled(values["disabled"]) if values["disabled"] else None})
