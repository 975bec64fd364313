"""The inbox: each fact takes effect once and in order; what cannot be handled is put aside, with what follows it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import Connection

from chorus.api.events.v1.meta_pb2 import Meta
from chorus.api.events.v1.post_pb2 import PostEvent, PostWithdrawn
from chorus.errors import NotFound, Unavailable
from chorus.platform import facts, inbox, restores
from chorus.platform.events import Consumer, EventLog, OffsetStore, Producer, Record, open_log
from chorus.platform.inbox import Inbox, TooManyParkedError, run_consumer
from chorus.platform.logs import values_of
from chorus.platform.parking import Handle, discard, is_parked, list_parked, replay
from chorus.platform.postgres import Database, migrate
from chorus.platform.reading import peek
from chorus.platform.relay import Relay
from chorus.platform.topics import POST, REVIEW, RIGHTS, TOPICS, Topic, partition_of
from tests.engines import Kafka, Postgres, wait_until
from tests.engines.fixtures import MakeDatabase

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


def prepare_database(url: str) -> None:
    migrate(url)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE effect (id bigserial PRIMARY KEY, key text, seq bigint)")


@pytest.fixture
def database(make_database: MakeDatabase) -> Iterator[Database]:
    with closing(Database(make_database("reader", prepare_database))) as database:
        for partition in range(12):
            with database.transaction() as conn:
                conn.execute("INSERT INTO inbox_offset VALUES (%s, %s, 0)", [POST.name, partition])
        yield database


class Posts:
    """Writes a post topic as its owner would: numbers per post, offsets per partition."""

    def __init__(self) -> None:
        self._seqs: dict[str, int] = defaultdict(int)
        self._offsets: dict[int, int] = defaultdict(int)

    def record(self, post: str, *, skip: int = 0, value: bytes | None = None) -> Record:
        key = f"lumen/{post}"
        self._seqs[key] += 1 + skip
        meta = Meta(event_id=f"{post}-{self._seqs[key]}", brand="lumen", post=post, seq=self._seqs[key])
        payload = PostEvent(meta=meta, withdrawn=PostWithdrawn()).SerializeToString() if value is None else value
        return self.again(Record(POST.name, partition_of(key), 0, key, payload, {}))

    def again(self, record: Record) -> Record:
        """Write the same once more, as a relay does that was not answered."""
        offset = self._offsets[record.partition]
        self._offsets[record.partition] += 1
        return replace(record, offset=offset)

    def keyless(self, partition: int) -> Record:
        return self.again(Record(POST.name, partition, 0, "", b"", {}))

    def records(self, *posts: str) -> list[Record]:
        return [self.record(post) for post in posts]


@pytest.fixture
def posts() -> Posts:
    return Posts()


def note(conn: Connection, record: Record) -> None:
    seq = PostEvent.FromString(record.value).meta.seq
    conn.execute("INSERT INTO effect (key, seq) VALUES (%s, %s)", [record.key, seq])


def poisoned_by(*event_ids: str) -> Handle:
    """Note each fact, and choke on some."""

    def handle(conn: Connection, record: Record) -> None:
        note(conn, record)
        if peek(record).event_id in event_ids:
            message = "no such surface"
            raise LookupError(message)

    return handle


def effects(database: Database) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    with database.transaction() as conn:
        for key, seq in conn.execute("SELECT key, seq FROM effect ORDER BY id").fetchall():
            found[key.removeprefix("lumen/")].append(seq)
    return found


def parked(database: Database) -> list[tuple[str, int]]:
    with database.transaction() as conn:
        return [(one.key.removeprefix("lumen/"), peek(one.record).seq) for one in list_parked(conn)]


def test_a_fact_delivered_again_takes_effect_once(database: Database, posts: Posts) -> None:
    reader = Inbox(database, note, peek=peek)
    batch = posts.records("p1", "p2", "p1")
    reader.apply(batch)
    reader.apply(batch)
    reader.apply([posts.again(record) for record in batch])
    assert effects(database) == {"p1": [1, 2], "p2": [1]}


def test_the_position_moves_with_the_effects(database: Database, posts: Posts) -> None:
    reader = Inbox(database, note, peek=peek)
    batch = posts.records("p1", "p1", "p1")
    reader.apply(batch)
    assert reader.position(POST.name, batch[0].partition, 1_000) == 3
    assert reader.position(RIGHTS.name, 5, 1_000) == 0


def test_a_log_that_ends_before_what_was_read_is_read_anew_and_that_is_noted(database: Database, posts: Posts) -> None:
    reader = Inbox(database, note, peek=peek)
    batch = posts.records("p1", "p1")
    reader.apply(batch)
    assert reader.position(POST.name, batch[0].partition, 2) == 2
    assert reader.position(POST.name, batch[0].partition, 1) == 0
    with database.transaction() as conn:
        assert restores.unreconciled(conn)
    reader.apply(batch)
    assert effects(database) == {"p1": [1, 2]}, "what was heard before is known by its number"


def test_a_crash_before_the_commit_leaves_nothing_and_the_next_try_applies_once(
    database: Database, posts: Posts
) -> None:
    crashes = iter([True, False, True, False, False, False])

    def handle(conn: Connection, record: Record) -> None:
        note(conn, record)
        if next(crashes):
            conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    reader = Inbox(database, handle, peek=peek)
    batch = posts.records("p1", "p2")
    for _ in range(2):
        with pytest.raises(Unavailable):
            reader.apply(batch)
        assert effects(database) == {}
        assert reader.position(POST.name, batch[0].partition, 1_000) == 0
    reader.apply(batch)
    assert effects(database) == {"p1": [1], "p2": [1]}
    assert parked(database) == []


def test_a_poison_fact_parks_its_post_and_no_other(database: Database, posts: Posts) -> None:
    reader = Inbox(database, poisoned_by("p1-2"), peek=peek)
    reader.apply(posts.records("p1", "p2", "p1", "p2", "p1"))
    reader.apply(posts.records("p1", "p2"))
    assert effects(database) == {"p1": [1], "p2": [1, 2, 3]}
    assert parked(database) == [("p1", 2), ("p1", 3), ("p1", 4)]
    with database.transaction() as conn:
        assert is_parked(conn, "lumen/p1")
        assert not is_parked(conn, "lumen/p2")
        first, behind, _ = list_parked(conn)
    assert first.reason == "LookupError: no such surface"
    assert behind.reason == "waits behind an earlier fact of its key"


def test_a_parked_fact_delivered_again_is_not_parked_again(database: Database, posts: Posts) -> None:
    reader = Inbox(database, poisoned_by("p1-1"), peek=peek)
    batch = posts.records("p1", "p1")
    reader.apply(batch)
    reader.apply([posts.again(record) for record in batch])
    assert parked(database) == [("p1", 1), ("p1", 2)]


def test_a_post_parked_on_one_topic_goes_on_on_another(database: Database, posts: Posts) -> None:
    Inbox(database, poisoned_by("p1-1"), peek=peek).apply(posts.records("p1"))
    heard: list[str] = []
    reviews = Inbox(database, lambda _, record: heard.append(record.topic), peek=lambda _: inbox.Heard("r1", 1))
    reviews.position(REVIEW.name, 0, 1_000)
    reviews.apply([Record(REVIEW.name, 0, 0, "lumen/p1", b"", {})])
    assert heard == [REVIEW.name]
    with database.transaction() as conn:
        assert [one.topic for one in list_parked(conn)] == [POST.name]


def test_what_cannot_be_read_is_parked_with_what_follows(database: Database, posts: Posts) -> None:
    reader = Inbox(database, note, peek=peek)
    reader.apply([posts.record("p1", value=b"\xff\xff\xff"), *posts.records("p1", "p2")])
    assert effects(database) == {"p2": [1]}
    with database.transaction() as conn:
        unreadable, behind = list_parked(conn)
    assert unreadable.reason.startswith("DecodeError")
    assert behind.key == "lumen/p1"


def note_all(conn: Connection, records: Sequence[Record]) -> list[bool | None]:
    for record in records:
        note(conn, record)
    return [True for _ in records]


def test_facts_handled_together_take_effect_once_and_in_order(database: Database, posts: Posts) -> None:
    together: list[int] = []

    def handle_all(conn: Connection, records: Sequence[Record]) -> list[bool | None]:
        together.append(len(records))
        return note_all(conn, records)

    reader = Inbox(database, poisoned_by("p1-1"), peek=peek, handle_all=handle_all)
    batch = posts.records("p1", "p2", "p1")
    reader.apply(batch)
    reader.apply([*batch, *(posts.again(record) for record in batch), *posts.records("p2")])
    assert effects(database) == {"p1": [1, 2], "p2": [1, 2]}
    assert together == [3, 1]


def test_where_facts_cannot_be_handled_together_the_one_that_is_wrong_is_parked(
    database: Database, posts: Posts
) -> None:
    def handle_all(conn: Connection, records: Sequence[Record]) -> list[bool | None]:
        poison = poisoned_by("p1-2")
        return [poison(conn, record) for record in records]

    reader = Inbox(database, poisoned_by("p1-2"), peek=peek, handle_all=handle_all)
    reader.apply(posts.records("p1", "p2", "p1", "p2", "p1"))
    reader.apply(posts.records("p1", "p2"))
    assert effects(database) == {"p1": [1], "p2": [1, 2, 3]}
    assert parked(database) == [("p1", 2), ("p1", 3), ("p1", 4)]


def test_facts_handled_together_are_tried_again_where_the_fault_passes(database: Database, posts: Posts) -> None:
    errors = iter([Unavailable("not now")])

    def handle_all(conn: Connection, records: Sequence[Record]) -> list[bool | None]:
        answers = note_all(conn, records)
        if found := next(errors, None):
            raise found
        return answers

    reader = Inbox(database, note, peek=peek, handle_all=handle_all)
    batch = posts.records("p1", "p2")
    with pytest.raises(Unavailable):
        reader.apply(batch)
    assert effects(database) == {}
    reader.apply(batch)
    assert effects(database) == {"p1": [1], "p2": [1]}


def test_replay_handles_what_waits_in_order_and_frees_the_post(database: Database, posts: Posts) -> None:
    reader = Inbox(database, poisoned_by("p1-2"), peek=peek)
    reader.apply(posts.records("p1", "p1", "p1", "p1"))
    with database.transaction() as conn:
        first = list_parked(conn)[0]
    assert replay(database, first.id, note, who="ada@lumen.example") == 3
    assert effects(database)["p1"] == [1, 2, 3, 4]
    assert parked(database) == []
    reader.apply(posts.records("p1"))
    assert effects(database)["p1"] == [1, 2, 3, 4, 5]


def test_a_replay_that_fails_again_leaves_the_rest_parked(database: Database, posts: Posts) -> None:
    Inbox(database, poisoned_by("p1-1"), peek=peek).apply(posts.records("p1", "p1", "p1"))
    with database.transaction() as conn:
        first, second, _ = list_parked(conn)
    with pytest.raises(LookupError):
        replay(database, first.id, poisoned_by("p1-2"), who="ada@lumen.example")
    assert effects(database)["p1"] == [1]
    assert parked(database) == [("p1", 2), ("p1", 3)]
    assert replay(database, second.id, note, who="ada@lumen.example") == 2
    assert effects(database)["p1"] == [1, 2, 3]


def test_only_the_first_of_a_post_is_replayed_and_only_once(database: Database, posts: Posts) -> None:
    Inbox(database, poisoned_by("p1-1"), peek=peek).apply(posts.records("p1", "p1"))
    with database.transaction() as conn:
        first, second = list_parked(conn)
    with pytest.raises(NotFound):
        replay(database, second.id, note, who="ada@lumen.example")
    replay(database, first.id, note, who="ada@lumen.example")
    with pytest.raises(NotFound):
        replay(database, first.id, note, who="ada@lumen.example")
    assert effects(database)["p1"] == [1, 2]


def test_a_discarded_fact_is_gone_with_who_and_why_and_the_rest_can_go_on(database: Database, posts: Posts) -> None:
    reader = Inbox(database, poisoned_by("p1-1"), peek=peek)
    reader.apply(posts.records("p1", "p1"))
    with database.transaction() as conn:
        first, second = list_parked(conn)
        discard(conn, first.id, "ada@lumen.example", "was a test of the agency")
    assert parked(database) == [("p1", 2)]
    assert replay(database, second.id, note, who="ada@lumen.example") == 1
    reader.apply(posts.records("p1"))
    assert effects(database)["p1"] == [2, 3]
    with database.transaction() as conn:
        query = "SELECT settled_by, settled_why FROM parked WHERE id = %s"
        assert conn.execute(query, [first.id]).fetchone() == (
            "ada@lumen.example",
            "discarded: was a test of the agency",
        )
        with pytest.raises(NotFound):
            discard(conn, first.id, "ada@lumen.example", "twice")


@pytest.mark.parametrize("error", [Unavailable("rights is down"), TimeoutError(), psycopg.errors.DeadlockDetected()])
def test_what_passes_by_itself_is_raised_and_never_parked(database: Database, posts: Posts, error: Exception) -> None:
    errors = iter([error])

    def handle(conn: Connection, record: Record) -> None:
        note(conn, record)
        if found := next(errors, None):
            raise found

    reader = Inbox(database, handle, peek=peek)
    batch = posts.records("p1", "p2")
    with pytest.raises((Unavailable, OSError)):
        reader.apply(batch)
    assert effects(database) == {}
    reader.apply(batch)
    assert effects(database) == {"p1": [1], "p2": [1]}
    assert parked(database) == []


def test_a_value_that_the_database_will_never_take_is_parked(database: Database, posts: Posts) -> None:
    with database.transaction() as conn:
        conn.execute("CREATE TABLE small (word text PRIMARY KEY)")

    def handle(conn: Connection, record: Record) -> None:
        # PostgreSQL calls an index row that is too large an operational error; it would fail for ever.
        conn.execute("INSERT INTO small SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) AS n")

    Inbox(database, handle, peek=peek).apply(posts.records("p1"))
    assert parked(database) == [("p1", 1)]


def test_a_missing_fact_raises_an_alarm_and_the_later_one_is_applied(
    database: Database, posts: Posts, caplog: pytest.LogCaptureFixture
) -> None:
    reader = Inbox(database, note, peek=peek)
    reader.apply(posts.records("p1"))
    reader.apply([posts.record("p1", skip=2)])
    assert effects(database)["p1"] == [1, 4]
    (alarm,) = [record for record in caplog.records if record.levelname == "CRITICAL"]
    assert alarm.getMessage() == "fact_missing"
    assert values_of(alarm) == {"topic": POST.name, "key": "lumen/p1", "last": 1, "seq": 4}


def test_a_fact_that_is_not_known_is_passed_over(database: Database, posts: Posts) -> None:
    reader = Inbox(database, lambda *_: False, peek=peek)
    reader.apply(posts.records("p1", "p1"))
    assert reader.position(POST.name, partition_of("lumen/p1"), 1_000) == 2
    assert parked(database) == []


def test_what_has_no_key_is_told_once_after_what_came_before_it(database: Database, posts: Posts) -> None:
    partition = partition_of("lumen/p1")
    told: list[dict[str, list[int]]] = []
    reader = Inbox(database, note, peek=peek, on_keyless=lambda _: told.append(effects(database)))
    batch = [*posts.records("p1", "p1"), posts.keyless(partition)]
    reader.apply(batch)
    reader.apply(batch)
    assert told == [{"p1": [1, 2]}]


def test_a_reader_that_chokes_on_too_much_stops_with_nothing_parked(database: Database, posts: Posts) -> None:
    reader = Inbox(database, poisoned_by(*(f"p{number}-1" for number in range(10, 60))), peek=peek)
    reader.apply(posts.records(*(f"p{number}" for number in range(10))))
    with pytest.raises(TooManyParkedError, match="no such surface"):
        reader.apply(posts.records(*(f"p{number}" for number in range(10, 60))))
    assert parked(database) == []
    assert len(effects(database)) == 10


def test_a_reader_that_is_begun_again_remembers_what_it_parked(database: Database, posts: Posts) -> None:
    choke = poisoned_by(*(f"p{number}-1" for number in range(60)))
    for number in range(19):
        Inbox(database, choke, peek=peek).apply(posts.records(f"p{number}"))
    again = Inbox(database, choke, peek=peek)
    again.remember([POST.name])
    with pytest.raises(TooManyParkedError):
        again.apply(posts.records("p19"))
    assert len(parked(database)) == 19


def test_one_busy_post_behind_one_poison_does_not_stop_the_reader(database: Database, posts: Posts) -> None:
    reader = Inbox(database, poisoned_by("p1-1"), peek=peek)
    reader.apply(posts.records(*["p1"] * 300, "p2"))
    assert len(parked(database)) == 100, "a page of them"
    assert effects(database) == {"p2": [1]}


def test_two_readers_of_one_partition_at_once_apply_each_fact_once(database: Database, posts: Posts) -> None:
    batch = posts.records(*(["p1", "p2", "p3"] * 30))
    readers = [Inbox(database, note, peek=peek) for _ in range(3)]

    def apply(reader: Inbox) -> None:
        for start in range(0, len(batch), 10):
            reader.apply(batch[start : start + 10])

    threads = [threading.Thread(target=apply, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert effects(database) == {post: list(range(1, 31)) for post in ("p1", "p2", "p3")}


# From here on with a relay, a log and consumers that run, on both logs.


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def engine(request: pytest.FixtureRequest) -> Postgres | Kafka:
    found = request.getfixturevalue("kafka_broker" if request.param == "kafka" else "postgres_server")
    assert isinstance(found, Postgres | Kafka)
    return found


@pytest.fixture
def log(engine: Postgres | Kafka, make_database: MakeDatabase, topic_prefix: str) -> EventLog:
    url = engine.url if isinstance(engine, Kafka) else make_database("events")
    log = open_log(url, prefix=topic_prefix)
    log.ensure(TOPICS.values())
    return log


@pytest.fixture
def owner(make_database: MakeDatabase) -> Iterator[Database]:
    with closing(Database(make_database("reader", prepare_database))) as database:
        yield database


@contextmanager
def thread_of(run: Callable[[threading.Event], None]) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join()


def consumer_of(database: Database, log: EventLog, handle: Handle = note) -> Callable[[threading.Event], None]:
    def run(stop: threading.Event) -> None:
        run_consumer(
            stop,
            database=database,
            log=log,
            service="curation",
            name="posts",
            topics=[POST],
            peek=peek,
            handle=handle,
            on_stuck=pytest.fail,
        )

    return run


def emit(owner: Database, *posts: str) -> None:
    for post in posts:
        with owner.transaction() as conn:
            facts.emit(conn, POST, brand="lumen", post=post, fact=PostWithdrawn(), at=NOW)


def count(database: Database) -> int:
    with database.transaction() as conn:
        row = conn.execute("SELECT count(*) FROM effect").fetchone()
    assert row
    return int(row[0])


def test_an_outage_of_the_log_in_the_middle_loses_and_doubles_nothing(
    owner: Database, database: Database, log: EventLog, engine: Postgres | Kafka
) -> None:
    names = [f"p{number}" for number in range(25)]
    with thread_of(Relay(owner, log, "ingest").run), thread_of(consumer_of(database, log)):
        emit(owner, *names * 4)
        wait_until(lambda: count(database) > 0, "the first effects")
        engine.kill()
        engine.start()
        emit(owner, *names * 4)
        wait_until(lambda: count(database) == 200, "all effects")
    assert effects(database) == {name: list(range(1, 9)) for name in names}


def test_readers_that_come_and_go_apply_everything_once_and_in_order(
    owner: Database, database: Database, log: EventLog
) -> None:
    names = [f"p{number}" for number in range(25)]
    with thread_of(Relay(owner, log, "ingest").run), ExitStack() as stack:
        first = stack.enter_context(thread_of(consumer_of(database, log)))
        emit(owner, *names * 2)
        wait_until(lambda: count(database) > 0, "the first effects")
        stack.enter_context(thread_of(consumer_of(database, log)))
        emit(owner, *names * 2)
        first.set()
        emit(owner, *names * 2)
        wait_until(lambda: count(database) == 150, "all effects")
    assert effects(database) == {name: list(range(1, 7)) for name in names}


def test_a_poison_fact_waits_for_a_person_while_the_others_go_on(
    owner: Database, database: Database, log: EventLog
) -> None:
    seen: list[str] = []

    def handle(conn: Connection, record: Record) -> None:
        seen.append(record.key)
        if record.key == "lumen/p3" and PostEvent.FromString(record.value).meta.seq == 2:
            message = "not yet understood"
            raise NotImplementedError(message)
        note(conn, record)

    with thread_of(Relay(owner, log, "ingest").run), thread_of(consumer_of(database, log, handle)):
        emit(owner, *[f"p{number}" for number in range(8)] * 4)
        wait_until(lambda: count(database) == 29 and len(parked(database)) == 3, "what can be applied")
        assert parked(database) == [("p3", 2), ("p3", 3), ("p3", 4)]
        with database.transaction() as conn:
            first = list_parked(conn)[0]
        assert replay(database, first.id, note, who="ada@lumen.example") == 3
        emit(owner, "p3")
        wait_until(lambda: count(database) == 33, "what came after the replay")
    assert effects(database) == {f"p{number}": [1, 2, 3, 4, 5] if number == 3 else [1, 2, 3, 4] for number in range(8)}


def test_a_reader_whose_database_fails_goes_on_when_it_is_back(
    make_database: MakeDatabase, postgres_server: Postgres
) -> None:
    log = open_log(make_database("events"))
    log.ensure(TOPICS.values())
    with (
        closing(Database(make_database("reader", prepare_database))) as owner,
        closing(Database(make_database("reader", prepare_database))) as database,
        thread_of(Relay(owner, log, "ingest").run),
        thread_of(consumer_of(database, log)),
    ):
        emit(owner, "p1", "p2")
        wait_until(lambda: count(database) == 2, "the first effects")
        postgres_server.kill()
        postgres_server.start()
        emit(owner, "p1", "p2")
        wait_until(lambda: count(database) == 4, "the others")
        assert effects(database) == {"p1": [1, 2], "p2": [1, 2]}


def test_a_service_reads_only_topics_to_its_left(database: Database, postgres_url: str) -> None:
    with pytest.raises(ValueError, match="ingest is no reader of chorus"):
        run_consumer(
            threading.Event(),
            database=database,
            log=open_log(postgres_url),
            service="ingest",
            name="posts",
            topics=[POST],
            peek=peek,
            handle=note,
            on_stuck=pytest.fail,
        )


class StalledLog:
    """A log whose client has stalled: it says that records lie ahead, and gives none."""

    def __init__(self, *, returns: bool) -> None:
        self._returns = returns
        self._released = threading.Event()

    def ensure(self, topics: object) -> None: ...

    def holds_facts(self, topics: object) -> bool:
        raise NotImplementedError

    def ping(self) -> None: ...

    def producer(self) -> Producer:
        raise NotImplementedError

    def consumer(self, group: str, topics: Sequence[Topic], offsets: OffsetStore) -> Consumer:
        return self

    def poll(self, timeout: float, max_records: int) -> list[Record]:
        if not self._returns:
            self._released.wait()
        return []

    def acknowledge(self, topic: str, partition: int, next_offset: int) -> None: ...

    def lag(self) -> int:
        return 7

    def assigned(self) -> frozenset[tuple[str, int]]:
        return frozenset()

    def close(self) -> None: ...

    def release(self) -> None:
        self._returns = True
        self._released.set()


@pytest.mark.parametrize("returns", [True, False])
def test_a_client_that_has_stalled_is_told_of(
    database: Database, monkeypatch: pytest.MonkeyPatch, returns: bool
) -> None:
    monkeypatch.setattr(inbox, "_STUCK_SECONDS", 0.05)
    monkeypatch.setattr(inbox, "_LOOK_SECONDS", 0.01)
    stalled, told = StalledLog(returns=returns), list[str]()
    stop = threading.Event()

    def on_stuck(what: str) -> None:
        told.append(what)
        stop.set()
        stalled.release()

    run_consumer(
        stop,
        database=database,
        log=stalled,
        service="curation",
        name="posts",
        topics=[POST],
        peek=peek,
        handle=note,
        on_stuck=on_stuck,
    )
    assert told[0] == (
        "the event log has records that do not arrive" if returns else "the event log's client does not return"
    )
