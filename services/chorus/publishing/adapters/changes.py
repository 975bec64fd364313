"""What has changed on a surface since a cursor: for those who copy posts, so that they learn of withdrawals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Any

from chorus.errors import Invalid, NotFound
from chorus.platform.paging import decode, encode
from chorus.platform.postgres import Database
from chorus.publishing.adapters.items import item_of
from chorus.publishing.domain.feed import Item

_MOST = 200
_HEAD = """
SELECT version, changes_after, public_key, definition ->> 'access' FROM surfaces WHERE brand = %s AND surface = %s
"""
_CHANGES = """
SELECT changes.version, changes.type, changes.placement, changes.post, changes.reason, changes.at,
    placements.modified_at, placements.shown::text, placements.state
FROM changes JOIN placements ON placements.placement = changes.placement
WHERE changes.brand = %s AND changes.surface = %s AND changes.version > %s AND changes.version <= %s
ORDER BY changes.version LIMIT %s
"""


class Changes:
    """Reads what has changed on a surface."""

    def __init__(self, database: Database, public_url: str, document_of: Callable[[Item], dict[str, Any]]) -> None:
        """Read from a database; `document_of` writes an item as the feed does."""
        self._database = database
        self._public_url = public_url
        self._document_of = document_of

    def since(self, brand: str, surface: str, cursor: str) -> bytes:
        """Write the changes after a cursor, or from the oldest kept. `Invalid`: no cursor of ours, or too old a one."""
        since = decode(cursor, int)
        with self._database.transaction() as conn:
            head = conn.execute(_HEAD, [brand, surface]).fetchone()
            if head is None:
                message = f"{brand} has no surface {surface!r}."
                raise NotFound(message, reason="NO_SUCH_SURFACE")
            version, oldest, *where = head
            after = oldest if since is None else int(since[0])
            _check(after, oldest, version)
            rows = conn.execute(_CHANGES, [brand, surface, after, version, _MOST]).fetchall()
        more = len(rows) == _MOST
        document = {
            "changes": [self._change(row, (brand, *where)) for row in rows],
            "cursor": encode(rows[-1][0] if more else version),
            "more": more,
        }
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")

    def _change(self, row: Iterable[Any], where: tuple[str, str, str]) -> dict[str, Any]:
        _, kind, placement, post, reason, at, modified, shown, state = row
        change = {"type": kind, "placement_id": placement, "post_id": post, "at": at.astimezone(UTC).isoformat()}
        if kind == "withdrawn":
            change["reason"] = reason
        elif state == "live":
            item = item_of(self._public_url, *where, placement, modified, shown)
            change["item"] = self._document_of(item)
        return change


def _check(after: int, oldest: int, version: int) -> None:
    if not oldest <= after <= version:
        message = "Changes since then are no longer kept: read the feed afresh, and begin again without `since`."
        raise Invalid(message, reason="PAGE_TOKEN")
