"""Acts on what nobody says: grants begin and end by the clock, and a changed surface has every post looked at again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from chorus.errors import Unavailable
from chorus.platform import logs
from chorus.platform.ids import new_id
from chorus.platform.leading import Wakeup
from chorus.platform.postgres import Database
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.handlers.settling import settle_again

log = logs.logger(__name__)
LOOK_SECONDS = 0.5
_BATCH = 50


class Timekeeper:
    """Settles posts whose moment has come, and walks over a brand's posts for a surface that changed."""

    def __init__(self, database: Database) -> None:
        """Work on a database."""
        self._database = database

    def run(self, wakeup: Wakeup, stop: threading.Event) -> None:
        """Do what there is to do, then wait."""
        while not stop.is_set() and (self.due() or self.walk()):
            pass
        wakeup.wait(LOOK_SECONDS)

    def due(self) -> bool:
        """Settle the next posts that the clock has changed; tells whether there were any."""
        with self._database.transaction() as conn:
            posts = PostgresStore(conn).due(datetime.now(UTC), _BATCH)
        settled = [self._settle(brand, post) for brand, post in posts]
        return any(settled)

    def walk(self) -> bool:
        """Take a walk a step further; tells whether there was one."""
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            walk = store.walk()
            if walk is None:
                return False
            posts = store.walk_next(walk, _BATCH)
        for post in posts:
            self._settle(walk.brand, post)
        with self._database.transaction() as conn:
            PostgresStore(conn).walk_on(walk, posts[-1] if posts else None)
        return True

    def _settle(self, brand: str, post: str) -> bool:
        """Settle one post in a transaction of its own: facts about others do not wait, nor does its fault stop them."""
        try:
            with self._database.transaction() as conn:
                settle_again(PostgresStore(conn), brand, post, now=datetime.now(UTC), new_id=new_id)
        except Unavailable:
            raise
        except Exception:
            log.exception("post could not be settled", brand=brand, post=post)
            return False
        return True
