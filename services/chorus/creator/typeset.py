"""Lays a receipt out as a PDF (PDF/A-3b), in a process of its own: reads a `Sheet` as JSON, and writes the file."""

from __future__ import annotations

import base64
import io
import logging
import re
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, TypeAlias

from fpdf import FPDF
from fpdf.enums import Align, AssociatedFileRelationship, MethodReturnValue, WrapMode, XPos, YPos
from fpdf.prefs import ViewerPreferences
from fpdf.util import Padding
from PIL import Image

from chorus.creator.fonts import CODE, TEXT, Fonts
from chorus.creator.sheet import Fact, Photo, Section, Sheet, read

_MEMORY, _CPU_SECONDS = 1 << 30, 20
_LONGEST = 2_000
# Millimetres.
_MARGIN, _TOP, _BOTTOM, _BAR = 20.0, 19.0, 20.0, 3.0
_PHOTO_WIDTH, _TALLEST, _GAP, _SMALL_GAP = 62.0, 84.0, 9.0, 3.0
_LABEL, _FACT_GAP, _PADDING = 33.0, 2.5, Padding(2.2, 2.8, 2.2, 2.8)
# As the pages have them: design/tokens.css.
_INK, _SOFT, _LINE, _SUNKEN = (24, 24, 27), (82, 82, 91), (220, 220, 224), (246, 246, 247)
_ACCENT: Final = "#52525b"
_COLOUR = re.compile("#[0-9a-f]{6}", re.IGNORECASE)
_LEADING, _SIZE, _CODE_SIZE = 1.38, 10.0, 7.2
_POINT = 25.4 / 72
Colour: TypeAlias = tuple[int, int, int]


