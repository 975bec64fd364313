"""Applying records once: each takes effect once, in its owner's order, however often it is delivered.

Position, numbers and effects are one transaction. A record that cannot be handled is parked in that same transaction.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import Connection

from chorus.errors import Exhausted, Unavailable
from chorus.platform import logs, restores
from chorus.platform.events import Record
from chorus.platform.metrics import FACT_GAPS, FACTS_HANDLED
from chorus.platform.parking import Handle, HandleAll, park
from chorus.platform.postgres import Database

_log = logs.logger(__name__)

# What passes by itself: tried again, never parked.
_TRANSIENT = (Unavailable, Exhausted, psycopg.OperationalError, OSError, MemoryError)
_WINDOW = 200
_SMALLEST_WINDOW = 20
_SHARE = 0.2

_POSITION = """
INSERT INTO inbox_offset AS known (topic, partition) VALUES (%s, %s)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = known.next_offset
RETURNING next_offset
"""
_REWIND = "UPDATE inbox_offset SET next_offset = 0 WHERE topic = %s AND partition = %s"
_LOCK_OFFSETS = """
SELECT topic, partition, next_offset FROM inbox_offset
WHERE (topic, partition) IN (SELECT * FROM unnest(%s::text[], %s::int[]))
ORDER BY topic, partition FOR UPDATE
"""
# Row by row: a join may be planned while the table is small, and then reads all of it when it has grown.
_KNOWN_SEQS = """
SELECT known.topic, known.key, known.seq FROM unnest(%s::text[], %s::text[]) AS asked (topic, key), LATERAL (
    SELECT * FROM inbox_seq AS one WHERE one.topic = asked.topic AND one.key = asked.key LIMIT 1
) AS known
"""
_BLOCKED_KEYS = """
SELECT DISTINCT topic, key FROM parked
WHERE settled_at IS NULL AND (topic, key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
"""
_PARKED_LATELY = """
SELECT count(DISTINCT (topic, key)) FROM parked
WHERE settled_at IS NULL AND topic = ANY(%s) AND parked_at > now() - interval '1 hour'
"""
_SAVE_OFFSETS = """
UPDATE inbox_offset SET next_offset = new.next_offset
FROM unnest(%s::text[], %s::int[], %s::bigint[]) AS new (topic, partition, next_offset)
WHERE (inbox_offset.topic, inbox_offset.partition) = (new.topic, new.partition)
"""
_SAVE_SEQS = """
INSERT INTO inbox_seq (topic, key, seq) SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])
ON CONFLICT (topic, key) DO UPDATE SET seq = excluded.seq
"""

_Where = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the inbox must know of a fact: which one it is, and its number among its owner's facts of that key."""

    event_id: str
    seq: int


# Reads the few things above from a record, without handling it; raises what its decoder raises.
Peek = Callable[[Record], Heard]
OnKeyless = Callable[[Record], None]


class TooManyParkedError(Exception):
    """So many facts cannot be handled that the fault is not theirs: the reader stops, and nothing more is parked."""


