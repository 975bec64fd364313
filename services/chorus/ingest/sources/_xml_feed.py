"""Reads RSS and Atom through feedparser, and the deletions that an Atom feed tells of (RFC 6721)."""

from __future__ import annotations

import calendar
import io
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import feedparser
from lxml import etree

from chorus.ingest.domain.post import Picture, PostKey, Sighting
from chorus.ingest.domain.text import hashtags_in
from chorus.ingest.ports import Look, LookError
from chorus.ingest.sources._feed_item import author, best_pictures, joined, key_of
from chorus.ingest.sources._html import pictures_in, plain_text, resolved
from chorus.ingest.sources._xml import NotXmlError, mended, well_formed

_Said = Mapping[str, Any]
_TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
_PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".gif")


def read_xml_feed(body: bytes, feed_url: str, language: str) -> Look:
    """Read every item, and the deletions; `LookError` where this is no feed."""
    try:
        root = mended(body)
        written = well_formed(root)
    except NotXmlError as error:
        raise _no_feed() from error
    read = _parsed(written, feed_url)
    if not read.get("version"):
        raise _no_feed()
    found = (_sighting(each, read.feed, feed_url, language) for each in read.entries)
    return Look([each for each in found if each], _deletions(root, feed_url))


def _parsed(written: bytes, feed_url: str) -> Any:  # noqa: ANN401 -- feedparser has no types
    """Read a feed. No sanitising: words are taken out of their markup by `_html`.

    Addresses in an item's words are relative to its page; feedparser would take the feed's own address.
    """
    try:
        # A file-like object, since feedparser takes a string for an address or a path and would open it.
        return feedparser.parse(
            io.BytesIO(written),
            response_headers={"content-location": feed_url, "content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:
        # Its handlers stumble over elements in odd places: KeyError, ValueError and others were seen.
        message = "This feed cannot be read: its elements stand where none should. Check it."
        raise LookError(message) from error


def _deletions(root: etree._Element, feed_url: str) -> list[PostKey]:
    refs = [each.get("ref") for each in root.iter(_TOMBSTONE)]
    # feedparser resolves relative ids, so what names them is resolved alike.
    return [key_of(feed_url, resolved(feed_url, ref)) for ref in refs if ref]


def _no_feed() -> LookError:
    return LookError("This address has no feed: it is neither RSS, Atom nor JSON Feed. Check it.")


def _sighting(entry: _Said, feed: _Said, feed_url: str, language: str) -> Sighting | None:
    entry_id = entry.get("id") or entry.get("link")
    if not entry_id:
        return None
    content: _Said = next(iter(entry.get("content", [])), {})
    markup = content.get("value") or entry.get("summary") or ""
    text = plain_text(markup)
    # feedparser's `get` answers "published" where there is no "updated"; its `in` does not.
    updated = "updated_parsed" in entry and entry["updated_parsed"]
    posted, edited = _moment(entry.get("published_parsed")), _moment(updated or None)
    detail = entry.get("author_detail") or feed.get("author_detail") or {}
    site, name, page = feed.get("link") or "", detail.get("name") or "", detail.get("href") or ""
    link = resolved(site or feed_url, entry["link"]) if entry.get("link") else ""
    base = _base(content, feed_url) or link or feed_url
    key = key_of(feed_url, entry_id)
    return Sighting(
        key=key,
        account=author(key, feed_url, site=site, name=name, page=page, title=_title(feed)),
        text=joined(_title(entry), text),
        permalink=link,
        language=content.get("language") or entry.get("language") or feed.get("language") or language,
        hashtags=(*(tag.get("term") or "" for tag in entry.get("tags", [])), *hashtags_in(text)),
        posted_at=posted or edited,
        edited_at=edited if edited and posted and edited > posted else None,
        pictures=best_pictures(list(_own_pictures(entry, base)), pictures_in(markup, base)) or _thumbnail(entry, base),
    )


def _title(said: _Said) -> str:
    return plain_text(said.get("title") or "").replace("\n", " ")


def _base(content: _Said, feed_url: str) -> str:
    """Answer the content's own xml:base; without one, feedparser names the feed's address."""
    base = content.get("base") or ""
    return "" if base == feed_url else base


def _own_pictures(entry: _Said, base: str) -> Iterator[Picture]:
    """List enclosures and Media RSS pictures."""
    for each in [*entry.get("enclosures", []), *entry.get("media_content", [])]:
        address = each.get("href") or each.get("url") or ""
        if address and _is_picture(each, address):
            yield Picture(resolved(base, address))


def _thumbnail(entry: _Said, base: str) -> tuple[Picture, ...]:
    """Take the first thumbnail: small, and better than nothing."""
    return tuple(
        Picture(resolved(base, each["url"])) for each in entry.get("media_thumbnail", [])[:1] if each.get("url")
    )


def _is_picture(said: _Said, address: str) -> bool:
    if kind := said.get("type"):
        return str(kind).startswith("image/")
    return said.get("medium") == "image" or address.lower().partition("?")[0].endswith(_PICTURE_ENDINGS)


def _moment(parsed: time.struct_time | None) -> datetime | None:
    """Read feedparser's time, which is in UTC; years that no calendar has become None."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None
