"""The languages of the creator's pages: which there are, and which of them a visitor reads."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from babel import Locale, negotiate_locale
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from starlette.datastructures import URL
from starlette.requests import Request
from webob.acceptparse import create_accept_language_header

from chorus.api.types.v1.scope_pb2 import TermsText

CATALOGUES: Final = Path(__file__).parent / "languages"
_MOST_PREFERENCES = 10


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language: its BCP 47 tag, its locale for dates, lists and countries, and its catalogue (gettext)."""

    tag: str
    locale: Locale
    catalogue: NullTranslations
    sentences: Mapping[str, str]

    @property
    def direction(self) -> str:
        """Tell which way it is written: "ltr" or "rtl"."""
        return str(self.locale.text_direction)

    @property
    def name(self) -> str:
        """Name it in itself, as a list of languages does: "Français"."""
        own = self.locale.get_language_name(self.locale) or self.tag
        return own[:1].upper() + own[1:]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: in which language, chosen by the switch or not, and which others they know, best first."""

    language: Language
    chosen: bool
    preferences: tuple[str, ...]

    def to(self, path: str) -> str:
        """Address another page, so that a choice goes along."""
        return str(URL(path).include_query_params(lang=self.language.tag)) if self.chosen else path


def N_(sentence: str) -> str:  # noqa: N802 -- gettext's own name for it, which extractors know
    """Mark a sentence for the catalogues where it stands, to be translated where it is shown."""
    return sentence


# What the sources are written in. Its dates are British, as its prose is.
ENGLISH: Final = Language("en", Locale("en", "GB"), NullTranslations(), MappingProxyType({}))


@cache
def languages() -> Mapping[str, Language]:
    """Read every catalogue there is: each is a language, and English needs none."""
    found = [ENGLISH, *(_read(file) for file in CATALOGUES.glob("*.po"))]
    return MappingProxyType({each.tag: each for each in sorted(found, key=lambda each: each.tag)})


def reader_of(request: Request) -> Reader:
    """Settle what a visitor reads: by the switch, else by their browser (by lookup, RFC 4647), else English."""
    known = languages()
    accepted = create_accept_language_header(request.headers.get("accept-language"))
    switched = create_accept_language_header(request.query_params.get("lang")).lookup(list(known), default="")
    tag = str(switched or accepted.lookup(list(known), default=ENGLISH.tag))
    ranges = sorted(getattr(accepted, "parsed", None) or (), key=lambda each: -each[1])
    others = (name for name, quality in ranges if quality and name not in {"*", tag})
    return Reader(known[tag], bool(switched), (tag, *dict.fromkeys(others))[:_MOST_PREFERENCES])


def suiting(texts: Sequence[TermsText], reader: Reader) -> TermsText:
    """Choose, of terms in several languages, those that somebody reads best; else the first."""
    tag = negotiate_locale(reader.preferences, [text.language for text in texts], sep="-")
    return next((text for text in texts if text.language == tag), texts[0])


def _read(file: Path) -> Language:
    """Read a catalogue as its translators write it; what is compiled stays in memory and in no file."""
    with file.open("rb") as source:
        written = read_po(source, locale=file.stem.replace("-", "_"), abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, written)
    compiled.seek(0)
    return Language(file.stem, Locale.parse(file.stem, sep="-"), Translations(compiled), _sentences(written))


def _sentences(written: Catalog) -> Mapping[str, str]:
    """List what stands alone, with neither plural forms nor context."""
    alone = (each for each in written if each.id and isinstance(each.id, str) and not each.context and not each.fuzzy)
    return MappingProxyType({str(each.id): str(each.string) for each in alone if each.string})
