"""Receipts on paper: whole, in any language and with any name, and readable by other programs."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from PIL import Image
from pypdf import PdfReader

from chorus.creator.fonts import Fonts
from chorus.creator.language import languages
from chorus.creator.press import Press
from chorus.creator.printed import plain
from chorus.creator.sheet import Attachment, Fact, Photo, Section, Sheet, read
from chorus.creator.typeset import pdf
from chorus.errors import Unavailable
from tests.unit.creator.door import drawn

PHOTO = Photo(base64.b64encode(drawn(320, "JPEG")).decode(), "A lamp at dusk")
RECEIPT = Attachment("receipt-granted.json", "application/json", "The receipt", '{"credit": "Mira ✨"}\n')
SHEET = Sheet(
    title="Receipt · Lumen",
    language="en",
    direction="ltr",
    accent="#e8a33d",
    made_at="2026-11-23T12:00:00+00:00",
    brand="Lumen",
    heading="Your receipt",
    notice="",
    photos=[PHOTO],
    facts=[Fact("Named as", "Mira Example"), Fact("Terms’ SHA-256", "ab" * 32, code=True)],
    sections=[
        Section("The proof, to keep", ["Nobody is asked."], [Fact("Checkpoint", "a/evidence\n1\nx=", code=True)])
    ],
    files=[RECEIPT],
)


@pytest.fixture(scope="module")
def fonts() -> Iterator[Fonts]:
    """The fonts of every receipt, and those for what they lack."""
    with tempfile.TemporaryDirectory() as folder:
        made = Fonts(FPDF(), Path(folder))
        made.ready(["例 ★"])
        yield made


def text_of(document: bytes) -> str:
    """Read what another program reads."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)


def test_a_receipt_says_who_made_it_in_which_language_and_holds_its_proof() -> None:
    document = pdf(SHEET)
    found = PdfReader(io.BytesIO(document))
    said = found.xmp_metadata
    assert said
    assert (said.dc_title, said.dc_creator) == ({"x-default": "Receipt · Lumen"}, ["Lumen"])
    assert re.search(rb"/Lang *\(en\)", document)
    assert re.search(rb"/DisplayDocTitle *true", document)
    assert b"A lamp at dusk" in document
    # PDF/A-3b, to be kept: its fonts are in it, and files may be attached.
    written = said.stream.get_data().decode()
    assert re.search(r"pdfaid:part[>=\"']+3", written)
    assert re.search(r"pdfaid:conformance[>=\"']+B", written)
    assert len(re.findall(rb"/FontFile\d", document)) == 3
    assert found.attachments["receipt-granted.json"] == [RECEIPT.text.encode()]
    assert [each.title for each in found.outline] == ["Your receipt", "The proof, to keep"]  # type: ignore[union-attr]  # no outline in an outline
    written = "".join(found.pages[0].extract_text().split())
    for words in ("Lumen", "Your receipt", "Named as", "Mira Example", "ab" * 32, "a/evidence", "Nobody is asked."):
        assert words.replace(" ", "") in written


def test_what_is_written_down_is_read_as_it_was() -> None:
    assert read(SHEET.written()) == SHEET


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("例 さくら 김철수", "例 さくら 김철수"),
        ("Ελένη Жанна מירה देव สมชาย", "Ελένη Жанна מירה देव สมชาย"),
        ("Mira ✨ 🦊", "Mira [sparkles] [fox]"),
        ("தமிழ்", "[tmil]"),
        ("\U0001d4dc\U0001d4f2\U0001d4fb\U0001d4ea", "[Mira]"),
        ("Mira\ue000", "Mira[U+E000]"),
        ("👩‍🎤", "[woman microphone]"),
        ("★ Mira", "★ Mira"),
        ("a\u202fb\tc", "a\u00a0b c"),
        ("e\u0301", "é"),
        ("Mira\x00\x1b[2J\u2028", "Mira[2J"),
        ("", ""),
    ],
)
def test_no_name_is_left_out_whatever_it_is_written_in(name: str, written: str, fonts: Fonts) -> None:
    assert fonts.fit(name) == written


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@settings(deadline=None)
def test_something_is_left_of_whatever_can_be_seen(fonts: Fonts, name: str) -> None:
    left = fonts.fit(name)
    if any(letter.isprintable() and not letter.isspace() and letter.isalnum() for letter in name):
        assert left.strip()
    assert fonts.fit(left) == left, "what it is written in is there"


