"""Looks at take-downs when their bound is over, and again until all is confirmed; issues their certificates."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chorus.errors import Unavailable
from chorus.evidence import certificate
from chorus.evidence.keys import SigningKey
from chorus.platform import logs
from chorus.platform.leading import Wakeup
from chorus.platform.postgres import Database
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.certificate import said
from chorus.publishing.domain.surface import Surface
from chorus.publishing.domain.takedown import Look, Place, Takedown
from chorus.publishing.handlers.takedowns import look, put_off

log = logs.logger(__name__)
LOOK_SECONDS = 1.0
_BATCH, _AT_ONCE = 50, 4
_AGAIN = timedelta(minutes=1)


class Looks(Protocol):
    """Whoever looks at public addresses."""

    def look(self, place: Place, where: Surface, version: int, post: str) -> Sequence[Look]:
        """Tell what each address of a placement shows now; `version` is the surface's at its last change.

        `post` is what may stand there by no other placement either; empty where it may.
        """
        ...


class Issuer:
    """Takes the take-downs that are due, a few at a time."""

    def __init__(
        self,
        database: Database,
        prober: Looks,
        key: SigningKey,
        *,
        public_url: str,
        bound: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Look by `prober`, sign with `key`. `bound` is the revocation bound, in seconds."""
        self._database = database
        self._prober = prober
        self._key = key
        self._public_url = public_url
        self._bound = timedelta(seconds=bound)
        self._now = now
        self._pool = ThreadPoolExecutor(_AT_ONCE, "take-down")

    def run(self, wakeup: Wakeup, stop: threading.Event) -> None:
        """Look at what is due, then wait."""
        while not stop.is_set() and self.step():
            pass
        wakeup.wait(LOOK_SECONDS)

    def step(self) -> bool:
        """Look at the next take-downs that are due; tells whether there were any, and one was looked at."""
        with self._database.transaction() as conn:
            due = PostgresStore(conn).due_takedowns(self._now(), self._bound, _BATCH)
        return any(list(self._pool.map(self._look, due)))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)

    def _look(self, takedown: Takedown) -> bool:
        try:
            found, now = self._found(takedown), self._now()
            with self._database.transaction() as conn:
                store = PostgresStore(conn)
                name = store.brand(takedown.brand).display_name
                after = look(store, takedown.takedown, found, lambda it: self._certificate(it, name, now), now=now)
        except Unavailable:
            raise
        except Exception:
            # Whatever is wrong with one, the others go on.
            log.exception("take-down could not be looked at", takedown=takedown.takedown)
            with self._database.transaction() as conn:
                put_off(PostgresStore(conn), takedown.takedown, self._now() + _AGAIN)
            return False
        if after.issues > takedown.issues:
            log.info("take-down certified", takedown=after.takedown, number=after.issues, complete=after.complete)
        return True

    def _found(self, takedown: Takedown) -> Mapping[str, Sequence[Look]]:
        """Look at each place that nothing has confirmed, with no transaction open meanwhile."""
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            where = {each.surface: store.surface(takedown.brand, each.surface) for each in takedown.open_places}
            versions = store.versions([each.placement for each in takedown.open_places])
        return {
            each.placement: self._prober.look(each, where[each.surface], versions[each.placement], takedown.gone)
            for each in takedown.open_places
        }

    def _certificate(self, takedown: Takedown, brand_name: str, now: datetime) -> str:
        content = said(takedown, issuer=self._public_url, brand_name=brand_name, bound=self._bound, now=now)
        return json.dumps(certificate.issue(content, self._key), indent=2, ensure_ascii=False) + "\n"
