"""The rights board in a real browser, in front of a whole running house."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from chorus.evidence.keys import read_published
from chorus.evidence.receipt import verify
from chorus.local.people import tls, until
from tests.browser.conftest import PHONE, OpenConsole
from tests.house.fixtures import on
from tests.house.story import Json, Story

pytestmark = [pytest.mark.browser, on("embedded")]
ANSWER = re.compile(r"/rpc/chorus\.api\.rights\.v1\.Rights/CreateRequest$")
LIST = re.compile(r"/rpc/chorus\.api\.rights\.v1\.Rights/ListCards$")


def column(page: Page, label: str) -> Locator:
    return page.get_by_role("region", name=label, exact=True)


def cards(page: Page, label: str) -> Locator:
    return column(page, label).get_by_role("article")


def approved(story: Story, amount: int) -> list[Json]:
    """Let posts by different creators be approved, and rights know it."""
    items = [story.item(number, seed=number) for number in range(amount)]
    for number, item in enumerate(items):
        item["account"] = {"id": f"c{number}", "handle": f"creator{number}", "name": f"Creator {number}"}
    story.send(*items)
    posts = sorted(story.arrived(amount), key=lambda each: str(each["account"]["handle"]))
    story.decide(*posts)

    def heard() -> bool | None:
        counts = story.call("rights.v1.Rights/CountCards")["counts"]
        return any(each["column"] == "COLUMN_TO_ASK" and each.get("cards") == str(amount) for each in counts) or None

    until("rights to hear of the approvals", heard)
    return posts


def template(story: Story, title: str = "Short and warm") -> None:
    words = "Hi {creator}! May {brand} show your picture? {link}"
    story.call("rights.v1.Rights/CreateTemplate", template="warm", title=title, message=words)


def requests_of(story: Story, posts: list[Json]) -> list[int]:
    """Count the requests about each post."""
    asked = [each["post"] for each in posts]
    found = story.call("rights.v1.Rights/BatchGetPostRights", posts=asked)["rights"]
    return [len(each.get("requests", [])) for post in asked for each in found if each["post"] == post]


def test_many_creators_are_asked_from_the_board_with_the_keyboard_and_each_outcome_is_told(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    """Whoever was asked meanwhile is left out, and nobody is asked twice."""
    posts = approved(story, 4)
    template(story)
    page = open_console()
    page.goto(f"/{story.brand}/rights")
    expect(cards(page, "To ask")).to_have_count(4)
    page.keyboard.press("ArrowDown")
    for _ in range(4):
        page.keyboard.press("x")
        page.keyboard.press("j")
    expect(page.get_by_text("4 posts selected")).to_be_visible()
    page.screenshot(path=artefacts / "selected.png")
    story.ask(posts[2]["post"])
    page.get_by_role("toolbar").get_by_role("button", name="Ask for permission").click()
    page.get_by_label("Template").select_option(label="Short and warm")
    preview = page.get_by_role("region", name="Preview of the message")
    expect(preview).to_contain_text("May Lumen show your picture? (link)")
    first = preview.inner_text()
    page.get_by_role("button", name="The next creator").click()
    expect(preview).to_contain_text("2 of 4")
    assert preview.inner_text() != first
    page.screenshot(path=artefacts / "ask-many.png")
    page.get_by_role("button", name="Ask about 4 posts").click()
    expect(page.get_by_role("status").get_by_text("Of 4 posts: 3 asked, 1 left out.")).to_be_visible()
    expect(page.get_by_text("Asked already, no answer yet")).to_have_count(1)
    page.get_by_text("Message and link").first.click()
    link = page.locator("c-outcomes details[open] c-copy code").inner_text()
    page.screenshot(path=artefacts / "asked-many.png")
    page.get_by_role("button", name="Done").click()
    expect(cards(page, "Asked")).to_have_count(4)
    expect(cards(page, "To ask")).to_have_count(0)
    assert requests_of(story, posts) == [1, 1, 1, 1]
    story.grant(link)
    page.reload()
    expect(cards(page, "Granted")).to_have_count(1)


def test_what_failed_is_asked_again_and_an_answer_that_was_lost_asks_nobody_twice(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    posts = approved(story, 3)
    page = open_console()
    page.goto(f"/{story.brand}/rights")
    expect(cards(page, "To ask")).to_have_count(3)
    sent = 0

    def lose(route: Route) -> None:
        """Let the second command reach rights, and lose what it answers."""
        nonlocal sent
        sent += 1
        if sent == 2:
            route.fetch()
            refused: dict[str, Any] = {"code": "internal", "message": "Something broke on the way."}
            route.fulfill(status=400, content_type="application/json", body=json.dumps(refused))
        else:
            route.continue_()

    page.route(ANSWER, lose)
    page.get_by_label("Select the post of Creator 0").check()
    page.get_by_role("button", name="Select all shown").click()
    page.get_by_role("toolbar").get_by_role("button", name="Ask for permission").click()
    page.get_by_role("button", name="Ask about 3 posts").click()
    expect(page.get_by_text("Of 3 posts: 2 asked, 1 failed.")).to_be_visible()
    expect(page.get_by_text("Something broke on the way.")).to_be_visible()
    page.screenshot(path=artefacts / "failed.png")
    page.get_by_role("button", name="Try again for 1 post").click()
    expect(page.get_by_text("Of 3 posts: 3 asked.")).to_be_visible()
    assert requests_of(story, posts) == [1, 1, 1]


def test_a_selection_in_the_queue_is_asked_about_and_what_is_not_approved_is_left_out(
    open_console: OpenConsole, story: Story
) -> None:
    story.send(*(story.item(number) for number in range(3)))
    posts = story.arrived(3)
    story.decide(posts[0])
    page = open_console()
    page.goto(f"/{story.brand}/queue?state=all")
    expect(page.locator("c-grid [role=listitem]")).to_have_count(3)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("p")
    expect(page.get_by_label("Approve the 2 posts that are not approved yet")).not_to_be_checked()
    page.get_by_role("button", name="Ask about 1 post").click()
    expect(page.get_by_text("Of 3 posts: 1 asked, 2 left out.")).to_be_visible()
    expect(page.get_by_text("Not approved", exact=True)).to_have_count(2)
    page.get_by_role("button", name="Done").click()
    assert [each["state"] for each in story.queue()].count("STATE_APPROVED") == 1
    page.keyboard.press("p")
    page.get_by_label("Approve the 2 posts that are not approved yet").check()
    page.get_by_role("button", name="Ask about 3 posts").click()
    expect(page.get_by_text("Of 3 posts: 2 asked, 1 left out.")).to_be_visible()
    assert [each["state"] for each in story.queue()].count("STATE_APPROVED") == 3


def test_the_board_is_narrowed_by_its_address(open_console: OpenConsole, story: Story, artefacts: Path) -> None:
    posts = approved(story, 3)
    story.add_surface("letter", title="Letter", scope={"uses": ["USE_EMAIL"]})
    story.ask(posts[0]["post"])
    story.ask(posts[1]["post"], scope={"uses": ["USE_WEB", "USE_EMAIL"]})
    page = open_console()
    page.goto(f"/{story.brand}/rights")
    expect(cards(page, "Asked")).to_have_count(2)
    page.get_by_role("combobox", name="Use").select_option(label="E-mail")
    expect(cards(page, "Asked")).to_have_count(1)
    expect(column(page, "Asked").get_by_label("1 card", exact=True)).to_be_visible()
    expect(column(page, "To ask").get_by_text("Nothing here fits the filter.")).to_be_visible()
    expect(page).to_have_url(re.compile("use=email"))
    page.screenshot(path=artefacts / "filtered.png")
    page.go_back()
    expect(cards(page, "Asked")).to_have_count(2)
    page.get_by_role("searchbox", name="Creator").fill("CREATOR2")
    page.keyboard.press("Enter")
    expect(cards(page, "To ask")).to_have_count(1)
    expect(cards(page, "Asked")).to_have_count(0)
    page.reload()
    expect(cards(page, "To ask")).to_have_count(1)
    page.get_by_role("button", name="Show everything").click()
    page.get_by_role("combobox", name="Asked by").select_option(label="Ada Sample")
    expect(cards(page, "Asked")).to_have_count(2)
    page.get_by_role("combobox", name="Surface").select_option(label="Letter")
    expect(cards(page, "Asked")).to_have_count(0)


def test_a_column_that_cannot_be_read_says_so_and_is_read_again(open_console: OpenConsole, story: Story) -> None:
    approved(story, 1)
    page = open_console()
    refused = {"code": "not_found", "message": "Rights does not know."}
    page.route(LIST, lambda route: route.fulfill(status=404, content_type="application/json", body=json.dumps(refused)))
    page.goto(f"/{story.brand}/rights")
    expect(column(page, "To ask").get_by_role("alert")).to_have_text(re.compile("Rights does not know."))
    page.unroute(LIST)
    column(page, "To ask").get_by_role("button", name="Try again").click()
    expect(cards(page, "To ask")).to_have_count(1)


def test_a_card_tells_what_was_sent_and_answered_and_saves_what_proves_it(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    (post,) = approved(story, 1)
    page = open_console()
    link = story.ask(post["post"])
    page.goto(f"/{story.brand}/rights?open={post['post']}")
    page.get_by_role("button", name="Make a link to send again").click()
    thread = page.get_by_role("list", name="Thread")
    expect(thread.get_by_text(re.compile("Another link was made by ada@"))).to_be_visible()
    expect(page.get_by_text("Nothing was decided yet")).to_be_visible()
    story.grant(link)
    page.reload()
    expect(thread.get_by_text("The creator said yes")).to_be_visible()
    story.revoke(link)
    page.reload()
    expect(thread.get_by_role("listitem")).to_have_count(4)
    expect(thread.get_by_role("listitem").last).to_contain_text("The creator took it back")
    expect(thread.get_by_role("listitem").first).to_contain_text("Web, unpaid, worldwide")
    expect(page.get_by_role("button", name="Save as JSON")).to_have_count(2)
    page.screenshot(path=artefacts / "thread.png")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save as JSON").first.click()
    document = Path(saved.value.path()).read_bytes()
    published = httpx2.get(f"{story.house.addresses.public}/evidence/keys.json", trust_env=False, verify=tls()).json()
    sound = verify(document, read_published(published))
    assert (sound.receipt["kind"], sound.receipt["withheld"]) == ("granted", 3)
    assert b"creator0" not in document
    expect(page.get_by_role("link", name="Check it")).to_have_attribute("href", re.compile("/evidence/verify$"))
    page.get_by_role("link", name="Check it").scroll_into_view_if_needed()
    page.screenshot(path=artefacts / "evidence.png")


def test_who_only_reads_sees_the_thread_and_neither_evidence_nor_ways_to_ask(
    open_console: OpenConsole, story: Story
) -> None:
    (post, _) = approved(story, 2)
    story.grant(story.ask(post["post"]))
    email = f"vi@{story.brand}.example"
    story.call("brands.v1.Brands/SetMember", email=email, displayName="Vi Sample", role="ROLE_VIEWER")
    page = open_console(email)
    page.goto(f"/{story.brand}/rights")
    expect(cards(page, "To ask")).to_have_count(1)
    expect(column(page, "To ask").get_by_role("button", name=re.compile("^Ask "))).to_have_count(0)
    page.goto(f"/{story.brand}/rights?open={post['post']}")
    expect(page.get_by_text("The creator said yes")).to_be_visible()
    expect(page.get_by_text("Receipts are shown to rights managers.")).to_be_visible()


def test_templates_are_written_changed_and_deleted(open_console: OpenConsole, story: Story, artefacts: Path) -> None:
    page = open_console()
    page.goto(f"/{story.brand}/rights?open=templates")
    expect(page.get_by_text("There are no templates yet.")).to_be_visible()
    page.get_by_role("button", name="Write a template").click()
    page.get_by_label("Name").fill("Warm words")
    page.get_by_role("textbox", name="Message").fill("Hi {name}! {link}")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("alert").first).to_have_text(re.compile("Nobody fills in {name}"))
    page.get_by_role("textbox", name="Message").fill("Hi {creator}, it is {brand}.")
    expect(page.get_by_role("region", name="Preview of the message")).to_contain_text("Hi Mira Example, it is Lumen.")
    expect(page.get_by_role("region", name="Preview of the message")).to_contain_text("(link)")
    page.screenshot(path=artefacts / "template.png")
    page.get_by_role("button", name="Keep it").click()
    kept = page.get_by_role("region", name="Warm words")
    kept.get_by_role("button", name="Change").click()
    page.get_by_label("Name").fill("Warmer words")
    page.get_by_role("button", name="Keep it").click()
    kept = page.get_by_role("region", name="Warmer words")
    page.screenshot(path=artefacts / "templates.png")
    kept.get_by_role("button", name="Delete").click()
    kept.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("There are no templates yet.")).to_be_visible()


def test_a_card_of_the_queue_says_how_its_rights_stand_in_words(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    posts = approved(story, 3)
    story.grant(story.ask(posts[0]["post"]))
    story.decline(story.ask(posts[1]["post"]))
    page = open_console()
    page.goto(f"/{story.brand}/queue?state=approved")
    grid = page.locator("c-grid [role=listitem]")
    granted = grid.filter(has_text="creator0")
    expect(granted.get_by_text(re.compile(r"^Web · until \d+ \w+ \d{4}$"))).to_be_visible()
    expect(granted.get_by_text("Granted", exact=True)).to_be_visible()
    expect(granted.locator(".open")).to_have_attribute("aria-label", re.compile("Lumen may show this on the web"))
    expect(grid.filter(has_text="creator1").get_by_text(re.compile("^The creator said no on"))).to_be_visible()
    expect(grid.filter(has_text="creator1").get_by_text("Declined", exact=True)).to_be_visible()
    page.screenshot(path=artefacts / "queue.png")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", ["desk", "phone"])
def test_the_board_and_what_opens_above_it_fit_their_window(
    open_console: OpenConsole, story: Story, artefacts: Path, window: str, scheme: str
) -> None:
    posts = approved(story, 4)
    template(story)
    story.grant(story.ask(posts[0]["post"]))
    story.decline(story.ask(posts[1]["post"]))
    page = open_console(color_scheme=scheme, **({"viewport": PHONE} if window == "phone" else {}))
    opens = {"board": "", "granted": "?column=granted", "drawer": f"?open={posts[0]['post']}"}
    opens |= {name: f"?open={name}" for name in ("templates", "filters")}
    for name, query in opens.items():
        page.goto(f"/{story.brand}/rights{query}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=artefacts / f"{name}.png")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    page.goto(f"/{story.brand}/rights")
    page.get_by_label("Select the post of Creator 2").check()
    page.get_by_role("button", name="Select all shown").click()
    page.get_by_role("toolbar").get_by_role("button", name="Ask for permission").click()
    page.get_by_role("region", name="Preview of the message").scroll_into_view_if_needed()
    page.screenshot(path=artefacts / "ask.png")
    page.get_by_role("button", name="Ask about 2 posts").click()
    page.get_by_text("Message and link").first.click()
    page.screenshot(path=artefacts / "outcomes.png")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_terms_are_translated_and_a_wrong_language_is_told_beside_its_field(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    page = open_console()
    page.goto(f"/{story.brand}/rights?open=terms")
    page.get_by_role("button", name="Translate").click()
    page.get_by_label("Language").fill("no language")
    page.get_by_label("In short").fill("Lumen darf dein Bild zeigen.")
    page.get_by_label("In full").fill("Und du kannst es jederzeit zurücknehmen.")
    page.get_by_role("button", name="Add this translation").click()
    expect(page.get_by_text("Name it as in BCP 47")).to_be_visible()
    page.get_by_label("Language").fill("de")
    page.screenshot(path=artefacts / "translating.png")
    page.get_by_role("button", name="Add this translation").click()
    expect(page.get_by_text("German")).to_be_visible()
    expect(page.get_by_text("English")).to_be_visible()
    page.screenshot(path=artefacts / "translated.png")
    texts = story.call("rights.v1.Rights/ListTerms")["terms"]
    assert [(each["version"], each["language"]) for each in texts] == [(1, "en"), (1, "de")]
