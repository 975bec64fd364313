"""Growth: what a post costs when there are a million.

Two sets of databases (ingest, the embedded log, curation), one with few posts in it and one with many, filled by
PostgreSQL itself with rows as the services write them: posts, revisions, sightings, accounts, numbers of facts, sent
facts still in the outbox, their records in the log, and the queue. Then both take the same batches in turns: ingest's
capture, the relay, curation's inbox. A cost is the CPU time of Python and of the PostgreSQL backends that served it; of
each set the median of the rounds counts.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
import pytest

from chorus.curation.adapters import subscriber
from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.domain.post import Account, PostKey, Sighting
from chorus.ingest.handlers.capture import Origin, capture
from chorus.platform import reading
from chorus.platform.events import EventLog, open_log
from chorus.platform.ids import new_id
from chorus.platform.once import Inbox
from chorus.platform.postgres import Database
from chorus.platform.reading import Subscription
from chorus.platform.relay import Relay
from chorus.platform.topics import POST, TOPICS
from tests.bench.filling import fill
from tests.bench.spending import cpu_seconds
from tests.engines.fixtures import MakeDatabase
from tests.measuring import Figures, Scale
from tests.serving import as_owner, database_of

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(7200)]
BRAND = "lumen"
ORIGIN = Origin(BRAND, "shop", "webhook", asked_again=False)
ROUNDS = 7
BATCHES = 5
POSTS_A_BATCH = 200
TEXT = "The lamp on the garden table makes the evening warm, and the brass is as quiet as the glass. #lumen"
SUBSCRIPTION = Subscription(
    "posts", [POST], subscriber.handle, batch=subscriber.BATCH, handle_all=subscriber.handle_all
)

INGEST = """
CREATE TEMPORARY TABLE old AS
SELECT n, lpad(to_hex(n), 32, '0') AS post, timestamptz '2026-11-01Z' + n * interval '1 second' AS at
FROM generate_series(1, %(posts)s) n;
INSERT INTO accounts SELECT 'lumen', 'webhook', 'shop/' || n, '@' || n, 'Person ' || n, '' FROM old WHERE n <= 100000;
INSERT INTO posts (post, brand, source, connector, platform, platform_post_id, reference, account_id, permalink, tagged,
    posted_at, captured_at, trace_links)
SELECT post, 'lumen', 'shop', 'webhook', 'webhook', 'shop/old-' || n, 'old-' || n, 'shop/' || n %% 100000, '', false,
    at, at, '{}' FROM old;
INSERT INTO revisions SELECT post, 1, %(text)s, 'en', ARRAY['lumen'], at, '{}' FROM old;
INSERT INTO sightings SELECT post, 'shop', at FROM old;
INSERT INTO outbox_seq SELECT 'chorus.post.v1', 'lumen/' || post, 1 FROM old;
INSERT INTO outbox (topic, key, fact, event_id, payload, occurred_at, sent_at)
SELECT 'chorus.post.v1', 'lumen/' || post, 'captured', post, convert_to(repeat(%(text)s, 5), 'UTF8'), now(), now()
FROM old;
"""
LOG = """
INSERT INTO log_record (topic, partition, "offset", key, value, headers)
SELECT 'chorus.post.v1', n %% 12, (n - 1) / 12, 'lumen/' || lpad(to_hex(n), 32, '0'),
    convert_to(repeat(%(text)s, 5), 'UTF8'), '{"content-type": "application/protobuf", "ce_specversion": "1.0"}'
