"""What those write who say that a post is theirs, in PostgreSQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg import Connection

from chorus.platform.resealing import Sealed
from chorus.rights.domain.claim import ClaimKind, Saying
from chorus.rights.domain.post import AccountOf

SEALED = (Sealed("sayings", ("brand", "saying"), "sealed"),)
_ADD = "INSERT INTO sayings (brand, saying, post, claim, kind, at, sealed) VALUES (%s, %s, %s, %s, %s, %s, %s)"
_READ = "SELECT saying, kind, at, sealed FROM sayings WHERE brand = %s AND claim = %s ORDER BY at, saying"
_KEEP = "UPDATE sayings SET kept_until = %s WHERE brand = %s AND claim = %s"
_ADD_MAILED = "INSERT INTO links_mailed (brand, platform, account, post, at) VALUES (%s, %s, %s, %s, %s)"
_MAILED = """
SELECT post FROM links_mailed WHERE brand = %s AND platform = %s AND account = %s AND at > %s ORDER BY at, post
"""
_FORGET = (
    "DELETE FROM sayings WHERE brand = %s AND post = %s",
    "DELETE FROM links_mailed WHERE brand = %s AND post = %s",
)


class ClaimRows:
    """The part of the store that is about it; see `ports.Claims`."""

    _conn: Connection[Any]

    def add_saying(self, brand: str, post: str, claim: str, saying: Saying) -> None:
        self._conn.execute(_ADD, [brand, saying.saying, post, claim, saying.kind.value, saying.at, saying.sealed])

    def sayings(self, brand: str, claim: str) -> list[Saying]:
        found = self._conn.execute(_READ, [brand, claim])
        return [Saying(saying, ClaimKind(kind), at, sealed) for saying, kind, at, sealed in found]

    def keep_sayings(self, brand: str, claim: str, until: datetime | None) -> None:
        self._conn.execute(_KEEP, [until, brand, claim])

    def add_mailed(self, creator: AccountOf, post: str, at: datetime) -> None:
        self._conn.execute(_ADD_MAILED, [*creator, post, at])

    def mailed(self, creator: AccountOf, since: datetime) -> list[str]:
        return [str(row[0]) for row in self._conn.execute(_MAILED, [*creator, since])]

    def forget_claims(self, now: datetime, mailed_before: datetime) -> None:
        self._conn.execute("DELETE FROM sayings WHERE kept_until <= %s", [now])
        self._conn.execute("DELETE FROM links_mailed WHERE at <= %s", [mailed_before])

    def _forget_sayings(self, brand: str, post: str) -> None:
        """Let go of all that was written about a post that is being forgotten."""
        for statement in _FORGET:
            self._conn.execute(statement, [brand, post])
