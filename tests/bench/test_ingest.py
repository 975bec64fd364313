"""Ingest: signed deliveries until curation's queue holds the posts.

A whole running house (all seven processes, PostgreSQL with `fsync`) is sent posts without pictures, 100 in a signed
delivery, on four connections. A post counts once the transaction that put it into curation's queue is committed; rights
and publishing hear of the same posts meanwhile, on the same cores. Beside posts a second stands what a thousand posts
cost each process in CPU time, and how much ingest and curation grew in memory after the first tenth.
"""

from __future__ import annotations

import http.client
import json
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from standardwebhooks.webhooks import Webhook

from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from tests.bench.spending import cpu_seconds, resident_mib
from tests.engines import wait_until
from tests.house.fixtures import PROFILES, MakeHouse
from tests.house.story import Story
from tests.measuring import Figures, Scale, loopback

SENDERS = 4
POSTS_A_DELIVERY = 100
CEILING = 1800.0
# A new house of its own, on a PostgreSQL that syncs what it commits, and with no collector to tell.
DURABLE = {"CHORUS_DATABASE_URL": "", "OTEL_EXPORTER_OTLP_ENDPOINT": "", "CHORUS_DELIVERY_RATE": "1000000/minute"}
WORDS = [
    "lamp",
    "evening",
    "warm",
    "table",
    "light",
    "green",
    "glass",
    "window",
    "garden",
    "paper",
    "brass",
    "quiet",
    "reading",
    "corner",
    "shade",
]
ACCOUNTS = 5_000


@pytest.mark.parametrize("profile", PROFILES.values())
@pytest.mark.timeout(2 * CEILING)
def test_posts_a_second_into_the_queue(
    profile: str,
    make_house: MakeHouse,
    site: FeedSite,
    figures: Figures,
    scale: Scale,
    seed: int,
    request: pytest.FixtureRequest,
) -> None:
    deliveries = list(made(scale(3_000, 100_000), random.Random(seed)))
    with make_house(profile, **DURABLE) as house:
        story = Story(house, site)
        processes = pids(house)
        if profile == "kafka-s3":
            processes["Kafka"] = request.getfixturevalue("kafka_broker")._child.pid
        with queue_of(house) as queue:
            tenth = len(deliveries) // 10
            send(story, deliveries[:tenth])
            wait_until(lambda: queued(queue, story) == tenth * POSTS_A_DELIVERY, "the first tenth", CEILING)
            grown = {name: resident_mib(processes[name]) for name in ("ingest", "curation")}
            spent = {name: cpu_seconds(pid) for name, pid in processes.items()}
            rest = deliveries[tenth:]
            posts = len(rest) * POSTS_A_DELIVERY
            begun = time.perf_counter()
            send(story, rest)
            wait_until(lambda: heard(queue) >= tenth * POSTS_A_DELIVERY + posts, "the posts in the queue", CEILING)
            seconds = time.perf_counter() - begun
            assert queued(queue, story) == len(deliveries) * POSTS_A_DELIVERY
        figures.speed(f"posts a second, {profile}", posts / seconds, unit="posts/s", at_least=2_000, goal=4_000)
        for name, pid in processes.items():
            cost = (cpu_seconds(pid) - spent[name]) / posts * 1e6
            figures.speed(f"CPU time of {name} for 1,000 posts, {profile}", cost, unit="ms")
        for name, before in grown.items():
            more = resident_mib(processes[name]) - before
            figures.count(f"growth of {name}, {profile}", more, at_most=16, unit="MiB")


def made(posts: int, chance: random.Random) -> Iterator[bytes]:
    """Write deliveries of invented posts."""
    for start in range(0, posts, POSTS_A_DELIVERY):
        said = [post(number, chance) for number in range(start, start + POSTS_A_DELIVERY)]
        yield json.dumps({"posts": said}).encode()


def post(number: int, chance: random.Random) -> dict[str, Any]:
    account = chance.randrange(ACCOUNTS)
    return {
        "id": f"post-{number}",
        "text": f"{' '.join(chance.choices(WORDS, k=24))} #lumenlight #{chance.choice(WORDS)}",
        "url": f"https://social.example/@person{account}/{number}",
        "posted_at": "2026-11-20T09:00:00Z",
        "language": "en",
        "account": {"id": f"{account}", "handle": f"person{account}", "name": f"Person Number {account} Example"},
    }


def pids(house: House) -> dict[str, int]:
    """Name the processes whose cost is counted."""
    assert house.engines is not None
    assert house.engines.postgres is not None
    found = {name: child.pid for name, child in house.children.items()} | {"PostgreSQL": house.engines.postgres.pid}
    rooms = ("ingest", "curation", "rights", "publishing", "PostgreSQL")
    return {name: pid for name, pid in found.items() if name in rooms and pid is not None}


def send(story: Story, deliveries: Sequence[bytes]) -> None:
    """Send deliveries from several senders at once, each on one connection; all must be accepted."""
    with ThreadPoolExecutor(SENDERS) as senders:
        shares = [deliveries[number::SENDERS] for number in range(SENDERS)]
        list(senders.map(lambda share: _send(story, share), shares))


def _send(story: Story, deliveries: Sequence[bytes]) -> None:
    address = loopback(story.house.addresses.http["ingest"])
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    webhook = Webhook(story.secret)
    for body in deliveries:
        connection.request("POST", f"/v1/{story.brand}/sources/shop/posts", body, _signed(webhook, body))
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == http.HTTPStatus.ACCEPTED, said
        assert json.loads(said)["accepted"] == POSTS_A_DELIVERY
    connection.close()


def _signed(webhook: Webhook, body: bytes) -> dict[str, str]:
    name, now = f"msg_{uuid.uuid4().hex}", datetime.now(UTC)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(name, now, body.decode()),
        "content-type": "application/json",
    }


@contextmanager
def queue_of(house: House) -> Iterator[psycopg.Connection]:
    """Look into curation's database."""
    assert house.engines is not None
    with psycopg.connect(house.engines.databases["curation"], autocommit=True) as connection:
        yield connection


def heard(queue: psycopg.Connection) -> int:
    """Count the facts that curation has taken in: cheap to ask again and again."""
    row = queue.execute("SELECT coalesce(sum(next_offset), 0)::bigint FROM inbox_offset").fetchone()
    return int(row[0]) if row else 0


def queued(queue: psycopg.Connection, story: Story) -> int:
    """Count the posts in the queue."""
    row = queue.execute("SELECT count(*) FROM posts WHERE brand = %s", [story.brand]).fetchone()
    return int(row[0]) if row else 0