FROM generate_series(1, %(posts)s) n;
UPDATE log_partition SET next_offset = %(posts)s / 12 + 1 WHERE topic = 'chorus.post.v1';
"""
CURATION = """
INSERT INTO inbox_seq SELECT 'chorus.post.v1', 'lumen/' || post, 1 FROM posts;
INSERT INTO inbox_offset SELECT 'chorus.post.v1', n, %(posts)s / 12 + 1 FROM generate_series(0, 11) n;
"""


@dataclass
class Town:
    """One set of databases, and what each step has cost in it by round."""

    ingest: Database
    curation: Database
    log: EventLog
    urls: tuple[str, ...]
    costs: dict[str, list[float]] = field(default_factory=lambda: {"taking in": [], "relaying": [], "queueing": []})

    def round(self, number: int) -> None:
        """Walk a few batches from the source to the queue."""
        with self._costing("taking in"):
            for batch in range(BATCHES):
                with self.ingest.transaction() as conn:
                    said = sightings(f"{number}-{batch}")
                    capture(PostgresStore(conn), ORIGIN, said, now=datetime.now(UTC), new_id=new_id)
        relay = Relay(self.ingest, self.log, "ingest")
        with (
            self.ingest.dedicated() as connection,
            closing(self.log.producer()) as producer,
            self._costing("relaying"),
        ):
            while relay._round(connection, producer):
                pass
        with closing(self.log.consumer("curation", [POST], self._inbox())) as consumer:
            taken = consumer.poll(1.0, 1)
            with self._costing("queueing"):
                inbox = self._inbox()
                inbox.apply(taken)
                while records := consumer.poll(0.0, SUBSCRIPTION.batch):
                    inbox.apply(records)

    def _inbox(self) -> Inbox:
        return Inbox(
            self.curation,
            reading.handler(SUBSCRIPTION),
            peek=reading.peek,
            handle_all=reading.handler_of_all(SUBSCRIPTION),
        )

    @contextmanager
    def _costing(self, step: str) -> Iterator[None]:
        before = time.process_time() + self._served()
        yield
        posts = BATCHES * POSTS_A_BATCH
        self.costs[step].append((time.process_time() + self._served() - before) / posts * 1e6)

    def _served(self) -> float:
        """Read what the backends of these databases have spent."""
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename IS NOT NULL"
        pids: list[int] = []
        for url in self.urls:
            with psycopg.connect(url) as connection:
                pids += [pid for (pid,) in connection.execute(query) if pid != connection.info.backend_pid]
        return sum(cpu_seconds(pid) for pid in pids)


@contextmanager
def town(make_database: MakeDatabase, posts: int) -> Iterator[Town]:
    urls = (database_of("ingest", make_database), make_database("events"), database_of("curation", make_database))
    log = open_log(urls[1])
    log.ensure(TOPICS.values())
    fill(as_owner(urls[2]), BRAND, posts)
    for url, statements in zip(urls, (INGEST, LOG, CURATION), strict=True):
        with psycopg.connect(as_owner(url), autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
            connection.execute(statements, {"posts": posts, "text": TEXT})
            connection.execute("VACUUM (ANALYZE)")
    with closing(Database(urls[0])) as ingest, closing(Database(urls[2])) as curation:
        yield Town(ingest, curation, log, urls)


def sightings(batch: str) -> list[Sighting]:
    return [
        Sighting(
            PostKey("webhook", f"shop/new-{batch}-{number}"),
            Account("webhook", f"shop/{number}", f"@{number}", f"Person {number}"),
            TEXT,
            datetime.now(UTC),
            language="en",
            hashtags=("lumen",),
        )
        for number in range(POSTS_A_BATCH)
    ]


def test_a_post_costs_no_more_among_many(make_database: MakeDatabase, figures: Figures, scale: Scale) -> None:
    few, many = scale(1_000, 10_000), scale(20_000, 1_000_000)
    with town(make_database, few) as small, town(make_database, many) as large:
        for number in range(ROUNDS):
            for each in (small, large):
                each.round(number)
        assert queued(large) == many + ROUNDS * BATCHES * POSTS_A_BATCH
    for step, costs in large.costs.items():
        figures.ratio(
            f"{step} a post among {many:,}",
            statistics.median(costs),
            statistics.median(small.costs[step]),
            unit="µs",
            peer_name=f"among {few:,}",
            at_most=1.3,
        )


def queued(where: Town) -> int:
    with where.curation.transaction() as conn:
        row = conn.execute("SELECT count(*) FROM posts").fetchone()
    return int(row[0]) if row else 0
