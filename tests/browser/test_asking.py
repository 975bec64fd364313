"""Asking creators by each channel, in a real browser, in front of a whole running house that has a mail server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chorus.local.house import House
from chorus.local.people import until
from tests.browser.conftest import PHONE, OpenConsole
from tests.browser.test_rights_board import approved, cards
from tests.house.fixtures import MakeHouse
from tests.house.story import CONTACT, Json, Story
from tests.mail_server import mail_server

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
MIRA = {"id": "mira", "handle": "mira", "name": "Mira Example"}


@pytest.fixture(scope="module")
def mailing(make_house: MakeHouse) -> Iterator[House]:
    """A house that hands in its mail."""
    with mail_server() as box, make_house("embedded", CHORUS_SMTP_URL=f"smtp://127.0.0.1:{box.port}") as house:
        yield house


@pytest.fixture
def house(mailing: House) -> House:
    """The one house of these tests."""
    return mailing


def from_mira(story: Story, amount: int) -> list[Json]:
    """Let posts by one creator be approved, and rights know it."""
    items = [
        story.item(number, seed=number, text=f"Post {number} of mine") | {"account": MIRA} for number in range(amount)
    ]
    story.send(*items)
    posts = sorted(story.arrived(amount), key=lambda each: str(each["text"]))
    story.decide(*posts)
    until("rights to hear of the approvals", lambda: len(to_ask(story)) == amount or None)
    return posts


def to_ask(story: Story) -> list[Json]:
    found: list[Json] = story.call("rights.v1.Rights/ListCards", column="COLUMN_TO_ASK").get("cards", [])
    return found


def keep_in_touch(story: Story, **given: object) -> None:
    story.call("rights.v1.Rights/SetContactPolicy", policy=CONTACT | {"most": 3} | given)


def test_a_creator_is_asked_by_e_mail_and_the_drawer_says_where_it_is(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    from_mira(story, 2)
    page = open_console()
    page.goto(f"/{story.brand}/rights")
    page.get_by_role("button", name="Ask Mira Example").first.click()
    page.get_by_role("radio", name="E-mail").check()
    page.get_by_label("E-mail address").fill("Mira@Creators.example")
    page.screenshot(path=artefacts / "by-mail.png")
    page.get_by_role("button", name="Send the e-mail").click()
    expect(page.get_by_role("heading", name="It is on its way")).to_be_visible()
    expect(page.get_by_text("It goes to M…@creators.example")).to_be_visible()
    page.screenshot(path=artefacts / "on-its-way.png")
    page.get_by_role("button", name="Close", exact=True).click()
    cards(page, "Asked").first.get_by_role("button").first.click()
    expect(page.get_by_text(re.compile("The e-mail to M…@creators.example goes"))).to_be_visible()
    expect(page.get_by_text("Asked by ada@", exact=False)).to_contain_text("by e-mail")
    page.screenshot(path=artefacts / "drawer.png")
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("button", name="Ask Mira Example").first.click()
    page.get_by_role("radio", name="E-mail").check()
    expect(page.get_by_text("M…@creators.example is known")).to_be_visible()


def test_a_creator_says_yes_in_public_and_is_sent_the_link(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    """The card comes to the top; the yes behind the link is what counts."""
    from_mira(story, 2)
    story.ask(to_ask(story)[1]["post"])
    page = open_console()
    page.goto(f"/{story.brand}/rights")
    page.get_by_role("button", name="Ask Mira Example").first.click()
    page.get_by_role("radio", name="Reply in public").check()
    preview = page.get_by_role("region", name="Preview of the message")
    expect(preview).to_contain_text("#yesLumen 7KQ-F2M")
    page.screenshot(path=artefacts / "in-public.png")
    page.get_by_role("button", name="Make the text").click()
    expect(page.get_by_role("heading", name="Post it in public")).to_be_visible()
    text = page.locator("c-ask c-copy pre").inner_text()
    page.screenshot(path=artefacts / "post-it.png")
    code = re.search(r"[2-9A-Z]{3}-[2-9A-Z]{3}", text)
    assert code
    assert "http" not in text
    page.get_by_role("button", name="Close", exact=True).click()
    story.send(story.item(9, text=f"Sure, you may! {code[0].lower()}") | {"account": MIRA})
    top = cards(page, "Asked").first
    until("the card to say so", lambda: page.reload() or "Said yes in public" in top.inner_text() or None)
    page.screenshot(path=artefacts / "said-yes.png")
    top.get_by_role("button").first.click()
    expect(page.get_by_text("The creator said yes in public", exact=True)).to_be_visible()
    page.get_by_role("button", name="Send the link", exact=True).click()
    link = page.locator("c-rights-drawer c-copy code").inner_text()
    page.screenshot(path=artefacts / "send-the-link.png")
    story.grant(link)
    page.reload()
    expect(cards(page, "Granted")).to_have_count(1)


def test_who_may_not_be_asked_now_is_said_on_the_card_and_nobody_can_ask(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    keep_in_touch(story)
    posts = from_mira(story, 5)
    for hours, post in enumerate(posts[:3], 1):
        story.ask(post["post"])
        # What is asked by link within a minute is one contact.
        with story.database("rights") as conn:
            earlier = "UPDATE contacts SET at = at - %s * interval '1 hour' WHERE post = %s"
            conn.execute(earlier, [hours, post["post"]])
    page = open_console()
    page.goto(f"/{story.brand}/rights")
    expect(cards(page, "To ask").first).to_contain_text("The creator was contacted 3 times within 30 days: again from")
    expect(page.get_by_role("button", name="Ask Mira Example")).to_have_count(0)
    page.screenshot(path=artefacts / "capped.png")
    link = str(story.call("rights.v1.Rights/CreateLink", request=_open(story, posts[0]))["link"])
    story.visitor.submit(story.visitor.get(f"{link}/stop"), "Nobody on this site may ask me again")
    page.reload()
    expect(cards(page, "To ask").first).to_contain_text("The creator does not want to be asked.")
    cards(page, "To ask").first.get_by_role("button").first.click()
    expect(page.get_by_role("button", name="Ask Mira Example")).to_have_count(0)
    page.screenshot(path=artefacts / "opted-out.png")
    page.goto(f"/{story.brand}/rights?open={posts[0]['post']}")
    expect(page.get_by_text("Waiting for an answer")).to_be_visible()
    expect(page.get_by_text("The creator does not want to be asked.").last).to_be_visible()
    expect(page.get_by_role("button", name="Make a link to send again")).to_have_count(0)
    expect(page.get_by_role("button", name="open questions")).to_have_count(0)


def _open(story: Story, post: Json) -> str:
    found = story.call("rights.v1.Rights/BatchGetPostRights", posts=[post["post"]])["rights"][0]
    return str(found["requests"][0]["request"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_rights_manager_says_how_to_keep_in_touch(
    open_console: OpenConsole, story: Story, artefacts: Path, scheme: str
) -> None:
    page = open_console(color_scheme=scheme)
    page.goto(f"/{story.brand}/rights?open=contact")
    form = page.locator("c-contact-policy")
    form.get_by_label("Questions and reminders").fill("5")
    form.get_by_label("Time zone").select_option("Europe/Paris")
    expect(form.get_by_label("Time zone")).to_have_value("Europe/Paris")
    form.get_by_label("Reminders by e-mail").fill("14, 7")
    form.get_by_role("textbox", name="Hashtag that says yes").fill("#yay")
    expect(form.get_by_role("region", name="Preview of the message")).to_contain_text("#yay 7KQ-F2M")
    page.screenshot(path=artefacts / "keeping-in-touch.png")
    form.get_by_role("button", name="Keep").click()
    expect(form.get_by_text("Days after the question, rising, from 1 to 365.")).to_be_visible()
    form.get_by_label("Reminders by e-mail").fill("7, 14")
    form.get_by_role("button", name="Keep").click()
    expect(form).to_have_count(0)
    kept = story.call("rights.v1.Rights/GetContactPolicy")["policy"]
    assert (kept["most"], kept["timeZone"], kept["reminders"], kept["hashtag"]) == (5, "Europe/Paris", [7, 14], "#yay")


def test_asking_fits_on_a_phone(open_console: OpenConsole, story: Story, artefacts: Path) -> None:
    approved(story, 1)
    page = open_console(viewport=PHONE)
    page.goto(f"/{story.brand}/rights")
    page.screenshot(path=artefacts / "board.png")
    page.get_by_role("button", name="Ask Creator 0").click()
    page.get_by_role("radio", name="E-mail").check()
    expect(page.get_by_label("E-mail address")).to_be_visible()
    page.screenshot(path=artefacts / "ask.png")
    assert fits(page)
    page.goto(f"/{story.brand}/rights?open=contact")
    expect(page.get_by_label("Words for the public")).to_be_visible()
    page.screenshot(path=artefacts / "keeping-in-touch.png")
    assert fits(page)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
