"""Sends events to endpoints: each endpoint in its own queue, several at a time, none held up by another that is slow.

Endpoints that answered last time share one set of threads, those that did not another: who does not answer holds a
thread of the first for one try at most.
"""

from __future__ import annotations

import itertools
import random
import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from chorus.errors import NotFound, Unavailable
from chorus.platform import logs
from chorus.platform.leading import Wakeup
from chorus.platform.postgres import Database
from chorus.publishing.adapters.courier import Courier
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.delivery import Answer, Delivery
from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.domain.feed import Item
from chorus.publishing.domain.lease import lost
from chorus.publishing.handlers.endpoints import settle

log = logs.logger(__name__)
LOOK_SECONDS = 1.0
_MOST_QUICK, _MOST_SLOW = 16, 8
# On their way to one endpoint at a time; to one that failed last time, a single one.
_MOST_TO_ONE = 4


@dataclass(frozen=True, slots=True)
class _Parcel:
    endpoint: Endpoint
    delivery: Delivery
    item: Item | None


@dataclass(eq=False, slots=True)
class _Lane:
    courier: Courier
    free: int


class Dispatcher:
    """Sends what may be sent now. `look` may be called at any time; there is one for all processes."""

    def __init__(
        self,
        database: Database,
        quick: Courier,
        slow: Courier,
        *,
        grace: float,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Send by two couriers who share nothing that one could wait for because of the other.

        Nothing that is shown is sent when rights is not known for longer than `grace` seconds.
        """
        self._database = database
        self._quick, self._slow = _Lane(quick, _MOST_QUICK), _Lane(slow, _MOST_SLOW)
        self._grace = grace
        self._now = now
        self._chance = chance
        self._lock = threading.Lock()
        # Posts of which something is on its way, by endpoint; and in which turn each was served last.
        self._busy: defaultdict[str, list[str]] = defaultdict(list)
        self._served: dict[str, int] = {}
        self._turns = itertools.count(1)
        self._leading = False

    def run(self, wakeup: Wakeup, _stop: threading.Event) -> None:
        """Look, then wait; whatever comes back meanwhile has the next one sent."""
        self._leading = True
        try:
            self.look()
            wakeup.wait(LOOK_SECONDS)
        finally:
            self._leading = False

    def look(self) -> int:
        """Send what may be sent now, as much as there is room for; answers how much was begun."""
        with self._lock:
            packed = self._packed()
            for lane, parcel in packed:
                lane.free -= 1
                self._busy[parcel.endpoint.endpoint].append(parcel.delivery.post)
                self._served[parcel.endpoint.endpoint] = next(self._turns)
                threading.Thread(target=self._carry, args=(lane, parcel), name="webhook", daemon=True).start()
        return len(packed)

    @property
    def on_their_way(self) -> int:
        """How many events are being sent."""
        with self._lock:
            return sum(map(len, self._busy.values()))

    def _packed(self) -> list[tuple[_Lane, _Parcel]]:
        now, free = self._now(), {lane: lane.free for lane in (self._quick, self._slow)}
        packed: list[tuple[_Lane, _Parcel]] = []
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            known = not lost(store.rights_age(), self._grace)
            due = store.due_endpoints(now, known=known)
            for endpoint in sorted(due, key=lambda each: self._served.get(each.endpoint, 0)):
                lane, most = (self._slow, 1) if endpoint.failures else (self._quick, _MOST_TO_ONE)
                busy = self._busy[endpoint.endpoint]
                room = max(0, min(free[lane], most - len(busy)))
                found = store.next_deliveries(endpoint.endpoint, busy, room, now, known=known)
                free[lane] -= len(found)
                packed += [(lane, parcel) for each in found if (parcel := self._parcel(store, endpoint, each))]
        return packed

    def _parcel(self, store: PostgresStore, endpoint: Endpoint, delivery: Delivery) -> _Parcel | None:
        """Add what is shown now; None for a post that left at this moment."""
        item = None if delivery.is_final else store.item(delivery)
        return _Parcel(endpoint, delivery, item) if item or delivery.is_final else None

    def _carry(self, lane: _Lane, parcel: _Parcel) -> None:
        try:
            self._settle(parcel, lane.courier.carry(parcel.endpoint, parcel.delivery, parcel.item))
        except NotFound:
            log.info("an endpoint was deleted while something was on its way", endpoint=parcel.endpoint.endpoint)
        except Unavailable as error:
            # It is sent again, with the same id.
            log.warning("what an endpoint answered could not be kept", reason=error.reason)
        except Exception:
            log.exception("webhook failed", delivery=parcel.delivery.delivery)
        self._returned(lane, parcel)

    def _settle(self, parcel: _Parcel, answer: Answer) -> None:
        with self._lock, self._database.transaction() as conn:
            before, store = parcel.endpoint, PostgresStore(conn)
            after = settle(store, before, parcel.delivery, answer, now=self._now(), chance=self._chance())
        if after.disabled and not before.disabled:
            log.warning("endpoint disabled", brand=after.brand, endpoint=after.endpoint, why=after.disabled)

    def _returned(self, lane: _Lane, parcel: _Parcel) -> None:
        with self._lock:
            lane.free += 1
            self._busy[parcel.endpoint.endpoint].remove(parcel.delivery.post)
        if self._leading:
            with suppress(Unavailable):
                self.look()
