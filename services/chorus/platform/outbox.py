"""The outbox: facts leave a service in the transaction that decided them, or not at all.

Lock the aggregate, take `next_seq`, build the payload with it, `append`. `relay.py` sends what was committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import Connection

from chorus.errors import TooLarge
from chorus.platform.topics import Topic

# Under every log's own limit (Kafka's default is 1 MiB with headers): one fact too large would hold up all the others.
MAX_PAYLOAD = 900_000

_NEXT_SEQ = """
INSERT INTO outbox_seq AS known (topic, key, seq) VALUES (%s, %s, 1)
ON CONFLICT (topic, key) DO UPDATE SET seq = known.seq + 1
RETURNING seq
"""

_APPEND = """
WITH appended AS (
    INSERT INTO outbox (topic, key, fact, event_id, payload, occurred_at, traceparent, links)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING id
)
SELECT id, pg_notify('outbox', '') FROM appended
"""


def next_seq(conn: Connection[Any], topic: Topic, key: str) -> int:
    """Take the next number (from 1, without gaps) of a key, and hold its order until the transaction ends.

    Call it before `append`: the row lock that it takes is what makes facts of one key leave in commit order.
    """
    row = conn.execute(_NEXT_SEQ, [topic.name, key]).fetchone()
    assert row is not None  # noqa: S101 -- an upsert that returns always has a row
    return int(row[0])


def append(  # noqa: PLR0913 -- a fact is this many things, each named at the call
    conn: Connection[Any],
    topic: Topic,
    *,
    key: str,
    fact: str,
    payload: bytes,
    event_id: str,
    occurred_at: datetime,
    links: Sequence[str] = (),
    traceparent: str | None = None,
) -> int:
    """Write a fact to the outbox inside the caller's transaction and wake the relay when it commits.

    `links` are W3C traceparents of earlier triggers. `traceparent` is the trace that decided it. Returns the row's id.
    Raises `ValueError` for a fact that the topic does not know, `TooLarge` above `MAX_PAYLOAD` bytes.
    """
    if fact not in topic.facts:
        message = f"{topic.name} has no fact {fact!r}"
        raise ValueError(message)
    if len(payload) > MAX_PAYLOAD:
        message = f"A fact may have at most {MAX_PAYLOAD} bytes; this one has {len(payload)}."
        raise TooLarge(message, reason="FACT_TOO_LARGE")
    values = [
        topic.name,
        key,
        fact,
        event_id,
        payload,
        occurred_at,
        traceparent,
        list(links),
    ]
    row = conn.execute(_APPEND, values).fetchone()
    assert row is not None  # noqa: S101 -- an insert that returns always has a row
    return int(row[0])
