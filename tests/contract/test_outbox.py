"""The outbox and its relay: facts leave in order, none is lost, whatever fails on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from chorus.api.events.v1.post_pb2 import PostEvent, PostWithdrawn
from chorus.api.events.v1.rights_pb2 import Declined, RightsEvent
from chorus.errors import TooLarge
from chorus.platform import facts, outbox, telemetry
from chorus.platform.events import Consumer, EventLog, OffsetStore, Outgoing, Producer, Record, open_log
from chorus.platform.ids import new_id
from chorus.platform.postgres import Database, migrate
from chorus.platform.relay import Relay
from chorus.platform.topics import PARTITIONS, POST, RIGHTS, TOPICS, Topic
from tests.engines import Postgres, wait_until
from tests.engines.fixtures import MakeDatabase

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


class FromTheStart:
    def position(self, topic: str, partition: int, end: int) -> int:
        return 0


class StubbornLog:
    """A real log that takes only as many facts as its `patience` lasts; what has no key it always takes."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.patience = 0
        self.refusals = 0
        self.producers = 0

    def ensure(self, topics: Iterable[Topic]) -> None:
        self._log.ensure(topics)

    def producer(self) -> Producer:
        self.producers += 1
        return StubbornProducer(self, self._log.producer())

    def consumer(self, group: str, topics: Sequence[Topic], offsets: OffsetStore) -> Consumer:
        return self._log.consumer(group, topics, offsets)

    def holds_facts(self, topics: Iterable[Topic]) -> bool:
        return self._log.holds_facts(topics)

    def ping(self) -> None:
        self._log.ping()


class StubbornProducer:
    def __init__(self, log: StubbornLog, producer: Producer) -> None:
        self._log = log
        self._producer = producer

    def send(self, records: Sequence[Outgoing]) -> int:
        if not any(record.key for record in records):
            return self._producer.send(records)
        taken = records[: self._log.patience]
        self._log.patience -= len(taken)
        if len(taken) < len(records):
            self._log.refusals += 1
        # Some that were written are not acknowledged: an answer can get lost.
        return max(0, self._producer.send(taken) - 1) if len(taken) < len(records) else self._producer.send(taken)

    def close(self) -> None:
        self._producer.close()


def prepare_database(url: str) -> None:
    migrate(url)


def prepare_log(url: str) -> None:
    open_log(url).ensure(TOPICS.values())


@pytest.fixture
def database(make_database: MakeDatabase) -> Iterator[Database]:
    with closing(Database(make_database("platform", prepare_database))) as database:
        yield database


@pytest.fixture
def log(make_database: MakeDatabase) -> EventLog:
    return open_log(make_database("events", prepare_log))


@contextmanager
def running(relay: Relay) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=relay.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def emit(database: Database, *posts: str) -> None:
    for post in posts:
        with database.transaction() as conn:
            facts.emit(conn, POST, brand="lumen", post=post, fact=PostWithdrawn(), at=NOW)


def unsent(database: Database) -> int:
    with database.transaction() as conn:
        row = conn.execute("SELECT count(*) FROM outbox WHERE sent_at IS NULL").fetchone()
    assert row
    return int(row[0])


def read_all(log: EventLog, topic: Topic, enough: Callable[[list[Record]], bool]) -> list[Record]:
    found: list[Record] = []
    with closing(log.consumer(f"reader-{new_id()}", [topic], FromTheStart())) as consumer:

        def read() -> bool:
            found.extend(consumer.poll(0.1, 500))
            return enough(found)

        wait_until(read, "the records")
    return found


def seqs(records: Sequence[Record], post: str) -> list[int]:
    events = [PostEvent.FromString(record.value) for record in records if record.key == f"lumen/{post}"]
    return [event.meta.seq for event in events]


def newest_only(numbers: Sequence[int]) -> list[int]:
    """Leave out what is not newer than what came before, as an inbox does."""
    return [number for index, number in enumerate(numbers) if number > max(numbers[:index], default=0)]


def test_a_fact_leaves_with_its_transaction_or_not_at_all(database: Database, log: EventLog) -> None:
    def decide_and_fail() -> None:
        with database.transaction() as conn:
            facts.emit(conn, POST, brand="lumen", post="undone", fact=PostWithdrawn(), at=NOW)
            raise LookupError

    with pytest.raises(LookupError):
        decide_and_fail()
    with running(Relay(database, log, "ingest")):
        emit(database, "done")
        found = read_all(log, POST, lambda records: len(records) >= 1)
        wait_until(lambda: unsent(database) == 0, "the mark")
    assert [record.key for record in found] == ["lumen/done"]


