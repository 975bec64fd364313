"""The queue over gRPC.

A page of 50 posts and a decision, asked of curation's own process over gRPC with a curator's token, beside the bare SQL
that each needs, sent by psycopg on one open connection with prepared statements. Both are asked in turns, one call at a
time, of one database that holds a brand with 10,000 posts and one with 1,000,000 (`tests/bench/filling.py`). The ratio
is of medians: 2 means that tokens, access rules, protobuf and gRPC cost as much as the database.
"""

from __future__ import annotations

import statistics
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import grpc
import psycopg
import pytest

from chorus.api.curation.v1 import curation_pb2 as pb
from chorus.api.curation.v1.curation_pb2_grpc import CurationStub
from chorus.local.child import free_port
from chorus.platform.auth import Principal
from chorus.platform.rpc import channel
from tests.bench.filling import fill
from tests.engines.postgres import Postgres
from tests.engines.process import Nursery
from tests.measuring import Figures, Scale
from tests.serving import CURATOR, KEYS, SIGNER, as_owner, database_of

pytestmark = pytest.mark.postgres
SMALL, LARGE = "10-k-posts", "1-m-posts"
PAGE = 50
_COLLECTIONS = "ARRAY(SELECT collection FROM collected c WHERE c.brand = p.brand AND c.post = p.post ORDER BY 1)"
PAGE_SQL = f"SELECT p.*, {_COLLECTIONS} FROM posts p WHERE p.brand = %s AND NOT p.withdrawn AND p.state = ANY(%s)"  # noqa: S608 -- a text of ours
AFTER_SQL = " AND (p.captured_at, p.post) < (%s, %s)"
ORDER_SQL = " ORDER BY p.captured_at DESC, p.post DESC LIMIT 51"
MEDIA_SQL = "SELECT media, content, alt_text, focal_x, focal_y FROM media WHERE brand = %s AND media = ANY(%s)"
DECISION_SQL = (
    """INSERT INTO idempotency (rpc, brand, request_id, request_sha256)
       VALUES ('Bare', %(brand)s, %(id)s, %(id)s)""",
    """SELECT revision, withdrawn FROM posts WHERE brand = %(brand)s AND post = %(post)s FOR UPDATE""",
    """INSERT INTO decisions (brand, post, decision, state, revision, reason, by, at)
       VALUES (%(brand)s, %(post)s, %(id)s, 2, 1, '', 'Ada Sample', now())""",
    """UPDATE posts SET state = 2, approved_revision = 1, decision = %(id)s
       WHERE brand = %(brand)s AND post = %(post)s""",
    """INSERT INTO outbox_seq VALUES ('chorus.review.v1', %(post)s, 1)
       ON CONFLICT (topic, key) DO UPDATE SET seq = outbox_seq.seq + 1 RETURNING seq""",
    """INSERT INTO outbox (topic, key, fact, event_id, payload, occurred_at)
       VALUES ('chorus.review.v1', %(post)s, 'decided', %(id)s, %(payload)s, now())""",
    """UPDATE idempotency SET response = %(payload)s
       WHERE rpc = 'Bare' AND brand = %(brand)s AND request_id = %(id)s""",
)


@dataclass
class Queue:
    """Curation's process and its database, asked in turns."""

    stub: CurationStub
    conn: psycopg.Connection
    rounds: int

    def page(
        self, brand: str, *, token: str = "", chosen: pb.Filter | None = None
    ) -> tuple[pb.ListPostsResponse, float]:
        """Ask for a page of new posts; answer it with the seconds that it took."""
        states = pb.Filter(states=[pb.STATE_NEW])
        if chosen:
            states.MergeFrom(chosen)
        request = pb.ListPostsRequest(brand=brand, filter=states, page_size=PAGE, page_token=token)
        begun = time.perf_counter()
        return self.stub.ListPosts(request), time.perf_counter() - begun

    def bare_page(self, brand: str, after: tuple[datetime, str] | None) -> float:
        """Ask the database alone for the same rows."""
        query = PAGE_SQL + (AFTER_SQL if after else "") + ORDER_SQL
        begun = time.perf_counter()
        rows = self.conn.execute(query, (brand, [1], *(after or ())), prepare=True).fetchall()
        self.conn.execute(MEDIA_SQL, (brand, [each for row in rows for each in row[12]]), prepare=True).fetchall()
        self.conn.commit()
        return time.perf_counter() - begun

    def pages(self, brand: str, number: int) -> tuple[list[float], list[float]]:
        """Time one page again and again, in turns with the bare SQL."""
        token, after = self._leaf(brand, number)
        turns = [(self.page(brand, token=token)[1], self.bare_page(brand, after)) for _ in range(self.rounds)]
        return [ours for ours, _ in turns], [bare for _, bare in turns]

    def _leaf(self, brand: str, number: int) -> tuple[str, tuple[datetime, str] | None]:
        """Turn pages, as a curator does, up to one; answer the token that it is asked for with, and what it says."""
        token, after = "", None
        for _ in range(number - 1):
            answer, _ = self.page(brand, token=token)
            last = answer.posts[-1]
            token, after = answer.next_page_token, (last.captured_at.ToDatetime(), last.post)
        return token, after

    def decisions(self, brand: str) -> tuple[list[float], list[float]]:
        """Approve posts one by one, in turns with the bare SQL of a decision, on posts of its own."""
        posts: list[str] = []
        token = ""
        while len(posts) < 2 * self.rounds:
            answer, _ = self.page(brand, token=token)
            posts += [post.post for post in answer.posts]
            token = answer.next_page_token
        pairs = zip(posts[: self.rounds], posts[self.rounds :], strict=False)
        turns = [(self._decide(brand, ours), self._bare_decide(brand, bare)) for ours, bare in pairs]
        return [ours for ours, _ in turns], [bare for _, bare in turns]

    def _decide(self, brand: str, post: str) -> float:
        seen = pb.PostRevision(post=post, revision=1)
        request = pb.DecideRequest(brand=brand, posts=[seen], state=pb.STATE_APPROVED, request_id=str(uuid.uuid4()))
        begun = time.perf_counter()
        assert self.stub.Decide(request).posts[0].state == pb.STATE_APPROVED
        return time.perf_counter() - begun

    def _bare_decide(self, brand: str, post: str) -> float:
        values = {"brand": brand, "post": post, "id": uuid.uuid4().hex, "payload": bytes(300)}
        begun = time.perf_counter()
        for statement in DECISION_SQL:
            self.conn.execute(statement, values, prepare=True)
        self.conn.commit()
        return time.perf_counter() - begun


