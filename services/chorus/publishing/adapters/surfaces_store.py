"""Surfaces in PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation

from chorus.errors import Conflict, NotFound
from chorus.publishing.adapters.documents import DEFINITION
from chorus.publishing.domain.surface import Surface
from chorus.publishing.ports import Walk

WALKS = "publishing_walks"
_SELECT = """
SELECT brand, surface, definition::text, public_key, key_sha256, paused, version, changed_at
FROM surfaces WHERE brand = %s
"""
_LIVE_COUNTS = "SELECT surface, count(*) FROM placements WHERE brand = %s AND state = 'live' GROUP BY surface"
_ADD = """
INSERT INTO surfaces (brand, surface, definition, public_key, key_sha256, paused, version, changed_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_KEEP = """
UPDATE surfaces SET definition = %s, key_sha256 = %s, paused = %s, changed_at = %s, version = version + 1
WHERE brand = %s AND surface = %s
"""
_WALK_NEXT = """
SELECT post FROM (
    SELECT post FROM posts WHERE brand = %(brand)s AND post > %(after)s AND approved
    UNION
    SELECT post FROM placements WHERE brand = %(brand)s AND surface = %(surface)s AND post > %(after)s
        AND state IN ('placing', 'live', 'held')
) AS concerned ORDER BY post LIMIT %(limit)s
"""
_BEGIN_WALK = "UPDATE surfaces SET walk_after = '', walks_begun = walks_begun + 1 WHERE brand = %s AND surface = %s"
_WALK = "SELECT brand, surface, walk_after, walks_begun FROM surfaces WHERE walk_after IS NOT NULL LIMIT 1"
_WALK_ON = "UPDATE surfaces SET walk_after = %s WHERE brand = %s AND surface = %s AND walks_begun = %s"


class SurfacesStore:
    """Implements `ports.Surfaces` on one connection's transaction."""

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def stay(self, brand: str) -> None:
        """Share the brand's lock with all who decide."""
        self._conn.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 2))", [brand])

    def redefine(self, brand: str) -> None:
        """Have the brand's lock alone."""
        self._conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))", [brand])

    def surface(self, brand: str, surface: str) -> Surface:
        """Read a surface."""
        row = self._conn.execute(f"{_SELECT} AND surface = %s", [brand, surface]).fetchone()
        if row is None:
            message = f"{brand} has no surface {surface!r}."
            raise NotFound(message, reason="NO_SUCH_SURFACE")
        return _surface(row)

    def surfaces(self, brand: str, after: str = "", limit: int | None = None) -> list[Surface]:
        """Read surfaces by id."""
        query = f"{_SELECT} AND surface > %s ORDER BY surface LIMIT %s"
        return [_surface(row) for row in self._conn.execute(query, [brand, after, limit])]

    def live_counts(self, brand: str) -> dict[str, int]:
        """Count what is live on each of the brand's surfaces."""
        return dict(self._conn.execute(_LIVE_COUNTS, [brand]).fetchall())

    def add_surface(self, surface: Surface) -> None:
        """Write a new surface."""
        try:
            with self._conn.transaction():
                self._conn.execute(_ADD, _values(surface))
        except UniqueViolation as error:
            message = f"{surface.brand} has a surface {surface.surface!r} already."
            raise Conflict(message, reason="ALREADY_EXISTS") from error

    def keep_surface(self, surface: Surface, now: datetime) -> None:
        """Write what an admin can change."""
        definition = DEFINITION.dump_json(surface.definition).decode()
        values = [definition, surface.key_sha256, surface.paused, now, surface.brand, surface.surface]
        if self._conn.execute(_KEEP, values).rowcount == 0:
            message = f"{surface.brand} has no surface {surface.surface!r}."
            raise NotFound(message, reason="NO_SUCH_SURFACE")

    def begin_walk(self, brand: str, surface: str) -> None:
        """Begin before the first post, and wake whoever walks once this is committed."""
        self._conn.execute(_BEGIN_WALK, [brand, surface])
        self._conn.execute("SELECT pg_notify(%s, '')", [WALKS])

    def walk(self) -> Walk | None:
        """Find a walk, any."""
        row = self._conn.execute(_WALK).fetchone()
        return Walk(*row) if row else None

    def walk_next(self, walk: Walk, limit: int) -> list[str]:
        """Read the next ids."""
        values = {"brand": walk.brand, "surface": walk.surface, "after": walk.after, "limit": limit}
        return [row[0] for row in self._conn.execute(_WALK_NEXT, values)]

    def walk_on(self, walk: Walk, to: str | None) -> None:
        """Compare and set."""
        self._conn.execute(_WALK_ON, [to, walk.brand, walk.surface, walk.begun])


def _values(surface: Surface) -> list[Any]:
    return [
        surface.brand,
        surface.surface,
        DEFINITION.dump_json(surface.definition).decode(),
        surface.public_key,
        surface.key_sha256,
        surface.paused,
        surface.version,
        surface.changed_at,
    ]


def _surface(row: tuple[Any, ...]) -> Surface:
    brand, surface, definition, *rest = row
    return Surface(brand, surface, DEFINITION.validate_json(definition), *rest)
