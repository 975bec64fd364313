"""Several posts in one link, in a real browser: on small phones without scripts, by keyboard, from right to left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from chorus.api.rights.v1 import rights_pb2 as pb
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import HOME, LETTER, SUMMARY, TEXT, DoorHouse, creator_door
from tests.unit.rights.posts import arrive, ask_together
from tests.unit.rights.service import prepare

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
LOOKS = pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 320), ("ar", "dark", 320), ("de", "light", 1280)]
)


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company."""
    with creator_door(make_database("rights", prepare)) as running:
        yield running


@pytest.fixture
def posts(house: DoorHouse) -> list[str]:
    """Four posts of one creator."""
    words = ("Blue hour with my Lumen lamp.", "On the desk", "Sunday, late", "A corner of my own, at last. #lumenlight")
    return [arrive(house.rights, text) for text in words]


def phone(browser: Browser, house: DoorHouse, scheme: Literal["light", "dark"], width: int) -> Page:
    """A browser that runs no scripts."""
    context = browser.new_context(
        viewport={"width": width, "height": 700}, java_script_enabled=False, base_url=house.url, color_scheme=scheme
    )
    return context.new_page()


def look(page: Page, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    assert page.viewport_size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def told(house: DoorHouse) -> list[str | None]:
    """Name what rights told since the questions, in order."""
    facts = [event.WhichOneof("fact") for event in house.rights.told()]
    return [fact for fact in facts if fact != "requested"]


@LOOKS
def test_a_creator_answers_for_several_posts_chooses_single_ones_and_takes_all_of_it_back(
    house: DoorHouse,
    browser: Browser,
    posts: list[str],
    artefacts: Path,
    language: str,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    page = phone(browser, house, scheme, width)
    link = ask_together(house.rights, *posts, surfaces=[HOME, LETTER])
    page.goto(f"/r/{link}?lang={language}")
    look(page, artefacts, "ask")
    yes, no = (page.locator(f"button[value={value}]").bounding_box() for value in ("yes", "no"))
    assert yes is not None
    assert no is not None
    assert (yes["width"], yes["height"]) == (no["width"], no["height"])
    page.locator("details:has(input[name=post]) > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("input[name=post]:checked").count() == 0
    page.locator("input[name=post]").first.focus()
    page.keyboard.press("Space")
    look(page, artefacts, "choose")
    page.locator("button[value=chosen]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".is-granted")).to_have_count(1)
    expect(page.locator(".is-open")).to_have_count(3)
    look(page, artefacts, "mixed")
    page.locator(".is-open a").first.click()
    look(page, artefacts, "one")
    page.locator("button[value=no]").click()
    page.locator("a.up").click()
    page.locator("button[value=yes]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".is-granted")).to_have_count(3)
    look(page, artefacts, "thanks")
    page.locator(".is-granted a").first.click()
    look(page, artefacts, "thanks-one")
    page.locator("a.up").click()
    page.locator("details:has(form[action*=revoke]) > summary").click()
    page.locator("form[action*=revoke] button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".is-revoked")).to_have_count(3)
    look(page, artefacts, "back")
    assert told(house) == ["granted", "declined", "granted", "granted", "revoked", "revoked", "revoked"]
    page.context.close()


@LOOKS
def test_a_minor_passes_one_link_on_and_a_guardian_agrees_to_all(
    house: DoorHouse,
    browser: Browser,
    posts: list[str],
    artefacts: Path,
    language: str,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    terms = pb.CreateTermsRequest(
        brand="lumen", terms="share", language="en", summary=SUMMARY, text=TEXT, minimum_age=16
    )
    house.rights.client().CreateTerms(terms)
    page = phone(browser, house, scheme, width)
    link = ask_together(house.rights, *posts)
    page.goto(f"/r/{link}?lang={language}")
    page.locator("input[name=born]").fill("2015-02-28")
    look(page, artefacts, "ask")
    page.locator("button[value=yes]").click()
    expect(page.locator(".is-confirming")).to_have_count(4)
    expect(page.locator("ul.placed > li")).to_have_count(1)
    look(page, artefacts, "waiting")
    guardian = page.locator("ul.placed code").inner_text().rpartition("/")[2]
    page.goto(f"/r/{guardian}?lang={language}")
    look(page, artefacts, "agree")
    page.locator(".is-open a").last.click()
    page.locator("button[value=no]").click()
    page.locator("a.up").click()
    page.locator("input[name=guardian]").check()
    page.locator("button[value=yes]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".is-agreed")).to_have_count(3)
    look(page, artefacts, "agreed")
    assert told(house) == ["declined", "granted", "granted", "granted"]
    page.locator("details summary").click()
    page.locator("button[value=no]").click()
    expect(page.locator(".is-refused")).to_have_count(4)
    look(page, artefacts, "refused")
    assert told(house)[4:] == ["revoked"] * 3
    page.context.close()
