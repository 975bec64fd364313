"""The event log: what services tell each other, in order per key. Kafka, or a table in PostgreSQL.

Both adapters pass `tests/contract/test_event_logs.py`; what they promise stands here, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from chorus.platform.topics import Topic


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a reader gets it. `offset` grows per partition, possibly with holes; `topic` has no prefix."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to be written. `partition` None means: by the key. No key: it only says something about now."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    partition: int | None = None


class OffsetStore(Protocol):
    """Where a reader goes on: kept by the reader, in the transaction that handled the records."""

    def position(self, topic: str, partition: int, end: int) -> int:
        """Give the next offset to read, 0 at first, and 0 again where the log ends before it at `end`: it was lost.

        May raise `Unavailable`.
        """
        ...


class Producer(Protocol):
    """Writes records. For one thread."""

    def send(self, records: Sequence[Outgoing]) -> int:
        """Write all, durably, and return how many from the front were acknowledged: all of them when all went well.

        Never raises because the log is down: it gives up after some seconds and returns fewer. A record of a key is
        not sent before the one ahead of it with that key was acknowledged, so repeating from the first that was not
        may write some twice, and never changes the order in which a key's records are first seen.
        """
        ...

    def close(self) -> None:
        """Let go of the connection; what is not acknowledged may or may not have been written."""
        ...


class Consumer(Protocol):
    """Reads records as a member of a group. For one thread."""

    def poll(self, timeout: float, max_records: int) -> list[Record]:
        """Wait up to `timeout` seconds for records, in offset order per partition; empty when there are none.

        Partitions are shared out among the group's members and may move only inside `poll`; a partition that arrives
        is read from the `OffsetStore`'s position, so whatever was polled and not handled is delivered again. Two
        members may hold one partition for a moment after a fault: the reader's own transaction decides.
        Raises `Unavailable` when the log or the offset store is down; polling again recovers.
        """
        ...

    def acknowledge(self, topic: str, partition: int, next_offset: int) -> None:
        """Show to others how far this group is. Advisory: never decides where reading goes on; never raises."""
        ...

    def lag(self) -> int:
        """Count the records that lie behind this member's position, asked of the log now. May raise `Unavailable`."""
        ...

    def assigned(self) -> frozenset[tuple[str, int]]:
        """Name the (topic, partition) pairs that this member reads now."""
        ...

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        ...


class EventLog(Protocol):
    """A log with topics of 12 partitions. Safe to share between threads; what it hands out is not."""

    def ensure(self, topics: Iterable[Topic]) -> None:
        """Create the topics that do not exist, with their retention, before anything is written or read.

        Raises `Unavailable`, or `Conflict` where one exists with another number of partitions.
        """
        ...

    def producer(self) -> Producer:
        """Connect a writer. May raise `Unavailable`."""
        ...

    def consumer(self, group: str, topics: Sequence[Topic], offsets: OffsetStore) -> Consumer:
        """Join a group that reads these topics. May raise `Unavailable`."""
        ...

    def holds_facts(self, topics: Iterable[Topic]) -> bool:
        """Tell whether anything was ever written to one of these topics. May raise `Unavailable`."""
        ...

    def ping(self) -> None:
        """Ask for a sign of life; raises `Unavailable` within a few seconds."""
        ...


def open_log(url: str, *, prefix: str = "") -> EventLog:
    """Open the log at `kafka://host:port[,host:port]` or `postgresql://…` without connecting yet.

    `prefix` is put before topic and group names, so that many runs can share one broker. Raises `ValueError` for
    another scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme == "kafka":
        from chorus.platform.events.kafka import KafkaLog

        return KafkaLog(url, prefix=prefix)
    if scheme in {"postgresql", "postgres"}:
        from chorus.platform.events.postgres_log import PostgresLog

        return PostgresLog(url, prefix=prefix)
    message = f"An event log is at kafka://… or postgresql://…, not {scheme!r}"
    raise ValueError(message)


def prepare_log(url: str, owner: str) -> None:
    """Make a log's tables as who owns them, for who serves as `url` says; both name one database in PostgreSQL."""
    from chorus.platform.events.postgres_log import MIGRATIONS
    from chorus.platform.postgres import apply_migrations

    apply_migrations(owner, MIGRATIONS, serving=url)
