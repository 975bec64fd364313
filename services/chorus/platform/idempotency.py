"""Commands answered once (AIP-155): repeating a `request_id` answers as the first time and does nothing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from google.protobuf.message import Message
from psycopg import Connection

from chorus.errors import Invalid
from chorus.platform.secrets import sha256_hex

M = TypeVar("M", bound=Message)


class Command(Protocol):
    """A request message of a command."""

    brand: str
    request_id: str

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes:  # noqa: N802 -- as protobuf names it
        """Write it as bytes."""
        ...


def once(conn: Connection[Any], rpc: str, request: Command, response: type[M], act: Callable[[], M]) -> M:
    """Act and remember the answer in the caller's transaction, or give the answer remembered.

    Two calls with the same id at the same moment wait for each other on the row; an empty id is not remembered. Invalid
    where the id was used for another request.
    """
    if not request.request_id:
        return act()
    of_this = (rpc, request.brand, request.request_id)
    asked = sha256_hex(request.SerializeToString(deterministic=True))
    claimed = conn.execute(
        "INSERT INTO idempotency (rpc, brand, request_id, request_sha256) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT DO NOTHING RETURNING 1",
        (*of_this, asked),
    ).fetchone()
    if claimed is None:
        return _remembered(conn, of_this, asked, response)
    answer = act()
    conn.execute(
        "UPDATE idempotency SET response = %s WHERE rpc = %s AND brand = %s AND request_id = %s",
        (answer.SerializeToString(), *of_this),
    )
    return answer


def _remembered(conn: Connection[Any], of_this: tuple[str, str, str], asked: str, response: type[M]) -> M:
    row = conn.execute(
        "SELECT request_sha256, response FROM idempotency WHERE rpc = %s AND brand = %s AND request_id = %s", of_this
    ).fetchone()
    if row is None or row[0] != asked:
        message = "This request_id was used for another request: take a fresh one for each command."
        raise Invalid(message, fields={"request_id": message}, reason="REQUEST_ID_REUSED")
    answer = response()
    answer.ParseFromString(row[1])
    return answer
