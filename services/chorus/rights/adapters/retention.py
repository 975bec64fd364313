"""The loop that lets go of posts that nobody may use, and nobody has wanted to for long."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from chorus.platform import telemetry
from chorus.platform.postgres import Database
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.handlers.timing import let_go

EVERY_SECONDS = 60.0
_BATCH = 100


class Retention:
    """Lets go of posts `days` after the last thing that happened to them here."""

    def __init__(self, database: Database, days: int) -> None:
        """Work on this database."""
        self._database = database
        self._kept = timedelta(days=days)

    def run(self, stop: threading.Event) -> None:
        """Look every minute, and again at once while there is more than one batch."""
        while not stop.is_set():
            if self.tick(datetime.now(UTC)) < _BATCH:
                stop.wait(EVERY_SECONDS)

    def tick(self, now: datetime) -> int:
        """Let go of one batch; answers how many posts there were."""
        with self._database.transaction() as conn:
            found = PostgresStore(conn).untouched(now - self._kept, _BATCH)
        for brand, post in found:
            with telemetry.span("rights.let_go"), self._database.transaction() as conn:
                let_go(PostgresStore(conn), brand, post, now)
        return len(found)
