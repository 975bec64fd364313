"""The gallery on a plain page, in a real Chromium: what visitors see, with eyes, keys and screen readers."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

import chorus
from tests.browser.feed_server import PLACES, Surface, serving

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Lumen</title>
<script src="/gallery/chorus-gallery.js" defer></script>
<style>chorus-gallery {{ display: block; min-block-size: 500px }}</style>
<h1>At home</h1>
<chorus-gallery src="/v1/lumen/surfaces/home/feed.json" {attributes}></chorus-gallery>
<p id="after">What comes after the gallery.</p></html>"""

SHIFTS = """() => { window.shifts = [];
  new PerformanceObserver(list => window.shifts.push(...list.getEntries().map(entry => entry.value)))
    .observe({ type: 'layout-shift', buffered: true }) }"""


class Visit:
    """A visitor's look at a page with the gallery on it."""

    def __init__(self, context: BrowserContext, surface: Surface, origin: str) -> None:
        self.page: Page = context.new_page()
        self.surface = surface
        self.origin = origin
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))

    def open(self, attributes: str = "", page: str = PAGE) -> None:
        self.surface.page = page.format(attributes=attributes)
        self.page.goto(self.origin)

    def look(self) -> None:
        self.page.evaluate("() => document.querySelector('chorus-gallery').refresh()")

    def wait(self, state: str) -> None:
        expect(self.page.locator(f"chorus-gallery [data-state={state}]")).to_have_count(1)

    @property
    def pictures(self) -> list[str]:
        """The placements whose pictures stand on the page, in order."""
        shown: list[str] = self.page.eval_on_selector_all(
            "chorus-gallery .item:not([hidden]) img",
            "images => images.map(image => image.srcset.match(/home\\/(p\\d+)\\//)[1])",
        )
        return shown

    @property
    def focused(self) -> str:
        """The accessible name of what has the focus inside the gallery, or nothing."""
        name: str | None = self.page.evaluate(
            "() => document.querySelector('chorus-gallery').shadowRoot.activeElement?.getAttribute('aria-label')"
        )
        return name or ""

    def shifted(self) -> float:
        """How far the page has jumped since `watch_shifts`, in the browser's own measure."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
        shifts: list[float] = self.page.evaluate("() => window.shifts")
        return sum(shifts)


@pytest.fixture
def surface(gallery_script: bytes) -> Surface:
    return Surface(script=gallery_script)


@pytest.fixture
def origin(surface: Surface) -> Iterator[str]:
    with serving(surface) as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1000, "height": 900})
    yield context
    context.close()


@pytest.fixture
def visit(context: BrowserContext, surface: Surface, origin: str) -> Iterator[Visit]:
    visit = Visit(context, surface, origin)
    yield visit
    assert visit.troubles == []


def test_the_script_stays_within_thirty_kilobytes_of_gzip(gallery_script: bytes) -> None:
    assert len(gzip.compress(gallery_script)) <= 30_000


def test_its_parts_do_what_they_say(gallery_npm: Callable[..., None]) -> None:
    """The package's own tests, of everything in it that needs no browser."""
    gallery_npm("test")


def test_every_picture_has_its_credit_its_source_and_its_alternative_text(visit: Visit) -> None:
    visit.open('heading="Seen at yours" limit="3"')
    visit.wait("full")
    expect(visit.page.get_by_role("region", name="Seen at yours")).to_have_count(1)
    expect(visit.page.get_by_role("heading", name="Seen at yours")).to_be_visible()
    items = visit.page.get_by_role("listitem")
    expect(items).to_have_count(3)
    first = items.first
    expect(first.get_by_role("button", name="Open: A lamp glowing by the window")).to_be_visible()
    expect(first.locator("img")).to_have_attribute("alt", "A lamp glowing by the window")
    expect(first.get_by_text("Photo: Jonas Sample (@jonas)")).to_be_visible()
    source = first.get_by_role("link", name="Original post by Jonas Sample on social.example")
    expect(source).to_have_attribute("href", "https://social.example/@jonas/1")
    expect(source).to_have_attribute("rel", "noopener ugc")


def test_a_picture_is_fetched_in_the_size_in_which_it_is_drawn(visit: Visit) -> None:
    visit.open('limit="2"')
    visit.wait("full")
    chosen = visit.page.locator("chorus-gallery img").first
    expect(chosen).to_have_class("there")
    address = chosen.evaluate("image => image.currentSrc")
    assert address.endswith("/320.webp")
    assert not [each for each in visit.surface.asked if "/1080." in each]