class Inbox:
    """A service's reading of some topics. It is the `OffsetStore` of its consumer, and used by one thread."""

    def __init__(
        self,
        database: Database,
        handle: Handle,
        *,
        peek: Peek,
        handle_all: HandleAll | None = None,
        on_keyless: OnKeyless | None = None,
    ) -> None:
        """Apply records with `handle`, one after the other, many in a transaction.

        `handle_all`, where given, applies all of a transaction at once; when it cannot, they are applied one after the
        other, to find out which of them is to be parked. `on_keyless` is given, after the commit, each record without a
        key: what was read before it has been applied.
        """
        self._database = database
        self._handle = handle
        self._handle_all = handle_all
        self._peek = peek
        self._on_keyless = on_keyless
        self._recent: deque[bool] = deque(maxlen=_WINDOW)

    def remember(self, topics: Sequence[str]) -> None:
        """Count what was parked in the last hour and waits: begun again, a reader does not forget its share."""
        with self._database.transaction() as conn:
            row = conn.execute(_PARKED_LATELY, [list(topics)]).fetchone()
        self._recent.extend([True] * min(row[0] if row else 0, _WINDOW))

    def position(self, topic: str, partition: int, end: int) -> int:
        """Give the next offset to read; where the log has lost what was read, begin anew and note it."""
        with self._database.transaction() as conn:
            row = conn.execute(_POSITION, [topic, partition]).fetchone()
            assert row is not None  # noqa: S101 -- an upsert that returns always has a row
            if row[0] <= end:
                return int(row[0])
            _log.critical("log_rewound", topic=topic, partition=partition, read=row[0], end=end)
            conn.execute(_REWIND, [topic, partition])
            restores.note(conn, f"{topic} ends at {end}, and was read to {row[0]}")
        return 0

    def apply(self, records: Sequence[Record]) -> None:
        """Handle all records, in one transaction; those that cannot be handled are parked in it.

        Raises `Unavailable` (or another error that passes) with nothing applied: call again with the same records.
        Raises `TooManyParkedError` with nothing applied when more than a fifth of the last 200 would be parked.
        """
        refused: dict[_Where, str] = {}
        handle_all = self._handle_all
        while True:
            try:
                done = self._attempt(records, refused, handle_all)
            except _SomePoisonError:
                handle_all = None
            except _PoisonError as poison:
                self._refuse(records, refused, poison)
            else:
                self._recent.extend(_where(record) in refused for record in records)
                self._tell(done)
                return

    def _attempt(
        self, records: Sequence[Record], refused: Mapping[_Where, str], handle_all: HandleAll | None
    ) -> _Progress:
        with self._database.transaction() as conn:
            progress = _load(conn, records)
            progress.together = handle_all is not None
            for index, record in enumerate(records):
                self._one(conn, progress, index, record, refused)
            if handle_all and progress.waiting:
                _handle_waiting(conn, progress, handle_all)
            _save(conn, progress)
        return progress

    def _one(
        self, conn: Connection, progress: _Progress, index: int, record: Record, refused: Mapping[_Where, str]
    ) -> None:
        if not progress.advance(record):
            return
        if not record.key:
            progress.keyless.append(record)
            return
        try:
            if _where(record) in refused:
                self._set_aside(conn, progress, record, refused[_where(record)])
            else:
                self._once(conn, progress, record)
        except Exception as error:
            if _passes(error):
                raise
            raise _PoisonError(index, error) from error

    def _once(self, conn: Connection, progress: _Progress, record: Record) -> None:
        seq = self._peek(record).seq
        last = progress.seqs.get((record.topic, record.key), 0)
        if seq <= last:
            progress.count(record, "repeated")
        elif (record.topic, record.key) in progress.blocked:
            self._set_aside(conn, progress, record, "waits behind an earlier fact of its key")
        else:
            if seq != last + 1:
                progress.gaps.append((record, last, seq))
            progress.seqs[record.topic, record.key] = seq
            if progress.together:
                progress.waiting.append(record)
            else:
                progress.count_handled(record, self._handle(conn, record))

    def _set_aside(self, conn: Connection, progress: _Progress, record: Record, reason: str) -> None:
        park(conn, record, reason)
        progress.blocked.add((record.topic, record.key))
        progress.count(record, "parked")
        # One that cannot even be read has no number; what comes after it parks behind it, whatever its number.
        if (seq := self._seq_if_readable(record)) is not None:
            progress.seqs[record.topic, record.key] = seq

    def _seq_if_readable(self, record: Record) -> int | None:
        try:
            return self._peek(record).seq
        except Exception:  # noqa: BLE001 -- the record is being parked for what is wrong with it
            return None

    def _refuse(self, records: Sequence[Record], refused: dict[_Where, str], poison: _PoisonError) -> None:
        record = records[poison.index]
        refused[_where(record)] = poison.reason
        outcomes = [_where(one) in refused for one in records[: poison.index + 1]]
        recent = [*self._recent, *outcomes][-_WINDOW:]
        if len(recent) >= _SMALLEST_WINDOW and sum(recent) > _SHARE * len(recent):
            message = f"{sum(recent)} of the last {len(recent)} facts could not be handled; the last: {poison.reason}"
            raise TooManyParkedError(message) from poison
        _log.error("fact_parked", topic=record.topic, key=record.key, offset=record.offset, reason=poison.reason)

    def _tell(self, done: _Progress) -> None:
        """Count and say, once it is committed, what was done."""
        for (topic, outcome), count in done.outcomes.items():
            FACTS_HANDLED.add(count, {"topic": topic, "outcome": outcome})
        for record, last, seq in done.gaps:
            FACT_GAPS.add(1, {"topic": record.topic})
            _log.critical("fact_missing", topic=record.topic, key=record.key, last=last, seq=seq)
        if self._on_keyless:
            for record in done.keyless:
                self._on_keyless(record)


