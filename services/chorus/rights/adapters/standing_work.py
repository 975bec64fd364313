"""What standing consents leave to be done: by the clock, and at once when one was taken back.

A consent is marked in the transaction that ends it; then what followed is revoked, each post in a transaction of its
own. So nothing new can follow meanwhile, nobody has to lock many posts, and what a crash leaves the next look finds.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chorus.platform import logs, telemetry
from chorus.platform.postgres import Database
from chorus.rights.adapters import standing
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.standing import Ending
from chorus.rights.handlers.standing import end, look_back, revoke_followed

log = logs.logger(__name__)
EVERY_SECONDS = 1.0
_BATCH = 100
# Whoever approved a post while consent was being given has committed by then.
_GRACE = timedelta(minutes=1)


class StandingWork:
    """Does it. Several processes may: the locks on post and consent make once of it."""

    def __init__(self, database: Database) -> None:
        """Work on this database."""
        self._database = database

    def run(self, stop: threading.Event) -> None:
        """Look every second, and again at once while there is more than one batch."""
        while not stop.is_set():
            if self.tick(datetime.now(UTC)) < _BATCH:
                stop.wait(EVERY_SECONDS)

    def tick(self, now: datetime) -> int:
        """Do one batch of everything, the first what nobody may see any more; answers how much there was to revoke."""
        count = self.revoke(now)
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            for consent in standing.over(conn, now, _BATCH):
                end(store, [consent], Ending.OVER, consent.span.until, by="", others=False)
        self._look_back(now)
        return count

    def revoke(self, now: datetime) -> int:
        """Revoke one batch of what followed from consents that were taken back; answers how many posts there were."""
        with self._database.transaction() as conn:
            waiting = [(each, standing.followed(conn, each, _BATCH)) for each in standing.revoking(conn, _BATCH)]
        for consent, posts in waiting:
            for post in posts:
                with telemetry.span("rights.revoke_followed"), self._database.transaction() as conn:
                    revoke_followed(PostgresStore(conn), consent, post, now)
            with self._database.transaction() as conn:
                standing.revoked(conn, consent)
        return sum(len(posts) for _, posts in waiting)

    def revoke_soon(self, clock: Callable[[], datetime]) -> None:
        """Revoke what there is now; where that cannot be done just now, `run` does it: what was decided stands."""
        try:
            while self.revoke(clock()) >= _BATCH:
                pass
        except Exception:
            log.warning("what followed from standing consent is revoked a little later", exc_info=True)

    def _look_back(self, now: datetime) -> None:
        with self._database.transaction() as conn:
            given = [(each, standing.unasked(conn, each)) for each in standing.looking(conn, _BATCH)]
        for consent, posts in given:
            for post in posts:
                with telemetry.span("rights.look_back"), self._database.transaction() as conn:
                    look_back(PostgresStore(conn), consent.brand, post, now)
            if consent.given_at <= now - _GRACE:
                with self._database.transaction() as conn:
                    standing.looked_back(conn, consent)
