"""Cleans words that strangers wrote, so that every store, page and log can hold them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from chorus.ingest.domain.post import MOST_HASHTAGS

# An id that a person chose.
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
# A language as BCP 47 writes it, as far as anybody uses it.
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# Control characters but tab and line feed, and halves of surrogate pairs: PostgreSQL and UTF-8 refuse some of them.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_SPACES = re.compile(r"[ \t\u00a0]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_HASHTAG = re.compile(r"(?<![\w/&#])#(\w*[^\W\d_]\w*)")


def clean(text: str, most: int) -> str:
    """Take unwanted characters out, tidy spaces and blank lines, and cut at `most` characters."""
    if text.isprintable() and "  " not in text:
        # Nothing but words and single spaces, as nearly always: a post has a dozen texts to look at.
        return text.strip()[:most]
    kept = _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = (_SPACES.sub(" ", line).strip() for line in kept.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()[:most]


def clean_line(text: str, most: int = 200) -> str:
    """Clean a name or a title: one line."""
    return " ".join(clean(text, most * 4).split())[:most]


def web_address(url: str) -> str:
    """Keep an absolute http(s) address; empty for anything else, which a page must never link to."""
    address = _UNWANTED.sub("", url).strip()
    if len(address) > 2_000:  # noqa: PLR2004 -- what browsers and CDNs take
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.hostname else ""


def language_tag(value: str) -> str:
    """Keep a BCP 47 tag; empty for anything else."""
    tag = value.strip().replace("_", "-")
    return tag if LANGUAGE.fullmatch(tag) else ""


def hashtags_in(text: str) -> tuple[str, ...]:
    """Find the hashtags of a text: lower case, without "#", each once."""
    return tidy_hashtags(_HASHTAG.findall(text))


def tidy_hashtags(tags: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Bring hashtags into one form: lower case, without "#", each once, not too many."""
    tidy = (clean_line(tag, 100).lstrip("#").lower() for tag in tags)
    return tuple(dict.fromkeys(tag for tag in tidy if tag))[:MOST_HASHTAGS]
