"""Uploads in PostgreSQL."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime

from psycopg.rows import class_row

from chorus.ingest.adapters.rows import Rows
from chorus.ingest.ports import UploadRow

_COLUMNS = [each.name for each in fields(UploadRow)]
_READ = f"SELECT {', '.join(_COLUMNS)} FROM uploads WHERE brand = %s AND"  # noqa: S608 -- columns of our own
_ADD = f"""
INSERT INTO uploads (brand, uploaded_at, {", ".join(_COLUMNS)})
VALUES (%(brand)s, %(uploaded_at)s, {", ".join(f"%({name})s" for name in _COLUMNS)})
"""  # noqa: S608


class UploadRows(Rows):
    """The part of the store that holds uploads; see `ports.UploadStore`."""

    def add_upload(self, brand: str, row: UploadRow, now: datetime) -> None:
        """Remember an upload."""
        self._conn.execute(_ADD, {**asdict(row), "brand": brand, "uploaded_at": now})

    def upload_by_request(self, brand: str, request_id: str) -> UploadRow | None:
        """Find the upload that a form made. The lock makes the same form's second sending wait for the first."""
        self._conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{brand}/{request_id}"])
        return self._upload(f"{_READ} request_id = %s", brand, request_id)

    def upload_by_link(self, brand: str, link_sha256: str) -> UploadRow | None:
        """Find an upload by the hash of its link."""
        return self._upload(f"{_READ} link_sha256 = %s", brand, link_sha256)

    def forget_links(self, before: datetime) -> None:
        """Drop the sealed links of older uploads."""
        self._conn.execute("UPDATE uploads SET link_sealed = '' WHERE link_sealed <> '' AND uploaded_at < %s", [before])

    def _upload(self, query: str, *values: str) -> UploadRow | None:
        with self._conn.cursor(row_factory=class_row(UploadRow)) as cursor:
            return cursor.execute(query, values).fetchone()
