"""The event log on Apache Kafka: topics, and the connections that the two sides use."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, TopicAlreadyExistsError
from kafka.record import util

from chorus.errors import Conflict, Unavailable
from chorus.platform.events import OffsetStore
from chorus.platform.events.kafka_consumer import GroupConsumer
from chorus.platform.events.kafka_producer import Client, OrderedProducer
from chorus.platform.topics import PARTITIONS, Topic

_SECOND = 1000
_DAY = 24 * 60 * 60 * _SECOND

# Short, since the defaults (30 s and more) are longer than people, and the revocation bound, wait.
_COMMON: dict[str, Any] = {
    "bootstrap_timeout_ms": 4 * _SECOND,
    "request_timeout_ms": 5 * _SECOND,
    "reconnect_backoff_max_ms": 1 * _SECOND,
}
_PRODUCER: dict[str, Any] = {
    # Given explicitly: left to its default, a conflicting setting would switch it off with only a warning.
    "enable_idempotence": True,
    "acks": "all",
    "delivery_timeout_ms": 6 * _SECOND,
    "max_block_ms": 3 * _SECOND,
    "batch_size": 256 * 1024,
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
}
_CONSUMER: dict[str, Any] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    # Longer than a session, which joining a group may take.
    "request_timeout_ms": 15 * _SECOND,
    # How soon others take over from a killed member. Leaving the group in error costs little: the inbox fences.
    "session_timeout_ms": 10 * _SECOND,
    "heartbeat_interval_ms": 2 * _SECOND,
    # A member whose database is down lets the others take over meanwhile.
    "max_poll_interval_ms": 60 * _SECOND,
    "metadata_max_age_ms": 30 * _SECOND,
    "allow_auto_create_topics": False,
    "metrics_enabled": False,
}


class KafkaLog:
    """An `EventLog` on a Kafka cluster."""

    def __init__(self, url: str, *, prefix: str = "") -> None:
        """Read `kafka://host:port[,host:port]` without connecting; raises `ValueError` where no broker is named."""
        self._brokers = [broker for broker in urlsplit(url).netloc.split(",") if broker]
        if not self._brokers:
            message = "An event log on Kafka is named kafka://host:port[,host:port]"
            raise ValueError(message)
        if util.crc32c_c is None:
            message = "The crc32c wheel is missing: without it Kafka's client is four to eight times slower"
            raise RuntimeError(message)
        self._prefix = prefix
        self._ensured: set[str] = set()
        self._admin: KafkaAdminClient | None = None
        self._admin_lock = threading.Lock()

    def ensure(self, topics: Iterable[Topic]) -> None:
        """Create what is missing, with the cluster's own default of replicas, and check what is there."""
        wanted = {self._prefix + topic.name: topic for topic in topics if topic.name not in self._ensured}
        if not wanted:
            return
        with self._administrating() as admin:
            missing = wanted.keys() - set(admin.list_topics())
            if missing:
                # Services that start side by side create them at the same time.
                with suppress(TopicAlreadyExistsError):
                    admin.create_topics({name: _settings(wanted[name]) for name in missing})
            admin.wait_for_topics(list(wanted))
            for found in admin.describe_topics(list(wanted)):
                _check_partitions(found)
        self._ensured.update(topic.name for topic in wanted.values())

    def producer(self) -> OrderedProducer:
        """Make a writer; it connects when it first sends."""
        return OrderedProducer(lambda: Client(**self._settings(_PRODUCER)), self._prefix)

    def consumer(self, group: str, topics: Sequence[Topic], offsets: OffsetStore) -> GroupConsumer:
        """Join a group."""
        with _unavailable_when_failing():
            client = KafkaConsumer(**self._settings(_CONSUMER), group_id=self._prefix + group)
        return GroupConsumer(client, [topic.name for topic in topics], offsets, self._prefix)

    def holds_facts(self, topics: Iterable[Topic]) -> bool:
        """Ask for the ends of their partitions; a topic that does not exist has none."""
        names = {self._prefix + topic.name for topic in topics}
        with _unavailable_when_failing():
            client = KafkaConsumer(**self._settings(_CONSUMER))
            try:
                places = [
                    TopicPartition(name, number) for name in names & client.topics() for number in range(PARTITIONS)
                ]
                return any(client.end_offsets(places).values())
            finally:
                client.close()

    def ping(self) -> None:
        """Ask the cluster to describe itself."""
        with self._administrating() as admin:
            admin.describe_cluster()

    def _settings(self, more: dict[str, Any]) -> dict[str, Any]:
        return {"bootstrap_servers": self._brokers, "client_id": "chorus", **_COMMON, **more}

    @contextmanager
    def _administrating(self) -> Iterator[KafkaAdminClient]:
        """Lend the one connection for questions, one thread at a time; a failed one is not used again."""
        with self._admin_lock, _unavailable_when_failing():
            if self._admin is None:
                self._admin = KafkaAdminClient(**self._settings({}))
            try:
                yield self._admin
            except KafkaError:
                broken, self._admin = self._admin, None
                with suppress(KafkaError):
                    broken.close()
                raise


@contextmanager
def _unavailable_when_failing() -> Iterator[None]:
    try:
        yield
    except KafkaError as error:
        message = "The event log does not answer just now. Try again in a moment."
        raise Unavailable(message, reason="EVENT_LOG_DOWN") from error


def _settings(topic: Topic) -> dict[str, Any]:
    configs = {"retention.ms": str(topic.retention_days * _DAY), "cleanup.policy": "delete"}
    return {"num_partitions": PARTITIONS, "replication_factor": -1, "configs": configs}


def _check_partitions(found: dict[str, Any]) -> None:
    count = len(found["partitions"])
    if count != PARTITIONS:
        message = f"Topic {found['name']} has {count} partitions; Chorus needs {PARTITIONS} to keep posts in order."
        raise Conflict(message, reason="WRONG_PARTITION_COUNT")
