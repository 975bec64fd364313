"""Take-downs in protobuf."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from chorus.api.publishing.v1 import publishing_pb2 as pb
from chorus.api.types.v1 import scope_pb2
from chorus.platform.facts import timestamp
from chorus.publishing.adapters.takedowns_store import Certificate
from chorus.publishing.domain.takedown import Consumer, Place, Takedown


def takedown(found: Takedown, issued: Iterable[Certificate], bound: timedelta) -> pb.Takedown:
    """Write a take-down with those of the certificates that are its own."""
    return pb.Takedown(
        takedown=found.takedown,
        brand=found.brand,
        post=found.post,
        cause=found.cause,
        state=_state(found),
        decided_at=_stamp(found.decided_at),
        ended_at=timestamp(found.ended_at),
        due_at=timestamp(found.began_at + bound),
        surfaces=[_surface(each) for each in found.places],
        consumers=[_consumer(each) for each in found.consumers],
        certificates=[_certificate(each) for each in issued if each.takedown == found.takedown],
    )


def _state(found: Takedown) -> pb.TakedownState.ValueType:
    if not found.issues:
        return pb.TAKEDOWN_STATE_RUNNING
    if found.settled:
        return pb.TAKEDOWN_STATE_COMPLETE if found.complete else pb.TAKEDOWN_STATE_GIVEN_UP
    return pb.TAKEDOWN_STATE_UNCONFIRMED


def _surface(place: Place) -> pb.TakedownSurface:
    return pb.TakedownSurface(
        placement=place.placement,
        surface=place.surface,
        title=place.title,
        address=place.address,
        shown_from=timestamp(place.shown_from),
        shown_until=timestamp(place.shown_until),
        confirmed_at=_stamp(place.confirmed_at),
        not_recallable=[scope_pb2.Use.Value(f"USE_{each.name}") for each in place.not_recallable],
    )


def _consumer(consumer: Consumer) -> pb.TakedownConsumer:
    return pb.TakedownConsumer(
        endpoint=consumer.endpoint,
        title=consumer.title,
        host=consumer.host,
        confirmed_at=_stamp(consumer.confirmed_at),
    )


def _certificate(issued: Certificate) -> pb.Certificate:
    return pb.Certificate(
        number=issued.number,
        issued_at=timestamp(issued.issued_at),
        complete=issued.complete,
        document=issued.document,
    )


def _stamp(at: datetime | None) -> Timestamp | None:
    return None if at is None else timestamp(at)
