"""The loop that seals anew, with the newest key, what an older one sealed: then the old key can be dropped."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chorus.errors import Invalid
from chorus.platform import logs
from chorus.platform.postgres import Database
from chorus.platform.secrets import Vault

log = logs.logger(__name__)
# A process that still has the old key first may seal with it while others are being replaced.
_PAUSE = 600.0
_PAUSE_AFTER_NOTHING = 3600.0
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column of sealed texts, and its table's primary key."""

    table: str
    key: tuple[str, ...]
    column: str


class Resealer:
    """Goes over everything that is sealed."""

    def __init__(self, database: Database, vault: Vault, places: Sequence[Sealed]) -> None:
        """Look at these columns of this database, with the keys of this vault."""
        self._database = database
        self._vault = vault
        self._places = places

    def run(self, stop: threading.Event) -> None:
        """Seal anew what must be, at the start and now and then."""
        while not stop.is_set():
            stop.wait(_PAUSE if self.reseal() else _PAUSE_AFTER_NOTHING)

    def reseal(self) -> int:
        """Go over everything once; answers how many were sealed anew."""
        count = sum(self._reseal(place, *row) for place in self._places for row in self._rows(place))
        if count:
            log.info("sealed anew with the newest key", sealed=count)
        return count

    def _rows(self, place: Sealed) -> Iterator[tuple[tuple[str, ...], str]]:
        """Walk along the primary key, some rows at a time."""
        columns, marks = ", ".join(place.key), ", ".join(["%s"] * len(place.key))
        query = f"""SELECT {columns}, {place.column} FROM {place.table}
            WHERE ({columns}) > ({marks}) AND {place.column} <> '' ORDER BY {columns} LIMIT {_BATCH}"""  # noqa: S608 -- names of our own
        after: tuple[str, ...] = ("",) * len(place.key)
        while True:
            with self._database.transaction() as conn:
                rows = conn.execute(query, after).fetchall()
            for *key, sealed in rows:
                after = tuple(key)
                yield after, sealed
            if len(rows) < _BATCH:
                return

    def _reseal(self, place: Sealed, key: tuple[str, ...], sealed: str) -> bool:
        try:
            anew = self._vault.reseal(sealed)
        except Invalid:
            log.error("sealed with a key that is no longer listed", table=place.table, column=place.column)  # noqa: TRY400 -- whose, is all there is to say
            return False
        if anew is None:
            return False
        named = " AND ".join(f"{column} = %s" for column in place.key)
        with self._database.transaction() as conn:
            # By what it was: what somebody has changed meanwhile stays as they left it.
            query = f"UPDATE {place.table} SET {place.column} = %s WHERE {named} AND {place.column} = %s"  # noqa: S608 -- names of our own
            return conn.execute(query, [anew, *key, sealed]).rowcount == 1
