"""What the parts of the store share."""

from __future__ import annotations

from psycopg import Connection
from psycopg.rows import TupleRow

from chorus.platform.resealing import Sealed

# What the vault has sealed.
SEALED = (
    Sealed("sources", ("brand", "source"), "sealed"),
    Sealed("uploads", ("post",), "link_sealed"),
    Sealed("uploads", ("post",), "email_sealed"),
)


class Rows:
    """A part of the store, on one transaction's connection."""

    def __init__(self, conn: Connection[TupleRow]) -> None:
        """Work inside this connection's transaction."""
        self._conn = conn
