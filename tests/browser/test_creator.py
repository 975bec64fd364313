"""Creators in a real browser: on a phone, without scripts, with the keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from chorus.api.rights.v1 import rights_pb2 as pb
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import SUMMARY, TEXT, DoorHouse, creator_door, drawn
from tests.unit.rights.service import prepare

pytestmark = [pytest.mark.browser, pytest.mark.postgres]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company."""
    with creator_door(make_database("rights", prepare)) as running:
        yield running


@pytest.fixture
def phone(browser: Browser, house: DoorHouse) -> Iterator[Page]:
    """A phone whose browser runs no scripts; everything that goes wrong on a page fails the test."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, base_url=house.url)  # type: ignore[arg-type]  # a plain dict
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if "favicon" not in message.location["url"] else None)
    page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(house.url) else None)
    yield page
    context.close()
    assert wrong == []


def told(house: DoorHouse) -> list[str | None]:
    """Name what rights told, in order."""
    return [event.WhichOneof("fact") for event in house.rights.told()]


def test_a_creator_grants_and_revokes_on_a_phone_without_scripts(
    house: DoorHouse, phone: Page, artefacts: Path
) -> None:
    """The own picture first, then the question, then two equal answers."""
    phone.goto(f"/r/{house.ask()}")
    phone.screenshot(path=artefacts / "ask.png", full_page=True)
    picture, heading = phone.locator("main img").first, phone.get_by_role("heading", level=1)
    expect(heading).to_have_text("Lumen would like to show your pictures")
    assert picture.bounding_box()["y"] < heading.bounding_box()["y"]  # type: ignore[index]  # both are shown
    yes, no = (phone.get_by_role("button", name=name) for name in ("Yes, you may", "No, thank you"))
    yes_box, no_box = yes.bounding_box(), no.bounding_box()
    assert yes_box is not None
    assert no_box is not None
    assert (yes_box["width"], yes_box["height"]) == (no_box["width"], no_box["height"])
    assert yes_box["height"] >= 44
    yes.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you, Mira Example")
    phone.screenshot(path=artefacts / "thanks.png", full_page=True)
    phone.get_by_role("link", name="Your receipt").click()
    expect(phone.get_by_text("On the web and in e-mails")).to_be_visible()
    phone.screenshot(path=artefacts / "receipt.png", full_page=True)
    phone.get_by_role("link", name="Back").click()
    expect(phone.get_by_role("button", name="Yes, take it back")).to_be_hidden()
    phone.get_by_text("Take it back", exact=True).click()
    phone.get_by_role("button", name="Yes, take it back").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("You took it back")
    phone.screenshot(path=artefacts / "revoked.png", full_page=True)
    assert told(house) == ["requested", "granted", "revoked"]


def test_a_creator_declines_with_the_keyboard_alone(house: DoorHouse, phone: Page) -> None:
    """The return key in the name's field answers nothing; tab reaches both answers."""
    phone.goto(f"/r/{house.ask()}")
    phone.get_by_label("How shall we name you?").focus()
    phone.keyboard.press("Enter")
    assert told(house) == ["requested"]
    for _ in range(2):
        phone.keyboard.press("Tab")
    expect(phone.get_by_role("button", name="Yes, you may")).to_be_focused()
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you for answering")
    assert told(house) == ["requested", "declined"]


def test_a_creator_chooses_single_uses_in_place(house: DoorHouse, phone: Page, artefacts: Path) -> None:
    """Nothing is ticked beforehand, and the page stays where it is."""
    phone.goto(f"/r/{house.ask()}")
    phone.get_by_text("Choose single uses").click()
    mail = phone.get_by_label("In e-mails")
    expect(mail).not_to_be_checked()
    mail.check()
    phone.screenshot(path=artefacts / "single-uses.png", full_page=True)
    phone.get_by_role("button", name="Yes, but only these").click()
    expect(phone.get_by_text("You allowed Lumen to show this in e-mails, until")).to_be_visible()