def test_a_fact_carries_cloudevents_attributes_and_the_trace_that_decided_it(database: Database, log: EventLog) -> None:
    trace.set_tracer_provider(TracerProvider())
    with telemetry.span("decide"), database.transaction() as conn:
        deciding = telemetry.current_traceparent()
        facts.emit(conn, POST, brand="lumen", post="p1", fact=PostWithdrawn(), at=NOW)
    with running(Relay(database, log, "ingest")):
        (record,) = read_all(log, POST, lambda records: len(records) >= 1)
    event = PostEvent.FromString(record.value)
    assert deciding
    assert dict(record.headers) == {
        "content-type": "application/protobuf",
        "ce_specversion": "1.0",
        "ce_id": event.meta.event_id,
        "ce_source": "/chorus/ingest",
        "ce_type": "chorus.post.v1.withdrawn",
        "ce_time": "2026-11-03T09:30:00+00:00",
        "ce_subject": "lumen/p1",
        "traceparent": deciding,
    }


def test_writers_of_one_post_at_once_leave_numbers_without_gaps_in_the_order_they_are_sent(
    database: Database, log: EventLog
) -> None:
    with running(Relay(database, log, "ingest")):
        writers = [threading.Thread(target=emit, args=(database, *["p1", "p2"] * 15)) for _ in range(6)]
        for writer in writers:
            writer.start()
        found = read_all(log, POST, lambda records: len(records) >= 180)
        for writer in writers:
            writer.join()
    assert seqs(found, "p1") == list(range(1, 91))
    assert seqs(found, "p2") == list(range(1, 91))


def test_more_than_one_batch_is_sent_in_order(database: Database, log: EventLog) -> None:
    with database.transaction() as conn:
        for number in range(1300):
            facts.emit(conn, POST, brand="lumen", post=f"p{number % 100}", fact=PostWithdrawn(), at=NOW)
    with running(Relay(database, log, "ingest")):
        found = read_all(log, POST, lambda records: len(records) >= 1300)
    assert all(seqs(found, f"p{number}") == list(range(1, 14)) for number in range(100))


def test_the_relay_stops_at_the_first_failure_and_begins_there_again(database: Database, log: EventLog) -> None:
    stubborn = StubbornLog(log)
    emit(database, *["p1", "p2", "p3"] * 10)
    stubborn.patience = 7
    with running(Relay(database, stubborn, "ingest")):
        wait_until(lambda: stubborn.refusals >= 2, "the relay to be refused")
        assert unsent(database) == 24
        stubborn.patience = 1000
        wait_until(lambda: unsent(database) == 0, "the rest")
    found = read_all(log, POST, lambda records: len(records) >= 31)
    for post in ("p1", "p2", "p3"):
        assert newest_only(seqs(found, post)) == list(range(1, 11))


def test_a_stopped_relay_goes_on_where_it_was(database: Database, log: EventLog) -> None:
    with running(Relay(database, log, "ingest")):
        emit(database, "p1", "p1")
        wait_until(lambda: unsent(database) == 0, "the first facts")
    emit(database, "p1", "p1")
    assert unsent(database) == 2
    with running(Relay(database, log, "ingest")):
        wait_until(lambda: unsent(database) == 0, "the others")
    assert seqs(read_all(log, POST, lambda records: len(records) >= 4), "p1") == [1, 2, 3, 4]


def test_of_two_relays_one_works_and_the_other_takes_over(database: Database, log: EventLog) -> None:
    stubborn = StubbornLog(log)
    stubborn.patience = 10_000
    with running(Relay(database, stubborn, "ingest")):
        wait_until(lambda: stubborn.producers == 1, "the first relay")
        with running(Relay(database, stubborn, "ingest")):
            emit(database, *["p1"] * 20)
            wait_until(lambda: unsent(database) == 0, "the facts")
            assert stubborn.producers == 1, "only one of them sends"
            with database.transaction() as conn:
                # As if the active one's connection had died: its lock goes with it, and one of the two goes on.
                conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            wait_until(lambda: stubborn.producers == 2, "the next active relay")
            emit(database, *["p1"] * 20)
            wait_until(lambda: unsent(database) == 0, "the other facts")
    found = read_all(log, POST, lambda records: len(records) >= 40)
    assert newest_only(seqs(found, "p1")) == list(range(1, 41))


