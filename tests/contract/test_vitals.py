"""What a service tells of its own health comes from its database, by queries that every room's schema knows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg import Connection
from psycopg.types.json import Jsonb

from chorus.ingest import app as ingest
from chorus.platform import outbox, restores
from chorus.platform.ids import new_id
from chorus.platform.metrics import RIGHTS_AGE
from chorus.platform.postgres import Database
from chorus.platform.topics import PARTITIONS, POST
from chorus.platform.vitals import EVERY_SERVICE, Vital, watch
from chorus.publishing import app as publishing
from chorus.publishing.adapters.lease_store import LeaseStore
from tests.engines.fixtures import MakeDatabase
from tests.serving import database_of

ROOMS = {
    "brands": EVERY_SERVICE,
    "ingest": (*EVERY_SERVICE, *ingest._VITALS),
    "publishing": (*EVERY_SERVICE, *publishing._VITALS),
}
OUTBOX_AGE, PARKED = EVERY_SERVICE
NEVER = 1e9


class Gauge:
    """Remembers what it was set to, and ends the watch once it knows."""

    def __init__(self, stop: threading.Event) -> None:
        self.value = -1.0
        self._stop = stop

    def set(self, amount: float, *_: Any, **__: Any) -> None:  # noqa: ANN401 -- as OpenTelemetry has it
        self.value = amount
        self._stop.set()


def measured(database: Database, *vitals: Vital) -> list[float]:
    """Measure vitals once."""
    stop = threading.Event()
    gauges = [Gauge(stop) for _ in vitals]
    own = [Vital(gauge, vital.query) for gauge, vital in zip(gauges, vitals, strict=True)]  # type: ignore[arg-type]  # all that is used of a gauge
    watch(database, own, stop)
    return [gauge.value for gauge in gauges]


@pytest.mark.parametrize("room", ROOMS)
def test_a_service_that_has_done_nothing_is_well(room: str, make_database: MakeDatabase) -> None:
    database = Database(database_of(room, make_database))
    told = dict(zip((vital.gauge for vital in ROOMS[room]), measured(database, *ROOMS[room]), strict=True))
    assert told.pop(RIGHTS_AGE, NEVER) == NEVER
    assert set(told.values()) == {0.0}
    database.close()


def test_rights_is_known_when_every_partition_was_heard_and_never_after_a_restore(make_database: MakeDatabase) -> None:
    database = Database(database_of("publishing", make_database))
    (vital,) = (each for each in publishing._VITALS if each.gauge is RIGHTS_AGE)
    ages = []
    for act in (_heard(PARTITIONS - 1), _heard(PARTITIONS), lambda conn: restores.note(conn, "a test")):
        with database.transaction() as conn:
            act(conn)
        ages += measured(database, vital)
    assert ages[0] == ages[2] == NEVER
    assert 7 <= ages[1] < 3600
    database.close()


def _heard(partitions: int) -> Callable[[Connection], None]:
    return lambda conn: LeaseStore(conn).known(dict.fromkeys(range(partitions), 7.0), 0.0)


def test_the_oldest_fact_that_waits_and_what_is_parked_are_told(make_database: MakeDatabase) -> None:
    database = Database(database_of("ingest", make_database))
    with database.transaction() as conn:
        for minutes in (10, 1):
            at = datetime.now(UTC) - timedelta(minutes=minutes)
            outbox.append(conn, POST, key="a/b", fact="captured", payload=b"", event_id=new_id(), occurred_at=at)
        for offset in range(3):
            conn.execute(
                'INSERT INTO parked (topic, partition, "offset", key, headers, value, reason) '
                "VALUES ('t', 0, %s, 'k', %s, '', 'bad')",
                [offset, Jsonb({})],
            )
    age, parked = measured(database, OUTBOX_AGE, PARKED)
    assert 600 <= age < 3600
    assert parked == 3
    database.close()
