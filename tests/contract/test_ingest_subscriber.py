"""Ingest hears every golden event of the topic that it reads, and says its own facts as their golden examples show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict, Parse

from chorus.api.events.v1.brand_pb2 import BrandEvent
from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.ingest.adapters import wire
from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.adapters.subscriber import handle
from chorus.ingest.domain.facts import Captured, Fact, MediaFailed, MediaReady, Signals, Withdrawn
from chorus.ingest.domain.media import Duplicate, Media
from chorus.ingest.domain.post import Account
from chorus.ingest.domain.upload import Consent
from chorus.platform.postgres import Database
from tests.engines.fixtures import MakeDatabase
from tests.serving import database_of
from tests.unit.ingest.samples import NOW, details, sighting, upload_terms

GOLDEN = Path(__file__).parents[1] / "golden"


def brand_event(path: Path) -> BrandEvent:
    return Parse(path.read_text(), BrandEvent())


@pytest.fixture
def database(make_database: MakeDatabase) -> Iterator[Database]:
    database = Database(database_of("ingest", make_database))
    yield database
    database.close()


@pytest.mark.postgres
def test_every_golden_brand_event_is_heard_and_repeats_change_nothing(database: Database) -> None:
    events = [brand_event(path) for path in sorted((GOLDEN / "brand").glob("*.json"))]
    assert events
    with database.transaction() as conn:
        for event in [*events, *events]:
            assert handle(conn, event)
        assert all(PostgresStore(conn).has_brand(event.meta.brand) for event in events)
        assert not PostgresStore(conn).has_brand("never-told")


@pytest.mark.postgres
def test_a_fact_that_this_version_does_not_know_is_left(database: Database) -> None:
    with database.transaction() as conn:
        assert not handle(conn, BrandEvent())


READY = Media("m1", "A lamp", "ready", details("m1"), Duplicate("p0", "near", 9))
CONSENT = Consent(upload_terms(), "c" * 64, NOW, "Noa Example")
UPLOADED = replace(sighting(1), account=Account("upload", "p1", "@noa", "Noa Example"), permalink="", hashtags=())
SAID: list[tuple[str, Fact]] = [
    ("captured", Captured("letter", "feed", sighting(1), (Media("m1", "A lamp"),))),
    ("captured_upload", Captured("share", "upload", UPLOADED, (Media("m1", "A lamp"),), CONSENT)),
    ("media_ready", MediaReady(1, READY)),
    ("media_failed", MediaFailed(1, "m1", "The server answered 403.")),
    ("signals", Signals(("letter", "press"), tagged=True)),
    ("withdrawn", Withdrawn()),
]


def shape(value: object) -> object:
    """Reduce a message to the names of the fields that it has, whatever they say."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(value[0])] if isinstance(value, list) else ""


@pytest.mark.parametrize(("name", "fact"), SAID, ids=[name for name, _ in SAID])
def test_what_ingest_says_has_the_fields_that_the_golden_example_shows(name: str, fact: Fact) -> None:
    golden = Parse((GOLDEN / "post" / f"{name}.json").read_text(), PostEvent())
    example = getattr(golden, str(golden.WhichOneof("fact")))
    assert shape(MessageToDict(wire.fact(fact))) == shape(MessageToDict(example))


def test_every_post_fact_has_a_golden_example() -> None:
    goldens = {Parse(path.read_text(), PostEvent()).WhichOneof("fact") for path in (GOLDEN / "post").glob("*.json")}
    assert goldens == {each.name for each in PostEvent.DESCRIPTOR.oneofs_by_name["fact"].fields}
