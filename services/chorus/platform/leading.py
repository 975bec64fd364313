"""One at a time: of all processes of a service, one runs a task, and it is woken when there is something to do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import Connection, sql

from chorus.errors import Unavailable
from chorus.platform.postgres import Database

_RETRY_SECONDS = 1.0
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 1))"


class Wakeup:
    """Waits for a notification, and proves on the way that the connection, and so the lock on it, still stands."""

    def __init__(self, connection: Connection, channel: str = "") -> None:
        """Listen on this connection, which is in autocommit; without a channel, only time wakes."""
        self._connection = connection
        if channel:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

    def wait(self, seconds: float) -> None:
        """Return when notified, or after so many seconds. Raises `Unavailable` when the connection is gone."""
        try:
            self._connection.execute("SELECT 1")
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                pass
        except psycopg.OperationalError as error:
            message = "The database went away."
            raise Unavailable(message, reason="DATABASE_DOWN") from error


@contextmanager
def leading(database: Database, task: str, stop: threading.Event, *, channel: str = "") -> Iterator[Wakeup | None]:
    """Wait to be the one that runs this task, by a name that holds the service's; None where told to stop before."""
    with database.dedicated() as connection:
        yield Wakeup(connection, channel) if _locked(connection, task, stop) else None


def run_as_leader(
    database: Database,
    task: str,
    act: Callable[[Wakeup, threading.Event], None],
    stop: threading.Event,
    *,
    channel: str = "",
) -> None:
    """Run `act` over and over in the one process that leads, until told to stop; `channel` may wake it."""
    with leading(database, task, stop, channel=channel) as wakeup:
        while wakeup is not None and not stop.is_set():
            act(wakeup, stop)


def _locked(connection: Connection, task: str, stop: threading.Event) -> bool:
    while not stop.is_set():
        row = connection.execute(_LOCK, [task]).fetchone()
        if row and row[0]:
            return True
        stop.wait(_RETRY_SECONDS)
    return False
