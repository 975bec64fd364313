"""P4: a revocation reaches every surface, also while the broker and publishing are killed.

Creators take back one post after the other by their links; meanwhile the broker is killed now and then, and publishing
often. All the time feed and pictures are looked at ten times a second: what counts is when a post was last seen after
its creator was told that it is taken back. What a client may have kept is not in it: ten seconds at the most.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Self

import httpx2
import pytest

from chorus.local.people import until
from tests.chaos.faults import Faults
from tests.chaos.ledger import Ledger
from tests.chaos.people import People
from tests.house.fixtures import on
from tests.house.story import Story, status
from tests.measuring import Figures, Scale

pytestmark = [on("kafka-s3"), pytest.mark.timeout(3600)]
_PATIENCE = 5.0
_LOOK_SECONDS = 0.1
# Pictures of the posts that were taken back last: those are looked at.
_LAST = 3


class Watcher:
    """Looks at the wall and at the pictures that should be gone, and notes when each post was last seen."""

    def __init__(self, story: Story) -> None:
        self._address = f"{story.address('feed.json')}?limit=100"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, daemon=True)
        self.pictures: dict[str, str] = until("the wall", lambda: self._shown() or None)
        self.taken_back: list[str] = []
        self.seen: dict[str, float] = {}
        self.looks = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _keep_looking(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            at = time.monotonic()
            shown = set(self._shown()) | {post for post in self.taken_back[-_LAST:] if self._is_there(post)}
            self.seen.update(dict.fromkeys(shown, at))
            self.looks += 1

    def _shown(self) -> dict[str, str]:
        """Map what the wall shows to a picture of each; nothing where nobody answers or it cannot be known."""
        try:
            answer = httpx2.get(self._address, trust_env=False, timeout=_PATIENCE)
        except httpx2.TransportError:
            return {}
        items = answer.json()["items"] if answer.is_success else []
        return {each["_chorus"]["post_id"]: each["_chorus"]["media"][0]["renditions"][0]["url"] for each in items}

    def _is_there(self, post: str) -> bool:
        try:
            return httpx2.get(self.pictures[post], trust_env=False, timeout=_PATIENCE).is_success
        except httpx2.TransportError:
            return False


def test_what_is_taken_back_leaves_feed_and_pictures_whatever_fails_meanwhile(
    story: Story, faults: Faults, tmp_path: Path, scale: Scale, figures: Figures
) -> None:
    given = story.live(scale(4, 80))
    told: dict[str, float] = {}
    with Ledger(tmp_path / "ledger") as ledger, Watcher(story) as watcher:
        people = People(story, ledger)
        for number, (post, link) in enumerate(given):
            fault = _begin_fault(faults, number)
            people.revoke(post, link)
            told[post] = time.monotonic()
            watcher.taken_back.append(post)
            fault.join()
        until("the feed to know", lambda: status(story.address("feed.json")) == 200 or None)
        story.shows(set())
    seconds = sorted(max(0.0, watcher.seen.get(post, 0.0) - at) for post, at in told.items())
    figures.note(f"{watcher.looks:,} looks at feed and pictures.")
    figures.count("revocations", len(given))
    figures.count("times that publishing was killed meanwhile", faults.bit["kill"], at_least=1)
    figures.count("times that the broker was killed meanwhile", faults.bit["broker"], at_least=1)
    figures.speed("last seen after it was taken back, p99", seconds[len(seconds) * 99 // 100], unit="s", at_most=5)
    figures.speed("last seen after it was taken back, the longest", seconds[-1], unit="s", at_most=30)


def _begin_fault(faults: Faults, number: int) -> threading.Thread:
    """Kill something beside every second revocation: the broker now and then, publishing otherwise."""

    def act() -> None:
        if number % 10 == 3:
            faults.kill_broker()
        elif number % 2:
            faults.kill(["publishing"])

    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread
