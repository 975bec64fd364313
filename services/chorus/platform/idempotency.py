"""Commands answered once (AIP-155): repeating a `request_id` answers as the first time and does nothing more."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from google.protobuf.message import Message
from psycopg import Connection

M = TypeVar("M", bound=Message)


def once(conn: Connection, rpc: str, brand: str, request_id: str, response: type[M], act: Callable[[], M]) -> M:
    """Act and remember the answer in the caller's transaction, or give the answer remembered.

    Two calls with the same id at the same moment wait for each other on the row; an empty id is not remembered.
    """
    if not request_id:
        return act()
    claimed = conn.execute(
        "INSERT INTO idempotency (rpc, brand, request_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1",
        (rpc, brand, request_id),
    ).fetchone()
    if claimed is None:
        return _remembered(conn, rpc, brand, request_id, response)
    answer = act()
    conn.execute(
        "UPDATE idempotency SET response = %s WHERE rpc = %s AND brand = %s AND request_id = %s",
        (answer.SerializeToString(), rpc, brand, request_id),
    )
    return answer


def _remembered(conn: Connection, rpc: str, brand: str, request_id: str, response: type[M]) -> M:
    row = conn.execute(
        "SELECT response FROM idempotency WHERE rpc = %s AND brand = %s AND request_id = %s", (rpc, brand, request_id)
    ).fetchone()
    answer = response()
    answer.ParseFromString(row[0] if row else b"")
    return answer
