"""A post as rights knows it: enough to show it to its creator, and to pin what a grant is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from chorus.rights.domain.offer import Offer
from chorus.rights.domain.terms import Terms

# As many triggers as a fact carries (platform/facts.py); the first, the capture, always stays.
_MOST_LINKS = 8


@dataclass(frozen=True, slots=True)
class Account:
    """The creator's account, by the platform's stable id."""

    platform: str = ""
    id: str = ""
    handle: str = ""
    display_name: str = ""
    url: str = ""

    @property
    def called(self) -> str:
        """Name the creator as people would."""
        return self.display_name or self.handle or "you"

    def same(self, other: Account) -> bool:
        """Tell whether this is surely the same account: by its id, since handles get recycled."""
        return bool(self.id) and (self.platform, self.id) == (other.platform, other.id)


class AccountOf(NamedTuple):
    """An account as one brand knows it: its platform, and the platform's stable id of it."""

    brand: str
    platform: str
    id: str


class PictureState(StrEnum):
    """Whether a picture has arrived."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a revision. `preview` is what a page needs to show it; nothing here looks inside."""

    media: str
    state: PictureState
    sha256: str
    preview: bytes


@dataclass(frozen=True, slots=True)
class Revision:
    """A post's words and pictures as they were at one time."""

    text: str = ""
    pictures: tuple[Picture, ...] = ()

    @property
    def pending(self) -> bool:
        """Tell whether a picture is still to come."""
        return any(picture.state is PictureState.PENDING for picture in self.pictures)

    @property
    def hashes(self) -> tuple[str, ...]:
        """List the SHA-256 of each picture that can be seen."""
        return tuple(picture.sha256 for picture in self.pictures if picture.state is PictureState.READY)

    def with_picture(self, arrived: Picture) -> Revision:
        """Put what became of a picture in its place."""
        return replace(self, pictures=tuple(arrived if each.media == arrived.media else each for each in self.pictures))


@dataclass(frozen=True, slots=True)
class Consent:
    """What an uploader agreed to on the upload page, with the hash of the link that only they hold."""

    terms: Terms
    offer: Offer
    link_sha256: str
    given_at: datetime
    credit: str
    # The uploader is younger than the terms ask for.
    under_age: bool = False
    # How many other people can be recognised in the picture.
    others: int = 0

    @property
    def alone(self) -> bool:
        """Tell whether nobody else has to agree."""
        return not self.under_age and not self.others


@dataclass(frozen=True, slots=True)
class Post:
    """A post of a brand. Revision 0: heard of (by its review), not yet seen itself."""

    brand: str
    post: str
    account: Account = field(default_factory=Account)
    permalink: str = ""
    revision: int = 0
    revisions: Mapping[int, Revision] = field(default_factory=dict)
    # The revision that curators approved; 0 where none is.
    approved: int = 0
    approved_at: datetime | None = None
    # Curators decided against it.
    rejected: bool = False
    withdrawn: bool = False
    consent: Consent | None = None
    links: tuple[str, ...] = ()
    # What it said and showed, and whose it is, has been forgotten.
    erased: bool = False
    # At its platform, as far as that is known.
    posted_at: datetime | None = None

    @property
    def creator(self) -> AccountOf:
        """Name whom to contact; where the platform names nobody, each post has a creator of its own."""
        return AccountOf(self.brand, self.account.platform, self.account.id or f"post/{self.post}")

    @property
    def known(self) -> bool:
        """Tell whether the post itself has arrived."""
        return self.revision > 0

    @property
    def shown(self) -> Revision:
        """Answer the revision that would be shown: the approved one, else the newest."""
        return self.at(self.approved or self.revision)

    def at(self, revision: int) -> Revision:
        """Answer a revision; an empty one where it never arrived."""
        return self.revisions.get(revision, Revision())

    def revised(self, number: int, revision: Revision) -> Post:
        """Add or replace a revision. A picture known from before keeps what became of it."""
        seen = {picture.media: picture for each in self.revisions.values() for picture in each.pictures}
        pictures = tuple(_better(picture, seen.get(picture.media)) for picture in revision.pictures)
        revisions = {**self.revisions, number: replace(revision, pictures=pictures)}
        return replace(self, revision=max(self.revision, number), revisions=revisions)

    def arrived(self, picture: Picture) -> Post:
        """Note what became of a picture, in every revision that shows it."""
        revisions = {number: each.with_picture(picture) for number, each in self.revisions.items()}
        return replace(self, revisions=revisions)

    def gone(self, *, erased: bool) -> Post:
        """Note that the post is withdrawn for good; what was erased is forgotten here too."""
        if not erased:
            return replace(self, withdrawn=True)
        blank = {number: Revision() for number in self.revisions}
        forgotten = Account(platform=self.account.platform)
        return replace(
            self,
            withdrawn=True,
            erased=True,
            account=forgotten,
            permalink="",
            revisions=blank,
            consent=None,
            posted_at=None,
        )

    def linked(self, more: Iterable[str]) -> Post:
        """Remember the triggers of this post's life, the first always, then the latest."""
        every = tuple(dict.fromkeys([*self.links, *more]))
        kept = every if len(every) <= _MOST_LINKS else (every[0], *every[1 - _MOST_LINKS :])
        return self if kept == self.links else replace(self, links=kept)


def _better(picture: Picture, before: Picture | None) -> Picture:
    """Prefer what is known of a picture to hearing that it is still to come."""
    return before if before is not None and picture.state is PictureState.PENDING else picture
