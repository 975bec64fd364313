"""Places and withdraws: objects first or rows first, in the order that keeps every promise."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from chorus.errors import NotFound, Unavailable
from chorus.platform import logs
from chorus.platform.leading import Wakeup
from chorus.platform.postgres import Database
from chorus.platform.telemetry import span
from chorus.publishing.adapters.area import ObjectArea
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.placement import Placement, State
from chorus.publishing.domain.shown import copies
from chorus.publishing.handlers.placing import finish, go_live, labels, may_begin, prefix

log = logs.logger(__name__)
# Behind the notifications: what one of them missed is seen this much later.
POLL_SECONDS = 0.1


class Worker:
    """Takes one placement at a time, withdrawals before placements."""

    def __init__(self, database: Database, area: ObjectArea) -> None:
        """Work on a database and the public area."""
        self._database = database
        self._area = area

    def run(self, wakeup: Wakeup, stop: threading.Event) -> None:
        """Do what there is to do, then wait."""
        while not stop.is_set() and self.step():
            pass
        wakeup.wait(POLL_SECONDS)

    def step(self) -> bool:
        """Take one placement a step further; tells whether there was one."""
        with self._database.transaction() as conn:
            placement = PostgresStore(conn).next_work()
        if placement is None:
            return False
        with span(f"placement {placement.state}", parent=placement.traceparent):
            try:
                done = self._withdraw(placement) if placement.state is State.WITHDRAWING else self._place(placement)
                log.debug("placement worked on", placement=placement.placement, state=placement.state, done=done)
            except (Unavailable, NotFound) as error:
                log.warning("placement waits", placement=placement.placement, reason=error.reason)
                done = False
            except Exception:
                # Whatever is wrong with one placement, the others go on.
                log.exception("placement failed", placement=placement.placement)
                done = False
        if not done:
            self._postpone(placement)
        return True

    def _place(self, placement: Placement) -> bool:
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            if not may_begin(store, placement, datetime.now(UTC)):
                return False
            post, brand = store.post(placement.brand, placement.post), store.brand(placement.brand)
            surface = store.surface(placement.brand, placement.surface)
        where = prefix(surface.public_key, placement.placement)
        sizes = self._area.publish(where, copies(post, placement.shown), labels(placement, brand, surface))
        with self._database.transaction() as conn:
            return go_live(PostgresStore(conn), placement.placement, sizes, now=datetime.now(UTC))

    def _withdraw(self, placement: Placement) -> bool:
        with self._database.transaction() as conn:
            where = _prefix(PostgresStore(conn), placement)
        self._area.clear(where)
        with self._database.transaction() as conn:
            finish(PostgresStore(conn), placement.placement, now=datetime.now(UTC))
        return True

    def _postpone(self, placement: Placement) -> None:
        with self._database.transaction() as conn:
            PostgresStore(conn).postpone(placement)


def _prefix(store: PostgresStore, placement: Placement) -> str:
    surface = store.surface(placement.brand, placement.surface)
    return prefix(surface.public_key, placement.placement)
