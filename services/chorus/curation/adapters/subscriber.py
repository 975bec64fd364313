"""Keeps curation's projection of posts true to chorus.post.v1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from google.protobuf.message import Message
from psycopg import Connection
from psycopg.types.json import Json

from chorus.api.events.v1 import post_pb2 as pb
from chorus.api.events.v1.meta_pb2 import Meta
from chorus.api.types.v1.media_pb2 import MEDIA_STATE_FAILED, MEDIA_STATE_PENDING, Account, Media
from chorus.curation.adapters.store import PostgresStore
from chorus.curation.domain.review import fold

# Facts taken in by one transaction: new posts, mostly, which nobody else can be waiting for.
BATCH = 500
_QUEUE = """
WITH said AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%s) AS said (brand text, post text, source text, platform text, account bytea,
        permalink text, text text, language text, hashtags text[], posted_at timestamptz, captured_at timestamptz,
        media text[], words text, trace_links text[])
), queued AS (
    INSERT INTO posts (brand, post, source, platform, account, permalink, text, language, hashtags, posted_at,
        captured_at, revision, media, sources, words, trace_links)
    SELECT brand, post, source, platform, account, permalink, text, language, hashtags, posted_at,
        captured_at, 1, media, ARRAY[source], to_tsvector('simple', words), trace_links
    FROM said ON CONFLICT DO NOTHING
)
INSERT INTO revisions (brand, post, revision, text) SELECT brand, post, 1, text FROM said ON CONFLICT DO NOTHING
"""
_KEEP_MEDIA = """
INSERT INTO media (brand, media, post, content)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bytea[])
ON CONFLICT (brand, media) DO UPDATE SET content = excluded.content
"""


def handle_all(conn: Connection, events: Sequence[Message]) -> list[bool]:
    """Apply many facts: those of new posts at once, and then the others, one after the other.

    A post's order is kept: its capture is the first of its facts.
    """
    posts = [each for each in events if isinstance(each, pb.PostEvent)]
    _capture(conn, [each for each in posts if each.HasField("captured")])
    return [each.HasField("captured") or handle(conn, each) for each in posts]


def handle(conn: Connection, event: Message) -> bool:
    """Apply one fact of a post; False for one that this version does not know."""
    if not isinstance(event, pb.PostEvent):
        return False
    meta = event.meta
    match event.WhichOneof("fact"):
        case "captured":
            _capture(conn, [event])
            return True
        case "edited":
            _edited(conn, meta, event.edited)
        case "media_ready":
            _keep_media(conn, meta, [event.media_ready.media])
        case "media_failed":
            _media_failed(conn, meta, event.media_failed)
        case "withdrawn":
            _withdrawn(conn, meta, event.withdrawn)
        case "signals":
            _update(conn, meta, "sources = %s", list(event.signals.sources))
        case _:
            return False
    _update(conn, meta, "trace_links = %s", list(meta.trace_links))
    return True


def _capture(conn: Connection, events: Sequence[pb.PostEvent]) -> None:
    """Queue new posts, by two statements however many they are."""
    if not events:
        return
    conn.execute(_QUEUE, [Json([_queued(each.meta, each.captured) for each in events])])
    _keep_all_media(conn, [(each.meta, media) for each in events for media in each.captured.media])


def _queued(meta: Meta, fact: pb.Captured) -> dict[str, Any]:
    return {
        "brand": meta.brand,
        "post": meta.post,
        "source": fact.source,
        "platform": fact.platform,
        "account": rf"\x{fact.account.SerializeToString().hex()}",
        "permalink": fact.permalink,
        "text": fact.text,
        "language": fact.language,
        "hashtags": list(fact.hashtags),
        "posted_at": fact.posted_at.ToDatetime(UTC).isoformat(),
        "captured_at": meta.occurred_at.ToDatetime(UTC).isoformat(),
        "media": [each.media for each in fact.media],
        "words": _words(fact.text, fact.account),
        "trace_links": list(meta.trace_links),
    }


def _edited(conn: Connection, meta: Meta, fact: pb.Edited) -> None:
    row = conn.execute(
        "UPDATE posts SET revision = %s, text = %s, language = %s, hashtags = %s, media = %s, "
        "account = CASE WHEN %s = ''::bytea THEN account ELSE %s END, permalink = coalesce(nullif(%s, ''), permalink), "
        "words = to_tsvector('simple', %s) WHERE brand = %s AND post = %s RETURNING account",
        (
            fact.revision,
            fact.text,
            fact.language,
            list(fact.hashtags),
            [each.media for each in fact.media],
            fact.account.SerializeToString(),
            fact.account.SerializeToString(),
            fact.permalink,
            _words(fact.text, fact.account),
            meta.brand,
            meta.post,
        ),
    ).fetchone()
    if row is None:
        return
    _keep_revision(conn, meta, fact.revision, fact.text)
    _keep_media(conn, meta, [each for each in fact.media if not _known(conn, meta, each.media)])
    store = PostgresStore(conn)
    for post in store.posts(meta.brand, [meta.post]):
        store.stand(post, fold(post.decisions, post.revision))


def _media_failed(conn: Connection, meta: Meta, fact: pb.MediaFailed) -> None:
    row = conn.execute("SELECT content FROM media WHERE brand = %s AND media = %s", (meta.brand, fact.media)).fetchone()
    content = Media.FromString(row[0]) if row else Media(media=fact.media)
    content.state = MEDIA_STATE_FAILED
    content.failure = fact.failure
    _keep_media(conn, meta, [content])


def _withdrawn(conn: Connection, meta: Meta, fact: pb.PostWithdrawn) -> None:
    """Take a post out of the queue; where it was let go of, what it said and showed goes too.

    Decisions stay, without the reasons that people wrote: they may tell of whom they are about.
    """
    _update(conn, meta, "withdrawn = true")
    if fact.reason != pb.WITHDRAWN_REASON_ERASED:
        return
    _update(
        conn, meta, "account = '', permalink = '', text = '', language = '', hashtags = '{}', words = '', reason = ''"
    )
    where = (meta.brand, meta.post)
    conn.execute("UPDATE revisions SET text = '' WHERE brand = %s AND post = %s", where)
    conn.execute("UPDATE decisions SET reason = '' WHERE brand = %s AND post = %s", where)
    media = conn.execute("SELECT media FROM media WHERE brand = %s AND post = %s", where).fetchall()
    _keep_media(conn, meta, [Media(media=each, state=MEDIA_STATE_FAILED, failure="let go of") for (each,) in media])
    conn.execute(
        "UPDATE media SET alt_text = NULL, focal_x = NULL, focal_y = NULL WHERE brand = %s AND post = %s", where
    )


def _keep_revision(conn: Connection, meta: Meta, revision: int, text: str) -> None:
    conn.execute(
        "INSERT INTO revisions VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", (meta.brand, meta.post, revision, text)
    )


def _keep_media(conn: Connection, meta: Meta, media: Sequence[Media]) -> None:
    _keep_all_media(conn, [(meta, each) for each in media])


def _keep_all_media(conn: Connection, said: Sequence[tuple[Meta, Media]]) -> None:
    """Insert or replace pictures as their source has them; what a curator wrote about them stays."""
    # By id: one statement cannot write a row twice.
    rows = {(meta.brand, media.media): (meta.post, _content(media)) for meta, media in said}
    if rows:
        columns = zip(*((*key, *value) for key, value in rows.items()), strict=True)
        conn.execute(_KEEP_MEDIA, [list(each) for each in columns])


def _content(media: Media) -> bytes:
    content = Media()
    content.CopyFrom(media)
    content.state = content.state or MEDIA_STATE_PENDING
    return content.SerializeToString()


def _known(conn: Connection, meta: Meta, media: str) -> bool:
    query = "SELECT 1 FROM media WHERE brand = %s AND media = %s"
    return conn.execute(query, (meta.brand, media)).fetchone() is not None


def _update(conn: Connection, meta: Meta, change: str, *values: object) -> None:
    query = f"UPDATE posts SET {change} WHERE brand = %s AND post = %s"  # noqa: S608 -- `change` is one of ours, above
    conn.execute(query, (*values, meta.brand, meta.post))


def _words(text: str, account: Account) -> str:
    return f"{text} {account.handle} {account.display_name}"
