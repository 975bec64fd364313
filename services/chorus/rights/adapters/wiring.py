"""What the rpcs of rights work with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection

from chorus.platform.evidence import EvidenceSigner
from chorus.platform.postgres import Database
from chorus.platform.rpc import principal
from chorus.platform.secrets import sha256_hex
from chorus.rights.adapters.confirm_links import ConfirmLinks
from chorus.rights.adapters.journal import Journal
from chorus.rights.adapters.nonces import Nonces
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.handlers.means import Means


@dataclass(frozen=True)
class Wiring:
    """What the servicer works with. `public_url` is the origin of creators' pages."""

    database: Database
    nonces: Nonces
    public_url: str
    window: timedelta
    journal: Journal
    signer: EvidenceSigner
    confirm_links: ConfirmLinks
    means: Means
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @contextmanager
    def transaction(self) -> Iterator[Connection[Any]]:
        """Begin a transaction."""
        with self.database.transaction() as conn:
            yield conn

    @contextmanager
    def store(self) -> Iterator[PostgresStore]:
        """Begin a transaction, and see it as the store."""
        with self.database.transaction() as conn:
            yield PostgresStore(conn)


def caller() -> str:
    """Name who is calling, as people read it."""
    return principal().email or principal().name


def address_of(link: str) -> tuple[str, str | None]:
    """Read a link: the hash of its secret, which is all that is kept of it, and the post that it names, if any."""
    secret, named_one, post = link.partition("~")
    return sha256_hex(secret), post if named_one else None
