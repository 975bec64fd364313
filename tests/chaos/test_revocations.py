"""P4: a revocation reaches every surface, also while the broker and publishing are killed.

Creators take back one post after the other by their links; meanwhile the broker is killed every minute, and publishing
now and then. All by which a post can still be seen is looked at ten times a second: feed, changes and pictures, at the
public address and at a second process that reads; and the gallery element, in a browser. A web team has subscribed too.
What counts is when a post was last seen, or was not told of yet, after its creator was told that it is taken back. What
a client may have kept is not in it: ten seconds at the most. Each ends with a certificate that says that all is gone,
which the published keys verify.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser

from chorus.evidence.certificate import verify
from chorus.evidence.keys import read_published
from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from chorus.local.people import tls, until
from tests.chaos.faults import Faults
from tests.chaos.ledger import Ledger
from tests.chaos.people import People
from tests.chaos.watching import Reader, Seen, Visitor, web_team_of
from tests.house.fixtures import on
from tests.house.second_reader import second_reader
from tests.house.story import Story, status
from tests.measuring import Figures, Scale
from tests.receiver import Receiver

pytestmark = [on("kafka-s3"), pytest.mark.browser, pytest.mark.timeout(3600)]
KINDS = ("feed", "pictures", "changes", "gallery", "webhook")
BROKER_SECONDS = 60.0
_AT_ONCE = 72


class Weather:
    """Faults beside revocations, one at a time: the broker every minute, publishing as often as was asked for."""

    def __init__(self, faults: Faults, kills: list[int], *, every: float) -> None:
        """Kill publishing beside the revocations of these numbers, and the broker between, `every` so many seconds."""
        self._faults = faults
        self._kills = set(kills)
        self._every = every
        self._broker_due = time.monotonic()
        self._running: threading.Thread | None = None

    def beside(self, number: int) -> None:
        """Begin what is due, in a thread of its own, unless something is under way; a kill waits for it."""
        if number in self._kills:
            self.clear()
            self._begin(lambda: self._faults.kill(["publishing"]))
        elif time.monotonic() >= self._broker_due and not (self._running and self._running.is_alive()):
            self._broker_due = time.monotonic() + self._every
            self._begin(self._faults.kill_broker)

    def clear(self) -> None:
        """Wait until all that was killed is back."""
        if self._running:
            self._running.join()

    def _begin(self, act: Callable[[], None]) -> None:
        self._running = threading.Thread(target=act, daemon=True)
        self._running.start()


def taken_back(
    story: Story, given: list[tuple[str, str]], seen: Seen, weather: Weather, ledger: Ledger, *, first: int, pace: float
) -> dict[str, float]:
    """Take one post after the other back; gives, by placement, when its creator was told."""
    placements = {each["_chorus"]["post_id"]: each["id"] for each in story.feed()["items"]}
    people, told = People(story, ledger), {}
    for number, (post, link) in enumerate(given, first):
        weather.beside(number)
        people.revoke(post, link)
        told[placements[post]] = time.time()
        seen.taken_back.append(placements[post])
        time.sleep(pace)
    weather.clear()
    until("the feed to know", lambda: status(story.address("feed.json")) == 200 or None)
    story.shows(set())
    return told


def test_what_is_taken_back_leaves_every_kind_of_surface_whatever_fails_meanwhile_and_is_certified(
    house: House,
    site: FeedSite,
    faults: Faults,
    browser: Browser,
    web_team: Receiver,
    tmp_path: Path,
    scale: Scale,
    figures: Figures,
) -> None:
    count, kills = scale(4, 500), scale(2, 20)
    weather = Weather(faults, [(number + 1) * count // kills - 1 for number in range(kills)], every=BROKER_SECONDS)
    seen, told, stories = Seen(), dict[str, float](), dict[str, Story]()
    with Ledger(tmp_path / "ledger") as ledger, second_reader(house) as second:
        while len(told) < count:
            story = Story(house, site)
            with ExitStack() as stack:
                stack.enter_context(web_team_of(seen, story, web_team))
                given = story.live(min(_AT_ONCE, count - len(told)))
                for origin in (house.addresses.public, second):
                    stack.enter_context(Reader(seen, story, origin, len(given)))
                visitor = Visitor(seen, story, browser)
                told |= taken_back(story, given, seen, weather, ledger, first=len(told), pace=scale(0, 1))
                visitor.leave()
            stories |= {post: story for post, _ in given}
        certificates = {post: certified(story, post) for post, story in stories.items()}
    figures.note(f"{seen.looks:,} looks.")
    figures.count("revocations", len(told), at_least=count)
    figures.count("times that publishing was killed meanwhile", faults.bit["kill"], at_least=kills)
    figures.count("times that the broker was killed meanwhile", faults.bit["broker"], at_least=1)
    for kind in KINDS:
        seconds = seen.seconds(kind, told)
        p99, longest = seconds[len(seconds) * 99 // 100], seconds[-1]
        figures.speed(f"{kind}: last seen after it was taken back, p99", p99, unit="s", at_most=5)
        figures.speed(f"{kind}: the longest", longest, unit="s", at_most=30)
    anew = sum(len(each) > 1 for each in certificates.values())
    figures.count("certified as gone everywhere", len(certificates), at_least=count)
    figures.count("of these for the second time: not all had confirmed at the bound", anew)
    figures.count("refused by who has the published keys", refused(house, certificates), at_most=0)


def certified(story: Story, post: str) -> list[bytes]:
    """Wait until a post's take-down is complete; gives its certificates."""

    def look() -> list[bytes] | None:
        (takedown,) = story.call("publishing.v1.Publishing/ListTakedowns", post=post)["takedowns"]
        if takedown["state"] != "TAKEDOWN_STATE_COMPLETE":
            return None
        return [each["document"].encode() for each in takedown["certificates"]]

    return until("a certificate of all", look)


def refused(house: House, certificates: dict[str, list[bytes]]) -> int:
    """Count the posts whose last certificate, by the published keys, is not theirs or does not say that all is gone."""
    answer = httpx2.get(f"{house.addresses.public}/evidence/keys.json", trust_env=False, verify=tls())
    keys = read_published(answer.json())
    said = {post: verify(each[-1], keys) for post, each in certificates.items()}
    return sum((each["post"], each["complete"]) != (post, True) for post, each in said.items())
