"""A post's picture: from an address that may lead nowhere to clean previews in the private area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chorus.ingest.domain.picture import Credentials, Decoded, Rendition

State = Literal["pending", "ready", "failed"]
_ENDINGS = {"image/webp": "webp", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendition as it lies in the object store under `key`; `size` is the box in px that it fits in."""

    size: int
    content_type: str
    width: int
    height: int
    key: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The first post that showed the same picture; `distance` is 0 for the same bytes, else PDQ's (1 to 31)."""

    post: str
    kind: Literal["exact", "near"]
    distance: int


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a picture once it was read."""

    sha256: str
    content_type: str
    width: int
    height: int
    thumb_hash: bytes
    dominant_colour: str
    pdq: str
    pdq_quality: int
    previews: tuple[Preview, ...]
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """One picture of a post; `details` are set exactly while it is ready, `failure` while it is failed."""

    media: str
    alt_text: str = ""
    state: State = "pending"
    details: Details | None = None
    duplicate_of: Duplicate | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class PendingMedia:
    """A picture that somebody has to fetch; `attempts` counts the tries so far, this one included."""

    media: str
    brand: str
    post: str
    revision: int
    url: str
    alt_text: str
    attempts: int


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object of the private area: a preview of `media`, or the original with hash `sha256`."""

    key: str
    bytes: int
    media: str | None = None
    sha256: str | None = None


def original_key(brand: str, sha256: str) -> str:
    """Name an original by its content: the same bytes are kept once for a brand."""
    return f"private/{brand}/originals/{sha256}"


def preview_key(brand: str, media: str, rendition: Rendition) -> str:
    """Name a preview of a picture."""
    return f"private/{brand}/previews/{media}/{rendition.size}.{_ENDINGS[rendition.content_type]}"


def details_of(brand: str, media: str, decoded: Decoded) -> Details:
    """Say what is known of a picture, with the keys under which its previews will lie."""
    return Details(
        sha256=decoded.sha256,
        content_type=decoded.content_type,
        width=decoded.width,
        height=decoded.height,
        thumb_hash=decoded.thumbhash,
        dominant_colour=decoded.colour,
        pdq=decoded.pdq,
        pdq_quality=decoded.pdq_quality,
        previews=tuple(_preview(brand, media, each) for each in decoded.renditions),
        credentials=decoded.credentials,
    )


def _preview(brand: str, media: str, made: Rendition) -> Preview:
    key = preview_key(brand, media, made)
    return Preview(made.size, made.content_type, made.width, made.height, key, len(made.data), made.sha256)


def objects_of(brand: str, media: str, details: Details, original_bytes: int) -> list[StoredObject]:
    """List every object that a ready picture needs: the original, then the previews."""
    original = StoredObject(original_key(brand, details.sha256), original_bytes, sha256=details.sha256)
    return [original, *(StoredObject(each.key, each.bytes, media=media) for each in details.previews)]


def nearest_preview(previews: tuple[Preview, ...], size: int, content_type: str) -> Preview | None:
    """Choose the preview of a type whose box is nearest to the one asked for."""
    fitting = [each for each in previews if each.content_type == content_type]
    return min(fitting, key=lambda each: abs(each.size - size), default=None)