@pytest.mark.parametrize("tag", languages())
def test_the_fonts_have_every_letter_that_these_pages_are_written_in(tag: str, fonts: Fonts) -> None:
    for sentence in languages()[tag].sentences.values():
        assert fonts.fit(sentence).count("[") == sentence.count("["), sentence


NAMES = [
    "\u202eevil",
    "ليلى (12) مثال",
    "\u2067\u2067\u2067",
    "\u2069\u2069 x",
    "<b>&amp;</b> <bdi> {nb} **b**",
    "🦊" * 300,
    "x" * 3_000,
    "\n" * 50,
    "ก" * 400,
    "a\u0300\u0301\u0302" * 200,
    "\u200b\u00ad\ufeff",
    "ﷺ" * 40,
]


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_no_name_breaks_a_receipt_or_moves_what_comes_after_it(direction: str) -> None:
    facts = [Fact(f"Fact{number}", plain(name)) for number, name in enumerate(NAMES)]
    found = text_of(pdf(replace(SHEET, facts=facts, direction=direction)))
    assert [f"Fact{number}" for number in range(len(NAMES))] == re.findall(r"Fact\d+", found)
    assert found.index("Nobody is asked") > found.index("Fact11")
    assert "nb" in found


def test_what_turns_a_line_is_taken_from_a_name_and_put_around_it() -> None:
    assert plain(Markup("<bdi>{}</bdi> may").format("\u202eab\u2069c")) == "\u2068abc\u2069 may"
    assert plain(Markup("{}").format("<bdi> & <b>")) == "<bdi> & <b>"
    assert plain("<bdi> & \u202e<b>") == "<bdi> & <b>", "what is no markup is nobody's"


def test_the_words_after_a_name_that_runs_the_other_way_stay_in_their_order() -> None:
    sentence = plain(Markup("You said no. <bdi>{}</bdi> may not show (12) this.").format("\u202eليلى"))
    found = " ".join(text_of(pdf(replace(SHEET, notice=sentence))).split())
    assert re.search(r"You said no\. .*may not show \(12\) this\.", found)


def test_what_does_not_fit_goes_on_over_numbered_pages() -> None:
    many = replace(SHEET, facts=[Fact(f"Fact {number}", "x" * 300) for number in range(40)], photos=[PHOTO] * 7)
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(pdf(many))).pages]
    assert 2 < len(texts) < 12
    assert all(f"{number}/{len(texts)}" in text for number, text in enumerate(texts, 1))
    assert "Fact 39" in "".join(texts)


def test_what_no_page_is_made_for_is_cut() -> None:
    endless = replace(SHEET, facts=[Fact("Named as", "word " * 100_000)])
    assert len(PdfReader(io.BytesIO(pdf(endless))).pages) < 5


def test_pictures_of_any_shape_stay_in_their_places() -> None:
    sizes = [(30, 2_000), (2_000, 30), (1, 1)]
    sheet = replace(SHEET, photos=[Photo(base64.b64encode(jpeg(size)).decode(), "A line") for size in sizes])
    assert len(PdfReader(io.BytesIO(pdf(sheet))).pages) == 1


def jpeg(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize("accent", ["", "#zzzzzz"])
def test_a_colour_that_is_none_is_not_used(accent: str) -> None:
    assert pdf(replace(SHEET, accent=accent))[:5] == b"%PDF-"


def test_the_door_prints_in_another_process_and_knows_no_font() -> None:
    assert Press().printed(SHEET)[:5] == b"%PDF-"
    loads = "import sys, chorus.creator.app; sys.exit('fpdf' in sys.modules or 'uharfbuzz' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loads], check=False).returncode == 0


def test_what_cannot_be_printed_says_so_and_the_press_goes_on() -> None:
    press = Press()
    broken = replace(SHEET, photos=[Photo("bm8gcGljdHVyZQ==", "No picture")])
    for _ in range(2):
        with pytest.raises(Unavailable) as failure:
            press.printed(broken)
        assert failure.value.reason == "NOT_PRINTED"
    assert press.printed(SHEET)


def test_more_than_a_few_at_a_time_wait_and_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chorus.creator.press._QUEUE_SECONDS", 0.01)
    press = Press()
    while press._free.acquire(blocking=False):
        pass
    with pytest.raises(Unavailable) as failure:
        press.printed(SHEET)
    assert failure.value.reason == "PRESS_BUSY"
