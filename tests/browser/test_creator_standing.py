"""Standing consent in a real browser: asked plainly, given by a tick of its own, ended by the same link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from chorus.api.rights.v1 import rights_pb2 as pb
from tests.browser.test_creator_together import LOOKS, look, phone, told
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import HOME, LETTER, SUMMARY, TEXT, DoorHouse, creator_door
from tests.unit.rights.posts import arrive, ask_together
from tests.unit.rights.service import prepare

pytestmark = [pytest.mark.browser, pytest.mark.postgres]


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company, at the time of the browser's clock."""
    with creator_door(make_database("rights", prepare)) as running:
        running.rights.clock.now = datetime.now(UTC)
        yield running


def ask(house: DoorHouse, *posts: str) -> str:
    asked = pb.Standing()
    asked.until.FromDatetime(house.rights.clock.now + timedelta(days=365))
    asked.starts.FromDatetime(house.rights.clock.now)
    return ask_together(house.rights, *posts, surfaces=[HOME, LETTER], standing=asked)


def later(house: DoorHouse, text: str) -> str:
    return arrive(house.rights, text, posted_at=house.rights.clock.now + timedelta(hours=1))


@LOOKS
def test_a_creator_allows_later_posts_sees_what_was_chosen_ends_that_and_takes_all_back(
    house: DoorHouse,
    browser: Browser,
    artefacts: Path,
    language: str,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    page = phone(browser, house, scheme, width)
    page.goto(f"/r/{ask(house, arrive(house.rights, 'Blue hour with my lamp'))}?lang={language}")
    tick = page.locator("input[name=standing]")
    expect(tick).not_to_be_checked()
    tick.focus()
    page.keyboard.press("Space")
    look(page, artefacts, "ask")
    page.locator("button[value=yes]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("form:has(input[name=only_new])")).to_have_count(1)
    look(page, artefacts, "thanks")
    for text in ("Winter on the desk", "A lamp, found"):
        later(house, text)
    page.reload()
    expect(page.locator(".is-granted")).to_have_count(3)
    look(page, artefacts, "chosen")
    page.locator(".is-granted a").first.click()
    look(page, artefacts, "one")
    page.locator("a.up").click()
    page.locator("details:has(input[name=only_new]) > summary").focus()
    page.keyboard.press("Enter")
    look(page, artefacts, "end")
    page.locator("form:has(input[name=only_new]) button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("form:has(input[name=only_new])")).to_have_count(0)
    look(page, artefacts, "ended")
    later(house, "After")
    page.reload()
    expect(page.locator(".is-granted")).to_have_count(3)
    page.locator("details:has(form[action*=revoke]) > summary").click()
    page.locator("form[action*=revoke] button").click()
    expect(page.locator(".is-revoked")).to_have_count(3)
    look(page, artefacts, "back")
    page.locator(".is-revoked a").last.click()
    page.locator("a[href*=receipt]").click()
    look(page, artefacts, "receipt")
    assert told(house) == ["granted"] * 3 + ["revoked"] * 3
    page.context.close()


def test_a_guardian_reads_that_their_yes_goes_for_later_posts_too(
    house: DoorHouse, browser: Browser, artefacts: Path
) -> None:
    terms = pb.CreateTermsRequest(
        brand="lumen", terms="share", language="en", summary=SUMMARY, text=TEXT, minimum_age=16
    )
    house.rights.client().CreateTerms(terms)
    page = phone(browser, house, "light", 390)
    page.goto(f"/r/{ask(house, arrive(house.rights, 'Blue hour with my lamp'))}")
    page.locator("input[name=born]").fill("2015-02-28")
    page.locator("input[name=standing]").check()
    page.locator("button[value=yes]").click()
    guardian = page.locator("ul.placed code").inner_text().rpartition("/")[2]
    page.goto(f"/r/{guardian}")
    expect(page.get_by_text("Your yes goes for that too, and your no ends it at any time.")).to_be_visible()
    look(page, artefacts, "agree")
    page.locator("input[name=guardian]").check()
    page.locator("button[value=yes]").click()
    later(house, "Winter on the desk")
    page.locator("details summary").click()
    page.get_by_role("button", name="Yes, take it back").click()
    assert told(house) == ["granted", "granted", "revoked", "revoked"]
    page.context.close()
