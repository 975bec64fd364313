"""A dispatcher driven step by step, on a clock that a test moves, beside a publishing service without its threads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from chorus.platform.fetch import GuardedFetcher
from chorus.platform.ids import new_id
from chorus.platform.secrets import Vault, new_signing_secret
from chorus.publishing.adapters.courier import Courier, Writer
from chorus.publishing.adapters.dispatcher import Dispatcher
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.delivery import Delivery, DeliveryState
from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.formats.json_feed import document_of
from chorus.publishing.handlers import endpoints
from tests.contract.publishing_house import GRACE, PublishingHouse
from tests.engines import wait_until
from tests.serving import KEYS
from tests.unit.publishing.samples import BRAND

PUBLIC_URL = "https://public.example"


class Telling:
    """Endpoints of a publishing house, and the dispatcher that sends to them."""

    def __init__(self, house: PublishingHouse, *, seconds: float = 5.0) -> None:
        """Wait for an answer for so many seconds."""
        self.house = house
        self.vault = Vault(KEYS)
        self.ahead = timedelta()
        self._allowed: set[str] = set()
        self._seconds = seconds
        self.dispatcher = self.another()

    def another(self) -> Dispatcher:
        """Begin another dispatcher, as a process does that takes over."""
        couriers = (self._courier(), self._courier())
        return Dispatcher(self.house.database, *couriers, grace=GRACE, now=self.now, chance=lambda: 0.0)

    def _courier(self) -> Courier:
        # Tests add hosts as they come: the set is shared.
        fetcher = GuardedFetcher(self._allowed, user_agent="Chorus tests", total_seconds=self._seconds)  # type: ignore[arg-type]
        return Courier(fetcher, self.vault, Writer(PUBLIC_URL, document_of))

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def allow(self, url: str) -> None:
        """Let something be sent to an address of this machine."""
        self._allowed.add(urlsplit(url).netloc)

    def subscribe(self, url: str, surface: str = "") -> tuple[Endpoint, str]:
        """Add an endpoint; gives it with its secret."""
        self.allow(url)
        secret = new_signing_secret()
        asked = Endpoint(new_id(), BRAND, surface, url, "Web team", self.vault.encrypt(secret), datetime.now(UTC))
        with self.house.database.transaction() as conn:
            return endpoints.create(PostgresStore(conn), asked), secret

    def send(self) -> None:
        """Send all that may be sent now, and wait for the answers."""
        while self.dispatcher.look():
            wait_until(lambda: not self.dispatcher.on_their_way, "the answers")

    def later(self, **passed: float) -> None:
        """Let time pass, then send."""
        self.ahead += timedelta(**passed)
        self.send()

    def endpoint(self, endpoint: Endpoint) -> Endpoint:
        """Read an endpoint as it is now."""
        with self.house.database.transaction() as conn:
            return PostgresStore(conn).endpoint(BRAND, endpoint.endpoint)

    def deliveries(self, endpoint: Endpoint) -> list[Delivery]:
        """Read what was queued for an endpoint, the oldest first."""
        with self.house.database.transaction() as conn:
            return PostgresStore(conn).deliveries(endpoint.endpoint, list(DeliveryState), None, 100_000)[::-1]

    def states(self, endpoint: Endpoint) -> list[str]:
        """Say what became of each event: "post.placed delivered"."""
        return [f"{each.type} {each.state}" for each in self.deliveries(endpoint)]

    def update(self, endpoint: Endpoint, change: endpoints.EndpointChange) -> None:
        with self.house.database.transaction() as conn:
            endpoints.update(PostgresStore(conn), BRAND, endpoint.endpoint, change, now=self.now())

    def replay(self, endpoint: Endpoint, *, delivery: str = "", since: datetime | None = None) -> int:
        with self.house.database.transaction() as conn:
            store = PostgresStore(conn)
            return endpoints.replay(store, BRAND, endpoint.endpoint, delivery=delivery, since=since, now=self.now())
