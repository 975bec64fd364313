"""Endpoints and deliveries in protobuf."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from google.protobuf.message import Message

from chorus.api.publishing.v1 import publishing_pb2 as pb
from chorus.errors import Invalid
from chorus.platform.facts import moment, timestamp
from chorus.publishing.domain.delivery import Delivery, DeliveryState
from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.handlers.endpoints import EndpointChange

_STATES: dict[int, DeliveryState] = {
    int(pb.DeliveryState.Value(f"DELIVERY_STATE_{state.name}")): state for state in DeliveryState
}


def endpoint(found: Endpoint, counts: tuple[int, int] = (0, 0)) -> pb.Endpoint:
    """Write an endpoint, with how many deliveries wait and how many were given up; never its secrets."""
    message = pb.Endpoint(
        brand=found.brand,
        endpoint=found.endpoint,
        title=found.title,
        url=found.url,
        surface=found.surface,
        state=_state(found),
        disabled_reason=found.disabled or "",
        last_error=found.last_error,
        waiting=counts[0],
        failed=counts[1],
    )
    _set(message, failing_since=found.failing_since, old_secret_until=found.old_until, created_at=found.created_at)
    return message


def delivery(found: Delivery) -> pb.Delivery:
    """Write a delivery."""
    message = pb.Delivery(
        delivery=found.delivery,
        endpoint=found.endpoint,
        type=found.type,
        surface=found.surface,
        placement=found.placement,
        post=found.post,
        reason=found.reason,
        state=pb.DeliveryState.Value(f"DELIVERY_STATE_{found.state.name}"),
        attempts=found.attempts,
        status=found.status,
        latency_milliseconds=round(found.seconds * 1000),
        last_error=found.last_error,
    )
    waits = found.state is DeliveryState.WAITING
    _set(message, occurred_at=found.at, tried_at=found.tried_at, next_try_at=found.next_try_at if waits else None)
    return message


def change(request: pb.UpdateEndpointRequest) -> EndpointChange:
    """Read what is to be changed."""
    return EndpointChange(
        url=request.url.strip() if request.HasField("url") else None,
        surface=request.surface if request.HasField("surface") else None,
        title=request.title.strip() if request.HasField("title") else None,
        enabled=request.enabled if request.HasField("enabled") else None,
    )


def since(request: pb.ReplayDeliveriesRequest) -> datetime | None:
    """Read since when to send again. Raises `Invalid` for a moment that no calendar has."""
    return moment(request.since, "since") if request.HasField("since") else None


def delivery_states(asked: Sequence[int]) -> list[DeliveryState]:
    """Read the states to list. Raises `Invalid` for one that there is not."""
    if any(each not in _STATES for each in asked):
        message = "There is no such state of a delivery."
        raise Invalid(message, fields={"states": message})
    return [_STATES[each] for each in asked] or list(DeliveryState)


def _state(found: Endpoint) -> pb.EndpointState.ValueType:
    if found.disabled:
        return pb.ENDPOINT_STATE_DISABLED
    return pb.ENDPOINT_STATE_FAILING if found.failures else pb.ENDPOINT_STATE_WORKING


def _set(message: Message, **moments: datetime | None) -> None:
    for field, at in moments.items():
        if at is not None:
            getattr(message, field).CopyFrom(timestamp(at))
