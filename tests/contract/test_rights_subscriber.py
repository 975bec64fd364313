"""Rights hears every golden event of the topics that it reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.protobuf.message import Message

from chorus.api.events.v1.brand_pb2 import BrandEvent
from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.board import Column, place
from chorus.rights.domain.dossier import Dossier
from tests.engines.fixtures import MakeDatabase
from tests.unit.rights.service import GOLDEN, RightsService, golden, prepare, rights_service

KINDS: dict[str, type[Message]] = {"brand": BrandEvent, "post": PostEvent, "review": ReviewEvent}
ALL = sorted(f"{topic}/{path.stem}" for topic in KINDS for path in (GOLDEN / topic).glob("*.json"))
UPLOADED = golden(PostEvent, "post/captured_upload")

pytestmark = pytest.mark.postgres


@pytest.fixture
def service(make_database: MakeDatabase) -> Iterator[RightsService]:
    """The service on a database of its own."""
    with rights_service(make_database("rights", prepare)) as running:
        yield running


def hear(service: RightsService, *names: str) -> None:
    """Hear golden events, one after the other."""
    for name in names:
        assert service.hear(golden(KINDS[name.split("/")[0]], name))


def dossier_of(service: RightsService, event: Message) -> Dossier:
    """Read the dossier of an event's post."""
    assert isinstance(event, PostEvent)
    with service.database.transaction() as conn:
        return PostgresStore(conn).read(event.meta.brand, [event.meta.post])[0]


@pytest.mark.parametrize("name", ALL)
def test_a_golden_event_is_heard_also_before_anything_else_of_its_post(service: RightsService, name: str) -> None:
    """Topics keep no order between them, and a fact may be replayed alone."""
    hear(service, name)
    hear(service, name)


def test_an_event_without_a_known_fact_is_skipped(service: RightsService) -> None:
    """A newer ingest may say what this version does not know."""
    event = golden(PostEvent, "post/captured")
    event.ClearField("captured")
    assert not service.hear(event)


def test_a_post_is_known_once_it_was_heard_with_what_became_of_its_pictures(service: RightsService) -> None:
    """Words, account and pictures, as its creator will see them."""
    hear(service, "post/captured", "post/media_ready", "review/decided")
    dossier = dossier_of(service, golden(PostEvent, "post/captured"))
    assert dossier.post.account.display_name == "Mira Example"
    assert len(dossier.post.shown.hashes) == 1
    where = place(dossier)
    assert where is not None
    assert where.column is Column.TO_ASK


def test_an_upload_with_consent_is_granted_when_its_picture_is_ready(service: RightsService) -> None:
    """One fact, carrying the hash of the picture and of the terms."""
    hear(service, "post/captured_upload")
    assert service.told() == []
    hear(service, "post/media_ready_upload", "post/media_ready_upload")
    [event] = service.told()
    [grant] = dossier_of(service, UPLOADED).grants
    assert event.granted.grant == grant.grant
    assert (
        list(event.granted.media_sha256)
        == list(grant.media_sha256)
        == list(dossier_of(service, UPLOADED).post.shown.hashes)
    )
    assert event.meta.seq == 1
    assert event.granted.valid_until.ToSeconds() - event.granted.valid_from.ToSeconds() == 365 * 24 * 3600
