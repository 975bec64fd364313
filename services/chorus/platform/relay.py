"""The relay: takes what transactions left in the outbox to the event log, in order and without losing any.

One relay per service is active, however many processes run. It stops at the first record that the log does not
acknowledge and begins there again, so a fact may be sent twice, and never before an earlier one of its key.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from opentelemetry.trace import SpanKind, StatusCode
from psycopg import Connection
from psycopg.rows import class_row

from chorus.api.events.v1.rights_pb2 import AsOf, RightsEvent
from chorus.errors import Unavailable
from chorus.platform import logs, telemetry
from chorus.platform.backoff import Backoff
from chorus.platform.events import EventLog, Outgoing, Producer
from chorus.platform.facts import timestamp
from chorus.platform.metrics import FACTS_SENT, RELAY_FAILURES
from chorus.platform.postgres import Database
from chorus.platform.topics import PARTITIONS, Topic

_log = logs.logger(__name__)

_BATCH = 500
_AS_OF_SECONDS = 1.0
_STANDBY_SECONDS = 0.5
_PURGE_SECONDS = 600.0

# One per database, and a service has a database of its own. Any fixed number does.
_LOCK = "SELECT pg_try_advisory_lock(7249315408121)"
_UNSENT = """
SELECT id, topic, key, fact, event_id, payload, occurred_at, traceparent, links
FROM outbox WHERE sent_at IS NULL ORDER BY id LIMIT %s
"""
_MARK = "UPDATE outbox SET sent_at = now() WHERE id = ANY(%s)"
# What is kept 14 days, a batch at a time. The outbox is looked at by its oldest rows only: they are in order, and a
# search by date would read the whole table.
_PURGES = (
    """
    DELETE FROM outbox
    WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT 1000) AND sent_at < now() - interval '14 days'
    """,
    """
    DELETE FROM idempotency WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM idempotency WHERE at < now() - interval '14 days' ORDER BY at LIMIT 1000
    ))
    """,
    """
    DELETE FROM parked WHERE id IN (
        SELECT id FROM parked WHERE settled_at < now() - interval '14 days' ORDER BY id LIMIT 1000
    )
    """,
)


class Relay:
    """Sends a service's outbox. With `as_of_topic` it also tells each partition up to when everything was sent."""

    def __init__(
        self,
        database: Database,
        log: EventLog,
        service: str,
        *,
        as_of_topic: Topic | None = None,
        poll: float = 0.1,
    ) -> None:
        """Relay for `service`; `poll` (seconds) is how often it looks when nothing wakes it."""
        self._database = database
        self._event_log = log
        self._service = service
        self._as_of_topic = as_of_topic
        self._poll = poll
        self._as_of_due = 0.0
        self._purge_due = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; waits out every outage of the database and of the log."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                with self._database.dedicated() as connection:
                    self._serve(connection, stop)
            except Unavailable as error:
                _log.warning("relay_waits", service=self._service, reason=error.reason)
                stop.wait(backoff.pause())

    def _serve(self, connection: Connection, stop: threading.Event) -> None:
        while not _locked(connection):
            if stop.wait(_STANDBY_SECONDS):
                return
        connection.execute("LISTEN outbox")
        producer = self._event_log.producer()
        try:
            self._relay(connection, producer, stop)
        finally:
            producer.close()

    def _relay(self, connection: Connection, producer: Producer, stop: threading.Event) -> None:
        backoff = Backoff()
        while not stop.is_set():
            try:
                waiting = self._round(connection, producer)
            except _NotSentError:
                RELAY_FAILURES.add(1)
                stop.wait(backoff.pause())
                continue
            if not waiting:
                self._purge_now_and_then(connection)
                _sleep_until_notified(connection, self._poll)

    def _round(self, connection: Connection, producer: Producer) -> bool:
        """Send one batch; tells whether more may be waiting."""
        as_of = self._clock_when_due(connection)
        rows = _unsent(connection)
        if rows:
            self._send(connection, producer, rows)
        full = len(rows) == _BATCH
        if as_of and not full:
            self._say_as_of(producer, as_of)
        return full

    def _send(self, connection: Connection, producer: Producer, rows: Sequence[_Row]) -> None:
        """Send, and mark what was acknowledged; one span for all of it, tied to each trace that decided something."""
        traces = dict.fromkeys(link for row in rows for link in (row.traceparent or "", *row.links))
        with telemetry.span(f"send {len(rows)} facts", links=traces, kind=SpanKind.PRODUCER) as span:
            sent = producer.send([self._outgoing(row) for row in rows])
            if sent < len(rows):
                span.set_status(StatusCode.ERROR, "not acknowledged")
        _mark(connection, rows[:sent])
        if sent < len(rows):
            raise _NotSentError

    def _clock_when_due(self, connection: Connection) -> datetime | None:
        """Take the database's time before the rows are read: what was committed by then will be among them."""
        if self._as_of_topic is None or time.monotonic() < self._as_of_due:
            return None
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        return row[0].astimezone(UTC) if row else None

    def _say_as_of(self, producer: Producer, at: datetime) -> None:
        assert self._as_of_topic is not None  # noqa: S101 -- only then is there a time to say
        topic = self._as_of_topic.name
        payload = RightsEvent(as_of=AsOf(at=timestamp(at))).SerializeToString()
        headers = self._headers(topic, "as_of", f"{topic}/{at.isoformat()}", at)
        records = [Outgoing(topic, "", payload, headers, partition=number) for number in range(PARTITIONS)]
        if producer.send(records) < len(records):
            raise _NotSentError
        self._as_of_due = time.monotonic() + _AS_OF_SECONDS

    def _outgoing(self, row: _Row) -> Outgoing:
        headers = self._headers(row.topic, row.fact, row.event_id, row.occurred_at)
        headers["ce_subject"] = row.key
        if row.traceparent:
            headers["traceparent"] = row.traceparent
        return Outgoing(row.topic, row.key, row.payload, headers)

    def _headers(self, topic: str, fact: str, event_id: str, at: datetime) -> dict[str, str]:
        """Write CloudEvents 1.0 attributes, as its Kafka binding has them in binary mode."""
        return {
            "content-type": "application/protobuf",
            "ce_specversion": "1.0",
            "ce_id": event_id,
            "ce_source": f"/chorus/{self._service}",
            "ce_type": f"{topic}.{fact}",
            "ce_time": at.astimezone(UTC).isoformat(),
        }

    def _purge_now_and_then(self, connection: Connection) -> None:
        if time.monotonic() < self._purge_due:
            return
        # A batch that found something says that there may be more: then the next quiet moment goes on.
        if sum(connection.execute(purge).rowcount for purge in _PURGES) == 0:
            self._purge_due = time.monotonic() + _PURGE_SECONDS


class _NotSentError(Exception):
    """The log did not acknowledge everything: pause, and begin again at the first that it did not."""


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    topic: str
    key: str
    fact: str
    event_id: str
    payload: bytes
    occurred_at: datetime
    traceparent: str | None
    links: list[str]


def _locked(connection: Connection) -> bool:
    row = connection.execute(_LOCK).fetchone()
    return bool(row and row[0])


def _unsent(connection: Connection) -> list[_Row]:
    with connection.cursor(row_factory=class_row(_Row)) as cursor:
        return cursor.execute(_UNSENT, [_BATCH]).fetchall()


def _mark(connection: Connection, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    connection.execute(_MARK, [[row.id for row in rows]])
    for topic, count in Counter(row.topic for row in rows).items():
        FACTS_SENT.add(count, {"topic": topic})


def _sleep_until_notified(connection: Connection, seconds: float) -> None:
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        pass
