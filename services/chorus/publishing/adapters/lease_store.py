"""Until when rights is known, in PostgreSQL: written by whoever hears it, read by every process."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from psycopg import Connection

from chorus.platform.topics import PARTITIONS

# Times are those of the database's clock, the one clock that all processes share.
_AGE = """
SELECT extract(epoch FROM clock_timestamp() - greatest(
    (SELECT CASE WHEN count(*) = %s THEN min(known_at) END FROM lease), (SELECT asked_at FROM lease_state)
))::double precision
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


class LeaseStore:
    """What is known of the lease, on one connection's transaction."""

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def rights_age(self) -> float:
        """Compute the age."""
        row = self._conn.execute(_AGE, [PARTITIONS]).fetchone()
        return float(row[0]) if row and row[0] is not None else math.inf

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
        """Name (brand, post, grant) of every grant that something is shown by."""
        return self._conn.execute(_GRANTS).fetchall()

    def asked(self, seconds_ago: float) -> None:
        """Note that rights answered to a question asked so long ago."""
        query = "UPDATE lease_state SET asked_at = clock_timestamp() - make_interval(secs => %s)"
        self._conn.execute(query, [seconds_ago])
