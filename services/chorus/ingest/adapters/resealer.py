"""The loop that seals anew, with the newest key, what an older one sealed: then the old key can be dropped."""

from __future__ import annotations

import threading

from chorus.errors import Invalid
from chorus.ingest.adapters.work import Workshop, until_stopped
from chorus.platform import logs

log = logs.logger(__name__)
# A process that still has the old key first may seal with it while others are being replaced.
_PAUSE = 600.0
_SEALED = (("sources", "sealed"), ("uploads", "link_sealed"), ("uploads", "email_sealed"))


class Resealer:
    """Goes over everything that is sealed."""

    def __init__(self, work: Workshop) -> None:
        """Use the keys of this workshop's vault."""
        self._work = work

    def run(self, stop: threading.Event) -> None:
        """Seal anew what must be, at the start and now and then."""
        until_stopped(stop, _PAUSE, self.reseal)

    def reseal(self) -> bool:
        """Go over everything once; False, since that leaves nothing to do."""
        counts = [self._reseal(table, column) for table, column in _SEALED]
        if any(counts):
            log.info("sealed anew with the newest key", sealed=sum(counts))
        return False

    def _reseal(self, table: str, column: str) -> int:
        with self._work.database.transaction() as conn:
            rows = conn.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''").fetchall()  # noqa: S608 -- names of our own
        return sum(self._reseal_one(table, column, sealed) for (sealed,) in rows)

    def _reseal_one(self, table: str, column: str, sealed: str) -> bool:
        try:
            anew = self._work.vault.reseal(sealed)
        except Invalid:
            log.error("sealed with a key that is no longer listed", table=table, column=column)  # noqa: TRY400 -- whose, is all there is to say
            return False
        if anew is None:
            return False
        with self._work.database.transaction() as conn:
            # By what it was: what somebody has changed meanwhile stays as they left it.
            conn.execute(f"UPDATE {table} SET {column} = %s WHERE {column} = %s", [anew, sealed])  # noqa: S608 -- names of our own
        return True
