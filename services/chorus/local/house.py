"""The house: five services and two doors, each a process, on engines of its own, behind one front."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from chorus.local import engines
from chorus.local.child import Child, free_port, in_use
from chorus.local.engines import ROOMS, Engines
from chorus.local.errors import HouseError
from chorus.local.front import front
from chorus.local.template import Forked, Template
from chorus.platform.backoff import Backoff
from chorus.platform.web import HttpServer

DOORS = ("console", "creator")
_READY_SECONDS = 180.0
_STOP_SECONDS = 20.0
_EXIT_CONFIGURATION = 2


@dataclass(frozen=True)
class Addresses:
    """Where a running house can be reached: origins for people, host:port for gRPC."""

    public: str
    console: str
    grpc: Mapping[str, str]
    http: Mapping[str, str]


class House:
    """Starts everything, keeps it running, stops everything in order. Use it as a context manager."""

    def __init__(
        self,
        data: Path,
        port: int,
        *,
        environ: Mapping[str, str] | None = None,
        progress: Callable[[str], None] = lambda _step: None,
    ) -> None:
        """Keep all files in `data`; pages and feeds are on `port`, the console on the next one. 0 picks free ports."""
        self._data = data.resolve()
        self._environ = dict(os.environ if environ is None else environ)
        self._progress = progress
        ports = (port, port + 1) if port else (free_port(), free_port())
        self.addresses = Addresses(
            public=self._environ.get("CHORUS_PUBLIC_URL") or f"http://localhost:{ports[0]}",
            console=self._environ.get("CHORUS_CONSOLE_URL") or f"http://localhost:{ports[1]}",
            grpc={room: f"127.0.0.1:{free_port()}" for room in ROOMS},
            http={name: f"http://127.0.0.1:{free_port()}" for name in (*ROOMS, *DOORS)}
            | {"console": f"http://127.0.0.1:{ports[1]}"},
        )
        self._ports = ports
        self._stop = threading.Event()
        self._lock: IO[str] | None = None
        self._front: HttpServer | None = None
        self._watch = threading.Thread(target=self._keep_running, name="house", daemon=True)
        self._template = Template(self._data / "logs" / "template.log", self._environ)
        self.children: dict[str, Child] = {}
        self.engines: Engines | None = None

    def __enter__(self) -> Self:
        """Start; whatever was started is stopped again where a part fails."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start everything and wait until all of it answers; HouseError says what is wrong and what to do."""
        self._lock = locked(self._data)
        for port in self._ports:
            if in_use(port):
                message = f"Port {port} is taken by another program."
                raise HouseError(message, "Choose another one with --port; the console takes the port after it.")
        self._template.start()
        self._progress("database")
        self.engines = engines.start(self._data, self._environ)
        for name in (*ROOMS, *DOORS):
            self.children[name] = self._child(name)
            self.children[name].start()
        upstreams = {name: self.addresses.http[name] for name in ("ingest", "publishing", "creator")}
        self._front = HttpServer(front(upstreams), f"127.0.0.1:{self._ports[0]}")
        self._front.start()
        for name in (*ROOMS, *DOORS):
            self._progress(name)
            self._wait_ready(name)
        self._tell()
        self._watch.start()

    def stop(self) -> None:
        """Drain and stop: the front first, then doors and services together, the database last."""
        self._stop.set()
        if self._watch.is_alive():
            self._watch.join()
        if self._front:
            self._front.stop(_STOP_SECONDS)
        for child in self.children.values():
            child.signal(signal.SIGTERM)
        for child in self.children.values():
            child.wait(_STOP_SECONDS)
        self._template.stop()
        if self.engines and self.engines.postgres:
            self.engines.postgres.stop()
        if self._lock:
            (self._data / "house.json").unlink(missing_ok=True)
            self._lock.close()

    def environment(self, name: str) -> dict[str, str]:
        """Put together what a service or door reads from its environment."""
        assert self.engines is not None  # noqa: S101 -- asked for only after the engines were started
        addresses = {f"CHORUS_{room.upper()}_ADDRESS": address for room, address in self.addresses.grpc.items()}
        own = {
            "CHORUS_SECRET_KEY": secret_key(self._data, self._environ),
            "CHORUS_EVENTS_URL": self.engines.events,
            "CHORUS_MEDIA_URL": self.engines.media,
            "CHORUS_PUBLIC_MEDIA_URL": self.engines.public_media,
            "CHORUS_JOURNAL_URL": self.engines.journal,
            "CHORUS_PUBLIC_URL": self.addresses.public,
            "CHORUS_CONSOLE_URL": self.addresses.console,
            "CHORUS_TRUST_PROXY": "1" if name == "creator" else "0",
            "CHORUS_HTTP_LISTEN": self.addresses.http[name].removeprefix("http://"),
            "PYTHONUNBUFFERED": "1",
        }
        if name in ROOMS:
            own["CHORUS_DATABASE_URL"] = self.engines.databases[name]
            own["CHORUS_DATABASE_OWNER_URL"] = self.engines.owners[name]
            own["CHORUS_EVENTS_OWNER_URL"] = self.engines.events_owner
            own["CHORUS_GRPC_LISTEN"] = self.addresses.grpc[name]
        return self._environ | addresses | own

    def restart(self, name: str) -> None:
        """Kill a service or door, as a fault would, and wait until its successor answers."""
        self.children[name].signal(signal.SIGKILL)
        self.children[name].wait(_STOP_SECONDS)
        self._wait_ready(name)

    def _child(self, name: str) -> Child:
        return Forked(name, self._template, self._data / "logs" / f"{name}.log", self.environment(name))

    def _wait_ready(self, name: str) -> None:
        end = time.monotonic() + _READY_SECONDS
        while not self._ready(name):
            child = self.children[name]
            if child.exit_code == _EXIT_CONFIGURATION or time.monotonic() > end:
                message = f"{name} did not start: {child.last_words().strip()[-1000:]}"
                raise HouseError(message, f"Its log is {child.log}; `chorus doctor` checks the configuration.")
            if child.exit_code is not None and not self._watch.is_alive():
                child.start()
            time.sleep(0.05)

    def _ready(self, name: str) -> bool:
        connection = http.client.HTTPConnection(self.addresses.http[name].removeprefix("http://"), timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        return False

    def _keep_running(self) -> None:
        """Begin again what ended by itself, after a pause that grows while it goes on failing."""
        backoffs = {name: Backoff() for name in self.children}
        while not self._stop.wait(0.2):
            self._revive_database()
            for name, child in self.children.items():
                if child.exit_code is None or self._stop.is_set():
                    continue
                if self._stop.wait(backoffs[name].pause()):
                    return
                child.start()

    def _revive_database(self) -> None:
        if self.engines and self.engines.postgres:
            # What keeps it from starting stands in its log; the rooms answer 503 until it does.
            with contextlib.suppress(HouseError):
                self.engines.postgres.revive()

    def _tell(self) -> None:
        """Leave word of where things are, for the command line on the same folder."""
        told = {
            "pid": os.getpid(),
            "public": self.addresses.public,
            "console": self.addresses.console,
            "grpc": dict(self.addresses.grpc),
            "http": dict(self.addresses.http),
        }
        (self._data / "house.json").write_text(json.dumps(told, indent=2), encoding="utf-8")


def running(data: Path) -> Addresses | None:
    """Find the house that runs on a data folder; None where none does."""
    try:
        told = json.loads((data / "house.json").read_text(encoding="utf-8"))
        os.kill(told["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return Addresses(told["public"], told["console"], told["grpc"], told["http"])


def secret_key(data: Path, environ: Mapping[str, str]) -> str:
    """Read the installation's secret: from the environment, or the one that this data folder was given at first."""
    if given := environ.get("CHORUS_SECRET_KEY"):
        return given
    if path := environ.get("CHORUS_SECRET_KEY_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    kept = data / "secret-key"
    if not kept.exists():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    return kept.read_text(encoding="utf-8").strip()


def locked(data: Path) -> IO[str]:
    """Take the data folder for this process; HouseError where another house has it."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("w", encoding="utf-8")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        message = f"Another Chorus runs on {data} already."
        raise HouseError(
            message, "Stop it with Ctrl-C in its terminal, or choose another folder with --data."
        ) from error
    except OSError as error:
        message = f"{data} cannot be used: {error.strerror}."
        raise HouseError(message, "Choose a folder that you may write to with --data.") from error
    return lock
