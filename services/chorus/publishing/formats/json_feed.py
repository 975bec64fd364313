"""JSON Feed 1.1 with one object of our own, `_chorus`; docs/schema/feed.schema.json is its schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from chorus.publishing.domain.feed import Feed, Item, is_web, largest_jpeg
from chorus.publishing.domain.shown import ShownMedia
from chorus.publishing.ports import Format


def render(feed: Feed) -> bytes:
    """Write a page of a feed."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        **({"home_page_url": feed.home_page} if feed.home_page else {}),
        "feed_url": feed.feed_url,
        **({"next_url": feed.next_url} if feed.next_url else {}),
        "_chorus": {"brand": feed.brand, "surface": feed.surface, "surface_version": feed.version},
        "items": [document_of(each) for each in feed.items],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def document_of(item: Item) -> dict[str, Any]:
    """Write one item, as in the feed."""
    shown = item.shown
    pictures = [(media, jpeg) for media in shown.media if (jpeg := largest_jpeg(media))]
    return {
        "id": item.placement,
        **({"url": shown.url, "external_url": shown.url} if is_web(shown.url) else {}),
        "content_text": shown.text,
        "date_published": instant(shown.published),
        "date_modified": instant(item.modified),
        "authors": [{"name": shown.author, **({"url": shown.author_url} if is_web(shown.author_url) else {})}],
        **({"language": shown.language} if shown.language else {}),
        **({"tags": list(shown.tags)} if shown.tags else {}),
        **({"image": item.address(pictures[0][1])} if pictures else {}),
        "attachments": [
            {
                "url": item.address(jpeg),
                "mime_type": jpeg.content_type,
                **({"size_in_bytes": jpeg.bytes} if jpeg.bytes else {}),
                "title": media.alt_text,
            }
            for media, jpeg in pictures
        ],
        "_chorus": _own(item),
    }


def _own(item: Item) -> dict[str, Any]:
    shown = item.shown
    return {
        "post_id": shown.post,
        "revision": shown.revision,
        "credit": shown.credit,
        "platform": shown.platform,
        **({"valid_until": instant(shown.valid_until)} if shown.valid_until else {}),
        **({"attested": True} if shown.attested else {}),
        **({"mine_url": item.mine} if item.mine else {}),
        "media": [_media(item, each) for each in shown.media],
    }


def _media(item: Item, media: ShownMedia) -> dict[str, Any]:
    return {
        "media_id": media.media,
        "alt": media.alt_text,
        "width": media.width,
        "height": media.height,
        **({"thumb_hash": media.thumb_hash} if media.thumb_hash else {}),
        **({"colour": media.colour} if media.colour else {}),
        "focal": {"x": round(media.focal_x, 4), "y": round(media.focal_y, 4)},
        "renditions": [
            {"url": item.address(each), "type": each.content_type, "width": each.width, "height": each.height}
            for each in media.files
        ],
    }


def instant(moment: datetime) -> str:
    """Write a moment as RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


FORMAT = Format("feed.json", "application/feed+json", render)
