"""Ingest's database, emptied between tests: making a fresh one takes longer than most tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from chorus.platform.postgres import Database
from tests.engines.postgres import Postgres
from tests.serving import as_owner, database_of

_TABLES = """sources, source_days, accounts, posts, tombstones, objects, storage, brands, forgotten, outbox, outbox_seq,
    idempotency, inbox_offset, inbox_seq, parked"""


def empty(database: Database) -> None:
    """Remove every row, as the owner: no service may."""
    with psycopg.connect(as_owner(database._url)) as conn:
        conn.execute(f"TRUNCATE {_TABLES} CASCADE")


@contextmanager
def ingest_database(server: Postgres) -> Iterator[Database]:
    """Open a database of ingest, dropped when the block ends."""
    url = database_of("ingest", server.make_database)
    database = Database(url)
    try:
        yield database
    finally:
        database.close()
        server.drop_database(url)
