"""Keeps a reader's views right: woken by every change, looking anyway at least once a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection

from chorus.errors import Unavailable
from chorus.platform import logs
from chorus.platform.leading import Wakeup
from chorus.platform.postgres import Database
from chorus.publishing.adapters.items import item_of
from chorus.publishing.adapters.placements_store import CHANNEL
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.adapters.views import Entry, View, merged, view_of
from chorus.publishing.domain.placement import Hold, State
from chorus.publishing.domain.surface import Surface
from chorus.publishing.ports import Format

log = logs.logger(__name__)
LOOK_SECONDS = 0.5
_PAUSE_SECONDS = 0.2
# First pages, those asked for last, that are built before the change is shown.
_MOST_KEPT_READY = 4
# What a client was told it may keep an answer for counts into the bound within which nothing is shown any more.
CACHE_SECONDS = 10
_SHORTEST_TRUST = 2
SHORTEST_BOUND = CACHE_SECONDS + _SHORTEST_TRUST
_VERSIONS = "SELECT brand, surface, version FROM surfaces"
_CHANGED = """
SELECT placement, state, hold, rank, placed_at, modified_at, shown::text FROM placements
WHERE brand = %s AND surface = %s AND version > %s AND (%s OR state IN ('live', 'held'))
"""


@dataclass(frozen=True, slots=True)
class Trust:
    """Until when, on this process's monotonic clock, the database was asked lately enough, and rights is known."""

    asked: float = 0.0
    rights: float = 0.0


class Watch:
    """Holds the views of all surfaces."""

    def __init__(
        self, database: Database, formats: dict[str, Format], *, public_url: str, bound: float, grace: float
    ) -> None:
        """Read from a database. `bound` and `grace` are the revocation bound and the rights grace, in seconds."""
        self._database = database
        self._formats = formats
        self._public_url = public_url
        self._trusted_for = bound - CACHE_SECONDS
        self._grace = grace
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch surfaces", daemon=True)
        self._storing = threading.Lock()
        self.by_name: dict[tuple[str, str], View] = {}
        self.by_public_key: dict[str, tuple[str, str]] = {}
        self.trust = Trust()

    def start(self) -> None:
        """Begin to watch, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(LOOK_SECONDS * 4)

    def look(self) -> None:
        """Bring every view up to date. Raises `Unavailable`."""
        began = time.monotonic()
        with self._database.transaction() as conn:
            age = PostgresStore(conn).rights_age()
            for brand, surface, version in conn.execute(_VERSIONS).fetchall():
                known = self.by_name.get((brand, surface))
                if known is None or known.surface.version != version:
                    self._renew(conn, brand, surface, known)
        self.trust = Trust(began + self._trusted_for, began + self._grace - age)

    def supersede(self, known: View, view: View) -> None:
        """Show `view` in place of `known`, unless something newer was read meanwhile."""
        with self._storing:
            if self.by_name.get(known.name) is known:
                self.by_name[known.name] = view

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._database.dedicated() as connection:
                    self._keep(Wakeup(connection, CHANNEL))
            except Unavailable:
                self._stop.wait(_PAUSE_SECONDS)
            except Exception:
                log.exception("watching surfaces failed, beginning again")
                self._stop.wait(_PAUSE_SECONDS)

    def _keep(self, wakeup: Wakeup) -> None:
        while not self._stop.is_set():
            self.look()
            wakeup.wait(LOOK_SECONDS)

    def _renew(self, conn: Connection, brand: str, name: str, known: View | None) -> None:
        """Read what has changed since the version that is known; reading something twice does no harm."""
        surface = PostgresStore(conn).surface(brand, name)
        since = known.surface.version if known else 0
        rows = conn.execute(_CHANGED, [brand, name, since, known is not None])
        entries = merged(known.entries if known else {}, self._entries(surface, rows))
        view = view_of(surface, self._public_url, entries, datetime.now(UTC))
        # Readers ask for pages meanwhile.
        first_pages = [key for key in list(known.pages) if key[1] == 0] if known and not view.unknown else []
        for form, _, limit in first_pages[-_MOST_KEPT_READY:]:
            view.page(self._formats[form], "", limit)
        with self._storing:
            self.by_name[brand, name] = view
        self.by_public_key[surface.public_key] = brand, name

    def _entries(self, surface: Surface, rows: Any) -> Iterator[tuple[str, Entry | None]]:  # noqa: ANN401 -- a cursor
        for placement, state, hold, rank, placed_at, modified_at, shown in rows:
            if state not in {State.LIVE, State.HELD}:
                yield placement, None
                continue
            where = self._public_url, surface.brand, surface.public_key, surface.definition.access
            item = item_of(*where, placement, modified_at, shown)
            files = {each.file: each.content_type for each in item.shown.files}
            yield placement, Entry(item, State(state), Hold(hold) if hold else None, rank, placed_at, files)
