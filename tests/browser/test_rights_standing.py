"""Standing consent at the console: asked from the dialog, and told of wherever a post's rights are."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from chorus.local.people import until
from tests.browser.conftest import OpenConsole
from tests.browser.test_rights_board import cards
from tests.browser.test_rights_together import approved
from tests.house.fixtures import on
from tests.house.story import Json, Story

pytestmark = [pytest.mark.browser, on("embedded")]


def rights_of(story: Story, post: str) -> Json | None:
    found = story.call("rights.v1.Rights/BatchGetPostRights", posts=[post]).get("rights", [])
    return found[0] if found and found[0].get("grants") else None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_curator_asks_for_later_posts_and_sees_what_is_allowed_by_that(
    open_console: OpenConsole, story: Story, artefacts: Path, scheme: Literal["light", "dark"]
) -> None:
    (first,) = approved(story, "mira")
    page = open_console(color_scheme=scheme)
    page.goto(f"/{story.brand}/rights?open={first['post']}")
    page.locator("c-rights-drawer").get_by_role("button", name="Ask Mira Example").click()
    tick = page.get_by_label("Also for what @mira posts until")
    expect(tick).not_to_be_checked()
    tick.check()
    page.screenshot(path=artefacts / "ask.png")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("c-ask c-copy code").inner_text()
    asked = story.visitor.get(link)
    assert "Lumen also asks for what you post until" in asked.text
    story.visitor.submit(asked, "Yes, you may", standing="on")
    page.reload()
    expect(page.get_by_text("The creator said yes to what they post later, too")).to_be_visible()
    expect(page.get_by_text("Also allowed: what they post until")).to_be_visible()
    page.screenshot(path=artefacts / "given.png")
    item = story.item(7, seed=7)
    item["account"], item["posted_at"] = {"id": "mira", "handle": "mira", "name": "Mira Example"}, soon()
    story.send(item)
    later = next(each for each in story.arrived(2) if each["text"] == "Post 7")
    story.decide(later)
    grants = until("rights to allow it by itself", lambda: rights_of(story, later["post"]))
    assert grants["grants"][0]["via"] == "standing"
    story.shows({first["post"], later["post"]})
    page.goto(f"/{story.brand}/rights?open={later['post']}")
    expect(page.get_by_text(re.compile("^Allowed by standing consent of"))).to_be_visible()
    page.screenshot(path=artefacts / "followed.png")
    page.goto(f"/{story.brand}/rights")
    expect(cards(page, "Granted")).to_have_count(2)
    expect(cards(page, "Granted").get_by_text(re.compile("^by standing consent of"))).to_have_count(1)
    page.screenshot(path=artefacts / "board.png")
    story.visitor.submit(story.visitor.get(link), "Yes, take all of it back")
    story.shows(set())


def soon() -> str:
    """Answer this moment: a post of now is posted within the time."""
    return datetime.now(UTC).isoformat()
