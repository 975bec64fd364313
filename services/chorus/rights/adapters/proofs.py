"""Proofs of what brands attest, in PostgreSQL: bytes alone, since what they are stands in the grant's attestation."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

_ADD = "INSERT INTO proofs (grant_id, content) SELECT grant_id, %s FROM grants WHERE brand = %s AND grant_id = %s"
_READ = "SELECT content FROM proofs JOIN grants USING (grant_id) WHERE brand = %s AND grant_id = %s"
_FORGET = "DELETE FROM proofs USING grants WHERE grants.grant_id = proofs.grant_id AND brand = %s AND post = %s"


def add(conn: Connection[Any], brand: str, grant: str, content: bytes) -> None:
    """Keep the proof of a grant."""
    conn.execute(_ADD, [content, brand, grant])


def read(conn: Connection[Any], brand: str, grant: str) -> bytes | None:
    """Read the proof of a grant; None where there is none."""
    row = conn.execute(_READ, [brand, grant]).fetchone()
    return bytes(row[0]) if row else None


def forget(conn: Connection[Any], brand: str, post: str) -> None:
    """Erase every proof of what was attested of a post."""
    conn.execute(_FORGET, [brand, post])
