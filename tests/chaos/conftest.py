"""What the fault tests share."""

from __future__ import annotations

import pytest

from chorus.local.house import House
from tests.chaos.faults import Faults
from tests.engines.kafka import Kafka
from tests.engines.postgres import Postgres


@pytest.fixture
def faults(house: House, postgres_server: Postgres, kafka_broker: Kafka, seed: int) -> Faults:
    """Break the house and both its engines, by chance."""
    return Faults(house, postgres_server, kafka_broker, seed)
