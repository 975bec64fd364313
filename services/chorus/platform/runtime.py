"""One process of Chorus: settings, wiring, start, drain, stop; the same for every room.

A process takes on roles: *migrate* brings its database up to date, *serve* answers rpcs and runs the room's tasks,
*relay* sends the outbox, *consume* reads what others said. Embedded, one process has them all; a chart may split them.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from chorus.errors import Unavailable
from chorus.platform import logs, operations, telemetry, vitals
from chorus.platform.at_once import AtOnce, nothing_ready
from chorus.platform.auth import Signer
from chorus.platform.config import ConfigError, ProcessSettings, ServiceSettings, load
from chorus.platform.crew import Crew
from chorus.platform.events import EventLog, open_log, prepare_log
from chorus.platform.postgres import Database, migrate
from chorus.platform.reading import Subscription, consume
from chorus.platform.relay import Relay
from chorus.platform.rpc import Mounted, Server
from chorus.platform.topics import RIGHTS, TOPICS
from chorus.platform.vitals import Vital
from chorus.platform.web import HttpServer, application

__all__ = [
    "Context",
    "Door",
    "Service",
    "Subscription",
    "Task",
    "Vital",
    "door_main",
    "main",
    "migrations_of",
    "settings_or_exit",
]

log = logs.logger(__name__)
DRAIN_SECONDS = 8.0
EXIT_CONFIGURATION = 2
EXIT_STUCK = 70
P = TypeVar("P", bound=ProcessSettings)
S = TypeVar("S", bound=ServiceSettings)
S_co = TypeVar("S_co", bound=ServiceSettings, covariant=True)


@dataclass(frozen=True)
class Context(Generic[S_co]):
    """What a room's `build` is given."""

    settings: S_co
    database: Database
    log: EventLog
    roles: frozenset[str]


@dataclass(frozen=True)
class Task:
    """A loop of a room's own: `run` returns once the event is set."""

    name: str
    run: Callable[[threading.Event], None]


@dataclass(frozen=True)
class Service:
    """A room, wired. `app`, where given, answers all HTTP paths but the operational ones, in place of `routes`.

    What `at_once` has ready goes out before `app` is asked; `busy_headers` go with the refusal of what is too much.
    """

    servicers: Sequence[Mounted] = ()
    subscriptions: Sequence[Subscription] = ()
    tasks: Sequence[Task] = ()
    routes: Sequence[BaseRoute] = ()
    app: ASGIApp | None = None
    at_once: AtOnce = nothing_ready
    busy_headers: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    vitals: Sequence[Vital] = ()
    as_of: bool = False
    close: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Door:
    """A door, wired: its app and what readiness depends on."""

    app: ASGIApp
    checks: Mapping[str, Callable[[], None]] = field(default_factory=dict)


def main(name: str, build: Callable[[Context[S]], Service], kind: type[S]) -> None:
    """Run a service until it is told to stop; exit code 2 where the configuration is not complete."""
    settings = settings_or_exit(kind)
    telemetry.setup(name)
    stop = _stop_on_signals()
    crew = Crew(stop)
    if "migrate" in settings.roles:
        crew.add("migrate", lambda _stop: _migrate(name, settings))
        crew.join(threading.TIMEOUT_MAX)
    if not stop.is_set() and set(settings.roles) != {"migrate"}:
        _run(name, build, settings, stop)
    telemetry.flush()


def door_main(name: str, build: Callable[[P], Door], kind: type[P]) -> None:
    """Run a door until it is told to stop; exit code 2 where the configuration is not complete."""
    settings = settings_or_exit(kind)
    telemetry.setup(name)
    stop = _stop_on_signals()
    door = build(settings)
    checks = {**door.checks, **_staying(stop)}
    http = HttpServer(application([], checks, inner=door.app), settings.http_listen)
    http.start()
    log.info("ready", service=name, http=http.port)
    _wait_and_linger(stop, http, settings.linger)
    http.stop(DRAIN_SECONDS)
    telemetry.flush()


