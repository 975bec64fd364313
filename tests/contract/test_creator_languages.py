"""The creator door in the languages that browsers ask for, over HTTP, with the real rights service behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx2
import pytest

from chorus.creator.language import languages
from chorus.platform.secrets import new_secret
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import GERMAN, TERMS, DoorHouse, creator_door, drawn
from tests.unit.rights.service import prepare

pytestmark = pytest.mark.postgres
EVERY = sorted(languages())


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company."""
    with creator_door(make_database("rights", prepare)) as running:
        yield running


@pytest.fixture
def client(house: DoorHouse) -> Iterator[httpx2.Client]:
    """A browser without scripts that follows nothing by itself."""
    with httpx2.Client(base_url=house.url, headers={"Accept": "text/html"}, trust_env=False, timeout=30) as client:
        yield client


def hidden(page: str, name: str) -> str:
    """Read a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def walk(house: DoorHouse, client: httpx2.Client, lang: str) -> dict[str, httpx2.Response]:
    """Come to every page there is, in one language."""
    seen = {}

    def look(name: str, path: str, **data: str) -> httpx2.Response:
        address = f"{path}{'&' if '?' in path else '?'}lang={lang}"
        seen[name] = client.post(address, data=data) if data else client.get(address)
        return seen[name]

    link = house.ask()
    nonce = hidden(look("ask", f"/r/{link}").text, "nonce")
    look("wrong", f"/r/{link}/answer", nonce=nonce, answer="some")
    look("no-get", f"/r/{link}/answer")
    look("no-receipt", f"/r/{link}/receipt")
    look("answered", f"/r/{link}/answer", nonce=nonce, answer="yes", language="en")
    thanks = look("granted", f"/r/{link}")
    look("receipt", f"/r/{link}/receipt")
    look("taken", f"/r/{link}/revoke", nonce=hidden(thanks.text, "nonce"))
    look("revoked", f"/r/{link}")
    look("withdrawn", f"/r/{link}/withdraw", nonce="x")
    look("share", "/lumen/share")
    look("refused", "/lumen/share", creator_name="Noa")
    look("mine", "/lumen/mine")
    look("mine-not-found", "/lumen/mine?address=https://nowhere.example")
    nonce = hidden(look("mine-item", "/lumen/mine?item=p1").text, "nonce")
    look("mine-wrong", "/lumen/mine?item=p1", nonce=nonce, words="x" * 1001, email="nobody")
    look("mine-sent", "/lumen/mine?item=p1", nonce=nonce, kind="not_allowed")
    look("mine-heard", seen["mine-sent"].headers["location"].partition("&")[0])
    look("unknown", f"/r/{new_secret()}")
    look("nowhere", "/nowhere/at/all")
    look("nobody", "/nobody/share")
    look("verify", "/evidence/verify")
    return seen


@pytest.mark.parametrize("tag", EVERY)
def test_every_page_is_in_the_language_that_was_chosen_and_in_no_other(
    house: DoorHouse, client: httpx2.Client, tag: str
) -> None:
    """With a switch to each of the others, and headers that tell caches and readers which it is."""
    language = languages()[tag]
    english = [each for each, said in language.sentences.items() if len(each) > 12 and said != each]
    for name, answered in walk(house, client, tag).items():
        if answered.status_code == 303:
            assert answered.headers["location"].endswith(f"lang={tag}"), name
            continue
        page = re.sub(r"<(style|script)\b.*?</\1>", "", answered.text, flags=re.DOTALL)
        assert f'<html lang="{tag}" dir="{language.direction}">' in page, name
        assert answered.headers["content-language"] == tag, name
        assert answered.headers["vary"] == "Accept-Language", name
        assert "set-cookie" not in answered.headers, name
        assert re.findall(r'hreflang="([a-z]+)"', page) == EVERY, name
        assert [each for each in english if each in page] == [], name
        assert "%(" not in page, name
        # Pictures and receipts are files, which have no language.
        assert [each for each in onward(page) if not each.endswith((".jpg", ".json", f"lang={tag}"))] == [], name


def onward(page: str) -> list[str]:
    """Find where a page's links and forms lead on to."""
    return re.findall(r'(?:href|action)="(/(?:r|lumen|evidence)/[^"]*)"(?! lang=)', page)


