"""The loop that lets time pass: requests lapse, creators are reminded and grants expire by our own clock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from chorus.platform import telemetry
from chorus.platform.postgres import Database
from chorus.rights.adapters.nonces import LONGEST_SECONDS
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.claiming import MAILS_WITHIN
from chorus.rights.handlers.means import Means
from chorus.rights.handlers.timing import pass_time

EVERY_SECONDS = 1.0
_BATCH = 100


class Clockwork:
    """Closes what is over. Several processes may run it: the lock on the post makes once of it."""

    def __init__(self, database: Database, means: Means) -> None:
        """Work on this database; remind creators by these means."""
        self._database = database
        self._means = means

    def run(self, stop: threading.Event) -> None:
        """Look every second, and again at once while there is more than one batch."""
        while not stop.is_set():
            if self.tick(datetime.now(UTC)) < _BATCH:
                stop.wait(EVERY_SECONDS)

    def tick(self, now: datetime) -> int:
        """Close one batch of what is over at `now`; answers how many posts there were."""
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            due = store.due(now, _BATCH)
            store.forget_claims(now, now - MAILS_WITHIN)
            conn.execute("DELETE FROM nonces WHERE used_at < %s", [now - timedelta(seconds=LONGEST_SECONDS)])
        for brand, post in due:
            with telemetry.span("rights.pass_time"), self._database.transaction() as conn:
                pass_time(PostgresStore(conn), self._means, brand, post, now)
        return len(due)
