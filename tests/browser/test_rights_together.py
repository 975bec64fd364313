"""Several posts of one creator, asked about from the board: one message, one link."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from chorus.local.people import until
from tests.browser.conftest import OpenConsole
from tests.browser.test_rights_board import cards, requests_of
from tests.house.fixtures import on
from tests.house.story import Json, Story

pytestmark = [pytest.mark.browser, on("embedded")]


def approved(story: Story, *creators: str) -> list[Json]:
    """Let a post of each of these creators be approved, and rights know it."""
    items = [story.item(number, seed=number) for number in range(len(creators))]
    for item, creator in zip(items, creators, strict=True):
        item["account"] = {"id": creator, "handle": creator, "name": f"{creator.title()} Example"}
    story.send(*items)
    posts = sorted(story.arrived(len(creators)), key=lambda each: str(each["text"]))
    story.decide(*posts)
    until("rights to hear of the approvals", lambda: len(waiting(story)) == len(creators) or None)
    return posts


def waiting(story: Story) -> list[Json]:
    found: list[Json] = story.call("rights.v1.Rights/ListCards", column="COLUMN_TO_ASK").get("cards", [])
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_creator_gets_one_message_and_link_for_all_that_they_are_asked_about(
    open_console: OpenConsole, story: Story, artefacts: Path, scheme: Literal["light", "dark"]
) -> None:
    posts = approved(story, "mira", "mira", "noa", "mira")
    page = open_console(color_scheme=scheme)
    page.goto(f"/{story.brand}/rights")
    expect(cards(page, "To ask")).to_have_count(4)
    page.get_by_label("Select the post of Noa Example").check()
    page.get_by_role("button", name="Select all shown").click()
    page.get_by_role("toolbar").get_by_role("button", name="Ask for permission").click()
    expect(page.get_by_text("One message and link for each creator: 3 posts by @mira.")).to_be_visible()
    expect(page.get_by_role("region", name="Preview of the message")).to_contain_text("of 2")
    page.screenshot(path=artefacts / "ask.png")
    page.get_by_role("button", name="Ask about 4 posts").click()
    expect(page.get_by_role("status").get_by_text("Of 4 posts: 4 asked.")).to_be_visible()
    row = page.locator("c-outcomes li").filter(has_text="Asked about 3 posts")
    expect(page.locator("c-outcomes li")).to_have_count(2)
    row.get_by_text("One message and link").click()
    page.screenshot(path=artefacts / "asked.png")
    link = row.locator("c-copy code").inner_text()
    assert requests_of(story, posts) == [1, 1, 1, 1]
    story.visitor.submit(story.visitor.get(link), "Yes, all 3")
    page.get_by_role("button", name="Done").click()
    page.reload()
    expect(cards(page, "Granted")).to_have_count(3)
    expect(cards(page, "Asked")).to_have_count(1)


def test_a_card_offers_one_link_for_all_open_questions_to_its_creator(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    posts = approved(story, "mira", "mira", "miranda", "mira")
    for post in posts[:3]:
        story.ask(post["post"])
    page = open_console()
    page.goto(f"/{story.brand}/rights?open={posts[2]['post']}")
    expect(page.get_by_role("button", name="Make a link to send again")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("open questions"))).to_have_count(0)
    page.goto(f"/{story.brand}/rights?open={posts[0]['post']}")
    page.get_by_role("button", name="All of @mira’s open questions (2)").click()
    expect(page.get_by_text("This link leads to all 2 of them.")).to_be_visible()
    page.screenshot(path=artefacts / "link.png")
    link = page.locator("c-rights-drawer c-copy code").inner_text()
    story.visitor.submit(story.visitor.get(link), "No, none of them")
    page.reload()
    expect(page.get_by_text(re.compile("The creator said no on"))).to_be_visible()
