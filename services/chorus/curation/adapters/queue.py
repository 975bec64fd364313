"""Reads the queue straight into the API's messages: a projection has rows, no behaviour.

Pages go by keyset over (captured_at, post), so that page 1,000 costs what page 1 costs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.rows import namedtuple_row

from chorus.api.curation.v1 import curation_pb2 as pb
from chorus.api.types.v1.media_pb2 import Account, Media
from chorus.errors import NotFound
from chorus.platform import paging
from chorus.platform.facts import moment, timestamp

_WORD = re.compile(r"\w+")
_COLUMNS = """
    SELECT p.*, r.text AS approved_text,
        ARRAY(SELECT collection FROM collected c WHERE c.brand = p.brand AND c.post = p.post ORDER BY 1) AS collections
    FROM posts p
    LEFT JOIN revisions r ON r.brand = p.brand AND r.post = p.post AND r.revision = p.approved_revision AND p.state = 5
"""


@dataclass
class _Where:
    """Conditions and their values, put together one by one."""

    conditions: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, condition: str, *values: object) -> None:
        self.conditions.append(condition)
        self.values.extend(values)

    @property
    def text(self) -> str:
        return " WHERE " + " AND ".join(self.conditions)


def page(conn: Connection, request: pb.ListPostsRequest) -> pb.ListPostsResponse:
    """Read one page of the queue."""
    size = paging.size(request.page_size)
    oldest_first = request.order == pb.ORDER_OLDEST
    where = _where(request.brand, request.filter, states=True)
    if after := paging.decode(request.page_token, str, str):
        moment = paging.moment(str(after[0]))
        where.add(f"(p.captured_at, p.post) {'>' if oldest_first else '<'} (%s, %s)", moment, after[1])
    direction = "ASC" if oldest_first else "DESC"
    order = f" ORDER BY p.captured_at {direction}, p.post {direction} LIMIT {size + 1}"
    rows = _rows(conn, where.text + order, where.values)
    token = ""
    if len(rows) > size:
        last = rows[size - 1]
        token = paging.encode(last.captured_at.isoformat(), last.post)
    return pb.ListPostsResponse(posts=_messages(conn, rows[:size]), next_page_token=token)


def count(conn: Connection, request: pb.CountPostsRequest) -> pb.CountPostsResponse:
    """Count posts by state under a filter (whatever states it names), and those that are new since a moment."""
    where = _where(request.brand, request.filter, states=False)
    query = f"SELECT p.state, count(*) FROM posts p {where.text} GROUP BY 1 ORDER BY 1"  # noqa: S608 -- conditions are texts of ours, values are bound
    counts = [pb.StateCount(state=state, posts=posts) for state, posts in conn.execute(query, where.values)]
    response = pb.CountPostsResponse(counts=counts)
    if request.HasField("since"):
        where = _where(request.brand, request.filter, states=True)
        where.add("p.captured_at > %s", moment(request.since, "since"))
        query = f"SELECT count(*) FROM posts p {where.text}"  # noqa: S608 -- as above
        row = conn.execute(query, where.values).fetchone()
        response.new_since = row[0] if row else 0
    return response


def posts(conn: Connection, brand: str, ids: Sequence[str]) -> list[pb.QueuedPost]:
    """Read posts by id, in the order asked for; unknown ones are left out."""
    rows = _rows(conn, " WHERE p.brand = %s AND p.post = ANY(%s)", [brand, list(ids)])
    order = {post: number for number, post in enumerate(ids)}
    return _messages(conn, sorted(rows, key=lambda row: order[row.post]))


def post(conn: Connection, brand: str, post: str) -> pb.GetPostResponse:
    """Read a post with the history of its review; NotFound."""
    found = posts(conn, brand, [post])
    if not found:
        message = f"There is no post {post!r} in {brand}."
        raise NotFound(message)
    rows = conn.execute(
        "SELECT decision, state, revision, reason, by, at, undone_at, undone_by FROM decisions "
        "WHERE brand = %s AND post = %s ORDER BY number",
        (brand, post),
    ).fetchall()
    return pb.GetPostResponse(post=found[0], history=[_decision(row) for row in rows])


def collections(conn: Connection, request: pb.ListCollectionsRequest) -> pb.ListCollectionsResponse:
    """Read one page of collections, by id."""
    size = paging.size(request.page_size)
    (after,) = paging.decode(request.page_token, str) or ("",)
    rows = conn.execute(
        "SELECT collection, title, count(d.post) FROM collections LEFT JOIN collected d USING (brand, collection) "
        "WHERE brand = %s AND collection > %s GROUP BY 1, 2 ORDER BY 1 LIMIT %s",
        (request.brand, after, size + 1),
    ).fetchall()
    found = [pb.Collection(brand=request.brand, collection=row[0], title=row[1], posts=row[2]) for row in rows[:size]]
    token = paging.encode(rows[size - 1][0]) if len(rows) > size else ""
    return pb.ListCollectionsResponse(collections=found, next_page_token=token)


def collection(conn: Connection, brand: str, collection: str) -> pb.Collection:
    """Read one collection; NotFound."""
    row = conn.execute(
        "SELECT title, (SELECT count(*) FROM collected d WHERE d.brand = c.brand AND d.collection = c.collection) "
        "FROM collections c WHERE brand = %s AND collection = %s",
        (brand, collection),
    ).fetchone()
    if row is None:
        message = f"There is no collection {collection!r}."
        raise NotFound(message)
    return pb.Collection(brand=brand, collection=collection, title=row[0], posts=row[1])


def _where(brand: str, chosen: pb.Filter, *, states: bool) -> _Where:
    where = _Where()
    where.add("p.brand = %s", brand)
    if not chosen.withdrawn:
        where.add("NOT p.withdrawn")
    if states and chosen.states:
        where.add("p.state = ANY(%s)", [int(state) for state in chosen.states])
    for column, values in (("platform", chosen.platforms), ("language", chosen.languages)):
        if values:
            where.add(f"p.{column} = ANY(%s)", list(values))
    if chosen.sources:
        where.add("p.sources && %s", list(chosen.sources))
    if chosen.HasField("has_media"):
        where.add("(cardinality(p.media) > 0) = %s", chosen.has_media)
    if chosen.collection:
        where.add(
            "EXISTS (SELECT 1 FROM collected c WHERE c.brand = p.brand AND c.post = p.post AND c.collection = %s)",
            chosen.collection,
        )
    if chosen.text.strip():
        # Each word may be the beginning of one; what holds no word at all finds nothing.
        words = [f"{word}:*" for word in _WORD.findall(chosen.text)]
        where.add("p.words @@ to_tsquery('simple', %s)", " & ".join(words))
    return where


def _rows(conn: Connection, where: str, values: Sequence[object]) -> list[Any]:
    with conn.cursor(row_factory=namedtuple_row) as cursor:
        return cursor.execute(_COLUMNS + where, values).fetchall()


def _messages(conn: Connection, rows: Sequence[Any]) -> list[pb.QueuedPost]:
    media = _media(conn, rows)
    return [_message(row, media) for row in rows]


def _message(row: Any, media: dict[str, Media]) -> pb.QueuedPost:  # noqa: ANN401 -- a row as the query above names it
    return pb.QueuedPost(
        brand=row.brand,
        post=row.post,
        state=row.state,
        revision=row.revision,
        approved_revision=row.approved_revision,
        text=row.text,
        approved_text=row.approved_text or "",
        language=row.language,
        hashtags=row.hashtags,
        source=row.source,
        platform=row.platform,
        account=Account.FromString(row.account),
        permalink=row.permalink,
        posted_at=timestamp(row.posted_at),
        captured_at=timestamp(row.captured_at),
        media=[media[each] for each in row.media if each in media],
        collections=row.collections,
        withdrawn=row.withdrawn,
        seen_by_sources=row.sources,
        decision=row.decision,
        reason=row.reason,
    )


def _media(conn: Connection, rows: Sequence[Any]) -> dict[str, Media]:
    """Read the pictures of a page at once, as a curator described them."""
    if not rows:
        return {}
    ids = [each for row in rows for each in row.media]
    found = {}
    for media, content, alt_text, focal_x, focal_y in conn.execute(
        "SELECT media, content, alt_text, coalesce(focal_x, 0.5), coalesce(focal_y, 0.5) FROM media "
        "WHERE brand = %s AND media = ANY(%s)",
        (rows[0].brand, ids),
    ):
        message = Media.FromString(content)
        message.alt_text = message.alt_text if alt_text is None else alt_text
        message.focal_x, message.focal_y = focal_x, focal_y
        # Where previews lie in the object store is nobody's business outside of it.
        for rendition in message.renditions:
            rendition.ClearField("object_key")
        found[media] = message
    return found


def _decision(row: Sequence[Any]) -> pb.Decision:
    decision, state, revision, reason, by, at, undone_at, undone_by = row
    message = pb.Decision(
        decision=decision,
        state=state,
        revision=revision,
        reason=reason,
        by=by,
        at=timestamp(at),
        undone_by=undone_by,
    )
    if undone_at is not None:
        message.undone_at.CopyFrom(timestamp(undone_at))
    return message
