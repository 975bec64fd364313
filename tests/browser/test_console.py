"""A curator in a real browser, in front of a whole running house."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Locator, Page, expect

from chorus.local.people import deliver, until
from tests.browser.conftest import DESK, PHONE, OpenConsole
from tests.content_credentials import with_credentials
from tests.hostile.senders import Uploader
from tests.house.fixtures import on
from tests.house.story import Story

pytestmark = [pytest.mark.browser, on("embedded")]


def cards(page: Page) -> Locator:
    return page.locator("c-grid [role=listitem]")


def state(story: Story, text: str) -> str:
    """Tell how curation knows the post with this text."""
    return next(str(each["state"]) for each in story.queue() if each["text"] == text)


def becomes(story: Story, text: str, wanted: str) -> None:
    until(f"{text} to be {wanted}", lambda: state(story, text) == wanted or None)


def test_a_curator_triages_with_the_keyboard_alone(open_console: OpenConsole, story: Story, artefacts: Path) -> None:
    story.send(*(story.item(number, seed=number) for number in range(4)))
    story.arrived(4)
    page = open_console()
    expect(cards(page)).to_have_count(4)
    order = [text or "" for text in cards(page).locator("footer .soft").all_inner_texts()]
    page.screenshot(path=artefacts / "queue.png")
    page.keyboard.press("a")
    expect(cards(page)).to_have_count(3)
    becomes(story, order[0], "STATE_APPROVED")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", name="Why not?")).to_be_visible()
    page.keyboard.press("2")
    expect(cards(page)).to_have_count(2)
    becomes(story, order[2], "STATE_REJECTED")
    page.keyboard.press("u")
    expect(cards(page)).to_have_count(3)
    becomes(story, order[2], "STATE_NEW")
    page.keyboard.press("z")
    expect(page.get_by_label("One post at a time")).to_be_visible()
    page.screenshot(path=artefacts / "zen.png")
    page.keyboard.press("a")
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.get_by_text("All done: nothing waits for you.")).to_be_visible()
    page.screenshot(path=artefacts / "done.png")
    for text in order:
        becomes(story, text, "STATE_APPROVED")


def test_the_next_post_has_the_keyboard_after_a_decision(open_console: OpenConsole, story: Story) -> None:
    story.send(*(story.item(number) for number in range(3)))
    story.arrived(3)
    page = open_console()
    second = cards(page).nth(1).locator(".open")
    label = second.get_attribute("aria-label")
    page.keyboard.press("a")
    expect(cards(page)).to_have_count(2)
    expect(cards(page).first.locator(".open")).to_be_focused()
    expect(cards(page).first.locator(".open")).to_have_attribute("aria-label", label or "")


def test_a_refused_decision_brings_the_card_back_with_the_reason(open_console: OpenConsole, story: Story) -> None:
    story.send(story.item(1, text="As it was"))
    story.arrived(1)
    page = open_console()
    expect(cards(page)).to_have_count(1)
    story.send(story.item(1, text="As it is now") | {"edited_at": "2026-11-21T09:00:00Z"})
    until("the edit to arrive", lambda: story.queue()[0]["text"] == "As it is now" or None)
    page.keyboard.press("a")
    expect(page.locator("c-status [data-bad]")).to_be_visible()
    expect(cards(page)).to_have_count(1)
    assert state(story, "As it is now") == "STATE_NEW"


def test_several_posts_are_decided_at_once(open_console: OpenConsole, story: Story, artefacts: Path) -> None:
    story.send(*(story.item(number, seed=number) for number in range(4)))
    story.arrived(4)
    page = open_console()
    expect(cards(page)).to_have_count(4)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("3 posts selected")).to_be_visible()
    page.screenshot(path=artefacts / "selected.png")
    page.get_by_role("toolbar").get_by_role("button", name="Approve").click()
    expect(cards(page)).to_have_count(1)
    until("three approvals", lambda: len(story.queue(states=["STATE_APPROVED"])) == 3 or None)


def test_filters_and_the_open_post_stand_in_the_address(open_console: OpenConsole, story: Story) -> None:
    story.send(story.item(1, seed=1, text="A warm evening"), story.item(2, text="Only words"))
    story.arrived(2)
    page = open_console()
    expect(cards(page)).to_have_count(2)
    page.get_by_label("Words only").click()
    expect(cards(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("media=no"))
    page.go_back()
    expect(cards(page)).to_have_count(2)
    page.get_by_label("Search posts").fill("warm")
    page.keyboard.press("Enter")
    expect(cards(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("q=warm"))
    page.reload()
    expect(cards(page)).to_have_count(1)
    cards(page).first.locator(".open").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/posts/[0-9a-f]+$"))
    address = page.url
    again = page.context.new_page()
    again.goto(address)
    expect(again.get_by_role("article").get_by_text("A warm evening")).to_be_visible()


def test_new_posts_announce_themselves_and_wait(open_console: OpenConsole, story: Story) -> None:
    story.send(story.item(1))
    story.arrived(1)
    page = open_console()
    expect(cards(page)).to_have_count(1)
    story.send(story.item(2), story.item(3))
    story.arrived(3)
    announced = page.get_by_role("button", name="2 new")
    expect(announced).to_be_visible()
    expect(cards(page)).to_have_count(1)
    announced.click()
    expect(cards(page)).to_have_count(3)


def test_a_curator_asks_and_sees_the_post_reach_its_surface(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    story.send(story.item(1, seed=5))
    (post,) = story.arrived(1)
    page = open_console()
    expect(cards(page)).to_have_count(1)
    page.keyboard.press("p")
    expect(page.get_by_label("How long")).to_be_visible()
    page.screenshot(path=artefacts / "ask.png")
    page.get_by_role("button", name="Approve and make the link").click()
    expect(page.get_by_role("heading", name="Send it to the creator")).to_be_visible()
    link = page.locator("c-ask c-copy code").inner_text()
    page.screenshot(path=artefacts / "link.png")
    page.keyboard.press("Escape")
    page.goto(f"/{story.brand}/rights?open={post['post']}")
    expect(page.get_by_text("Waiting for an answer")).to_be_visible()
    page.screenshot(path=artefacts / "drawer.png")
    story.grant(link)
    story.shows({post["post"]})
    page.goto(f"/{story.brand}/rights")
    expect(page.get_by_label("Granted").get_by_text("Mira Example").first).to_be_visible()
    page.screenshot(path=artefacts / "board.png")
    page.goto(f"/{story.brand}/posts/{post['post']}")
    expect(page.locator("c-explain").get_by_text("Here", exact=True)).to_be_visible()
    page.screenshot(path=artefacts / "post.png")
    page.goto(f"/{story.brand}/surfaces")
    picture = page.locator("c-surface-preview img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.screenshot(path=artefacts / "surfaces.png")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Pause it").click()
    story.shows(set())
    expect(page.get_by_text("Nothing is shown while it is paused.")).to_be_visible()


def test_the_description_and_the_centre_of_interest_are_kept(open_console: OpenConsole, story: Story) -> None:
    story.send(story.item(1, seed=2))
    (post,) = story.arrived(1)
    page = open_console()
    page.goto(f"/{story.brand}/posts/{post['post']}")
    page.get_by_label("Description for those who cannot see it").fill("A lamp on a table")
    page.get_by_role("button", name="Keep the description").click()
    until("the description", lambda: story.queue()[0]["media"][0].get("altText") == "A lamp on a table" or None)
    page.get_by_role("button", name="Centre of interest").click()
    picture = page.locator("c-viewer .picture")
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.75})
    page.get_by_role("button", name="Keep", exact=True).click()

    def focal() -> bool | None:
        media = story.queue()[0]["media"][0]
        near = abs(media["focalX"] - 0.25) < 0.02 and abs(media["focalY"] - 0.75) < 0.02
        return near or None

    until("the centre of interest", focal)


def test_a_text_edited_after_approval_comes_back_with_what_changed(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    story.send(story.item(1, text="A warm lamp"))
    story.decide(*story.arrived(1))
    story.send(story.item(1, text="A cold lamp") | {"edited_at": "2026-11-21T09:00:00Z"})
    until("the edit", lambda: story.queue()[0]["state"] == "STATE_EDITED" or None)
    page = open_console()
    page.goto(f"/{story.brand}/queue?state=edited")
    panel = page.locator("c-panel")
    expect(panel.locator("del")).to_have_text("warm")
    expect(panel.locator("ins")).to_have_text("cold")
    page.screenshot(path=artefacts / "edited.png")


def test_posts_are_put_into_a_collection_and_taken_out_again(open_console: OpenConsole, story: Story) -> None:
    story.send(story.item(1, seed=1))
    (post,) = story.arrived(1)
    page = open_console()
    expect(cards(page)).to_have_count(1)
    page.keyboard.press("c")
    page.get_by_label("A new collection").fill("Évening Light")
    page.get_by_role("button", name="Create and add").click()
    until("the collection", lambda: story.queue(collection="evening-light") or None)
    page.goto(f"/{story.brand}/posts/{post['post']}")
    page.get_by_role("button", name="Take out of Évening Light").click()
    until("it to be taken out", lambda: not story.queue(collection="evening-light") or None)


def test_an_admin_adds_a_feed_and_sees_how_it_does(open_console: OpenConsole, story: Story, artefacts: Path) -> None:
    page = open_console()
    page.goto(f"/{story.brand}/sources?open=add")
    page.get_by_role("button", name=re.compile("^Feed")).click()
    page.get_by_label("Title").fill("A house magazine")
    expect(page.get_by_label("Id", exact=False).first).to_have_value("a-house-magazine")
    page.get_by_label("Address of the feed").fill(f"{story.site.address}/feed.json")
    page.screenshot(path=artefacts / "add.png")
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("button", name="Done").click()
    source = page.locator("c-source", has_text="A house magazine")
    expect(source.get_by_text("Working")).to_be_visible()
    page.screenshot(path=artefacts / "sources.png")
    source.get_by_role("button", name="Pause").click()
    expect(source.get_by_text("Paused")).to_be_visible()


def test_an_upload_page_and_a_webhook_are_added_with_what_each_needs(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    page = open_console()
    page.goto(f"/{story.brand}/sources?open=add")
    page.get_by_role("button", name=re.compile("^Upload page")).click()
    page.get_by_label("Title").fill("Share your light")
    page.screenshot(path=artefacts / "upload.png")
    page.get_by_role("button", name="Add it").click()
    where = page.locator("c-add-source c-copy code").inner_text()
    story.visitor.get(where.removeprefix(story.house.addresses.public))
    page.get_by_role("button", name="Done").click()
    page.goto(f"/{story.brand}/sources?open=add")
    page.get_by_role("button", name=re.compile("^Sent by another system")).click()
    page.get_by_label("Title").fill("Stock system")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("Shown only this once.")).to_be_visible()
    page.screenshot(path=artefacts / "webhook.png")
    secret = page.locator("c-add-source c-copy code").last.inner_text()
    assert secret.startswith("whsec_")
    path = f"/v1/{story.brand}/sources/stock-system/posts"
    deliver(story.house.addresses.public, path, secret, "msg_1", story.item(1, text="By the secret of the page"))
    until("the post", lambda: [each for each in story.queue() if each["text"] == "By the secret of the page"] or None)


def test_a_wrong_setting_is_said_beside_its_field(open_console: OpenConsole, story: Story) -> None:
    page = open_console()
    page.goto(f"/{story.brand}/sources?open=add")
    page.get_by_role("button", name=re.compile("^Feed")).click()
    page.get_by_label("Title").fill("Broken")
    page.get_by_label("Address of the feed").fill("ftp://nowhere.example/feed")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_role("alert").first).to_be_visible()


def test_every_screen_fits_its_window(open_console: OpenConsole, story: Story, artefacts: Path) -> None:
    story.live(2, first_seed=3)
    story.send(*(story.item(number, seed=number) for number in range(10, 16)))
    posts = story.arrived(8)
    for (window, viewport), scheme in itertools.product({"desk": DESK, "phone": PHONE}.items(), ("light", "dark")):
        page = open_console(viewport=viewport, color_scheme=scheme)
        for screen in ("queue", "rights", "surfaces", "sources", f"posts/{posts[0]['post']}"):
            page.goto(f"/{story.brand}/{screen}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            page.wait_for_load_state("networkidle")
            name = f"{window}-{scheme}-{screen.partition('/')[0]}"
            page.screenshot(path=artefacts / f"{name}.png")
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name


def test_what_an_original_s_own_credentials_say_stands_beside_its_picture(
    open_console: OpenConsole, story: Story, artefacts: Path
) -> None:
    assert Uploader(story).by_api(with_credentials("JPEG")).status_code == 201
    (post,) = story.arrived(1)
    for scheme in ("light", "dark"):
        for size in (DESK, PHONE):
            page = open_console(viewport=size, color_scheme=scheme)
            page.goto(f"/{story.brand}/posts/{post['post']}")
            origin = page.locator("c-post-facts dd", has_text="Content credentials")
            expect(origin).to_contain_text("Says it was made by artificial intelligence")
            expect(origin).to_contain_text("Credentials unchanged since signed")
            expect(origin).to_contain_text("written by Example Painter 7. Nobody has checked who that is.")
            origin.scroll_into_view_if_needed()
            page.screenshot(path=artefacts / f"credentials-{scheme}-{size['width']}.png")
    story.decide(post)
    story.shows({post["post"]})
    made = b"http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    assert all(made in httpx2.get(address, trust_env=False).content for address in story.media_addresses())
