"""Sources in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from chorus.ingest.adapters.rows import Rows
from chorus.ingest.domain.source import Activity, Source
from chorus.ingest.domain.upload import UploadTerms
from chorus.ingest.ports import SourceKey

_TERMS = TypeAdapter(UploadTerms)
_COLUMNS = [each.name for each in fields(Source)]
_LIST = ", ".join(_COLUMNS)
_NAMED = ", ".join(f"%({name})s" for name in _COLUMNS)
_READ = f"SELECT {_LIST} FROM sources WHERE deleted_at IS NULL"  # noqa: S608 -- columns of our own
_ADD = f"INSERT INTO sources ({_LIST}) VALUES ({_NAMED}) ON CONFLICT DO NOTHING RETURNING 1"  # noqa: S608
_SAVE = """
UPDATE sources SET title = %(title)s, settings = %(settings)s, sealed = %(sealed)s, upload_terms = %(upload_terms)s,
    state = %(state)s, paused = %(paused)s, next_look_at = %(next_look_at)s, failures = %(failures)s,
    failing_since = %(failing_since)s, last_error = %(last_error)s
WHERE brand = %(brand)s AND source = %(source)s
"""
_FINISH = """
UPDATE sources SET state = %(state)s, last_look_at = %(last_look_at)s, next_look_at = %(next_look_at)s,
    failures = %(failures)s, failing_since = %(failing_since)s, last_error = %(last_error)s, claimed_until = NULL
WHERE brand = %(brand)s AND source = %(source)s
"""
_CLAIM = f"""
WITH due AS (
    SELECT brand, source FROM sources
    WHERE deleted_at IS NULL AND NOT paused AND next_look_at <= %(now)s
        AND (claimed_until IS NULL OR claimed_until <= %(now)s)
    ORDER BY next_look_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE sources SET claimed_until = %(until)s FROM due
WHERE sources.brand = due.brand AND sources.source = due.source
RETURNING {", ".join("sources." + name for name in _COLUMNS)}
"""  # noqa: S608
# Paused and deleted ones too: what they brought stays, and so it stays known whether it is still there.
_TO_ASK = f"""
SELECT {_LIST} FROM sources CROSS JOIN LATERAL (
    SELECT min(p.next_check_at) AS since FROM posts p
    WHERE p.brand = sources.brand AND p.source = sources.source
        AND p.withdrawn_at IS NULL AND p.next_check_at <= %s) AS due
WHERE next_look_at IS NOT NULL AND due.since IS NOT NULL
    AND (brand, source) NOT IN (SELECT * FROM unnest(%s::text[], %s::text[]))
ORDER BY due.since LIMIT %s
"""  # noqa: S608
_REMOVE = """
UPDATE sources SET deleted_at = %s, sealed = CASE WHEN next_look_at IS NULL THEN '' ELSE sealed END
WHERE brand = %s AND source = %s AND deleted_at IS NULL
"""
_ACTIVITY = """
SELECT source, day, sum(posts), max(last_at) FROM source_days
WHERE brand = %s AND source = ANY(%s) GROUP BY source, day
"""


class SourceRows(Rows):
    """The part of the store that holds sources; see `ports.SourceStore`."""

    def add_source(self, source: Source) -> bool:
        """Add a source; False where the id is or was taken."""
        return self._conn.execute(_ADD, _row(source)).fetchone() is not None

    def has_brand(self, brand: str) -> bool:
        """Tell whether brands told of this brand."""
        return self._conn.execute("SELECT FROM brands WHERE brand = %s", [brand]).rowcount == 1

    def source(self, brand: str, source: str, *, lock: bool = False) -> Source | None:
        """Read a source, locked where asked."""
        query = f"{_READ} AND brand = %s AND source = %s" + (" FOR UPDATE" if lock else "")
        return next(iter(self._sources(query, [brand, source])), None)

    def sources(self, brand: str, connector: str, after: str, limit: int) -> list[Source]:
        """List a brand's sources by id."""
        query = f"{_READ} AND brand = %s AND source > %s AND (%s = '' OR connector = %s) ORDER BY source LIMIT %s"
        return self._sources(query, [brand, after, connector, connector, limit])

    def save_source(self, source: Source) -> None:
        """Write all that can change of a source."""
        self._conn.execute(_SAVE, _row(source))

    def remove_source(self, brand: str, source: str, now: datetime) -> bool:
        """Delete a source; its row stays, so that the id is never given again and its posts are still asked for."""
        return self._conn.execute(_REMOVE, [now, brand, source]).rowcount == 1

    def claim_due(self, now: datetime, until: datetime, limit: int) -> list[Source]:
        """Take sources that are due."""
        return self._sources(_CLAIM, {"now": now, "until": until, "limit": limit})

    def finish_look(self, source: Source) -> None:
        """Write what a look changed and let go of the source."""
        self._conn.execute(_FINISH, _row(source))

    def sources_to_ask(self, now: datetime, limit: int, without: Collection[SourceKey] = ()) -> list[Source]:
        """List sources that have posts due to be asked for."""
        brands, sources = [brand for brand, _ in without], [source for _, source in without]
        return self._sources(_TO_ASK, [now, brands, sources, limit])

    def activity(self, brand: str, sources: Iterable[str], since: datetime) -> dict[str, Activity]:
        """Count what sources brought."""
        found: dict[str, Activity] = {}
        for source, day, posts, last_at in self._conn.execute(_ACTIVITY, [brand, list(sources)]):
            known = found.get(source, Activity())
            by_day = {**known.by_day, day: int(posts)} if day >= since.date() else known.by_day
            latest = max(last_at, known.last_at or last_at)
            found[source] = Activity(known.posts + int(posts), by_day, latest)
        return found

    def _sources(self, query: str, values: Sequence[object] | Mapping[str, object]) -> list[Source]:
        with self._conn.cursor(row_factory=dict_row) as cursor:
            return [_source(row) for row in cursor.execute(query, values)]


def _source(row: dict[str, Any]) -> Source:
    terms = row["upload_terms"]
    return Source(**{**row, "upload_terms": None if terms is None else _TERMS.validate_python(terms)})


def _row(source: Source) -> dict[str, Any]:
    row = {name: getattr(source, name) for name in _COLUMNS}
    terms = None if source.upload_terms is None else Jsonb(_TERMS.dump_python(source.upload_terms, mode="json"))
    return {**row, "settings": Jsonb(dict(source.settings)), "state": Jsonb(dict(source.state)), "upload_terms": terms}
