"""P14: telemetry never hurts.

Every process exports to a collector that takes connections and never answers, then to one that drops every attempt to
connect. Against a process with a collector that answers, both under the same load in turns, requests take no longer;
each process ends in time when it is told to; nothing that was taken is lost. Of each the median of the turns' 99th
percentiles counts: an exporter is at work in every turn, and what else stalls the machine once is nobody's.
"""

from __future__ import annotations

import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import httpx2
import pytest

from chorus.local.child import Child, free_port
from chorus.local.engines import ROOMS
from chorus.local.house import DOORS, House
from chorus.local.people import until
from tests.chaos.black_holes import Silence, silent, unreachable
from tests.chaos.load import Answer, Plan, offer, p99
from tests.house.collector import Collector
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale

pytestmark = [on("embedded"), pytest.mark.timeout(3600)]
_HOLES = pytest.mark.parametrize("hole", [silent, unreachable])
_RATE = 50


@contextmanager
def beside(house: House, room: str, collector: str) -> Iterator[tuple[Child, str]]:
    """Run one more process of a room or door, that exports to this collector; gives it with its origin."""
    address, grpc = (f"127.0.0.1:{free_port()}" for _ in range(2))
    environ = house.environment(room) | {
        "CHORUS_HTTP_LISTEN": address,
        "CHORUS_GRPC_LISTEN": grpc,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
    }
    log = house._data / "logs" / f"{room}-beside.log"
    child = Child(room, [sys.executable, "-m", f"chorus.{room}"], log, environ)
    child.start()
    try:
        until(f"another {room}", lambda: child.exit_code is not None or _ready(address) or None)
        assert child.exit_code is None, child.last_words()
        yield child, f"http://{address}"
    finally:
        child.signal(signal.SIGKILL)
        child.wait(30)


def _ready(address: str) -> bool:
    try:
        return httpx2.get(f"http://{address}/readyz", trust_env=False, timeout=30).is_success
    except httpx2.TransportError:
        return False


Hole = Callable[[], AbstractContextManager[Silence]]


@_HOLES
def test_a_dead_collector_holds_no_exit_up_and_loses_nothing(
    story: Story, house: House, hole: Hole, scale: Scale, figures: Figures
) -> None:
    rooms: Sequence[str] = (*ROOMS, *DOORS) if scale.full else ("ingest",)
    exits = {}
    with hole() as silence:
        for room in rooms:
            with beside(house, room, silence.address) as (child, origin):
                if room == "ingest":
                    _deliver_and_find(story, origin, hole.__name__, figures, scale(20, 500))
                for _ in range(20):
                    httpx2.get(f"{origin}/readyz", trust_env=False, timeout=30)
                exits[room] = _end(child)
                assert child.exit_code == 0, (room, child.exit_code)
        if hole is silent:
            figures.count("connections that the silent collector was given", silence.connections, at_least=1)
    slowest = max(exits, key=lambda room: exits[room])
    figures.speed(f"SIGTERM to exit, {hole.__name__} collector, {slowest}", exits[slowest], unit="s", at_most=10)


def _deliver_and_find(story: Story, origin: str, hole: str, figures: Figures, count: int) -> None:
    plan = Plan(origin, f"/v1/{story.brand}/sources/shop/posts", _RATE, count / _RATE, story.secret, f"{hole}-")
    taken = sum(each.status == 202 for each in offer(plan))
    until("all of them in the queue", lambda: _queued(story) == taken or None)
    figures.count(f"delivered and taken, {hole} collector", taken, at_least=count)


def _queued(story: Story) -> int:
    with story.database("curation") as conn:
        row = conn.execute("SELECT count(*) FROM posts WHERE brand = %s", [story.brand]).fetchone()
    return int(row[0]) if row else 0


def _end(child: Child) -> float:
    begun = time.monotonic()
    child.signal(signal.SIGTERM)
    until("its end", lambda: child.exit_code is not None or None)
    return time.monotonic() - begun


@_HOLES
def test_requests_take_no_longer_because_the_collector_is_dead(
    story: Story, house: House, collector: Collector, hole: Hole, scale: Scale, figures: Figures
) -> None:
    rounds: dict[str, list[list[Answer]]] = {"dead": [], "answering": []}
    with (
        hole() as silence,
        beside(house, "ingest", silence.address) as (_, dead),
        beside(house, "ingest", collector.address) as (_, answering),
    ):
        for number in range(scale(1, 12)):
            for name, origin in (("dead", dead), ("answering", answering)):
                path = f"/v1/{story.brand}/sources/shop/posts"
                plan = Plan(origin, path, _RATE, scale(1, 5), story.secret, f"{name}-{number}-")
                rounds[name].append(offer(plan))
    assert {each.status for found in rounds.values() for answers in found for each in answers} == {202}
    figures.ratio(
        f"p99 of webhooks at {_RATE}/s, {hole.__name__} collector",
        statistics.median(map(p99, rounds["dead"])),
        statistics.median(map(p99, rounds["answering"])),
        unit="ms",
        peer_name="collector that answers",
        at_most=1.1,
    )
