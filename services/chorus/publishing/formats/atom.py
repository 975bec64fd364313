"""Atom (RFC 4287) with Media RSS: each picture is a `media:group` of its renditions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import UUID

from lxml import etree
from lxml.etree import Element, SubElement, _Element

from chorus.publishing.domain.feed import Feed, Item, is_web, largest_jpeg, smallest_jpeg
from chorus.publishing.domain.shown import ShownMedia
from chorus.publishing.ports import Format

_CONTENT_TYPE = "application/atom+xml"
_ATOM = "{http://www.w3.org/2005/Atom}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
_TERMS = "{http://purl.org/dc/terms/}"
_NAMES = {None: _ATOM[1:-1], "media": _MEDIA[1:-1], "dcterms": _TERMS[1:-1]}
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# What XML 1.0 cannot hold, and people's texts sometimes do.
_UNWRITABLE = re.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_LONGEST_TITLE = 80
# A relation of our own, as RFC 4287 (4.2.7.2) wants those written that are not registered.
_MINE = "https://chorus.example/rel/mine"
_ATTESTED = "Shown by the brand, which attests that it has permission."


def render(feed: Feed) -> bytes:
    """Write a page of a feed."""
    root = Element(f"{_ATOM}feed", nsmap=_NAMES)  # type: ignore[arg-type]  # the stubs know no default namespace
    _text(root, f"{_ATOM}id", feed.feed_url.partition("?")[0])
    _text(root, f"{_ATOM}title", feed.title)
    _text(root, f"{_ATOM}updated", _instant(feed.updated))
    _link(root, "self", feed.feed_url, _CONTENT_TYPE)
    if feed.home_page:
        _link(root, "alternate", feed.home_page, "text/html")
    if feed.next_url:
        _link(root, "next", feed.next_url, _CONTENT_TYPE)
    for item in feed.items:
        _entry(root, item)
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _entry(root: _Element, item: Item) -> None:
    shown = item.shown
    entry = SubElement(root, f"{_ATOM}entry")
    if shown.language:
        entry.set(_LANGUAGE, shown.language)
    _text(entry, f"{_ATOM}id", UUID(item.placement).urn)
    _text(entry, f"{_ATOM}title", _title(_writable(shown.text)) or shown.credit)
    _text(entry, f"{_ATOM}published", _instant(shown.published))
    _text(entry, f"{_ATOM}updated", _instant(item.modified))
    author = SubElement(entry, f"{_ATOM}author")
    _text(author, f"{_ATOM}name", shown.author)
    if is_web(shown.author_url):
        _text(author, f"{_ATOM}uri", shown.author_url)
    if is_web(shown.url):
        _link(entry, "alternate", shown.url, "text/html")
    if item.mine:
        _link(entry, _MINE, item.mine, "text/html")
    for tag in shown.tags:
        SubElement(entry, f"{_ATOM}category", term=_writable(tag))
    _text(entry, f"{_ATOM}content", shown.text, type="text")
    if shown.attested:
        _text(entry, f"{_ATOM}rights", _ATTESTED, type="text")
    if shown.valid_until:
        _text(entry, f"{_TERMS}valid", f"end={_instant(shown.valid_until)}; scheme=W3C-DTF")
    for media in shown.media:
        _group(entry, item, media)


def _group(entry: _Element, item: Item, media: ShownMedia) -> None:
    group = SubElement(entry, f"{_MEDIA}group")
    chosen = largest_jpeg(media)
    for file in media.files:
        content = SubElement(group, f"{_MEDIA}content", url=item.address(file), type=file.content_type, medium="image")
        content.set("width", str(file.width))
        content.set("height", str(file.height))
        content.set("isDefault", "true" if file is chosen else "false")
        if file.bytes:
            content.set("fileSize", str(file.bytes))
    if small := smallest_jpeg(media):
        size = {"width": str(small.width), "height": str(small.height)}
        SubElement(group, f"{_MEDIA}thumbnail", size, url=item.address(small))
    _text(group, f"{_MEDIA}credit", item.shown.credit, role="photographer")
    if media.alt_text:
        _text(group, f"{_MEDIA}description", media.alt_text, type="plain")


def _link(parent: _Element, relation: str, address: str, kind: str) -> None:
    SubElement(parent, f"{_ATOM}link", rel=relation, href=_writable(address), type=kind)


def _text(parent: _Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _writable(text)


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _title(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= _LONGEST_TITLE else f"{first[: _LONGEST_TITLE - 1].rstrip()}…"


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


FORMAT = Format("feed.atom", _CONTENT_TYPE, render)
