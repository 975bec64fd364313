"""Letting go of posts in PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from chorus.ingest.adapters.rows import Rows
from chorus.ingest.domain.media import original_key

_LONG_WITHDRAWN = """
SELECT brand, post FROM posts WHERE withdrawn_at <= %s AND forgotten_at IS NULL ORDER BY withdrawn_at LIMIT %s
FOR NO KEY UPDATE SKIP LOCKED
"""
_REMEMBER = """
INSERT INTO forgotten (brand, seen)
SELECT brand, seen_hash(platform, platform_post_id) FROM posts WHERE post = %(post)s AND forgotten_at IS NULL
ON CONFLICT DO NOTHING
"""
# A statement of its own: of two posts of an account that go at once, the second must see that it is the last.
_LOCK_ACCOUNT = """
SELECT FROM accounts JOIN posts ON accounts.brand = posts.brand AND accounts.platform = posts.platform
  AND accounts.id = posts.account_id
WHERE posts.post = %(post)s FOR UPDATE OF accounts
"""
_LEAVE_ACCOUNT = """
DELETE FROM accounts USING posts AS gone
WHERE gone.post = %(post)s AND accounts.brand = gone.brand AND accounts.platform = gone.platform
  AND accounts.id = gone.account_id AND NOT EXISTS (
    SELECT FROM posts WHERE posts.brand = gone.brand AND posts.platform = gone.platform
      AND posts.account_id = gone.account_id AND posts.post <> gone.post)
"""
_POST = """
UPDATE posts SET platform_post_id = 'forgotten/' || post, account_id = '', permalink = '', reference = '',
    next_check_at = NULL, withdrawn_at = coalesce(withdrawn_at, %(now)s), withdrawn_reason = 'erased',
    forgotten_at = %(now)s
WHERE brand = %(brand)s AND post = %(post)s AND forgotten_at IS NULL
"""
_WORDS = "UPDATE revisions SET text = '', language = '', hashtags = '{}' WHERE post = %(post)s"
_UPLOAD = "UPDATE uploads SET link_sealed = '', email_sealed = '' WHERE post = %(post)s"
_READY = "SELECT sha256, renditions FROM media WHERE post = %s AND state = 'ready'"
# A statement of its own: whoever waits for a post that gets or loses the same original must then see what came of it.
_LOCK_OBJECTS = "SELECT FROM objects WHERE key = ANY(%s) ORDER BY key FOR UPDATE"
# An original is shared by all pictures of the brand that have its bytes: it goes with the last of them, at once. Who is
# about to make a picture of these bytes ready finds them gone, and begins again.
_LOOSEN = """
UPDATE objects SET kept = false, claimed_at = '-infinity' WHERE key = ANY(%s) AND NOT EXISTS (
    SELECT FROM media WHERE media.brand = objects.brand AND media.sha256 = objects.sha256 AND media.post <> %s
      AND media.state = 'ready')
"""
_MEDIA = """
UPDATE media SET state = 'failed', failure = 'let go of', url = '', identity = media, alt_text = '', next_try_at = NULL,
    sha256 = NULL, thumb_hash = NULL, dominant_colour = NULL, pdq = NULL, pdq_quality = NULL, near_number = NULL,
    renditions = NULL, credentials = NULL, duplicate_post = NULL, duplicate_kind = NULL, duplicate_distance = NULL
WHERE post = %(post)s
"""


class RetentionRows(Rows):
    """The part of the store that lets go; see `ports.RetentionStore`."""

    def long_withdrawn(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """Take posts that were withdrawn before."""
        return list(self._conn.execute(_LONG_WITHDRAWN, [before, limit]))

    def forget_post(self, brand: str, post: str, now: datetime) -> bool:
        """Write over everything; the sweep takes the objects."""
        values = {"brand": brand, "post": post, "now": now}
        for statement in (_REMEMBER, _LOCK_ACCOUNT, _LEAVE_ACCOUNT):
            self._conn.execute(statement, values)
        if self._conn.execute(_POST, values).rowcount == 0:
            return False
        self._loosen_objects(brand, post)
        for statement in (_WORDS, _UPLOAD, _MEDIA):
            self._conn.execute(statement, values)
        return True

    def _loosen_objects(self, brand: str, post: str) -> None:
        keys = []
        for sha256, renditions in self._conn.execute(_READY, [post]):
            keys += [original_key(brand, sha256), *(each["key"] for each in renditions)]
        self._conn.execute(_LOCK_OBJECTS, [keys])
        self._conn.execute(_LOOSEN, [keys, post])