class _PoisonError(Exception):
    """The record at `index` cannot be handled, however often it is tried."""

    def __init__(self, index: int, error: Exception) -> None:
        self.index = index
        self.reason = f"{type(error).__name__}: {error}"[:1000]
        super().__init__(self.reason)


class _SomePoisonError(Exception):
    """One of the records that were handled together cannot be."""


@dataclass
class _Progress:
    """Where reading stands within one transaction; `waiting` are those that are to be handled `together`."""

    offsets: dict[tuple[str, int], int]
    seqs: dict[tuple[str, str], int]
    blocked: set[tuple[str, str]]
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    gaps: list[tuple[Record, int, int]] = field(default_factory=list)
    keyless: list[Record] = field(default_factory=list)
    together: bool = False
    waiting: list[Record] = field(default_factory=list)

    def advance(self, record: Record) -> bool:
        """Move past a record; False when that was done before, by this reader or by another."""
        place = (record.topic, record.partition)
        if record.offset < self.offsets[place]:
            return False
        self.offsets[place] = record.offset + 1
        return True

    def count(self, record: Record, outcome: str) -> None:
        """Note what became of a record."""
        self.outcomes[record.topic, outcome] += 1

    def count_handled(self, record: Record, known: bool | None) -> None:  # noqa: FBT001 -- as handlers answer it
        """Note what its handler answered."""
        self.count(record, "unknown" if known is False else "handled")


def _load(conn: Connection, records: Sequence[Record]) -> _Progress:
    places = sorted({(record.topic, record.partition) for record in records})
    keys = sorted({(record.topic, record.key) for record in records})
    offsets = conn.execute(_LOCK_OFFSETS, _columns(places)).fetchall()
    seqs = conn.execute(_KNOWN_SEQS, _columns(keys)).fetchall()
    blocked = conn.execute(_BLOCKED_KEYS, _columns(keys)).fetchall()
    return _Progress(
        offsets={(topic, partition): next_offset for topic, partition, next_offset in offsets},
        seqs={(topic, key): seq for topic, key, seq in seqs},
        blocked={(topic, key) for topic, key in blocked},
    )


def _handle_waiting(conn: Connection, progress: _Progress, handle_all: HandleAll) -> None:
    try:
        answers = handle_all(conn, progress.waiting)
    except Exception as error:
        if _passes(error):
            raise
        raise _SomePoisonError from error
    for record, known in zip(progress.waiting, answers, strict=True):
        progress.count_handled(record, known)


def _save(conn: Connection, progress: _Progress) -> None:
    conn.execute(_SAVE_OFFSETS, _columns((*place, offset) for place, offset in progress.offsets.items()))
    if progress.seqs:
        conn.execute(_SAVE_SEQS, _columns((*key, seq) for key, seq in progress.seqs.items()))


def _columns(rows: Any) -> list[list[Any]]:  # noqa: ANN401 -- rows of any width become parameters for unnest
    return [list(column) for column in zip(*rows, strict=True)]


def _where(record: Record) -> _Where:
    return record.topic, record.partition, record.offset


def _passes(error: Exception) -> bool:
    """Tell what passes by itself. A value too large for an index is "operational" too, and does not pass (class 54)."""
    sqlstate = getattr(error, "sqlstate", None) or ""
    return isinstance(error, _TRANSIENT) and not sqlstate.startswith("54")
