"""What a service tells of its own health comes from its database, by queries that every room's schema knows."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from chorus.ingest import app as ingest
from chorus.platform import outbox
from chorus.platform.ids import new_id
from chorus.platform.postgres import Database
from chorus.platform.topics import POST
from chorus.platform.vitals import EVERY_SERVICE, Vital, watch
from chorus.publishing import app as publishing
from tests.engines.fixtures import MakeDatabase
from tests.serving import database_of

ROOMS = {
    "brands": EVERY_SERVICE,
    "ingest": (*EVERY_SERVICE, *ingest._VITALS),
    "publishing": (*EVERY_SERVICE, *publishing._VITALS),
}
OUTBOX_AGE, PARKED = EVERY_SERVICE


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
    assert measured(database, *ROOMS[room]) == [0.0] * len(ROOMS[room])
    database.close()


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
