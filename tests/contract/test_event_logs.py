"""Both event logs keep the promises of `chorus.platform.events`, on a real broker and a real PostgreSQL."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

import psycopg
import pytest
from kafka import KafkaAdminClient

from chorus.errors import Conflict, Unavailable
from chorus.platform.events import Consumer, EventLog, Outgoing, Record, open_log
from chorus.platform.events.postgres_log import PostgresLog
from chorus.platform.topics import PARTITIONS, POST, REVIEW, RIGHTS, Topic, partition_of
from tests.engines import Kafka, Postgres, wait_until

Restart = Callable[[], None]


class Positions(dict[tuple[str, int], int]):
    """A reader's own offsets, as a database would keep them."""

    def position(self, topic: str, partition: int, end: int) -> int:
        return self.get((topic, partition), 0)

    def handled(self, records: Sequence[Record]) -> None:
        for record in records:
            self[record.topic, record.partition] = record.offset + 1


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def engine(request: pytest.FixtureRequest) -> Postgres | Kafka:
    found = request.getfixturevalue("kafka_broker" if request.param == "kafka" else "postgres_server")
    assert isinstance(found, Postgres | Kafka)
    return found


@pytest.fixture
def url(request: pytest.FixtureRequest, engine: Postgres | Kafka) -> str:
    return engine.url if isinstance(engine, Kafka) else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def log(url: str, topic_prefix: str) -> EventLog:
    log = open_log(url, prefix=topic_prefix)
    log.ensure([POST, RIGHTS])
    return log


@pytest.fixture
def send(log: EventLog) -> Iterator[Callable[..., None]]:
    """Write records to the post topic: `send("key", "key", …)` numbers them in their header `n`."""
    numbers: dict[str, int] = defaultdict(int)
    with closing(log.producer()) as producer:

        def send(*keys: str, topic: Topic = POST) -> None:
            records = []
            for key in keys:
                numbers[key] += 1
                records.append(Outgoing(topic.name, key, f"{key}!".encode(), {"n": str(numbers[key])}))
            assert producer.send(records) == len(records)

        yield send


class Heard(dict[tuple[str, int, int], Record]):
    """What was read, in the order in which it first came: a log may deliver again when members change."""

    def add(self, batch: Sequence[Record]) -> None:
        for record in batch:
            self.setdefault((record.topic, record.partition, record.offset), record)

    @property
    def records(self) -> list[Record]:
        return list(self.values())


def read(consumer: Consumer, positions: Positions, count: int, *, at_once: int = 500) -> list[Record]:
    heard = Heard()

    def enough() -> bool:
        batch = consumer.poll(0.2, at_once)
        assert len(batch) <= at_once
        positions.handled(batch)
        heard.add(batch)
        return len(heard) >= count

    wait_until(enough, f"{count} records")
    return heard.records


