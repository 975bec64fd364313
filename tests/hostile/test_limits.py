"""Limits: who sends too much, too often, is told so, and when to come again. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from chorus.local.pictures import draw
from tests.hostile.senders import PHOTO, Sender, Uploader, posts_of, problem
from tests.house.fixtures import MakeHouse
from tests.house.story import Story

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def strict_house(make_house: MakeHouse) -> Iterator[House]:
    """A house that allows little."""
    limits = {"CHORUS_UPLOAD_RATE": "6/hour", "CHORUS_BRAND_QUOTA": "200000", "CHORUS_DELIVERY_RATE": "3/hour"}
    with make_house("embedded", **limits) as house:
        yield house


@pytest.fixture
def guest(strict_house: House, site: FeedSite) -> Uploader:
    """An uploader in a strict house whose counts begin anew."""
    strict_house.restart("ingest")
    return Uploader(Story(strict_house, site))


def test_too_many_uploads_are_told_when_to_come_again(guest: Uploader) -> None:
    for _ in range(6):
        problem(guest.by_api(b"no picture"), 422)
    answer = guest.by_api(PHOTO)
    assert "try again" in problem(answer, 429)["title"]
    assert int(answer.headers["retry-after"]) > 0
    page = guest.by_form(PHOTO)
    assert page.status_code == 429
    assert "try again" in page.text.lower()
    assert posts_of(guest.story) == 0


def test_a_brand_whose_space_is_full_says_so_and_keeps_what_it_has(guest: Uploader) -> None:
    answers = [guest.by_api(draw(seed, width=900, height=700)) for seed in (1, 3, 5, 7)]
    refused = [each for each in answers if each.status_code != httpx2.codes.CREATED]
    assert refused
    for each in refused:
        body = problem(each, 429 if each.status_code == 429 else 413)
        assert "space" in body["title"].lower() or "storage" in body["title"].lower()
    assert posts_of(guest.story) == len(answers) - len(refused)


def test_too_many_deliveries_are_told_when_to_come_again(guest: Uploader) -> None:
    story = guest.story
    for number in range(3):
        story.send(story.item(number))
    answer = Sender(story).send({"posts": [story.item(9)]})
    problem(answer, 429)
    assert int(answer.headers["retry-after"]) > 0
    assert posts_of(story) == 3
