"""The part of publishing's rpcs that is about endpoints and what is sent to them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from chorus.api.publishing.v1 import publishing_pb2 as pb
from chorus.api.publishing.v1.publishing_pb2_grpc import PublishingServicer as Base
from chorus.errors import Invalid
from chorus.platform import paging
from chorus.platform.fetch import FetchRefused
from chorus.platform.idempotency import Command, once
from chorus.platform.ids import new_id
from chorus.platform.postgres import Database
from chorus.platform.secrets import Vault, new_signing_secret
from chorus.publishing.adapters import endpoint_messages as messages
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.handlers import endpoints

Context = grpc.ServicerContext
M = TypeVar("M", bound=Message)
CheckUrl = Callable[[str], None]


def now() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


class EndpointServicer(Base):
    """Each rpc is one transaction; what it promises stands in publishing.proto."""

    def __init__(self, database: Database, vault: Vault, check_url: CheckUrl) -> None:
        """Serve from this database.

        Secrets are sealed by `vault`, also in the answer that a repeated request gets again; `check_url` refuses
        (`FetchRefused`) what is never sent to.
        """
        self._database = database
        self._vault = vault
        self._check_url = check_url

    def CreateEndpoint(self, request: pb.CreateEndpointRequest, context: Context) -> pb.CreateEndpointResponse:
        def create(store: PostgresStore) -> pb.CreateEndpointResponse:
            url, sealed = request.url.strip(), self._vault.encrypt(new_signing_secret())
            asked = Endpoint(new_id(), request.brand, request.surface, url, request.title.strip(), sealed, now())
            self._check(url)
            return pb.CreateEndpointResponse(endpoint=messages.endpoint(endpoints.create(store, asked)), secret=sealed)

        answer = self._once("CreateEndpoint", request, pb.CreateEndpointResponse, create)
        answer.secret = self._vault.decrypt(answer.secret)
        return answer

    def ListEndpoints(self, request: pb.ListEndpointsRequest, context: Context) -> pb.ListEndpointsResponse:
        size = paging.size(request.page_size)
        (after,) = paging.decode(request.page_token, str) or ("",)
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            found = store.endpoints(request.brand, str(after), size + 1)
            counts = store.delivery_counts(request.brand)
        token = paging.encode(found[size - 1].endpoint) if len(found) > size else ""
        listed = [messages.endpoint(each, counts.get(each.endpoint, (0, 0))) for each in found[:size]]
        return pb.ListEndpointsResponse(endpoints=listed, next_page_token=token)

    def UpdateEndpoint(self, request: pb.UpdateEndpointRequest, context: Context) -> pb.Endpoint:
        def update(store: PostgresStore) -> pb.Endpoint:
            change = messages.change(request)
            if change.url is not None:
                self._check(change.url)
            return self._told(store, endpoints.update(store, request.brand, request.endpoint, change, now=now()))

        return self._once("UpdateEndpoint", request, pb.Endpoint, update)

    def DeleteEndpoint(self, request: pb.DeleteEndpointRequest, context: Context) -> pb.DeleteEndpointResponse:
        def delete(store: PostgresStore) -> pb.DeleteEndpointResponse:
            endpoints.remove(store, request.brand, request.endpoint)
            return pb.DeleteEndpointResponse()

        return self._once("DeleteEndpoint", request, pb.DeleteEndpointResponse, delete)

    def RotateEndpointSecret(
        self, request: pb.RotateEndpointSecretRequest, context: Context
    ) -> pb.RotateEndpointSecretResponse:
        def rotate(store: PostgresStore) -> pb.RotateEndpointSecretResponse:
            sealed = self._vault.encrypt(new_signing_secret())
            found = endpoints.rotate(store, request.brand, request.endpoint, sealed, at_once=request.at_once, now=now())
            return pb.RotateEndpointSecretResponse(endpoint=self._told(store, found), secret=sealed)

        answer = self._once("RotateEndpointSecret", request, pb.RotateEndpointSecretResponse, rotate)
        answer.secret = self._vault.decrypt(answer.secret)
        return answer

    def SendTestEvent(self, request: pb.SendTestEventRequest, context: Context) -> pb.Delivery:
        def send(store: PostgresStore) -> pb.Delivery:
            return messages.delivery(endpoints.send_test(store, request.brand, request.endpoint, now=now()))

        return self._once("SendTestEvent", request, pb.Delivery, send)

    def ListDeliveries(self, request: pb.ListDeliveriesRequest, context: Context) -> pb.ListDeliveriesResponse:
        size, states = paging.size(request.page_size), messages.delivery_states(request.states)
        (before,) = paging.decode(request.page_token, int) or (None,)
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            of = store.endpoint(request.brand, request.endpoint).endpoint
            found = store.deliveries(of, states, None if before is None else int(before), size + 1)
        token = paging.encode(found[size - 1].n) if len(found) > size else ""
        listed = [messages.delivery(each) for each in found[:size]]
        return pb.ListDeliveriesResponse(deliveries=listed, next_page_token=token)

    def ReplayDeliveries(self, request: pb.ReplayDeliveriesRequest, context: Context) -> pb.ReplayDeliveriesResponse:
        def replay(store: PostgresStore) -> pb.ReplayDeliveriesResponse:
            since = messages.since(request)
            count = endpoints.replay(
                store, request.brand, request.endpoint, delivery=request.delivery, since=since, now=now()
            )
            return pb.ReplayDeliveriesResponse(deliveries=count)

        return self._once("ReplayDeliveries", request, pb.ReplayDeliveriesResponse, replay)

    def _told(self, store: PostgresStore, found: Endpoint) -> pb.Endpoint:
        return messages.endpoint(found, store.delivery_counts(found.brand).get(found.endpoint, (0, 0)))

    def _check(self, url: str) -> None:
        try:
            self._check_url(url)
        except FetchRefused as error:
            raise Invalid(error.message, fields={"url": error.message}, reason=error.reason) from error

    def _once(self, rpc: str, request: Command, response: type[M], act: Callable[[PostgresStore], M]) -> M:
        with self._database.transaction() as conn:
            return once(conn, rpc, request, response, lambda: act(PostgresStore(conn)))
