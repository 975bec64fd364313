"""Templates: words to ask with, kept by a brand. What was asked keeps the words that it was asked with."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chorus.errors import Invalid
from chorus.rights.domain.terms import SLUG
from chorus.rights.domain.words import VARIABLES

MOST_MESSAGE = 2_000
_MOST_TITLE = 80
_VARIABLE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """One message of a brand. It may hold {creator}, {brand} and {link}."""

    brand: str
    template: str
    title: str
    message: str


def check_template(template: Template) -> None:
    """Raise `Invalid` with every field that is wrong."""
    wrong = {
        "template": not SLUG.fullmatch(template.template) and "Use small letters, digits and hyphens, 63 at most.",
        "title": not 0 < len(template.title.strip()) <= _MOST_TITLE and f"Name it, in {_MOST_TITLE} letters at most.",
        "message": _message_problem(template.message),
    }
    if fields := {name: problem for name, problem in wrong.items() if problem}:
        message = "This template cannot be kept as it is."
        raise Invalid(message, fields=fields)


def _message_problem(message: str) -> str:
    if not 0 < len(message.strip()) <= MOST_MESSAGE:
        return f"Write a message, in {MOST_MESSAGE} letters at most."
    unknown = next((name for name in _VARIABLE.findall(message) if name not in VARIABLES), None)
    return "" if unknown is None else f"Nobody fills in {{{unknown}}}: only {{creator}}, {{brand}} and {{link}}."
