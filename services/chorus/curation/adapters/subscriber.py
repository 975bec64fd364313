"""Keeps curation's projection of posts true to chorus.post.v1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from google.protobuf.message import Message
from psycopg import Connection

from chorus.api.events.v1 import post_pb2 as pb
from chorus.api.events.v1.meta_pb2 import Meta
from chorus.api.types.v1.media_pb2 import MEDIA_STATE_FAILED, MEDIA_STATE_PENDING, Account, Media
from chorus.curation.adapters.store import PostgresStore
from chorus.curation.domain.review import fold


def handle(conn: Connection, event: Message) -> bool:
    """Apply one fact of a post; False for one that this version does not know."""
    if not isinstance(event, pb.PostEvent):
        return False
    meta = event.meta
    match event.WhichOneof("fact"):
        case "captured":
            _captured(conn, meta, event.captured)
        case "edited":
            _edited(conn, meta, event.edited)
        case "media_ready":
            _keep_media(conn, meta, [event.media_ready.media])
        case "media_failed":
            _media_failed(conn, meta, event.media_failed)
        case "withdrawn":
            _update(conn, meta, "withdrawn = true")
        case "signals":
            _update(conn, meta, "sources = %s", list(event.signals.sources))
        case _:
            return False
    _update(conn, meta, "trace_links = %s", list(meta.trace_links))
    return True


def _captured(conn: Connection, meta: Meta, fact: pb.Captured) -> None:
    conn.execute(
        "INSERT INTO posts (brand, post, source, platform, account, permalink, text, language, hashtags, posted_at, "
        "captured_at, revision, media, sources, words, trace_links) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, %s, %s, to_tsvector('simple', %s), %s) "
        "ON CONFLICT DO NOTHING",
        (
            meta.brand,
            meta.post,
            fact.source,
            fact.platform,
            fact.account.SerializeToString(),
            fact.permalink,
            fact.text,
            fact.language,
            list(fact.hashtags),
            fact.posted_at.ToDatetime(UTC),
            meta.occurred_at.ToDatetime(UTC),
            [each.media for each in fact.media],
            [fact.source],
            _words(fact.text, fact.account),
            list(meta.trace_links),
        ),
    )
    _keep_revision(conn, meta, 1, fact.text)
    _keep_media(conn, meta, fact.media)


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


def _keep_revision(conn: Connection, meta: Meta, revision: int, text: str) -> None:
    conn.execute(
        "INSERT INTO revisions VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING", (meta.brand, meta.post, revision, text)
    )


def _keep_media(conn: Connection, meta: Meta, media: Sequence[Media]) -> None:
    """Insert or replace pictures as their source has them; what a curator wrote about them stays."""
    for each in media:
        content = Media()
        content.CopyFrom(each)
        content.state = content.state or MEDIA_STATE_PENDING
        conn.execute(
            "INSERT INTO media (brand, media, post, content) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (brand, media) DO UPDATE SET content = excluded.content",
            (meta.brand, each.media, meta.post, content.SerializeToString()),
        )


def _known(conn: Connection, meta: Meta, media: str) -> bool:
    query = "SELECT 1 FROM media WHERE brand = %s AND media = %s"
    return conn.execute(query, (meta.brand, media)).fetchone() is not None


def _update(conn: Connection, meta: Meta, change: str, *values: object) -> None:
    query = f"UPDATE posts SET {change} WHERE brand = %s AND post = %s"  # noqa: S608 -- `change` is one of ours, above
    conn.execute(query, (*values, meta.brand, meta.post))


def _words(text: str, account: Account) -> str:
    return f"{text} {account.handle} {account.display_name}"
