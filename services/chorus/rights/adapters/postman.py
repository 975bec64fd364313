"""The loop that sends mail, in one process at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from chorus.errors import Unavailable
from chorus.platform import telemetry
from chorus.platform.leading import Wakeup
from chorus.platform.postgres import Database
from chorus.rights.adapters.journal import Journal
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.outgoing import Mail
from chorus.rights.handlers import mailing, resending
from chorus.rights.handlers.mailing import Load, Office
from chorus.rights.handlers.means import Means
from chorus.rights.ports import Carrier

LOOK_SECONDS = 5.0


class Postman:
    """Sends what is due, one message after the other. A crash between may send one twice, and loses none."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        means: Means,
        office: Office,
        carrier: Carrier,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Send what waits in this database, once the journal has told who does not want to be asked."""
        self._database = database
        self._journal = journal
        self._means = means
        self._office = office
        self._carrier = carrier
        self._now = now

    def run(self, wakeup: Wakeup, stop: threading.Event) -> None:
        """Send what is due, then wait; where the mail server cannot be reached, what is left waits too."""
        try:
            while not stop.is_set() and self.post():
                pass
        except Unavailable:
            stop.wait(LOOK_SECONDS)
        wakeup.wait(LOOK_SECONDS)

    def post(self) -> bool:
        """Send the next message; False where none is due. Raises `Unavailable`."""
        self._journal.check_read()
        with telemetry.span("rights.post"):
            with self._database.transaction() as conn:
                store = PostgresStore(conn)
                due = store.due_mail(self._now())
                load = self._packed(store, due) if due else None
            if load:
                self._carry(load)
        return due is not None

    def _packed(self, store: PostgresStore, due: Mail) -> Load | None:
        if due.wished_by:
            return resending.pack(store, self._means, self._office, due, self._now())
        return mailing.pack(store, self._office, due, self._now())

    def _carry(self, load: Load) -> None:
        try:
            tried = self._carrier.carry(load.parcel)
        except Unavailable as error:
            with self._database.transaction() as conn:
                mailing.unreachable(PostgresStore(conn), load, error.message, self._now())
            raise
        with self._database.transaction() as conn:
            mailing.settle(PostgresStore(conn), self._means, load, tried, self._now())
