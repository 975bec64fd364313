"""I3, the lease: what rights says is heard another way, or what needs it is held; nothing is said to be withdrawn.

With the broker down a creator takes a post back: publishing asks rights itself and the post leaves. With rights silent
beyond the grace, feed and pictures answer 503 with no-store, and readers who copy posts are told of no withdrawal. A
fact of rights that cannot be read holds its post alone. What was accepted meanwhile takes effect afterwards.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import httpx2
import pytest

from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from chorus.local.people import until
from chorus.platform.topics import RIGHTS
from tests.engines.kafka import Kafka
from tests.house.fixtures import MakeHouse, on
from tests.house.parking import chorus, parked, poison
from tests.house.story import Story, all_gone, status
from tests.measuring import Figures

pytestmark = pytest.mark.timeout(1800)


@on("kafka-s3")
def test_while_the_broker_is_down_publishing_asks_rights_and_what_is_taken_back_leaves(
    story: Story, kafka_broker: Kafka, figures: Figures
) -> None:
    (taken_back, link), (kept, _) = story.live(2)
    media = story.media_addresses()
    kafka_broker.stop()
    begun = time.monotonic()
    try:
        story.revoke(link)
        until("the post to leave", lambda: shown(story) == {kept} or None)
        figures.speed("taken back and gone while the broker is down", time.monotonic() - begun, unit="s", at_most=30)
        until("its media to be gone", all_gone([each for each in media if each not in story.media_addresses()]))
        assert not kafka_broker.running
    finally:
        kafka_broker.start()
    story.send(story.item(7))
    until("what comes afterwards", lambda: [each for each in story.queue() if each["text"] == "Post 7"] or None)
    story.shows({kept})
    figures.count("withdrawals told, with the broker down, to who copies posts", withdrawn(story, ""), at_most=1)
    assert taken_back != kept


@pytest.fixture
def impatient_house(make_house: MakeHouse) -> Iterator[House]:
    """A house in which what rights has said is good for a few seconds only."""
    with make_house("embedded", CHORUS_RIGHTS_GRACE="6") as house:
        yield house


@pytest.mark.postgres
def test_while_rights_is_silent_nothing_that_needs_a_grant_is_shown_and_nothing_is_said_to_be_withdrawn(
    impatient_house: House, site: FeedSite, figures: Figures
) -> None:
    story = Story(impatient_house, site)
    ((post, link),) = story.live()
    feed, media = story.address("feed.json"), story.media_addresses()
    cursor = httpx2.get(story.address("changes"), trust_env=False).json()["cursor"]
    rights = impatient_house.children["rights"]
    rights.signal(signal.SIGSTOP)
    try:
        until("the feed to say that it cannot know", lambda: status(feed) == 503 or None)
        until("the pictures too", lambda: {status(each) for each in media} == {503} or None)
        answers = [httpx2.get(each, trust_env=False, timeout=30) for each in (feed, media[0])]
        assert {each.headers["cache-control"] for each in answers} == {"no-store"}
        assert {each.json()["reason"] for each in answers} == {"HELD"}
        story.send(story.item(8))
        (new,) = until("a post to arrive", lambda: [each for each in story.queue() if each["text"] == "Post 8"] or None)
        story.decide(new)
    finally:
        rights.signal(signal.SIGCONT)
    until("the feed to know again", lambda: status(feed) == 200 or None)
    story.shows({post})
    until("the pictures too", lambda: {status(each) for each in media} == {200} or None)
    figures.count("withdrawals told while rights was silent", withdrawn(story, cursor), at_most=0)
    story.grant(story.ask(new["post"]))
    story.shows({post, new["post"]})
    story.revoke(link)
    story.shows({new["post"]})


@on("embedded")
def test_a_fact_of_rights_that_cannot_be_read_holds_its_post_alone(story: Story, figures: Figures) -> None:
    (poisoned, link), (other, _) = story.live(2)
    poison(story, RIGHTS, poisoned)
    (fact,) = until("publishing to park it", lambda: parked(story) or None)
    until("the post to be held", lambda: shown(story) == {other} or None)
    figures.count("withdrawals told of a post that is held", withdrawn(story, ""), at_most=0)
    story.revoke(link)
    _, behind = until("its next fact to park behind it", lambda: facts if len(facts := parked(story)) == 2 else None)
    discarded = chorus(story.house, "events", "discard", "publishing", str(fact["parked"]), "--why", "unreadable")
    replayed = chorus(story.house, "events", "replay", "publishing", str(behind["parked"]))
    assert (discarded.returncode, replayed.returncode) == (0, 0), discarded.stderr + replayed.stderr
    until("the withdrawal", lambda: withdrawn(story, "") == 1 or None)
    story.shows({other})
    figures.count("posts held or withdrawn with it", len({other} - shown(story)), at_most=0)


def shown(story: Story) -> set[str]:
    """Name what the wall shows; nothing where it says that it cannot know."""
    answer = httpx2.get(story.address("feed.json"), trust_env=False, timeout=30)
    return {each["_chorus"]["post_id"] for each in answer.json()["items"]} if answer.is_success else set()


def withdrawn(story: Story, cursor: str) -> int:
    """Count the withdrawals that who copies posts is told of, since a cursor."""
    answer = httpx2.get(f"{story.address('changes')}?since={cursor}", trust_env=False, timeout=30)
    return sum(each["type"] == "withdrawn" for each in answer.json()["changes"])
