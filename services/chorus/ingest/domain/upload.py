"""A creator's upload, and the consent that comes with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from chorus import scope as common
from chorus.errors import Invalid
from chorus.ingest.domain.text import LANGUAGE, SLUG, clean, clean_line

MOST_CAPTION = 5_000
LEAST_KEY = 16
"""Characters of a form's key: who guesses one must not meet somebody else's."""
_MOST_EMAIL = 254
# What can be recorded as a grant: rights holds whatever it is asked to keep to the same.
_MOST_SUMMARY = 600
_MOST_TEXT = 50_000
_MOST_LANGUAGES = 30
_MOST_AGE = 21
_MOST_OTHERS = 9
_MOST_DAYS = 36_500
_USES = {f"USE_{each.name}": each for each in common.Use}


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of terms, in one language, as the uploader is shown it."""

    terms: str
    version: int
    language: str
    summary: str
    text: str
    sha256: str
    # In years; whoever is younger needs a guardian who agrees. 0: nobody is asked.
    minimum_age: int = 0

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
    exclusive: bool = False


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
    # The same version in other languages.
    translations: tuple[Terms, ...] = ()

    def shown_as(self, sha256: str) -> UploadTerms:
        """Answer the terms in the one language that was shown, by its hash; in their own where no hash is theirs."""
        shown = next((text for text in self.translations if text.sha256 == sha256), self.terms)
        return replace(self, terms=shown, translations=())


@dataclass(frozen=True, slots=True)
class Consent:
    """Consent as it was given; `link_sha256` is the hash of the secret that only the creator holds."""

    given: UploadTerms
    link_sha256: str
    given_at: datetime
    creator_name: str
    # The uploader is younger than the terms ask for.
    under_age: bool = False
    # How many other people can be recognised in the picture.
    others: int = 0


@dataclass(frozen=True, slots=True)
class Upload:
    """What a creator sent, cleaned."""

    caption: str
    creator_name: str
    handle: str
    email: str
    alt_text: str
    # Whether they are as old as the terms ask for; None where they did not say.
    of_age: bool | None = None
    # How many other people can be recognised in the picture.
    others: int = 0


def check_terms(terms: UploadTerms) -> None:
    """Refuse terms that could not serve as evidence, or that no grant could follow from; Invalid with the fields."""
    wrong = {f"terms.{name}": problem for name, problem in _text_problems(terms.terms).items()}
    for number, text in enumerate(terms.translations):
        problems = _text_problems(text) or _translation_problems(terms, number)
        wrong |= {f"translations.{number}.{name}": problem for name, problem in problems.items()}
    wrong |= {f"scope.{name}": problem for name, problem in _scope_problems(terms.scope).items()}
    for number, surface in enumerate(terms.surfaces):
        if problem := _surface_problem(surface, terms.scope):
            wrong[f"surfaces.{number}"] = problem
    if len(terms.translations) > _MOST_LANGUAGES:
        wrong["translations"] = f"Terms are there in {_MOST_LANGUAGES} more languages at most."
    if not 0 <= terms.days <= _MOST_DAYS:
        wrong["days"] = f"From 1 to {_MOST_DAYS}, or 0 for a grant without end."
    if wrong:
        message = "The upload terms cannot be taken as they are."
        raise Invalid(message, fields={f"upload_terms.{name}": problem for name, problem in wrong.items()})


def _translation_problems(terms: UploadTerms, number: int) -> dict[str, str]:
    written, text = terms.terms, terms.translations[number]
    before = {each.language.lower() for each in (written, *terms.translations[:number])}
    wrong = {
        "version": (text.terms, text.version, text.minimum_age) != (written.terms, written.version, written.minimum_age)
        and "A translation is of the same terms, and of the same version.",
        "language": text.language.lower() in before and "The terms are there in this language already.",
    }
    return {name: problem for name, problem in wrong.items() if problem}


def _text_problems(terms: Terms) -> dict[str, str]:
    wrong = {
        "terms": not SLUG.fullmatch(terms.terms) and "Use small letters, digits and hyphens, 63 at most.",
        "version": terms.version < 1 and "Versions begin with 1.",
        "language": not LANGUAGE.fullmatch(terms.language) and "Name it as in BCP 47, for example en or de-AT.",
        "summary": not 0 < len(terms.summary.strip()) <= _MOST_SUMMARY
        and f"Say it in {_MOST_SUMMARY} letters at most.",
        "text": not 0 < len(terms.text.strip()) <= _MOST_TEXT
        and f"Say what the uploader agrees to, in {_MOST_TEXT} letters at most.",
        "sha256": terms.sha256 != terms.own_hash() and "This is not the SHA-256 of language, summary and text.",
        "minimum_age": not 0 <= terms.minimum_age <= _MOST_AGE and f"From 1 to {_MOST_AGE} years, or 0 to ask nobody.",
    }
    return {name: problem for name, problem in wrong.items() if problem}


def _scope_problems(scope: Scope) -> dict[str, str]:
    unknown = sorted(set(scope.uses) - set(_USES))
    problems = common.problems(_common(scope))
    return problems | {"uses": f"There is no such use: {', '.join(unknown)}."} if unknown else problems


def _surface_problem(surface: SurfaceShown, scope: Scope) -> str:
    if not SLUG.fullmatch(surface.surface):
        return "This is not the id of a surface."
    if wrong := _scope_problems(surface.scope):
        return " ".join(wrong.values())
    fits = common.contains(_common(scope), _common(surface.scope))
    return "" if fits else "This surface needs more than what is agreed to."


def _common(scope: Scope) -> common.Scope:
    """Write a scope as all rooms compare it, without uses that there are not."""
    uses = frozenset(_USES[each] for each in scope.uses if each in _USES)
    return common.Scope(uses, scope.paid, frozenset(scope.territories), scope.derivatives, scope.exclusive)


def check_key(request_id: str) -> None:
    """Let a form's key through: none, or one that nobody else comes upon; Invalid otherwise."""
    if request_id and len(request_id) < LEAST_KEY:
        message = f"Use a random key of at least {LEAST_KEY} characters for each upload, for example a UUID."
        raise Invalid(message, fields={"request_id": message})


def check_upload(upload: Upload, *, consent: bool, terms_sha256: str, wanted: Terms) -> Upload:
    """Let a complete upload through, cleaned; Invalid with everything that is missing or wrong, at once."""
    tidy = Upload(
        clean(upload.caption, MOST_CAPTION),
        clean_line(upload.creator_name),
        clean_line(upload.handle),
        clean_line(upload.email, _MOST_EMAIL + 1),
        clean(upload.alt_text, MOST_CAPTION),
        upload.of_age,
        upload.others,
    )
    wrong = {}
    if not tidy.creator_name and not tidy.handle:
        wrong["creator_name"] = "Say how you want to be named: a name or a handle."
    if tidy.email and not _is_email(tidy.email):
        wrong["email"] = "This does not look like an e-mail address."
    if wanted.minimum_age and tidy.of_age is None:
        wrong["born"] = "Say when you were born: these terms ask for an age."
    if not 0 <= tidy.others <= _MOST_OTHERS:
        wrong["others"] = f"From 0 to {_MOST_OTHERS} other people."
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
