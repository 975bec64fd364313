"""Threads in PostgreSQL: what happened about posts' rights, a row each, only ever added to."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from chorus.rights.adapters import rows
from chorus.rights.domain.request import Channel
from chorus.rights.domain.thread import Event, Kind

# Links can be taken without end: of a thread that has grown beyond reason, the newest are shown.
_MOST = 500
_ADD = """
INSERT INTO thread (brand, post, kind, subject, at, done_by, scope, channel, detail, said_in)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_READ = """
SELECT kind, subject, at, done_by, scope, channel, detail, said_in FROM thread
WHERE brand = %s AND post = %s ORDER BY number DESC LIMIT %s
"""


def add(conn: Connection[Any], brand: str, post: str, event: Event) -> None:
    """Write one thing that happened."""
    scope = Jsonb(rows.scope_json(event.scope)) if event.scope else None
    what = [brand, post, event.kind.value, event.subject, event.at, event.by, scope]
    conn.execute(_ADD, [*what, event.channel.value if event.channel else "", event.detail, event.said_in])


def read(conn: Connection[Any], brand: str, post: str) -> list[Event]:
    """Read a thread, the oldest first."""
    newest = [_event(row) for row in conn.execute(_READ, [brand, post, _MOST])]
    return newest[::-1]


def _event(row: tuple[Any, ...]) -> Event:
    kind, subject, at, by, scope, channel, detail, said_in = row
    allowed = rows.read_scope(scope) if scope else None
    return Event(Kind(kind), subject, at, by, allowed, Channel(channel) if channel else None, detail, said_in)
