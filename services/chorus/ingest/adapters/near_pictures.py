"""What near pictures are looked for among, in memory, brand by brand; the database stays the only truth.

A brand is read when it is first asked for (one to four seconds for a million pictures), and what is new before each
answer. An answer names candidates: whoever asked reads them in the database, where they may not be any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import Connection
from psycopg.rows import TupleRow

if TYPE_CHECKING:
    from chorus.ingest.domain.near_index import NearIndex

_AT_ONCE = 100_000
_DAY = 86_400.0
_NEW = """
WITH new AS (SELECT near_number, pdq FROM media WHERE brand = %s AND near_number > %s ORDER BY near_number LIMIT %s)
SELECT string_agg(int8send(near_number) || bit_send(pdq), '' ORDER BY near_number) FROM new
"""
# As PostgreSQL sends them: the number, how many bits follow, the bits.
_ROW = [("number", ">i8"), ("bits", ">i4"), ("hash", "V32")]


@dataclass
class _Brand:
    """An index, the highest number in it, and when it was begun."""

    index: NearIndex
    begun: float
    last: int = 0


class NearPictures:
    """One for all threads of a process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin without any brand."""
        self._clock = clock
        self._brands: dict[str, _Brand] = {}
        self._lock = threading.Lock()

    def candidates(self, conn: Connection[TupleRow], brand: str, pdq: str) -> list[int]:
        """Answer the `near_number` of every near picture that this transaction can see, and perhaps of others."""
        with self._lock:
            known = self._known(brand)
            while _read_on(conn, brand, known) == _AT_ONCE:
                pass
            return known.index.near(bytes.fromhex(pdq))

    def _known(self, brand: str) -> _Brand:
        """Answer a brand's index; those of yesterday go first, and with them all pictures that were let go of since."""
        # Brings numpy, which costs 9 MiB: not for who has no pictures.
        from chorus.ingest.domain.near_index import NearIndex

        now = self._clock()
        self._brands = {name: each for name, each in self._brands.items() if now - each.begun < _DAY}
        return self._brands.setdefault(brand, _Brand(NearIndex(), now))


def _read_on(conn: Connection[TupleRow], brand: str, known: _Brand) -> int:
    """Add the next pictures to an index; answer how many there were."""
    import numpy as np

    read = conn.execute(_NEW, [brand, known.last, _AT_ONCE], binary=True).fetchone()
    if read is None or read[0] is None:
        return 0
    rows = np.frombuffer(read[0], _ROW)
    known.index.add(rows["number"].astype(np.int64), np.frombuffer(rows["hash"].tobytes(), np.uint64).reshape(-1, 4))
    known.last = int(rows["number"][-1])
    return len(rows)
