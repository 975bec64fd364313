"""RSS, Atom and JSON Feed, by conditional GET.

That an item scrolls off means nothing. Deleted is what the feed says is deleted (RFC 6721), or what is gone from its
own page twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from chorus.ingest.domain.post import Sighting
from chorus.ingest.ports import Fetcher, Look, LookError, PolledSettings, Presence, Reference
from chorus.ingest.sources._answers import expect_ok, is_gone
from chorus.ingest.sources._json_feed import read_json_feed
from chorus.ingest.sources._xml_feed import read_xml_feed
from chorus.platform.fetch import FetchRefused

_MOST_BYTES = 8_000_000
_MOST_PAGE_BYTES = 2_000_000
_NOT_MODIFIED = 304
_ACCEPT = (
    "application/feed+json, application/atom+xml, application/rss+xml, application/json;q=0.9, application/xml;q=0.9,"
    " text/xml;q=0.9, */*;q=0.1"
)
# What the server gave with the last answer, and what to send back so that it answers only when something changed.
_VALIDATORS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


class FeedSettings(PolledSettings):
    """Where the feed is."""

    url: str = Field(title="Address of the feed", pattern=r"^https?://[^\s@]+$", max_length=2_000)
    language: str = Field(
        default="", title="Language", description="Where the feed does not say: en, de, …", max_length=35
    )


class Feed:
    """The `feed` connector."""

    name = "feed"
    title = "Feed"
    description = "A blog, a magazine or any other site with an RSS, Atom or JSON feed."
    settings = FeedSettings
    signed = False
    agreed = False

    def look(self, settings: FeedSettings, state: Mapping[str, Any], fetcher: Fetcher) -> Look:
        """Read the feed, if it changed."""
        headers = {_VALIDATORS[name]: str(value) for name, value in state.items() if name in _VALIDATORS}
        answer = fetcher.fetch(settings.url, headers=headers, max_bytes=_MOST_BYTES, accept=_ACCEPT)
        if answer.status == _NOT_MODIFIED:
            return Look(state=state)
        expect_ok(answer)
        state = {name: answer.headers[name] for name in _VALIDATORS if name in answer.headers}
        if answer.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return Look(read_json_feed(answer.body, settings.url, settings.language), state=state)
        return replace(read_xml_feed(answer.body, settings.url, settings.language), state=state)

    def ask(self, settings: FeedSettings, post: Reference, fetcher: Fetcher) -> Sighting | Presence:  # noqa: ARG002 -- a page is asked for without them
        """Ask the item's own page whether it is still there; its words are read from the feed alone."""
        if not post.permalink:
            return Presence.UNKNOWN
        try:
            answer = fetcher.fetch(post.permalink, max_bytes=_MOST_PAGE_BYTES)
        except FetchRefused as refused:
            # A page that is too long to read is there.
            return Presence.HERE if refused.refusal == "TOO_LARGE" else Presence.UNKNOWN
        if is_gone(answer):
            return Presence.GONE
        try:
            expect_ok(answer)
        except LookError:
            return Presence.UNKNOWN
        return Presence.HERE


CONNECTOR = Feed()
