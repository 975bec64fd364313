"""`chorus doctor`: what is wrong with this configuration, all at once, and what to do about it."""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2

from chorus.errors import ChorusError
from chorus.local.child import in_use
from chorus.local.engines import ROOMS
from chorus.local.errors import HouseError
from chorus.local.house import DOORS, running
from chorus.local.postgres import check_version
from chorus.platform.config import ConfigError, ProcessSettings, load
from chorus.platform.events import open_log
from chorus.platform.objects import open_store
from chorus.platform.postgres import Database

DEFAULT_GRACE, DEFAULT_BOUND = 300, 30


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `advice` is empty where all is well."""

    what: str
    well: bool
    text: str
    advice: str = ""


def examine(data: Path, port: int, environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Look at everything: a running house, or what would keep one from starting, or a cluster's configuration."""
    if environ.get("CHORUS_DATABASE_URL") and environ.get("CHORUS_EVENTS_URL"):
        yield from _configuration()
        yield from _dependencies(environ)
    elif house := running(data):
        for name in (*ROOMS, *DOORS):
            yield _process(name, house.http[name])
    else:
        yield from _before_start(data, port)
    yield _promise(environ)


def _configuration() -> Iterator[Finding]:
    for name in (*ROOMS, *DOORS):
        yield _checked(f"settings of {name}", functools.partial(_load, name))


def _load(name: str) -> ProcessSettings:
    """Read a process's settings; by convention its app names their class after the room."""
    app = importlib.import_module(f"chorus.{name}.app")
    kind: type[ProcessSettings] = getattr(app, f"{name.capitalize()}Settings")
    return load(kind)


def _dependencies(environ: Mapping[str, str]) -> Iterator[Finding]:
    yield _checked("database", lambda: _ping_database(environ["CHORUS_DATABASE_URL"]))
    yield _checked("event log", lambda: open_log(environ["CHORUS_EVENTS_URL"]).ping())
    for name in ("CHORUS_MEDIA_URL", "CHORUS_PUBLIC_MEDIA_URL"):
        if url := environ.get(name):
            yield _checked(f"objects at {name}", functools.partial(_ping_store, url))


def _ping_database(url: str) -> None:
    database = Database(url)
    try:
        database.ping()
    finally:
        database.close()


def _ping_store(url: str) -> None:
    open_store(url).ping()


def _process(name: str, http: str) -> Finding:
    try:
        answer = httpx2.get(f"{http}/readyz", timeout=5, trust_env=False)
    except httpx2.TransportError:
        return Finding(name, False, "does not answer", "It is begun again by itself; its log lies in the data folder.")
    troubles = [f"{part}: {state}" for part, state in answer.json().items() if state != "ok"]
    advice = "It recovers by itself once that does." if troubles else ""
    return Finding(name, not troubles, "; ".join(troubles) or "ready", advice)


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
    try:
        check()
    except HouseError as error:
        return Finding(what, False, str(error), error.advice)
    except ConfigError as error:
        text = "; ".join(f"{name} {problem}" for name, problem in error.problems.items())
        return Finding(what, False, text, "Set it in the environment.")
    except ChorusError as error:
        return Finding(what, False, error.message, "See that it runs and that its address is right.")
    except Exception as error:  # noqa: BLE001 -- a doctor reports whatever is wrong
        return Finding(what, False, f"{type(error).__name__}: {error}", "See that its address is right.")
    return Finding(what, True, "well")


def _promise(environ: Mapping[str, str]) -> Finding:
    bound = environ.get("CHORUS_REVOCATION_BOUND") or DEFAULT_BOUND
    grace = environ.get("CHORUS_RIGHTS_GRACE") or DEFAULT_GRACE
    text = (
        f"what a creator takes back leaves every surface within {bound} s; if rights cannot be reached for {grace} s, "
        f"posts that stand on a grant are held (503) until it can"
    )
    return Finding("promise", True, text)
