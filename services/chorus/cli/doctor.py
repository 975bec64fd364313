"""`chorus doctor`: what is wrong with this configuration, all at once, and what to do about it."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from chorus.cli import checkup, precautions
from chorus.cli.checkup import Finding
from chorus.errors import ChorusError
from chorus.local.child import in_use
from chorus.local.engines import ROOMS
from chorus.local.errors import HouseError
from chorus.local.house import DOORS, running, secret_key
from chorus.local.postgres import Postgres, check_version
from chorus.platform.config import ConfigError, ProcessSettings, load, variable
from chorus.platform.events import open_log
from chorus.platform.objects import open_store
from chorus.platform.postgres import Database
from chorus.publishing.adapters.credentials import SigningSettings
from chorus.rights.adapters.mailer import MailSettings

DEFAULT_GRACE, DEFAULT_BOUND = 300, 30


HTTP_PORT = 8080  # of every process in a cluster


def examine(data: Path, port: int, environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Look at everything: a running house, or what would keep one from starting, or a cluster's configuration."""
    if environ.get("CHORUS_DATABASE_URL") and environ.get("CHORUS_EVENTS_URL"):
        yield from _configuration()
        yield from _dependencies(environ)
    elif found := _processes(data, environ):
        for name, http in found.items():
            yield from checkup.check(name, http)
        if (data / "postgres").exists():
            yield _checked("database", lambda: _version(data))
            yield from _evidence(data)
            yield precautions.journal(data, environ)
    else:
        yield from _before_start(data, port)
    try:
        keys = _keys(data, environ)
    except HouseError as error:
        yield Finding("keys", False, str(error), error.advice)
    else:
        yield from precautions.examine(environ, keys) if keys else ()
    yield from _signature(environ)
    yield from _mail(environ)
    yield _promise(environ)


def _processes(data: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Find the operational addresses of what runs: by CHORUS_<ROOM>_ADDRESS in a cluster, else of the house here."""
    given = {room: environ.get(variable(f"{room}_address"), "").rpartition(":")[0] for room in ROOMS}
    if all(given.values()):
        return {room: f"http://{host}:{HTTP_PORT}" for room, host in given.items()}
    house = running(data)
    return {name: house.http[name] for name in (*ROOMS, *DOORS)} if house else {}


def _keys(data: Path, environ: Mapping[str, str]) -> list[str]:
    """Read the keys that are in use; none where a first start would make one."""
    named = environ.get("CHORUS_SECRET_KEY") or environ.get("CHORUS_SECRET_KEY_FILE")
    if not named and not (data / "secret-key").exists():
        return []
    try:
        return [key.strip() for key in secret_key(data, environ).split(",")]
    except OSError as error:
        message = f"The key cannot be read: {error.strerror}."
        raise HouseError(message, "See that CHORUS_SECRET_KEY_FILE names a file that this user may read.") from error


def _signature(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look at what signs pictures, where it can be known: a cluster tells it to publishing alone."""
    if environ.get("CHORUS_RIGHTS_ADDRESS") and not environ.get("CHORUS_PUBLIC_MEDIA_URL"):
        return
    try:
        given = load(SigningSettings, environ)
    except ConfigError as error:
        text = "; ".join(f"{name} {problem}" for name, problem in error.problems.items())
        yield Finding("signature of pictures", False, text, "See docs/provenance.md.")
    else:
        yield precautions.signature(given.credentials(), datetime.now(UTC))


def _mail(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Look whether mail to creators can be handed in, where it can be known: a cluster tells it to rights alone."""
    if environ.get("CHORUS_RIGHTS_ADDRESS") and not environ.get("CHORUS_JOURNAL_URL"):
        return
    try:
        yield precautions.mail(load(MailSettings, environ))
    except ConfigError as error:
        text = "; ".join(f"{name} {problem}" for name, problem in error.problems.items())
        yield Finding("mail", False, text, "See docs/asking.md.")


def _configuration() -> Iterator[Finding]:
    for name in (*ROOMS, *DOORS):
        yield _checked(f"settings of {name}", functools.partial(_load, name))


def _load(name: str) -> ProcessSettings:
    """Read a process's settings; by convention its app names their class after the room."""
    app = importlib.import_module(f"chorus.{name}.app")
    kind: type[ProcessSettings] = getattr(app, f"{name.capitalize()}Settings")
    return load(kind)


def _dependencies(environ: Mapping[str, str]) -> Iterator[Finding]:
    with closing(Database(environ["CHORUS_DATABASE_URL"])) as database:
        yield _checked("database", lambda: _ping_database(database))
        yield from precautions.evidence(database)
    yield _checked("event log", lambda: open_log(environ["CHORUS_EVENTS_URL"]).ping())
    for name in ("CHORUS_MEDIA_URL", "CHORUS_PUBLIC_MEDIA_URL", "CHORUS_JOURNAL_URL"):
        if url := environ.get(name):
            yield _checked(f"objects at {name}", functools.partial(_ping_store, url))


def _ping_database(database: Database) -> str:
    with database.transaction() as conn:
        number = conn.info.server_version
    return f"PostgreSQL {number // 10_000}.{number % 10_000}"


def _ping_store(url: str) -> None:
    open_store(url).ping()


def _version(data: Path) -> str:
    """Ask the house's own database server what it is."""
    return f"PostgreSQL {_server(data).version()}"


def _evidence(data: Path) -> Iterator[Finding]:
    with suppress(HouseError), closing(Database(_server(data).serving_url("chorus_rights"))) as database:
        yield from precautions.evidence(database)


def _server(data: Path) -> Postgres:
    """Find the house's own database server; HouseError where none runs."""
    server = Postgres(data / "postgres", data / "logs" / "postgres.log")
    server.join()
    return server


def _before_start(data: Path, port: int) -> Iterator[Finding]:
    yield _checked("data folder", lambda: _writable(data))
    if (data / "postgres" / "data").exists():
        yield _checked("database files", lambda: check_version(data / "postgres" / "data"))
    for each in (port, port + 1):
        taken = in_use(each)
        advice = "Choose another one with --port." if taken else ""
        yield Finding(f"port {each}", not taken, "taken by another program" if taken else "free", advice)


def _writable(data: Path) -> None:
    folder = next(each for each in (data, *data.parents) if each.exists())
    if not os.access(folder, os.W_OK):
        message = f"{folder} may not be written to."
        raise HouseError(message, "Choose another folder with --data.")


def _checked(what: str, check: Callable[[], object]) -> Finding:
    """Look at one thing; where the look answers in words, they are what is said of it."""
    try:
        said = check()
    except HouseError as error:
        return Finding(what, False, str(error), error.advice)
    except ConfigError as error:
        text = "; ".join(f"{name} {problem}" for name, problem in error.problems.items())
        return Finding(what, False, text, "Set it in the environment.")
    except ChorusError as error:
        return Finding(what, False, error.message, "See that it runs and that its address is right.")
    except Exception as error:  # noqa: BLE001 -- a doctor reports whatever is wrong
        return Finding(what, False, f"{type(error).__name__}: {error}", "See that its address is right.")
    return Finding(what, True, said if isinstance(said, str) else "well")


def _promise(environ: Mapping[str, str]) -> Finding:
    bound = environ.get("CHORUS_REVOCATION_BOUND") or DEFAULT_BOUND
    grace = environ.get("CHORUS_RIGHTS_GRACE") or DEFAULT_GRACE
    text = (
        f"what a creator takes back leaves every surface within {bound} s; if rights cannot be reached for {grace} s, "
        f"posts that stand on a grant are held (503) until it can"
    )
    return Finding("promise", True, text)
