"""Outgoing webhooks: what endpoints are told, in which order, how often, and what they are never told."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chorus.platform.resealing import Resealer
from chorus.platform.secrets import Vault
from chorus.publishing.adapters.endpoints_store import SEALED
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.adapters.sweeper import KEEP_CHANGES, Sweeper
from chorus.publishing.domain.delivery import LADDER
from chorus.publishing.domain.endpoint import Disabled
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import Annotated, Ended, Reviewed
from chorus.publishing.domain.placement import Hold
from chorus.publishing.domain.post import Annotation
from chorus.publishing.handlers import endpoints, surfaces
from chorus.publishing.handlers.endpoints import EndpointChange
from chorus.publishing.handlers.lease import hold_or_release
from chorus.publishing.handlers.placing import hold, release
from tests.contract.publishing_house import GRACE, PublishingHouse, prepared
from tests.contract.telling import PUBLIC_URL, Telling
from tests.engines import wait_until
from tests.engines.fixtures import MakeDatabase
from tests.receiver import Copy, Received, Receiver, Said, Verifier
from tests.serving import KEYS
from tests.unit.publishing.samples import BRAND, POST, SURFACE

pytestmark = pytest.mark.postgres
DOWN = Said(503)


@pytest.fixture
def house(make_database: MakeDatabase, tmp_path: Path) -> Iterator[PublishingHouse]:
    made = PublishingHouse(make_database("publishing", prepared), tmp_path)
    made.surface()
    yield made
    made.close()


@pytest.fixture
def telling(house: PublishingHouse) -> Telling:
    return Telling(house)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def placed(house: PublishingHouse, name: str = POST) -> str:
    """Have a post placed; gives the placement."""
    house.rights_known()
    before = set(house.column("placement"))
    house.approved(name)
    house.work()
    (made,) = set(house.column("placement")) - before
    return made


def revoked(house: PublishingHouse, name: str = POST) -> None:
    house.hear(name, Ended(f"g-{name}", GrantState.REVOKED))


def described(house: PublishingHouse, text: str, name: str = POST) -> None:
    house.hear(name, Annotated("m1", Annotation(text, 0.5, 0.5)))


# --- what is told -----------------------------------------------------------------------------------------------------


def test_what_happens_to_a_post_is_told_signed_and_in_order(telling: Telling, receiver: Receiver) -> None:
    endpoint, secret = telling.subscribe(receiver.url())
    placement = placed(telling.house)
    telling.send()
    described(telling.house, "A lamp at night")
    telling.send()
    revoked(telling.house)
    telling.send()
    assert receiver.types() == ["post.placed", "post.updated", "post.withdrawn"]
    assert all(Verifier(secret).believes(each) for each in receiver.requests)
    assert len({each.id for each in receiver.requests}) == 3
    first, second, last = [each.event for each in receiver.requests]
    assert first["version"] == 1
    assert first["data"]["item"]["id"] == placement
    assert first["data"]["item"]["image"].startswith(f"{PUBLIC_URL}/media/pk-home-wall/{placement}/m1-1080.")
    assert first["data"]["item"]["_chorus"]["mine_url"] == f"{PUBLIC_URL}/{BRAND}/mine?item={placement}"
    assert second["data"]["item"]["_chorus"]["media"][0]["alt"] == "A lamp at night"
    assert last["data"] == {
        "brand": BRAND, "surface": SURFACE, "placement_id": placement, "post_id": POST, "reason": "revoked",
    }  # fmt: skip
    assert telling.states(endpoint) == [f"{each} delivered" for each in receiver.types()]


def test_a_withdrawal_is_told_before_its_pictures_are_gone(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(receiver.url())
    placed(telling.house)
    revoked(telling.house)
    assert telling.house.states() == ["withdrawing"]
    telling.send()
    telling.house.work()
    telling.send()
    assert receiver.types() == ["post.withdrawn"]


def test_who_subscribed_to_one_surface_hears_of_no_other(telling: Telling, receiver: Receiver) -> None:
    telling.house.surface("other")
    telling.subscribe(receiver.url("/one"), "other")
    telling.subscribe(receiver.url("/all"))
    telling.house.approved(POST)
    telling.house.work()
    telling.send()
    surfaces_told = {path: [each.event["data"]["surface"] for each in receiver.at(path)] for path in ("/one", "/all")}
    assert surfaces_told == {"/one": ["other"], "/all": [SURFACE, "other"]}


def test_a_paused_surface_has_every_post_withdrawn(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(receiver.url())
    gone = {placed(telling.house, name) for name in ("one", "two")}
    telling.send()
    with telling.house.database.transaction() as conn:
        surfaces.pause(PostgresStore(conn), BRAND, SURFACE, now=datetime.now(UTC))
    telling.send()
    last = receiver.requests[2:]
    assert {(each.type, each.placement, each.event["data"]["reason"]) for each in last} == {
        ("post.withdrawn", each, "surface-changed") for each in gone
    }


def test_what_was_never_shown_is_never_told_of(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    telling.house.approved(POST)
    assert telling.house.states() == ["placing"]
    telling.house.hear(POST, Reviewed(None))
    telling.house.work()
    assert telling.deliveries(endpoint) == []


def test_what_is_not_decided_is_not_told(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    placement = placed(telling.house)
    count = len(telling.deliveries(endpoint))
    with suppress(ZeroDivisionError), telling.house.database.transaction() as conn:
        store = PostgresStore(conn)
        surfaces.pause(store, BRAND, SURFACE, now=datetime.now(UTC))
        raise ZeroDivisionError
    assert len(telling.deliveries(endpoint)) == count
    assert telling.house.column("placement") == [placement]


def test_an_event_of_no_post_tests_an_endpoint(telling: Telling, receiver: Receiver) -> None:
    endpoint, secret = telling.subscribe(receiver.url())
    with telling.house.database.transaction() as conn:
        endpoints.send_test(PostgresStore(conn), BRAND, endpoint.endpoint, now=datetime.now(UTC))
    telling.send()
    (request,) = receiver.requests
    assert Verifier(secret).believes(request)
    assert (request.type, request.event["data"]) == ("endpoint.test", {"brand": BRAND})


# --- what is no longer so ---------------------------------------------------------------------------------------------


def test_of_a_post_that_left_meanwhile_only_its_withdrawal_is_told(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    receiver.answer = lambda _: DOWN
    placed(telling.house)
    telling.send()
    described(telling.house, "A lamp at night")
    receiver.answer = lambda _: Said()
    revoked(telling.house)
    telling.later(minutes=1)
    assert receiver.types() == ["post.placed", "post.withdrawn"]
    states = ["post.placed superseded", "post.updated superseded", "post.withdrawn delivered"]
    assert telling.states(endpoint) == states


def test_what_changed_waits_for_what_still_waits_of_the_same_post(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(receiver.url())
    receiver.answer = lambda _: DOWN
    placed(telling.house)
    telling.send()
    receiver.answer = lambda _: Said()
    described(telling.house, "A lamp at night")
    telling.later(seconds=3)
    assert receiver.types() == ["post.placed"], "nobody hears of a change before the post"
    telling.later(seconds=10)
    assert receiver.types() == ["post.placed", "post.placed", "post.updated"]


def test_a_withdrawal_waits_for_what_is_on_its_way_of_the_same_post(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(receiver.url())
    reached, go_on = threading.Event(), threading.Event()

    def slowly(request: Received) -> Said:
        if request.type == "post.placed":
            reached.set()
            go_on.wait(10)
        return Said()

    receiver.answer = slowly
    placed(telling.house)
    telling.dispatcher.look()
    assert reached.wait(10)
    revoked(telling.house)
    telling.dispatcher.look()
    assert receiver.types() == ["post.placed"]
    go_on.set()
    wait_until(lambda: not telling.dispatcher.on_their_way, "the first to be answered")
    telling.send()
    assert receiver.types() == ["post.placed", "post.withdrawn"]


def test_a_withdrawal_overtakes_what_waits_of_other_posts(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(receiver.url())
    placed(telling.house)
    telling.send()
    for name in ("one", "two", "three", "four", "five"):
        placed(telling.house, name)
    revoked(telling.house)
    receiver.answer = lambda request: Said() if request.type == "post.withdrawn" else DOWN
    telling.dispatcher.look()
    wait_until(lambda: not telling.dispatcher.on_their_way, "the answers")
    assert "post.withdrawn" in receiver.types()[1:5]


def test_while_a_placement_is_held_nothing_is_told_and_nothing_is_withdrawn(
    telling: Telling, receiver: Receiver
) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    placement = placed(telling.house)
    with telling.house.database.transaction() as conn:
        hold(PostgresStore(conn), placement, Hold.LEASE, now=datetime.now(UTC))
    telling.later(hours=1)
    assert receiver.requests == []
    assert telling.states(endpoint) == ["post.placed waiting"]
    with telling.house.database.transaction() as conn:
        release(PostgresStore(conn), placement, now=datetime.now(UTC))
    telling.send()
    assert receiver.types() == ["post.placed"]


def test_where_rights_is_not_known_only_withdrawals_are_told(telling: Telling, receiver: Receiver) -> None:
    telling.subscribe(receiver.url())
    placed(telling.house, "one")
    telling.send()
    placed(telling.house, "two")
    revoked(telling.house, "one")
    telling.house.rights_known(math.inf)
    telling.send()
    assert receiver.types() == ["post.placed", "post.withdrawn"]
    with telling.house.database.transaction() as conn:
        assert hold_or_release(PostgresStore(conn), grace=GRACE, now=datetime.now(UTC))
    telling.later(hours=1)
    assert len(receiver.requests) == 2


# --- until it is taken ------------------------------------------------------------------------------------------------


def test_what_is_not_taken_comes_again_with_the_same_id_later_and_later(telling: Telling, receiver: Receiver) -> None:
    endpoint, secret = telling.subscribe(receiver.url())
    receiver.answer = lambda _: DOWN
    placed(telling.house)
    telling.send()
    for pause in LADDER:
        before = len(receiver.requests)
        telling.later(seconds=pause.total_seconds() - 4)
        assert len(receiver.requests) == before, "too early"
        telling.later(seconds=65)
        assert len(receiver.requests) == before + 1
    assert len({each.id for each in receiver.requests}) == 1
    assert all(Verifier(secret).signed(each) for each in receiver.requests)
    assert telling.states(endpoint) == ["post.placed failed"]
    (given_up,) = telling.deliveries(endpoint)
    assert (given_up.attempts, given_up.status, given_up.last_error) == (10, 503, "It answered 503.")


def test_who_fails_for_longer_than_any_delivery_is_tried_is_disabled_and_enabled_sent_everything(
    telling: Telling, receiver: Receiver
) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    receiver.answer = lambda _: DOWN
    first = placed(telling.house, "one")
    telling.send()
    for pause in LADDER:
        telling.later(seconds=pause.total_seconds() + 60)
    assert telling.endpoint(endpoint).disabled is Disabled.FAILING
    tries = len(receiver.requests)
    second = placed(telling.house, "two")
    telling.later(days=1)
    assert len(receiver.requests) == tries, "nobody asks any more"
    receiver.answer = lambda _: Said()
    telling.update(endpoint, EndpointChange(enabled=True))
    telling.send()
    assert sorted(each.placement for each in receiver.requests[tries:]) == [first, second]
    assert telling.endpoint(endpoint).failing_since is None


def test_who_says_that_it_is_gone_is_sent_nothing_more(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    receiver.answer = lambda _: Said(410)
    placed(telling.house)
    telling.send()
    telling.later(days=1)
    assert len(receiver.requests) == 1
    assert telling.endpoint(endpoint).disabled is Disabled.GONE


def test_a_receiver_says_when_to_come_again_within_reason(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    for said, waits in (("600", timedelta(minutes=10)), ("999999999", timedelta(hours=1)), ("soon", LADDER[2])):
        receiver.answer = lambda _, said=said: Said(429, {"retry-after": said})  # type: ignore[misc]  # mypy cannot type a default in a lambda
        if not telling.deliveries(endpoint):
            placed(telling.house)
        telling.later(hours=2)
        (delivery,) = telling.deliveries(endpoint)
        assert delivery.tried_at is not None
        assert delivery.next_try_at - delivery.tried_at == waits


def test_a_redirect_is_not_followed(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    receiver.answer = lambda _: Said(307, {"location": receiver.url("/elsewhere")})
    placed(telling.house)
    telling.send()
    assert receiver.at("/elsewhere") == []
    assert telling.endpoint(endpoint).last_error == "It answered 307."


def test_an_address_inside_is_never_connected_to(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    telling.update(endpoint, EndpointChange(url=f"https://localhost:{receiver.host_port.rpartition(':')[2]}/"))
    placed(telling.house)
    telling.send()
    telling.update(endpoint, EndpointChange(url="https://127.0.0.1/", enabled=True))
    telling.send()
    assert receiver.requests == []
    assert telling.endpoint(endpoint).last_error == "The address does not lead to the public internet."


def test_once_a_receiver_is_back_everything_comes_at_once(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    receiver.answer = lambda _: DOWN
    waiting = {placed(telling.house, f"post-{number}") for number in range(6)}
    for hours in range(27):
        telling.later(hours=hours and 1)
    receiver.answer = lambda _: Said()
    before = len(receiver.requests)
    placed(telling.house, "new")
    telling.later(minutes=1)
    copy = Copy()
    copy.apply(receiver.requests[before:])
    assert copy.items.keys() == {*waiting, *telling.house.column("placement")}
    assert telling.states(endpoint) == ["post.placed delivered"] * 7


def test_a_slow_receiver_delays_nobody_else(house: PublishingHouse, receiver: Receiver) -> None:
    telling = Telling(house, seconds=60)
    go_on = threading.Event()
    with Receiver() as slow:
        slow.answer = lambda _: Said() if go_on.wait(30) else DOWN
        telling.subscribe(slow.url())
        telling.subscribe(receiver.url())
        for number in range(12):
            placed(house, f"post-{number}")

        def told() -> bool:
            telling.dispatcher.look()
            return len(receiver.requests) == 12

        wait_until(told, "the other endpoint to hear of everything")
        assert len(slow.requests) == 4, "four at a time, and none was answered"
        assert house.states() == ["live"] * 12
        go_on.set()
        wait_until(lambda: not telling.dispatcher.on_their_way, "the slow one")


def test_what_was_sent_by_a_process_that_was_killed_comes_again_with_the_same_id(
    telling: Telling, receiver: Receiver
) -> None:
    telling.subscribe(receiver.url())
    reached, go_on = threading.Event(), threading.Event()

    def slowly(_: Received) -> Said:
        reached.set()
        go_on.wait(10)
        return Said()

    receiver.answer = slowly
    placed(telling.house)
    telling.dispatcher.look()
    assert reached.wait(10)
    # Nobody hears what is answered to the first one.
    killed, telling.dispatcher = telling.dispatcher, telling.another()
    receiver.answer = lambda _: Said()
    telling.send()
    go_on.set()
    wait_until(lambda: not killed.on_their_way, "the first one to end")
    first, second = receiver.requests
    assert (first.id, first.body) == (second.id, second.body)


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_for_a_day_after_a_rotation_both_secrets_sign_and_then_the_new_one_alone(
    telling: Telling, receiver: Receiver
) -> None:
    endpoint, old = telling.subscribe(receiver.url())
    new = f"whsec_{'bmV3' * 11}"
    with telling.house.database.transaction() as conn:
        sealed = telling.vault.encrypt(new)
        endpoints.rotate(PostgresStore(conn), BRAND, endpoint.endpoint, sealed, at_once=False, now=datetime.now(UTC))
    placed(telling.house)
    telling.send()
    with telling.house.database.transaction() as conn:
        conn.execute("UPDATE endpoints SET old_until = now()")
    revoked(telling.house)
    telling.send()
    during, after = receiver.requests
    assert [len(each.signatures) for each in (during, after)] == [2, 1]
    assert [Verifier(secret).signed(during) for secret in (old, new)] == [True, True]
    assert [Verifier(secret).signed(after) for secret in (old, new)] == [False, True]
    Sweeper(telling.house.database, telling.house.area).forget(datetime.now(UTC) - KEEP_CHANGES)
    assert telling.endpoint(endpoint).old_sealed == ""


def test_secrets_are_sealed_and_sealed_anew_by_a_new_key(telling: Telling, receiver: Receiver) -> None:
    endpoint, secret = telling.subscribe(receiver.url())
    sealed = telling.endpoint(endpoint).sealed
    assert secret not in sealed
    newer = Vault(["another-secret-for-tests-0123456789abcdef", *KEYS])
    assert Resealer(telling.house.database, newer, SEALED).reseal() == 1
    assert newer.decrypt(telling.endpoint(endpoint).sealed) == secret
    assert newer.reseal(telling.endpoint(endpoint).sealed) is None


# --- the log ----------------------------------------------------------------------------------------------------------


def test_what_was_delivered_is_sent_again_with_the_same_id_but_not_what_is_shown_no_more(
    telling: Telling, receiver: Receiver
) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    begun = datetime.now(UTC)
    stays = placed(telling.house, "stays")
    placed(telling.house, "goes")
    revoked(telling.house, "goes")
    telling.send()
    first = [(each.id, each.type) for each in receiver.requests]
    assert sorted(kind for _, kind in first) == ["post.placed", "post.withdrawn"]
    assert telling.replay(endpoint, since=begun) == 2
    telling.send()
    assert sorted(first * 2) == sorted((each.id, each.type) for each in receiver.requests)
    placed_again = next(each for each in telling.deliveries(endpoint) if each.placement == stays)
    assert telling.replay(endpoint, delivery=placed_again.delivery) == 1
    telling.send()
    assert receiver.requests[-1].id == placed_again.delivery
    revoked(telling.house, "stays")
    assert telling.replay(endpoint, delivery=placed_again.delivery) == 0
    assert telling.replay(endpoint, since=datetime.now(UTC)) == 0


def test_the_log_ends_after_fourteen_days(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    placed(telling.house)
    telling.send()
    sweeper = Sweeper(telling.house.database, telling.house.area)
    sweeper.forget(datetime.now(UTC) - KEEP_CHANGES)
    assert len(telling.deliveries(endpoint)) == 1
    sweeper.forget(datetime.now(UTC))
    assert telling.deliveries(endpoint) == []


def test_a_decision_waits_for_no_answer_that_is_being_kept(telling: Telling, receiver: Receiver) -> None:
    endpoint, _ = telling.subscribe(receiver.url())
    with telling.house.database.transaction() as conn:
        PostgresStore(conn).endpoint(BRAND, endpoint.endpoint)
        placed(telling.house)
    assert telling.states(endpoint) == ["post.placed waiting"]
