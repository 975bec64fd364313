"""One more process of publishing that only reads: what a replica is in a cluster."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from chorus.local.child import Child, free_port
from chorus.local.house import House
from chorus.local.people import until
from tests.house.story import status


@contextmanager
def second_reader(house: House) -> Iterator[str]:
    """Run one more publishing process that only reads; gives its origin."""
    address, grpc = (f"127.0.0.1:{free_port()}" for _ in range(2))
    environ = house.environment("publishing") | {
        "CHORUS_ROLES": "read",
        "CHORUS_HTTP_LISTEN": address,
        "CHORUS_GRPC_LISTEN": grpc,
    }
    log = house._data / "logs" / "second-reader.log"
    child = Child("second reader", [sys.executable, "-m", "chorus.publishing"], log, environ)
    child.start()
    try:
        until("the second reader", lambda: child.exit_code is not None or _answers(f"http://{address}/readyz") or None)
        assert child.exit_code is None, child.last_words()
        yield f"http://{address}"
    finally:
        child.signal(signal.SIGTERM)
        child.wait(30)


def _answers(address: str) -> bool:
    try:
        return status(address) == 200
    except httpx2.TransportError:
        return False
