"""What the parts of the store share."""

from __future__ import annotations

from psycopg import Connection
from psycopg.rows import TupleRow


class Rows:
    """A part of the store, on one transaction's connection."""

    def __init__(self, conn: Connection[TupleRow]) -> None:
        """Work inside this connection's transaction."""
        self._conn = conn
