"""Until when rights is known, in PostgreSQL: written by whoever hears it, read by every process."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import LiteralString

from psycopg import Connection

from chorus.platform import restores
from chorus.platform.topics import PARTITIONS

# Times are those of the database's clock, the one clock that all processes share.
_HEARD_AGE = f"""
SELECT extract(epoch FROM clock_timestamp() - CASE WHEN count(*) = {PARTITIONS} THEN min(known_at) END)
    ::double precision FROM lease
"""  # noqa: S608 -- a number of our own
_ASKED_AGE = "SELECT extract(epoch FROM clock_timestamp() - asked_at)::double precision FROM lease_state"
_CONFIRMED_AGE = """
SELECT extract(epoch FROM clock_timestamp() - confirmed_at)::double precision
FROM grants WHERE brand = %s AND post = %s AND grant_id = %s
"""
# Whoever changes a grant just now is waited for by nobody: it is confirmed by the next answer.
_CONFIRM = """
UPDATE grants SET confirmed_at = clock_timestamp() - make_interval(secs => %s)
WHERE (brand, post, grant_id) IN (
    SELECT grants.brand, grants.post, grants.grant_id FROM grants
    JOIN unnest(%s::text[], %s::text[], %s::text[]) AS asked (brand, post, grant_id) USING (brand, post, grant_id)
    WHERE EXISTS (SELECT 1 FROM placements WHERE placements.brand = grants.brand AND placements.post = grants.post
        AND placements.grant_id = grants.grant_id AND placements.state IN ('placing', 'held'))
    FOR UPDATE OF grants SKIP LOCKED)
"""
_KNOWN = """
INSERT INTO lease (partition, known_at) VALUES (%s, clock_timestamp() - make_interval(secs => %s))
ON CONFLICT (partition) DO UPDATE SET known_at = greatest(lease.known_at, excluded.known_at)
"""
_GRANTS = """
SELECT DISTINCT grants.brand, grants.post, grants.grant_id
FROM placements JOIN grants ON grants.brand = placements.brand AND grants.post = placements.post
    AND grants.grant_id = placements.grant_id
WHERE placements.state IN ('placing', 'live', 'held') AND grants.active
ORDER BY 1, 2, 3
"""
_ACTIVE = "SELECT brand, post, grant_id FROM grants WHERE active ORDER BY 1, 2, 3"


def _unless_restored(query: LiteralString) -> LiteralString:
    return f"SELECT CASE WHEN {restores.UNRECONCILED} THEN 'infinity'::double precision ELSE ({query}) END"


# Of what was heard and what was answered, the newer; NULL where there is neither.
RIGHTS_AGE = _unless_restored(f"SELECT least(({_HEARD_AGE}), ({_ASKED_AGE}))")


class LeaseStore:
    """What is known of the lease, on one connection's transaction.

    After a restore nothing is known, whoever was heard, until rights has confirmed what stands: see `restored`.
    """

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def rights_age(self) -> float:
        """Compute the age, of whichever is newer."""
        return self._age(RIGHTS_AGE)

    def heard_age(self) -> float:
        """Compute the age of what the topic said."""
        return self._age(_unless_restored(_HEARD_AGE))

    def confirmed_age(self, brand: str, post: str, grant: str) -> float:
        """Compute the age of what was answered about a grant."""
        return self._age(_unless_restored(_CONFIRMED_AGE), brand, post, grant)

    def known(self, ages: Mapping[int, float], offset: float) -> None:
        """Note how old the knowledge of partitions is, in seconds, and the clocks' difference."""
        with self._conn.cursor() as cursor:
            cursor.executemany(_KNOWN, [(partition, age) for partition, age in sorted(ages.items())])
        self._conn.execute("UPDATE lease_state SET clock_offset = %s", [offset])

    def clock_offset(self) -> float | None:
        """Read the clocks' difference, as far as it was ever seen."""
        row = self._conn.execute("SELECT clock_offset FROM lease_state").fetchone()
        return row[0] if row else None

    def asking(self) -> Sequence[tuple[str, str, str]]:
        """Name (brand, post, grant) of every grant that something is shown by; after a restore, of every grant."""
        return self._conn.execute(_ACTIVE if self.restored() else _GRANTS).fetchall()

    def restored(self) -> bool:
        """Tell whether this database came back from a backup, and what stands has not been confirmed since."""
        return restores.unreconciled(self._conn)

    def reconciled(self) -> None:
        """Note that rights has confirmed what stands."""
        restores.reconciled(self._conn)

    def asked(self, seconds_ago: float, standing: Sequence[tuple[str, str, str]] = ()) -> None:
        """Note that rights answered to a question asked so long ago, and which (brand, post, grant) it says stand."""
        query = "UPDATE lease_state SET asked_at = clock_timestamp() - make_interval(secs => %s)"
        self._conn.execute(query, [seconds_ago])
        if standing:
            self._conn.execute(_CONFIRM, [seconds_ago, *(list(column) for column in zip(*standing, strict=True))])

    def _age(self, query: LiteralString, *values: str) -> float:
        row = self._conn.execute(query, values).fetchone()
        return float(row[0]) if row and row[0] is not None else math.inf
