"""Time stamps for the log of evidence: one authority (RFC 3161) is asked now and then about the newest checkpoint.

It is behind the sealing and in nobody's way: while it does not answer, entries have no stamp yet, and nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

import httpx2
from psycopg import Connection
from pydantic import field_validator
from pydantic_core import PydanticCustomError

from chorus.errors import Unavailable
from chorus.evidence import stamp
from chorus.evidence.stamp import trusted
from chorus.platform import logs
from chorus.platform.config import Settings
from chorus.platform.metrics import STAMP_DELAY
from chorus.platform.postgres import Database

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

log = logs.logger(__name__)
_EVERY = timedelta(minutes=1)
_SECONDS = 15.0
_MOST_BYTES = 100_000
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"
# Any fixed number does: whoever asks holds it meanwhile.
_LOCK = "SELECT pg_try_advisory_lock(7249315408123)"
_DUE = """
SELECT size, note FROM evidence_checkpoints
WHERE size > (SELECT coalesce(max(size), 0) FROM evidence_stamps)
  AND NOT EXISTS (SELECT FROM evidence_stamps WHERE at > now() - %s::interval)
ORDER BY size DESC LIMIT 1
"""
_ADD = "INSERT INTO evidence_stamps (size, response) VALUES (%s, %s)"


class Asks(Protocol):
    """Whoever gives time stamps."""

    def stamp(self, checkpoint: str) -> bytes:
        """Answer the time stamp of a checkpoint. Raises `Unavailable`."""
        ...


@dataclass(frozen=True)
class Authority:
    """A time-stamping authority at an address that the operator chose: it may be inside, and is asked without a guard.

    Where `roots` are given, its certificate has to lead to one of them.
    """

    url: str
    roots: Sequence[Certificate] = ()

    def stamp(self, checkpoint: str) -> bytes:
        asked, nonce = stamp.question(checkpoint)
        try:
            response = self._answer(asked)
            stamp.read(checkpoint, response, roots=self.roots, nonce=nonce)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, stamp.BadStampError) as error:
            message = f"The time-stamping authority did not answer as it should: {error}"
            raise Unavailable(message, reason="NO_TIME_STAMP") from error
        return response

    def _answer(self, asked: bytes) -> bytes:
        """Read an answer of some size, within some seconds; an httpx2 error where it is none."""
        end, body = time.monotonic() + _SECONDS, b""
        headers = {"content-type": _QUERY, "accept": _REPLY, "accept-encoding": "identity"}
        with (
            httpx2.Client(timeout=_SECONDS, trust_env=False) as client,
            client.stream("POST", self.url, content=asked, headers=headers) as answer,
        ):
            answer.raise_for_status()
            for part in answer.iter_raw():
                body += part
                if len(body) > _MOST_BYTES or time.monotonic() > end:
                    message = "it says too much, or too slowly"
                    raise httpx2.ReadError(message)
        return body


class StampingSettings(Settings):
    """Who says by when evidence was there: an RFC 3161 authority's address, empty for none.

    `evidence_tsa_roots` are certificates, as PEM, of which one has to vouch for the authority; empty for any.
    """

    evidence_tsa: str = ""
    evidence_tsa_roots: str = ""

    @field_validator("evidence_tsa")
    @classmethod
    def _secure(cls, address: str) -> str:
        """Refuse an address on the way to which others could answer; nobody else is on the way to this machine."""
        parts = urlsplit(address)
        secure = parts.scheme == "https" and parts.hostname
        if address and not secure and (parts.scheme, parts.hostname in _HERE) != ("http", True):
            raise PydanticCustomError("tsa", "is no https address")
        return address

    @field_validator("evidence_tsa_roots")
    @classmethod
    def _readable(cls, roots: str) -> str:
        try:
            _ = roots and trusted(roots.encode())
        except ValueError:
            raise PydanticCustomError("roots", "is no list of certificates as PEM") from None
        return roots

    def authority(self) -> Authority | None:
        """Answer who is asked; None where nobody is."""
        roots = trusted(self.evidence_tsa_roots.encode()) if self.evidence_tsa_roots else ()
        return Authority(self.evidence_tsa, roots) if self.evidence_tsa else None


class Stamper:
    """Has the newest checkpoint stamped, at most once in a while, however many processes run."""

    def __init__(self, database: Database, authority: Asks, every: timedelta = _EVERY) -> None:
        """Ask the authority about what lies in this database, and pause so long before the next question."""
        self._database = database
        self._authority = authority
        self._every = every

    def run(self, stop: threading.Event) -> None:
        """Ask, and go on asking where nothing came, until told to stop."""
        without_since = None
        while not stop.is_set():
            try:
                self.stamp()
                without_since = None
            except Unavailable as error:
                without_since = without_since or time.monotonic()
                log.warning("evidence is stamped later", reason=error.reason, error=error.message)
            STAMP_DELAY.set(time.monotonic() - without_since if without_since else 0)
            stop.wait(self._every.total_seconds())

    def stamp(self) -> bool:
        """Have the newest checkpoint stamped where that is due; tells whether it was. Raises `Unavailable`."""
        with self._database.transaction() as conn:
            if self._due(conn) is None:
                return False
        # No transaction waits for the authority.
        with self._database.dedicated() as conn:
            if conn.execute(_LOCK).fetchone() != (True,) or (due := self._due(conn)) is None:
                return False
            size, note = due
            conn.execute(_ADD, [size, self._authority.stamp(note)])
        return True

    def _due(self, conn: Connection[Any]) -> tuple[int, str] | None:
        found: tuple[int, str] | None = conn.execute(_DUE, [self._every]).fetchone()
        return found
