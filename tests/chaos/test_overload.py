"""P13: overload degrades, never corrupts.

100 signed webhooks and 300 feed reads a second are the usual load; then five times as many are offered, at their time
whether the ones before were answered or not. Every answer is a yes or "not now" (429, 503 with a time to come back),
nothing that was taken is lost, the usual load is answered as before soon after, and memory does not grow from one wave
to the next.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from chorus.local.people import until
from tests.chaos.load import Answer, Plan, answers, p99, start
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale

pytestmark = [on("embedded"), pytest.mark.timeout(3600)]
_WEBHOOKS, _READS, _TIMES = 100, 300, 5
_USUAL_MILLISECONDS = 500.0
_SLICE = 2.0
_MIB = 1024


class Waves:
    """Offers the usual load, or so many times as much, to ingest and publishing themselves."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self._number = 0
        self.taken = 0

    def offer(self, times: int, seconds: float) -> tuple[list[Answer], list[Answer]]:
        """Offer for so long; gives the answers to webhooks and to reads."""
        self._number += 1
        origins, brand = self._story.house.addresses.http, self._story.brand
        posts, feed = f"/v1/{brand}/sources/shop/posts", f"/v1/{brand}/surfaces/wall/feed.json"
        first = f"wave-{self._number}-"
        sending = start(Plan(origins["ingest"], posts, times * _WEBHOOKS, seconds, self._story.secret, first))
        reading = start(Plan(origins["publishing"], feed, times * _READS, seconds))
        sent, read = answers(sending), answers(reading)
        self.taken += sum(each.status == 202 for each in sent)
        return sent, read


def test_five_times_the_usual_load_is_refused_in_part_and_forgotten_soon(
    story: Story, scale: Scale, figures: Figures
) -> None:
    story.live(1)
    waves = Waves(story)
    usual = _tell(figures, "usual load", waves.offer(1, scale(1, 20)))
    memory = []
    for wave in ("first wave", "second wave"):
        _tell(figures, wave, waves.offer(_TIMES, scale(2, 30)))
        figures.speed(f"usual again after the {wave}", _usual_again(waves, usual), unit="s", at_most=30)
        memory.append(_memory(story))
    for name in ("ingest", "publishing"):
        before, after = memory[0][name], memory[1][name]
        figures.count(f"{name}: growth from wave to wave", round(after - before, 1), at_most=24, unit="MiB")
    with story.database("ingest") as conn:
        query = "SELECT count(*) FROM posts WHERE brand = %s AND reference LIKE 'wave-%%'"
        row = conn.execute(query, [story.brand]).fetchone()
    rows = int(row[0]) if row else 0
    figures.count("taken and lost", max(waves.taken - rows, 0), at_most=0)
    until("all of them in the queue", lambda: _queued(story) == rows + 1 or None)


def _tell(figures: Figures, wave: str, answered: tuple[list[Answer], list[Answer]]) -> float:
    """Tell how a wave was answered; gives the slower p99 of those that were taken, in milliseconds."""
    slowest = 0.0
    for what, found, fine in (("webhooks", answered[0], {202, 429, 503}), ("reads", answered[1], {200, 429, 503})):
        statuses = Counter(each.status for each in found)
        taken = [each for each in found if each.status in {200, 202}]
        figures.note(f"{wave}, {what}: {dict(statuses)}, p99 {p99(found):.0f} ms, of the taken {p99(taken):.0f}")
        figures.count(f"{wave}: other answers to {what}", sum(each.status not in fine for each in found), at_most=0)
        slowest = max(slowest, p99(taken))
    return slowest


def _usual_again(waves: Waves, usual: float) -> float:
    """Offer the usual load until it is answered as before; gives the seconds from the end of the wave to that slice."""
    begun = time.monotonic()

    def look() -> float | None:
        at = time.monotonic() - begun
        sent, read = waves.offer(1, _SLICE)
        calm = {each.status for each in sent + read} == {200, 202}
        limit = max(_USUAL_MILLISECONDS, 2 * usual)
        return max(at, 0.001) if calm and max(p99(sent), p99(read)) <= limit else None

    return until("the usual load to be answered as before", look)


def _memory(story: Story) -> dict[str, float]:
    """Read what each process holds, in MiB."""
    return {name: _resident(child.pid) for name, child in story.house.children.items()}


def _resident(pid: int | None) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / _MIB


def _queued(story: Story) -> int:
    with story.database("curation") as conn:
        row = conn.execute("SELECT count(*) FROM posts WHERE brand = %s", [story.brand]).fetchone()
    return int(row[0]) if row else 0
