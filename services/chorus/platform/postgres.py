"""PostgreSQL: one pool per process, transactions, and migrations.

Every failure that may pass (server gone, pool empty, deadlock, time-out, disk full) becomes `Unavailable` here, once;
what no row can hold (a NUL in a text, a number beyond its column) becomes `Invalid`.
"""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, conninfo, errors, sql
from psycopg.types.array import ListBinaryDumper
from psycopg_pool import ConnectionPool

from chorus.errors import Invalid, Unavailable
from chorus.platform.privileges import append_only, give

# Held while migrating, so that services which start side by side wait for each other. Any fixed number does.
_MIGRATION_LOCK = 0x63686F727573
_CONNECT_SECONDS = 5
_UNKEEPABLE = (errors.UntranslatableCharacter, errors.CharacterNotInRepertoire, errors.NumericValueOutOfRange)
_KNOWN = "SELECT to_regclass('public.migrations') IS NOT NULL"
_MIGRATIONS = "CREATE TABLE migrations (migration text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())"
_PLATFORM_MIGRATIONS = Path(__file__).parent / "migrations"
# Lists go to the server in binary: to escape one quotation mark in a text costs Python a hundred times as much.
psycopg.adapters.register_dumper(list, ListBinaryDumper)

# How long a connection waits for a server that vanished without a word, in seconds (tcp_user_timeout in milliseconds).
PATIENCE: dict[str, Any] = {
    "connect_timeout": _CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
# Longer than any statement of ours takes; a caller has given up long before.
_STATEMENT_MILLISECONDS = 30_000


class Database:
    """A service's own database, from a `postgresql://` URL. Connects when first used: the server may start later."""

    def __init__(self, url: str, *, max_size: int = 10, application_name: str = "chorus") -> None:
        """Prepare a pool of at most `max_size` connections, named `application_name` in pg_stat_activity."""
        self._settings: dict[str, Any] = {**PATIENCE, "application_name": application_name}
        self._url = url
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=max_size,
            kwargs={**self._settings, "options": f"-c statement_timeout={_STATEMENT_MILLISECONDS}"},
            timeout=_CONNECT_SECONDS,
            num_workers=1,
            reconnect_timeout=30,
            check=_refuse_closed,
            open=True,
        )

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lend a connection in a transaction: committed when the block ends, rolled back when it raises."""
        with _said_plainly(), self._pool.connection() as connection:
            yield connection

    @contextmanager
    def dedicated(self) -> Iterator[Connection]:
        """Lend a connection outside the pool, in autocommit: for session locks and LISTEN."""
        with (
            _unavailable_when_down(),
            psycopg.connect(self._url, autocommit=True, **self._settings) as connection,
        ):
            # Else the locks of a machine that vanished are held for two hours, which is TCP's own patience.
            connection.execute("SET tcp_keepalives_idle = 20")
            connection.execute("SET tcp_keepalives_interval = 5")
            connection.execute("SET tcp_keepalives_count = 3")
            yield connection

    def ping(self) -> None:
        """Ask the server for a sign of life; raises `Unavailable`."""
        with self.transaction() as connection:
            connection.execute("SELECT 1")

    def close(self) -> None:
        """Close every connection of the pool."""
        self._pool.close()


def migrate(url: str, *folders: Traversable | Path, serving: str | None = None) -> list[str]:
    """Bring a service's database up to date: the platform's migrations, then those of each folder.

    Creates the database where there is none. Safe to run again and side by side. Returns the ids that were applied.
    `url` names who owns it all. Where `serving` names another role, that one gets what it needs to serve
    (`privileges.py`), and is made where it is missing; `Denied` where that cannot be.
    """
    return apply_migrations(url, _PLATFORM_MIGRATIONS, *folders, serving=serving)


def apply_migrations(url: str, *folders: Traversable | Path, serving: str | None = None) -> list[str]:
    """Apply the numbered `.sql` files of each folder in turn, without the platform's own.

    Where all of them were applied nothing is changed, so that who does not own the tables may ask for it.
    """
    with _unavailable_when_down():
        _create_if_missing(url)
        with psycopg.connect(url, autocommit=True, **PATIENCE) as guard:
            guard.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
            if guard.execute(_KNOWN).fetchone() == (False,):
                guard.execute(_MIGRATIONS)
            applied = [name for folder in folders for name in _apply(guard, folder)]
            if serving:
                give(guard, serving, [table for folder in folders for table in append_only(folder)])
            return applied


def _apply(connection: Connection, folder: Traversable | Path) -> list[str]:
    """Apply what is missing of a folder, by name; each file and the mark that it was applied are one transaction."""
    room = Path(str(folder)).parent.name
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".sql")), key=lambda each: each.name)
    applied = {row[0] for row in connection.execute("SELECT migration FROM migrations")}
    missing = [each for each in files if f"{room}/{each.name}" not in applied]
    for each in missing:
        with connection.transaction():
            # A file of ours, with as many statements as it needs: no value of anybody's is part of it.
            connection.execute(each.read_text(encoding="utf-8").encode())
            connection.execute("INSERT INTO migrations (migration) VALUES (%s)", [f"{room}/{each.name}"])
    return [f"{room}/{each.name}" for each in missing]


def _create_if_missing(url: str) -> None:
    try:
        psycopg.connect(url, **PATIENCE).close()
    except psycopg.OperationalError:
        # A refused connection carries no SQLSTATE, so it is the server's catalog that says whether this was why.
        _create(url)


def _create(url: str) -> None:
    name = str(conninfo.conninfo_to_dict(url)["dbname"])
    with psycopg.connect(url, dbname="postgres", autocommit=True, **PATIENCE) as maintenance:
        maintenance.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        if maintenance.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            maintenance.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        with _unavailable_when_down():
            yield
    except (psycopg.DataError, UnicodeEncodeError) as error:
        # psycopg itself refuses a NUL, without an SQLSTATE, and half a character; PostgreSQL refuses the others.
        if isinstance(error, psycopg.DataError) and error.sqlstate and not isinstance(error, _UNKEEPABLE):
            raise
        message = "Some text or number here cannot be kept: look for characters that nobody can see."
        raise Invalid(message, reason="UNKEEPABLE") from error


@contextmanager
def _unavailable_when_down() -> Iterator[None]:
    try:
        yield
    except psycopg.OperationalError as error:
        message = "The database does not answer just now. Try again in a moment."
        raise Unavailable(message, reason="DATABASE_DOWN") from error


def _refuse_closed(connection: Connection) -> None:
    """Let the pool replace a connection that the server closed while it was idle.

    An idle socket that is readable has bad news waiting; asking the server each time would cost a round trip.
    """
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN)
    if watch.poll(0):
        ConnectionPool.check_connection(connection)
