"""Faults in a running house: what was accepted is not lost, what cannot be known is not shown, and all of it mends."""

from __future__ import annotations

import signal
import threading
from typing import Any, Self

import httpx2
import pytest

from chorus.local.errors import HouseError
from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from chorus.local.people import until
from chorus.local.pictures import draw
from chorus.platform.topics import POST
from tests.engines.kafka import Kafka
from tests.engines.objects import ObjectServer
from tests.engines.postgres import Postgres
from tests.hostile.senders import Uploader
from tests.house.fixtures import on
from tests.house.parking import chorus, parked, poison
from tests.house.second_reader import second_reader
from tests.house.story import Story, all_gone, status

Json = dict[str, Any]
POSTS = 60


# --- nothing accepted is lost -----------------------------------------------------------------------------------------


class Stream:
    """A sender that sends one post after the other, each again until it is taken, and notes which were."""

    def __init__(self, story: Story) -> None:
        self._story = story
        self.taken: list[str] = []
        self._thread = threading.Thread(target=self._send_all, name="stream", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _send_all(self) -> None:
        for number in range(POSTS):
            item = self._story.item(number)
            until("the delivery to be taken", lambda item=item: taken(self._story, item) or None)  # type: ignore[misc]  # mypy cannot type a default in a lambda
            self.taken.append(item["text"])

    def reached(self, count: int) -> None:
        until(f"{count} posts to be taken", lambda: len(self.taken) >= count or None)


def taken(story: Story, item: Json) -> bool:
    """Send a post; tells whether it was taken. Only "not just now" may be the answer otherwise."""
    try:
        story.send(item)
    except HouseError as error:
        if "503" not in str(error):
            raise
        return False
    except httpx2.TransportError:
        return False
    return True


def break_down(house: House, request: pytest.FixtureRequest) -> None:
    """Take the ground away: the broker on Kafka, the database that all stands on where it is embedded."""
    assert house.engines is not None
    if house.engines.postgres:
        before = house.engines.postgres.pid
        house.engines.postgres.kill()
        until("the house to revive its database", lambda: house.engines.postgres.pid not in {None, before} or None)  # type: ignore[union-attr]  # looked at above
    else:
        broker: Kafka = request.getfixturevalue("kafka_broker")
        broker.restart()


def test_nothing_is_lost_when_the_ground_gives_way_in_the_middle_of_a_stream(
    story: Story, house: House, request: pytest.FixtureRequest
) -> None:
    with Stream(story) as stream:
        for share in (1, 2):
            stream.reached(share * POSTS // 3)
            break_down(house, request)
    posts = story.arrived(POSTS)
    assert sorted(each["text"] for each in posts) == sorted(stream.taken)
    story.decide(*posts)
    until("every approval", lambda: len(cards(story)) == POSTS or None)


def cards(story: Story) -> list[Json]:
    answer = story.call("rights.v1.Rights/ListCards", column="COLUMN_TO_ASK", pageSize=100)
    found: list[Json] = answer.get("cards", [])
    return found


def test_a_revocation_made_while_the_ground_gives_way_still_takes_the_post_down(
    story: Story, house: House, request: pytest.FixtureRequest
) -> None:
    ((_, link),) = story.live()
    media = story.media_addresses()
    page = story.visitor.get(link)
    fault = threading.Thread(target=break_down, args=(house, request), daemon=True)
    fault.start()

    def take_back() -> bool | None:
        try:
            story.visitor.submit(page, "Yes, take it back")
        except httpx2.TransportError:
            return None
        except HouseError as error:
            if "503" not in str(error):
                raise
            return None
        return True

    until("the revocation to be taken", take_back)
    fault.join()
    until("the post to leave", lambda: _feed_status_and_posts(story) == (200, 0) or None)
    until("its media to be gone", all_gone(media))


def _feed_status_and_posts(story: Story) -> tuple[int, int]:
    answer = httpx2.get(story.address("feed.json"), trust_env=False, timeout=30)
    return answer.status_code, len(answer.json().get("items", ()))


# --- what is down is said to be ---------------------------------------------------------------------------------------


@on("kafka-s3")
def test_while_the_database_is_down_nothing_is_taken_and_afterwards_all_goes_on(
    story: Story, house: House, postgres_server: Postgres
) -> None:
    ((post, link),) = story.live()
    postgres_server.stop()
    try:
        refused(delivered(story), 503)
        for address in (link, f"{house.addresses.public}/{story.brand}/share"):
            page = httpx2.get(address, trust_env=False, headers={"Accept": "text/html"}, timeout=60)
            assert (page.status_code, "<h1>" in page.text) == (503, True), address
        answer = called(story, "curation.v1.Curation/ListPosts")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        for room in ("ingest", "curation", "rights", "publishing", "brands"):
            ready = httpx2.get(f"{house.addresses.http[room]}/readyz", trust_env=False, timeout=60)
            assert ready.status_code == 503
            assert ready.json()["database"] != "ok"
            assert httpx2.get(f"{house.addresses.http[room]}/livez", trust_env=False).status_code == 200
        until("readers to say that they cannot check", lambda: status(story.address("feed.json")) == 503 or None)
    finally:
        postgres_server.start()
    until("the feed", lambda: status(story.address("feed.json")) == 200 or None)
    assert story.on() == {post}
    until("a delivery to be taken", lambda: taken(story, story.item(7)) or None)
    until("it to arrive", lambda: [each for each in story.queue() if each["text"] == "Post 7"] or None)
    story.revoke(link)
    story.shows(set())


def delivered(story: Story) -> httpx2.Response:
    """Deliver a post unsigned: whether it is signed can only be known with the database."""
    address = f"{story.house.addresses.public}/v1/{story.brand}/sources/shop/posts"
    return httpx2.post(address, json={"posts": [story.item(5)]}, trust_env=False, timeout=60)


def called(story: Story, method: str) -> httpx2.Response:
    headers = {"Origin": story.curator.origin, "Connect-Protocol-Version": "1"}
    return story.curator._client.post(f"/rpc/chorus.api.{method}", json={"brand": story.brand}, headers=headers)


def refused(answer: httpx2.Response, code: int) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json"), answer.text
    assert int(answer.headers["retry-after"]) > 0


@on("kafka-s3")
def test_while_the_object_store_is_down_uploads_are_refused_and_afterwards_taken(
    story: Story, object_server: ObjectServer
) -> None:
    uploader = Uploader(story)
    photo = draw(5, width=800, height=600)
    object_server.stop()
    try:
        refused(uploader.by_api(photo, request_id="the-key-of-one-form"), 503)
        assert taken(story, story.item(1, seed=1))
    finally:
        object_server.start()
    until(
        "the upload to be taken",
        lambda: uploader.by_api(photo, request_id="the-key-of-one-form").status_code == 201 or None,
    )
    posts = story.arrived(2)
    assert {media["state"] for each in posts for media in each["media"]} == {"MEDIA_STATE_READY"}


@on("embedded")
def test_a_source_that_fails_says_why_and_when_it_is_tried_again_while_others_go_on(
    story: Story, site: FeedSite
) -> None:
    story.item(1, seed=1)
    story.add_source("lost", "feed", {"url": f"{site.address}/no-such-feed"})
    story.add_source("letters", "feed", {"url": f"{site.address}/pictures/{story.brand}-1.jpg"})
    failing = until("the sources to fail", lambda: _failing(story, {"lost", "letters"}))
    for each in failing.values():
        assert len(each["lastError"]) > 8
        assert each["nextLookAt"] > each["lastLookAt"]
        assert each["failingSince"]
    assert "404" in failing["lost"]["lastError"]
    story.add_source("blog", "feed", {"url": f"{site.address}/feed.atom"})
    until("the others to go on", lambda: story.queue() or None)
    story.call("ingest.v1.Ingest/UpdateSource", source="lost", settings={"url": f"{site.address}/feed.rss"})
    story.call("ingest.v1.Ingest/LookNow", source="lost")
    until("the source to work", lambda: _source(story, "lost")["health"] == "SOURCE_HEALTH_WORKING" or None)
    assert "lastError" not in _source(story, "lost")


def _sources(story: Story) -> dict[str, Json]:
    return {each["source"]: each for each in story.call("ingest.v1.Ingest/ListSources", pageSize=100)["sources"]}


def _source(story: Story, source: str) -> Json:
    return _sources(story)[source]


def _failing(story: Story, wanted: set[str]) -> dict[str, Json] | None:
    found = {name: each for name, each in _sources(story).items() if each["health"] == "SOURCE_HEALTH_FAILING"}
    return found if set(found) == wanted else None


# --- parked facts -----------------------------------------------------------------------------------------------------


def test_a_fact_that_cannot_be_read_blocks_its_post_alone_until_a_person_has_seen_to_it(story: Story) -> None:
    (poisoned, _), (other, _) = story.live(2)
    poison(story, POST, poisoned)
    readers = {"curation", "rights", "publishing"}
    facts = until("every reader to park it", lambda: _parked_by(story, readers))
    assert {each["key"] for each in facts.values()} == {f"{story.brand}/{poisoned}"}
    assert all(each["reason"] for each in facts.values())
    # Held is not withdrawn: who copies posts is told nothing, and the other post stays.
    until("the post to be held", lambda: poisoned not in _shown(story) or None)
    assert "withdrawn" not in _changes(story)
    (number,) = [int(each["text"][-1]) for each in story.queue() if each["post"] == poisoned]
    item = story.item(number, text="A later word") | {"edited_at": "2026-11-21T12:00:00Z"}
    item["media"] = [{"url": f"{story.site.address}/pictures/{story.brand}-{number}.jpg", "alt": "A lamp"}]
    story.send(item)
    until("the edit to park behind it", lambda: len(parked(story)) == 6 or None)
    for room, fact in facts.items():
        again = chorus(story.house, "events", "replay", room, str(fact["parked"]))
        assert (again.returncode, "still cannot be applied" in again.stderr) == (1, True)
        given_up = chorus(story.house, "events", "discard", room, str(fact["parked"]), "--why", "unreadable")
        assert given_up.returncode == 0, given_up.stderr
    for each in parked(story):
        done = chorus(story.house, "events", "replay", each["service"], str(each["parked"]))
        assert (done.returncode, done.stdout.strip()) == (0, "1 applied"), done.stderr
    assert parked(story) == []
    story.shows({poisoned, other})
    until("the edit", lambda: story.queue(states=["STATE_EDITED"]) or None)


def _parked_by(story: Story, readers: set[str]) -> dict[str, Json] | None:
    found = {each["service"]: each for each in parked(story)}
    return found if set(found) == readers else None


def _shown(story: Story) -> set[str]:
    answer = httpx2.get(story.address("feed.json"), trust_env=False, timeout=30)
    return {each["_chorus"]["post_id"] for each in answer.json()["items"]} if answer.is_success else set()


def _changes(story: Story) -> str:
    return httpx2.get(story.address("changes"), trust_env=False, timeout=30).text


# --- readers, and the lease -------------------------------------------------------------------------------------------


def test_every_reader_stops_showing_a_revoked_post(story: Story, house: House) -> None:
    ((post, link),) = story.live()
    with second_reader(house) as origin:
        feeds = [story.address("feed.json"), story.address("feed.json").replace(house.addresses.public, origin)]
        media = story.media_addresses()
        media += [each.replace(house.addresses.public, origin) for each in media]
        until("both to show it", lambda: [_posts(each) for each in feeds] == [[post], [post]] or None)
        until("both to show its pictures", lambda: {status(each) for each in media} == {200} or None)
        story.revoke(link)
        until("both to stop", lambda: [_posts(each) for each in feeds] == [[], []] or None)
        until("its pictures to be gone from both", all_gone(media))


def _posts(feed: str) -> list[str]:
    answer = httpx2.get(feed, trust_env=False, timeout=30)
    return [each["_chorus"]["post_id"] for each in answer.json()["items"]] if answer.is_success else ["unknown"]


@pytest.mark.postgres
def test_what_was_taken_back_while_publishing_was_down_is_not_shown_when_it_is_back(story: Story, house: House) -> None:
    ((_, link),) = story.live()
    media = story.media_addresses()
    publishing = house.children["publishing"]
    publishing.signal(signal.SIGSTOP)
    try:
        story.revoke(link)
    finally:
        publishing.signal(signal.SIGKILL)
    shown: list[int] = []

    def look() -> bool | None:
        """Watch from its first word on: it may say that it does not know, or for a moment what it knew last."""
        try:
            answer = httpx2.get(story.address("feed.json"), trust_env=False, timeout=30)
        except httpx2.TransportError:
            return None
        shown.append(answer.status_code)
        return (answer.is_success and answer.json()["items"] == []) or None

    until("the post to be gone", look)
    until("its media to be gone", all_gone(media))
    assert set(shown) <= {200, 503}
