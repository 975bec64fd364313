"""What a receipt on paper says, ready to be laid out: words in the reader's language, pictures, and files to attach."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Photo:
    """A JPEG, in Base64, and what it shows."""

    data: str
    alt: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was agreed; `code` is written letter by letter, and from left to right in every language."""

    label: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along within the PDF."""

    name: str
    kind: str
    says: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part with a heading: sentences, then facts."""

    heading: str
    sentences: Sequence[str] = ()
    facts: Sequence[Fact] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One receipt. Names that could turn a line around stand between isolates (U+2068, U+2069).

    `language` is a BCP 47 tag, `direction` "ltr" or "rtl", `accent` a colour as #rrggbb or empty, `made_at` ISO 8601.
    """

    title: str
    language: str
    direction: str
    accent: str
    made_at: str
    brand: str
    heading: str
    notice: str
    photos: Sequence[Photo] = ()
    facts: Sequence[Fact] = ()
    sections: Sequence[Section] = ()
    files: Sequence[Attachment] = field(default=())

    def written(self) -> bytes:
        """Write it as JSON."""
        return json.dumps(dataclasses.asdict(self), ensure_ascii=False).encode()


def read(written: bytes) -> Sheet:
    """Read what `Sheet.written` wrote."""
    said: Mapping[str, Any] = json.loads(written)
    parts = {
        "photos": [Photo(**each) for each in said["photos"]],
        "facts": [Fact(**each) for each in said["facts"]],
        "sections": [
            Section(**{**each, "facts": [Fact(**fact) for fact in each["facts"]]}) for each in said["sections"]
        ],
        "files": [Attachment(**each) for each in said["files"]],
    }
    return Sheet(**{**said, **parts})