class Paper(FPDF):
    """A4 pages of one receipt. Places are said from where a line begins, on the left or on the right."""

    def __init__(self, sheet: Sheet, folder: Path, pages: int = 1) -> None:
        super().__init__(format="A4", enforce_compliance="PDF/A-3B")
        self._sheet = sheet
        self._pages = pages
        self._rtl = sheet.direction == "rtl"
        self.set_margins(_MARGIN, _TOP, _MARGIN)
        self.c_margin = 0
        # Else a name could ask how many pages there are.
        self.alias_nb_pages("")
        self.set_auto_page_break(auto=True, margin=_BOTTOM)
        self.set_title(sheet.title)
        self.set_lang(sheet.language)
        self.set_author(sheet.brand)
        self.set_creator("Chorus")
        self.set_creation_date(datetime.fromisoformat(sheet.made_at))
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self._own = Fonts(self, folder)
        self._own.ready(_words(sheet))

    def header(self) -> None:
        """Colour the upper edge as the brand does."""
        accent = self._sheet.accent if _COLOUR.fullmatch(self._sheet.accent) else _ACCENT
        self.set_fill_color(*(int(accent[place : place + 2], 16) for place in (1, 3, 5)))
        self.rect(0, 0, self.w, _BAR, style="F")

    def footer(self) -> None:
        """Say on each page which it is, and of what; one that is alone needs no number."""
        number = f" · {self.page_no()}/{self._pages}" if self._pages > 1 else ""
        self.set_y(-14)
        self.say(f"{self._sheet.title}{number}", 8, colour=_SOFT)

    def lay_out(self) -> None:
        """Put everything onto its pages."""
        sheet = self._sheet
        self.add_page()
        self.say(sheet.brand, 11, colour=_SOFT)
        self.heading(sheet.heading, 24, before=1)
        if sheet.notice:
            self.ln(2)
            self.say(sheet.notice, 11)
        self.ln(6)
        top = self.get_y()
        below = self._photos(sheet.photos, top)
        start = _PHOTO_WIDTH + _GAP if sheet.photos else 0.0
        first = self.page
        self._facts(sheet.facts, start)
        if self.page == first:
            self.set_y(max(self.get_y(), below))
        for section in sheet.sections:
            self._section(section)
        for file in sheet.files:
            self.embed_file(
                bytes=file.text.encode(),
                basename=file.name,
                mime_type=file.kind,
                desc=file.says,
                compress=True,
                associated_file_relationship=AssociatedFileRelationship.SOURCE.value,
            )

    def heading(self, text: str, size: float, *, before: float) -> None:
        """Write a heading, which stays with what follows, and is found by its name."""
        if self.will_page_break(before + 3 * size * _POINT):
            self.add_page()
        else:
            self.ln(before)
        self.start_section(self._own.fit(text))
        self.say(text, size, bold=True)

    def say(
        self,
        text: str,
        size: float,
        *,
        start: float = 0.0,
        width: float = 0.0,
        colour: Colour = _INK,
        bold: bool = False,
    ) -> None:
        """Write a paragraph from `start` on, so wide, or to the end of the line."""
        self.set_font(TEXT, "B" if bold else "", size)
        self.set_text_color(*colour)
        self._write(self._own.fit(_short(text)), size, start, width)

    def _write(
        self, text: str, size: float, start: float, width: float = 0.0, *, code: bool = False, dry: bool = False
    ) -> float:
        """Write lines from `start` on; answers how high they are, or would be. Codes run from left to right."""
        block, width = code and "\n" in text, width or self.epw - start
        self.set_text_shaping(use_shaping_engine=True, direction="ltr" if code else self._sheet.direction)
        self.set_x(self.w - self.r_margin - start - width if self._rtl else self.l_margin + start)
        height = self.multi_cell(
            width,
            size * _POINT * _LEADING,
            text,
            align=Align.R if self._rtl and not block else Align.L,
            wrapmode=WrapMode.CHAR if code else WrapMode.WORD,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            fill=block,
            padding=_PADDING if block else Padding(),
            dry_run=dry,
            output=MethodReturnValue.HEIGHT,
        )
        return float(height)  # type: ignore[arg-type]  # the one thing that was asked for

    def _facts(self, facts: Sequence[Fact], start: float = 0.0) -> None:
        """Write what was agreed, a line between each; what does not fit below begins a page."""
        for number, fact in enumerate(facts):
            if self.will_page_break(self._value(fact, start, dry=True) + 4 * _FACT_GAP):
                self.add_page()
            elif number:
                self._rule(start)
            y, page = self.get_y(), self.page
            self.say(fact.label, _SIZE, start=start, width=0.0 if fact.code else _LABEL - 3, colour=_SOFT)
            below = self.get_y()
            if not fact.code:
                self.set_y(y)
            self._value(fact, start)
            if self.page == page:
                self.set_y(max(self.get_y(), below))
            self.ln(_FACT_GAP)

    def _value(self, fact: Fact, start: float, *, dry: bool = False) -> float:
        """Write a code below its label, and everything else beside it."""
        self.set_text_color(*_INK)
        self.set_fill_color(*_SUNKEN)
        if fact.code:
            self.set_font(CODE, "", _CODE_SIZE)
            return self._write(fact.value, _CODE_SIZE, start, code=True, dry=dry)
        self.set_font(TEXT, "", _SIZE)
        return self._write(self._own.fit(_short(fact.value)), _SIZE, start + _LABEL, dry=dry)

    def _rule(self, start: float) -> None:
        self.set_draw_color(*_LINE)
        self.set_line_width(0.15)
        near = self.l_margin + (0 if self._rtl else start)
        self.line(near, self.get_y() - _FACT_GAP / 2, near + self.epw - start, self.get_y() - _FACT_GAP / 2)

    def _section(self, section: Section) -> None:
        self.heading(section.heading, 14, before=7)
        self.ln(1.5)
        for sentence in section.sentences:
            self.say(sentence, _SIZE)
            self.ln(1.5)
        self.ln(1)
        self._facts(section.facts)

    def _photos(self, photos: Sequence[Photo], top: float) -> float:
        """Show the first large and the others small below it, two in a row; answers where they end."""
        y, half = top, (_PHOTO_WIDTH - _SMALL_GAP) / 2
        for number, photo in enumerate(photos):
            width, tallest = (half, half) if number else (_PHOTO_WIDTH, _TALLEST)
            second = number > 0 and number % 2 == 0
            data = io.BytesIO(base64.b64decode(photo.data))
            with Image.open(data) as image:
                scale = min(width / image.width, tallest / image.height)
                size = image.width * scale, image.height * scale
            start = half + _SMALL_GAP if second else 0.0
            x = self.w - self.r_margin - start - size[0] if self._rtl else self.l_margin + start
            self.image(data, x, y, *size, alt_text=photo.alt)
            if number == 0 or second or number == len(photos) - 1:
                y += (half if number else size[1]) + _SMALL_GAP
        self.set_y(top)
        return y


def pdf(sheet: Sheet) -> bytes:
    """Lay a receipt out; answers the PDF."""
    with tempfile.TemporaryDirectory(prefix="chorus-") as folder:
        paper = Paper(sheet, Path(folder))
        paper.lay_out()
        if (pages := paper.page) > 1:
            paper = Paper(sheet, Path(folder), pages)
            paper.lay_out()
        return bytes(paper.output())


def main() -> None:
    """Lay out what comes in, within bounds: what takes more than anybody's receipt is killed."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    sys.stdout.buffer.write(pdf(read(sys.stdin.buffer.read())))


def _words(sheet: Sheet) -> Iterator[str]:
    """List all that is written in letters of a language."""
    yield from (sheet.title, sheet.brand, sheet.heading, sheet.notice)
    facts = [*sheet.facts, *(fact for section in sheet.sections for fact in section.facts)]
    yield from (text for fact in facts for text in (fact.label, "" if fact.code else fact.value))
    yield from (text for section in sheet.sections for text in (section.heading, *section.sentences))


def _short(text: str) -> str:
    """Cut what no page is made for; the attached receipt has all of it."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


if __name__ == "__main__":
    main()
