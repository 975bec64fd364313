"""Publishing hears every golden event of the topics that it reads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from pathlib import Path

import pytest
from google.protobuf.json_format import Parse
from google.protobuf.message import Message
from psycopg import Connection
from psycopg.errors import LockNotAvailable

from chorus.api.events.v1.brand_pb2 import BrandEvent
from chorus.api.events.v1.placement_pb2 import PLACEMENT_END_REVOKED, PlacementEvent
from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.api.events.v1.rights_pb2 import Revoked, RightsEvent
from chorus.errors import Unavailable
from chorus.platform import topics
from chorus.platform.facts import parse
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.adapters.subscriber import on_post_or_brand, on_posts_and_brands, on_rights
from chorus.publishing.domain.placement import State
from chorus.publishing.domain.post import Post
from tests.contract.publishing_house import PublishingHouse, draw, prepared
from tests.engines.fixtures import MakeDatabase

GOLDEN = Path(__file__).parents[1] / "golden"
KINDS: dict[str, type[Message]] = {
    "brand": BrandEvent,
    "post": PostEvent,
    "review": ReviewEvent,
    "rights": RightsEvent,
    "placement": PlacementEvent,
}
HEARD = sorted(
    f"{topic}/{path.stem}" for topic in KINDS if topic != "placement" for path in (GOLDEN / topic).glob("*.json")
)
MASTODON, UPLOAD = "019a8f3c5e2b7c41a6d0e1f2a3b4c5d6", "019a8f3c6a117d02b9c3d4e5f6a7b8c9"

pytestmark = pytest.mark.postgres


def golden(name: str) -> Message:
    """Read an example as the kind of its topic."""
    return Parse((GOLDEN / f"{name}.json").read_text(), KINDS[name.split("/", maxsplit=1)[0]]())


@pytest.fixture
def house(make_database: MakeDatabase, tmp_path: Path) -> Iterator[PublishingHouse]:
    """A service on a database of its own."""
    made = PublishingHouse(make_database("publishing", prepared), tmp_path)
    made.surface()
    yield made
    made.close()


def hear(house: PublishingHouse, event: Message) -> bool:
    """Hear an event as the runtime would, in a transaction of its own."""
    with house.database.transaction() as conn:
        return on_rights(conn, event) if isinstance(event, RightsEvent) else on_post_or_brand(conn, event)


def hear_in_turn(conn: Connection, events: Sequence[Message]) -> list[bool]:
    return [on_post_or_brand(conn, event) for event in events]


@pytest.fixture(params=[hear_in_turn, on_posts_and_brands])
def hear_together(house: PublishingHouse, request: pytest.FixtureRequest) -> Callable[..., None]:
    """Hear events in one transaction, which gives up at last."""

    def hear(*events: Message) -> None:
        with house.database.transaction() as conn:
            conn.execute("SET LOCAL statement_timeout = '20s'")
            assert request.param(conn, events) == [True] * len(events)

    return hear


def post_of(house: PublishingHouse, post: str) -> Post:
    with house.database.transaction() as conn:
        return PostgresStore(conn).post("lumen", post)


@pytest.mark.parametrize("name", HEARD)
def test_a_golden_event_is_heard_also_before_anything_else_of_its_post(house: PublishingHouse, name: str) -> None:
    assert hear(house, golden(name))


@pytest.mark.parametrize("kind", [PostEvent, ReviewEvent, RightsEvent, BrandEvent])
def test_an_event_without_a_known_fact_is_skipped(house: PublishingHouse, kind: type[Message]) -> None:
    assert not hear(house, kind())


def test_whoever_holds_one_post_does_not_wait_for_another_that_is_held(
    house: PublishingHouse, hear_together: Callable[..., None]
) -> None:
    with house.database.transaction() as other:
        PostgresStore(other).lock("lumen", UPLOAD)
        with pytest.raises(Unavailable) as passing:
            hear_together(golden("post/captured"), golden("post/captured_upload"))
    assert isinstance(passing.value.__cause__, LockNotAvailable)
    assert not post_of(house, MASTODON).captured, "all of it is taken in again"


def test_the_first_fact_of_a_transaction_waits_for_its_post(house: PublishingHouse) -> None:
    heard = threading.Thread(target=hear, args=[house, golden("post/captured")])
    with house.database.transaction() as other:
        PostgresStore(other).lock("lumen", MASTODON)
        heard.start()
        heard.join(0.5)
        assert heard.is_alive()
    heard.join(60.0)
    assert post_of(house, MASTODON).captured


def test_a_story_heard_together_is_the_one_heard_in_turn(
    house: PublishingHouse, hear_together: Callable[..., None]
) -> None:
    names = ("post/captured", "post/edited", "post/captured_upload", "review/decided", "brand/changed")
    hear_together(*(golden(name) for name in names))
    found = post_of(house, MASTODON)
    assert (found.captured, len(found.revisions), found.approved is not None) == (True, 2, True)
    assert post_of(house, UPLOAD).captured
    hear_together(golden("post/captured"), golden("post/signals"))
    again = post_of(house, MASTODON)
    assert again.sources != found.sources, "the signals were heard"
    assert again.revisions == found.revisions, "a second capture changes nothing"


def test_the_whole_story_of_a_post_is_in_the_projection(house: PublishingHouse) -> None:
    for name in ("captured", "media_ready", "media_failed", "signals", "edited"):
        hear(house, golden(f"post/{name}"))
    for name in ("decided", "annotated", "collected"):
        hear(house, golden(f"review/{name}"))
    found = post_of(house, MASTODON)
    assert [each.number for each in found.revisions] == [1, 2]
    assert found.approved is not None
    assert found.approved.number == 1
    assert found.collections == {"autumn": 1.0}
    captured = golden("post/captured")
    assert isinstance(captured, PostEvent)
    assert found.platform == captured.captured.platform
    assert found.revisions[0].account.name == "Mira Example"
    assert found.revisions[0].permalink == captured.captured.permalink
    ready = found.media[found.revisions[0].media[0]]
    assert [(each.size, each.content_type) for each in ready.renditions][:2] == [
        (1080, "image/webp"),
        (1080, "image/jpeg"),
    ]
    assert ready.thumb_hash == "PwgKDQCHh4CHd4CAh3eHiAg="
    assert found.trace_links[0].startswith("00-4bf92f")
    hear(house, golden("review/undone"))
    hear(house, golden("post/withdrawn"))
    assert post_of(house, MASTODON).withdrawn is not None


def uploaded(house: PublishingHouse) -> None:
    """Have an upload captured, approved and granted, as its golden events say, for a time that is now."""
    for name in ("captured_upload", "media_ready_upload"):
        event = golden(f"post/{name}")
        hear(house, event)
    for media in post_of(house, UPLOAD).media.values():
        for each in media.renditions:
            kind = "JPEG" if each.content_type == "image/jpeg" else "WEBP"
            house.private.put(each.object_key, draw("#335577", kind, each.size), each.content_type)
    decided = golden("review/decided")
    assert isinstance(decided, ReviewEvent)
    decided.meta.post = UPLOAD
    hear(house, decided)
    granted = golden("rights/granted_upload")
    assert isinstance(granted, RightsEvent)
    granted.granted.ClearField("valid_until")
    granted.granted.valid_from.FromSeconds(0)
    hear(house, granted)


def test_an_upload_is_placed_and_a_revocation_takes_it_off(house: PublishingHouse) -> None:
    uploaded(house)
    house.work()
    assert house.states() == [State.LIVE]
    grant = golden("rights/granted_upload")
    assert isinstance(grant, RightsEvent)
    revoked = RightsEvent(meta=grant.meta, revoked=Revoked(grant=grant.granted.grant))
    hear(house, revoked)
    house.work()
    assert house.states() == [State.WITHDRAWN]
    placed, withdrawn = said(house)
    assert (placed.placed.grant, placed.placed.revision) == (grant.granted.grant, 1)
    assert withdrawn.withdrawn.reason == PLACEMENT_END_REVOKED
    assert [each.meta.seq for each in (placed, withdrawn)] == [1, 2]
    assert placed.meta.trace_links, "the placement is tied to what led to it"
    with house.database.transaction() as conn:
        (takedown,) = PostgresStore(conn).takedowns_of("lumen", UPLOAD, "", 2)
    assert takedown.decided_at == grant.meta.occurred_at.ToDatetime(UTC), "by rights' own word"


def test_what_a_brand_attests_is_placed_as_that(house: PublishingHouse) -> None:
    granted = golden("rights/granted_attested")
    assert isinstance(granted, RightsEvent)
    hear(house, granted)
    with house.database.transaction() as conn:
        [heard] = PostgresStore(conn).grants("lumen", granted.meta.post)
    assert (heard.grant, heard.attested, heard.credit) == (granted.granted.grant, True, "Mira Example")


def test_what_publishing_says_looks_like_its_golden_examples(house: PublishingHouse) -> None:
    uploaded(house)
    house.work()
    (placed,) = said(house)
    example = golden("placement/placed")
    assert isinstance(example, PlacementEvent)
    for event in (placed, example):
        names = [field.name for field, _ in event.placed.ListFields()]
        assert names == ["placement", "surface", "revision", "grant"]


def said(house: PublishingHouse) -> list[PlacementEvent]:
    """Read the outbox."""
    with house.database.transaction() as conn:
        rows = conn.execute("SELECT topic, payload FROM outbox ORDER BY id").fetchall()
    assert {topic for topic, _ in rows} <= {topics.PLACEMENT.name}
    events = [parse(topic, payload) for topic, payload in rows]
    return [event for event in events if isinstance(event, PlacementEvent)]


def test_a_brand_is_named_in_what_is_stamped(house: PublishingHouse) -> None:
    hear(house, golden("brand/created"))
    hear(house, golden("brand/changed"))
    uploaded(house)
    house.work()
    with house.database.transaction() as conn:
        name = PostgresStore(conn).brand("lumen").display_name
    assert all(f"Shown by {name}".encode() in house.public.get(key).data for key in house.lying_public())
