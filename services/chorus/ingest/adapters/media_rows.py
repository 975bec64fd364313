"""Pictures and the rows of their objects in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow, class_row
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from chorus.ingest.adapters.near_pictures import NearPictures
from chorus.ingest.adapters.rows import Rows
from chorus.ingest.domain.media import Details, Duplicate, Media, PendingMedia, Preview, StoredObject, original_key
from chorus.ingest.domain.near import comparable
from chorus.ingest.domain.picture import Credentials

_PREVIEWS = TypeAdapter(tuple[Preview, ...])
_CREDENTIALS = TypeAdapter(Credentials)
_READ = """
SELECT media, alt_text, state, failure, sha256, content_type, width, height, thumb_hash, dominant_colour, pdq::text,
    pdq_quality, renditions, credentials, duplicate_post, duplicate_kind, duplicate_distance
FROM media WHERE brand = %s AND media = ANY(%s)
"""
_CLAIM = """
WITH due AS (
    SELECT media FROM media WHERE state = 'pending' AND next_try_at <= %s
    ORDER BY next_try_at LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE media SET next_try_at = %s, attempts = attempts + 1 FROM due WHERE media.media = due.media
RETURNING media.media, brand, post, revision, url, alt_text, attempts
"""
_CLAIM_OBJECTS = """
WITH added AS (
    INSERT INTO objects AS known (key, brand, bytes, media, sha256, claimed_at)
    SELECT key, %(brand)s, bytes, media, sha256, %(now)s
    FROM jsonb_to_recordset(%(rows)s) AS row (key text, bytes bigint, media text, sha256 text)
    ON CONFLICT (key) DO UPDATE SET claimed_at = excluded.claimed_at
    RETURNING CASE WHEN xmax = 0 THEN bytes ELSE 0 END AS bytes
)
INSERT INTO storage AS known (brand, bytes) SELECT %(brand)s, sum(bytes) FROM added
ON CONFLICT (brand) DO UPDATE SET bytes = known.bytes + excluded.bytes
RETURNING bytes
"""
_KEEP = "UPDATE objects SET kept = true WHERE key = ANY(%s)"
_READY = """
UPDATE media SET state = 'ready', failure = '', next_try_at = NULL, sha256 = %(sha256)s,
    content_type = %(content_type)s, width = %(width)s, height = %(height)s, thumb_hash = %(thumb_hash)s,
    dominant_colour = %(dominant_colour)s, pdq = %(pdq)s::bit(256), pdq_quality = %(pdq_quality)s,
    near_number = CASE WHEN %(comparable)s THEN nextval('media_near_number') END,
    renditions = %(renditions)s, credentials = %(credentials)s, duplicate_post = %(duplicate_post)s,
    duplicate_kind = %(duplicate_kind)s, duplicate_distance = %(duplicate_distance)s
WHERE media = %(media)s AND state = 'pending'
"""
_SAME = """
SELECT post FROM media WHERE brand = %s AND state = 'ready' AND sha256 = %s AND post <> %s ORDER BY media LIMIT 1
"""
# Materialized: in the order of the answer PostgreSQL would rather walk every picture until one is near.
_NEAR = """
WITH candidates AS MATERIALIZED (
    SELECT post, media, bit_count(pdq # %s::bit(256)) AS distance FROM media
    WHERE brand = %s AND near_number = ANY(%s) AND post <> %s)
SELECT post, distance FROM candidates ORDER BY media LIMIT 1
"""
# The lock is for who withdraws the post meanwhile.
_REVIVE = """
WITH shown AS (
    SELECT post FROM posts WHERE post = (SELECT post FROM media WHERE brand = %(brand)s AND media = %(media)s)
        AND withdrawn_at IS NULL FOR SHARE
)
UPDATE media SET state = 'pending', failure = '', attempts = 0, next_try_at = %(now)s FROM shown
WHERE media = %(media)s AND media.post = shown.post AND state = 'failed'
"""
_LOOSE = """
SELECT key FROM objects WHERE NOT kept AND claimed_at < %s ORDER BY claimed_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
_FORGET = """
WITH gone AS (DELETE FROM objects WHERE key = %s RETURNING brand, bytes)
UPDATE storage SET bytes = storage.bytes - gone.bytes FROM gone WHERE storage.brand = gone.brand
"""


class MediaRows(Rows):
    """The part of the store that holds pictures; see `ports.MediaStore`."""

    def __init__(self, conn: Connection[TupleRow], near: NearPictures | None = None) -> None:
        """Look for near pictures in `near`; without it they are read anew, which is slow where there are many."""
        super().__init__(conn)
        self._near = near or NearPictures()

    def media(self, brand: str, media: Sequence[str]) -> dict[str, Media]:
        """Read pictures by id."""
        return {row[0]: _media(row) for row in self._conn.execute(_READ, [brand, list(media)])}

    def claim_media(self, now: datetime, until: datetime, limit: int) -> list[PendingMedia]:
        """Take pending pictures that are due."""
        with self._conn.cursor(row_factory=class_row(PendingMedia)) as cursor:
            return cursor.execute(_CLAIM, [now, limit, until]).fetchall()

    def postpone(self, media: str, next_try_at: datetime, *, uncounted: bool = False) -> None:
        """Try a pending picture again later, unless its post was withdrawn meanwhile."""
        query = """
            UPDATE media SET next_try_at = %s, attempts = attempts - %s
            WHERE media = %s AND state = 'pending' AND next_try_at IS NOT NULL
        """
        self._conn.execute(query, [next_try_at, int(uncounted), media])

    def fail(self, media: str, failure: str) -> bool:
        """Give a pending picture up."""
        query = (
            "UPDATE media SET state = 'failed', failure = %s, next_try_at = NULL WHERE media = %s AND state = 'pending'"
        )
        return self._conn.execute(query, [failure, media]).rowcount == 1

    def revive(self, brand: str, media: str, now: datetime) -> bool:
        """Make a failed picture pending again."""
        return self._conn.execute(_REVIVE, {"brand": brand, "media": media, "now": now}).rowcount == 1

    def claim_objects(self, brand: str, objects: Sequence[StoredObject], now: datetime) -> int:
        """Write the rows of objects to come; in the order of their keys, so that two claims cannot deadlock."""
        rows = [
            {"key": each.key, "bytes": each.bytes, "media": each.media, "sha256": each.sha256}
            for each in sorted(objects, key=lambda each: each.key)
        ]
        row = self._conn.execute(_CLAIM_OBJECTS, {"brand": brand, "rows": Jsonb(rows), "now": now}).fetchone()
        return int(row[0]) if row else 0

    def add_ready(self, brand: str, media: Media) -> bool:
        """Mark a picture as ready and its objects as kept."""
        details = media.details
        assert details is not None  # noqa: S101 -- a ready picture has them
        keys = [original_key(brand, details.sha256), *(each.key for each in details.previews)]
        row = _ready_row(media, details)
        # Before any other lock, and until the end: see 0005_near.sql.
        self._conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [brand])
        present = self._conn.execute("SELECT FROM objects WHERE key = ANY(%s) ORDER BY key FOR UPDATE", [keys]).rowcount
        if present < len(keys) or self._conn.execute(_READY, row).rowcount == 0:
            return False
        self._conn.execute(_KEEP, [keys])
        return True

    def first_like(self, brand: str, post: str, media: Media) -> Duplicate | None:
        """Find the first other post that shows the same picture."""
        details = media.details
        assert details is not None  # noqa: S101 -- a ready picture has them
        if same := self._conn.execute(_SAME, [brand, details.sha256, post]).fetchone():
            return Duplicate(same[0], "exact", 0)
        if not comparable(details.pdq_quality):
            return None
        candidates = self._near.candidates(self._conn, brand, details.pdq)
        asked = [_bits(details.pdq), brand, candidates, post]
        near = self._conn.execute(_NEAR, asked).fetchone() if candidates else None
        return Duplicate(near[0], "near", near[1]) if near else None

    def loose_objects(self, before: datetime, limit: int) -> list[str]:
        """Take keys of objects that no ready picture names."""
        return [row[0] for row in self._conn.execute(_LOOSE, [before, limit])]

    def forget_object(self, key: str) -> None:
        """Drop the row of an object whose bytes are gone."""
        self._conn.execute(_FORGET, [key])


def _ready_row(media: Media, details: Details) -> dict[str, Any]:
    like, said = media.duplicate_of, details.credentials
    return {
        "media": media.media,
        "sha256": details.sha256,
        "content_type": details.content_type,
        "width": details.width,
        "height": details.height,
        "thumb_hash": details.thumb_hash,
        "dominant_colour": details.dominant_colour,
        "pdq": _bits(details.pdq),
        "pdq_quality": details.pdq_quality,
        "comparable": comparable(details.pdq_quality),
        "renditions": Jsonb(_PREVIEWS.dump_python(details.previews, mode="json")),
        "credentials": Jsonb(_CREDENTIALS.dump_python(said, mode="json")) if said else None,
        "duplicate_post": like.post if like else None,
        "duplicate_kind": like.kind if like else None,
        "duplicate_distance": like.distance if like else None,
    }


def _media(row: Sequence[Any]) -> Media:
    media, alt_text, state, failure, *read = row
    *details, previews, said, like, kind, distance = read
    duplicate = Duplicate(like, kind, distance) if like else None
    return Media(
        media, alt_text, state, _details(details, previews, said) if state == "ready" else None, duplicate, failure
    )


def _details(columns: Sequence[Any], previews: object, said: object) -> Details:
    sha256, content_type, width, height, thumb_hash, colour, pdq, quality = columns
    return Details(
        sha256,
        content_type,
        width,
        height,
        bytes(thumb_hash),
        colour,
        f"{int(pdq, 2):064x}",
        quality,
        _PREVIEWS.validate_python(previews),
        _CREDENTIALS.validate_python(said) if said else None,
    )


def _bits(pdq: str) -> str:
    return f"{int(pdq, 16):0256b}"
