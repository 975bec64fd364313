"""How much one client may ask for, and how much everybody together."""

from __future__ import annotations

import threading

import grpc
import pytest
from starlette.requests import Request

from chorus.api.brands.v1 import brands_pb2 as pb
from chorus.api.brands.v1 import brands_pb2_grpc as rpcs
from chorus.errors import Exhausted
from chorus.platform.guard import Guard
from chorus.platform.rpc import Mounted, Server
from tests.serving import SIGNER, as_operator, refused


def request_from(address: str) -> Request:
    return Request({"type": "http", "headers": [], "client": (address, 1)})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("203.0.113.9", "203.0.113.10", False),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.10", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("somebody", "somebody else", False),
    ],
)
def test_clients_are_counted_by_the_network_that_they_hold(one: str, other: str, same: bool) -> None:
    guard = Guard("1/hour", trust_proxy=False)
    guard.check(request_from(one))
    if same:
        with pytest.raises(Exhausted):
            guard.check(request_from(other))
    else:
        guard.check(request_from(other))


class Busy(rpcs.BrandsServicer):
    """Answers once it is told to."""

    def __init__(self) -> None:
        self.asked, self.go_on = threading.Event(), threading.Event()

    def GetBrand(self, request: pb.GetBrandRequest, context: grpc.ServicerContext) -> pb.Brand:  # noqa: N802
        self.asked.set()
        assert self.go_on.wait(60)
        return pb.Brand(brand=request.brand)


def test_a_server_refuses_more_calls_than_it_can_answer_in_time() -> None:
    busy = Busy()  # type: ignore[abstract]  # it is asked for nothing else
    mounted = Mounted(rpcs.add_BrandsServicer_to_server, busy, pb.DESCRIPTOR.services_by_name["Brands"])
    server = Server([mounted], "127.0.0.1:0", SIGNER, threads=1, calls=1)
    server.start()
    stub = rpcs.BrandsStub(as_operator(f"127.0.0.1:{server.port}"))
    try:
        first = stub.GetBrand.future(pb.GetBrandRequest(brand="lumen"), timeout=60)
        assert busy.asked.wait(60)
        assert isinstance(refused(lambda: stub.GetBrand(pb.GetBrandRequest(brand="halo"))), Exhausted)
        busy.go_on.set()
        assert first.result(60).brand == "lumen"
    finally:
        busy.go_on.set()
        server.stop(0)
