"""Fills curation's database with a queue of any size, quickly: rows as its subscriber writes them, made by PostgreSQL.

Every eighth post has no picture, languages and sources take turns, and each text holds a word that one post in a
thousand shares (`rare17`), so that every filter has something to find and something to leave out.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from chorus.api.types.v1.media_pb2 import MEDIA_STATE_READY, Account, Media, Rendition

_ACCOUNT = Account(platform="mastodon", id="1", handle="@mira@town.example", display_name="Mira Example")
_RENDITIONS = [
    Rendition(size=size, width=size, height=size * 3 // 4, content_type="image/webp", bytes=size * 90)
    for size in (320, 640, 1080)
]
_MEDIA = Media(alt_text="A lamp on a table", state=MEDIA_STATE_READY, width=4000, height=3000, renditions=_RENDITIONS)

_POSTS = """
INSERT INTO posts (brand, post, source, platform, account, permalink, text, language, hashtags, posted_at, captured_at,
                   revision, media, sources, words, trace_links)
SELECT %(brand)s, post, source, 'mastodon', %(account)s, 'https://town.example/@mira/' || n, text,
       (ARRAY['en', 'de', 'fr'])[n %% 3 + 1], ARRAY['lumen'], at, at,
       1, CASE WHEN n %% 8 = 0 THEN '{}'::text[] ELSE ARRAY[picture] END, ARRAY[source],
       to_tsvector('simple', text || ' Mira Example @mira@town.example'), '{}'
FROM (
    SELECT n, lpad(to_hex(n), 32, '0') AS post, 'source' || n %% 4 AS source,
           coalesce((%(pictures)s::text[])[n %% cardinality(%(pictures)s::text[]) + 1],
                    lpad(to_hex(n), 32, '0') || 'm') AS picture,
           timestamptz '2026-11-01Z' + n * interval '1 second' AS at,
           'Our new lamp number ' || n || ' makes the evening warm, rare' || n %% 1000 || ' #lumen' AS text
    FROM generate_series(%(first)s::int, %(last)s::int) n
) each
"""
_PICTURES = """
INSERT INTO media (brand, media, post, content)
SELECT %(brand)s, post || 'm', post, %(content)s || '\\x0a21'::bytea || convert_to(post || 'm', 'UTF8')
FROM (SELECT n, lpad(to_hex(n), 32, '0') AS post FROM generate_series(%(first)s::int, %(last)s::int) n) each
WHERE n %% 8 <> 0
"""
_REVISIONS = (
    "INSERT INTO revisions SELECT brand, post, 1, text FROM posts WHERE brand = %(brand)s ON CONFLICT DO NOTHING"
)
_AT_ONCE = 100_000


def fill(url: str, brand: str, posts: int, pictures: Sequence[str] = ()) -> None:
    """Put that many new posts of a brand into a migrated database of curation, the newest with the highest number.

    The address is its owner's, who alone may have PostgreSQL learn what is in it.
    They show `pictures`, media that the brand has already, in turn; where there are none, one of their own each.
    """
    assert _MEDIA.DESCRIPTOR.fields_by_name["media"].number == 1  # what `\\x0a21` above begins: field 1, 33 bytes
    shown = list(pictures) or None
    values = {
        "brand": brand,
        "pictures": shown,
        "account": _ACCOUNT.SerializeToString(),
        "content": _MEDIA.SerializeToString(),
    }
    with psycopg.connect(url, autocommit=True) as conn:
        for first in range(1, posts + 1, _AT_ONCE):
            part = {"first": first, "last": min(first + _AT_ONCE - 1, posts)}
            conn.execute(_POSTS, {**values, **part})
            if not pictures:
                conn.execute(_PICTURES, {**values, **part})
        conn.execute(_REVISIONS, {"brand": brand})
        conn.execute("VACUUM ANALYZE")
