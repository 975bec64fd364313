"""What the rooms keep: read before and after an attack, row by row, to see that nothing changed."""

from __future__ import annotations

from chorus.local.engines import ROOMS
from chorus.local.people import until
from tests.house.story import Story

# What moves by itself: where readers are, and what is known of rights' clock.
_MOVING = frozenset({"inbox_offset", "inbox_seq", "lease", "lease_state"})


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
    """Wait until nothing changes by itself any more."""
    last = state(story, everything=everything)

    def look() -> dict[str, list[str]] | None:
        nonlocal last
        before, last = last, state(story, everything=everything)
        return last if before == last and not last["rights.evidence_waiting"] else None

    return until("the house to settle", look)
