"""P11: nothing that a source sends is a fault.

Recordings of what feeds, servers and other systems send are changed, in their bytes and, where they are JSON, in their
values; and feeds are made by Hypothesis from the words that feeds are made of. Each is read or refused in words, and
what is read can be kept. Nothing is raised that a connector does not promise.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any
from xml.sax.saxutils import escape

import hypothesis
import pytest
from hypothesis import strategies as st

from chorus.errors import Invalid
from chorus.ingest.domain.tidy import tidied, tidied_key
from chorus.ingest.ports import LookError
from tests.contract.test_ingest_connectors import FOUND, NOW, read
from tests.hostile.mutants import Mutants
from tests.measuring import Figures, Scale

pytestmark = pytest.mark.timeout(900)


def taken(name: str, body: bytes) -> int | None:
    """Read as ingest does; gives how many posts there are, or None where it was refused. All else is raised."""
    try:
        sightings, deletions = read(name, body)
    except (LookError, Invalid):
        return None
    for each in sightings:
        kept = tidied(each, NOW)
        texts = [kept.key.id, kept.text, kept.permalink, kept.account.id, kept.account.handle, *kept.hashtags]
        texts += [text for picture in kept.pictures for text in (picture.url, picture.alt_text)]
        assert "\x00" not in "".join(texts).encode().decode()
    for key in deletions:
        tidied_key(key).id.encode()
    return len(sightings)


def test_a_recording_changed_anyhow_is_read_or_refused_in_words(figures: Figures, scale: Scale, seed: int) -> None:
    chance, each = random.Random(seed), scale(25, 2_000)
    mutants, read_or_not = Mutants(chance, ["https://lumen.example/1"]), Counter[bool]()
    for path in FOUND:
        whole = path.read_bytes()
        said = json.loads(whole) if path.suffix == ".json" else None
        for number in range(each):
            body = mutants.written(said) if said and number % 2 else _spoilt(mutants, whole, number % 5)
            # A sender signs text: what is no text is no delivery, which tests/hostile/test_edge.py tries.
            body = body.decode(errors="ignore").encode() if path.parent.name == "webhook" else body
            try:
                read_or_not[taken(path.parent.name, body) is not None] += 1
            except Exception as fault:
                fault.add_note(f"seed {seed}: {path.name}, mutant {number}: {body[:2000]!r}")
                raise
    figures.count("changed recordings", read_or_not.total(), at_least=len(FOUND) * each)
    figures.count("of these read", read_or_not[True], at_least=len(FOUND))
    figures.count("of these refused in words", read_or_not[False], at_least=len(FOUND))
    figures.count("other errors", 0, at_most=0)


def _spoilt(mutants: Mutants, whole: bytes, times: int) -> bytes:
    for _ in range(times + 1):
        whole = mutants.spoilt(whole)
    return whole


_WORDS = st.text(max_size=40) | st.sampled_from(
    [
        "https://a.example/1",
        "//a.example/x.jpg",
        "http://[",
        "2026-11-20T09:00:00Z",
        "99999-01-01",
        "image/jpeg",
        "<p>x",
    ]
)
_KEYS = st.sampled_from(
    ["items", "id", "url", "title", "content_html", "content_text", "date_published", "date_modified", "authors",
     "name", "tags", "image", "attachments", "mime_type", "home_page_url", "language", "uri", "account", "acct",
     "reblog", "created_at", "edited_at", "content", "media_attachments", "type", "visibility",
     "spoiler_text", "remote_url"]
)  # fmt: skip
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=8),
    max_leaves=30,
)
_TAGS = st.sampled_from(
    ["item", "entry", "title", "link", "guid", "id", "pubDate", "updated", "published", "description", "content",
     "author", "media:content", "media:thumbnail", "enclosure", "category", "at:deleted-entry", "name", "uri", "x:y"]
)  # fmt: skip
_HEAD = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"
xmlns:at="http://purl.org/atompub/tombstones/1.0"><channel>%s</channel></rss>"""


def _element(tag: str, inner: list[str], attribute: str, plain: bool) -> str:
    said = escape(attribute, {'"': "&quot;"})
    attributes = "" if plain else f' href="{said}" url="{said}" ref="{said}" type="{said}" xml:base="{said}"'
    return f"<{tag}{attributes}>{''.join(inner)}</{tag}>"


_MARKUP: st.SearchStrategy[str] = st.recursive(
    _WORDS.map(escape),
    lambda inner: st.builds(_element, _TAGS, st.lists(inner, max_size=6), _WORDS, st.booleans()),
    max_leaves=30,
)
_XML = st.lists(_MARKUP, min_size=1, max_size=6).map(lambda parts: (_HEAD % "".join(parts)).encode())
_FEEDS = st.dictionaries(_KEYS, _JSON, max_size=4).flatmap(
    lambda top: st.lists(st.dictionaries(_KEYS, _JSON, max_size=12), max_size=4).map(
        lambda items: top | {"items": items}
    )
)
_STATUSES = st.lists(st.dictionaries(_KEYS, _JSON, max_size=14).map(lambda said: {"id": "1"} | said), max_size=4)
MADE: dict[str, tuple[str, st.SearchStrategy[bytes]]] = {
    "RSS": ("feed", _XML),
    "JSON Feed": ("feed", _FEEDS.map(lambda said: json.dumps(said).encode())),
    "Mastodon": ("mastodon", _STATUSES.map(lambda said: json.dumps(said).encode())),
    "webhook": ("webhook", _JSON.map(lambda said: json.dumps({"posts": [said]}).encode())),
}


@pytest.mark.parametrize("kind", MADE)
def test_what_is_made_of_a_feeds_own_words_is_read_or_refused(
    kind: str, figures: Figures, scale: Scale, seed: int
) -> None:
    name, bodies = MADE[kind]
    count = 0

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=scale(15, 2_000),
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(body=bodies)
    def reads(body: bytes) -> None:
        nonlocal count
        count += 1
        taken(name, body)

    reads()
    figures.count(f"{kind}: documents made", count, at_least=scale(10, 1_500))
