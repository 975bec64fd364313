"""What an operator may see and mend of a service: its parked facts, over gRPC, in every service the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import grpc
from psycopg import Connection

from chorus.api.operations.v1 import operations_pb2 as pb
from chorus.api.operations.v1.operations_pb2_grpc import OperationsServicer as Base
from chorus.api.operations.v1.operations_pb2_grpc import add_OperationsServicer_to_server
from chorus.errors import ChorusError, Conflict, Invalid
from chorus.platform import paging, parking
from chorus.platform.events import Record
from chorus.platform.facts import timestamp
from chorus.platform.parking import Parked
from chorus.platform.postgres import Database
from chorus.platform.reading import Subscription, handler
from chorus.platform.rpc import Mounted, principal


def mounted(database: Database, subscriptions: Sequence[Subscription]) -> Mounted:
    """Make the servicer of a service with these subscriptions ready to be put on a server."""
    descriptor = pb.DESCRIPTOR.services_by_name["Operations"]
    return Mounted(add_OperationsServicer_to_server, OperationsServicer(database, subscriptions), descriptor)


class OperationsServicer(Base):
    """What each rpc promises stands in operations.proto."""

    def __init__(self, database: Database, subscriptions: Sequence[Subscription]) -> None:
        """Mend facts of these subscriptions."""
        self._database = database
        self._names = {topic.name: each.name for each in subscriptions for topic in each.topics}
        self._handlers: Mapping[str, Callable[[Connection, Record], bool]] = {
            topic.name: handler(each) for each in subscriptions for topic in each.topics
        }

    def ListParked(self, request: pb.ListParkedRequest, context: grpc.ServicerContext) -> pb.ListParkedResponse:
        """Answer a page of parked facts."""
        size = paging.size(request.page_size)
        (after,) = paging.decode(request.page_token, int) or (0,)
        with self._database.transaction() as conn:
            found = parking.list_parked(conn, after=int(after), limit=size + 1)
        token = paging.encode(found[size - 1].id) if len(found) > size else ""
        return pb.ListParkedResponse(facts=map(self._fact, found[:size]), next_page_token=token)

    def ReplayParked(self, request: pb.ReplayParkedRequest, context: grpc.ServicerContext) -> pb.ReplayParkedResponse:
        """Apply a parked fact and those behind it."""
        try:
            applied = parking.replay(self._database, request.parked, self._handle, who=principal().name)
        except ChorusError:
            raise
        except Exception as error:
            message = f"It still cannot be applied: {type(error).__name__}: {error}"
            raise Conflict(message, reason="STILL_POISON") from error
        return pb.ReplayParkedResponse(applied=applied)

    def DiscardParked(
        self, request: pb.DiscardParkedRequest, context: grpc.ServicerContext
    ) -> pb.DiscardParkedResponse:
        """Give a parked fact up."""
        if not request.why.strip():
            message = "Say why it is given up."
            raise Invalid(message, fields={"why": message})
        with self._database.transaction() as conn:
            parking.discard(conn, request.parked, principal().name, request.why)
        return pb.DiscardParkedResponse()

    def _handle(self, conn: Connection, record: Record) -> bool:
        return self._handlers[record.topic](conn, record)

    def _fact(self, parked: Parked) -> pb.ParkedFact:
        return pb.ParkedFact(
            parked=parked.id,
            topic=parked.topic,
            partition=parked.partition,
            offset=parked.offset,
            key=parked.key,
            fact=parked.headers.get("ce_type", ""),
            reason=parked.reason,
            parked_at=timestamp(parked.parked_at),
            subscription=self._names.get(parked.topic, ""),
        )
