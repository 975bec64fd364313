"""Posts, grants and brands as heard, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg import Connection

from chorus.platform.parking import is_parked
from chorus.publishing.adapters.documents import GRANT, POST
from chorus.publishing.domain.grant import Grant, GrantState
from chorus.publishing.domain.post import Post
from chorus.publishing.ports import Brand

_KEEP_POST = """
INSERT INTO posts (brand, post, document, approved) VALUES (%s, %s, %s, %s)
ON CONFLICT (brand, post) DO UPDATE SET document = excluded.document, approved = excluded.approved
"""
_ADD_POSTS = """
INSERT INTO posts (brand, post, document, approved)
SELECT brand, post, document::jsonb, false
FROM unnest(%s::text[], %s::text[], %s::text[]) AS new (brand, post, document)
ON CONFLICT DO NOTHING RETURNING brand, post
"""
_LOCK_ALL = "SELECT pg_advisory_xact_lock(hashtextextended(key, 0)) FROM unnest(%s::text[]) AS key"
_KEEP_GRANT = """
INSERT INTO grants (brand, post, grant_id, document, active, due_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (brand, post, grant_id)
DO UPDATE SET document = excluded.document, active = excluded.active, due_at = excluded.due_at
"""
_KEEP_BRAND = """
INSERT INTO brands (brand, display_name, home_page) VALUES (%s, %s, %s)
ON CONFLICT (brand) DO UPDATE SET display_name = excluded.display_name, home_page = excluded.home_page
"""
_BRAND = "SELECT brand, display_name, home_page FROM brands WHERE brand = %s"
_HURRY = "SET LOCAL lock_timeout = '100ms'"
_DUE = """
SELECT brand, post FROM grants WHERE due_at <= %s GROUP BY brand, post ORDER BY min(due_at) LIMIT %s
"""


class PostsStore:
    """Implements `ports.Posts` on one connection's transaction."""

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def lock(self, brand: str, post: str) -> None:
        """Wait for the right to decide about this post: also where there is no row of it yet."""
        self._conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{brand}/{post}"])

    def hurry(self) -> None:
        """From here to the end of the transaction, fail with what passes rather than wait long for any lock."""
        self._conn.execute(_HURRY)

    def post(self, brand: str, post: str) -> Post:
        """Read the post."""
        found = self.posts(brand, [post])
        return found[0] if found else Post(brand, post)

    def posts(self, brand: str, posts: Sequence[str]) -> list[Post]:
        """Read several posts; those that nothing was heard of are left out."""
        query = "SELECT document::text FROM posts WHERE brand = %s AND post = ANY(%s)"
        return [POST.validate_json(row[0]) for row in self._conn.execute(query, [brand, list(posts)])]

    def keep_post(self, post: Post) -> None:
        """Write the post."""
        approved = post.approved_revision is not None and post.withdrawn is None
        self._conn.execute(_KEEP_POST, [post.brand, post.post, POST.dump_json(post).decode(), approved])

    def add_posts(self, posts: Sequence[Post]) -> set[tuple[str, str]]:
        """Write posts that there are no rows of, locked in one order; of these too only the first is waited for."""
        if not posts:
            return set()
        first, *others = sorted({f"{each.brand}/{each.post}" for each in posts})
        self._conn.execute(_LOCK_ALL, [[first]])
        self.hurry()
        self._conn.execute(_LOCK_ALL, [others])
        rows = ((each.brand, each.post, POST.dump_json(each).decode()) for each in posts)
        return set(self._conn.execute(_ADD_POSTS, [list(column) for column in zip(*rows, strict=True)]))

    def grants(self, brand: str, post: str) -> list[Grant]:
        """Read the post's grants."""
        query = "SELECT document::text FROM grants WHERE brand = %s AND post = %s ORDER BY n"
        return [GRANT.validate_json(row[0]) for row in self._conn.execute(query, [brand, post])]

    def keep_grant(self, brand: str, post: str, grant: Grant, due_at: datetime | None) -> None:
        """Write the grant."""
        active = grant.state is GrantState.ACTIVE
        self._conn.execute(_KEEP_GRANT, [brand, post, grant.grant, GRANT.dump_json(grant).decode(), active, due_at])

    def brand(self, brand: str) -> Brand:
        """Read the brand; before it was heard of, its id stands for its name."""
        row = self._conn.execute(_BRAND, [brand]).fetchone()
        return Brand(*row) if row else Brand(brand, brand)

    def keep_brand(self, brand: Brand) -> None:
        """Write the brand."""
        self._conn.execute(_KEEP_BRAND, [brand.brand, brand.display_name, brand.home_page])

    def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """Name posts that the clock has something to say about."""
        return [(brand, post) for brand, post in self._conn.execute(_DUE, [now, limit])]

    def parked(self, brand: str, post: str) -> bool:
        """Ask the inbox."""
        return is_parked(self._conn, f"{brand}/{post}")
