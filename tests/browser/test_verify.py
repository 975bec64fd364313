"""The page that checks receipts, in a real Chromium: from the installation, and from a disk without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from starlette.requests import Request

from chorus.creator import pages
from chorus.evidence import certificate, signed
from chorus.evidence.keys import SigningKey, published
from chorus.evidence.receipt import Stamped, issue
from chorus.evidence.tree import inclusion
from tests.unit.evidence.samples import KEY, MemoryLog, file_of, log_of
from tests.unit.evidence.samples import certificate as sample
from tests.unit.evidence.test_receipt import KEPT, resigned

pytestmark = pytest.mark.browser


@pytest.fixture
def log() -> MemoryLog:
    return log_of(11)


@pytest.fixture
def verifier(browser: Browser, tmp_path: Path) -> Page:
    """The page as somebody saved it; every request beyond the disk would fail the test."""
    (tmp_path / "verify.html").write_bytes(bytes(pages.verifying(looked()).body))
    page = browser.new_page()
    page.on("request", lambda request: pytest.fail(request.url) if not request.url.startswith("file:") else None)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto((tmp_path / "verify.html").as_uri())
    return page


def looked(query: str = "") -> Request:
    """Somebody's look at the page."""
    scope = {"type": "http", "method": "GET", "path": "/evidence/verify", "query_string": query.encode(), "headers": []}
    return Request(scope)


def choose(page: Page, receipts: dict[str, bytes], keys: object) -> None:
    """Choose files as a person does."""
    page.get_by_label("Keys").set_input_files(file("keys.json", json.dumps(keys).encode()))
    page.get_by_label("Receipts").set_input_files([file(name, data) for name, data in receipts.items()])


def file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/json", "buffer": data}


def test_sound_receipts_are_shown_as_sound_with_what_they_say(verifier: Page, log: MemoryLog, artefacts: Path) -> None:
    receipts = {f"{place}.json": file_of(log.receipt(place)) for place in range(11)}
    choose(verifier, receipts, published([KEY.public]))
    expect(verifier.get_by_text("✓ Sound: granted, Lumen")).to_have_count(11)
    expect(verifier.get_by_text("grant-7", exact=True)).to_have_count(1)
    expect(verifier.get_by_text("Mira Example ✨").first).to_be_visible()
    expect(verifier.get_by_text("shown by: link; platform: pixel.example; account: 42").first).to_be_visible()
    verifier.set_viewport_size({"width": 390, "height": 844})
    verifier.screenshot(path=artefacts / "verify.png")
    assert verifier.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_time_stamp_is_held_to_the_log_and_said_to_be_checked_elsewhere(verifier: Page, log: MemoryLog) -> None:
    held = Stamped(log.checkpoints[6], inclusion(4, 7, log.nodes.__getitem__), b"what an authority said")
    stamped = issue(log.sealed(4, held), {"brand": "Lumen"}, KEY)
    moved = json.loads(json.dumps(stamped))
    moved["evidence"]["stamp"]["checkpoint"] = log.checkpoints[2]
    del moved["signature"]
    choose(verifier, {"a.json": file_of(stamped), "b.json": file_of(resigned(moved))}, published([KEY.public]))
    expect(verifier.get_by_text("✓ Sound: granted, Lumen")).to_have_count(1)
    expect(verifier.get_by_text("It also has a time stamp of an authority.")).to_have_count(1)
    expect(verifier.get_by_text("✗ The log that the checkpoint is of does not hold its entry.")).to_have_count(1)


