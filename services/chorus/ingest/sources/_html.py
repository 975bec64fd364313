"""Text and pictures out of strangers' HTML.

Read by libxml2, piece by piece: the parsers in pure Python, and those that build a tree as browsers do, take minutes
for a hostile page of some hundred kilobytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from lxml import etree

from chorus.ingest.domain.post import Picture

# Longer than any post that a person reads.
_MOST_MARKUP = 200_000
_BREAKS = {"p": "\n\n"} | dict.fromkeys(
    ("br", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr"), "\n"
)
_SILENT = frozenset({"script", "style", "template", "title"})


def plain_text(markup: str) -> str:
    """Take all markup out; paragraphs and breaks become lines, scripts and styles go with their content."""
    return "".join(_read(markup).words).strip()


def pictures_in(markup: str, base: str) -> list[Picture]:
    """List the pictures that a text shows, with their alt texts; addresses are resolved against `base`."""
    return [Picture(resolved(base, address), alt) for address, alt in _read(markup).images]


def resolved(base: str, address: str) -> str:
    """Resolve an address; what is none stays as it is, and is dropped when the post is tidied."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def _read(markup: str) -> _Reader:
    reader = _Reader()
    # As bytes, since a text that begins with an encoding declaration is refused.
    body = f"<body>{markup[:_MOST_MARKUP]}".encode(errors="ignore")
    parser = etree.HTMLParser(target=reader, encoding="utf-8", no_network=True, huge_tree=False)
    try:
        etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        # Nested too deep, for example: what was read until there counts.
        return reader
    return reader


class _Reader:
    """Notes words and pictures as the parser comes upon them."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.images: list[tuple[str, str]] = []
        self._silent = 0

    def start(self, tag: str | bytes, attrib: Mapping[str | bytes, str | bytes]) -> None:
        """Note each <img>; one-pixel pictures only count readers."""
        given = {str(name): str(value) for name, value in attrib.items()}
        self._silent += tag in _SILENT
        if tag == "img" and given.get("src") and "1" not in {given.get("width"), given.get("height")}:
            self.images.append((given["src"], given.get("alt", "")))

    def data(self, data: str | bytes) -> None:
        """Note words that are shown."""
        if not self._silent:
            self.words.append(str(data))

    def end(self, tag: str | bytes) -> None:
        """End a line where a block ends."""
        self._silent -= tag in _SILENT
        self.words.append(_BREAKS.get(str(tag), ""))

    def comment(self, text: str | bytes) -> None:
        """Leave comments out."""

    def close(self) -> None:
        """Nothing is left to do at the end."""
