"""Terms: immutable versions, each known by the hash of its text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from babel import negotiate_locale

from chorus.errors import Invalid

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_MOST_SUMMARY = 600
_MOST_TEXT = 50_000
# Nowhere does anybody come of age later.
_MOST_AGE = 21


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of a brand's terms, in one language (BCP 47). `text` is Markdown, `sha256` in hex.

    Whoever is younger than `minimum_age` years needs a guardian who agrees; 0: nobody is asked how old they are.
    """

    brand: str
    terms: str
    version: int
    language: str
    summary: str
    text: str
    sha256: str
    minimum_age: int = 0

    def intact(self) -> bool:
        """Tell whether the hash is that of the text: what somebody agreed to is what stands here."""
        return self == self.sealed()

    def sealed(self) -> Terms:
        """Answer the same with the hash of its text."""
        return replace(self, sha256=digest(self.language, self.summary, self.text))


def suiting(texts: Sequence[Terms], preferences: Sequence[str]) -> Terms | None:
    """Choose, of a version's texts, the one in a language that somebody reads best; else the first. None of none."""
    tag = negotiate_locale(preferences, [text.language for text in texts], sep="-")
    return next((text for text in texts if text.language == tag), texts[0] if texts else None)


def digest(language: str, summary: str, text: str) -> str:
    """Hash terms: SHA-256 of language, summary and text joined by line feeds, in hex."""
    return hashlib.sha256(f"{language}\n{summary}\n{text}".encode()).hexdigest()


def check_terms(terms: Terms) -> None:
    """Raise `Invalid` with every field that is wrong."""
    wrong = {
        "terms": not SLUG.fullmatch(terms.terms) and "Use small letters, digits and hyphens, 63 at most.",
        "language": not _LANGUAGE.fullmatch(terms.language) and "Name it as in BCP 47, for example en or de-AT.",
        "summary": not 0 < len(terms.summary.strip()) <= _MOST_SUMMARY
        and f"Three plain lines, {_MOST_SUMMARY} letters.",
        "text": not 0 < len(terms.text.strip()) <= _MOST_TEXT
        and f"Write the terms out, in {_MOST_TEXT} letters at most.",
        "minimum_age": not 0 <= terms.minimum_age <= _MOST_AGE and f"From 1 to {_MOST_AGE} years, or 0 to ask nobody.",
    }
    if fields := {name: problem for name, problem in wrong.items() if problem}:
        message = "These terms cannot be kept as they are."
        raise Invalid(message, fields=fields)
