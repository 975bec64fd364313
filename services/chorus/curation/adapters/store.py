"""The store of curation on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from chorus.curation.adapters import wire
from chorus.curation.domain.collection import Collection
from chorus.curation.domain.review import Decision, Post, Standing, State
from chorus.errors import Conflict, NotFound


class PostgresStore:
    """Implements `chorus.curation.ports.Store` on one connection's transaction."""

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def posts(self, brand: str, posts: Sequence[str]) -> list[Post]:
        rows = self._conn.execute(
            "SELECT post, revision, withdrawn, trace_links FROM posts WHERE brand = %s AND post = ANY(%s) "
            "ORDER BY post FOR UPDATE",
            (brand, list(posts)),
        ).fetchall()
        decisions = self._decisions(brand, posts)
        return [
            Post(brand, post, revision, withdrawn, tuple(decisions.get(post, ())), tuple(links))
            for post, revision, withdrawn, links in rows
        ]

    def _decisions(self, brand: str, posts: Sequence[str]) -> dict[str, list[Decision]]:
        found: dict[str, list[Decision]] = {}
        for row in self._conn.execute(
            "SELECT post, decision, state, revision, reason, by, at, undone_at IS NOT NULL FROM decisions "
            "WHERE brand = %s AND post = ANY(%s) ORDER BY number",
            (brand, list(posts)),
        ):
            post, decision, state, *rest = row
            found.setdefault(post, []).append(Decision(decision, State(state), *rest))
        return found

    def posts_of_decisions(self, brand: str, decisions: Sequence[str]) -> dict[str, str]:
        rows: list[tuple[str, str]] = self._conn.execute(
            "SELECT decision, post FROM decisions WHERE brand = %s AND decision = ANY(%s)", (brand, list(decisions))
        ).fetchall()
        return dict(rows)

    def decide(self, post: Post, decision: Decision, standing: Standing) -> None:
        self._conn.execute(
            "INSERT INTO decisions (brand, post, decision, state, revision, reason, by, at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            (
                post.brand,
                post.post,
                decision.decision,
                decision.state,
                decision.revision,
                decision.reason,
                decision.by,
                decision.at,
            ),
        )
        self.stand(post, standing)
        wire.announce_decided(self._conn, post, decision)

    def undo(self, post: Post, decision: str, standing: Standing, by: str, at: datetime) -> None:
        self._conn.execute(
            "UPDATE decisions SET undone_at = %s, undone_by = %s WHERE brand = %s AND decision = %s",
            (at, by, post.brand, decision),
        )
        self.stand(post, standing)
        wire.announce_undone(self._conn, post, decision, standing, by, at)

    def stand(self, post: Post, standing: Standing) -> None:
        self._conn.execute(
            "UPDATE posts SET state = %s, approved_revision = %s, decision = %s, reason = %s "
            "WHERE brand = %s AND post = %s",
            (
                standing.state,
                standing.approved_revision,
                standing.decision,
                standing.reason,
                post.brand,
                post.post,
            ),
        )

    def annotate(
        self, post: Post, media: str, alt_text: str | None, focal: tuple[float, float] | None, at: datetime
    ) -> None:
        row = self._conn.execute(
            "UPDATE media SET alt_text = coalesce(%s, alt_text), focal_x = coalesce(%s, focal_x), "
            "focal_y = coalesce(%s, focal_y) WHERE brand = %s AND media = %s AND post = %s "
            "RETURNING coalesce(alt_text, ''), coalesce(focal_x, 0.5), coalesce(focal_y, 0.5)",
            (alt_text, *(focal or (None, None)), post.brand, media, post.post),
        ).fetchone()
        if row is None:
            message = f"Post {post.post} has no picture {media!r}."
            raise NotFound(message)
        wire.announce_annotated(self._conn, post, media, row[0], (row[1], row[2]), at)

    def add_collection(self, collection: Collection) -> None:
        values = (collection.brand, collection.collection, collection.title, collection.created_at)
        if not self._first(
            "INSERT INTO collections VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1", values
        ):
            message = f"There is a collection {collection.collection!r} already: choose another id."
            raise Conflict(message, reason="ALREADY_EXISTS")

    def ranks(self, brand: str, collection: str) -> list[tuple[str, float]]:
        query = "SELECT 1 FROM collections WHERE brand = %s AND collection = %s FOR UPDATE"
        if not self._first(query, (brand, collection)):
            message = f"There is no collection {collection!r}."
            raise NotFound(message)
        return self._conn.execute(
            "SELECT post, rank FROM collected WHERE brand = %s AND collection = %s ORDER BY rank, post",
            (brand, collection),
        ).fetchall()

    def collect(self, posts: Sequence[Post], collection: str, ranks: Mapping[str, float], at: datetime) -> None:
        for post in posts:
            self._conn.execute(
                "INSERT INTO collected VALUES (%s, %s, %s, %s) "
                "ON CONFLICT (brand, collection, post) DO UPDATE SET rank = excluded.rank",
                (post.brand, collection, post.post, ranks[post.post]),
            )
            wire.announce_collected(self._conn, post, collection, ranks[post.post], at)

    def uncollect(self, posts: Sequence[Post], collection: str, at: datetime) -> None:
        for post in posts:
            query = "DELETE FROM collected WHERE brand = %s AND collection = %s AND post = %s RETURNING 1"
            if self._first(query, (post.brand, collection, post.post)):
                wire.announce_collected(self._conn, post, collection, None, at)

    def _first(self, query: Any, values: Sequence[object]) -> bool:  # noqa: ANN401 -- a literal, as psycopg types it
        return self._conn.execute(query, values).fetchone() is not None
