"""The log of evidence in PostgreSQL: adding entries, sealing them into the tree, and proving what it holds.

An entry is written by whoever decides, without waiting for anybody. Sealing gives each its leaf, in one process at a
time, and signs a checkpoint; it happens every second, and at once when a creator has decided something.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, LiteralString

from psycopg import Connection

from chorus.errors import Invalid
from chorus.evidence import entry as entries
from chorus.evidence import note
from chorus.evidence.keys import PublicKey
from chorus.evidence.note import Checkpoint
from chorus.evidence.receipt import Sealed, Stamped
from chorus.evidence.tree import Node, consistency, grown, inclusion, leaf_hash, root
from chorus.platform import logs
from chorus.platform.evidence import EvidenceSigner
from chorus.platform.postgres import Database
from chorus.platform.secrets import new_secret
from chorus.rights.domain.evidence import Statement

log = logs.logger(__name__)
_EVERY_SECONDS = 1.0
_BATCH = 1_000
_SALT_BYTES = 16
_ADD = "INSERT INTO evidence (content) VALUES (%s) RETURNING number"
_ADD_DETAILS = """
INSERT INTO evidence_details (number, brand, post, subject, disclosures) VALUES (%s, %s, %s, %s, %s)
"""
_WAIT = "INSERT INTO evidence_waiting (number) VALUES (%s)"
_FORGET = "DELETE FROM evidence_details WHERE brand = %s AND post = %s"
# Any fixed number does: whoever seals holds it until the transaction ends.
_LOCK = "SELECT pg_try_advisory_xact_lock(7249315408122)"
_TAKE_WAITING = """
WITH taken AS (
    DELETE FROM evidence_waiting WHERE number IN (SELECT number FROM evidence_waiting ORDER BY number LIMIT %s)
    RETURNING number
)
SELECT number, content FROM taken JOIN evidence USING (number) ORDER BY number
"""
_SIZE = "SELECT coalesce(max(leaf) + 1, 0) FROM evidence_leaves"
_ADD_LEAVES = "INSERT INTO evidence_leaves (leaf, number) SELECT * FROM unnest(%s::bigint[], %s::bigint[])"
_ADD_NODES = """
INSERT INTO evidence_nodes (level, place, hash) SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
"""
_NEWEST = "SELECT note FROM evidence_checkpoints ORDER BY size DESC LIMIT 1"
_ADD_KEY = "INSERT INTO evidence_keys (key, log) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_IS_WAITING = """
SELECT EXISTS (SELECT FROM evidence_details JOIN evidence_waiting USING (number)
    WHERE brand = %s AND post = %s AND (%s::text IS NULL OR subject = %s))
"""
_KEYS = "SELECT log, key FROM evidence_keys ORDER BY since, key"
_SEALED = """
SELECT content, disclosures, leaf FROM evidence_details
JOIN evidence USING (number) JOIN evidence_leaves USING (number)
WHERE brand = %s AND post = %s AND (%s::text IS NULL OR subject = %s) ORDER BY leaf
"""
_STAMPED = """
SELECT size, note, response FROM evidence_stamps JOIN evidence_checkpoints USING (size)
WHERE size > %s ORDER BY size LIMIT 1
"""
_LEAVES = "SELECT hash FROM evidence_nodes WHERE level = 0 AND place >= %s ORDER BY place LIMIT %s"
_CHECKPOINTS = "SELECT note FROM evidence_checkpoints WHERE size > %s AND size <= %s ORDER BY size"


def add(conn: Connection[Any], statement: Statement) -> None:
    """Write an entry within the transaction that decides."""
    entry, disclosures = entries.made(
        statement.kind, statement.brand, statement.at, statement.details, lambda: new_secret(_SALT_BYTES)
    )
    (number,) = _one(conn, _ADD, entry.content)
    conn.execute(_ADD_DETAILS, [number, statement.brand, statement.post, statement.subject, disclosures])
    conn.execute(_WAIT, [number])


def forget(conn: Connection[Any], brand: str, post: str) -> None:
    """Erase whom the entries about a post are about; the creator's own receipts go on proving them."""
    conn.execute(_FORGET, [brand, post])


