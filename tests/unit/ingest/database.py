"""Ingest's database, emptied between tests: making a fresh one takes longer than most tests."""

from __future__ import annotations

from chorus.platform.postgres import Database

_TABLES = """sources, source_days, accounts, posts, tombstones, objects, storage, brands, forgotten, outbox, outbox_seq,
    idempotency, inbox_offset, inbox_seq, parked"""


def empty(database: Database) -> None:
    """Remove every row."""
    with database.transaction() as conn:
        conn.execute(f"TRUNCATE {_TABLES} CASCADE")
