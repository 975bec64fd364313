"""What visitors get to see of a post, ready for every output format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chorus.publishing.domain.grant import Grant
from chorus.publishing.domain.post import Media, Post, Rendition, Revision

_SMALL = 320
_ENDINGS = {"image/webp": "webp", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class ShownFile:
    """One public rendition. `file` is the last part of its address; `bytes` is its size once it is stamped."""

    file: str
    content_type: str
    width: int
    height: int
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class ShownMedia:
    """One picture with its renditions, the largest first."""

    media: str
    alt_text: str
    width: int
    height: int
    thumb_hash: str
    colour: str
    focal_x: float
    focal_y: float
    files: tuple[ShownFile, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A post as a surface shows it: the approved text, the granted pictures, the credit, until when.

    `attested` says that it is shown by the brand's word, and not by the creator's.
    """

    post: str
    revision: int
    text: str
    url: str
    published: datetime
    author: str
    author_url: str
    platform: str
    credit: str
    language: str = ""
    tags: tuple[str, ...] = ()
    valid_until: datetime | None = None
    media: tuple[ShownMedia, ...] = ()
    attested: bool = False

    @property
    def files(self) -> tuple[ShownFile, ...]:
        """Every rendition of every picture."""
        return tuple(file for media in self.media for file in media.files)

    def with_sizes(self, sizes: Mapping[str, int]) -> Shown:
        """Fill in the renditions' sizes in bytes, by file name."""
        return replace(self, media=tuple(_sized(each, sizes) for each in self.media))


@dataclass(frozen=True, slots=True)
class Copy:
    """A public rendition to be made: from which private preview, under which file name.

    `signed` says whether it carries a manifest, `source_type` how its picture came about, where that has to be said.
    """

    source: str
    file: str
    content_type: str
    signed: bool = True
    source_type: str = ""


def show(post: Post, revision: Revision, grant: Grant) -> Shown:
    """Say what visitors see of an approved revision under a grant."""
    return Shown(
        post=post.post,
        revision=revision.number,
        text=revision.text,
        url=revision.permalink,
        published=post.posted_at or revision.at,
        author=_author(revision, grant),
        author_url=revision.account.url,
        platform=post.platform,
        credit=credit(revision, grant),
        language=revision.language,
        tags=revision.hashtags,
        valid_until=grant.valid_until,
        media=tuple(_shown(each) for each in post.media_of(revision)),
        attested=grant.attested,
    )


def credit(revision: Revision, grant: Grant) -> str:
    """Write the credit line: "Photo: Mira Example (@mira)"."""
    name, handle = _author(revision, grant), revision.account.handle
    line = f"{name} ({handle})" if handle and handle != name else name
    return f"Photo: {line}" if revision.media else line


def copies(post: Post, shown: Shown) -> tuple[Copy, ...]:
    """List what has to be made public for it."""
    wanted = [post.media[each.media] for each in shown.media]
    return tuple(
        Copy(
            rendition.object_key,
            _file(media, rendition),
            rendition.content_type,
            signed=_signed(media, rendition),
            source_type=media.made_by_ai,
        )
        for media in wanted
        for rendition in media.renditions
    )


def _author(revision: Revision, grant: Grant) -> str:
    return grant.credit or revision.account.name or revision.account.handle or "the creator"


def _shown(media: Media) -> ShownMedia:
    return ShownMedia(
        media=media.media,
        alt_text=media.alt_text,
        width=media.width,
        height=media.height,
        thumb_hash=media.thumb_hash,
        colour=media.colour,
        focal_x=media.focal_x,
        focal_y=media.focal_y,
        files=tuple(_shown_file(media, each) for each in sorted(media.renditions, key=lambda r: -r.width)),
    )


def _shown_file(media: Media, rendition: Rendition) -> ShownFile:
    return ShownFile(_file(media, rendition), rendition.content_type, rendition.width, rendition.height)


def _file(media: Media, rendition: Rendition) -> str:
    return f"{media.media}-{rendition.size}.{_ENDINGS[rendition.content_type]}"


def _signed(media: Media, rendition: Rendition) -> bool:
    """Spare a small copy the manifest where a larger one has it: it would be as large as a third of the picture."""
    return rendition.size > _SMALL or all(each.size <= _SMALL for each in media.renditions)


def _sized(media: ShownMedia, sizes: Mapping[str, int]) -> ShownMedia:
    return replace(media, files=tuple(replace(each, bytes=sizes.get(each.file, each.bytes)) for each in media.files))