def test_a_page_saved_in_a_language_speaks_it_without_a_network(
    browser: Browser, tmp_path: Path, log: MemoryLog
) -> None:
    """Its switch is gone, since a file has one language; what a receipt holds stays as it is."""
    (tmp_path / "verify.html").write_bytes(bytes(pages.verifying(looked("lang=ar")).body))
    page = browser.new_page()
    page.goto((tmp_path / "verify.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_have_text("التحقق من إيصال")
    expect(page.get_by_role("navigation")).to_have_count(0)
    page.locator("#keys").set_input_files(file("keys.json", json.dumps(published([KEY.public])).encode()))
    changed = log.receipt(3)
    changed["receipt"]["kind"] = "revoked"
    sent = [file("sound.json", file_of(log.receipt(4))), file("changed.json", file_of(changed))]
    page.locator("#receipts").set_input_files(sent)
    expect(page.get_by_text("✓ سليم: مسموح به، Lumen")).to_have_count(1)
    expect(page.get_by_text("✗ لم يوقّعه أي مفتاح معروف")).to_have_count(1)
    assert page.locator("dl.facts").get_attribute("dir") == "ltr"


def test_a_receipt_that_withholds_who_gave_it_is_sound_and_says_so(verifier: Page, log: MemoryLog) -> None:
    kept = issue(log.sealed(4), {}, KEY, only=KEPT)
    cut = log.receipt(5)
    cut["evidence"]["disclosures"].pop()
    del cut["signature"]
    choose(verifier, {"kept.json": file_of(kept), "cut.json": file_of(resigned(cut))}, published([KEY.public]))
    expect(verifier.get_by_text("✓ Sound: granted")).to_have_count(1)
    expect(verifier.get_by_text("2 more, known to the creator")).to_be_visible()
    expect(verifier.get_by_text("Mira Example")).to_have_count(0)
    expect(verifier.get_by_text("✗ The details are not those")).to_have_count(1)


def test_what_a_brand_attested_is_not_shown_as_a_creator_s_word(verifier: Page) -> None:
    log = MemoryLog()
    found = {kind: file_of(log.receipt(log.add(kind, basis="contract"))) for kind in ("attested", "ended")}
    choose(verifier, {f"{kind}.json": file for kind, file in found.items()}, published([KEY.public]))
    expect(verifier.get_by_text("✓ Sound: attested by the brand, Lumen")).to_have_count(1)
    expect(verifier.get_by_text("✓ Sound: ended by the brand, Lumen")).to_have_count(1)


def test_certificates_of_take_downs_are_checked_beside_receipts(
    verifier: Page, log: MemoryLog, artefacts: Path
) -> None:
    files = {
        "complete.json": file_of(certificate.issue(sample(complete=True), KEY)),
        "waiting.json": file_of(certificate.issue(sample(complete=False), KEY)),
        "receipt.json": file_of(log.receipt(2)),
        "changed.json": file_of(certificate.issue(sample(), KEY)).replace(b'"revoked"', b'"expired"'),
        "untrue.json": file_of(certificate.issue(sample() | {"complete": False}, KEY)),
        "as-a-receipt.json": file_of(signed.sign({"certificate": sample()}, KEY)),
    }
    choose(verifier, files, published([KEY.public]))
    expect(verifier.get_by_text("and all of it confirmed gone. Certificate 1.")).to_have_count(1)
    expect(verifier.get_by_text("but not all of it confirmed gone. Certificate 1.")).to_have_count(1)
    expect(verifier.get_by_text("✓ Sound: granted, Lumen")).to_have_count(1)
    expect(verifier.get_by_text("email of 2026-11-20T09:00:00.000000Z to").first).to_be_visible()
    expect(verifier.get_by_text("✗ No known key has signed it as it is.")).to_have_count(2)
    expect(verifier.get_by_text("✗ This is not a certificate that was given out.")).to_have_count(1)
    verifier.set_viewport_size({"width": 390, "height": 844})
    verifier.screenshot(path=artefacts / "certificates.png", full_page=True)
    assert verifier.evaluate("document.documentElement.scrollWidth <= innerWidth")


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda it: it["receipt"]["details"].update(credit="Another"), "No known key has signed it as it is."),
        (lambda it: it["receipt"].update(kind="revoked"), "No known key has signed it as it is."),
        (lambda it: it["evidence"].update(leaf=2), "No known key has signed it as it is."),
        (lambda it: it.update(signature=it["signature"][:-2] + "AA"), "No known key has signed it as it is."),
        (lambda it: it.clear(), "This is not a receipt that was given out."),
    ],
)
def test_a_receipt_that_was_changed_is_refused(verifier: Page, log: MemoryLog, change: Change, said: str) -> None:
    receipt = log.receipt(3)
    change(receipt)
    choose(verifier, {"changed.json": file_of(receipt), "sound.json": file_of(log.receipt(4))}, published([KEY.public]))
    expect(verifier.get_by_text(f"✗ {said}")).to_have_count(1)
    expect(verifier.get_by_text("✓ Sound")).to_have_count(1)


def test_a_file_that_reads_differently_to_others_is_refused(verifier: Page, log: MemoryLog) -> None:
    sound = file_of(log.receipt(3))
    changed = {
        "twice.json": sound.replace(b'"credit":', b'"credit": "Somebody else",\n      "credit":', 1),
        "bom.json": b"\xef\xbb\xbf" + sound,
        "more.json": sound.replace(b'"\n}\n', b'.junk"\n}\n'),
        "bytes.json": sound.replace("✨".encode(), b"\xff"),
    }
    choose(verifier, changed, published([KEY.public]))
    expect(verifier.get_by_text("✗")).to_have_count(4)


def test_a_receipt_of_an_unknown_key_is_refused(verifier: Page, log: MemoryLog) -> None:
    other = SigningKey(KEY.name, bytes(32))
    choose(verifier, {"a.json": file_of(log.receipt(0))}, published([other.public]))
    expect(verifier.get_by_text("✗ No known key")).to_have_count(1)


def test_what_is_no_file_of_keys_is_said_to_be_none(verifier: Page, log: MemoryLog) -> None:
    choose(verifier, {"a.json": file_of(log.receipt(0))}, {})
    expect(verifier.get_by_text("This is no file of keys")).to_have_count(1)


def test_its_policy_lets_nothing_but_itself_run() -> None:
    response = pages.verifying(looked())
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert policy.removesuffix("; frame-ancestors 'none'") in bytes(response.body).decode().replace("&#39;", "'")
