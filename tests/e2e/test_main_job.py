"""The main job, on both profiles: embedded, and Kafka with S3."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from chorus.local.errors import HouseError
from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from chorus.local.people import until
from chorus.local.pictures import draw
from tests.contract.test_feed_schema import problems
from tests.house.collector import Collector
from tests.house.fixtures import PROFILES, MakeHouse
from tests.house.story import WEB, Story, all_gone, status


def test_a_post_walks_from_its_source_to_a_surface_with_its_creators_consent(story: Story) -> None:
    story.send(story.item(1, seed=1), story.item(2, seed=3))
    first, second = story.arrived(2)
    assert story.on() == set()
    story.decide(first, second)
    link = story.ask(first["post"])
    assert story.on() == set()
    story.grant(link)
    story.shows({first["post"]})
    assert problems("feed", story.feed()) == []


def test_what_leaves_carries_credit_and_neither_location_nor_camera(story: Story) -> None:
    story.live()
    for address in story.media_addresses():
        data = httpx2.get(address, trust_env=False).content
        assert b"Mira Example" in data
        assert not [word for word in (b"GPS", b"Exif\x00\x00", b"Lumen Camera") if word in data]
        assert Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825) == {}


def test_a_revoked_post_and_its_media_leave_every_surface(story: Story) -> None:
    ((post, link),) = story.live()
    media = story.media_addresses()
    assert {status(each) for each in media} == {200}
    cursor = httpx2.get(story.address("changes"), trust_env=False).json()["cursor"]
    story.revoke(link)
    story.shows(set())
    until("its media to be gone", all_gone(media))
    until("word of it", lambda: _withdrawn(story, cursor) == [(post, "revoked")] or None)


def test_a_post_leaves_the_surfaces_that_need_more_than_its_creator_still_allows(story: Story) -> None:
    story.add_surface("letter", scope={"uses": ["USE_EMAIL"]})
    story.send(story.item(1, seed=1))
    (queued,) = story.arrived(1)
    story.decide(queued)
    link = story.ask(queued["post"], scope={"uses": ["USE_WEB", "USE_EMAIL"]})
    story.grant(link)
    story.shows({queued["post"]})
    story.shows({queued["post"]}, "letter")
    media = story.media_addresses()
    story.visitor.submit(story.visitor.get(f"{link}/less"), "Allow only this", uses="email")
    story.shows(set())
    until("its media to be gone", all_gone(media))
    assert story.on("letter") == {queued["post"]}


def test_taking_an_approval_back_takes_the_post_down(story: Story) -> None:
    story.live()
    media = story.media_addresses()
    (shown,) = story.queue()
    story.call("curation.v1.Curation/Undo", decisions=[shown["decision"]])
    story.shows(set())
    until("its media to be gone", all_gone(media))


def test_deleting_at_the_source_takes_the_post_down_and_out_of_the_queue(story: Story) -> None:
    story.live()
    media = story.media_addresses()
    story.deliver({"type": "post.deleted", "ids": ["post-0"]})
    story.shows(set())
    until("its media to be gone", all_gone(media))
    until("the queue to drop it", lambda: not story.queue() or None)


def test_a_surface_is_paused_in_one_act_and_resumed(story: Story) -> None:
    ((post, _),) = story.live()
    media = story.media_addresses()
    story.call("publishing.v1.Publishing/PauseSurface", surface="wall")
    story.shows(set())
    until("its media to be gone", all_gone(media))
    story.call("publishing.v1.Publishing/ResumeSurface", surface="wall")
    story.shows({post})


def test_a_declined_post_is_never_shown(story: Story) -> None:
    story.send(story.item(1, seed=1))
    (post,) = story.arrived(1)
    story.decide(post)
    story.decline(story.ask(post["post"]))
    other = _another(story)
    assert story.on() == {other}


def _another(story: Story) -> str:
    """Walk one more post to the wall: when it is there, the declined one had every chance to be."""
    story.send(story.item(2, seed=7))
    (post,) = [each for each in story.arrived(2) if each["text"] == "Post 2"]
    story.decide(post)
    story.grant(story.ask(post["post"]))
    story.shows({post["post"]})
    return str(post["post"])


def test_an_edited_text_comes_back_for_review_while_the_approved_one_stays_live(story: Story) -> None:
    ((post, _),) = story.live()
    item = story.item(0, text="Now on sale!") | {"edited_at": "2026-11-20T12:00:00Z"}
    item["media"] = [{"url": f"{story.site.address}/pictures/{story.brand}-0.jpg", "alt": "A lamp"}]
    story.send(item)
    (edited,) = until("the edit", lambda: story.queue(states=["STATE_EDITED"]) or None)
    assert (edited["text"], edited["approvedText"]) == ("Now on sale!", "Post 0")
    assert [each["content_text"] for each in story.feed()["items"]] == ["Post 0"]
    story.decide(edited)
    until("the new text", lambda: story.feed()["items"][0]["content_text"] == "Now on sale!" or None)
    assert story.on() == {post}


def test_sending_a_post_again_makes_no_second_one(story: Story) -> None:
    item = story.item(1)
    story.send(item)
    story.arrived(1)
    story.send(item, story.item(2))
    assert sorted(each["text"] for each in story.arrived(2)) == ["Post 1", "Post 2"]


def test_the_same_picture_is_linked_to_the_first_post_and_not_dropped(story: Story) -> None:
    story.send(story.item(1, seed=4))
    (first,) = story.arrived(1)
    story.send(story.item(2, seed=4))
    posts = story.arrived(2)
    (second,) = [each for each in posts if each["post"] != first["post"]]
    assert second["media"][0]["duplicateOf"]["post"] == first["post"]


def test_a_policy_asks_by_itself_when_a_post_is_approved(story: Story) -> None:
    shown = {"surface": "wall", "title": "wall", "address": "https://lumen.example/", "scope": WEB}
    policy = {"askOnApproval": True, "scope": WEB, "surfaces": [shown], "terms": "showing", "days": 30}
    story.call("rights.v1.Rights/SetPolicy", policy=policy | {"brand": story.brand})
    story.send(story.item(1, seed=1))
    (post,) = story.arrived(1)
    story.decide(post)
    (card,) = until("the policy to ask", lambda: _cards(story, "COLUMN_ASKED") or None)
    link = story.call("rights.v1.Rights/CreateLink", request=card["request"]["request"])["link"]
    story.grant(link)
    story.shows({post["post"]})


def test_an_upload_carries_consent_of_its_own_and_its_link_takes_it_back(story: Story) -> None:
    story.open_uploads()
    page = story.visitor.get(f"/{story.brand}/share")
    photo = {"photo": ("lamp.jpg", draw(2, width=900, height=600), "image/jpeg")}
    thanks = story.visitor.submit(
        page, "Share this picture", files=photo, consent="yes", creator_name="Kenji Demo", caption="Mine"
    )
    (post,) = story.arrived(1)
    story.decide(post)
    story.shows({post["post"]})
    story.revoke(str(thanks.url))
    story.shows(set())


def test_a_feed_is_polled_and_deletions_in_it_are_followed(story: Story, site: FeedSite) -> None:
    story.item(9, seed=8)
    story.add_source("blog", "feed", {"url": f"{site.address}/feed.atom"})
    until("the feed's posts", lambda: _texts(story, f"{story.brand}-9.jpg") or None)
    site.delete(f"{story.brand}-9.jpg")
    story.call("ingest.v1.Ingest/LookNow", source="blog")
    until("the deletion", lambda: not _texts(story, f"{story.brand}-9.jpg") or None)


def test_the_feed_answers_304_gzip_cors_and_pages(story: Story) -> None:
    story.live(3)
    address = story.address("feed.json")
    answer = httpx2.get(address, trust_env=False, headers={"Origin": "https://lumen.example"})
    again = httpx2.get(address, trust_env=False, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, answer.headers["access-control-allow-origin"]) == (304, "*")
    assert answer.headers["content-encoding"] == "gzip"
    seen: list[str] = []
    page = httpx2.get(f"{address}?limit=2", trust_env=False).json()
    seen += [each["id"] for each in page["items"]]
    page = httpx2.get(page["next_url"], trust_env=False).json()
    seen += [each["id"] for each in page["items"]]
    assert seen == [each["id"] for each in answer.json()["items"]]
    atom = httpx2.get(story.address("feed.atom"), trust_env=False)
    assert atom.headers["content-type"].startswith("application/atom+xml")


def test_a_surface_with_a_key_answers_to_nobody_else(story: Story) -> None:
    key = story.add_surface("letter", access="SURFACE_ACCESS_KEY")["key"]
    address = story.address("feed.json", "letter")
    good = {"Authorization": f"Bearer {key}"}
    until("the surface", lambda: httpx2.get(address, trust_env=False, headers=good).status_code == 200 or None)
    assert status(address) == 401
    assert httpx2.get(address, trust_env=False, headers={"Authorization": "Bearer no"}).status_code == 401


def test_why_a_post_is_not_on_a_surface_is_said_in_words(story: Story) -> None:
    story.send(story.item(1, seed=1))
    (post,) = story.arrived(1)
    story.decide(post)

    def look() -> list[dict[str, Any]] | None:
        try:
            surfaces = story.call("publishing.v1.Publishing/Explain", post=post["post"])["surfaces"]
        except HouseError as error:
            if "404" in str(error):
                return None
            raise
        unmet = [each for each in surfaces[0]["conditions"] if not each.get("met")]
        return unmet if len(unmet) == 1 else None

    (unmet,) = until("the reason", look)
    assert "permi" in unmet["text"].lower() or "grant" in unmet["text"].lower() or "allow" in unmet["text"].lower()


@pytest.fixture(params=PROFILES.values())
def fresh_story(request: pytest.FixtureRequest, make_house: MakeHouse, site: FeedSite) -> Iterator[Story]:
    """A brand in a house of its own, in which nobody else's traces are on their way."""
    with make_house(request.param) as house:
        yield Story(house, site)


