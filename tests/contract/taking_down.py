"""Take-downs driven step by step, on a clock that a test moves, before a reader that serves for real."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chorus.evidence.certificate import verify
from chorus.evidence.keys import SigningKey
from chorus.publishing.adapters.issuer import Issuer, Looks
from chorus.publishing.adapters.passes import Passes
from chorus.publishing.adapters.prober import Prober
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.takedown import Takedown
from tests.contract.publishing_house import PublishingHouse
from tests.serving import KEYS
from tests.unit.publishing.samples import BRAND, POST

BOUND = 30
KEY = SigningKey("public.example/evidence", bytes(range(32)))
PUBLIC_URL = "https://public.example"


@dataclass
class TakingDown:
    """An issuer of a publishing house; `looks` is whoever looks, by default at `reached_at`."""

    house: PublishingHouse
    reached_at: str
    looks: Looks | None = None
    ahead: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.prober = Prober(PUBLIC_URL, self.reached_at, Passes(KEYS), "tests")
        self.issuer = self.another()

    def another(self, looks: Looks | None = None) -> Issuer:
        """Begin another issuer, as a process does that takes over."""
        prober = looks or self.looks or self.prober
        return Issuer(self.house.database, prober, KEY, public_url=PUBLIC_URL, bound=BOUND, now=self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def look(self, **passed: float) -> None:
        """Let time pass, then look at what is due."""
        self.ahead += timedelta(**passed)
        while self.issuer.step():
            pass

    def at_the_bound(self) -> dict[str, Any]:
        """Let the bound pass and look; gives the only certificate that there is then."""
        self.look(seconds=BOUND + 1)
        (only,) = self.certificates()
        return only

    def takedowns(self, post: str = POST) -> list[Takedown]:
        with self.house.database.transaction() as conn:
            return PostgresStore(conn).takedowns_of(BRAND, post, "", 100)

    def documents(self, post: str = POST) -> list[str]:
        """Read what was issued for a post, as its holder keeps it."""
        with self.house.database.transaction() as conn:
            names = [each.takedown for each in self.takedowns(post)]
            return [each.document for each in PostgresStore(conn).certificates(names)]

    def certificates(self, post: str = POST) -> list[dict[str, Any]]:
        """Read and verify what was issued for a post."""
        return [dict(verify(each.encode(), [KEY.public])) for each in self.documents(post)]


def unconfirmed(certificate: dict[str, Any]) -> list[str]:
    """Name the surfaces and endpoints that a certificate says have not confirmed."""
    named: Sequence[dict[str, Any]] = [*certificate["surfaces"], *certificate["consumers"]]
    return [each.get("surface") or each["host"] for each in named if each["confirmed_at"] is None]


def looks_of(certificate: dict[str, Any]) -> list[tuple[str, int, bool]]:
    """List what was seen at a certificate's only surface: what, HTTP's status, gone or not."""
    (surface,) = certificate["surfaces"]
    return [(each["what"], each["status"], each["gone"]) for each in surface["looks"]]


def words_in(house: PublishingHouse, *words: str) -> list[str]:
    """Name those of these words that a row about take-downs holds."""
    with house.database.transaction() as conn:
        rows = conn.execute(
            "SELECT document::text FROM takedowns UNION ALL SELECT document FROM certificates"
        ).fetchall()
    whole = json.dumps(rows, ensure_ascii=False).lower()
    return [word for word in words if word.lower() in whole]
