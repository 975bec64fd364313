"""Placements, their changes and facts, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection

from chorus.errors import NotFound
from chorus.platform import facts
from chorus.platform.telemetry import current_traceparent
from chorus.platform.topics import PLACEMENT
from chorus.publishing.adapters.deliveries_store import TELL
from chorus.publishing.adapters.documents import SHOWN
from chorus.publishing.adapters.wire import placement_fact
from chorus.publishing.domain.placement import Ending, Hold, Placement, State
from chorus.publishing.ports import ChangeType

CHANNEL = "publishing"
_COLUMNS = """
SELECT placement, brand, surface, post, revision, grant_id, shown::text, rank, state, hold, ending, placed_at,
    modified_at, ended_at, traceparent
FROM placements
"""
_ADD = """
INSERT INTO placements (placement, brand, surface, post, revision, grant_id, shown, rank, state, traceparent)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
# Whoever bumps the version holds the surface's row until the commit: versions become visible in their order.
_BUMP = """
UPDATE surfaces SET version = version + 1, changed_at = %s WHERE brand = %s AND surface = %s RETURNING version
"""
_KEEP = """
UPDATE placements SET revision = %s, grant_id = %s, shown = %s, rank = %s, state = %s, hold = %s, ending = %s,
    placed_at = %s, modified_at = %s, ended_at = %s, traceparent = coalesce(%s, traceparent), version = %s,
    attempts = 0, next_try_at = now()
WHERE placement = %s
"""
_END_ALL = """
UPDATE placements SET state = 'withdrawing', hold = NULL, ending = %s, ended_at = %s, version = %s,
    traceparent = coalesce(%s, traceparent), attempts = 0, next_try_at = now()
WHERE brand = %s AND surface = %s AND state IN ('placing', 'live', 'held')
"""
_CHANGE = """
INSERT INTO changes (brand, surface, version, type, placement, post, reason, at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
# One that was never shown ends without a word: nobody was told of it.
_ENDED = """
RETURNING brand, surface, placement, post, 'withdrawn' AS type, ending AS reason, ended_at AS at, placed_at),
said AS (SELECT * FROM ended WHERE placed_at IS NOT NULL)"""
_END_AND_TELL = f"WITH ended AS ({_KEEP}{_ENDED}{TELL}"
_END_ALL_AND_TELL = f"WITH ended AS ({_END_ALL}{_ENDED}{TELL}"
_CHANGE_AND_TELL = f"WITH said AS ({_CHANGE} RETURNING brand, surface, placement, post, type, reason, at){TELL}"
_NEXT_WORK = """
WHERE state IN ('placing', 'withdrawing') AND next_try_at <= now()
ORDER BY state DESC, next_try_at, placement LIMIT 1
"""
_POSTPONE = """
UPDATE placements SET attempts = attempts + 1,
    next_try_at = now() + make_interval(secs => least(5, 0.2 * 2 ^ least(attempts, 10)))
WHERE placement = %s AND state = %s
"""
# What gives way to another form of itself ends as edited.
_REPLACED = """
WHERE ending = 'edited' AND placement = (
    SELECT max(placement) FROM placements
    WHERE brand = %(brand)s AND post = %(post)s AND surface = %(surface)s AND placement < %(placement)s
        AND placed_at IS NOT NULL)
AND NOT EXISTS (
    SELECT 1 FROM takedowns WHERE takedowns.brand = placements.brand AND takedowns.post = placements.post
        AND document -> 'places' @> jsonb_build_array(jsonb_build_object('placement', placements.placement)))
"""
_FORGET_SHOWN = """
UPDATE placements SET shown = shown || '{"text": "", "url": "", "author": "", "author_url": "", "credit": "",
    "language": "", "tags": [], "media": []}'
WHERE brand = %s AND post = %s AND state IN ('withdrawing', 'withdrawn')
"""
_FORGET_GRANTS = """
UPDATE grants SET document = document || '{"credit": "", "media_sha256": []}' WHERE brand = %s AND post = %s
"""
_HELD_THOUGH_KNOWN = """
WHERE state = 'held' AND hold = 'lease' AND (%s OR EXISTS (
    SELECT 1 FROM grants WHERE grants.brand = placements.brand AND grants.post = placements.post
    AND grants.grant_id = placements.grant_id AND confirmed_at >= clock_timestamp() - make_interval(secs => %s)))
