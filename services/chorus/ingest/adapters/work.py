"""What the loops and the edges of ingest share: the database, the connectors, what is kept in memory, and chance."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chorus.ingest.adapters.near_pictures import NearPictures
from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.handlers.sources import Connectors
from chorus.ingest.ports import NewId, Vault
from chorus.platform.ids import new_id
from chorus.platform.postgres import Database


@dataclass(frozen=True)
class Workshop:
    """`chance` answers a random number from 0 to 1; `now` the time."""

    database: Database
    connectors: Connectors
    vault: Vault
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    chance: Callable[[], float] = field(default=random.random)
    new_id: NewId = new_id
    near: NearPictures = field(default_factory=NearPictures)

    @contextmanager
    def store(self) -> Iterator[PostgresStore]:
        """Open a transaction and answer the store on it."""
        with self.database.transaction() as conn:
            yield PostgresStore(conn, self.near)


def until_stopped(stop: threading.Event, pause: float, once: Callable[[], bool]) -> None:
    """Do `once` again and again: at once while there is work, after `pause` seconds while there is none."""
    while not stop.is_set():
        if not once():
            stop.wait(pause)
