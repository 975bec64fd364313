"""Ties the engines to a pytest run: which test needs which, when each starts, what the summary says of them."""

from __future__ import annotations

import os
import signal
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from tests.engines.chromium import Chromium
from tests.engines.kafka import Kafka
from tests.engines.objects import ObjectServer
from tests.engines.postgres import Postgres
from tests.engines.process import CEILING, EngineError, Nursery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# In the order of how long each takes to be ready: tests run in the same order, so that the first ones need no wait.
KINDS: dict[str, type[Engine]] = {"postgres": Postgres, "s3": ObjectServer, "kafka": Kafka, "browser": Chromium}
LEFT_OUT_WHEN_EMBEDDED = ("s3", "kafka", "browser")
_NEEDED_BY_FIXTURE = {
    "postgres_server": "postgres",
    "object_server": "s3",
    "kafka_broker": "kafka",
    "browser": "browser",
}
# Maven may have to fetch Kafka's jars first; still within the time that pytest gives a test.
_START_CEILING = 1.9 * CEILING

_E = TypeVar("_E", bound="Engine")


class Engine(Protocol):
    """What every engine can do."""

    def __init__(self, nursery: Nursery) -> None: ...

    @property
    def name(self) -> str:
        """The engine's name."""

    @property
    def version(self) -> str:
        """Its version and where it was found; asked once it runs."""

    def prepare(self) -> None:
        """Fetch what is missing and start; return when it answers, raise EngineError saying what to do."""


class Engines:
    """The engines of one run, each begun at most once, in a thread of its own."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._nursery = Nursery(say)
        self._threads = ThreadPoolExecutor(max_workers=len(KINDS), thread_name_prefix="engine")
        self._begun: dict[str, Future[Engine]] = {}
        self._versions: dict[str, str] = {}
        self.left_out: list[pytest.Item] = []

    def begin(self, kind: str) -> None:
        """Let an engine become ready beside the tests; Chromium waits for `get`, since it is tied to its thread."""
        if kind not in self._begun and kind != "browser":
            self._begun[kind] = self._threads.submit(self._prepare, kind)

    def get(self, kind: str, engine: type[_E]) -> _E:
        """Return the engine, ready; raise EngineError if it cannot be had."""
        self.begin(kind)
        if kind not in self._begun:
            self._begun[kind] = _in_this_thread(lambda: self._prepare(kind))
        ready = self._begun[kind].result(timeout=_START_CEILING)
        assert isinstance(ready, engine)
        return ready

    def _prepare(self, kind: str) -> Engine:
        engine = KINDS[kind](self._nursery)
        engine.prepare()
        self._versions[kind] = f"{engine.name} {engine.version}"
        return engine

    def restore(self) -> None:
        """Start again what a test stopped and left stopped."""
        for begun in self._begun.values():
            if begun.done() and not begun.exception():
                engine = begun.result()
                if isinstance(engine, Postgres | Kafka | ObjectServer) and not engine.running:
                    engine.start()

    def summary(self) -> Iterable[str]:
        """Return a line for each engine, and for the tests that were left out."""
        for kind in KINDS:
            yield f"{kind:9} {self._state(kind)}"
        if self.left_out:
            files = Counter(item.location[0] for item in self.left_out)
            yield f"left out, as this run has no Kafka, S3 and browser (make test has): {len(self.left_out)} tests"
            yield from (f"  {file} ({count})" for file, count in sorted(files.items()))

    def _state(self, kind: str) -> str:
        begun = self._begun.get(kind)
        if kind in self._versions:
            return self._versions[kind]
        if begun and begun.done() and begun.exception():
            return f"FAILED: {begun.exception()}"
        return "not ready when the run ended" if begun else "not started"

    def close(self) -> None:
        """Stop every engine and remove what it wrote."""
        try:
            self._close_browser()
        finally:
            self._nursery.close()
            self._threads.shutdown(cancel_futures=True)

    def _close_browser(self) -> None:
        begun = self._begun.get("browser")
        if begun and not begun.exception():
            chromium = begun.result()
            assert isinstance(chromium, Chromium)
            chromium.stop()


def _in_this_thread(work: Callable[[], Engine]) -> Future[Engine]:
    done: Future[Engine] = Future()
    try:
        done.set_result(work())
    except Exception as error:  # noqa: BLE001 - kept for every test that asks for the engine
        done.set_exception(error)
    return done


ENGINES = pytest.StashKey[Engines]()


def is_embedded() -> bool:
    """Tell whether this run does without Kafka, S3 and a browser."""
    return os.environ.get("CHORUS_TEST_EMBEDDED") == "1"


def needs(item: pytest.Item) -> list[str]:
    """Name the kinds of engines that a test needs, by its marks."""
    return [kind for kind in KINDS if item.get_closest_marker(kind)]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Let a SIGTERM end the run as Ctrl-C does: with its engines stopped."""
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", returncode=143))
    config.stash[ENGINES] = Engines(lambda text: _say(config, text))


def _say(config: pytest.Config, text: str) -> None:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter:
        reporter.ensure_newline()
        reporter.write_line(text)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with the engines that its fixtures need, and let modules that need none run first."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in _NEEDED_BY_FIXTURE:
                item.add_marker(_NEEDED_BY_FIXTURE[fixture])
    if is_embedded():
        _leave_out(config, items)
    weight: Counter[str] = Counter()
    for item in items:
        weight[item.location[0]] = max(weight[item.location[0]], _weight(item))
    items.sort(key=lambda item: weight[item.location[0]])


def _weight(item: pytest.Item) -> int:
    return max((list(KINDS).index(kind) + 1 for kind in needs(item)), default=0)


def _leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if set(needs(item)) & set(LEFT_OUT_WHEN_EMBEDDED)]
    items[:] = [item for item in items if item not in left_out]
    config.stash[ENGINES].left_out = left_out
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin every engine that a collected test needs."""
    if not session.config.option.collectonly:
        for kind in {kind for item in session.items for kind in needs(item)}:
            session.config.stash[ENGINES].begin(kind)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Leave every engine running for the next test."""
    try:
        item.config.stash[ENGINES].restore()
    except EngineError as error:
        pytest.fail(str(error), pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name each engine and its version, and what was left out."""
    terminalreporter.section("engines")
    for line in config.stash[ENGINES].summary():
        terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the engines, however the run ended."""
    config.stash[ENGINES].close()