def test_a_creator_allows_less_and_then_has_everything_erased(house: DoorHouse, phone: Page, artefacts: Path) -> None:
    """Two plain forms; each says what will happen, and neither does anything before it is sent."""
    phone.goto(f"/r/{house.ask()}")
    phone.get_by_role("button", name="Yes, you may").click()
    phone.get_by_role("link", name="Allow less").click()
    phone.screenshot(path=artefacts / "less.png", full_page=True)
    phone.get_by_label("In e-mails").uncheck()
    phone.get_by_label("Until the end of this day").fill("2027-01-31")
    phone.get_by_role("button", name="Allow only this").click()
    expect(phone.get_by_text("You allowed Lumen to show this on the web, until 31 Jan 2027.")).to_be_visible()
    phone.screenshot(path=artefacts / "smaller.png", full_page=True)
    phone.get_by_role("link", name="erased").click()
    phone.screenshot(path=artefacts / "erase.png", full_page=True)
    phone.get_by_role("link", name="No, go back").click()
    assert told(house) == ["requested", "granted", "narrowed"]
    phone.get_by_role("link", name="erased").click()
    phone.get_by_role("button", name="Yes, erase all of it").focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_role("heading", level=1)).to_have_text("It is erased")
    expect(phone.locator("main img")).to_have_count(0)
    phone.screenshot(path=artefacts / "erased.png", full_page=True)
    phone.get_by_role("link", name="Your receipt").click()
    expect(phone.get_by_text("You had it erased")).to_be_visible()
    phone.screenshot(path=artefacts / "erased-receipt.png", full_page=True)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
def test_a_minor_and_whoever_is_in_the_picture_agree_on_phones_without_scripts(
    house: DoorHouse, browser: Browser, artefacts: Path, language: str, scheme: Literal["light", "dark"]
) -> None:
    """A birthday, a guardian, and a friend who can be recognised: each by a page of their own, by keyboard too."""
    terms = pb.CreateTermsRequest(
        brand="lumen", terms="share", language="en", summary=SUMMARY, text=TEXT, minimum_age=16
    )
    house.rights.client().CreateTerms(terms)
    context = browser.new_context(
        viewport={"width": 320, "height": 700}, java_script_enabled=False, base_url=house.url, color_scheme=scheme
    )
    page = context.new_page()

    def look(name: str) -> None:
        page.screenshot(path=artefacts / f"{name}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320

    link = house.ask()
    page.goto(f"/r/{link}?lang={language}")
    page.locator("details:has(select[name=others]) > summary").click()
    page.locator("select[name=others]").select_option("1")
    page.locator("input[name=born]").fill("2015-02-28")
    look("ask")
    page.locator("button[value=yes]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("ul.placed > li")).to_have_count(2)
    look("waiting")
    passed_on = [code.inner_text() for code in page.locator("ul.placed code").all()]
    assert told(house) == ["requested"]
    for number, address in enumerate(passed_on):
        page.goto(f"/r/{address.rpartition('/')[2]}?lang={language}")
        look(f"agree-{number}")
        if page.locator("input[name=guardian]").count():
            page.locator("input[name=guardian]").check()
        yes, no = (page.locator(f"button[value={value}]").bounding_box() for value in ("yes", "no"))
        assert yes is not None
        assert no is not None
        assert (yes["width"], yes["height"]) == (no["width"], no["height"])
        page.locator("button[value=yes]").focus()
        page.keyboard.press("Enter")
        expect(page.locator(".notice-ok")).to_be_visible()
        look(f"agreed-{number}")
    page.goto(f"/r/{link}/receipt?lang={language}")
    look("receipt")
    assert told(house) == ["requested", "granted"]
    context.close()


def test_a_creator_shares_a_picture_and_follows_it(house: DoorHouse, phone: Page, artefacts: Path) -> None:
    """The page says when rights has heard, by itself."""
    phone.goto("/lumen/share")
    phone.screenshot(path=artefacts / "share.png", full_page=True)
    expect(phone.get_by_role("checkbox")).not_to_be_checked()
    lamp: FilePayload = {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": drawn(1600, "JPEG")}
    phone.set_input_files("#photo", files=[lamp])
    phone.get_by_label("What does it show?").fill("My corner")
    phone.get_by_label("Your name").fill("Noa Example")
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Share this picture").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Being prepared")
    link = phone.url.partition("/r/")[2].partition("?")[0]
    house.arrive(house.ingest.uploads[0], link)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you, Noa Example", timeout=60_000)
    phone.screenshot(path=artefacts / "thanks.png", full_page=True)
    phone.get_by_text("Withdraw my upload").click()
    phone.get_by_role("button", name="Yes, withdraw it").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Your upload is withdrawn")
    assert house.ingest.withdrawn == [link]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_scrolls_sideways(house: DoorHouse, browser: Browser, artefacts: Path, width: int, scheme: str) -> None:
    """From 320 px up, light and dark."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, base_url=house.url)  # type: ignore[arg-type]  # one of two words
    page, link = context.new_page(), house.ask()
    for name, path in {"ask": f"/r/{link}", "share": "/lumen/share", "unknown": "/r/unknown"}.items():
        page.goto(path)
        page.screenshot(path=artefacts / f"{name}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
