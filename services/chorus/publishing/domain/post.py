"""A post as publishing knows it: its revisions, its pictures, and what was decided about it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum


class MediaState(StrEnum):
    """Whether a picture can be shown."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


class Withdrawal(StrEnum):
    """Why a post is gone for good."""

    DELETED_AT_SOURCE = "deleted_at_source"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Account:
    """The creator's account on its platform."""

    handle: str = ""
    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Rendition:
    """A private preview, which a public rendition is made from. `size` is the box in pixels, 1080, 640 or 320."""

    size: int
    content_type: str
    width: int
    height: int
    object_key: str


@dataclass(frozen=True, slots=True)
class Media:
    """One picture. `sha256` is that of the original; width and height are pixels; `thumb_hash` is base64."""

    media: str
    state: MediaState = MediaState.PENDING
    alt_text: str = ""
    sha256: str = ""
    width: int = 0
    height: int = 0
    thumb_hash: str = ""
    colour: str = ""
    focal_x: float = 0.5
    focal_y: float = 0.5
    renditions: tuple[Rendition, ...] = ()
    # IPTC's word for it, where the original's own credentials say that artificial intelligence had a part in it.
    made_by_ai: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a curator said about a picture; wins over what the source said."""

    alt_text: str
    focal_x: float
    focal_y: float


@dataclass(frozen=True, slots=True)
class Revision:
    """What the post said from `at` on, and who and where it was then: an edit changes those too, unreviewed.

    `media` holds ids, in the order in which they are shown.
    """

    number: int
    text: str
    language: str
    hashtags: tuple[str, ...]
    media: tuple[str, ...]
    at: datetime
    account: Account = Account()
    permalink: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """A post with everything heard about it, in whatever order the topics brought it.

    Without revisions it was not captured yet, as far as this service has heard. `collections` maps to ranks.
    """

    brand: str
    post: str
    platform: str = ""
    posted_at: datetime | None = None
    sources: tuple[str, ...] = ()
    revisions: tuple[Revision, ...] = ()
    media: Mapping[str, Media] = field(default_factory=dict)
    annotations: Mapping[str, Annotation] = field(default_factory=dict)
    collections: Mapping[str, float] = field(default_factory=dict)
    approved_revision: int | None = None
    withdrawn: Withdrawal | None = None
    trace_links: tuple[str, ...] = ()

    @property
    def captured(self) -> bool:
        """Tell whether the post itself has been heard of, not only what others say about it."""
        return bool(self.revisions)

    @property
    def approved(self) -> Revision | None:
        """The revision that curators approved, where it has been heard of."""
        return next((each for each in self.revisions if each.number == self.approved_revision), None)

    @property
    def latest(self) -> Revision | None:
        """The revision that stands at the source now."""
        return self.revisions[-1] if self.revisions else None

    def media_of(self, revision: Revision) -> tuple[Media, ...]:
        """Answer a revision's pictures with the curators' annotations put in."""
        return tuple(self._annotated(self.media[each]) for each in revision.media)

    def _annotated(self, media: Media) -> Media:
        said = self.annotations.get(media.media)
        if said is None:
            return media
        return replace(media, alt_text=said.alt_text, focal_x=said.focal_x, focal_y=said.focal_y)