def test_a_database_outage_is_waited_out(database: Database, log: EventLog, postgres_server: Postgres) -> None:
    with running(Relay(database, log, "ingest")):
        emit(database, "p1")
        wait_until(lambda: unsent(database) == 0, "the first fact")
        postgres_server.kill()
        postgres_server.start()
        emit(database, "p1")
        wait_until(lambda: unsent(database) == 0, "the second fact")
    assert newest_only(seqs(read_all(log, POST, lambda records: len(records) >= 2), "p1")) == [1, 2]


def as_ofs(records: Sequence[Record]) -> dict[int, datetime]:
    """Give the last time that each partition was told."""
    return {
        record.partition: RightsEvent.FromString(record.value).as_of.at.ToDatetime(UTC)
        for record in records
        if not record.key
    }


def decline(database: Database, *posts: str) -> None:
    for post in posts:
        with database.transaction() as conn:
            facts.emit(conn, RIGHTS, brand="lumen", post=post, fact=Declined(request="r"), at=NOW)


def test_every_partition_is_told_up_to_when_everything_was_sent_and_told_again(
    database: Database, log: EventLog
) -> None:
    decline(database, "p1", "p2")
    with database.transaction() as conn:
        committed = conn.execute("SELECT clock_timestamp()").fetchone()
    assert committed
    with running(Relay(database, log, "rights", as_of_topic=RIGHTS)):
        found = read_all(log, RIGHTS, lambda records: len(as_ofs(records)) == PARTITIONS and len(records) >= 26)
    assert all(at >= committed[0] for at in as_ofs(found).values())
    for record in found:
        if record.key:
            same = [one for one in found if one.partition == record.partition]
            assert same.index(record) < same.index(next(one for one in same if not one.key))


def test_nothing_is_said_to_be_complete_while_something_is_unsent(database: Database, log: EventLog) -> None:
    stubborn = StubbornLog(log)
    decline(database, "p1", "p2", "p3")
    stubborn.patience = 2
    with running(Relay(database, stubborn, "rights", as_of_topic=RIGHTS)):
        wait_until(lambda: stubborn.refusals >= 3, "the relay to be refused")
        assert as_ofs(read_all(log, RIGHTS, lambda records: len(records) >= 2)) == {}
        stubborn.patience = 100_000
        found = read_all(log, RIGHTS, lambda records: len(as_ofs(records)) == PARTITIONS)
    first = next(index for index, record in enumerate(found) if not record.key)
    keys = {record.key for record in found if record.partition == found[first].partition and record.key}
    assert keys == {record.key for record in found[:first] if record.partition == found[first].partition}


def test_a_fact_that_the_topic_does_not_know_is_refused(database: Database) -> None:
    with database.transaction() as conn, pytest.raises(ValueError, match="no fact 'granted'"):
        outbox.append(conn, POST, key="k", fact="granted", payload=b"", event_id=new_id(), occurred_at=NOW)


def test_a_fact_too_large_for_the_log_is_refused_before_it_can_hold_up_the_others(database: Database) -> None:
    payload = b"x" * (outbox.MAX_PAYLOAD + 1)
    with database.transaction() as conn, pytest.raises(TooLarge):
        outbox.append(conn, POST, key="k", fact="edited", payload=payload, event_id=new_id(), occurred_at=NOW)


def test_sent_facts_are_kept_for_fourteen_days_and_unsent_ones_for_ever(database: Database, log: EventLog) -> None:
    emit(database, *(f"p{number}" for number in range(6)))
    with database.transaction() as conn:
        mark = "UPDATE outbox SET sent_at = %s WHERE key = %s"
        for post, age in (("p0", 15), ("p1", 15), ("p2", 13)):
            conn.execute(mark, [datetime.now(UTC) - timedelta(days=age), f"lumen/{post}"])
    stubborn = StubbornLog(log)
    relay = Relay(database, stubborn, "ingest")
    with database.dedicated() as connection:
        relay._purge_now_and_then(connection)
        left = connection.execute("SELECT key FROM outbox ORDER BY id").fetchall()
    assert left == [("lumen/p2",), ("lumen/p3",), ("lumen/p4",), ("lumen/p5",)]


def test_migrations_side_by_side_apply_once(postgres_url: str) -> None:
    applied: list[str] = []
    threads = [threading.Thread(target=lambda: applied.extend(migrate(postgres_url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "platform/0001_delivery.sql" in applied
    assert sorted(applied) == sorted(set(applied))
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*) FROM outbox").fetchone() == (0,)
