"""Text and pictures out of strangers' HTML."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from urllib.parse import urljoin

import nh3

from chorus.ingest.domain.post import Picture

_BREAKS = re.compile(r"<br\s*/?>|</(p|div|li|h[1-6]|blockquote|tr)\s*>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"</p\s*>", re.IGNORECASE)


def plain_text(markup: str) -> str:
    """Take all markup out; paragraphs and breaks become lines, scripts and styles go with their content."""
    lines = _BREAKS.sub("\n", _PARAGRAPH.sub("\n\n", markup))
    return html.unescape(nh3.clean(lines, tags=set(), clean_content_tags={"script", "style"})).strip()


def pictures_in(markup: str, base: str) -> list[Picture]:
    """List the pictures that a text shows, with their alt texts; addresses are resolved against `base`."""
    reader = _Images()
    reader.feed(markup)
    reader.close()
    return [Picture(urljoin(base, address), alt) for address, alt in reader.found]


class _Images(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the address and alt text of each <img>; one-pixel pictures only count readers."""
        given = dict(attrs)
        if tag == "img" and given.get("src") and "1" not in {given.get("width"), given.get("height")}:
            self.found.append((str(given["src"]), given.get("alt") or ""))
