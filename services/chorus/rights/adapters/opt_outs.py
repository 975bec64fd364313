"""Wishes not to be asked, in PostgreSQL and, against a backup that does not know them, in the journal.

In the journal a wish is an object of its own, `opted_out/<brand>/<hash>`, beside the key of those hashes; it goes when
the wish is taken back. A backup made between the two brings the wish back: too little asked harms nobody.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from psycopg import Connection

from chorus.platform.objects import ObjectStore
from chorus.platform.postgres import Database
from chorus.rights.domain.opting import StopLink, Turn

OUT, IN = "opted_out", "opted_in"
_KEYS = "opt_out_key"
# No brand is called so.
_EVERY = "_every"
_BATCH = 500
_FIND = "SELECT brand, print FROM opt_outs WHERE print = ANY(%s) AND brand = ANY(%s)"
_ADD = "INSERT INTO opt_outs (brand, print, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_REMOVE = "DELETE FROM opt_outs WHERE brand = %s AND print = %s"
_JOURNAL = "INSERT INTO journal (kind, brand, post, subject, at) VALUES (%s, %s, '', %s, %s)"
# What was taken back, and lies in the journal still, stays taken back.
_ADD_AGAIN = """
INSERT INTO opt_outs (brand, print, at) SELECT %(brand)s, %(print)s, %(at)s
WHERE NOT EXISTS (SELECT FROM journal WHERE kind = 'opted_in' AND brand = %(brand)s AND subject = %(print)s)
ON CONFLICT DO NOTHING
"""


class OptOutRows:
    """The part of the store that is about such wishes; see `ports.OptOuts`."""

    _conn: Connection[Any]

    def opt_out_keys(self) -> list[bytes]:
        return [bytes(row[0]) for row in self._conn.execute("SELECT key FROM opt_out_keys ORDER BY made_at, key")]

    def opted_out(self, brands: Collection[str], prints: Collection[str]) -> set[tuple[str, str]]:
        return set(self._conn.execute(_FIND, [list(prints), list(brands)]))

    def turn(self, turn: Turn) -> None:
        if turn.out:
            self._conn.execute(_ADD, [turn.brand, turn.print, turn.at])
        else:
            self._conn.execute(_REMOVE, [turn.brand, turn.print])
        self._conn.execute(_JOURNAL, [OUT if turn.out else IN, turn.brand, turn.print, turn.at])

    def add_stop_link(self, link: StopLink, now: datetime) -> None:
        add = "INSERT INTO stop_links (sha256, brand, prints, created_at) VALUES (%s, %s, %s, %s)"
        self._conn.execute(add, [link.sha256, link.brand, list(link.prints), now])

    def stop_link(self, sha256: str) -> StopLink | None:
        query = "SELECT sha256, brand, prints FROM stop_links WHERE sha256 = %s"
        found = self._conn.execute(query, [sha256]).fetchone()
        return StopLink(found[0], found[1], tuple(found[2])) if found else None


def write(database: Database, objects: ObjectStore, turn: Turn) -> None:
    """Write into the journal what somebody said, or take out what they took back."""
    if not turn.out:
        objects.delete(_key(turn))
        return
    with database.transaction() as conn:
        keys = _Rows(conn).opt_out_keys()
    for key in keys:
        # Before the first hash that it made.
        named = f"{_KEYS}/{hashlib.sha256(key).hexdigest()}"
        if not objects.exists(named):
            objects.put(named, base64.b64encode(key), "text/plain")
    said = {"kind": OUT, "brand": turn.brand, "hash": turn.print, "at": turn.at.isoformat()}
    objects.put(_key(turn), json.dumps(said, indent=2).encode(), "application/json")


def read_again(database: Database, objects: ObjectStore) -> int:
    """Have everybody who said so be left alone again; answers how many wishes the database had forgotten."""
    keys = [base64.b64decode(objects.get(name).data) for name in objects.list(f"{_KEYS}/")]
    with database.transaction() as conn:
        for key in keys:
            conn.execute("INSERT INTO opt_out_keys (key) VALUES (%s) ON CONFLICT DO NOTHING", [key])
    count, every = 0, objects.list(f"{OUT}/")
    while names := list(islice(every, _BATCH)):
        count += _again(database, names)
    return count


def _again(database: Database, names: Sequence[str]) -> int:
    """Look at names alone: they say all that counts, and nearly all of them are known."""
    said = [(("" if brand == _EVERY else brand), each) for _, brand, each in (name.split("/") for name in names)]
    now = datetime.now(UTC)
    with database.transaction() as conn:
        values = [{"brand": brand, "print": each, "at": now} for brand, each in said]
        return sum(conn.execute(_ADD_AGAIN, each).rowcount for each in values)


class _Rows(OptOutRows):
    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn


def _key(turn: Turn) -> str:
    return f"{OUT}/{turn.brand or _EVERY}/{turn.print}"
