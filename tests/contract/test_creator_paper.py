"""Receipts on paper, by a creator's link: what they say, and that the proof is in them."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Iterator

import httpx2
import pytest
from pypdf import PdfReader

from chorus.evidence.keys import read_published
from chorus.evidence.receipt import verify
from chorus.platform.secrets import new_secret
from tests.contract.test_creator_door import answer, hidden
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import TERMS, DoorHouse, creator_door
from tests.unit.rights.service import prepare

pytestmark = pytest.mark.postgres


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    with creator_door(make_database("rights", prepare)) as running:
        yield running


@pytest.fixture
def client(house: DoorHouse) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=house.url, headers={"Accept": "text/html"}, trust_env=False, timeout=60) as client:
        yield client


def saved(client: httpx2.Client, link: str, language: str = "en") -> PdfReader:
    """Save the PDF."""
    found = client.get(f"/r/{link}/receipt.pdf?lang={language}")
    assert found.status_code == 200, found.text
    assert found.headers["content-type"] == "application/pdf"
    assert found.headers["content-disposition"] == 'attachment; filename="receipt.pdf"'
    assert found.headers["cache-control"] == "no-store"
    return PdfReader(io.BytesIO(found.content))


def attached(document: PdfReader) -> dict[str, bytes]:
    """Take out what is attached; each name stands for one file."""
    return {name: data for name, (data,) in document.attachments.items()}


def words(document: PdfReader) -> str:
    return " ".join("\n".join(page.extract_text() for page in document.pages).split())


def test_a_receipt_on_paper_says_what_was_given_and_proves_it_by_itself(
    house: DoorHouse, client: httpx2.Client
) -> None:
    link = house.ask()
    answer(client, link, answer="yes", credit="Mira E.")
    assert f'href="/r/{link}/receipt.pdf" download' in client.get(f"/r/{link}/receipt").text
    document = saved(client, link)
    files = attached(document)
    assert set(files) == {"receipt-granted.json", "keys.json", "terms.md"}
    details = verify(files["receipt-granted.json"], read_published(json.loads(files["keys.json"]))).receipt["details"]
    assert hashlib.sha256(files["terms.md"]).hexdigest() == details["terms"]["sha256"] == TERMS.sha256
    assert files["receipt-granted.json"] == client.get(f"/r/{link}/receipt/granted.json").content
    said = words(document)
    for each in ("Mira E.", "On the web and in e-mails", "Worldwide", "Wall on the home page", "Monthly letter"):
        assert each in said
    unbroken = said.replace(" ", "")
    for code in (TERMS.sha256, details["grant"], *details["pictures_sha256"], "/evidence/verify"):
        assert code in unbroken
    checkpoint = json.loads(files["receipt-granted.json"])["evidence"]["checkpoint"]
    assert "".join(checkpoint.split()) in unbroken
    assert len(document.pages[0].images) == 1, "both are the same here, and in it once"
    assert link not in unbroken, "the link is a secret"


def test_it_is_written_in_the_language_of_who_reads_it(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    answer(client, link, answer="yes", credit="ليلى مثال 例")
    for language, title, heading in (("de", "Beleg · Lumen", "Dein Beleg"), ("ar", "إيصال · Lumen", "إيصالك")):
        document = saved(client, link, language)
        assert document.xmp_metadata
        assert document.xmp_metadata.dc_title
        written = document.xmp_metadata.dc_title["x-default"]
        assert written.replace("\u2068", "").replace("\u2069", "") == title
        assert document.root_object["/Lang"] == language  # type: ignore[comparison-overlap]  # a string of a PDF's
        assert document.outline[0].title == heading  # type: ignore[union-attr]  # no outline in an outline
        assert "例" in words(document)


def test_what_was_taken_back_is_said_with_the_proof_of_both(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    answer(client, link, answer="yes")
    client.post(f"/r/{link}/revoke", data={"nonce": hidden(client.get(f"/r/{link}").text, "nonce")})
    document = saved(client, link)
    assert "You took this back on 23 Nov 2026." in words(document)
    assert {"receipt-granted.json", "receipt-revoked.json"} <= set(attached(document))


def test_a_no_has_a_receipt_on_paper_too(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    assert client.get(f"/r/{link}/receipt.pdf").status_code == 404, "nothing is decided yet"
    assert client.get(f"/r/{new_secret()}/receipt.pdf").status_code == 404
    answer(client, link, answer="no")
    document = saved(client, link)
    assert "You said no on 23 Nov 2026. Lumen may not show this." in words(document)
    assert "receipt-declined.json" in attached(document)


def test_what_was_erased_is_on_no_paper(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    answer(client, link, answer="yes", credit="Mira E.")
    erase = client.get(f"/r/{link}/erase").text
    client.post(f"/r/{link}/erase", data={"nonce": hidden(erase, "nonce")})
    document = saved(client, link)
    assert "mira" not in words(document).lower()
    assert b"mira" not in b"".join(attached(document).values()).lower()
    assert len(document.pages[0].images) == 0


def test_it_is_printed_also_while_all_but_rights_is_down(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    answer(client, link, answer="yes")
    for server in house.stop.values():
        server.stop(0)
    document = saved(client, link)
    assert len(document.pages[0].images) == 0
    assert "receipt-granted.json" in attached(document)


def test_a_press_that_fails_is_said_to_and_keeps_nothing_else_back(
    house: DoorHouse, client: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = house.ask()
    answer(client, link, answer="yes")
    well = zipfile.ZipFile(io.BytesIO(client.get(f"/r/{link}/export.zip").content))
    assert attached(PdfReader(io.BytesIO(well.read("receipt.pdf"))))["keys.json"] == well.read("keys.json")

    def never(_sheet: bytes) -> bytes:
        raise subprocess.TimeoutExpired("typeset", 30)

    monkeypatch.setattr("chorus.creator.press._run", never)
    failed = client.get(f"/r/{link}/receipt.pdf")
    assert failed.status_code == 503
    assert "The receipts themselves can be saved" in failed.text
    rest = zipfile.ZipFile(io.BytesIO(client.get(f"/r/{link}/export.zip").content))
    assert set(well.namelist()) - set(rest.namelist()) == {"receipt.pdf"}


def test_one_client_cannot_have_receipts_printed_without_end(make_database: MakeDatabase) -> None:
    with creator_door(make_database("rights", prepare), creator_rate="2/minute") as house:
        link = house.ask()
        with httpx2.Client(base_url=house.url, trust_env=False, timeout=60) as client:
            codes = [client.get(f"/r/{link}/receipt.pdf").status_code for _ in range(4)]
    assert codes == [404, 404, 429, 429]
