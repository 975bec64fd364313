"""P1, P7: what was accepted is never lost, takes effect once and in order, and pictures stay whole.

A stream of posts, edits and deletions, curators who approve, creators who grant and take back, each act sent again
until it is answered; meanwhile processes, the broker and PostgreSQL are killed (SIGKILL) and processes stand still. The
oracle is the senders' own ledger, fsynced before the next act. At the end every room's rows, the whole log and every
object are held to it. On Apache Kafka, S3 and PostgreSQL; a fault that did not bite fails the run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chorus.local.people import until
from tests.chaos.faults import Faults
from tests.chaos.journeys import Journeys
from tests.chaos.ledger import Ledger
from tests.chaos.oracle import Oracle
from tests.chaos.people import People
from tests.chaos.stream import Stream
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale

pytestmark = [on("kafka-s3"), pytest.mark.timeout(7200)]


def test_nothing_accepted_is_lost_or_done_twice_however_often_everything_is_killed(
    story: Story, faults: Faults, tmp_path: Path, scale: Scale, figures: Figures, seed: int
) -> None:
    plan = faults.plan(kills=scale(16, 200), engines=scale(2, 20), pauses=scale(1, 10))
    with Ledger(tmp_path / "ledger") as ledger:
        stream = Stream(story, ledger, scale(600, 20_000), seed)
        people = People(story, ledger)
        journeys = Journeys(story, people, ledger, scale(3, 60))
        workers = [_thread(lambda: people.decide_all(stream.finished)), _thread(journeys.walk)]
        with stream:
            _break_everything(stream, plan)
        stream.finished.put(None)
        for worker in workers:
            worker.join()
        oracle = Oracle(story, ledger)
        seconds = _drained(oracle)
        if not scale.full:
            _hurry(story)
        until("pictures and placements", lambda: oracle.settled() or None)
        _tell(figures, faults, stream, ledger)
        _hold(figures, oracle, seconds)
    assert journeys.failure is None


def _thread(run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def _break_everything(stream: Stream, plan: list[Callable[[], None]]) -> None:
    """Spread the faults over the stream: each strikes in the middle of its share, which goes on while it lasts."""
    share = stream.events / len(plan)
    allowed = 0
    for number, act in enumerate(plan):
        due = round((number + 1) * share)
        stream.allow(due - allowed)
        allowed = due
        stream.reached(round((number + 0.5) * share))
        act()


def _drained(oracle: Oracle) -> float:
    begun = time.monotonic()
    until("every fact to be heard by everybody", lambda: oracle.drained() or None)
    return time.monotonic() - begun


def _hurry(story: Story) -> None:
    """Let the claims of killed processes end now: pictures that they had in hand would wait for `media.LEASE`."""
    with story.database("ingest") as conn:
        conn.execute("UPDATE media SET next_try_at = now() WHERE brand = %s AND state = 'pending'", [story.brand])


def _tell(figures: Figures, faults: Faults, stream: Stream, ledger: Ledger) -> None:
    figures.note(f"{ledger.count:,} acts acknowledged, {stream.taken:,} of them by the stream.")
    figures.note(", ".join(f"{count} × {what}" for what, count in sorted(faults.bit.items())) + ": each one bit.")
    refused = {status or "no answer": count for status, count in stream.answers.items() if status != 202}
    figures.note(f"Deliveries that were not taken at once, by answer: {refused}.")
    figures.count("deliveries that a fault made to be sent again", sum(refused.values()), at_least=1)


def _hold(figures: Figures, oracle: Oracle, seconds: float) -> None:
    lost, doubled = oracle.lost_and_doubled()
    for more_lost, more_doubled in (oracle.decisions(), oracle.grants()):
        lost += more_lost
        doubled += more_doubled
    facts, inversions = oracle.inversions()
    for what, found in (("lost", lost), ("double effects", doubled), ("order inversions", inversions)):
        figures.count(what, len(found), at_most=0)
        assert not found, found[:10]
    figures.count("facts read back from the log", facts)
    figures.count("alarms and parked facts", oracle.gaps_noticed(), at_most=0)
    figures.count("posts shown or not shown wrongly", len(oracle.shown_wrongly()), at_most=0)
    for what, count in oracle.media().items():
        bound = None if what in {"objects read", "placements' orphans swept"} else 0
        figures.count(f"media: {what}", count, at_most=bound)
    figures.speed("drained after the last act", seconds, unit="s", at_most=60)
