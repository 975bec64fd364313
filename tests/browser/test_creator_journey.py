"""A creator's whole way, in a real browser and the whole house: from the link to the brand's feed, and back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from chorus.evidence.certificate import verify
from chorus.evidence.keys import read_published
from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from chorus.local.people import tls, until
from chorus.local.pictures import draw
from tests.browser.conftest import OpenConsole
from tests.house.fixtures import on
from tests.house.story import Story, all_gone, status
from tests.receiver import Receiver, Said

pytestmark = [pytest.mark.browser, on("embedded")]
PHONE = {"width": 390, "height": 844}
# Beyond the bound, which is half a minute.
PATIENCE_MS = 120_000
Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, story: Story) -> Iterator[Open]:
    """Opens addresses without scripts; whatever a page asks of another origin, or finds broken, fails the test."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []
    public = story.house.addresses.public

    def open_(address: str, *, width: int = 390, scheme: str = "light") -> Page:
        viewport = {"width": width, "height": PHONE["height"]}
        context = browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]  # a plain dict
            color_scheme=scheme,  # type: ignore[arg-type]  # one of two words
            java_script_enabled=False,
            base_url=public,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(public) else None)
        page.on("response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if not answer.ok else None)
        page.goto(address)
        return page

    # A redirect after a form is no fault, and neither is the icon that browsers ask for by themselves.
    yield open_
    for context in contexts:
        assert context.cookies() == []
        context.close()
    assert [each for each in wrong if not each.startswith("303 ") and "favicon" not in each] == []


def approved(story: Story, number: int = 1, seed: int = 3) -> str:
    story.send(story.item(number, seed=seed, text="Took our lamp camping. It lasted two nights!"))
    (post,) = story.arrived(1)
    story.decide(post)
    return str(post["post"])


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press tab until something has the focus, as somebody without a mouse does; fails where it is never reached."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator("*:focus")
        if focused.count() and wanted.and_(focused).count():
            return
    pytest.fail(f"tab never reaches {wanted}")


def fits(page: Page, artefacts: Path, name: str) -> None:
    """Keep a picture of the whole page, and hold the page to its width."""
    page.screenshot(path=artefacts / f"{name}.png", full_page=True)
    size = page.viewport_size
    assert size is not None
    widths = [box["x"] + box["width"] for each in page.locator("main *:visible").all() if (box := each.bounding_box())]
    assert max(widths) <= size["width"] + 1


def test_a_creator_allows_a_post_and_takes_it_back_on_a_phone(story: Story, open_page: Open, artefacts: Path) -> None:
    post = approved(story)
    page = open_page(story.ask(post))
    expect(heading(page)).to_have_text("Lumen would like to show your picture")
    expect(page.get_by_text("Took our lamp camping")).to_be_visible()
    expect(page.get_by_text("Mira Example").first).to_be_visible()
    fits(page, artefacts, "1-asked")
    page.get_by_role("button", name="Yes, you may").click()
    expect(heading(page)).to_have_text("Thank you, Mira Example")
    story.shows({post})
    media = story.media_addresses()
    assert {status(each) for each in media} == {200}
    page.reload()
    expect(page.get_by_text("wall").first).to_be_visible()
    fits(page, artefacts, "2-allowed")
    page.get_by_role("link", name="Your receipt").click()
    expect(heading(page)).to_have_text("Your receipt")
    fits(page, artefacts, "3-receipt")
    page.get_by_role("link", name="Back").click()
    page.get_by_text("Take it back", exact=True).click()
    fits(page, artefacts, "4-taking-back")
    page.get_by_role("button", name="Yes, take it back").click()
    expect(heading(page)).to_have_text("You took it back")
    fits(page, artefacts, "5-taken-back")
    story.shows(set())
    until("its media to be gone", all_gone(media))


def test_a_creator_says_no_and_nothing_is_shown(story: Story, open_page: Open, artefacts: Path) -> None:
    page = open_page(story.ask(approved(story)))
    page.get_by_role("button", name="No, thank you").click()
    expect(heading(page)).to_have_text("Thank you for answering")
    fits(page, artefacts, "declined")
    page.reload()
    expect(page.get_by_role("button")).to_have_count(0)
    assert story.on() == set()


def test_what_is_allowed_for_one_use_is_shown_for_that_use_alone(
    story: Story, open_page: Open, artefacts: Path
) -> None:
    story.add_surface("letter", scope={"uses": ["USE_EMAIL"]})
    post = approved(story)
    page = open_page(story.ask(post, scope={"uses": ["USE_WEB", "USE_EMAIL"]}))
    page.get_by_text("Choose single uses").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(0)
    page.get_by_label("On the web").check()
    fits(page, artefacts, "single-uses")
    page.get_by_role("button", name="Yes, but only these").click()
    expect(page.get_by_text("You allowed Lumen to show this on the web")).to_be_visible()
    story.shows({post})
    assert story.on("letter") == set()


def test_a_creator_needs_nothing_but_a_keyboard(story: Story, open_page: Open) -> None:
    post = approved(story)
    page = open_page(story.ask(post))
    tab_to(page, page.get_by_role("button", name="Yes, you may"))
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("Thank you, Mira Example")
    story.shows({post})
    tab_to(page, page.locator("summary").filter(has_text="Take it back"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Yes, take it back"))
    page.keyboard.press("Enter")
    expect(heading(page)).to_have_text("You took it back")
    story.shows(set())


def test_a_creator_and_the_brand_watch_the_clock_and_hold_the_same_certificates(
    story: Story, open_page: Open, open_console: OpenConsole, web_team: Receiver, artefacts: Path
) -> None:
    """Of a wall, of a letter that was sent already, and of a web team that is down at the bound and comes back."""
    path, down = f"/{story.brand}", threading.Event()
    web_team.answer = lambda request: Said(503 if request.path == path and down.is_set() else 204)
    endpoint = story.subscribe(web_team.url(path), title="CMS")["endpoint"]["endpoint"]
    story.add_surface("letter", title="Monthly letter", scope={"uses": ["USE_EMAIL"]})
    post = approved(story)
    link = story.ask(post, scope={"uses": ["USE_WEB", "USE_EMAIL"]})
    story.grant(link)
    story.shows({post})
    story.shows({post}, "letter")
    until("the web team to know", lambda: len(web_team.at(path)) == 2 or None)
    down.set()
    page, console = open_page(link), open_console()
    page.get_by_text("Take it back", exact=True).click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_role("heading", name="Being taken off")).to_be_visible()
    expect(page.get_by_text("Not shown by us since")).to_have_count(2)
    expect(page.get_by_role("progressbar")).to_be_visible()
    fits(page, artefacts, "1-running")
    console.goto(f"/{story.brand}/rights?open={post}")
    expect(console.get_by_text("s to go")).to_be_visible()
    console.screenshot(path=artefacts / "1-console.png")
    # Nobody touches either page: both look again by themselves.
    expect(page.get_by_text("Gone: looked at from outside")).to_have_count(2, timeout=PATIENCE_MS)
    expect(page.get_by_text("Told to delete its copy; it has not confirmed that yet")).to_be_visible()
    expect(page.get_by_text("E-mails that were sent with it cannot be called back")).to_be_visible()
    expect(console.get_by_text("Not confirmed yet")).to_be_visible()
    fits(page, artefacts, "2-not-confirmed")
    before = saved(page, page.get_by_role("link", name="Save the certificate"))
    down.clear()
    story.call("publishing.v1.Publishing/UpdateEndpoint", endpoint=endpoint, enabled=True)
    expect(console.get_by_text("All confirmed")).to_be_visible(timeout=PATIENCE_MS)
    console.get_by_role("button", name="Save certificate 2").scroll_into_view_if_needed()
    console.screenshot(path=artefacts / "3-console.png")
    page.reload()
    expect(page.get_by_role("heading", name="Taken off, and confirmed gone")).to_be_visible()
    fits(page, artefacts, "3-complete")
    after = saved(page, page.get_by_role("link", name="Save the certificate"))
    assert after == saved(console, console.get_by_role("button", name="Save certificate 2"))
    assert before == saved(console, console.get_by_role("button", name="Save certificate 1"))
    console.get_by_role("link", name="Open the post").click()
    expect(console.get_by_text("All confirmed")).to_be_visible()
    console.get_by_role("button", name="Save certificate 2").scroll_into_view_if_needed()
    console.screenshot(path=artefacts / "4-post.png")
    address = f"{story.house.addresses.public}/evidence/keys.json"
    keys = read_published(httpx2.get(address, trust_env=False, verify=tls()).json())
    assert [verify(each, keys)["complete"] for each in (before, after)] == [False, True]
    assert [word for word in (b"mira", b"camping") if word in (before + after).lower()] == []


def saved(page: Page, pressed: Locator) -> bytes:
    """Have the browser save what is offered."""
    with page.expect_download() as download:
        pressed.click()
    return Path(download.value.path()).read_bytes()


def test_somebody_shares_a_picture_sees_where_it_is_shown_and_withdraws_it(
    story: Story, open_page: Open, artefacts: Path, tmp_path: Path
) -> None:
    story.open_uploads()
    photo = tmp_path / "lamp.jpg"
    photo.write_bytes(draw(14, width=2400, height=1800))
    page = open_page(f"/{story.brand}/share")
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    page.get_by_label("Your picture").set_input_files(photo)
    page.get_by_label("What does it show?").fill("Tea and the green lamp, every evening.")
    page.get_by_label("Your name").fill("Kenji Demo")
    page.get_by_role("checkbox").check()
    fits(page, artefacts, "1-share")
    page.get_by_role("button", name="Share this picture").click()
    expect(heading(page)).to_have_text("Thank you, Kenji Demo", timeout=120_000)
    fits(page, artefacts, "2-shared")
    (post,) = story.arrived(1)
    story.decide(post)
    story.shows({post["post"]})
    media = story.media_addresses()
    page.reload()
    fits(page, artefacts, "3-shown")
    page.get_by_text("Withdraw my upload").click()
    page.get_by_role("button", name="Yes, withdraw it").click()
    expect(heading(page)).to_have_text("Your upload is withdrawn")
    fits(page, artefacts, "4-withdrawn")
    story.shows(set())
    until("its media to be gone", all_gone(media))
    until("the queue to drop it", lambda: not story.queue() or None)


def test_a_file_that_is_no_picture_comes_back_with_what_was_written(
    browser: Browser, story: Story, artefacts: Path, tmp_path: Path
) -> None:
    story.open_uploads()
    letter = tmp_path / "letter.jpg"
    letter.write_bytes(b"Dear Lumen, this is a letter and no picture.")
    context = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]  # a plain dict
        java_script_enabled=False,
        base_url=story.house.addresses.public,
    )
    page = context.new_page()
    page.goto(f"/{story.brand}/share")
    page.get_by_label("Your picture").set_input_files(letter)
    page.get_by_label("What does it show?").fill("A letter")
    page.get_by_label("Your name").fill("Noa Example")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Share this picture").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("What does it show?")).to_have_value("A letter")
    expect(page.get_by_label("Your name")).to_have_value("Noa Example")
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    fits(page, artefacts, "refused")
    context.close()
    assert story.queue() == []


@pytest.fixture(scope="module")
def every_page(open_house: Callable[[str], House], magazine: FeedSite) -> dict[str, str]:
    """Every page that a creator comes to, made once: to look at one changes nothing."""
    story = Story(open_house("embedded"), magazine)
    story.open_uploads()
    story.send(*(story.item(number, seed=3 + number) for number in range(2)))
    posts = story.arrived(2)
    story.decide(*posts)
    asked, allowed = (story.ask(each["post"]) for each in posts)
    story.grant(allowed)
    return {"asked": asked, "share": f"/{story.brand}/share", "allowed": allowed, "receipt": f"{allowed}/receipt"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_every_page_fits_every_screen(
    every_page: dict[str, str], open_page: Open, artefacts: Path, width: int, scheme: str
) -> None:
    page = open_page(every_page["asked"], width=width, scheme=scheme)
    page.locator("summary").first.click()
    fits(page, artefacts, "asked")
    for name in ("share", "allowed", "receipt"):
        page.goto(every_page[name])
        fits(page, artefacts, name)