ORDER BY placement LIMIT %s
"""
# Each post once, by the placement that is the newest.
_PUBLIC = """
WHERE placement IN (
    SELECT max(placement) FROM placements JOIN surfaces USING (brand, surface)
    WHERE brand = %(brand)s AND state = 'live' AND definition ->> 'access' = 'public'
        AND coalesce((shown ->> 'valid_until')::timestamptz, 'infinity') > %(now)s {narrowed}
    GROUP BY post)
AND (%(before)s = '' OR placement < %(before)s) ORDER BY placement DESC LIMIT %(limit)s
"""
_NARROWED: Mapping[str, LiteralString] = {
    "placement": " AND placement = %(placement)s",
    "address": " AND %(address)s IN (rtrim(shown ->> 'url', '/'), rtrim(definition ->> 'address', '/'))",
}
_HELD_WRONGLY = """
WHERE state = 'held' AND hold = 'parked' AND NOT EXISTS (
    SELECT 1 FROM parked WHERE parked.key = placements.brand || '/' || placements.post AND settled_at IS NULL)
ORDER BY placement LIMIT %s
"""
_SHOWN_THOUGH_PARKED = """
JOIN parked ON parked.key = placements.brand || '/' || placements.post AND parked.settled_at IS NULL
WHERE state = 'live' GROUP BY placements.placement ORDER BY placement LIMIT %s
"""
# Those that are held or released in one transaction.
_BATCH = 100


class PlacementsStore:
    """Implements `ports.Placements` on one connection's transaction."""

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def placement(self, placement: str) -> Placement:
        """Read a placement."""
        found = self._read("WHERE placement = %s", [placement])
        if not found:
            message = f"There is no placement {placement!r}."
            raise NotFound(message, reason="NO_SUCH_PLACEMENT")
        return found[0]

    def active(self, brand: str, post: str) -> list[Placement]:
        """Read what is, or is about to be, seen of a post."""
        return self._read("WHERE brand = %s AND post = %s AND state IN ('placing', 'live', 'held')", [brand, post])

    def active_on(self, brand: str, surface: str) -> list[Placement]:
        """Read what is, or is about to be, seen on a surface."""
        where = "WHERE brand = %s AND surface = %s AND state IN ('placing', 'live', 'held') ORDER BY placement"
        return self._read(where, [brand, surface])

    def replaced(self, placement: Placement) -> Placement | None:
        """Read the row before it."""
        mine = {name: getattr(placement, name) for name in ("brand", "post", "surface", "placement")}
        found = self._read(_REPLACED, mine)
        return found[0] if found else None

    def add_placement(self, placement: Placement) -> None:
        """Write a row before any object: what lies in the public area always has one."""
        values = [
            placement.placement,
            placement.brand,
            placement.surface,
            placement.post,
            placement.revision,
            placement.grant,
            SHOWN.dump_json(placement.shown).decode(),
            placement.rank,
            placement.state,
            current_traceparent(),
        ]
        self._conn.execute(_ADD, values)

    def keep_placement(self, placement: Placement, now: datetime) -> int:
        """Write a row and count the surface's version up."""
        version = self._bump(placement.brand, placement.surface, now)
        values = [
            placement.revision,
            placement.grant,
            SHOWN.dump_json(placement.shown).decode(),
            placement.rank,
            placement.state,
            placement.hold,
            placement.ending,
            placement.placed_at,
            placement.modified_at,
            placement.ended_at,
            current_traceparent(),
            version,
            placement.placement,
        ]
        self._conn.execute(_END_AND_TELL if placement.state is State.WITHDRAWING else _KEEP, values)
        return version

    def end_all(self, brand: str, surface: str, ending: Ending, now: datetime) -> None:
        """Write all rows of a surface at once."""
        version = self._bump(brand, surface, now)
        self._conn.execute(_END_ALL_AND_TELL, [ending, now, version, current_traceparent(), brand, surface])

    def forget_shown(self, brand: str, post: str) -> None:
        """Write over words, names, addresses and hashes; when it was shown, where, and by which grant, stays."""
        self._conn.execute(_FORGET_SHOWN, [brand, post])
        self._conn.execute(_FORGET_GRANTS, [brand, post])

    def record_change(self, placement: Placement, kind: ChangeType, version: int, now: datetime) -> None:
        """Write a change."""
        where = [placement.brand, placement.surface, version]
        query = _CHANGE if kind == "withdrawn" else _CHANGE_AND_TELL
        self._conn.execute(query, [*where, kind, placement.placement, placement.post, placement.ending, now])

    def say(self, placement: Placement, links: Sequence[str], now: datetime) -> None:
        """Put a fact into the outbox."""
        facts.emit(
            self._conn,
            PLACEMENT,
            brand=placement.brand,
            post=placement.post,
            fact=placement_fact(placement),
            at=now,
            links=links,
        )

    def wake(self) -> None:
        """Notify on commit."""
        self._conn.execute("SELECT pg_notify(%s, '')", [CHANNEL])

    def next_work(self) -> Placement | None:
        """Read what is to be placed or withdrawn next: withdrawals before placements, whoever waited longest first."""
        found = self._read(_NEXT_WORK, [])
        return found[0] if found else None

    def postpone(self, placement: Placement) -> None:
        """Try again later, each time twice as late, five seconds at most; not where it is to be withdrawn by now."""
        self._conn.execute(_POSTPONE, [placement.placement, placement.state])

    def placements_on(
        self, brand: str, surface: str, states: Sequence[State], before: str, limit: int
    ) -> list[Placement]:
        """Read a surface's placements, the newest first, before one."""
        where = """WHERE brand = %s AND surface = %s AND state = ANY(%s) AND (%s = '' OR placement < %s)
        ORDER BY placement DESC LIMIT %s"""
        return self._read(where, [brand, surface, list(states), before, before, limit])

    def placements_of(self, brand: str, posts: Sequence[str]) -> list[Placement]:
        """Read all placements of posts, the newest first."""
        where = "WHERE brand = %s AND post = ANY(%s) ORDER BY placement DESC"
        return self._read(where, [brand, list(posts)])

    def public(
        self, brand: str, *, placement: str, address: str, before: str, limit: int, now: datetime
    ) -> list[Placement]:
        """Read what everybody can see of a brand, each post once, the newest first, before one.

        A placement or an address that is named narrows: of the post where it came from, or of the surface.
        """
        said = {"placement": placement, "address": address.partition("#")[0].strip().rstrip("/")}
        narrowed = "".join(_NARROWED[name] for name, value in said.items() if value)
        values = {"brand": brand, "before": before, "limit": limit, "now": now, **said}
        return self._read(_PUBLIC.format(narrowed=narrowed), values)

    def in_state(self, state: State, hold: Hold | None, limit: int) -> list[Placement]:
        """Read placements by state."""
        where = "WHERE state = %s AND (%s::text IS NULL OR hold = %s) ORDER BY placement LIMIT %s"
        return self._read(where, [state, hold, hold, limit])

    def held_for_rights(self, *, heard: bool, within: float) -> list[Placement]:
        """Read those held for rights: all where it is heard again, else those whose grant it confirmed lately."""
        return self._read(_HELD_THOUGH_KNOWN, [heard, within, _BATCH])

    def held_wrongly(self) -> list[Placement]:
        """Read those held for a fact that has been seen to."""
        return self._read(_HELD_WRONGLY, [_BATCH])

    def shown_though_parked(self) -> list[Placement]:
        """Read those live that should be held."""
        return self._read(_SHOWN_THOUGH_PARKED, [_BATCH])

    def _bump(self, brand: str, surface: str, now: datetime) -> int:
        row = self._conn.execute(_BUMP, [now, brand, surface]).fetchone()
        assert row is not None  # noqa: S101 -- a placement's surface is never deleted
        return int(row[0])

    def _read(self, where: str, values: Sequence[Any] | Mapping[str, Any]) -> list[Placement]:
        return [_placement(row) for row in self._conn.execute(_COLUMNS + where, values)]


def _placement(row: tuple[Any, ...]) -> Placement:
    placement, brand, surface, post, revision, grant, shown, rank, state, hold, ending, *rest = row
    return Placement(
        placement,
        brand,
        surface,
        post,
        revision,
        grant,
        SHOWN.validate_json(shown),
        rank,
        State(state),
        Hold(hold) if hold else None,
        Ending(ending) if ending else None,
        *rest,
    )
