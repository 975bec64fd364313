"""The fonts of what is printed, and what to do about letters that none of them has.

All of them come inside packages and under the SIL Open Font License: FiraGO for Latin, Greek, Cyrillic, Arabic, Hebrew,
Devanagari, Georgian and Thai; Noto Sans CJK for Chinese, Japanese and Korean; Noto Sans Symbols; Fira Mono for codes.
"""

from __future__ import annotations

import importlib
import itertools
import operator
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import noto_cjk_sans_jp_regular as cjk
from anyascii import anyascii
from fpdf import FPDF
from fpdf.fonts import TTFFont

TEXT, CODE = "text", "code"
# What only joins letters or varies them goes the way of what it belongs to. The layout follows controls of direction.
_UNSEEN = re.compile("[\u200b-\u200d\u2060\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_KEPT = frozenset("\n\u200c\u200d\u2066\u2067\u2068\u2069")
_SPACES = str.maketrans({"\u202f": "\u00a0", "\u2009": " ", "\u3000": " ", "\t": " "})


class Fonts:
    """Loads into a PDF the fonts that a text needs, and no others."""

    def __init__(self, pdf: FPDF, folder: Path) -> None:
        """Load those that every receipt needs, by way of files in this folder."""
        self._pdf = pdf
        self._folder = folder
        self._letters = self._load(TEXT, "FiraGO_Regular", "ttf")
        self._load(TEXT, "FiraGO_Bold", "ttf", style="B")
        self._load(CODE, "FiraMono_Regular", "otf")

    def ready(self, texts: Iterable[str]) -> None:
        """Load what these texts need beyond that."""
        missing = {letter for text in texts for letter in _tidy(text)} - self._letters - _KEPT
        beyond = []
        if missing:
            self._letters |= self._load("symbols", "NotoSansSymbols2_Regular", "otf")
            beyond.append("symbols")
        if any(_eastern(letter) for letter in missing):
            self._letters |= self._add("cjk", "", str(cjk.FONT_PATH))
            beyond.append("cjk")
        self._pdf.set_fallback_fonts(beyond, exact_match=False)

    def fit(self, text: str) -> str:
        """Write in other letters, between brackets, what none of the fonts has: nothing of a name is left out."""
        known, parts = True, []
        for letter in _tidy(text):
            if not _UNSEEN.match(letter):
                known = letter in self._letters or letter in _KEPT
            elif letter not in _KEPT and known:
                continue
            parts.append((known, letter))
        runs = itertools.groupby(parts, key=operator.itemgetter(0))
        return "".join(_written("".join(letter for _, letter in run), known=known) for known, run in runs)

    def _load(self, family: str, name: str, kind: str, style: str = "") -> set[str]:
        file = self._folder / f"{name}.{kind}"
        file.write_bytes(importlib.import_module(f"pymupdf_fonts.{name}").fontbuffer)
        return self._add(family, style, str(file))

    def _add(self, family: str, style: str, file: str) -> set[str]:
        """Add a font; answers the letters that it has."""
        self._pdf.add_font(family, style, file)
        added = self._pdf.fonts[f"{family}{style}"]
        assert isinstance(added, TTFFont)  # noqa: S101 -- what it makes of every file
        return set(map(chr, added.cmap))


def _tidy(text: str) -> str:
    """Compose accents, and leave spaces and line breaks that every font has."""
    return "".join(
        letter
        for letter in unicodedata.normalize("NFC", text).translate(_SPACES).replace("\r\n", "\n")
        if letter in _KEPT or unicodedata.category(letter) not in {"Cc", "Cf", "Zl", "Zp"}
    )


def _eastern(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in {"W", "F"} and unicodedata.category(letter) != "So"


def _written(letters: str, *, known: bool) -> str:
    """Write letters as they are, or in those of English: pictures by their names, and what has none by its number."""
    if known:
        return letters
    seen = _UNSEEN.sub("", letters)
    said = anyascii(seen).replace(":", " ").split() or [f"U+{ord(letter):04X}" for letter in seen]
    return f"[{' '.join(said)}]"
