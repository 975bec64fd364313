"""What the rooms keep: read before and after an attack, row by row, to see that nothing changed."""

from __future__ import annotations

from typing import LiteralString

from chorus.local.engines import ROOMS
from chorus.local.people import until
from tests.house.story import Story

# What moves by itself: where readers are, and what is known of rights' clock.
_MOVING = frozenset({"inbox_offset", "inbox_seq", "lease", "lease_state"})

# A sent fact is with its readers within one look; a slow machine gets some more.
_QUIET_LOOKS = 20

# Of these rooms every row is read: links and sessions are made of some that name no brand.
_ALL = frozenset({"brands", "rights"})


def state(story: Story, *, everything: frozenset[str] = _ALL) -> dict[str, list[str]]:
    """Read every row about a brand, and all rows of some rooms."""
    return {
        f"{room}.{table}": rows
        for room in ROOMS
        for table, rows in _rows(story, room, everything=room in everything).items()
    }


def _rows(story: Story, room: str, *, everything: bool) -> dict[str, list[str]]:
    mentioned = "" if everything else story.brand
    with story.database(room) as conn:
        names = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        tables = sorted({name for (name,) in names} - _MOVING)
        query = "SELECT (to_jsonb(t) - 'sent_at')::text AS row FROM \"{}\" t ORDER BY row"
        found = {table: conn.execute(query.format(table).encode()).fetchall() for table in tables}
    return {table: [row for (row,) in rows if mentioned in row] for table, rows in found.items()}


def settled(story: Story, *, everything: frozenset[str] = _ALL) -> dict[str, list[str]]:
    """Wait until nothing is on its way any more: no picture, no entry, no fact."""
    last, quiet = state(story, everything=everything), 0

    def look() -> dict[str, list[str]] | None:
        nonlocal last, quiet
        before, last = last, state(story, everything=everything)
        quiet = quiet + 1 if before == last and not _on_its_way(story) else 0
        return last if quiet >= _QUIET_LOOKS else None

    return until("the house to settle", look)


def _on_its_way(story: Story) -> bool:
    return (
        any(_some(story, room, "SELECT FROM outbox WHERE sent_at IS NULL") for room in ROOMS)
        or _some(story, "ingest", "SELECT FROM media WHERE state = 'pending' AND brand = %s", story.brand)
        or _some(story, "rights", "SELECT FROM evidence_waiting")
    )


def _some(story: Story, room: str, query: LiteralString, *values: str) -> bool:
    with story.database(room) as conn:
        return conn.execute(query, values).fetchone() is not None


def changed(story: Story, before: dict[str, list[str]]) -> list[str]:
    """Name the tables whose rows are others than before."""
    return [table for table, rows in state(story).items() if rows != before[table]]
