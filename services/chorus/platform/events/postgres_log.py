"""The event log in a PostgreSQL database of its own: the embedded default, without a broker."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from chorus.errors import Unavailable
from chorus.platform import logs
from chorus.platform.events import OffsetStore, Outgoing
from chorus.platform.events.postgres_group import GroupConsumer
from chorus.platform.postgres import PATIENCE, apply_migrations
from chorus.platform.topics import PARTITIONS, Topic, partition_of

_log = logs.logger(__name__)
MIGRATIONS = Path(__file__).parent / "migrations"
_SWEEP_SECONDS = 300.0
_MUCH = 200

_CREATE = """
WITH named AS (
    INSERT INTO log_topic (topic, retention) VALUES (%(topic)s, make_interval(days => %(days)s))
    ON CONFLICT (topic) DO UPDATE SET retention = excluded.retention
)
INSERT INTO log_partition (topic, partition) SELECT %(topic)s, generate_series(0, %(partitions)s - 1)
ON CONFLICT DO NOTHING
"""
# One order of locks for all writers, so that none waits for another in a circle.
_RESERVE = """
WITH wanted AS (
    SELECT known.topic, known.partition, asked.records
    FROM unnest(%s::text[], %s::int[], %s::int[]) AS asked (topic, partition, records)
    JOIN log_partition AS known ON (known.topic, known.partition) = (asked.topic, asked.partition)
    ORDER BY known.topic, known.partition FOR UPDATE OF known
)
UPDATE log_partition AS known SET next_offset = known.next_offset + wanted.records FROM wanted
WHERE (known.topic, known.partition) = (wanted.topic, wanted.partition)
RETURNING known.topic, known.partition, known.next_offset - wanted.records
"""
_WRITE = 'COPY log_record (topic, partition, "offset", key, value, headers) FROM STDIN'
# A few of the oldest records of each partition: a search by date would read the whole table, and a day of many posts,
# dropped at once when its time is over, would hold up what is sent meanwhile.
_SWEEP = """
DELETE FROM log_record WHERE ctid = ANY(ARRAY(
    SELECT old.ctid FROM log_partition AS p JOIN log_topic USING (topic), LATERAL (
        SELECT one.ctid, one.written_at FROM log_record AS one WHERE (one.topic, one.partition) = (p.topic, p.partition)
        ORDER BY one."offset" LIMIT 200
    ) AS old
    WHERE old.written_at < now() - retention
))
"""
_HOLDS = "SELECT EXISTS (SELECT 1 FROM log_partition WHERE topic = ANY(%s) AND next_offset > 0)"
_SWEEP_KEYLESS = """
DELETE FROM log_record WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM log_record WHERE key = '' AND written_at < now() - interval '10 minutes'
    ORDER BY written_at LIMIT 5000
))
"""


class PostgresLog:
    """An `EventLog` in a database, which is created where it is missing and this role may."""

    def __init__(self, url: str, *, prefix: str = "") -> None:
        """Use the database; nothing is asked yet."""
        self._url = url
        self._prefix = prefix
        self._ensured: set[str] = set()
        self._ensuring = threading.Lock()

    def ensure(self, topics: Iterable[Topic]) -> None:
        """Make the tables and the partitions."""
        with self._ensuring:
            missing = sorted((topic for topic in topics if topic.name not in self._ensured), key=lambda one: one.name)
            if not missing:
                return
            apply_migrations(self._url, MIGRATIONS)
            with self._connected() as connection:
                for topic in missing:
                    connection.execute(_CREATE, self._partitions_of(topic))
            self._ensured.update(topic.name for topic in missing)

    def producer(self) -> TableProducer:
        """Make a writer; it connects when it first sends."""
        return TableProducer(self._url, self._prefix)

    def consumer(self, group: str, topics: Sequence[Topic], offsets: OffsetStore) -> GroupConsumer:
        """Make a member of a group; it joins when it first polls."""
        return GroupConsumer(self._url, group, [topic.name for topic in topics], offsets, self._prefix)

    def holds_facts(self, topics: Iterable[Topic]) -> bool:
        """Look how far their partitions have come."""
        self.ensure(topics)
        with self._connected() as connection:
            names = [self._prefix + topic.name for topic in topics]
            row = connection.execute(_HOLDS, [names]).fetchone()
        return bool(row and row[0])

    def ping(self) -> None:
        """Ask the server for a sign of life."""
        with self._connected() as connection:
            connection.execute("SELECT 1")

    def _partitions_of(self, topic: Topic) -> dict[str, Any]:
        return {"topic": self._prefix + topic.name, "days": topic.retention_days, "partitions": PARTITIONS}

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        try:
            with psycopg.connect(self._url, autocommit=True, **PATIENCE) as connection:
                yield connection
        except psycopg.OperationalError as error:
            message = "The event log does not answer just now. Try again in a moment."
            raise Unavailable(message, reason="EVENT_LOG_DOWN") from error


class TableProducer:
    """A `Producer` that writes all records of a `send` in one transaction: all are acknowledged, or none."""

    def __init__(self, url: str, prefix: str) -> None:
        """Use the database; topics are named with `prefix`."""
        self._url = url
        self._prefix = prefix
        self._connection: psycopg.Connection | None = None
        self._sweep_due = time.monotonic() + _SWEEP_SECONDS

    def send(self, records: Sequence[Outgoing]) -> int:
        """Write, and wake the readers; now and then drop what is older than its topic keeps."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, application_name="chorus-log", **PATIENCE)
            with self._connection.transaction():
                self._write(self._connection, records)
            self._sweep_now_and_then(self._connection)
        except psycopg.OperationalError as error:
            _log.warning("events_not_sent", error=str(error), records=len(records))
            self.close()
            return 0
        return len(records)

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    def _write(self, connection: psycopg.Connection, records: Sequence[Outgoing]) -> None:
        if not records:
            return
        batches: dict[tuple[str, int], list[Outgoing]] = defaultdict(list)
        for one in records:
            partition = partition_of(one.key) if one.partition is None else one.partition
            batches[self._prefix + one.topic, partition].append(one)
        starts = _reserve(connection, {place: len(batch) for place, batch in batches.items()})
        with connection.cursor().copy(_WRITE) as copy:
            for place, start in starts.items():
                for offset, one in enumerate(batches[place], start):
                    copy.write_row((*place, offset, one.key, one.value, Jsonb(dict(one.headers))))
        for topic in {topic for topic, _ in batches}:
            connection.execute("SELECT pg_notify(%s, '')", [topic])

    def _sweep_now_and_then(self, connection: psycopg.Connection) -> None:
        if time.monotonic() < self._sweep_due:
            return
        with connection.transaction():
            swept = connection.execute(_SWEEP_KEYLESS).rowcount + connection.execute(_SWEEP).rowcount
        # Where there was much, there may be more: then the next sending goes on.
        if swept < _MUCH:
            self._sweep_due = time.monotonic() + _SWEEP_SECONDS


def _reserve(connection: psycopg.Connection[Any], wanted: Mapping[tuple[str, int], int]) -> dict[tuple[str, int], int]:
    """Take so many offsets of each partition; gives the first of each."""
    columns = zip(*((*place, count) for place, count in wanted.items()), strict=True)
    rows = connection.execute(_RESERVE, [list(column) for column in columns]).fetchall()
    starts = {(topic, partition): start for topic, partition, start in rows}
    for topic, partition in wanted.keys() - starts.keys():
        message = f"topic {topic} has no partition {partition}: it was not created"
        raise LookupError(message)
    return starts
