"""What ingest tells the others: the facts of topic chorus.post.v1, in its own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chorus.ingest.domain.media import Media
from chorus.ingest.domain.post import Account, Sighting
from chorus.ingest.domain.upload import Consent


@dataclass(frozen=True, slots=True)
class Captured:
    """A post was seen for the first time; `media` are still to come, `in_reply_to` is our id of the post it answers."""

    source: str
    connector: str
    sighting: Sighting
    media: tuple[Media, ...]
    consent: Consent | None = None
    in_reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """The post changed at its source; `media` are all pictures of the new revision, with what is known of each."""

    revision: int
    text: str
    language: str
    hashtags: tuple[str, ...]
    edited_at: datetime
    permalink: str
    account: Account
    media: tuple[Media, ...]


@dataclass(frozen=True, slots=True)
class MediaReady:
    """A picture was fetched and read."""

    revision: int
    media: Media


@dataclass(frozen=True, slots=True)
class MediaFailed:
    """A picture could not be had; `failure` says why, in words for a curator."""

    revision: int
    media: str
    failure: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Deleted at its source, or let go of: then whoever hears it lets go of what it said and showed too. Final."""

    erased: bool = False


@dataclass(frozen=True, slots=True)
class Signals:
    """Every source that reported the post, the first first, and whether the brand is tagged in it."""

    sources: tuple[str, ...]
    tagged: bool


Fact = Captured | Edited | MediaReady | MediaFailed | Withdrawn | Signals
