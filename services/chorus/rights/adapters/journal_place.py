"""Which journal belongs to the database: one that is empty, or another's, says nothing of what creators took back.

When a journal is first used, an object `journal/<id>` is put there and the id is kept in the database, so also in its
backups. A store without that object is not the journal, but a mistyped address, a new bucket or a disk not mounted.
"""

from __future__ import annotations

from chorus.errors import Unavailable
from chorus.platform import logs
from chorus.platform.ids import new_id
from chorus.platform.objects import ObjectStore
from chorus.platform.postgres import Database

log = logs.logger(__name__)
_SAYS = b"The journal of a Chorus database, which knows it by this object: keep it.\n"
# Processes may begin side by side: the first one's id stays, and the other's object is an object too many.
_KEEP = """
INSERT INTO journal_place (id) VALUES (%s)
ON CONFLICT (one) DO UPDATE SET id = excluded.id WHERE journal_place.id = %s
"""


class JournalPlace:
    """Knows the journal again. `lost` is the id of one that an operator has given up, or empty."""

    def __init__(self, database: Database, objects: ObjectStore, lost: str = "") -> None:
        """Look for the object in `objects`."""
        self._database = database
        self._objects = objects
        self._lost = lost

    def check(self) -> None:
        """Raise `Unavailable` where this is not the journal; what is used first, or after a loss, becomes it."""
        known = self._known()
        if known and self._objects.exists(_key(known)):
            return
        if known and known != self._lost:
            error = _missing(known)
            log.critical("this is not the journal that belongs to the database", missing=_key(known), why=error.message)
            raise error
        self._begin()

    def _known(self) -> str:
        with self._database.transaction() as conn:
            row = conn.execute("SELECT id FROM journal_place").fetchone()
        return str(row[0]) if row else ""

    def _begin(self) -> None:
        """Put the object before the row: a row without its object would lock everybody out."""
        place = new_id()
        self._objects.put(_key(place), _SAYS, "text/plain")
        with self._database.transaction() as conn:
            conn.execute(_KEEP, [place, self._lost])


def _key(place: str) -> str:
    return f"journal/{place}"


def _missing(place: str) -> Unavailable:
    message = (
        f"The store at CHORUS_JOURNAL_URL is not this database's journal: it has no object {_key(place)}."
        f" Name the right one; if that is lost for good, set CHORUS_JOURNAL_LOST={place}."
    )
    return Unavailable(message, reason="JOURNAL_MISSING")