def numbers_by_key(records: Sequence[Record]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for record in records:
        found[record.key].append(int(record.headers["n"]))
    return found


def test_a_record_arrives_as_it_was_written(log: EventLog) -> None:
    headers = {"ce_type": "chorus.post.v1.captured", "traceparent": "00-ab-cd-01", "ce_subject": "lumen/é"}
    with closing(log.producer()) as producer, closing(log.consumer("curation", [POST], Positions())) as consumer:
        assert producer.send([Outgoing(POST.name, "lumen/é", b"\x00\xff bytes", headers)]) == 1
        (record,) = read(consumer, Positions(), 1)
    assert record == Record(POST.name, partition_of("lumen/é"), 0, "lumen/é", b"\x00\xff bytes", headers)


def test_a_log_says_whether_anything_was_ever_written_to_a_topic(log: EventLog, send: Callable[..., None]) -> None:
    assert not log.holds_facts([POST, RIGHTS, REVIEW])
    send("a")
    assert log.holds_facts([POST])
    assert not log.holds_facts([RIGHTS])


def test_a_reader_is_placed_with_the_end_of_the_log(log: EventLog, send: Callable[..., None]) -> None:
    ends: dict[tuple[str, int], int] = {}

    class Ends(Positions):
        def position(self, topic: str, partition: int, end: int) -> int:
            ends[topic, partition] = end
            return 0

    send("a", "a", "b")
    with closing(log.consumer("curation", [POST], Ends())) as consumer:
        read(consumer, Positions(), 3)
    place = (POST.name, partition_of("a"))
    assert ends[place] == 2 + (place == (POST.name, partition_of("b")))
    assert sum(ends.values()) == 3


def test_sending_nothing_is_acknowledged(log: EventLog) -> None:
    with closing(log.producer()) as producer:
        assert producer.send([]) == 0


def test_records_of_a_key_arrive_in_the_order_they_were_sent(log: EventLog, send: Callable[..., None]) -> None:
    keys = [f"lumen/{number}" for number in range(30)]
    for _ in range(5):
        send(*keys, *keys, "lumen/7", "lumen/7")
    with closing(log.consumer("curation", [POST], Positions())) as consumer:
        found = read(consumer, Positions(), 310)
    assert len(found) == 310
    for key, numbers in numbers_by_key(found).items():
        assert numbers == list(range(1, 21 if key == "lumen/7" else 11))


def test_offsets_grow_within_each_partition(log: EventLog, send: Callable[..., None]) -> None:
    send(*(f"lumen/{number}" for number in range(200)))
    with closing(log.consumer("curation", [POST], Positions())) as consumer:
        found = read(consumer, Positions(), 200)
    by_partition: dict[int, list[int]] = defaultdict(list)
    for record in found:
        assert record.partition == partition_of(record.key)
        by_partition[record.partition].append(record.offset)
    assert set(by_partition) == set(range(PARTITIONS))
    assert all(offsets == list(range(len(offsets))) for offsets in by_partition.values())


def test_a_record_without_a_key_goes_to_the_partition_it_names(log: EventLog) -> None:
    records = [Outgoing(RIGHTS.name, "", b"now", partition=number) for number in range(PARTITIONS)]
    with closing(log.producer()) as producer, closing(log.consumer("publishing", [RIGHTS], Positions())) as consumer:
        assert producer.send(records) == PARTITIONS
        found = read(consumer, Positions(), PARTITIONS)
    assert sorted(record.partition for record in found) == list(range(PARTITIONS))
    assert {record.key for record in found} == {""}


def test_a_reader_goes_on_where_its_own_store_says(log: EventLog, send: Callable[..., None]) -> None:
    positions = Positions()
    send(*["lumen/1"] * 10)
    with closing(log.consumer("curation", [POST], positions)) as consumer:
        read(consumer, positions, 10)
        # As after a crash between handling and commit, or a restore: the log's own memory must not matter.
        consumer.acknowledge(POST.name, partition_of("lumen/1"), 10)
    positions[POST.name, partition_of("lumen/1")] = 4
    with closing(log.consumer("curation", [POST], positions)) as consumer:
        assert [record.offset for record in read(consumer, positions, 6)] == list(range(4, 10))


def test_what_was_polled_and_not_handled_is_delivered_again(log: EventLog, send: Callable[..., None]) -> None:
    send("lumen/1", "lumen/2", "lumen/3")
    for _ in range(2):
        with closing(log.consumer("curation", [POST], Positions())) as consumer:
            assert len(read(consumer, Positions(), 3)) == 3


def test_each_group_hears_everything(log: EventLog, send: Callable[..., None]) -> None:
    send("lumen/1", "lumen/2")
    for group in ("curation", "rights"):
        with closing(log.consumer(group, [POST], Positions())) as consumer:
            assert {record.key for record in read(consumer, Positions(), 2)} == {"lumen/1", "lumen/2"}


def test_several_topics_are_read_by_one_consumer(log: EventLog, send: Callable[..., None]) -> None:
    send("lumen/1")
    send("lumen/1", topic=RIGHTS)
    with closing(log.consumer("publishing", [POST, RIGHTS], Positions())) as consumer:
        assert {record.topic for record in read(consumer, Positions(), 2)} == {POST.name, RIGHTS.name}


def test_one_poll_gives_no_more_than_was_asked_for(log: EventLog, send: Callable[..., None]) -> None:
    send(*["lumen/1"] * 50)
    positions = Positions()
    with closing(log.consumer("curation", [POST], positions)) as consumer:
        found = read(consumer, positions, 50, at_once=7)
    assert numbers_by_key(found) == {"lumen/1": list(range(1, 51))}


@pytest.mark.parametrize("engine", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
def test_a_small_batch_leaves_no_partition_waiting_for_the_others_backlogs(
    log: EventLog, send: Callable[..., None]
) -> None:
    """Of the log in PostgreSQL; Kafka's client takes partitions in turn, a fetch (at most 1 MiB) at a time."""
    keys = {partition_of(f"key-{number}"): f"key-{number}" for number in range(200)}
    assert len(keys) == PARTITIONS
    send(*[key for key in keys.values() for _ in range(20)])
    with closing(log.consumer("curation", [POST], Positions())) as consumer:
        first = read(consumer, Positions(), PARTITIONS * 10, at_once=2)
    assert len({record.partition for record in first}) == PARTITIONS


def test_readers_that_poll_in_short_steps_all_get_their_partitions(log: EventLog, send: Callable[..., None]) -> None:
    send("lumen/1")
    # kafka-python loses a join that ends between two polls: of eight readers polling like this, most met that.
    for number in range(8):
        with closing(log.consumer(f"curation-{number}", [POST], Positions())) as consumer:
            wait_until(lambda: consumer.poll(0.01, 10), f"reader {number}", ceiling=60)


def test_lag_counts_what_lies_ahead(log: EventLog, send: Callable[..., None]) -> None:
    positions = Positions()
    with closing(log.consumer("curation", [POST], positions)) as consumer:
        wait_until(lambda: not consumer.poll(0.1, 10) and len(consumer.assigned()) == PARTITIONS, "all partitions")
        assert consumer.lag() == 0
        send(*["lumen/1"] * 20)
        assert consumer.lag() == 20
        read(consumer, positions, 20)
        assert consumer.lag() == 0


def test_a_waiting_reader_is_woken_by_a_new_record(log: EventLog, send: Callable[..., None]) -> None:
    positions, found = Positions(), list[Record]()
    with closing(log.consumer("curation", [POST], positions)) as consumer:
        wait_until(lambda: not consumer.poll(0.1, 10) and len(consumer.assigned()) == PARTITIONS, "all partitions")
        # One poll, far longer than any wake-up takes: only a wake-up ends it before the ceiling of the test.
        waiting = threading.Thread(target=lambda: found.extend(consumer.poll(500.0, 10)))
        waiting.start()
        send("lumen/1")
        waiting.join(timeout=300)
    assert [record.key for record in found] == ["lumen/1"]


class Member:
    """A member of a group in a thread of its own, as in a service."""

    def __init__(self, log: EventLog, positions: Positions, found: Heard) -> None:
        self._consumer = log.consumer("curation", [POST], positions)
        self._positions = positions
        self._found = found
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    @property
    def assigned(self) -> frozenset[tuple[str, int]]:
        return self._consumer.assigned()

    def _run(self) -> None:
        with closing(self._consumer):
            while not self._stop.is_set():
                batch = self._consumer.poll(0.2, 500)
                self._positions.handled(batch)
                self._found.add(batch)

    def leave(self) -> None:
        self._stop.set()
        self._thread.join()


def test_members_share_the_partitions_and_take_over_from_one_that_leaves(
    log: EventLog, send: Callable[..., None]
) -> None:
    positions, found = Positions(), Heard()
    first, second = (Member(log, positions, found) for _ in range(2))
    try:
        wait_until(lambda: len(first.assigned) == len(second.assigned) == PARTITIONS // 2, "an even share")
        assert not first.assigned & second.assigned
        send(*(f"lumen/{number}" for number in range(100)))
        wait_until(lambda: len(found) >= 100, "what both read")
        first.leave()
        send(*(f"lumen/{number}" for number in range(100)))
        wait_until(lambda: len(found) >= 200, "what the second reads alone")
        assert len(second.assigned) == PARTITIONS
    finally:
        first.leave()
        second.leave()
    assert len(found) == 200
    assert all(numbers == [1, 2] for numbers in numbers_by_key(found.records).values())


def test_a_member_that_dies_without_leaving_is_replaced(log: EventLog, send: Callable[..., None]) -> None:
    positions = Positions()
    dead = log.consumer("curation", [POST], positions)
    wait_until(lambda: not dead.poll(0.1, 10) and len(dead.assigned()) == PARTITIONS, "the first member")
    _cut_off(dead)
    send("lumen/1")
    with closing(log.consumer("curation", [POST], positions)) as consumer:
        assert [record.key for record in read(consumer, positions, 1)] == ["lumen/1"]


def _cut_off(consumer: Consumer) -> None:
    """End a member as a crash does: its connection is gone, and it has told nobody."""
    connection = getattr(consumer, "_connection", None)
    if isinstance(connection, psycopg.Connection):
        connection.close()
        return
    client = consumer._client  # type: ignore[attr-defined]
    client._closed = True
    client._coordinator._closed = True
    client._client.close()


def test_an_outage_in_the_middle_loses_and_reorders_nothing(log: EventLog, engine: Postgres | Kafka) -> None:
    keys = [f"lumen/{number}" for number in range(40)]
    records = [Outgoing(POST.name, key, b"x", {"n": str(turn)}) for turn in range(1, 21) for key in keys]
    positions, found, sent = Positions(), Heard(), 0
    down = threading.Event()

    def outage() -> None:
        engine.kill()
        down.set()
        engine.start()

    killer = threading.Thread(target=outage)
    failures = 0
    with closing(log.producer()) as producer, closing(log.consumer("curation", [POST], positions)) as consumer:

        def step() -> bool:
            nonlocal sent, failures
            if sent >= 400 and not killer.ident:
                killer.start()
                down.wait()
            batch = records[sent : sent + 100]
            acknowledged = producer.send(batch)
            failures += acknowledged < len(batch)
            sent += acknowledged
            try:
                heard = consumer.poll(0.1, 500)
            except Unavailable:
                return False
            positions.handled(heard)
            found.add(heard)
            return len({(record.key, record.headers["n"]) for record in found.records}) == len(records)

        wait_until(step, "everything that was sent")
        killer.join()
    assert failures > 0, "the outage was not felt"
    for numbers in numbers_by_key(found.records).values():
        # Some may come twice; leaving out what is not newer, as an inbox does, leaves every number in order.
        newest, kept = 0, []
        for number in numbers:
            if number > newest:
                newest = number
                kept.append(number)
        assert kept == list(range(1, 21))


def test_a_log_that_is_down_is_unavailable_and_acknowledges_nothing(log: EventLog, engine: Postgres | Kafka) -> None:
    with closing(log.producer()) as producer:
        log.ping()
        engine.stop()
        with pytest.raises(Unavailable):
            log.ping()
        assert producer.send([Outgoing(POST.name, "lumen/1", b"x")]) == 0
        engine.start()
        wait_until(lambda: producer.send([Outgoing(POST.name, "lumen/1", b"x")]) == 1, "the log to take records again")
        log.ping()


def test_ensuring_topics_again_changes_nothing(url: str, topic_prefix: str, send: Callable[..., None]) -> None:
    send("lumen/1")
    log = open_log(url, prefix=topic_prefix)
    log.ensure([POST, RIGHTS])
    with closing(log.consumer("curation", [POST], Positions())) as consumer:
        assert len(read(consumer, Positions(), 1)) == 1


def test_runs_with_another_prefix_do_not_hear_each_other(
    url: str, topic_prefix: str, send: Callable[..., None]
) -> None:
    other = open_log(url, prefix=topic_prefix + "other.")
    other.ensure([POST])
    send("lumen/1")
    with closing(other.producer()) as producer, closing(other.consumer("curation", [POST], Positions())) as consumer:
        producer.send([Outgoing(POST.name, "lumen/other", b"x", {"n": "1"})])
        assert [record.key for record in read(consumer, Positions(), 1)] == ["lumen/other"]


@pytest.mark.kafka
def test_a_topic_with_another_number_of_partitions_is_refused(kafka_broker: Kafka, topic_prefix: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=kafka_broker.address)
    admin.create_topics({topic_prefix + POST.name: {"num_partitions": 3}}, wait_for_metadata=True)
    admin.close()
    with pytest.raises(Conflict, match="3 partitions"):
        open_log(kafka_broker.url, prefix=topic_prefix).ensure([POST])


def test_the_log_in_postgres_drops_what_is_older_than_its_topic_keeps(postgres_url: str) -> None:
    log = PostgresLog(postgres_url)
    log.ensure([POST, RIGHTS])
    with closing(log.producer()) as producer, psycopg.connect(postgres_url, autocommit=True) as connection:

        def send_aged(topic: Topic, key: str, age: str) -> None:
            producer.send([Outgoing(topic.name, key, b"x", {"n": "1"}, partition=0)])
            connection.execute(
                "UPDATE log_record SET written_at = now() - %s::interval WHERE written_at = ("
                " SELECT max(written_at) FROM log_record)",
                [age],
            )

        send_aged(POST, "lumen/too-old", "15 days")
        send_aged(POST, "lumen/kept", "13 days")
        send_aged(RIGHTS, "", "11 minutes")
        send_aged(RIGHTS, "", "9 minutes")
        producer._sweep_due = 0.0
        producer.send([Outgoing(POST.name, "lumen/new", b"x", partition=0)])
        left = connection.execute('SELECT key, "offset" FROM log_record ORDER BY topic, "offset"').fetchall()
        assert left == [("lumen/kept", 1), ("lumen/new", 2), ("", 1)]
        with closing(log.consumer("publishing", [RIGHTS], Positions())) as consumer:
            read(consumer, Positions(), 1)
            assert consumer.lag() == 0


def test_the_log_in_postgres_drops_many_old_records_a_few_at_each_sending(postgres_url: str) -> None:
    log = PostgresLog(postgres_url)
    log.ensure([POST])
    with closing(log.producer()) as producer, psycopg.connect(postgres_url, autocommit=True) as connection:
        producer.send([Outgoing(POST.name, "lumen/old", b"x", partition=0) for _ in range(500)])
        connection.execute("UPDATE log_record SET written_at = now() - interval '15 days'")
        producer._sweep_due = 0.0
        left = []
        for _ in range(4):
            producer.send([Outgoing(POST.name, "lumen/new", b"x", partition=1)])
            row = connection.execute("SELECT count(*) FROM log_record WHERE key = 'lumen/old'").fetchone()
            left.append(row[0] if row else None)
    assert left == [300, 100, 0, 0]


@pytest.mark.parametrize("url", ["kafka://", "amqp://host:1", "127.0.0.1:9092"])
def test_an_address_that_cannot_be_right_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="event log"):
        open_log(url)
