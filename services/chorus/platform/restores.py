"""Being brought back from a backup: what a service notes about it, and how facts find their way again.

Facts are numbered per post and owner, so telling them twice does no harm. That is what a restore stands on: the outbox
of 14 days is sent again to a log that is empty, each reader begins at its start, and takes in what it has not heard.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

# As a condition, for a query that must not be answered from what is older than it seems.
UNRECONCILED = "EXISTS (SELECT 1 FROM restores WHERE reconciled_at IS NULL)"
_RECONCILED = "UPDATE restores SET reconciled_at = now() WHERE reconciled_at IS NULL"
# Places in a log that may be no more: a new one begins with the same numbers.
_MOVE_PARKED = 'UPDATE parked SET "offset" = -id WHERE "offset" >= 0'


def note(conn: Connection[Any], why: str) -> None:
    """Remember that what is known here may be older than what is true."""
    conn.execute("INSERT INTO restores (why) VALUES (%s)", [why])
    conn.execute(_MOVE_PARKED)


def unreconciled(conn: Connection[Any]) -> bool:
    """Tell whether such a time was noted and not seen to."""
    row = conn.execute(f"SELECT {UNRECONCILED}").fetchone()
    return bool(row and row[0])


def reconciled(conn: Connection[Any]) -> None:
    """Note that everything is true again."""
    conn.execute(_RECONCILED)


def begin_log_anew(conn: Connection[Any]) -> None:
    """Read the log from its start, and send it all that the outbox still has."""
    conn.execute("UPDATE outbox SET sent_at = NULL WHERE sent_at IS NOT NULL")
    conn.execute("DELETE FROM inbox_offset")
