"""Parked facts: those that a service could not handle, and those that wait behind them until a person has seen to it.

Parking is per topic and key. A poison fact holds back its own post on its own topic, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from chorus.errors import NotFound
from chorus.platform.events import Record
from chorus.platform.postgres import Database

# Applies one record in the transaction it is given; False says that it does not know this fact.
Handle = Callable[[Connection, Record], bool | None]
# Applies many, each key's in the order given, and answers the same for each.
HandleAll = Callable[[Connection, Sequence[Record]], Sequence[bool | None]]

_PARK = """
INSERT INTO parked (topic, partition, "offset", key, headers, value, reason) VALUES (%s, %s, %s, %s, %s, %s, %s)
"""
_COLUMNS = 'SELECT id, topic, partition, "offset", key, headers, value, reason, parked_at FROM parked'
_SETTLE = "UPDATE parked SET settled_at = now(), settled_by = %s, settled_why = %s WHERE id = %s"
_LOCK_PARTITION = "SELECT 1 FROM inbox_offset WHERE topic = %s AND partition = %s FOR UPDATE"


@dataclass(frozen=True, slots=True)
class Parked:
    """A fact that waits; `reason` is one line for a person."""

    id: int
    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: bytes
    reason: str
    parked_at: datetime

    @property
    def record(self) -> Record:
        """The record as it was read."""
        return Record(self.topic, self.partition, self.offset, self.key, self.value, self.headers)


def park(conn: Connection[Any], record: Record, reason: str) -> None:
    """Put a record aside, behind what is parked of its key; in the transaction that moves on past it."""
    where = [record.topic, record.partition, record.offset, record.key]
    conn.execute(_PARK, [*where, Jsonb(dict(record.headers)), record.value, reason.replace("\x00", "")])


def is_parked(conn: Connection[Any], key: str) -> bool:
    """Tell whether any fact of this key waits, on any topic."""
    row = conn.execute("SELECT EXISTS (SELECT 1 FROM parked WHERE key = %s AND settled_at IS NULL)", [key]).fetchone()
    return bool(row and row[0])


def list_parked(conn: Connection[Any], *, after: int = 0, limit: int = 100) -> list[Parked]:
    """Name what waits, oldest first, from the id after `after`."""
    with conn.cursor(row_factory=class_row(Parked)) as cursor:
        query = _COLUMNS + " WHERE settled_at IS NULL AND id > %s ORDER BY id LIMIT %s"
        return cursor.execute(query, [after, limit]).fetchall()


def replay(database: Database, parked_id: int, handle: Handle, *, who: str) -> int:
    """Handle a parked fact and all that wait behind it, in order, each in a transaction of its own.

    Returns how many were handled. Raises what `handle` raises at the first that fails again, which stays parked with
    those behind it; `NotFound` where the id does not wait or is not the first of its key.
    """
    with database.transaction() as conn:
        first = _waiting(conn, parked_id)
        if first.id != _head(conn, first):
            message = f"Another fact of {first.key} waits before {parked_id}: replay or discard that one first."
            raise NotFound(message, reason="NOT_FIRST_PARKED")
    handled = 0
    while _replay_head(database, first, handle, who):
        handled += 1
    return handled


def discard(conn: Connection[Any], parked_id: int, who: str, why: str) -> None:
    """Give a parked fact up for good, with who decided it and why. Raises `NotFound` where the id does not wait."""
    _lock(conn, _waiting(conn, parked_id))
    conn.execute(_SETTLE, [who, f"discarded: {why}", _waiting(conn, parked_id).id])


def _replay_head(database: Database, first: Parked, handle: Handle, who: str) -> bool:
    with database.transaction() as conn:
        # The reader of this partition waits meanwhile: else it could park one more behind a key that is just freed.
        _lock(conn, first)
        head = _head(conn, first)
        if head is None:
            return False
        handle(conn, _waiting(conn, head).record)
        conn.execute(_SETTLE, [who, "replayed", head])
        return True


def _lock(conn: Connection[Any], parked: Parked) -> None:
    conn.execute(_LOCK_PARTITION, [parked.topic, parked.partition])


def _head(conn: Connection[Any], parked: Parked) -> int | None:
    query = "SELECT min(id) FROM parked WHERE topic = %s AND key = %s AND settled_at IS NULL"
    row = conn.execute(query, [parked.topic, parked.key]).fetchone()
    return row[0] if row else None


def _waiting(conn: Connection[Any], parked_id: int) -> Parked:
    with conn.cursor(row_factory=class_row(Parked)) as cursor:
        found = cursor.execute(_COLUMNS + " WHERE settled_at IS NULL AND id = %s", [parked_id]).fetchone()
    if found is None:
        message = f"No parked fact {parked_id} waits."
        raise NotFound(message, reason="NOT_PARKED")
    return found