@pytest.fixture(scope="module")
def queue(postgres_server: Postgres, scale: Scale) -> Iterator[Queue]:
    url = database_of("curation", postgres_server.make_database)
    fill(as_owner(url), SMALL, scale(2_000, 10_000))
    fill(as_owner(url), LARGE, scale(4_000, 1_000_000))
    nursery = Nursery(print)
    try:
        address = curation(nursery, url)
        token = SIGNER.issue(Principal("member", "Ada Sample", "", {SMALL: CURATOR, LARGE: CURATOR}))[0]
        with psycopg.connect(url) as conn, channel(address, lambda: token) as opened:
            yield Queue(CurationStub(opened), conn, scale(20, 1_000))
    finally:
        nursery.close()
        postgres_server.drop_database(url)


def curation(nursery: Nursery, database: str) -> str:
    """Start curation's process to serve alone; answer its address."""
    address = f"127.0.0.1:{free_port()}"
    environment = {
        "CHORUS_SECRET_KEY": KEYS[0],
        "CHORUS_PUBLIC_URL": "https://public.example",
        "CHORUS_CONSOLE_URL": "https://console.example",
        "CHORUS_GRPC_LISTEN": address,
        "CHORUS_DATABASE_URL": database,
        "CHORUS_EVENTS_URL": database,
        "CHORUS_ROLES": "serve",
    }
    log = nursery.place("curation") / "log"
    child = nursery.start([sys.executable, "-m", "chorus.curation"], log, environment=environment)
    child.wait_until(lambda: answers(address), "curation to serve")
    return address


def answers(address: str) -> bool:
    """Tell whether something serves gRPC there by now."""
    with grpc.insecure_channel(address) as opened:
        try:
            grpc.channel_ready_future(opened).result(timeout=1)
        except grpc.FutureTimeoutError:
            return False
        return True


def test_a_page_and_a_decision_cost_little_more_than_their_sql(queue: Queue, figures: Figures, scale: Scale) -> None:
    far = scale(20, 1_000)
    pages = ((SMALL, 1), (SMALL, far // 5), (LARGE, 1), (LARGE, far))
    page = {
        (brand, number): take(figures, f"page {number:,} of {brand}", queue.pages(brand, number))
        for brand, number in pages
    }
    flat(figures, f"page {far:,} of {LARGE}", page[LARGE, far], page[LARGE, 1], "page 1")
    flat(figures, f"page 1 of {LARGE}", page[LARGE, 1], page[SMALL, 1], SMALL)
    few, many = (take(figures, f"a decision among {brand}", queue.decisions(brand)) for brand in (SMALL, LARGE))
    flat(figures, f"a decision among {LARGE}", many, few, SMALL)


@pytest.mark.parametrize(
    ("what", "chosen"),
    [
        ("one source of four", pb.Filter(sources=["source3"])),
        ("one language of three", pb.Filter(languages=["de"])),
        ("with pictures", pb.Filter(has_media=True)),
        ("without pictures", pb.Filter(has_media=False)),
        ("a word of every post", pb.Filter(text="lamp")),
        ("a word of one post in a thousand", pb.Filter(text="rare17")),
        ("language, pictures and a rare word", pb.Filter(languages=["en"], has_media=True, text="rare1")),
    ],
)
def test_a_filtered_page_comes_soon(queue: Queue, figures: Figures, what: str, chosen: pb.Filter) -> None:
    took = []
    for _ in range(min(queue.rounds, 100)):
        answer, seconds = queue.page(LARGE, chosen=chosen)
        assert answer.posts
        took.append(seconds * 1e3)
    figures.speed(f"page 1 of 1 M posts, {what}: p99", percentile(took, 99), unit="ms", at_most=20)


def take(figures: Figures, what: str, turns: tuple[list[float], list[float]]) -> float:
    """Take the ratio of medians and our p99; answer our median in milliseconds."""
    ours, bare = ([1e3 * seconds for seconds in each] for each in turns)
    median = statistics.median(ours)
    figures.ratio(f"{what}: median", median, statistics.median(bare), unit="ms", peer_name="bare SQL", at_most=4)
    figures.speed(f"{what}: p99", percentile(ours, 99), unit="ms", at_most=20)
    return median


def flat(figures: Figures, what: str, ours: float, beside: float, name: str) -> None:
    """Take that the second costs about what the first does."""
    figures.ratio(f"{what}: median", ours, beside, unit="ms", peer_name=name, at_most=1.5)


def percentile(values: list[float], number: int) -> float:
    """Answer the value that this per cent of all are not above."""
    return statistics.quantiles(values, n=100, method="inclusive")[number - 1]