def test_the_switch_leads_to_the_same_page_and_keeps_what_was_asked_of_it(client: httpx2.Client) -> None:
    """Also where a form answered, whose own address takes no GET."""
    page = client.get("/lumen/share?source=share&lang=fr").text
    assert 'href="?source=share&amp;lang=de" lang="de"' in page
    assert 'action="/lumen/share?lang=fr"' in page
    refused = client.post("/lumen/share?lang=fr", data={"creator_name": "Noa"}).text
    assert 'href="/lumen/share?lang=de"' in refused
    wrong = client.post(f"/r/{new_secret()}/revoke", data={"nonce": "x"}).text
    [back] = re.findall(r'href="([^"]+)" lang="de"', wrong)
    assert "Hier ist nichts" in client.get(back).text


def test_no_path_that_somebody_made_up_becomes_an_address_of_a_page(client: httpx2.Client) -> None:
    """Such as one that reads as another origin."""
    page = client.get("//elsewhere.example/x?lang=de").text
    assert re.findall(r'href="([^"]*)" lang="fr"', page) == ["?lang=fr"]
    assert "elsewhere" not in page


def test_the_terms_keep_the_language_that_they_were_shown_in(house: DoorHouse, client: httpx2.Client) -> None:
    """The answer pins that one, whatever the page's own is."""
    link = house.ask()
    page = client.get(f"/r/{link}", headers={"Accept-Language": "ar"}).text
    assert '<html lang="ar" dir="rtl">' in page
    assert '<ul class="lines" lang="en" dir="auto">' in page
    assert hidden(page, "language") == "en"
    sent = {"nonce": hidden(page, "nonce"), "answer": "yes"}
    wrong = client.post(f"/r/{link}/answer?lang=de", data={**sent, "language": "ar"})
    assert (wrong.status_code, "gibt es in dieser Sprache nicht" in wrong.text) == (422, True)
    assert client.post(f"/r/{link}/answer", data={**sent, "language": "en"}).status_code == 303


def test_an_upload_s_own_link_is_led_to_in_the_language_that_was_chosen(
    house: DoorHouse, client: httpx2.Client
) -> None:
    """Its mark and the language go along together, and then the language alone."""
    page = client.get("/lumen/share?lang=es").text
    kept = {name: hidden(page, name) for name in ("source", "request_id", "terms_sha256")}
    photo = {"photo": ("a.jpg", drawn(640, "JPEG"), "image/jpeg")}
    sent = client.post("/lumen/share?lang=es", data={**kept, "creator_name": "Noa", "consent": "yes"}, files=photo)
    address = sent.headers["location"]
    assert "En preparación" in client.get(address).text
    link = address.partition("?")[0]
    house.arrive(house.ingest.uploads[0], link.removeprefix("/r/"))
    assert client.get(address).headers["location"] == f"{link}?lang=es"


def test_terms_that_are_translated_are_shown_in_the_reader_s_language_and_agreed_to_in_that(
    house: DoorHouse, client: httpx2.Client
) -> None:
    house.translate(GERMAN)
    link = house.ask()
    page = client.get(f"/r/{link}?lang=de").text
    assert '<ul class="lines" lang="de" dir="auto">' in page
    sent = {"nonce": hidden(page, "nonce"), "answer": "yes", "language": hidden(page, "language")}
    assert client.post(f"/r/{link}/answer", data=sent).status_code == 303
    assert GERMAN.sha256 in client.get(f"/r/{link}/receipt").text
    upload = client.get("/lumen/share", headers={"Accept-Language": "de-AT"}).text
    assert hidden(upload, "terms_sha256") == GERMAN.sha256
    assert hidden(client.get("/lumen/share?lang=fr").text, "terms_sha256") == TERMS.sha256


def test_programs_are_answered_in_english(client: httpx2.Client) -> None:
    """Whatever they prefer: their problems are read by machines and in logs."""
    headers = {"Accept": "application/json", "Accept-Language": "de"}
    problem = client.get(f"/r/{new_secret()}?lang=fr", headers=headers)
    assert problem.json()["title"] == "This link is not known here. Look whether all of it was copied."
    refused = client.post("/v1/lumen/uploads?lang=de", data={"creator_name": "Noa"}, headers=headers)
    assert refused.json()["errors"][0]["detail"] == "Choose a picture."


@pytest.mark.parametrize("header", ["de," * 8_000, "a-" * 16_000, "*;q=0", ";" * 32_000, "de;q=1" * 5_000])
def test_no_header_about_languages_breaks_a_page(client: httpx2.Client, header: str) -> None:
    answered = client.get("/lumen/share", headers={"Accept-Language": header})
    assert answered.status_code in {200, 431, 400}
