"""A small magazine with RSS 2.0, Atom and JSON feeds of the same articles."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime

from lxml import etree
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from chorus.local.servers import Picture, conditional, picture

_ATOM = "http://www.w3.org/2005/Atom"
_MEDIA = "http://search.yahoo.com/mrss/"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"


@dataclass(frozen=True, slots=True)
class Article:
    """An article; `id` is a path segment."""

    id: str
    title: str
    text: str
    author: str
    published: datetime
    pictures: tuple[Picture, ...] = ()
    tags: tuple[str, ...] = ()
    updated: datetime | None = None


class FeedSite:
    """The site: `/feed.rss`, `/feed.atom`, `/feed.json`, `/articles/{id}`, `/pictures/{name}`."""

    def __init__(self, title: str, language: str = "en") -> None:
        """Begin without articles."""
        self.address = ""
        self._title = title
        self._language = language
        self._articles: dict[str, Article] = {}
        self._deleted: dict[str, datetime] = {}

    def add(self, article: Article) -> None:
        """Publish an article, or a new version of it."""
        self._articles[article.id] = article

    def edit(self, article: str, *, text: str) -> None:
        """Change what an article says."""
        self._articles[article] = replace(self._articles[article], text=text, updated=datetime.now(UTC))

    def delete(self, article: str) -> None:
        """Take an article away: its page is gone, and the Atom feed says so (RFC 6721)."""
        del self._articles[article]
        self._deleted[article] = datetime.now(UTC)

    def link(self, article: str) -> str:
        """Answer the address of an article's page, which is its id in every feed."""
        return f"{self.address}/articles/{article}"

    def routes(self) -> Sequence[BaseRoute]:
        """Answer the site's pages."""
        return [
            Route("/feed.rss", self._feed(self._rss, "application/rss+xml")),
            Route("/feed.atom", self._feed(self._atom, "application/atom+xml")),
            Route("/feed.json", self._feed(self._json, "application/feed+json")),
            Route("/articles/{article}", self._page),
            Route("/pictures/{name}", self._picture),
        ]

    def _feed(self, write: Callable[[], bytes], content_type: str) -> Callable[[Request], Response]:
        def feed(request: Request) -> Response:
            return conditional(request, write(), content_type)

        return feed

    def _page(self, request: Request) -> Response:
        name = request.path_params["article"]
        if article := self._articles.get(name):
            return HTMLResponse(f"<!doctype html><title>{html.escape(article.title)}</title>{self._markup(article)}")
        return Response(status_code=410 if name in self._deleted else 404)

    def _picture(self, request: Request) -> Response:
        return picture(request, [each for article in self._articles.values() for each in article.pictures])

    def _newest_first(self) -> list[Article]:
        return sorted(self._articles.values(), key=lambda each: each.published, reverse=True)

    def _address_of(self, shown: Picture) -> str:
        return f"{self.address}/pictures/{shown.name}"

    def _markup(self, article: Article) -> str:
        images = "".join(
            f'<p><img src="{html.escape(self._address_of(each))}" alt="{html.escape(each.alt)}"></p>'
            for each in article.pictures
        )
        return f"<p>{html.escape(article.text)}</p>{images}"

    def _rss(self) -> bytes:
        root = etree.Element("rss", version="2.0", nsmap={"media": _MEDIA})
        channel = etree.SubElement(root, "channel")
        for name, value in (("title", self._title), ("link", self.address), ("language", self._language)):
            _add(channel, name, value)
        _add(channel, "description", self._title)
        for article in self._newest_first():
            item = etree.SubElement(channel, "item")
            _add(item, "title", article.title)
            _add(item, "link", self.link(article.id))
            _add(item, "guid", self.link(article.id), isPermaLink="true")
            _add(item, "pubDate", format_datetime(article.published))
            _add(item, "description", self._markup(article))
            for tag in article.tags:
                _add(item, "category", tag)
            for each in article.pictures:
                _add(item, f"{{{_MEDIA}}}content", "", url=self._address_of(each), medium="image", type="image/jpeg")
        return etree.tostring(root, xml_declaration=True, encoding="utf-8")

    def _atom(self) -> bytes:
        names: dict[str | None, str] = {None: _ATOM, "at": _TOMBSTONES}
        root = etree.Element(f"{{{_ATOM}}}feed", nsmap=names)  # type: ignore[arg-type]  # the stubs know no default one
        root.set("{http://www.w3.org/XML/1998/namespace}lang", self._language)
        _add(root, "id", f"{self.address}/")
        _add(root, "title", self._title)
        _add(root, "link", "", href=f"{self.address}/")
        _add(root, "updated", self._changed_at().isoformat())
        for article in self._newest_first():
            self._add_entry(root, article)
        for name, when in self._deleted.items():
            _add(root, f"{{{_TOMBSTONES}}}deleted-entry", "", ref=self.link(name), when=when.isoformat())
        return etree.tostring(root, xml_declaration=True, encoding="utf-8")

    def _add_entry(self, root: etree._Element, article: Article) -> None:
        entry = etree.SubElement(root, "entry")
        _add(entry, "id", self.link(article.id))
        _add(entry, "title", article.title)
        _add(entry, "link", "", href=self.link(article.id))
        _add(etree.SubElement(entry, "author"), "name", article.author)
        _add(entry, "published", article.published.isoformat())
        _add(entry, "updated", (article.updated or article.published).isoformat())
        _add(entry, "content", self._markup(article), type="html")
        for tag in article.tags:
            _add(entry, "category", "", term=tag)
        for each in article.pictures:
            _add(entry, "link", "", rel="enclosure", type="image/jpeg", href=self._address_of(each))

    def _changed_at(self) -> datetime:
        moments = [each.updated or each.published for each in self._articles.values()]
        return max([*moments, *self._deleted.values()], default=datetime(2026, 1, 1, tzinfo=UTC))

    def _json(self) -> bytes:
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self._title,
            "home_page_url": f"{self.address}/",
            "feed_url": f"{self.address}/feed.json",
            "language": self._language,
            "items": [self._json_item(each) for each in self._newest_first()],
        }
        return json.dumps(feed, ensure_ascii=False).encode()

    def _json_item(self, article: Article) -> dict[str, object]:
        attachments = [
            {
                "url": self._address_of(each),
                "mime_type": "image/jpeg",
                "title": each.alt,
                "size_in_bytes": len(each.data),
            }
            for each in article.pictures
        ]
        changed = {"date_modified": article.updated.isoformat()} if article.updated else {}
        return {
            "id": self.link(article.id),
            "url": self.link(article.id),
            "title": article.title,
            "content_html": self._markup(article),
            "date_published": article.published.isoformat(),
            "authors": [{"name": article.author}],
            "tags": list(article.tags),
            "attachments": attachments,
            **changed,
        }


def _add(parent: etree._Element, name: str, value: str, **attributes: str) -> None:
    tag = name if name.startswith("{") or parent.nsmap.get(None) is None else f"{{{parent.nsmap[None]}}}{name}"
    etree.SubElement(parent, tag, attributes).text = value or None