def test_a_placeholder_stands_where_the_picture_will_be(visit: Visit) -> None:
    visit.page.route("**/media/**", lambda _: None)  # the bytes never come
    visit.open('limit="2"')
    visit.wait("full")
    canvas = visit.page.locator("chorus-gallery canvas").first
    expect(canvas).to_have_attribute("width", re.compile(r"^\d+$"))
    reads = "c => [...c.getContext('2d').getImageData(c.width / 2, c.height / 3, 1, 1).data]"
    red, _green, blue, opacity = canvas.evaluate(reads)
    assert opacity == 255
    assert red > blue, "the blurred lamp is warm"


def test_the_page_stores_nothing_and_asks_nobody_but_feed_and_pictures(visit: Visit, context: BrowserContext) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.open()
    visit.wait("full")
    expect(visit.page.locator("chorus-gallery img.there")).not_to_have_count(0)
    own = (visit.origin + "/v1/lumen/", visit.origin + "/media/", visit.origin + "/gallery/")
    assert [address for address in asked[1:] if not address.startswith(own)] == []
    assert context.cookies() == []
    assert visit.page.evaluate("() => localStorage.length + sessionStorage.length") == 0


def test_a_strict_content_policy_is_enough(visit: Visit) -> None:
    visit.surface.policy = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'"
    refused = re.compile("content security policy", re.IGNORECASE)
    visit.page.on("console", lambda message: visit.troubles.extend(refused.findall(message.text)))
    visit.open("", PAGE.replace("<style>chorus-gallery {{ display: block; min-block-size: 500px }}</style>\n", ""))
    visit.wait("full")
    expect(visit.page.locator("chorus-gallery img.there")).not_to_have_count(0)
    assert visit.page.locator("chorus-gallery .item").first.evaluate("item => getComputedStyle(item).position") == (
        "absolute"
    ), "its own style arrived"


@pytest.mark.parametrize("layout", ["grid", "masonry", "wall", "carousel"])
@pytest.mark.parametrize("width", [390, 1000])
def test_nothing_jumps_while_pictures_come_and_go(visit: Visit, layout: str, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 1100})
    visit.surface.gate.clear()
    visit.open(f'layout="{layout}" limit="6"')
    visit.page.evaluate(SHIFTS)
    expect(visit.page.locator("chorus-gallery .skeleton")).not_to_have_count(0)
    before = visit.page.locator("#after").bounding_box()
    visit.surface.gate.set()
    visit.wait("full")
    expect(visit.page.locator("chorus-gallery img.there")).not_to_have_count(0)
    visit.surface.ids = ["p20", "p2", "p3", "p4"]
    visit.look()
    expect(visit.page.get_by_text("Show 1 new picture")).to_be_visible()
    visit.surface.ids = []
    visit.look()
    visit.wait("empty")
    assert visit.page.locator("#after").bounding_box() == before
    assert visit.shifted() == 0


def test_the_room_is_reserved_from_the_limit_where_the_page_does_not_name_it(visit: Visit) -> None:
    visit.surface.gate.clear()
    visit.page.set_viewport_size({"width": 1000, "height": 1400})
    plain = PAGE.replace("min-block-size: 500px", "").replace(" defer", "")
    visit.open('limit="8"', plain)
    visit.page.evaluate(SHIFTS)
    expect(visit.page.locator("chorus-gallery .skeleton")).to_have_count(8)
    visit.surface.gate.set()
    visit.wait("full")
    assert len(visit.pictures) == 8
    assert visit.shifted() == 0


def test_the_shift_measure_sees_a_page_that_does_jump(visit: Visit) -> None:
    visit.open()
    visit.page.evaluate(SHIFTS)
    visit.wait("full")
    visit.page.evaluate("() => document.querySelector('chorus-gallery').style.marginBlockStart = '200px'")
    assert visit.shifted() > 0


def test_what_does_not_fit_into_the_room_waits_behind_show_more(visit: Visit) -> None:
    visit.open()
    visit.wait("full")
    fitted = len(visit.pictures)
    assert 0 < fitted < 8
    visit.page.get_by_role("button", name="Show more").click()
    expect(visit.page.locator("chorus-gallery .item:not([hidden])")).to_have_count(8)
    assert visit.focused == f"Open: A lamp glowing {PLACES[(fitted + 1) % len(PLACES)]}", "the first one added has it"


