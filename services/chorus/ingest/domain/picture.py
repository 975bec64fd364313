"""A picture once it has been read: its sizes, its fingerprints, or the reason why it was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chorus.errors import Invalid

Reason = Literal["too_large", "unsupported", "truncated", "bomb", "timeout", "corrupt"]


@dataclass(frozen=True, slots=True)
class Rendition:
    """One clean copy of a picture: no metadata, sRGB, upright. `size` is the box in px that it fits in."""

    size: int
    content_type: str
    width: int
    height: int
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the content credentials (C2PA) inside an original say: a stranger's words, of one line and a bounded length.

    `state` is "Valid" where their seal holds; who signed is checked by nobody. `source_types` are IPTC's words for how
    the picture came about, `actions` C2PA's for what was done with it.
    """

    generator: str
    signer: str
    state: str
    source_types: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What is known of an original; `width` and `height` are in px after its EXIF orientation is applied.

    `thumbhash` is the raw ThumbHash, `colour` is "#rrggbb", `pdq` is 64 hex digits (256 bit), `pdq_quality` is 0–100,
    `frames` is 1 for a still. Renditions are ordered from the largest, WebP before JPEG.
    """

    sha256: str
    content_type: str
    width: int
    height: int
    frames: int
    thumbhash: bytes
    colour: str
    pdq: str
    pdq_quality: int
    renditions: tuple[Rendition, ...]
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a picture cannot be taken: a stable word for programs and one sentence for the person who sent it."""

    reason: Reason
    message: str


class MediaRefused(Invalid):
    """These bytes will never be taken as a picture. The error's `reason` is `MEDIA_` and the word in capitals."""

    def __init__(self, refused: Refused) -> None:
        """Keep the refusal beside the error's own sentence and reason."""
        super().__init__(refused.message, reason=f"MEDIA_{refused.reason.upper()}")
        self.refused = refused
