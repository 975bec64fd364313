"""The inbox: what others said, read in order and applied once, through every outage.

Polls the event log and applies what comes (`once.py`); what cannot be applied is parked (`parking.py`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from chorus.errors import Exhausted, Unavailable
from chorus.platform import logs
from chorus.platform.backoff import Backoff
from chorus.platform.events import Consumer, EventLog, Record
from chorus.platform.metrics import LAG
from chorus.platform.once import Heard, Inbox, OnKeyless, Peek, TooManyParkedError
from chorus.platform.parking import Handle, HandleAll
from chorus.platform.postgres import Database
from chorus.platform.topics import Topic

__all__ = ["BATCH", "Heard", "Inbox", "TooManyParkedError", "run_consumer"]

_log = logs.logger(__name__)

_POLL_SECONDS = 0.5
# Small enough that rows are not locked for long, large enough that the transaction's own cost hardly counts.
BATCH = 200
_STUCK_SECONDS = 30.0
_LOOK_SECONDS = 5.0
_SHOW_SECONDS = 1.0


def run_consumer(  # noqa: PLR0913 -- a reader is this many things, each named at the call
    stop: threading.Event,
    *,
    database: Database,
    log: EventLog,
    service: str,
    name: str,
    topics: Sequence[Topic],
    peek: Peek,
    handle: Handle,
    handle_all: HandleAll | None = None,
    on_keyless: OnKeyless | None = None,
    on_stuck: Callable[[str], None],
    batch: int = BATCH,
) -> None:
    """Apply the facts of `topics` to `database` until `stop` is set.

    `handle` applies one record in the transaction it is given; it answers False for a fact that it does not know. What
    passes by itself (`Unavailable`, a database that is down) is tried again; any other error parks the record.
    `handle_all` does the same for all records of a transaction, where that costs less.
    `name` tells a service's consumers apart: each has a backlog of its own, and no topic is read by two. `on_keyless`
    is given records without a key once all that came before them was applied. `on_stuck` is called when the log's
    client has stalled, which only a new process cures. Waits out every outage; raises `ValueError` where the service
    is no reader of a topic, and `TooManyParkedError` where the fault is not in the facts. `batch` is how many facts one
    transaction applies at the most.
    """
    _check_readers(service, topics)
    inbox = Inbox(database, handle, peek=peek, handle_all=handle_all, on_keyless=on_keyless)
    inbox.remember([topic.name for topic in topics])
    group = f"{service}-{name}"
    loop = _Loop(stop, inbox, on_stuck, batch, name)
    threading.Thread(target=loop.watch, name=f"watch {group}", daemon=True).start()
    backoff = Backoff()
    try:
        while not stop.is_set():
            try:
                loop.consume(log.consumer(group, topics, inbox))
            except Unavailable as error:
                _log.warning("consumer_waits", group=group, reason=error.reason)
                stop.wait(backoff.pause())
    finally:
        loop.ended.set()


def _check_readers(service: str, topics: Sequence[Topic]) -> None:
    for topic in topics:
        if service not in topic.readers:
            message = f"{service} is no reader of {topic.name}: a service decides only from topics to its left"
            raise ValueError(message)


class _Loop:
    """Polls one consumer, and notices when it has stalled."""

    def __init__(
        self, stop: threading.Event, inbox: Inbox, on_stuck: Callable[[str], None], batch: int, name: str
    ) -> None:
        self.ended = threading.Event()
        self._stop = stop
        self._inbox = inbox
        self._on_stuck = on_stuck
        self._batch = batch
        self._name = name
        self._polling_since: float | None = None
        self._starving_since: float | None = None
        self._look_at = 0.0
        self._show_at = 0.0
        self._done: dict[tuple[str, int], int] = {}

    def consume(self, consumer: Consumer) -> None:
        """Poll and apply until asked to stop; an `Unavailable` log or database is waited out by polling again."""
        try:
            while not self._stop.is_set():
                records = self._poll(consumer)
                if records:
                    self._starving_since = None
                    self._apply(records)
                self._measure(consumer, starving=not records)
                self._show(consumer)
        finally:
            self._show_at = 0.0
            self._show(consumer)
            consumer.close()

    def watch(self) -> None:
        """Look from another thread whether `poll` returns at all."""
        while not self.ended.wait(1.0):
            since = self._polling_since
            if since is not None and time.monotonic() - since > _STUCK_SECONDS:
                self._on_stuck("the event log's client does not return")

    def _poll(self, consumer: Consumer) -> list[Record]:
        self._polling_since = time.monotonic()
        try:
            return consumer.poll(_POLL_SECONDS, self._batch)
        finally:
            self._polling_since = None

    def _apply(self, records: list[Record]) -> None:
        backoff = Backoff()
        while not self._stop.is_set():
            try:
                self._inbox.apply(records)
            except (Unavailable, Exhausted, OSError, MemoryError) as error:
                _log.warning("consumer_waits", error=str(error))
                self._stop.wait(backoff.pause())
            else:
                self._done.update({(one.topic, one.partition): one.offset + 1 for one in records})
                return

    def _show(self, consumer: Consumer) -> None:
        if time.monotonic() < self._show_at:
            return
        self._show_at = time.monotonic() + _SHOW_SECONDS
        for (topic, partition), next_offset in self._done.items():
            consumer.acknowledge(topic, partition, next_offset)
        self._done.clear()

    def _measure(self, consumer: Consumer, *, starving: bool) -> None:
        """Compare with the log now and then: records that are there and do not arrive are a stalled client."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_SECONDS
        lag = consumer.lag()
        LAG.set(lag, {"subscription": self._name})
        if lag == 0 or not starving:
            self._starving_since = None
        elif self._starving_since is None:
            self._starving_since = now
        elif now - self._starving_since > _STUCK_SECONDS:
            self._on_stuck("the event log has records that do not arrive")