def test_a_withdrawn_post_leaves_at_the_next_look_and_leaves_no_gap(visit: Visit) -> None:
    visit.open('limit="3"')
    visit.wait("full")
    assert visit.pictures == ["p1", "p2", "p3"]
    places = "items => items.map(item => { const { x, y } = item.getBoundingClientRect(); return [x, y] })"
    before = visit.page.eval_on_selector_all("chorus-gallery .item", places)
    visit.surface.ids.remove("p2")
    visit.look()
    expect(visit.page.get_by_text("1 picture was taken down")).to_have_count(1)
    assert visit.pictures == ["p1", "p3", "p4"]
    visit.page.evaluate(
        "() => Promise.all(document.querySelector('chorus-gallery').shadowRoot.getAnimations()"
        ".map(animation => animation.finished))"
    )
    assert visit.page.eval_on_selector_all("chorus-gallery .item", places) == before


def test_the_gallery_looks_again_by_itself(visit: Visit) -> None:
    visit.page.clock.install()  # which goes on by itself meanwhile
    visit.open('limit="3" refresh="3600"')
    visit.wait("full")
    visit.surface.ids.remove("p1")
    visit.page.clock.fast_forward(3_000_000)
    assert visit.pictures == ["p1", "p2", "p3"]
    visit.page.clock.fast_forward(601_000)
    expect(visit.page.get_by_text("1 picture was taken down")).to_have_count(1)
    assert visit.pictures == ["p2", "p3", "p4"]


def test_a_picture_that_is_gone_makes_the_gallery_look_at_once(visit: Visit) -> None:
    visit.page.route("**/media/home/p2/**", lambda route: route.fulfill(status=404))
    visit.surface.gate.clear()
    visit.open('limit="3" refresh="3600"')
    visit.surface.gate.set()
    visit.wait("full")
    visit.surface.ids.remove("p2")
    expect(visit.page.locator("chorus-gallery .item")).to_have_count(3)
    expect(visit.page.get_by_text("1 picture was taken down")).to_have_count(1)
    assert visit.pictures == ["p1", "p3", "p4"]


def test_an_ended_consent_hides_its_picture_at_that_instant_without_asking_anybody(visit: Visit) -> None:
    visit.page.clock.install(time="2026-11-23T09:00:00Z")
    visit.surface.changes["p1"] = {"valid_until": "2026-11-23T09:20:00Z"}
    visit.open('limit="2" refresh="7200"')
    visit.wait("full")
    assert visit.pictures == ["p1", "p2"]
    asked = len([each for each in visit.surface.asked if "feed.json" in each])
    visit.page.clock.fast_forward(1_201_000)
    expect(visit.page.get_by_text("1 picture was taken down")).to_have_count(1)
    assert visit.pictures == ["p2", "p3"]
    assert len([each for each in visit.surface.asked if "feed.json" in each]) == asked


def test_a_held_surface_hides_every_picture_and_brings_them_back(visit: Visit) -> None:
    visit.open('limit="3"')
    visit.wait("full")
    visit.surface.status = 503
    visit.look()
    expect(visit.page.get_by_text("The pictures will be back soon.").first).to_be_visible()
    assert visit.page.locator("chorus-gallery img").count() == 0
    visit.surface.status = 200
    visit.look()
    visit.wait("full")
    assert visit.pictures == ["p1", "p2", "p3"]


def test_a_feed_that_is_out_of_reach_keeps_the_pictures_for_a_while_and_not_for_ever(visit: Visit) -> None:
    visit.page.clock.install()
    visit.open('limit="3" refresh="60"')
    visit.wait("full")
    visit.surface.status = 500
    with visit.page.expect_response("**/feed.json"):
        visit.page.clock.fast_forward(61_000)
    assert visit.pictures == ["p1", "p2", "p3"]
    visit.page.clock.fast_forward(300_000)
    visit.wait("failed")
    assert visit.page.locator("chorus-gallery img").count() == 0


def test_an_error_says_what_happened_and_trying_again_helps(visit: Visit) -> None:
    visit.surface.status = 500
    visit.open('limit="3"')
    visit.wait("failed")
    expect(visit.page.get_by_text("The pictures could not be loaded.").first).to_be_visible()
    visit.surface.status = 200
    visit.page.get_by_role("button", name="Try again").click()
    visit.wait("full")
    assert visit.pictures == ["p1", "p2", "p3"]


def test_an_empty_surface_says_so_in_the_pages_own_words(visit: Visit) -> None:
    visit.surface.ids = []
    visit.open("", PAGE.replace("></chorus", '><b slot="empty">Will yours be the first?</b></chorus'))
    visit.wait("empty")
    expect(visit.page.get_by_text("Will yours be the first?")).to_be_visible()


