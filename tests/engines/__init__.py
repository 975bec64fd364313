"""The real engines that the tests run on: PostgreSQL, Apache Kafka, MinIO (or SeaweedFS) and Chromium.

Each is started once per run, only if a collected test needs it, in a thread of its own beside the first tests.
`process.py` starts and stops children, `cache.py` keeps what is fetched, one file per engine knows that engine,
`session.py` ties them to pytest and `fixtures.py` is what tests ask for. See tests/README.md.
"""

from chorus.local.child import free_port
from tests.engines.kafka import Kafka
from tests.engines.objects import ObjectServer
from tests.engines.postgres import Postgres
from tests.engines.process import wait_until

__all__ = ["Kafka", "ObjectServer", "Postgres", "free_port", "wait_until"]
