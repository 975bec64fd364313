"""`chorus webhook`: who is told by signed webhooks what happens on a brand's surfaces."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from chorus.api.publishing.v1 import publishing_pb2 as pb
from chorus.api.publishing.v1.publishing_pb2_grpc import PublishingStub
from chorus.cli.reach import AsJson, BrandId, Data, reach
from chorus.cli.terminal import out, show, table, told_plainly

app = typer.Typer(no_args_is_help=True, help="Endpoints that are told what happens on a brand's surfaces.")
EndpointId = Annotated[str, typer.Argument(help="The endpoint's id, as `chorus webhook list` shows it.")]


def _stub(data: Data) -> PublishingStub:
    return PublishingStub(reach(data).channel("publishing"))


@app.command()
def add(
    brand: BrandId,
    url: Annotated[str, typer.Argument(help="The https address to send to.")],
    data: Data,
    surface: Annotated[str, typer.Option(help="Only what happens on this surface.")] = "",
    title: Annotated[str, typer.Option(help="The name that people see.")] = "",
    json: AsJson = False,
) -> None:
    """Add an endpoint; its secret is printed once."""
    with told_plainly():
        request = pb.CreateEndpointRequest(brand=brand, url=url, surface=surface, title=title)
        show(_stub(data).CreateEndpoint(request), as_json=json)


@app.command("list")
def list_endpoints(brand: BrandId, data: Data, json: AsJson = False) -> None:
    """List a brand's endpoints and how they are."""
    with told_plainly():
        found = _stub(data).ListEndpoints(pb.ListEndpointsRequest(brand=brand, page_size=100)).endpoints
        rows = [
            (each.endpoint, each.url, each.surface or "all", _state(each), each.waiting, each.failed, each.last_error)
            for each in found
        ]
        table(["endpoint", "sent to", "surface", "state", "wait", "failed", "last error"], rows, found, as_json=json)


@app.command()
def disable(brand: BrandId, endpoint: EndpointId, data: Data, json: AsJson = False) -> None:
    """Send nothing more for now; what happens meanwhile waits for up to 14 days."""
    _enable(brand, endpoint, data, enabled=False, json=json)


@app.command()
def enable(brand: BrandId, endpoint: EndpointId, data: Data, json: AsJson = False) -> None:
    """Send again, and first all that was not received."""
    _enable(brand, endpoint, data, enabled=True, json=json)


@app.command()
def remove(brand: BrandId, endpoint: EndpointId, data: Data) -> None:
    """Delete an endpoint with its deliveries."""
    with told_plainly():
        _stub(data).DeleteEndpoint(pb.DeleteEndpointRequest(brand=brand, endpoint=endpoint))


@app.command()
def rotate(
    brand: BrandId,
    endpoint: EndpointId,
    data: Data,
    at_once: Annotated[bool, typer.Option("--at-once", help="The old secret leaked: it signs nothing more.")] = False,
    json: AsJson = False,
) -> None:
    """Make a new secret, which is printed once; the old one signs beside it for a day."""
    with told_plainly():
        request = pb.RotateEndpointSecretRequest(brand=brand, endpoint=endpoint, at_once=at_once)
        show(_stub(data).RotateEndpointSecret(request), as_json=json)


@app.command("test")
def send_test(brand: BrandId, endpoint: EndpointId, data: Data, json: AsJson = False) -> None:
    """Send an event that is about no post."""
    with told_plainly():
        show(_stub(data).SendTestEvent(pb.SendTestEventRequest(brand=brand, endpoint=endpoint)), as_json=json)


@app.command()
def log(
    brand: BrandId,
    endpoint: EndpointId,
    data: Data,
    count: Annotated[int, typer.Option(help="How many, at most 100.")] = 20,
    json: AsJson = False,
) -> None:
    """List what was sent and what waits, the newest first."""
    with told_plainly():
        request = pb.ListDeliveriesRequest(brand=brand, endpoint=endpoint, page_size=count)
        found = _stub(data).ListDeliveries(request).deliveries
        rows = [
            (
                each.occurred_at.ToDatetime(UTC).astimezone().strftime("%d %b %H:%M:%S"),
                each.type,
                each.post,
                pb.DeliveryState.Name(each.state).removeprefix("DELIVERY_STATE_").lower(),
                each.attempts,
                f"{each.latency_milliseconds} ms" if each.attempts else "",
                each.last_error,
                each.delivery,
            )
            for each in found
        ]
        table(["at", "event", "post", "state", "tries", "took", "last error", "delivery"], rows, found, as_json=json)


@app.command()
def replay(
    brand: BrandId,
    endpoint: EndpointId,
    data: Data,
    delivery: Annotated[str, typer.Option(help="Only this one, as `chorus webhook log` shows it.")] = "",
    since: Annotated[datetime | None, typer.Option(help="Everything since then, in local time.")] = None,
) -> None:
    """Send again what was delivered or given up, with the same ids."""
    with told_plainly():
        request = pb.ReplayDeliveriesRequest(brand=brand, endpoint=endpoint, delivery=delivery)
        if since is not None:
            request.since.CopyFrom(_timestamp(since))
        out.print(f"{_stub(data).ReplayDeliveries(request).deliveries} to be sent again")


def _enable(brand: str, endpoint: str, data: Data, *, enabled: bool, json: bool) -> None:
    with told_plainly():
        request = pb.UpdateEndpointRequest(brand=brand, endpoint=endpoint, enabled=enabled)
        show(_stub(data).UpdateEndpoint(request), as_json=json)


def _state(endpoint: pb.Endpoint) -> str:
    state = pb.EndpointState.Name(endpoint.state).removeprefix("ENDPOINT_STATE_").lower()
    return f"{state} ({endpoint.disabled_reason})" if endpoint.disabled_reason else state


def _timestamp(moment: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(moment.astimezone(UTC))
    return made
