"""Reading the log in PostgreSQL as a member of a group.

Members share partitions out among themselves by session locks: each holds one lock to be counted by, and one lock per
partition that it reads. A killed member's locks go with its session, and the others take over at their next look.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from chorus.errors import Unavailable
from chorus.platform.events import OffsetStore, Record
from chorus.platform.postgres import PATIENCE
from chorus.platform.topics import PARTITIONS

_Place = tuple[str, int]
_LOOK_SECONDS = 1.0
# NOTIFY wakes the reader at once; this is for what was written in the moment before it listened.
_FALLBACK_SECONDS = 0.5
# A partition gets at most this part of a batch, so that a busy one does not starve the others.
_SHARES = 4

# A member's own lock is a pair of numbers (objsubid 2); a partition's is a single one.
_COUNT_MEMBERS = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 2 AND classid = %s::bigint::oid AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_READ = """
SELECT r.topic, r.partition, r."offset", r.key, r.value, r.headers
FROM unnest(%s::text[], %s::int[], %s::bigint[]) AS p (topic, partition, next_offset),
LATERAL (
    SELECT * FROM log_record AS one
    WHERE one.topic = p.topic AND one.partition = p.partition AND one."offset" >= p.next_offset
    ORDER BY one."offset" LIMIT %s
) AS r
LIMIT %s
"""
# Counts records and does not subtract offsets: what was swept meanwhile will never arrive.
_LAG = """
SELECT count(*) FROM unnest(%s::text[], %s::int[], %s::bigint[]) AS p (topic, partition, next_offset)
JOIN log_record AS r ON (r.topic, r.partition) = (p.topic, p.partition) AND r."offset" >= p.next_offset
"""
_END = "SELECT next_offset FROM log_partition WHERE topic = %s AND partition = %s"
_ACKNOWLEDGE = """
INSERT INTO log_group (name, topic, partition, next_offset) VALUES (%s, %s, %s, %s)
ON CONFLICT (name, topic, partition) DO UPDATE SET next_offset = excluded.next_offset
"""


class GroupConsumer:
    """A `Consumer` on the log's tables, on one connection."""

    def __init__(self, url: str, group: str, topics: Sequence[str], offsets: OffsetStore, prefix: str) -> None:
        """Prepare; the group is joined at the first `poll`. Topics and group are named with `prefix`."""
        self._url = url
        self._group = prefix + group
        self._topics = [prefix + topic for topic in topics]
        self._offsets = offsets
        self._prefix = prefix
        self._connection: psycopg.Connection | None = None
        self._positions: dict[_Place, int] = {}
        self._look_at = 0.0

    def poll(self, timeout: float, max_records: int) -> list[Record]:
        """Read, or wait for the writers' NOTIFY and read again until the time is over."""
        deadline = time.monotonic() + timeout
        try:
            connection = self._joined()
            while True:
                if time.monotonic() >= self._look_at:
                    self._share(connection)
                found = self._read(connection, max_records)
                left = deadline - time.monotonic()
                if found or left <= 0:
                    return found
                self._wait(connection, min(left, _FALLBACK_SECONDS))
        except psycopg.OperationalError as error:
            self._leave()
            message = "The event log does not answer just now. Try again in a moment."
            raise Unavailable(message, reason="EVENT_LOG_DOWN") from error
        except Unavailable:
            # The reader's own database is down: what this member holds, another could not read either.
            self._leave()
            raise

    def acknowledge(self, topic: str, partition: int, next_offset: int) -> None:
        """Write it down beside the log."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.execute(_ACKNOWLEDGE, [self._group, self._prefix + topic, partition, next_offset])

    def lag(self) -> int:
        """Count what lies ahead."""
        if self._connection is None:
            return 0
        try:
            row = self._connection.execute(_LAG, _columns(self._positions)).fetchone()
        except psycopg.OperationalError as error:
            message = "The event log does not answer just now. Try again in a moment."
            raise Unavailable(message, reason="EVENT_LOG_DOWN") from error
        return int(row[0]) if row else 0

    def assigned(self) -> frozenset[_Place]:
        """Name what this member holds locks for."""
        return frozenset((topic.removeprefix(self._prefix), partition) for topic, partition in self._positions)

    def close(self) -> None:
        """End the session, and its locks with it."""
        self._leave()

    def _joined(self) -> psycopg.Connection:
        if self._connection is None:
            connection = psycopg.connect(
                self._url, autocommit=True, application_name=f"chorus-log {self._group}", **PATIENCE
            )
            self._connection = connection
            for topic in self._topics:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(topic)))
            member = [_number(self._group, bits=31), connection.info.backend_pid]
            connection.execute("SELECT pg_advisory_lock(%s::int, %s::int)", member)
            self._look_at = 0.0
        return self._connection

    def _leave(self) -> None:
        connection, self._connection = self._connection, None
        self._positions.clear()
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _share(self, connection: psycopg.Connection) -> None:
        """Let go of what is more than a fair share, or take what is free up to it."""
        self._look_at = time.monotonic() + _LOOK_SECONDS
        row = connection.execute(_COUNT_MEMBERS, [_number(self._group, bits=31)]).fetchone()
        every = [(topic, partition) for topic in self._topics for partition in range(PARTITIONS)]
        share = math.ceil(len(every) / max(1, row[0] if row else 1))
        for place in list(self._positions)[share:]:
            del self._positions[place]
            connection.execute("SELECT pg_advisory_unlock(%s)", [self._lock(place)])
        for place in every:
            if len(self._positions) >= share:
                break
            if place not in self._positions and self._try_lock(connection, place):
                topic, partition = place
                end = _end(connection, place)
                self._positions[place] = self._offsets.position(topic.removeprefix(self._prefix), partition, end)

    def _try_lock(self, connection: psycopg.Connection, place: _Place) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [self._lock(place)]).fetchone()
        return bool(row and row[0])

    def _lock(self, place: _Place) -> int:
        return _number(f"{self._group} {place[0]} {place[1]}", bits=63)

    def _read(self, connection: psycopg.Connection, max_records: int) -> list[Record]:
        if not self._positions:
            return []
        each = max(1, max_records // _SHARES)
        rows = connection.execute(_READ, [*_columns(self._positions), each, max_records]).fetchall()
        found = [self._record(row) for row in rows]
        for record in found:
            place = (self._prefix + record.topic, record.partition)
            # To the end of the line: whose turn it was not, because the batch was full, is read first the next time.
            self._positions.pop(place)
            self._positions[place] = record.offset + 1
        return found

    def _record(self, row: tuple[Any, ...]) -> Record:
        topic, partition, offset, key, value, headers = row
        return Record(topic.removeprefix(self._prefix), partition, offset, key, value, headers)

    def _wait(self, connection: psycopg.Connection, seconds: float) -> None:
        for _ in connection.notifies(timeout=seconds, stop_after=1):
            pass


def _end(connection: psycopg.Connection, place: _Place) -> int:
    row = connection.execute(_END, place).fetchone()
    return int(row[0]) if row else 0


def _columns(positions: dict[_Place, int]) -> list[list[Any]]:
    return [[topic for topic, _ in positions], [partition for _, partition in positions], list(positions.values())]


def _number(text: str, *, bits: int) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") >> (64 - bits)