def test_new_pictures_wait_until_the_visitor_asks_for_them(visit: Visit) -> None:
    visit.open('limit="3"')
    visit.wait("full")
    visit.surface.ids[:0] = ["p11", "p12"]
    visit.look()
    newer = visit.page.get_by_role("button", name="Show 2 new pictures")
    expect(newer).to_be_visible()
    assert visit.pictures == ["p1", "p2", "p3"]
    newer.click()
    assert visit.pictures == ["p11", "p12", "p1"]
    expect(newer).to_be_hidden()


def test_more_comes_page_by_page_and_a_withdrawal_on_any_page_is_followed(visit: Visit) -> None:
    visit.surface.page_size = 3
    visit.open('limit="3"')
    visit.wait("full")
    more = visit.page.get_by_role("button", name="Show more")
    more.click()
    expect(visit.page.locator("chorus-gallery .item")).to_have_count(6)
    more.click()
    expect(visit.page.locator("chorus-gallery .item")).to_have_count(8)
    expect(more).to_be_hidden()
    visit.surface.ids.remove("p5")
    visit.look()
    expect(visit.page.locator("chorus-gallery .item")).to_have_count(7)
    assert "p5" not in visit.pictures


def test_a_key_travels_as_a_bearer_token_and_a_wrong_one_shows_nothing(visit: Visit) -> None:
    visit.surface.key = "surface-key"
    visit.open('limit="3" key="wrong"')
    visit.wait("refused")
    expect(visit.page.get_by_text("These pictures are not available here.").first).to_be_visible()
    visit.page.evaluate("() => document.querySelector('chorus-gallery').setAttribute('key', 'surface-key')")
    visit.wait("full")
    assert visit.pictures == ["p1", "p2", "p3"]
    assert not [each for each in visit.surface.asked if "surface-key" in each], "a key in an address ends up in logs"


def test_keys_move_open_and_close(visit: Visit) -> None:
    keys = visit.page.keyboard
    visit.open('limit="6" columns="3"', PAGE.replace("500px", "1000px"))
    visit.wait("full")
    keys.press("Tab")
    assert visit.focused == "Open: A lamp glowing by the window"
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    assert visit.focused == "Open: A lamp glowing in a bookcase"
    keys.press("End")
    assert visit.focused == "Open: A lamp glowing on a balcony"
    keys.press("Home")
    keys.press("Tab")
    assert visit.focused.startswith("Original post by Jonas"), "the link of the reached picture is the next stop"
    keys.press("Shift+Tab")
    keys.press("Enter")
    dialog = visit.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text("1 of 6")).to_be_visible()
    expect(dialog.get_by_text("The evening light by the window.")).to_be_visible()
    keys.press("ArrowRight")
    expect(dialog.get_by_text("2 of 6")).to_be_visible()
    for _ in range(8):
        keys.press("Tab")
        inside = "() => { const { activeElement } = document.querySelector('chorus-gallery').shadowRoot; "
        inside += "return !activeElement || !!activeElement.closest('dialog') }"
        assert visit.page.evaluate(inside), "the focus stays in the open picture"
    keys.press("Escape")
    expect(dialog).to_be_hidden()
    assert visit.focused == "Open: A lamp glowing in a hallway", "the focus returns to the picture last seen"


def test_whoever_finds_their_own_picture_is_told_where_to_say_so(visit: Visit, artefacts: Path) -> None:
    visit.surface.changes["p2"] = {"mine_url": "javascript:alert(1)"}
    visit.open('limit="2"')
    visit.wait("full")
    visit.page.get_by_role("button", name="Open: A lamp glowing by the window").click()
    link = visit.page.get_by_role("dialog").get_by_role("link", name="Is this yours?")
    assert str(link.get_attribute("href")).endswith("/lumen/mine?item=p1")
    expect(link).to_have_attribute("rel", "noopener")
    visit.page.screenshot(path=artefacts / "lightbox.png")
    visit.page.set_viewport_size({"width": 320, "height": 640})
    visit.page.screenshot(path=artefacts / "phone.png")
    visit.page.keyboard.press("ArrowRight")
    expect(visit.page.get_by_role("dialog").get_by_text("2 of 2")).to_be_visible()
    expect(link).to_have_count(0)


