"""What goes with a picture that leaves: who made it, whom to credit, whom to ask, and what nobody was allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from chorus.scope import Scope, in_words

_ILLEGIBLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# The strongest first; words of IPTC's vocabulary.
_MADE_BY_AI: Final = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic")
_SOURCE_TYPES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# No grant knows of training or of mining, so none allows it; that search engines find a public page is its purpose.
DATA_MINING: Final = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"


@dataclass(frozen=True, slots=True)
class Labels:
    """Names and sentences as people read them, addresses as browsers do; empty where nobody knows any."""

    creator: str
    credit: str
    copyright_notice: str
    usage_terms: str
    web_statement: str
    licensor_url: str


def copyright_notice(brand: str, creator: str, *, attested: bool) -> str:
    """Say whose it is, and by whose leave it is shown."""
    leave = ", which attests that it has permission" if attested else " with the creator's permission"
    return f"© {creator}. Shown by {brand}{leave}."


def usage_terms(brand: str, use: Scope, *, attested: bool) -> str:
    """Say in words what a public file is for: what its surface needs, however much more was allowed."""
    leave = "and attests that it has permission" if attested else "with the creator's permission"
    return (
        f"{brand} shows this {in_words(use)}, {leave}. "
        "Every other use, training of artificial intelligence included, needs the creator's own."
    )


def made_by_ai(source_types: Iterable[str]) -> str:
    """Choose, of what an original's credentials say, the word that must not be lost; empty where there is none.

    Any other word would be vouched for by repeating it, and who said it is not known.
    """
    return next((each for each in _MADE_BY_AI if each in set(source_types)), "")


def source_type_url(source_type: str) -> str:
    """Write IPTC's address of a digital source type."""
    return _SOURCE_TYPES + source_type


def legible(text: str) -> str:
    """Leave out of a stranger's text what XML cannot hold at all, nor JSON without harm."""
    return _ILLEGIBLE.sub("", text)
