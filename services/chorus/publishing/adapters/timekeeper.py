"""Acts on what nobody says: grants begin and end by the clock, and a changed surface has every post looked at again."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from chorus.platform.ids import new_id
from chorus.platform.postgres import Database
from chorus.publishing.adapters.leading import Wakeup
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.handlers.settling import settle_again, walk_on

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
        now = datetime.now(UTC)
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            posts = store.due(now, _BATCH)
            for brand, post in posts:
                settle_again(store, brand, post, now=now, new_id=new_id)
        return bool(posts)

    def walk(self) -> bool:
        """Take a walk a step further; tells whether there was one."""
        with self._database.transaction() as conn:
            return walk_on(PostgresStore(conn), now=datetime.now(UTC), new_id=new_id)
