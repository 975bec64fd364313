"""A page of what a surface shows, as every output format gets it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chorus.publishing.domain.shown import Shown, ShownFile, ShownMedia

JPEG = "image/jpeg"


@dataclass(frozen=True, slots=True)
class Item:
    """A placement on a page. `base` is the address below which its renditions lie, with a slash at its end.

    `mine` is where somebody says that it is theirs; empty where not everybody can see it.
    """

    placement: str
    modified: datetime
    base: str
    shown: Shown
    mine: str = ""

    def address(self, file: ShownFile) -> str:
        """Say where a rendition is."""
        return self.base + file.file


@dataclass(frozen=True, slots=True)
class Feed:
    """A page. Addresses are absolute; `next_url` is empty on the last page, `home_page` where nobody gave one."""

    brand: str
    surface: str
    version: int
    title: str
    home_page: str
    feed_url: str
    next_url: str
    updated: datetime
    items: tuple[Item, ...]


def largest_jpeg(media: ShownMedia) -> ShownFile | None:
    """Choose the rendition for readers that take one."""
    return next((each for each in media.files if each.content_type == JPEG), None)


def smallest_jpeg(media: ShownMedia) -> ShownFile | None:
    """Choose the thumbnail."""
    return next((each for each in reversed(media.files) if each.content_type == JPEG), None)


def is_web(address: str) -> bool:
    """Tell whether an address that came from elsewhere may be a link."""
    return address.startswith(("https://", "http://"))
