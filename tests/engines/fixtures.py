"""What tests ask for: the address of a fresh database or bucket, a topic prefix, a browser, the engines themselves."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from tests.engines.chromium import Chromium
from tests.engines.kafka import Kafka
from tests.engines.objects import ObjectServer
from tests.engines.postgres import Postgres
from tests.engines.process import EngineError
from tests.engines.session import ENGINES, LEFT_OUT_WHEN_EMBEDDED, Engine, is_embedded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

_E = TypeVar("_E", bound=Engine)


class MakeDatabase(Protocol):
    """Creates a fresh database; see Postgres.make_database."""

    def __call__(self, name: str, prepare: Callable[[str], str | None] | None = None) -> str:
        """Return the address of the new database, a copy of the one that `prepare` has migrated."""


def _get(request: pytest.FixtureRequest, kind: str, engine: type[_E]) -> _E:
    if is_embedded() and kind in LEFT_OUT_WHEN_EMBEDDED:
        pytest.fail(f"this run has no {kind}: mark the test (or the parameter) with pytest.mark.{kind}", pytrace=False)
    try:
        return request.config.stash[ENGINES].get(kind, engine)
    except EngineError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Postgres:
    """The PostgreSQL server of this run: `stop`, `kill`, `start`, `restart`, `make_database`."""
    return _get(request, "postgres", Postgres)


@pytest.fixture(scope="session")
def kafka_broker(request: pytest.FixtureRequest) -> Kafka:
    """The Kafka broker of this run: `stop`, `kill`, `start`, `restart`."""
    return _get(request, "kafka", Kafka)


@pytest.fixture(scope="session")
def object_server(request: pytest.FixtureRequest) -> ObjectServer:
    """The S3 server of this run: `stop`, `start`, `restart`, `make_bucket`."""
    return _get(request, "s3", ObjectServer)


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Browser:
    """A running Chromium; open a context of your own and close it."""
    return _get(request, "browser", Chromium).browser


@pytest.fixture
def make_database(postgres_server: Postgres) -> Iterator[MakeDatabase]:
    """A maker of fresh databases, removed after the test."""
    made: list[str] = []

    def make(name: str, prepare: Callable[[str], str | None] | None = None) -> str:
        made.append(postgres_server.make_database(name, prepare))
        return made[-1]

    yield make
    if not postgres_server.running:
        postgres_server.start()
    for url in made:
        postgres_server.drop_database(url)


@pytest.fixture
def postgres_url(make_database: MakeDatabase) -> str:
    """The address of a fresh, empty database."""
    return make_database("test")


@pytest.fixture(scope="session")
def kafka_url(kafka_broker: Kafka) -> str:
    """The broker's address; use a `topic_prefix` of your own in it."""
    return kafka_broker.url


@pytest.fixture
def topic_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """A prefix for topic names that no other test has; its topics are removed after the test."""
    prefix = f"t{uuid.uuid4().hex[:12]}."
    yield prefix
    if request.node.get_closest_marker("kafka"):
        broker = _get(request, "kafka", Kafka)
        if not broker.running:
            broker.start()
        broker.drop_topics(prefix)


@pytest.fixture
def s3_url(object_server: ObjectServer) -> Iterator[str]:
    """The address of a fresh bucket, as CHORUS_MEDIA_URL wants it."""
    url = object_server.make_bucket()
    yield url
    if not object_server.running:
        object_server.start()
    object_server.drop_bucket(url)


@pytest.fixture
def artefacts(request: pytest.FixtureRequest) -> Path:
    """The git-ignored folder for this test's screenshots: tests/artefacts/<test's name>/."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", request.node.name).strip("-")
    folder: Path = request.config.rootpath / "tests" / "artefacts" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
