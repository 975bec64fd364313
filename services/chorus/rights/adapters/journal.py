"""The journal: each end in an object of its own, apart from the database, and read back when the service starts.

So is who does not want to be asked (`opt_outs.py`).

A row of `journal` is written in the transaction that ends something, and removed once its object is there. So nothing
is lost between the two, and an object store that is down holds up nobody: the rows wait for it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, LiteralString

from chorus.errors import NotFound, Unavailable
from chorus.platform import logs
from chorus.platform.objects import ObjectStore
from chorus.platform.postgres import Database
from chorus.rights.adapters import opt_outs, rows
from chorus.rights.adapters.journal_place import JournalPlace
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.journal import End, EndKind
from chorus.rights.domain.opting import Turn
from chorus.rights.handlers.restoring import repeat

log = logs.logger(__name__)
# How long a creator's answer waits for the object store. What was decided stands either way, and is acted on at once.
_PATIENCE_SECONDS = 2.0
_EVERY_SECONDS = 2.0
_AGAIN_SECONDS = 30.0
_BATCH = 500
_WAITING = "SELECT id, kind, brand, post, subject, at, kept FROM journal ORDER BY id LIMIT %s"
_STILL_ACTIVE: LiteralString = "SELECT brand, post, grant_id FROM grants WHERE grant_id = ANY(%s) AND state = 'active'"
_GRANTS: LiteralString = "SELECT FROM grants WHERE grant_id = ANY(%s)"
_FORGOTTEN = {
    EndKind.REVOKED: _STILL_ACTIVE,
    EndKind.ENDED: _STILL_ACTIVE,
    EndKind.DECLINED: (
        "SELECT brand, post, request FROM requests WHERE request = ANY(%s) AND state IN ('requested', 'confirming')"
    ),
    EndKind.NARROWED: (
        "SELECT brand, post, subject FROM unnest(%s::text[]) AS said (subject)"
        " CROSS JOIN LATERAL (SELECT substring(subject FROM '[.]([0-9]{1,9})$')::integer AS number) AS numbered"
        " JOIN grants ON grant_id = split_part(subject, '.', 1)"
        " WHERE state = 'active' AND narrowed < number ORDER BY number"
    ),
    EndKind.ERASED: "SELECT brand, post, post FROM posts WHERE post = ANY(%s) AND NOT erased AND revision > 0",
}
_KNOWN = {
    EndKind.REVOKED: _GRANTS,
    EndKind.ENDED: _GRANTS,
    EndKind.DECLINED: "SELECT DISTINCT request FROM requests WHERE request = ANY(%s)",
    EndKind.NARROWED: _GRANTS,
    EndKind.ERASED: "SELECT DISTINCT post FROM posts WHERE post = ANY(%s) AND revision > 0",
}
_UNREADABLE = (NotFound, ValueError, LookupError, TypeError)


class Journal:
    """Writes ends beside the database, and brings back those that the database has forgotten."""

    def __init__(self, database: Database, objects: ObjectStore, lost: str = "") -> None:
        """Keep entries in `objects`; `lost` is the id of a journal that these take the place of, or empty."""
        self._database = database
        self._objects = objects
        self._place = JournalPlace(database, objects, lost)
        self._unread = _not_read()
        self._writer = ThreadPoolExecutor(1, "journal")
        self._submitting = threading.Lock()
        self._next: Future[int] | None = None
        self._read = threading.Event()
        # How much the journal names that the database has not heard of.
        self._unknown = 0

    def run_reading(self, stop: threading.Event) -> None:
        """Read what is there; again while it names what is not here: after a restore that may be heard of later."""
        while not stop.is_set():
            forgotten = self.read()
            if forgotten:
                log.warning("ended again what a backup did not know", ends=forgotten)
            if not self._unknown:
                return
            stop.wait(_AGAIN_SECONDS)

    def run_writing(self, stop: threading.Event) -> None:
        """Write what waits, whether or not what is there could be read."""
        while not stop.is_set():
            if self.write() < _BATCH:
                stop.wait(_EVERY_SECONDS)

    def close(self) -> None:
        """Let go of the thread that creators wait for."""
        self._writer.shutdown(wait=False)

    def check_read(self) -> None:
        """Raise `Unavailable` until the journal was read: before that, nobody can be told what stands."""
        if not self._read.is_set():
            raise Unavailable(self._unread.message, reason=self._unread.reason)

    def read(self) -> int:
        """Make true again what the database has forgotten; answers how much there was."""
        self._check_place()
        count, unknown = opt_outs.read_again(self._database, self._objects), 0
        every = self._objects.list()
        while keys := list(islice(every, _BATCH)):
            unknown += self._not_here(keys)
            for end in self._forgotten(keys):
                with self._database.transaction() as conn:
                    count += repeat(PostgresStore(conn), end, datetime.now(UTC))
        self._unknown = unknown
        self._read.set()
        return count

    def write_soon(self) -> None:
        """Write what waits, and give it a moment: what cannot be written just now is written by `run_writing`."""
        with suppress(Unavailable, TimeoutError):
            self._next_write().result(_PATIENCE_SECONDS)

    def write(self) -> int:
        """Write the next entries, the oldest first; answers how many there were."""
        with self._database.transaction() as conn:
            waiting = conn.execute(_WAITING, [_BATCH]).fetchall()
        if waiting:
            self._place.check()
        for number, *entry in waiting:
            self._write(*entry)
            with self._database.transaction() as conn:
                conn.execute("DELETE FROM journal WHERE id = %s", [number])
        return len(waiting)

    def _write(self, kind: str, brand: str, post: str, subject: str, at: datetime, kept: Any) -> None:  # noqa: ANN401 -- JSON
        if kind in {opt_outs.OUT, opt_outs.IN}:
            opt_outs.write(self._database, self._objects, Turn(kind == opt_outs.OUT, brand, subject, at))
            return
        end = End(EndKind(kind), brand, post, subject, at, rows.read_kept(kept) if kept else None)
        self._objects.put(_key(end), _document(end), "application/json")

    def _check_place(self) -> None:
        """Check it, and have whoever asks what stands told why nobody knows."""
        self._unread = _not_read()
        try:
            self._place.check()
        except Unavailable as error:
            self._unread = error
            raise

    def _next_write(self) -> Future[int]:
        """Answer a write that has not begun yet: one that has may have looked before our commit."""
        with self._submitting:
            if self._next is None or self._next.running() or self._next.done():
                self._next = self._writer.submit(self.write)
            return self._next

    def _forgotten(self, keys: Sequence[str]) -> list[End]:
        """List what the database contradicts: a look at keys, since nearly all of them are known."""
        return [end for kind in _FORGOTTEN for end in self._standing(kind, keys)]

    def _not_here(self, keys: Sequence[str]) -> int:
        named = {kind: {_id(key) for key in keys if key.startswith(f"{kind}/")} for kind in EndKind}
        with self._database.transaction() as conn:
            found = (conn.execute(_KNOWN[kind], [list(ids)]).rowcount for kind, ids in named.items() if ids)
            return sum(map(len, named.values())) - sum(found)

    def _standing(self, kind: EndKind, keys: Sequence[str]) -> list[End]:
        ended = {key: _subject(key) for key in keys if key.startswith(f"{kind}/")}
        with self._database.transaction() as conn:
            found = conn.execute(_FORGOTTEN[kind], [list(ended.values())]).fetchall()
        ends = [End(kind, brand, post, subject, datetime.now(UTC)) for brand, post, subject in found]
        return [self._remembered(end) for end in ends if _key(end) in ended]

    def _remembered(self, end: End) -> End:
        """Read when it was. The key alone says what has ended: an entry that is damaged keeps nothing alive."""
        key = _key(end)
        try:
            said = json.loads(self._objects.get(key).data)
            at = datetime.fromisoformat(said["at"]).astimezone(UTC)
            return replace(end, at=at, kept=rows.read_kept(said["kept"]) if end.kind is EndKind.NARROWED else None)
        except _UNREADABLE:
            log.critical("an entry of the journal cannot be read: what it names is ended now", key=key, exc_info=True)
            return end


def _not_read() -> Unavailable:
    message = "What creators took back is being read again. Try again in a moment."
    return Unavailable(message, reason="JOURNAL_NOT_READ")


def _key(end: End) -> str:
    return f"{end.kind}/{end.brand}/{end.subject}"


def _subject(key: str) -> str:
    return key.rpartition("/")[2]


def _id(key: str) -> str:
    """Name what ended; of a narrowing, whatever its number."""
    return _subject(key).partition(".")[0]


def _document(end: End) -> bytes:
    said = {"kind": end.kind, "brand": end.brand, "post": end.post, "subject": end.subject, "at": end.at.isoformat()}
    kept = {"kept": rows.kept_json(end.kept)} if end.kept else {}
    return json.dumps(said | kept, indent=2).encode()