def settings_or_exit(kind: type[P]) -> P:
    """Read the settings, or end the process with every problem named."""
    try:
        return load(kind)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_CONFIGURATION)


def migrations_of(name: str) -> Path:
    """Find a room's own migrations."""
    return Path(str(importlib.import_module(f"chorus.{name}").__path__[0])) / "migrations"


def _migrate(name: str, settings: ServiceSettings) -> None:
    owner = settings.database_owner_url or settings.database_url
    if applied := migrate(owner, migrations_of(name), serving=settings.database_url):
        log.info("database brought up to date", service=name, migrations=applied)
    if settings.events_owner_url:
        prepare_log(settings.events_url, settings.events_owner_url)


def _run(name: str, build: Callable[[Context[S]], Service], settings: S, stop: threading.Event) -> None:
    roles = frozenset(settings.roles)
    database = Database(settings.database_url, application_name=f"chorus-{name}")
    events = open_log(settings.events_url, prefix=settings.events_prefix)
    service = build(Context(settings, database, events, roles))
    crew = Crew(stop)
    server = _serve(service, settings, database, crew) if "serve" in roles else None
    if "relay" in roles and any(topic.owner == name for topic in TOPICS.values()):
        relay = Relay(database, events, name, as_of_topic=RIGHTS if service.as_of else None)
        crew.add("relay", functools.partial(_after_topics, events, relay.run))
    if "consume" in roles:
        for subscription in service.subscriptions:
            run = functools.partial(consume, name, subscription, database, events, _stuck)
            crew.add(f"consume-{subscription.name}", functools.partial(_after_topics, events, run))
    checks = {"database": database.ping, **service.checks, **_staying(stop)}
    app = application(service.routes, checks, inner=service.app, busy_headers=service.busy_headers)
    http = HttpServer(app, settings.http_listen, at_once=service.at_once)
    http.start()
    log.info("ready", service=name, grpc=server.port if server else None, http=http.port, roles=sorted(roles))
    _wait_and_linger(stop, http, settings.linger)
    _drain(name, server, http, crew)
    service.close()
    database.close()


def _serve(service: Service, settings: ServiceSettings, database: Database, crew: Crew) -> Server:
    for task in service.tasks:
        crew.add(task.name, task.run)
    crew.add("vitals", functools.partial(vitals.watch, database, (*vitals.EVERY_SERVICE, *service.vitals)))
    mounted = [*service.servicers, operations.mounted(database, service.subscriptions)]
    server = Server(mounted, settings.grpc_listen, Signer(settings.secret_key))
    server.start()
    return server


def _after_topics(events: EventLog, run: Callable[[threading.Event], None], stop: threading.Event) -> None:
    events.ensure(TOPICS.values())
    run(stop)


def _staying(stop: threading.Event) -> Mapping[str, Callable[[], None]]:
    """Make the check by which a process that was told to end is not ready any more."""

    def check() -> None:
        if stop.is_set():
            message = "It is ending."
            raise Unavailable(message, reason="ENDING")

    return {"process": check}


def _wait_and_linger(stop: threading.Event, http: HttpServer, seconds: int) -> None:
    """Wait for the signal, then go on serving until those who send have heard that this process is not ready."""
    stop.wait()
    http.part()
    time.sleep(seconds)


def _drain(name: str, server: Server | None, http: HttpServer, crew: Crew) -> None:
    """Finish what was begun: calls first, then requests, then the background threads."""
    log.info("draining", service=name)
    if server:
        server.stop(DRAIN_SECONDS)
    http.stop(DRAIN_SECONDS)
    if late := crew.join(DRAIN_SECONDS):
        log.warning("threads did not end in time", service=name, threads=late)


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _stuck(what: str) -> None:
    """End the process at once: a reader that makes no progress is begun afresh by whoever supervises it."""
    log.critical("no progress, ending the process", reader=what)
    os._exit(EXIT_STUCK)
