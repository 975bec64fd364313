"""The rights board in PostgreSQL: its columns, and what they are searched by."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection

from chorus.rights.domain.board import SOON, Column, Filter
from chorus.rights.ports import Row

# The clock alone moves a card from granted to ending soon: both are read from the same stretch of the index.
_COLUMN_NOW: LiteralString = """
CASE WHEN board_column = 'granted' AND board_until <= %(soon)s THEN 'ending_soon' ELSE board_column END
"""
# What a card stands for; PostgreSQL leaves out what the conditions do not name.
_CARDS: LiteralString = """
FROM posts
LEFT JOIN requests ON requests.brand = posts.brand AND requests.request = posts.board_request
LEFT JOIN grants ON grants.grant_id = posts.board_grant
WHERE posts.brand = %(brand)s
"""
_SHOWN: LiteralString = """
lower(revisions -> (CASE WHEN approved > 0 THEN approved ELSE posts.revision END)::text ->> 'text')
"""
_CALLED: LiteralString = "lower(concat_ws(' ', account ->> 'handle', account ->> 'display_name'))"
_CONDITIONS: Mapping[str, LiteralString] = {
    "uses": "coalesce(grants.scope, requests.offer -> 'scope') -> 'uses' ?| %(uses)s",
    "surface": (
        "coalesce(grants.surfaces, requests.offer -> 'surfaces')"
        " @> jsonb_build_array(jsonb_build_object('surface', %(surface)s::text))"
    ),
    "asked_by": "coalesce(requests.asked_by, nullif(grants.via, 'link')) = %(asked_by)s",
    "creator": f"strpos({_CALLED}, lower(%(creator)s)) > 0",
    "text": f"strpos({_SHOWN}, lower(%(text)s)) > 0",
}


def page(
    conn: Connection[Any], brand: str, column: Column, wanted: Filter, *, now: datetime, after: Row | None, limit: int
) -> list[Row]:
    """List a column: first what lies on top, then the newest; of claims first what has to be answered first."""
    if column is Column.CLAIMED:
        return _claims(conn, brand, wanted, after, limit)
    kept = Column.GRANTED if column is Column.ENDING_SOON else column
    where, values = _narrowed(wanted)
    query = f"""
    SELECT posts.post, board_at, board_first {_CARDS} AND board_column = %(kept)s AND {_COLUMN_NOW} = %(column)s
      AND (%(at)s::timestamptz IS NULL OR (board_first, board_at, posts.post) < (%(first)s, %(at)s, %(post)s)) {where}
    ORDER BY board_first DESC, board_at DESC, posts.post DESC LIMIT %(limit)s
    """
    known = {"brand": brand, "kept": kept.value, "column": column.value, "soon": now + SOON}
    place = {"first": after and after.first, "at": after and after.at, "post": after and after.post}
    return [Row(*row) for row in conn.execute(query, {**values, **known, **place, "limit": limit})]


def _claims(conn: Connection[Any], brand: str, wanted: Filter, after: Row | None, limit: int) -> list[Row]:
    where, values = _narrowed(wanted)
    query = f"""
    SELECT posts.post, board_until {_CARDS} AND board_column = 'claimed'
      AND (%(at)s::timestamptz IS NULL OR (board_until, posts.post) > (%(at)s, %(post)s)) {where}
    ORDER BY board_until, posts.post LIMIT %(limit)s
    """
    place = {"at": after and after.at, "post": after and after.post}
    return [Row(*row) for row in conn.execute(query, {**values, "brand": brand, **place, "limit": limit})]


def counts(conn: Connection[Any], brand: str, wanted: Filter, now: datetime) -> dict[Column, int]:
    """Count the cards of each column that has any."""
    where, values = _narrowed(wanted)
    query = f"SELECT {_COLUMN_NOW}, count(*) {_CARDS} AND board_column IS NOT NULL {where} GROUP BY 1"
    found = conn.execute(query, {**values, "brand": brand, "soon": now + SOON})
    return {Column(column): cards for column, cards in found}


def _narrowed(wanted: Filter) -> tuple[LiteralString, dict[str, Any]]:
    values = {
        "uses": [use.value for use in wanted.uses],
        "surface": wanted.surface,
        "asked_by": wanted.asked_by,
        "creator": wanted.creator.strip(),
        "text": wanted.text.strip(),
    }
    said = {name: value for name, value in values.items() if value}
    return "".join(f" AND {_CONDITIONS[name]}" for name in said), said
