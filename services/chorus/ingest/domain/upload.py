"""A creator's upload, and the consent that comes with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Invalid
from chorus.ingest.domain.text import clean, clean_line

MOST_CAPTION = 5_000
_MOST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of terms, in one language, as the uploader is shown it."""

    terms: str
    version: int
    language: str
    summary: str
    text: str
    sha256: str

    def own_hash(self) -> str:
        """Hash what is shown: SHA-256 of language, summary and text joined by line feeds, in hex."""
        return hashlib.sha256(f"{self.language}\n{self.summary}\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Scope:
    """What is allowed; `uses` by the names of the proto's enum, for example "USE_WEB"."""

    uses: tuple[str, ...]
    paid: bool = False
    territories: tuple[str, ...] = ()
    derivatives: bool = False


@dataclass(frozen=True, slots=True)
class SurfaceShown:
    """A surface as the uploader is shown it."""

    surface: str
    title: str
    address: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class UploadTerms:
    """What an uploader agrees to: the source's own copy. `days` is how long the grant holds; 0 is without end."""

    terms: Terms
    scope: Scope
    surfaces: tuple[SurfaceShown, ...]
    days: int


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent as it was given; `link_sha256` is the hash of the secret that only the creator holds."""

    given: UploadTerms
    link_sha256: str
    given_at: datetime
    creator_name: str
    email: str


@dataclass(frozen=True, slots=True)
class Upload:
    """What a creator sent, cleaned."""

    caption: str
    creator_name: str
    handle: str
    email: str
    alt_text: str


def check_terms(terms: UploadTerms) -> None:
    """Refuse terms that could not serve as evidence; Invalid with the fields."""
    wrong = {}
    if terms.terms.sha256 != terms.terms.own_hash():
        wrong["upload_terms.terms.sha256"] = "This is not the SHA-256 of language, summary and text."
    if not terms.terms.text.strip():
        wrong["upload_terms.terms.text"] = "Say what the uploader agrees to."
    if not terms.scope.uses:
        wrong["upload_terms.scope.uses"] = "Name at least one use."
    if terms.days < 0:
        wrong["upload_terms.days"] = "This must not be negative."
    if wrong:
        message = "The upload terms cannot be taken as they are."
        raise Invalid(message, fields=wrong)


def check_upload(upload: Upload, *, consent: bool, terms_sha256: str, wanted: Terms) -> Upload:
    """Let a complete upload through, cleaned; Invalid with everything that is missing or wrong, at once."""
    tidy = Upload(
        clean(upload.caption, MOST_CAPTION),
        clean_line(upload.creator_name),
        clean_line(upload.handle),
        clean_line(upload.email, _MOST_EMAIL + 1),
        clean(upload.alt_text, MOST_CAPTION),
    )
    wrong = {}
    if not tidy.creator_name and not tidy.handle:
        wrong["creator_name"] = "Say how you want to be named: a name or a handle."
    if tidy.email and not _is_email(tidy.email):
        wrong["email"] = "This does not look like an e-mail address."
    if not consent:
        wrong["consent"] = "Without your consent the picture cannot be taken."
    elif terms_sha256 != wanted.sha256:
        wrong["terms_sha256"] = "The terms have changed since the page was opened: please read them again."
    if wrong:
        message = "Some of this is missing or cannot be taken."
        raise Invalid(message, fields=wrong)
    return tidy


def _is_email(value: str) -> bool:
    """Look at the form only: whether somebody reads it, only a message can tell."""
    name, at, host = value.rpartition("@")
    return bool(name and at and "." in host and " " not in value and len(value) <= _MOST_EMAIL)
