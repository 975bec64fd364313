"""The oracle itself: it sees what is lost, what is there twice, and pictures that are missing or are others."""

from __future__ import annotations

from pathlib import Path

import pytest

from chorus.local.people import until
from chorus.platform.objects import open_store
from tests.chaos.journeys import Journeys
from tests.chaos.ledger import Acknowledged, Ledger
from tests.chaos.oracle import Oracle
from tests.chaos.people import People
from tests.chaos.stream import Stream
from tests.house.fixtures import on
from tests.house.story import Story

pytestmark = [on("embedded"), pytest.mark.timeout(1200)]


def test_what_is_lost_doubled_or_not_whole_does_not_escape_the_oracle(story: Story, tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        with Stream(story, ledger, 12, seed=1):
            pass
        Journeys(story, People(story, ledger), ledger, 1).walk()
        oracle = Oracle(story, ledger)
        until("rest", lambda: (oracle.drained() and oracle.settled()) or None)
        clean = {"missing": 0, "mismatched": 0, "orphans left after a sweep": 0}
        assert oracle.lost_and_doubled() == oracle.decisions() == oracle.grants() == ([], [])
        assert {what: oracle.media()[what] for what in clean} == clean
        assert oracle.inversions()[1] == []
        _forge_and_forget(story, ledger)
        lost, doubled = oracle.lost_and_doubled()
        assert len([each for each in lost if "never-sent" in each]) == 4
        assert [each for each in doubled if each.startswith("curation: forged")]
        assert oracle.decisions() == (["shop/never-approved"], [])
        assert oracle.grants() == (["('never-granted', 'active')"], [])
        assert (oracle.media()["missing"], oracle.media()["mismatched"]) == (1, 1)


def _forge_and_forget(story: Story, ledger: Ledger) -> None:
    """Claim what never happened, add a post that nobody sent, take one picture away and change another."""
    ledger.write(Acknowledged("said", "never-sent", 1, "Nobody got this"))
    ledger.write(Acknowledged("approved", "never-approved", 1))
    ledger.write(Acknowledged("granted", "never-granted"))
    with story.database("curation") as conn:
        conn.execute("CREATE TEMP TABLE forged AS SELECT * FROM posts WHERE brand = %s LIMIT 1", [story.brand])
        conn.execute("UPDATE forged SET post = 'forged'")
        conn.execute("INSERT INTO posts SELECT * FROM forged")
    assert story.house.engines
    store = open_store(story.house.engines.media)
    first, second, *_ = store.list(f"private/{story.brand}/previews/")
    store.delete(first)
    store.put(second, b"another picture", "image/webp")
