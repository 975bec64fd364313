"""Rights hears every golden event of the topics that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from google.protobuf.message import Message

from chorus.api.events.v1 import post_pb2
from chorus.api.events.v1.brand_pb2 import BrandEvent
from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.api.types.v1 import scope_pb2
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


def everything(service: RightsService) -> list[list[tuple[object, ...]]]:
    """Read what was heard and what was decided, but for ids that are made here."""
    tables = ("SELECT * FROM posts", "SELECT * FROM links", "SELECT * FROM brands", "SELECT post, scope FROM grants")
    with service.database.transaction() as conn:
        return [sorted(conn.execute(each).fetchall(), key=str) for each in tables]


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


def test_facts_heard_together_leave_what_they_leave_in_turn(
    service: RightsService, make_database: MakeDatabase
) -> None:
    """New posts, one with consent, one withdrawn before its capture comes, one captured again with other words."""
    names = ("captured", "captured_upload", "edited", "media_ready", "media_ready_upload")
    said = [golden(PostEvent, f"post/{name}") for name in names]
    withdrawn, late = golden(PostEvent, "post/withdrawn"), golden(PostEvent, "post/captured")
    once, again = golden(PostEvent, "post/captured"), golden(PostEvent, "post/captured")
    for event, post in ((withdrawn, "gone"), (late, "gone"), (once, "twice"), (again, "twice")):
        cast("PostEvent", event).meta.post = post
    cast("PostEvent", withdrawn).withdrawn.reason = post_pb2.WITHDRAWN_REASON_ERASED
    cast("PostEvent", once).meta.trace_links[:] = ["trace-1"]
    cast("PostEvent", again).captured.text = "Other words"
    said += [withdrawn, late, once, again, golden(ReviewEvent, "review/decided"), golden(BrandEvent, "brand/changed")]
    assert all(service.hear(event) for event in said)
    with rights_service(make_database("rights", prepare)) as other:
        with other.database.transaction() as conn:
            assert other.subscriber.handle_all(conn, [*said, PostEvent()]) == [True] * len(said) + [False]
        assert everything(other) == everything(service)


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


@pytest.mark.parametrize(
    ("days", "version", "use"), [(10_000_000, 2, 1), (-1, 2, 1), (365, 0, 1), (365, 2, 0), (365, 2, 99)]
)
def test_consent_that_cannot_be_is_no_fault_and_no_grant(
    service: RightsService, days: int, version: int, use: int
) -> None:
    """One upload page's settings must not stop what is said of any other post."""
    event = cast("PostEvent", golden(PostEvent, "post/captured_upload"))
    consent = event.captured.consent
    consent.days, consent.terms.version = days, version
    consent.scope.uses[:] = [cast("scope_pb2.Use.ValueType", use)]
    consent.surfaces[0].scope.uses[:] = [cast("scope_pb2.Use.ValueType", use)]
    assert service.hear(event)
    hear(service, "post/media_ready_upload")
    assert service.told() == []
    assert dossier_of(service, UPLOADED).grants == ()
    hear(service, "post/captured", "post/media_ready")
    assert dossier_of(service, golden(PostEvent, "post/captured")).post.known


def test_withdrawing_an_upload_revokes_its_grant(service: RightsService) -> None:
    """Told at once, and once."""
    hear(service, "post/captured_upload", "post/media_ready_upload")
    gone = golden(PostEvent, "post/withdrawn")
    assert isinstance(gone, PostEvent)
    assert isinstance(UPLOADED, PostEvent)
    gone.meta.post = UPLOADED.meta.post
    service.hear(gone)
    service.hear(gone)
    granted, revoked = service.told()
    assert revoked.revoked.grant == granted.granted.grant