class EvidenceLog:
    """The log within one transaction."""

    def __init__(self, conn: Connection[Any], signer: EvidenceSigner) -> None:
        """Work within this connection's transaction."""
        self._conn = conn
        self._signer = signer

    def seal(self) -> int:
        """Give a batch of new entries their places and sign what the log is now; answers how many there were.

        None where somebody else is at it just now: that is waited for by nobody.
        """
        if not _one(self._conn, _LOCK)[0]:
            return 0
        waiting = self._conn.execute(_TAKE_WAITING, [_BATCH]).fetchall()
        if waiting:
            self._append([number for number, _ in waiting], [leaf_hash(content) for _, content in waiting])
        return len(waiting)

    def sealed(self, brand: str, post: str, subject: str | None) -> list[Sealed]:
        """Answer all that is known of a subject (None: of the post), the oldest first, with proofs up to now."""
        rows = self._conn.execute(_SEALED, [brand, post, subject, subject]).fetchall()
        if not rows:
            return []
        written = self.head()
        size = note.read(written, self.keys()).size
        return [
            Sealed(content, disclosures, leaf, inclusion(leaf, size, self._node), written, self._stamped(leaf))
            for content, disclosures, leaf in rows
        ]

    def waiting(self, brand: str, post: str, subject: str | None) -> bool:
        """Tell whether an entry of a subject (None: of the post) has no place yet."""
        return bool(_one(self._conn, _IS_WAITING, brand, post, subject, subject)[0])

    def publish_key(self) -> None:
        """Let everybody know the key that signs now; whoever signs does so first."""
        key = self._signer.key
        self._conn.execute(_ADD_KEY, [key.public.key, key.name])

    def head(self) -> str:
        """Answer the newest checkpoint, as a signed note; empty before there is one."""
        row = self._conn.execute(_NEWEST).fetchone()
        return str(row[0]) if row else ""

    def keys(self) -> list[PublicKey]:
        """Answer every key that ever signed, the oldest first."""
        return [PublicKey(log, key) for log, key in self._conn.execute(_KEYS)]

    def consistency(self, old: int, size: int) -> list[bytes]:
        """Prove that the log of `size` entries goes on from that of `old`. Raises `Invalid`."""
        if not 0 < old <= size <= self._size():
            message = "Name two sizes that the log has had, the smaller first."
            raise Invalid(message, fields={"size": message})
        return consistency(old, size, self._node)

    def leaves(self, start: int, limit: int) -> tuple[list[bytes], list[str]]:
        """List leaves' hashes from one on, and the checkpoints that were signed among them."""
        hashes = [row[0] for row in self._conn.execute(_LEAVES, [start, limit])]
        return hashes, [row[0] for row in self._conn.execute(_CHECKPOINTS, [start, start + len(hashes)])]

    def _append(self, numbers: Sequence[int], hashes: Sequence[bytes]) -> None:
        size = self._size()
        nodes = grown(size, hashes, self._node)
        self._conn.execute(_ADD_LEAVES, [list(range(size, size + len(numbers))), list(numbers)])
        columns = zip(*((*place, found) for place, found in nodes.items()), strict=True)
        self._conn.execute(_ADD_NODES, [list(column) for column in columns])
        size += len(numbers)
        checkpoint = Checkpoint(self._signer.origin, size, root(size, self._node))
        self.publish_key()
        signed = note.sign(checkpoint, self._signer.key)
        self._conn.execute("INSERT INTO evidence_checkpoints (size, note) VALUES (%s, %s)", [size, signed])

    def _stamped(self, leaf: int) -> Stamped | None:
        """Answer the first checkpoint with a time stamp that holds a leaf; None before there is one."""
        row = self._conn.execute(_STAMPED, [leaf]).fetchone()
        if row is None:
            return None
        size, written, response = row
        return Stamped(written, inclusion(leaf, size, self._node), response)

    def _size(self) -> int:
        return int(_one(self._conn, _SIZE)[0])

    def _node(self, node: Node) -> bytes:
        return bytes(_one(self._conn, "SELECT hash FROM evidence_nodes WHERE level = %s AND place = %s", *node)[0])


class Sealer:
    """Seals every second what waits."""

    def __init__(self, database: Database, signer: EvidenceSigner) -> None:
        """Work on this database."""
        self._database = database
        self._signer = signer

    def run(self, stop: threading.Event) -> None:
        """Seal, and again at once while there is more than one batch.

        The key is published before anything is sealed: publishing signs with it too, and waits for nobody.
        """
        with self._database.transaction() as conn:
            EvidenceLog(conn, self._signer).publish_key()
        while not stop.is_set():
            if self._seal() < _BATCH:
                stop.wait(_EVERY_SECONDS)

    def seal_soon(self) -> None:
        """Seal what waits; where that cannot be done just now, `run` does it: what was decided stands either way."""
        try:
            self._seal()
        except Exception:
            log.warning("evidence is sealed a little later", exc_info=True)

    def _seal(self) -> int:
        with self._database.transaction() as conn:
            return EvidenceLog(conn, self._signer).seal()


def _one(conn: Connection[Any], query: LiteralString, *values: object) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = conn.execute(query, values).fetchone()
    assert row is not None  # noqa: S101 -- each of these statements answers a row, or the log is not whole
    return row