def test_a_walk_of_spans_leads_from_placed_back_to_the_poll(
    fresh_story: Story, collector: Collector, site: FeedSite
) -> None:
    story = fresh_story
    story.item(5, seed=6)
    story.add_source("blog", "feed", {"url": f"{site.address}/feed.atom"})
    (post,) = until("the feed's post", lambda: _texts(story, f"{story.brand}-5.jpg") or None)
    (post,) = [each for each in story.arrived(1) if each["post"] == post["post"]]
    story.decide(post)
    story.grant(story.ask(post["post"]))
    story.shows({post["post"]})
    with story.database("publishing") as conn:
        row = conn.execute(
            "SELECT traceparent FROM outbox WHERE key = %s AND fact = 'placed'", (f"{story.brand}/{post['post']}",)
        ).fetchone()
    assert row is not None
    span_id = row[0].split("-")[2]

    def look() -> bool | None:
        services = {span.service for span in collector.causes_of(span_id)}
        names = [span.name for span in collector.causes_of(span_id) if span.service == "chorus-ingest"]
        every = {"chorus-publishing", "chorus-rights", "chorus-curation", "chorus-ingest"}
        return (services >= every and any("look" in name or "poll" in name for name in names)) or None

    until("spans from placed back to the poll", look)


def test_nothing_is_lost_when_one_service_after_the_other_is_killed_in_the_middle(story: Story, house: House) -> None:
    for number, faulty in enumerate(("ingest", "curation", "rights", "publishing")):
        _again_until_taken(story, [story.item(10 * number + each) for each in range(10)])
        house.restart(faulty)
    _again_until_taken(story, [story.item(40 + each) for each in range(10)])
    posts = story.arrived(50)
    story.decide(*posts)
    until("every approval", lambda: len(_cards(story, "COLUMN_TO_ASK")) == 50 or None)


def _again_until_taken(story: Story, items: list[dict[str, Any]]) -> None:
    """Send as any webhook sender does: again, until it is accepted."""

    def send() -> bool | None:
        try:
            story.send(*items)
        except HouseError as error:
            if "503" in str(error):
                time.sleep(0.2)
                return None
            raise
        return True

    until("the delivery to be taken", send)


def _withdrawn(story: Story, cursor: str) -> list[tuple[str, str]]:
    answer = httpx2.get(f"{story.address('changes')}?since={cursor}", trust_env=False).json()
    return [(each["post_id"], each["reason"]) for each in answer["changes"] if each["type"] == "withdrawn"]


def _cards(story: Story, column: str) -> list[dict[str, Any]]:
    answer = story.call("rights.v1.Rights/ListCards", column=column, pageSize=100)
    cards: list[dict[str, Any]] = answer.get("cards", [])
    return cards


def _texts(story: Story, text: str) -> list[dict[str, Any]]:
    return [each for each in story.queue() if text in each["text"]]
