"""A post: what a source reports of it, what is known of it, and what a new report changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

MOST_TEXT = 20_000
"""Characters of a post's text."""
MOST_ALT_TEXT = 2_000
MOST_PICTURES = 20
MOST_HASHTAGS = 50


@dataclass(frozen=True, slots=True)
class Account:
    """A creator's account, by the platform's stable id."""

    platform: str
    id: str
    handle: str = ""
    display_name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as a source names it. `identity` stays the same while the picture does; empty means: its address."""

    url: str
    alt_text: str = ""
    identity: str = ""

    @property
    def known_by(self) -> str:
        """By what the source will name the same picture again."""
        return self.identity or self.url


@dataclass(frozen=True, slots=True)
class PostKey:
    """The platform's own name of a post: with the brand, it is unique for ever."""

    platform: str
    id: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One source's report of a post. `reference` is the connector's own name for it, to ask for it again.

    `posted_at` is None where the source does not say; what is kept then is when it was seen. `in_reply_to` names the
    post that this one answers, where the connector knows it.
    """

    key: PostKey
    account: Account
    text: str
    posted_at: datetime | None = None
    permalink: str = ""
    language: str = ""
    hashtags: tuple[str, ...] = ()
    edited_at: datetime | None = None
    pictures: tuple[Picture, ...] = ()
    reference: str = ""
    tagged: bool = False
    in_reply_to: PostKey | None = None


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A picture of the current revision."""

    media: str
    identity: str


@dataclass(frozen=True, slots=True)
class KnownPost:
    """What is kept of a post that was seen before; `source` reported it first, `sources` are all, in that order.

    `account` is the platform's id of who posted it.
    """

    post: str
    brand: str
    source: str
    account: str
    sources: tuple[str, ...]
    text: str
    pictures: tuple[KnownPicture, ...]
    revision: int
    edited_at: datetime | None
    tagged: bool
    withdrawn: bool


class Change(Enum):
    """What a report says that was not known."""

    NOTHING = "nothing"
    EDITED = "edited"


def compare(known: KnownPost, report: Sighting, source: str) -> Change:
    """Tell whether a report is a new revision.

    Only the source that reported first speaks for a post, or whoever knows of a later edit by the same account: two
    servers that word the same post a little differently would otherwise edit it for ever, and a source could give
    somebody else's post to another account. Reports may arrive late, in any order.
    """
    if known.withdrawn or _is_stale(known, report):
        return Change.NOTHING
    speaks = source == known.source or (report.account.id == known.account and _is_later(known, report))
    return Change.EDITED if speaks and _differs(known, report) else Change.NOTHING


def _is_stale(known: KnownPost, report: Sighting) -> bool:
    if known.edited_at is None:
        return False
    return report.edited_at is None or report.edited_at < known.edited_at


def _is_later(known: KnownPost, report: Sighting) -> bool:
    return report.edited_at is not None and (known.edited_at is None or report.edited_at > known.edited_at)


def _differs(known: KnownPost, report: Sighting) -> bool:
    """Compare text and pictures; their order and their alt texts are no revision of their own."""
    same_pictures = {each.identity for each in known.pictures} == {each.known_by for each in report.pictures}
    return known.text != report.text or not same_pictures


def kept_media(known: KnownPost, pictures: Sequence[Picture]) -> dict[str, str]:
    """Map the identity of each picture that stays to the media id that it keeps."""
    wanted = {each.known_by for each in pictures}
    return {each.identity: each.media for each in known.pictures if each.identity in wanted}
