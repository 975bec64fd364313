"""One running house per profile and per run; each test has a brand of its own in it.

A file that needs one profile only says so: `pytestmark = on("embedded")`.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from chorus.local.servers import serve
from tests.engines.kafka import Kafka
from tests.engines.objects import ObjectServer
from tests.engines.postgres import Postgres
from tests.house.collector import Collector, collecting
from tests.house.story import Story
from tests.receiver import Receiver
from tests.serving import KEYS, SERVING

PROFILES = {
    "embedded": pytest.param("embedded", marks=pytest.mark.postgres),
    "kafka-s3": pytest.param("kafka-s3", marks=[pytest.mark.postgres, pytest.mark.kafka, pytest.mark.s3]),
}


def on(profile: str) -> pytest.MarkDecorator:
    """Run a test, or a whole file, on one profile alone."""
    return pytest.mark.parametrize("house", [PROFILES[profile]], indirect=True)


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


class Magazine(FeedSite):
    """A site that can begin anew, since every house may fetch from its address alone."""

    def begin_anew(self) -> None:
        """Forget every article."""
        self._articles.clear()
        self._deleted.clear()


@pytest.fixture(scope="session")
def magazine() -> Iterator[Magazine]:
    with serve(Magazine("Pictures for tests")) as magazine:
        yield magazine


@pytest.fixture
def site(magazine: Magazine) -> FeedSite:
    """The site with this test's own articles: a feed of everybody's would fill queues."""
    magazine.begin_anew()
    return magazine


@pytest.fixture(scope="session")
def web_team() -> Iterator[Receiver]:
    """A server to which every house may send webhooks; each test has a path of its own there."""
    with Receiver() as receiver:
        yield receiver


MakeHouse = Callable[..., House]


@pytest.fixture(scope="session")
def make_folder() -> Iterator[Callable[[], Path]]:
    """Make folders that every user may enter, as PostgreSQL's own user must; what pytest makes is closed to others."""
    with tempfile.TemporaryDirectory(prefix="chorus-houses-", ignore_cleanup_errors=True) as top:
        Path(top).chmod(0o711)
        count = itertools.count(1)

        def make() -> Path:
            folder = Path(top) / str(next(count))
            folder.mkdir(mode=0o755)
            return folder

        yield make


@pytest.fixture(scope="session")
def make_house(
    request: pytest.FixtureRequest,
    make_folder: Callable[[], Path],
    collector: Collector,
    magazine: Magazine,
    web_team: Receiver,
) -> MakeHouse:
    """Make a house of a profile, not started yet, with more in its environment than every test's house has."""

    def make(profile: str, *, kind: type[House] = House, **more: str) -> House:
        external = _external(request) if profile == "kafka-s3" else {}
        return kind(make_folder(), 0, environ=_environment(collector, magazine, web_team) | external | more)

    return make


@pytest.fixture(scope="session")
def open_house(make_house: MakeHouse) -> Iterator[Callable[[str], House]]:
    """Open the house of a profile, the first time that it is asked for."""
    houses: dict[str, House] = {}
    with ExitStack() as stack:

        def open_(profile: str) -> House:
            if profile not in houses:
                houses[profile] = stack.enter_context(make_house(profile))
            return houses[profile]

        yield open_


@pytest.fixture(params=PROFILES.values())
def house(request: pytest.FixtureRequest, open_house: Callable[[str], House]) -> House:
    """The running house, on each profile."""
    return open_house(request.param)


@pytest.fixture
def story(house: House, site: FeedSite) -> Story:
    """A brand of this test's own."""
    return Story(house, site)


def _environment(collector: Collector, magazine: Magazine, web_team: Receiver) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CHORUS_", "OTEL_"))}
    return kept | {
        "CHORUS_SECRET_KEY": KEYS[0],
        "CHORUS_FETCH_ALLOW": f"{magazine.address.removeprefix('http://')},{web_team.host_port}",
        "CHORUS_UPLOAD_RATE": "1000/minute",
        "CHORUS_SIGN_IN_RATE": "10000/minute",
        "CHORUS_CREATOR_RATE": "10000/minute",
        "CHORUS_CLAIM_RATE": "10000/minute",
        "CHORUS_GONE_GAP": "1",
        "CHORUS_LOG_LEVEL": "DEBUG",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }


def _external(request: pytest.FixtureRequest) -> dict[str, str]:
    postgres: Postgres = request.getfixturevalue("postgres_server")
    kafka: Kafka = request.getfixturevalue("kafka_broker")
    objects: ObjectServer = request.getfixturevalue("object_server")
    database = postgres.make_database("house").rpartition("/")[2]
    return {
        "CHORUS_DATABASE_URL": postgres.url(database, SERVING),
        "CHORUS_DATABASE_OWNER_URL": postgres.url(database),
        "CHORUS_EVENTS_URL": kafka.url,
        "CHORUS_EVENTS_PREFIX": f"house{uuid.uuid4().hex[:8]}.",
        "CHORUS_MEDIA_URL": objects.make_bucket(),
        "CHORUS_PUBLIC_MEDIA_URL": objects.make_bucket(),
        "CHORUS_JOURNAL_URL": objects.make_bucket(),
    }
