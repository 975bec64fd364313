"""Endpoints over gRPC: an admin subscribes, looks, rotates and replays; nobody reads a secret twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chorus.api.publishing.v1 import publishing_pb2 as pb
from chorus.api.publishing.v1.publishing_pb2_grpc import PublishingStub
from chorus.errors import ChorusError, Conflict, Denied, Invalid, NotFound
from chorus.platform.facts import timestamp
from chorus.platform.fetch import GuardedFetcher
from chorus.platform.secrets import Vault
from chorus.publishing.adapters import servicer
from chorus.publishing.domain.endpoint import MOST_ENDPOINTS
from tests.contract.publishing_house import PublishingHouse, prepared
from tests.contract.telling import PUBLIC_URL, Telling
from tests.engines.fixtures import MakeDatabase
from tests.receiver import Receiver, Said, Verifier
from tests.serving import ADMIN, KEYS, RIGHTS_MANAGER, as_member, refused, served
from tests.unit.publishing.samples import BRAND, POST, SURFACE

pytestmark = pytest.mark.postgres
URL = "https://cms.lumen.example/hooks/chorus"


@dataclass
class Called:
    """A running service, as an admin calls it."""

    house: PublishingHouse
    address: str
    stub: PublishingStub

    def create(self, url: str = URL, **more: object) -> pb.CreateEndpointResponse:
        return self.stub.CreateEndpoint(pb.CreateEndpointRequest(brand=BRAND, url=url, **more))  # type: ignore[arg-type]  # further fields by name

    def listed(self) -> list[pb.Endpoint]:
        return list(self.stub.ListEndpoints(pb.ListEndpointsRequest(brand=BRAND)).endpoints)

    def refused(self, url: str = URL, **more: object) -> ChorusError:
        return refused(lambda: self.create(url, **more))


@pytest.fixture
def service(make_database: MakeDatabase, tmp_path: Path) -> Iterator[Called]:
    house = PublishingHouse(make_database("publishing", prepared), tmp_path)
    house.surface()
    check = GuardedFetcher(frozenset({"127.0.0.1:8080"}), user_agent="test").check
    with (
        served(
            house.database, lambda database: [servicer.mounted(database, PUBLIC_URL, Vault(KEYS), check, 30)]
        ) as address,
        as_member(address, ADMIN) as channel,
        closing(house),
    ):
        yield Called(house, address, PublishingStub(channel))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def test_an_endpoint_is_told_with_its_secret_once_and_again_to_the_same_request(service: Called) -> None:
    made = service.create(surface=SURFACE, title=" CMS ", request_id="one")
    assert made.secret.startswith("whsec_")
    assert service.create(surface=SURFACE, title=" CMS ", request_id="one") == made
    assert service.listed() == [made.endpoint]
    found = made.endpoint
    assert (found.url, found.surface, found.title, found.state) == (URL, SURFACE, "CMS", pb.ENDPOINT_STATE_WORKING)
    with service.house.database.transaction() as conn:
        rows = conn.execute("SELECT endpoints::text FROM endpoints").fetchall()
        rows += [(bytes(row[0]).decode("latin-1"),) for row in conn.execute("SELECT response FROM idempotency")]
    assert len(rows) == 2
    assert not any(made.secret in row[0] for row in rows)


@pytest.mark.parametrize(
    "url",
    [
        "", "http://cms.lumen.example/", "ftp://cms.lumen.example/", "https://cms.lumen.example:8443/", "lumen", "https://",
        "https://ada:secret@cms.lumen.example/", f"https://cms.lumen.example/{'x' * 2000}", "http://127.0.0.1:8081/",
    ],
)  # fmt: skip
def test_what_is_no_address_to_send_to_is_refused(service: Called, url: str) -> None:
    error = service.refused(url)
    assert isinstance(error, Invalid)
    assert error.fields.keys() == {"url"}
    endpoint = service.create().endpoint.endpoint
    update = pb.UpdateEndpointRequest(brand=BRAND, endpoint=endpoint, url=url)
    assert isinstance(refused(lambda: service.stub.UpdateEndpoint(update)), Invalid)
    assert service.listed()[0].url == URL


def test_a_host_that_is_allowed_may_be_sent_to_without_tls(service: Called) -> None:
    assert service.create("http://127.0.0.1:8080/hooks").endpoint.url == "http://127.0.0.1:8080/hooks"


def test_a_surface_that_there_is_not_and_too_many_endpoints_are_refused(service: Called) -> None:
    assert isinstance(service.refused(surface="nowhere"), NotFound)
    title = service.refused(title="x" * 201)
    assert isinstance(title, Invalid)
    assert title.fields.keys() == {"title"}
    for _ in range(MOST_ENDPOINTS):
        service.create()
    error = service.refused()
    assert isinstance(error, Conflict)
    assert error.reason == "TOO_MANY_ENDPOINTS"


def test_an_endpoint_is_changed_field_by_field_disabled_and_deleted(service: Called) -> None:
    endpoint = service.create(title="CMS").endpoint.endpoint
    named: dict[str, Any] = {"brand": BRAND, "endpoint": endpoint}
    changed = service.stub.UpdateEndpoint(pb.UpdateEndpointRequest(**named, surface=SURFACE))
    assert (changed.title, changed.surface, changed.url) == ("CMS", SURFACE, URL)
    disabled = service.stub.UpdateEndpoint(pb.UpdateEndpointRequest(**named, enabled=False))
    assert (disabled.state, disabled.disabled_reason) == (pb.ENDPOINT_STATE_DISABLED, "by-hand")
    service.house.approved(POST)
    service.house.work()
    assert service.listed()[0].waiting == 1
    enabled = service.stub.UpdateEndpoint(pb.UpdateEndpointRequest(**named, enabled=True, surface=""))
    assert (enabled.state, enabled.surface, enabled.waiting) == (pb.ENDPOINT_STATE_WORKING, "", 1)
    service.stub.DeleteEndpoint(pb.DeleteEndpointRequest(**named))
    assert service.listed() == []
    with service.house.database.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM deliveries").fetchone() == (0,)


def test_what_is_not_there_or_is_another_brands_is_not_found(service: Called) -> None:
    theirs = service.create().endpoint.endpoint
    with as_member(service.address, ADMIN, "other") as channel:
        stub = PublishingStub(channel)
        for brand, endpoint, by in ((BRAND, "nothing", service.stub), ("other", theirs, stub)):
            named: dict[str, Any] = {"brand": brand, "endpoint": endpoint}
            for call in (
                lambda: by.UpdateEndpoint(pb.UpdateEndpointRequest(**named, enabled=True)),  # noqa: B023 -- called at once
                lambda: by.DeleteEndpoint(pb.DeleteEndpointRequest(**named)),  # noqa: B023
                lambda: by.RotateEndpointSecret(pb.RotateEndpointSecretRequest(**named)),  # noqa: B023
                lambda: by.SendTestEvent(pb.SendTestEventRequest(**named)),  # noqa: B023
                lambda: by.ListDeliveries(pb.ListDeliveriesRequest(**named)),  # noqa: B023
                lambda: by.ReplayDeliveries(pb.ReplayDeliveriesRequest(**named, delivery="msg_1")),  # noqa: B023
            ):
                assert isinstance(refused(call), NotFound)
        assert list(stub.ListEndpoints(pb.ListEndpointsRequest(brand="other")).endpoints) == []
    assert len(service.listed()) == 1


def test_only_an_admin_sees_endpoints(service: Called) -> None:
    with as_member(service.address, RIGHTS_MANAGER) as channel:
        error = refused(lambda: PublishingStub(channel).ListEndpoints(pb.ListEndpointsRequest(brand=BRAND)))
    assert isinstance(error, Denied)


def test_a_secret_is_rotated_with_an_overlap_or_at_once(service: Called, receiver: Receiver) -> None:
    made = service.create()
    named: dict[str, Any] = {"brand": BRAND, "endpoint": made.endpoint.endpoint}
    request = pb.RotateEndpointSecretRequest(**named, request_id="two")
    rotated = service.stub.RotateEndpointSecret(request)
    assert service.stub.RotateEndpointSecret(request) == rotated
    assert rotated.secret not in {"", made.secret}
    assert rotated.endpoint.HasField("old_secret_until")
    at_once = service.stub.RotateEndpointSecret(pb.RotateEndpointSecretRequest(**named, at_once=True))
    assert not at_once.endpoint.HasField("old_secret_until")
    service.stub.SendTestEvent(pb.SendTestEventRequest(**named))
    telling = Telling(service.house)
    telling.subscribe(receiver.url())
    with service.house.database.transaction() as conn:
        conn.execute("UPDATE endpoints SET url = %s", [receiver.url()])
    telling.send()
    (sent,) = receiver.requests
    believed = [Verifier(secret).signed(sent) for secret in (made.secret, rotated.secret, at_once.secret)]
    assert believed == [False, False, True]


def test_endpoints_and_deliveries_are_listed_page_by_page(service: Called) -> None:
    made = [service.create(title=str(number)).endpoint.endpoint for number in range(3)]
    first = service.stub.ListEndpoints(pb.ListEndpointsRequest(brand=BRAND, page_size=2))
    asked = pb.ListEndpointsRequest(brand=BRAND, page_size=2, page_token=first.next_page_token)
    rest = service.stub.ListEndpoints(asked)
    assert [each.endpoint for each in (*first.endpoints, *rest.endpoints)] == made
    assert rest.next_page_token == ""
    for name in ("one", "two", "three"):
        service.house.approved(name)
        service.house.work()
    listing = pb.ListDeliveriesRequest(brand=BRAND, endpoint=made[0], page_size=2)
    page = service.stub.ListDeliveries(listing)
    listing.page_token = page.next_page_token
    more = service.stub.ListDeliveries(listing)
    assert [each.post for each in (*page.deliveries, *more.deliveries)] == ["three", "two", "one"]
    assert more.next_page_token == ""
    waiting = pb.ListDeliveriesRequest(brand=BRAND, endpoint=made[0], states=[pb.DELIVERY_STATE_DELIVERED])
    assert list(service.stub.ListDeliveries(waiting).deliveries) == []
    for wrong in ({"page_token": "nonsense"}, {"page_size": -1}, {"states": [77]}):
        bad = pb.ListDeliveriesRequest(brand=BRAND, endpoint=made[0], **wrong)
        assert isinstance(refused(lambda bad=bad: service.stub.ListDeliveries(bad)), Invalid)  # type: ignore[misc]


def test_the_log_says_what_became_of_each_delivery_and_it_is_replayed(service: Called, receiver: Receiver) -> None:
    telling = Telling(service.house)
    endpoint, _ = telling.subscribe(receiver.url())
    named: dict[str, Any] = {"brand": BRAND, "endpoint": endpoint.endpoint}
    receiver.answer = lambda _: Said(500)
    begun = datetime.now(UTC)
    service.house.approved(POST)
    service.house.work()
    telling.send()
    (listed,) = service.stub.ListDeliveries(pb.ListDeliveriesRequest(**named)).deliveries
    assert (listed.type, listed.state, listed.attempts) == ("post.placed", pb.DELIVERY_STATE_WAITING, 1)
    assert (listed.status, listed.last_error, listed.post) == (500, "It answered 500.", POST)
    assert listed.HasField("next_try_at")
    assert service.listed()[0].state == pb.ENDPOINT_STATE_FAILING
    receiver.answer = lambda _: Said()
    telling.later(minutes=1)
    (delivered,) = service.stub.ListDeliveries(pb.ListDeliveriesRequest(**named)).deliveries
    assert (delivered.delivery, delivered.state, delivered.attempts) == (
        listed.delivery,
        pb.DELIVERY_STATE_DELIVERED,
        2,
    )
    assert not delivered.HasField("next_try_at")
    again = service.stub.ReplayDeliveries(pb.ReplayDeliveriesRequest(**named, delivery=listed.delivery))
    assert again.deliveries == 1
    telling.send()
    since = service.stub.ReplayDeliveries(pb.ReplayDeliveriesRequest(**named, since=timestamp(begun)))
    assert since.deliveries == 1
    telling.send()
    assert {each.id for each in receiver.requests} == {listed.delivery}
    assert len(receiver.requests) == 4
    for wrong in ({}, {"delivery": listed.delivery, "since": timestamp(begun)}):
        bad = pb.ReplayDeliveriesRequest(**named, **wrong)  # type: ignore[arg-type]
        error = refused(lambda bad=bad: service.stub.ReplayDeliveries(bad))  # type: ignore[misc]
        assert isinstance(error, Invalid)
        assert error.fields.keys() == {"delivery", "since"}
