"""From a decision to the surface.

A whole house with pictures, requests and links, on each profile: embedded (a log in PostgreSQL, files) and Kafka with
an S3 store. A curator approves a post that its creator has allowed, in the console; a creator takes a post back, by the
page of the link. Meanwhile somebody reads the feed at its origin, over HTTP, again and again. The time begins when the
button is pressed, so that the door's own is part of it, and ends when the feed shows the post, or does not any more.
"""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from tests.house.fixtures import PROFILES
from tests.house.story import Story
from tests.measuring import Figures, Scale, loopback

POSTS = 10
PAUSE_SECONDS = 0.002
CEILING_SECONDS = 60.0


class Eye:
    """Somebody who looks at a surface's feed at its origin, again and again, on one connection."""

    def __init__(self, story: Story, hand: ThreadPoolExecutor) -> None:
        """Look at the wall; `hand` presses buttons meanwhile."""
        address = loopback(story.house.addresses.http["publishing"])
        self._connection = http.client.HTTPConnection(str(urlsplit(address).netloc), timeout=30)
        self._path = f"/v1/{story.brand}/surfaces/wall/feed.json"
        self._hand = hand
        self._etag = ""
        self._feed = b""

    def milliseconds_until(self, press: Callable[[], object], post: str, *, shown: bool) -> float:
        """Press; answer how long after that the feed shows a post, or does not any more."""
        assert (post.encode() in self._look()) is not shown
        begun = time.monotonic()
        pressing = self._hand.submit(press)
        while (post.encode() in self._look()) is not shown:
            assert time.monotonic() - begun < CEILING_SECONDS, "the feed did not change"
            time.sleep(PAUSE_SECONDS)
        taken = time.monotonic() - begun
        pressing.result()
        return taken * 1000

    def close(self) -> None:
        """Look no more."""
        self._connection.close()

    def _look(self) -> bytes:
        self._connection.request("GET", self._path, headers={"If-None-Match": self._etag})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status == http.client.OK:
            self._etag, self._feed = answer.headers["etag"], body
        return self._feed


@contextmanager
def looking(story: Story) -> Iterator[Eye]:
    """Look at a story's wall."""
    with ThreadPoolExecutor(1) as hand:
        eye = Eye(story, hand)
        yield eye
        eye.close()


def seen(story: Story, eye: Eye, post: str) -> float:
    """Reject a post, and approve it again."""
    (queued,) = (each for each in story.queue() if each["post"] == post)
    reject = lambda: story.decide(queued, state="STATE_REJECTED", reason="off-brand")  # noqa: E731 -- a press
    eye.milliseconds_until(reject, post, shown=False)
    return eye.milliseconds_until(lambda: story.decide(queued), post, shown=True)


def gone(story: Story, eye: Eye, post: str, link: str) -> float:
    """Take a post back by its page."""
    page = story.visitor.get(link)
    return eye.milliseconds_until(lambda: story.visitor.submit(page, "Yes, take it back"), post, shown=False)


def granted(story: Story, eye: Eye, post: str) -> str:
    """Ask anew for a post, and be given it."""
    link = story.ask(post)
    eye.milliseconds_until(lambda: story.grant(link), post, shown=True)
    return link


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("house", PROFILES.values(), indirect=True)
def test_what_is_decided_is_seen_at_once(
    story: Story, scale: Scale, figures: Figures, request: pytest.FixtureRequest
) -> None:
    links = dict(story.live(POSTS))
    approved, revoked = [], []
    with looking(story) as eye:
        for number in range(scale(20, 1000)):
            post = list(links)[number % POSTS]
            approved.append(seen(story, eye, post))
            revoked.append(gone(story, eye, post, links[post]))
            links[post] = granted(story, eye, post)
    profile = request.node.callspec.id
    say(figures, f"{profile}: approved, until it is seen", approved)
    say(figures, f"{profile}: taken back, until it is gone", revoked)


def say(figures: Figures, what: str, taken: list[float]) -> None:
    """Hold half, nearly all, and the longest to their bounds."""
    ninety_ninth = statistics.quantiles(taken, n=100, method="inclusive")[98]
    figures.speed(f"{what}: half of {len(taken):,}", statistics.median(taken), unit="ms", at_most=30)
    figures.speed(f"{what}: 99 of 100", ninety_ninth, unit="ms", at_most=250)
    figures.speed(f"{what}: the longest", max(taken), unit="ms", at_most=1000)
