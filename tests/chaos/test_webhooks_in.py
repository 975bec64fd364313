"""P2: a 2xx to a webhook means that it is on disk.

Every webhook is delivered three times, shuffled, a tenth of them at the same moment; then there is exactly one row of
each. While the database is down the answer is 503 and nothing else, and what was answered 202 before is there after it.
Signed, to ingest itself; times are from when a request was due, at a steady 100 a second.
"""

from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from chorus.local.people import until
from tests.chaos.load import Plan, offer, p99
from tests.chaos.sender import UNANSWERED, Sender
from tests.engines.postgres import Postgres
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale

pytestmark = pytest.mark.timeout(3600)
_THREADS = 8


@on("embedded")
def test_each_webhook_is_one_row_however_often_and_in_whatever_order_it_comes(
    story: Story, scale: Scale, figures: Figures, seed: int
) -> None:
    count = scale(200, 5_000)
    deliveries = _deliveries(count, seed)
    with ThreadPoolExecutor(_THREADS) as pool:
        results = list(pool.map(_Delivering(story), deliveries))
    taken = Counter(result for each in results for result in each)
    figures.count("deliveries", taken.total(), at_least=3 * count, at_most=3 * count)
    figures.count("answered “accepted”", taken["accepted"], at_least=count, at_most=count)
    figures.count("rows", _rows(story), at_least=count, at_most=count)
    until("all of them in the queue", lambda: _queued(story) == count or None)


def _deliveries(count: int, seed: int) -> list[tuple[str, int]]:
    """Name posts three times over, shuffled; a tenth of the posts come twice at once (the number says how often)."""
    chance = random.Random(f"{seed}/webhooks")
    names = [f"post-{number}" for number in range(count)]
    together = set(chance.sample(names, count // 10))
    deliveries = [(name, 1) for name in names] * 2
    deliveries = [(name, 2) for name in together] + [each for each in deliveries if each[0] not in together]
    deliveries += [(name, 1) for name in names]
    chance.shuffle(deliveries)
    return deliveries


class _Delivering:
    """Delivers from many threads, each with connections of its own."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._own = threading.local()

    def __call__(self, delivery: tuple[str, int]) -> list[str]:
        name, times = delivery
        if not hasattr(self._own, "senders"):
            self._own.senders = [Sender(self._story), Sender(self._story)]
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(lambda sender: self._send(sender, name), self._own.senders[:times]))

    def _send(self, sender: Sender, name: str) -> str:
        status = sender.send(f"msg_{name}", _post(name))
        assert status == 202, (status, sender.answer)
        return str(sender.answer["results"][0]["result"])


def _post(name: str) -> dict[str, object]:
    account = {"id": "mira", "handle": "mira", "name": "Mira Example"}
    return {"id": name, "text": f"Post {name}", "posted_at": "2026-11-20T09:00:00Z", "account": account}


def _rows(story: Story) -> int:
    with story.database("ingest") as conn:
        row = conn.execute("SELECT count(*) FROM posts WHERE brand = %s", [story.brand]).fetchone()
    return int(row[0]) if row else 0


def _queued(story: Story) -> int:
    with story.database("curation") as conn:
        row = conn.execute("SELECT count(*) FROM posts WHERE brand = %s", [story.brand]).fetchone()
    return int(row[0]) if row else 0


@on("embedded")
def test_at_a_steady_rate_webhooks_are_answered_at_once(story: Story, scale: Scale, figures: Figures) -> None:
    path = f"/v1/{story.brand}/sources/shop/posts"
    plan = Plan(story.house.addresses.http["ingest"], path, 100, scale(2, 60), story.secret, "steady-")
    answered = offer(plan)
    figures.count("answers at 100/s", len(answered), at_least=100 * plan.seconds)
    figures.count("of them not 202", sum(each.status != 202 for each in answered), at_most=0)
    figures.speed("p99 at 100/s", p99(answered), unit="ms", at_most=500)


@on("kafka-s3")
def test_while_the_database_is_down_webhooks_are_refused_and_none_that_was_taken_is_lost(
    story: Story, postgres_server: Postgres, scale: Scale, figures: Figures
) -> None:
    count, down = scale(60, 1_000), threading.Event()
    sending = _Sending(story, down)
    thread = threading.Thread(target=sending.send_all, args=(count,), daemon=True)
    thread.start()
    until("some to be taken", lambda: len(sending.taken) >= count // 3 or None)
    postgres_server.stop()
    down.set()
    until("some to be refused", lambda: sending.while_down.total() >= 10 or None)
    down.clear()
    postgres_server.start()
    thread.join()
    with story.database("ingest") as conn:
        rows = {name for (name,) in conn.execute("SELECT reference FROM posts WHERE brand = %s", [story.brand])}
    figures.count("answers while the database was down", sending.while_down.total(), at_least=10)
    figures.count("of them not 503", sending.while_down.total() - sending.while_down[503], at_most=0)
    figures.count("taken and lost", len(sending.taken - rows), at_most=0)
    figures.count("rows that nobody was told of", len(rows - sending.taken), at_most=0)


class _Sending:
    """One sender that sends each post until it is taken, and notes what it was answered while nothing could be kept."""

    def __init__(self, story: Story, down: threading.Event) -> None:
        self._sender = Sender(story)
        self._down = down
        self.taken: set[str] = set()
        self.while_down: Counter[int] = Counter()

    def send_all(self, count: int) -> None:
        for number in range(count):
            until("a delivery to be taken", lambda number=number: self._send(f"post-{number}"))  # type: ignore[misc]  # mypy cannot type a default in a lambda

    def _send(self, name: str) -> bool | None:
        was_down = self._down.is_set()
        status = self._sender.send(f"msg_{uuid.uuid4().hex}", _post(name))
        if was_down and self._down.is_set():
            self.while_down[status] += 1
        assert status in {202, 503, UNANSWERED}, (status, self._sender.answer)
        if status == 202:
            self.taken.add(name)
        return status == 202 or None
