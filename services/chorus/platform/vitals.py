"""What a service's database says about its health, measured every few seconds for as long as it serves."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

from opentelemetry.metrics import _Gauge as Gauge
from psycopg import Connection

from chorus.platform.metrics import OUTBOX_AGE, PARKED
from chorus.platform.postgres import Database

_SECONDS = 5.0


@dataclass(frozen=True)
class Vital:
    """A gauge, and the query whose one number it shows; where the query has no answer, there is nothing to tell: 0."""

    gauge: Gauge
    query: LiteralString


EVERY_SERVICE = (
    Vital(
        OUTBOX_AGE,
        """
        SELECT extract(epoch FROM clock_timestamp() - occurred_at) FROM outbox
        WHERE sent_at IS NULL ORDER BY id LIMIT 1
        """,
    ),
    Vital(PARKED, "SELECT count(*) FROM parked WHERE settled_at IS NULL"),
)


def watch(database: Database, vitals: Sequence[Vital], stop: threading.Event) -> None:
    """Measure until told to stop. Raises `Unavailable`; the gauges then show what was seen last."""
    while not stop.is_set():
        with database.transaction() as conn:
            for vital in vitals:
                vital.gauge.set(_number(conn, vital.query))
        stop.wait(_SECONDS)


def _number(conn: Connection, query: LiteralString) -> float:
    row = conn.execute(query).fetchone()
    return max(0.0, float(row[0])) if row and row[0] is not None else 0.0
