"""Compares rows and objects both ways: what lies in the public area has a live row, and the other way round."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from chorus.errors import NotFound
from chorus.platform import logs
from chorus.platform.leading import Wakeup
from chorus.platform.postgres import Database
from chorus.publishing.adapters.area import ObjectArea
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.placement import Placement
from chorus.publishing.domain.shown import copies
from chorus.publishing.handlers.placing import labels, prefix

log = logs.logger(__name__)
SWEEP_SECONDS = 600.0
KEEP_CHANGES = timedelta(days=14)
# Those of these states may have objects.
_OWNERS = "SELECT placement FROM placements WHERE placement = %s AND state <> 'withdrawn'"
_SHOWN = "SELECT placement FROM placements WHERE placement = %s AND state IN ('live', 'held')"
_LIVE = (
    "SELECT placement FROM placements WHERE state IN ('live', 'held') AND placement > %s ORDER BY placement LIMIT 100"
)
# In the order in which everybody locks them.
_LOCK_FORGOTTEN = """
SELECT 1 FROM surfaces WHERE EXISTS (
    SELECT 1 FROM changes WHERE changes.brand = surfaces.brand AND changes.surface = surfaces.surface AND at < %s)
ORDER BY brand, surface FOR UPDATE
"""
_FORGET = """
WITH gone AS (DELETE FROM changes WHERE at < %s RETURNING brand, surface, version),
last AS (SELECT brand, surface, max(version) AS version FROM gone GROUP BY brand, surface)
UPDATE surfaces SET changes_after = last.version FROM last
WHERE surfaces.brand = last.brand AND surfaces.surface = last.surface
"""


class Sweeper:
    """Mends what a crash, or a hand in the object store, left behind."""

    def __init__(self, database: Database, area: ObjectArea) -> None:
        """Compare this database with this area."""
        self._database = database
        self._area = area

    def run(self, _wakeup: Wakeup, stop: threading.Event) -> None:
        """Sweep, then rest."""
        self.sweep()
        stop.wait(SWEEP_SECONDS)

    def sweep(self) -> tuple[int, int]:
        """Remove objects without a row, renew what a live row lacks; answers how many placements of each."""
        counts = self._remove_orphans(), self._renew()
        self.forget(datetime.now(UTC) - KEEP_CHANGES)
        if any(counts):
            log.warning("public area mended", orphans=counts[0], renewed=counts[1])
        return counts

    def forget(self, before: datetime) -> None:
        """Drop changes and deliveries that are older; who reads changes on from there is told to begin again."""
        with self._database.transaction() as conn:
            conn.execute(_LOCK_FORGOTTEN, [before])
            conn.execute(_FORGET, [before])
        with self._database.transaction() as conn:
            PostgresStore(conn).forget_deliveries(before)
            PostgresStore(conn).forget_old_secrets(datetime.now(UTC))

    def _remove_orphans(self) -> int:
        folders = {key.rpartition("/")[0] for key in self._area.files()}
        orphans = [each for each in sorted(folders) if not self._is(_OWNERS, each.rpartition("/")[2])]
        for folder in orphans:
            self._area.clear(f"{folder}/")
        return len(orphans)

    def _is(self, query: str, placement: str) -> bool:
        with self._database.transaction() as conn:
            return conn.execute(query, [placement]).fetchone() is not None

    def _renew(self) -> int:
        renewed, after = 0, ""
        while page := self._live(after):
            for name in page:
                renewed += self._renew_one(name)
            after = page[-1]
        return renewed

    def _live(self, after: str) -> list[str]:
        with self._database.transaction() as conn:
            return [row[0] for row in conn.execute(_LIVE, [after])]

    def _renew_one(self, name: str) -> bool:
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            placement = store.placement(name)
            surface = store.surface(placement.brand, placement.surface)
            post, brand = store.post(placement.brand, placement.post), store.brand(placement.brand)
        where = prefix(surface.public_key, name)
        missing = [copy for copy in copies(post, placement.shown) if not self._area.has(where + copy.file)]
        if not missing:
            return False
        try:
            self._area.publish(where, missing, labels(placement, brand, surface))
        except (NotFound, ValueError):
            log.exception("a live placement cannot be renewed", placement=name)
            return False
        self._clear_if_over(placement, where)
        return True

    def _clear_if_over(self, placement: Placement, where: str) -> None:
        """Take back what was renewed while its placement ended: the worker may have cleared it just before."""
        if not self._is(_SHOWN, placement.placement):
            self._area.clear(where)
