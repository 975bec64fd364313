"""Keeps the lease: hears rights' `as_of`, asks rights when it is silent, holds and releases placements."""

from __future__ import annotations

import math
import threading
import time
from datetime import UTC, datetime
from typing import Protocol

from chorus.errors import Unavailable
from chorus.platform import logs
from chorus.platform.ids import new_id
from chorus.platform.leading import Wakeup
from chorus.platform.postgres import Database
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.heard import Narrowed
from chorus.publishing.domain.lease import ASK_SECONDS, SILENCE_SECONDS, ClockEstimate, Standing, silent
from chorus.publishing.handlers.lease import forgotten, hold_or_release, hold_unconfirmed, narrowed, no_longer_granted

log = logs.logger(__name__)
LOOK_SECONDS = 0.5
_WRITE_SECONDS = 0.5


class Asks(Protocol):
    """Whoever answers which grants stand."""

    def standing(self, grants: list[str]) -> Standing:
        """Answer which of the grants stand now, and which are over. Raises `Unavailable`."""
        ...


class Listener:
    """Times rights' `as_of` on this process's own clock, and notes what it means where every process sees it."""

    def __init__(self, database: Database) -> None:
        """Write to this database."""
        self._database = database
        self._clock: ClockEstimate | None = None
        self._known_at: dict[int, float] = {}
        self._written = 0.0

    def on_as_of(self, partition: int, at: datetime) -> None:
        """Hear that all that rights committed before `at` has come, on this partition."""
        now = time.monotonic()
        clock = self._clock or self._begin(now)
        self._known_at[partition] = now - clock.age(at.timestamp(), now)
        if now - self._written >= _WRITE_SECONDS:
            self._write(clock, now)

    def _begin(self, now: float) -> ClockEstimate:
        """Go on from what an earlier process saw: else all that lies in the topic would look fresh at first."""
        with self._database.transaction() as conn:
            seen = PostgresStore(conn).clock_offset()
        self._clock = ClockEstimate(None if seen is None else seen - (time.time() - now), now)
        return self._clock

    def _write(self, clock: ClockEstimate, now: float) -> None:
        ages = {partition: now - known for partition, known in self._known_at.items()}
        with self._database.transaction() as conn:
            PostgresStore(conn).known(ages, (clock.offset or 0.0) + time.time() - now)
        self._known_at.clear()
        self._written = now


class LeaseKeeper:
    """Holds what may no longer be shown unseen, and shows it again."""

    def __init__(self, database: Database, rights: Asks, *, grace: float) -> None:
        """Ask `rights`; hold what needs a grant when nothing is known for longer than `grace` seconds."""
        self._database = database
        self._rights = rights
        self._grace = grace
        self._asked = -math.inf
        self._begun = False
        self._since = time.monotonic()

    def run(self, wakeup: Wakeup, _stop: threading.Event) -> None:
        """Look, then wait."""
        self.look()
        wakeup.wait(LOOK_SECONDS)

    def look(self) -> None:
        """Ask, hold and release by what is known now.

        Where rights cannot be asked either, a process that has just begun listens first: readers show nothing unknown
        meanwhile, and what rights says next usually makes holding everything, and releasing it at once, unnecessary.
        """
        if self._is_to_ask():
            self._ask()
        if time.monotonic() - self._since < SILENCE_SECONDS and silent(self._age()):
            return
        while self._hold_or_release():
            pass

    def _is_to_ask(self) -> bool:
        """Tell whether rights is silent, or this process has just begun: what was said while it was away comes late."""
        return time.monotonic() - self._asked >= ASK_SECONDS and (not self._begun or silent(self._age()))

    def _age(self) -> float:
        with self._database.transaction() as conn:
            return PostgresStore(conn).rights_age()

    def _ask(self) -> None:
        self._asked = time.monotonic()
        with self._database.transaction() as conn:
            shown, restored = PostgresStore(conn).asking(), PostgresStore(conn).restored()
        try:
            answer = self._rights.standing([grant for _, _, grant in shown])
        except Unavailable as error:
            log.warning("rights is silent and cannot be asked", reason=error.reason)
            return
        self._begun = True
        left = {each.grant: each for each in answer.narrowed}
        for brand, post, grant in shown:
            if grant in answer.ended:
                self._end(brand, post, grant)
            elif grant in left:
                self._narrow(brand, post, left[grant])
            elif grant not in answer.active and restored:
                self._forget(brand, post, grant)
            elif grant not in answer.active:
                self._doubt(brand, post, grant)
        standing = [each for each in shown if each[2] in answer.active]
        with self._database.transaction() as conn:
            PostgresStore(conn).asked(time.monotonic() - self._asked, standing)
            if restored:
                PostgresStore(conn).reconciled()
                log.warning("reconciled with rights after a restore", grants=len(shown), standing=len(standing))

    def _end(self, brand: str, post: str, grant: str) -> None:
        with self._database.transaction() as conn:
            no_longer_granted(PostgresStore(conn), brand, post, grant, now=datetime.now(UTC), new_id=new_id)

    def _narrow(self, brand: str, post: str, left: Narrowed) -> None:
        with self._database.transaction() as conn:
            narrowed(PostgresStore(conn), brand, post, left, now=datetime.now(UTC), new_id=new_id)

    def _forget(self, brand: str, post: str, grant: str) -> None:
        with self._database.transaction() as conn:
            forgotten(PostgresStore(conn), brand, post, grant, now=datetime.now(UTC), new_id=new_id)

    def _doubt(self, brand: str, post: str, grant: str) -> None:
        with self._database.transaction() as conn:
            hold_unconfirmed(PostgresStore(conn), brand, post, grant, now=datetime.now(UTC))

    def _hold_or_release(self) -> bool:
        with self._database.transaction() as conn:
            return hold_or_release(PostgresStore(conn), grace=self._grace, now=datetime.now(UTC))
