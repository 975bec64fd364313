"""Creators in their own language, in a real browser: from right to left too, and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import DoorHouse, creator_door, drawn
from tests.unit.rights.service import prepare

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
Open = Callable[..., Page]


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company."""
    with creator_door(make_database("rights", prepare)) as running:
        yield running


@pytest.fixture
def open_page(browser: Browser, house: DoorHouse) -> Iterator[Open]:
    """Opens a page without scripts, in a browser that prefers a language."""
    contexts = []

    def open_(path: str, language: str, *, width: int = 320, scheme: str = "light") -> Page:
        viewport = {"width": width, "height": 844}
        context = browser.new_context(
            locale=language,
            viewport=viewport,  # type: ignore[arg-type]  # a plain dict
            color_scheme=scheme,  # type: ignore[arg-type]  # one of two words
            java_script_enabled=False,
            base_url=house.url,
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        assert context.cookies() == []
        context.close()


def fits(page: Page, artefacts: Path, name: str) -> None:
    """Keep a picture of the whole page, and hold what is on it to its width, on both sides."""
    page.screenshot(path=artefacts / f"{name}.png", full_page=True)
    size = page.viewport_size
    assert size is not None
    for box in (each.bounding_box() for each in page.locator("body *:visible:not(.visually-hidden)").all()):
        assert box is None or (box["x"] >= -1 and box["x"] + box["width"] <= size["width"] + 1)


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("ar", 320, "light"), ("ar", 1280, "dark"), ("de", 320, "dark"), ("de", 1280, "light"), ("fr", 320, "light")],
)
def test_every_page_fits_in_every_language(
    house: DoorHouse, open_page: Open, artefacts: Path, language: str, width: int, scheme: str
) -> None:
    """Long words break, and what runs from right to left is laid out so."""
    link = house.ask()
    page = open_page(f"/r/{link}", language, width=width, scheme=scheme)
    for fold in page.locator("summary").all():
        fold.click()
    fits(page, artefacts, "1-ask")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    page.locator("button[value=yes]").click()
    for fold in page.locator("summary").all():
        fold.click()
    fits(page, artefacts, "2-allowed")
    page.goto(f"/r/{link}/receipt")
    fits(page, artefacts, "3-receipt")
    page.goto("/lumen/share")
    page.locator("summary").first.click()
    fits(page, artefacts, "4-share")
    page.goto("/r/unknown")
    fits(page, artefacts, "5-unknown")
    page.goto("/evidence/verify")
    fits(page, artefacts, "6-verify")
    page.goto("/lumen/mine")
    fits(page, artefacts, "6-mine")
    page.goto("/lumen/mine?item=p1")
    fits(page, artefacts, "6-mine-item")
    page.locator("input[value=lost_link]").check()
    page.locator("main form button").click()
    fits(page, artefacts, "6-mine-heard")
    page.goto(f"/r/{link}")
    page.locator("summary").first.click()
    page.locator("form[action$=revoke] button").click()
    fits(page, artefacts, "7-revoked")


def test_an_arabic_page_runs_from_right_to_left(house: DoorHouse, open_page: Open) -> None:
    """The way back is an arrow to the right, and a brand's English stays as it is."""
    page = open_page(f"/r/{house.ask()}", "ar-EG")
    expect(page.get_by_role("heading", level=1)).to_have_text("تودّ Lumen أن تعرض صورتيك")
    yes, no = (page.locator(f"button[value={name}]").bounding_box() for name in ("yes", "no"))
    assert yes is not None
    assert no is not None
    assert yes["x"] > no["x"]
    terms = page.locator("ul.lines")
    assert (terms.get_attribute("lang"), terms.get_attribute("dir")) == ("en", "auto")
    page.locator("button[value=yes]").click()
    page.get_by_role("link", name="إيصالك").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("إيصالك")
    expect(page.locator(".icon-directional").last).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")


def test_a_language_that_was_chosen_goes_along_to_the_end(house: DoorHouse, open_page: Open) -> None:
    """By links and forms alone, with the keyboard, and back again; the question stays the same."""
    link = house.ask()
    page = open_page(f"/r/{link}", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lumen would like to show your pictures")
    page.get_by_role("link", name="Deutsch").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lumen möchte deine Bilder zeigen")
    assert page.url.endswith(f"/r/{link}?lang=de")
    page.get_by_role("button", name="Ja, ihr dürft").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Danke, Mira Example")
    page.get_by_role("link", name="Dein Beleg").click()
    page.get_by_role("link", name="Zurück").click()
    page.get_by_text("Zurücknehmen", exact=True).click()
    page.get_by_role("button", name="Ja, zurücknehmen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Du hast es zurückgenommen")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You took it back")
    assert page.url.endswith(f"/r/{link}?lang=en")


def test_what_is_wrong_with_an_upload_is_said_in_the_language_that_was_chosen(
    house: DoorHouse, open_page: Open, artefacts: Path
) -> None:
    """And the thanks after it, and the withdrawal."""
    page = open_page("/lumen/share?lang=fr", "en")
    lamp: FilePayload = {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"}
    page.set_input_files("#photo", files=[lamp])
    page.get_by_label("Votre nom").fill("Noa Example")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Partager cette image").click()
    expect(page.get_by_role("alert")).to_contain_text("choisissez de nouveau l’image")
    fits(page, artefacts, "refused")
    page.get_by_role("link", name="العربية").click()
    expect(page.get_by_label("اسمك")).to_be_visible()
    page.set_input_files("#photo", files=[lamp | {"buffer": drawn(640, "JPEG")}])
    page.get_by_label("اسمك").fill("Noa Example")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="مشاركة هذه الصورة").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("قيد التحضير")
    fits(page, artefacts, "preparing")
    link = page.url.partition("/r/")[2].partition("?")[0]
    house.arrive(house.ingest.uploads[0], link)
    expect(page.get_by_role("heading", level=1)).to_have_text("شكرًا لك، Noa Example", timeout=60_000)
    page.get_by_text("سحب الصورة التي رفعتها").click()
    page.get_by_role("button", name="نعم، أسحبها").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("سُحبت الصورة التي رفعتها")
    page.get_by_role("link", name="Deutsch").click()
    assert page.url.endswith(f"/r/{link}?lang=de")