def test_a_picture_that_is_withdrawn_while_open_gives_way_to_its_neighbour(visit: Visit) -> None:
    visit.open('limit="3"')
    visit.wait("full")
    visit.page.get_by_role("button", name="Open: A lamp glowing in a hallway").click()
    dialog = visit.page.get_by_role("dialog")
    expect(dialog.get_by_text("2 of 3")).to_be_visible()
    visit.surface.ids = ["p1"]
    visit.look()
    expect(dialog.get_by_text("1 of 1")).to_be_visible()
    expect(dialog.get_by_text("Photo: Jonas Sample (@jonas)")).to_be_visible()
    visit.surface.ids = []
    visit.look()
    expect(dialog).to_be_hidden()


def test_a_swipe_turns_to_the_next_picture(visit: Visit) -> None:
    visit.open('limit="3"')
    visit.wait("full")
    visit.page.get_by_role("button", name="Open: A lamp glowing by the window").click()
    dialog = visit.page.get_by_role("dialog")
    expect(dialog.get_by_text("1 of 3")).to_be_visible()
    touch = visit.page.context.new_cdp_session(visit.page)

    def send(kind: str, *points: tuple[int, int]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    send("touchStart", (600, 400))
    send("touchMove", (520, 400))
    send("touchMove", (400, 402))
    send("touchEnd")
    expect(dialog.get_by_text("2 of 3")).to_be_visible()


def test_who_wants_stillness_gets_it(browser: Browser, surface: Surface, origin: str) -> None:
    durations = """() => [...document.querySelector('chorus-gallery').shadowRoot.querySelectorAll('*')]
        .map(element => getComputedStyle(element).transitionDuration).filter(time => parseFloat(time) > 0)"""
    moving = {}
    for wish in ("reduce", "no-preference"):
        context = browser.new_context(reduced_motion=wish)
        visit = Visit(context, surface, origin)
        visit.open('limit="3"')
        visit.wait("full")
        visit.look()
        moving[wish] = len(visit.page.evaluate(durations))
        context.close()
    assert moving["reduce"] == 0
    assert moving["no-preference"] > 0


def test_words_follow_the_language_and_pictures_the_direction_of_the_page(visit: Visit) -> None:
    visit.surface.page_size = 3
    visit.open('limit="2"', PAGE.replace('lang="en"', 'lang="de" dir="rtl"'))
    visit.wait("full")
    expect(visit.page.get_by_role("button", name="Mehr zeigen")).to_be_visible()
    first, second = (item.bounding_box() for item in visit.page.locator("chorus-gallery .item").all())
    assert first
    assert second
    assert first["x"] > second["x"]


def test_an_element_that_left_the_page_asks_no_more_and_one_that_returns_starts_anew(visit: Visit) -> None:
    visit.page.clock.install()
    visit.open('limit="3"')
    visit.wait("full")
    visit.page.evaluate("() => { window.gone = document.querySelector('chorus-gallery'); window.gone.remove() }")
    # A picture that was on its way when the element left may still come.
    asked = [each for each in visit.surface.asked if each.startswith("/v1/")]
    visit.page.clock.fast_forward(120_000)
    assert [each for each in visit.surface.asked if each.startswith("/v1/")] == asked
    visit.page.evaluate("() => document.body.append(window.gone)")
    visit.wait("full")
    assert visit.pictures == ["p1", "p2", "p3"]


@pytest.mark.parametrize("layout", ["grid", "masonry", "wall", "carousel"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_the_demos_brand_page_shows_the_gallery(
    browser: Browser,
    surface: Surface,
    origin: str,
    artefacts: Path,
    layout: str,
    scheme: Literal["light", "dark"],
    width: int,
) -> None:
    template = (Path(chorus.__file__).parent / "local" / "pages" / "gallery.html").read_text()
    for name, value in {"public_url": origin, "brand": "lumen", "surface": "home"}.items():
        template = template.replace("{{" + name + "}}", value)
    assert "{{" not in template
    surface.page = template.replace('layout="masonry"', f'layout="{layout}"')
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(origin)
    expect(page.locator("chorus-gallery [data-state=full]")).to_have_count(1)
    page.locator("chorus-gallery").scroll_into_view_if_needed()
    expect(page.locator("chorus-gallery img.there")).not_to_have_count(0)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways"
    page.screenshot(path=artefacts / "page.png", full_page=True)
    page.get_by_role("button", name="Open: A lamp glowing in a hallway").first.click()
    expect(page.get_by_role("dialog").locator("img.there")).to_have_count(1)
    page.screenshot(path=artefacts / "lightbox.png")
    context.close()
