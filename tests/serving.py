"""A room's own gRPC server on a real database, for tests that ask as a caller would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import grpc
import psycopg

from chorus.errors import ChorusError
from chorus.platform.auth import Principal, Signer
from chorus.platform.facts import parse
from chorus.platform.postgres import Database, migrate
from chorus.platform.rpc import Mounted, Server, channel
from chorus.platform.runtime import migrations_of
from chorus.platform.status import error_of
from tests.engines.fixtures import MakeDatabase
from tests.engines.postgres import OWNER

KEYS = ["a-secret-for-tests-only-0123456789abcdef"]
SIGNER = Signer(KEYS)
# Who a service signs in as: it owns nothing.
SERVING = "chorus_serving"
VIEWER, CURATOR, RIGHTS_MANAGER, ADMIN = 1, 2, 3, 4


def database_of(room: str, make_database: MakeDatabase) -> str:
    """Make a fresh database of a room, migrated once per run; the address is that of who serves."""
    return make_database(room, lambda url: migrated(room, url))


def migrated(room: str, url: str) -> str:
    """Migrate a room's database as its owner, and answer the role that serves."""
    migrate(url, migrations_of(room), serving=url.replace(f"//{OWNER}@", f"//{SERVING}@"))
    return SERVING


def as_owner(url: str) -> str:
    """Answer a database's address for its owner, who may do what no service can."""
    return url.replace(f"//{SERVING}@", f"//{OWNER}@")


@contextmanager
def served(database: Database, mounted: Callable[[Database], Sequence[Mounted]]) -> Iterator[str]:
    """Serve servicers on a free port; gives the address."""
    server = Server(mounted(database), "127.0.0.1:0", SIGNER)
    server.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        server.stop(0)


def as_member(address: str, role: int, brand: str = "lumen", name: str = "Ada Sample") -> grpc.Channel:
    """Open a channel as somebody with a role in a brand."""
    who = Principal("member", name, "ada@lumen.example", {brand: role})
    return channel(address, lambda: SIGNER.issue(who)[0])


def as_operator(address: str) -> grpc.Channel:
    """Open a channel as the operator."""
    return channel(address, SIGNER.operator_token)


def as_service(address: str, name: str) -> grpc.Channel:
    """Open a channel as one of Chorus's own processes."""
    return channel(address, lambda: SIGNER.service_token(name))


def refused(act: Callable[[], object]) -> ChorusError:
    """Act, and give the error that the service answered."""
    try:
        act()
    except grpc.RpcError as failure:
        return error_of(failure)
    message = "it was not refused"
    raise AssertionError(message)


def told(url: str) -> list[str]:
    """Name the facts that a room's outbox holds, in order, with their numbers: "decided 1"."""
    with psycopg.connect(url) as conn:
        rows = conn.execute("SELECT topic, payload FROM outbox ORDER BY id").fetchall()
    events = [parse(topic, payload) for topic, payload in rows]
    return [f"{event.WhichOneof('fact')} {event.meta.seq}" for event in events]  # type: ignore[attr-defined]  # every event has meta
