"""Reads JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from chorus.ingest.domain.post import Picture, Sighting
from chorus.ingest.domain.text import hashtags_in
from chorus.ingest.ports import LookError
from chorus.ingest.sources._feed_item import author, best_pictures, joined, key_of
from chorus.ingest.sources._html import pictures_in, plain_text, resolved

_Object = Mapping[str, Any]


def read_json_feed(body: bytes, feed_url: str, language: str) -> list[Sighting]:
    """Read every item; `LookError` where this is no JSON Feed. An item that is broken is left out."""
    feed = _feed(body)
    found = (_sighting(each, feed, feed_url, language) for each in feed["items"] if isinstance(each, dict))
    return [each for each in found if each]


def _feed(body: bytes) -> _Object:
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _no_feed() from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise _no_feed()
    return feed


def _no_feed() -> LookError:
    return LookError("This address has JSON, but no JSON Feed: check it.")


def _sighting(item: _Object, feed: _Object, feed_url: str, language: str) -> Sighting | None:
    item_id = str(item.get("id") or item.get("url") or "")
    if not item_id:
        return None
    markup = _text(item.get("content_html"))
    text = plain_text(markup) if markup else _text(item.get("content_text")) or _text(item.get("summary"))
    posted, edited = _moment(item.get("date_published")), _moment(item.get("date_modified"))
    name, page = _author(item) or _author(feed) or ("", "")
    base = _text(item.get("url")) or feed_url
    key, site, title = key_of(feed_url, item_id), _text(feed.get("home_page_url")), _text(feed.get("title"))
    return Sighting(
        key=key,
        account=author(key, feed_url, site=site, name=name, page=page, title=title),
        text=joined(_text(item.get("title")), text),
        permalink=resolved(feed_url, _text(item.get("url"))) if item.get("url") else "",
        language=_text(item.get("language")) or _text(feed.get("language")) or language,
        hashtags=(*(_text(tag) for tag in _list(item.get("tags"))), *hashtags_in(text)),
        posted_at=posted or edited,
        edited_at=edited if edited and posted and edited > posted else None,
        pictures=best_pictures(list(_own_pictures(item, base)), pictures_in(markup, base)),
    )


def _own_pictures(item: _Object, base: str) -> Iterator[Picture]:
    """List an item's attached pictures, else its main one."""
    attached = [each for each in _list(item.get("attachments")) if isinstance(each, dict)]
    images = [each for each in attached if _text(each.get("mime_type")).startswith("image/") and _text(each.get("url"))]
    for each in images:
        yield Picture(resolved(base, each["url"]), _text(each.get("title")))
    main = _text(item.get("image")) or _text(item.get("banner_image"))
    if main and not images:
        yield Picture(resolved(base, main))


def _author(said: _Object) -> tuple[str, str] | None:
    """Read the first author; version 1.0 had only one."""
    for each in [*_list(said.get("authors")), said.get("author")]:
        if isinstance(each, dict) and (each.get("name") or each.get("url")):
            return _text(each.get("name")), _text(each.get("url"))
    return None


def _moment(said: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_text(said))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
