"""Feeds that mean harm are read or refused within a ceiling, and take nothing from this machine with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from chorus.ingest.ports import LookError
from chorus.ingest.sources._html import pictures_in, plain_text
from chorus.ingest.sources._json_feed import read_json_feed
from chorus.ingest.sources._xml_feed import read_xml_feed

HERE = "https://feeds.example/feed"
# Generous: most take milliseconds, and each took minutes in one parser or another that was tried.
pytestmark = pytest.mark.timeout(120)

MARKUP = {
    "nested blocks": "<div>" * 40_000,
    "nested tables": "<table>" * 28_000,
    "nested formats": "<b><i><u>" * 22_000,
    "foreign elements": "<svg>" * 40_000,
    "open comments": "<!--" * 50_000,
    "open declarations": "<![" * 66_000,
    "open tags": "<a " * 66_000,
    "open attributes": "<a href='" * 25_000,
    "only brackets": "<" * 200_000,
    "only ampersands": "&" * 200_000,
    "many attributes": "<a " + " ".join(f"a{number}=1" for number in range(20_000)),
    "far too long": "<p>words</p>" * 500_000,
}


@pytest.mark.parametrize("name", MARKUP)
def test_hostile_markup_is_read_in_one_pass(name: str) -> None:
    assert len(plain_text(MARKUP[name])) <= 400_000
    assert pictures_in(MARKUP[name], HERE) == []


def entities(levels: int) -> bytes:
    inner = "".join(f'<!ENTITY e{level + 1} "{f"&e{level};" * 20}">' for level in range(levels))
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "{"x" * 1000}">{inner}]>'.encode()


def rss(title: bytes, before: bytes = b"") -> bytes:
    item = b"<item><guid>https://feeds.example/1</guid><title>" + title + b"</title></item>"
    return before + b'<rss version="2.0"><channel>' + item + b"</channel></rss>"


FEEDS = {
    "entities that multiply": rss(b"&e8;", entities(8)),
    "unclosed items": b'<rss version="2.0"><channel>' + b"<a>" * 200_000,
    "nested content": b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>x:1</id><content type="html">'
    + b"&lt;div&gt;" * 100_000
    + b"</content></entry></feed>",
    "unknown entities": rss(b"&nonsense;" * 100_000),
    "undeclared prefixes": b'<rss version="2.0"><channel>' + b"<x:y z:a='1'>" * 50_000,
    "a prefix nobody declared": b'<rss version="2.0"><channel><item><m:b>1</m:b><guid>https://a.example/1</guid></item></channel></rss>',
}


@pytest.mark.parametrize("name", FEEDS)
def test_a_hostile_feed_is_read_or_refused_in_words(name: str) -> None:
    try:
        found = read_xml_feed(FEEDS[name], HERE, "")
    except LookError:
        return
    assert all(len(each.text) <= 2_000_000 for each in found.sightings)


def test_no_file_of_this_machine_gets_into_a_post(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret of this machine")
    for kind in ("SYSTEM", "PUBLIC 'x'"):
        address = (tmp_path / "secret").as_uri()
        feed = rss(b"&stolen;", f'<!DOCTYPE rss [<!ENTITY stolen {kind} "{address}">]>'.encode())
        try:
            found = read_xml_feed(feed, HERE, "").sightings
        except LookError:
            continue
        assert all("secret" not in each.text for each in found)


def test_html_entities_and_undeclared_prefixes_do_not_make_a_feed_unreadable() -> None:
    (found,) = read_xml_feed(FEEDS["a prefix nobody declared"], HERE, "").sightings
    assert found.key.id == "https://a.example/1"
    (found,) = read_xml_feed(rss(b"Caf&eacute;&nbsp;&amp; lamps &lt;3 &unknown;"), HERE, "").sightings
    assert found.text == "Café\xa0& lamps <3 &unknown;"


def test_json_nested_beyond_reason_is_refused_in_words() -> None:
    with pytest.raises(LookError):
        read_json_feed(b'{"items": ' + b"[" * 200_000, HERE, "")
