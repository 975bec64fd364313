"""P3: outgoing webhooks arrive or fail visibly.

A receiver is down for 27 hours of a clock that a test moves, in every way in which servers are: it refuses, asks for
time, sends elsewhere, says nothing, hangs up. Posts come, change and leave meanwhile, hour by hour. Afterwards all that
still holds is delivered, with the id that it had at the first try; what left is told as withdrawn alone, and the
receiver's own copy, kept by nothing but webhooks, is what is shown. Another receiver, which is up, hears of everything
in the hour in which it happens. What is tampered with, old or replayed is refused by a verifier that shares no code
with the one that signs.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from chorus.platform.secrets import new_signing_secret
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.delivery import Delivery
from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.domain.feed import Item
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import Annotated, Ended
from chorus.publishing.domain.placement import Placement, State
from chorus.publishing.domain.post import Annotation
from chorus.publishing.formats.json_feed import document_of
from tests.contract.publishing_house import PublishingHouse, prepared
from tests.contract.telling import PUBLIC_URL, Telling
from tests.engines.fixtures import MakeDatabase
from tests.measuring import Figures, Scale
from tests.receiver import TOLERANCE_SECONDS, Copy, Received, Receiver, Said, Verifier
from tests.unit.publishing.samples import BRAND, SURFACE

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(3600)]
HOURS_DOWN = 27
_STEP_MINUTES = 20
_PATIENCE = 2.0
_DOWN = (Said(500), Said(503, {"retry-after": "120"}), Said(307, {"location": "https://elsewhere.example/"}), Said(404))


@pytest.fixture
def house(make_database: MakeDatabase, tmp_path: Path) -> Iterator[PublishingHouse]:
    made = PublishingHouse(make_database("publishing", prepared), tmp_path)
    made.surface()
    yield made
    made.close()


class Wall:
    """What happens to posts, by chance: they come, are described anew, and leave."""

    def __init__(self, house: PublishingHouse, chance: random.Random) -> None:
        self._house = house
        self._chance = chance
        self.shown: list[str] = []
        self.came = 0

    def pass_an_hour(self, new: int) -> None:
        self._house.rights_known()
        for _ in range(new):
            self.came += 1
            self.shown.append(f"post-{self.came:05}")
            self._house.approved(self.shown[-1])
        self._house.work()
        for name in self._chance.sample(self.shown, len(self.shown) // 8):
            text = f"A lamp, number {self._chance.randrange(10**6)}"
            self._house.hear(name, Annotated("m1", Annotation(text, 0.5, 0.5)))
        for name in self._chance.sample(self.shown, len(self.shown) // 8):
            self.shown.remove(name)
            self._house.hear(name, Ended(f"g-{name}", GrantState.REVOKED))
        self._house.work()


def failing(chance: random.Random) -> Callable[[Received], Said]:
    """Answer as servers do that are down."""

    def answer(_: Received) -> Said:
        match chance.randrange(24):
            case 0:
                time.sleep(1.2 * _PATIENCE)
            case 1 | 2 | 3:
                raise ConnectionResetError
        return chance.choice(_DOWN)

    return answer


def test_what_a_receiver_missed_while_it_was_down_comes_with_the_same_ids_and_nothing_else(
    house: PublishingHouse, scale: Scale, seed: int, figures: Figures
) -> None:
    chance = random.Random(seed)
    telling, wall = Telling(house, seconds=_PATIENCE), Wall(house, chance)
    with Receiver() as receiver, Receiver() as other:
        endpoint, secret = telling.subscribe(receiver.url())
        always, _ = telling.subscribe(other.url())
        receiver.answer = failing(chance)
        late = 0
        for _ in range(HOURS_DOWN):
            wall.pass_an_hour(scale(2, 40))
            telling.send()
            late += waiting(telling, always)
            for _ in range(60 // _STEP_MINUTES):
                telling.later(minutes=_STEP_MINUTES)
        failed = len(receiver.requests)
        assert not any(each.state == "delivered" for each in telling.deliveries(endpoint))

        receiver.answer = lambda _: Said()
        wall.pass_an_hour(1)
        steps = 0
        while waiting(telling, endpoint):
            telling.later(minutes=_STEP_MINUTES)
            steps += 1
        taken = receiver.requests[failed:]
        events = {each.delivery: each for each in telling.deliveries(endpoint)}
        superseded = {name for name, each in events.items() if each.state == "superseded"}
        shown = on_the_wall(telling)
        figures.count("events", len(events), at_least=scale(60, 2_000))
        figures.count("tries while it was down", failed, at_least=HOURS_DOWN)
        figures.count("minutes until all was told, once it was up", steps * _STEP_MINUTES, at_most=60)
        figures.count("given up", sum(each.state == "failed" for each in events.values()), at_most=0)
        figures.count("told twice", len(taken) - len({each.id for each in taken}), at_most=0)
        figures.count("told with another id than at the first try", changed_ids(receiver.requests), at_most=0)
        figures.count("told in another order than it happened", inversions(taken, events), at_most=0)
        figures.count("not told, since their post had left", len(superseded), at_least=1)
        figures.count("of these told all the same", sum(each.id in superseded for each in taken), at_most=0)
        figures.count("posts on the wall", len(shown), at_least=1)
        figures.count("differences between the wall and the receiver's copy", differing(taken, shown), at_most=0)
        figures.count("differences of the copy of who was up", differing(other.requests, shown), at_most=0)
        figures.count("told late to who was up", late, at_most=0)
    verified(taken, secret, chance, scale(300, 10_000), figures)


def waiting(telling: Telling, endpoint: Endpoint) -> int:
    return sum(each.state == "waiting" for each in telling.deliveries(endpoint))


def on_the_wall(telling: Telling) -> dict[str, object]:
    """Write what is live, as the feed does."""
    with telling.house.database.transaction() as conn:
        live = PostgresStore(conn).placements_on(BRAND, SURFACE, [State.LIVE], "", 100_000)
    return {each.placement: document_of(_item(each, each.modified_at)) for each in live if each.modified_at}


def _item(placed: Placement, modified: datetime) -> Item:
    base = f"{PUBLIC_URL}/media/pk-{SURFACE}/{placed.placement}/"
    mine = f"{PUBLIC_URL}/{BRAND}/mine?item={placed.placement}"
    return Item(placed.placement, modified, base, placed.shown, mine)


def differing(requests: list[Received], shown: dict[str, object]) -> int:
    copy = Copy()
    copy.apply(requests)
    return sum(copy.items.get(name) != shown.get(name) for name in copy.items.keys() | shown.keys())


def changed_ids(requests: list[Received]) -> int:
    """Count events that were told with more than one id: each is one type, of one placement, at one moment."""
    ids: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for each in requests:
        ids[each.type, each.placement, each.event["timestamp"]].add(each.id)
    return sum(len(found) > 1 for found in ids.values())


def inversions(requests: list[Received], events: Mapping[str, Delivery]) -> int:
    last: dict[str, int] = {}
    count = 0
    for each in requests:
        told = events[each.id]
        count += told.n < last.get(told.post, 0)
        last[told.post] = told.n
    return count


def verified(taken: list[Received], secret: str, chance: random.Random, count: int, figures: Figures) -> None:
    """Have everything verified, and then what is tampered with, old, or replayed."""
    verifier = Verifier(secret)
    figures.count("genuine and refused", sum(not verifier.signed(each) for each in taken), at_most=0)
    tampered = [damaged(chance.choice(taken), chance) for _ in range(count)]
    figures.count("tampered with", len(tampered))
    figures.count("of these believed", sum(verifier.signed(each) for each in tampered), at_most=0)
    late = time.time() + TOLERANCE_SECONDS + 60
    figures.count("old, believed", sum(verifier.believes(each, late) for each in taken), at_most=0)
    assert all(verifier.believes(each) for each in taken)
    figures.count("replayed", len(taken))
    figures.count("of these believed", sum(verifier.believes(each) for each in taken), at_most=0)
    another = Verifier(new_signing_secret())
    figures.count("signed for another, believed", sum(another.signed(each) for each in taken), at_most=0)


def damaged(request: Received, chance: random.Random) -> Received:
    """Flip a bit of the body, or change the id, the time or the signature."""
    headers = dict(request.headers)
    match chance.choice(["body", "webhook-id", "webhook-timestamp", "webhook-signature", "cut"]):
        case "body":
            body = bytearray(request.body)
            place = chance.randrange(len(body) * 8)
            body[place // 8] ^= 1 << place % 8
            return replace(request, body=bytes(body))
        case "cut":
            return replace(request, body=request.body[: chance.randrange(len(request.body))])
        case "webhook-timestamp":
            sent_at = int(headers["webhook-timestamp"]) + chance.choice([-60, -1, 1, 60])
            return replace(request, headers=headers | {"webhook-timestamp": str(sent_at)})
        case name:
            place = chance.randrange(len(headers[name]))
            other = chance.choice([each for each in "abcdefXYZ019" if each != headers[name][place]])
            changed = headers[name][:place] + other + headers[name][place + 1 :]
            return replace(request, headers=headers | {name: changed})
