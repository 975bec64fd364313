"""Whoever made something says so on a phone without scripts, and the brand answers at the console of a whole house."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PHONE, OpenConsole
from tests.browser.test_rights_board import cards
from tests.house.fixtures import on
from tests.house.story import Story

pytestmark = [pytest.mark.browser, on("embedded")]
Scheme = Literal["light", "dark"]


@pytest.fixture
def phone(browser: Browser, story: Story) -> Iterator[Page]:
    """The narrowest phone, with scripts off."""
    context = browser.new_context(
        base_url=story.house.addresses.public,
        viewport={"width": 320, "height": 640},
        java_script_enabled=False,
        ignore_https_errors=True,
    )
    yield context.new_page()
    context.close()


def mine(story: Story) -> str:
    """Find where the one item of the feed leads whoever made it."""
    return str(story.feed()["items"][0]["_chorus"]["mine_url"])


def say(page: Page, what: str, words: str = "", email: str = "") -> None:
    """Fill the form, and send it."""
    page.get_by_label(what).check()
    page.get_by_label("In your words").fill(words)
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def card_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Says that it is theirs")


def test_what_somebody_did_not_allow_is_said_answered_and_taken_down(
    phone: Page, open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    story.live()
    phone.goto(f"/{story.brand}/mine")
    phone.screenshot(path=artefacts / "choose.png", full_page=True)
    phone.get_by_role("main").get_by_role("listitem").get_by_role("link").click()
    assert phone.url == mine(story)
    assert phone.locator("main img").evaluate("image => image.complete && image.naturalWidth > 0")
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_label("I made this, and did not allow it")).not_to_be_checked()
    say(phone, "I made this, and did not allow it", "It is on my page since May.", "noa@creators.example")
    phone.screenshot(path=artefacts / "heard.png", full_page=True)
    page = open_console()
    page.goto(f"/{story.brand}/rights")
    card = cards(page, "To answer")
    expect(card.get_by_text("Did not allow it")).to_be_visible()
    expect(card.get_by_text("Answer in 2 d")).to_be_visible()
    page.screenshot(path=artefacts / "board.png")
    card.get_by_role("button").click()
    claim = card_of(page)
    expect(claim.get_by_text("It is on my page since May.")).to_be_visible()
    expect(claim.get_by_role("link", name="noa@creators.example")).to_be_visible()
    claim.get_by_role("button", name="Take the post down").click()
    page.screenshot(path=artefacts / "drawer.png")
    claim.get_by_role("button", name="Take it down").click()
    expect(claim.get_by_text("Taken down", exact=True)).to_be_visible()
    expect(claim.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("list", name="Thread").get_by_text("Taken down by ada@")).to_be_visible()
    page.screenshot(path=artefacts / "taken-down.png")
    story.shows(set())
    phone.goto(f"/{story.brand}/mine?item=gone")
    expect(phone.get_by_role("heading", level=1)).to_have_text("There is nothing here")


def test_a_claim_is_closed_opened_again_and_answered_with_a_link_that_works(
    phone: Page, open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    [(post, _)] = story.live()
    phone.goto(mine(story))
    say(phone, "I made this, and want my link again")
    page = open_console()
    page.goto(f"/{story.brand}/rights?open={post}")
    claim = card_of(page)
    claim.get_by_role("button", name="Not theirs").click()
    expect(claim.get_by_text("Closed by ada@")).to_be_visible()
    expect(cards(page, "To answer")).to_have_count(0)
    claim.get_by_role("button", name="Open again").click()
    claim.get_by_role("button", name="Make a link to give").click()
    page.screenshot(path=artefacts / "link.png")
    link = claim.locator("c-copy code").last.inner_text()
    phone.goto(link)
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Thank you")
    claim.get_by_role("button", name="Answered").click()
    expect(claim.get_by_text("Answered", exact=True)).to_be_visible()


def test_curators_answer_and_neither_read_what_was_written_nor_take_down(
    phone: Page, open_console: OpenConsole, story: Story
) -> None:
    [(post, _)] = story.live()
    phone.goto(mine(story))
    say(phone, "I made this, and did not allow it", "It is mine.")
    email = f"cu@{story.brand}.example"
    story.call("brands.v1.Brands/SetMember", email=email, displayName="Cu Sample", role="ROLE_CURATOR")
    page = open_console(email)
    page.goto(f"/{story.brand}/rights?open={post}")
    claim = card_of(page)
    expect(claim.get_by_text("What they wrote is shown to rights managers.")).to_be_visible()
    expect(claim.get_by_text("It is mine.")).to_have_count(0)
    expect(claim.get_by_role("button", name="Take the post down")).to_have_count(0)
    expect(claim.get_by_role("button", name="Make a link to give")).to_have_count(0)
    claim.get_by_role("button", name="Spam").click()
    expect(claim.get_by_text("Spam", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_board_and_drawer_with_a_claim_fit_a_phone(
    phone: Page, open_console: OpenConsole, story: Story, artefacts: Path, scheme: Scheme
) -> None:
    [(post, _)] = story.live()
    phone.goto(mine(story))
    say(phone, "I made this, and did not allow it", "It is mine. " * 40, "noa@creators.example")
    page = open_console(color_scheme=scheme, viewport=PHONE)
    page.goto(f"/{story.brand}/rights")
    page.get_by_role("button", name="To answer").click()
    expect(cards(page, "To answer")).to_have_count(1)
    page.screenshot(path=artefacts / "board.png")
    page.goto(f"/{story.brand}/rights?open={post}")
    expect(card_of(page).get_by_role("button", name="Spam")).to_be_visible()
    card_of(page).get_by_role("button", name="Take the post down").click()
    card_of(page).get_by_role("button", name="Spam").scroll_into_view_if_needed()
    page.screenshot(path=artefacts / "drawer.png")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
