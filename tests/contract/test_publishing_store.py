"""The store of publishing keeps its contract, in memory and in PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from chorus.errors import Conflict, NotFound
from chorus.platform.events import Record
from chorus.platform.parking import park
from chorus.platform.postgres import Database
from chorus.platform.topics import PARTITIONS
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.placement import Ending, Hold, State
from chorus.publishing.domain.post import Annotation, Withdrawal
from chorus.publishing.domain.surface import Rule
from chorus.publishing.domain.takedown import Consumer, Place, Takedown
from chorus.publishing.ports import Store, Walk
from chorus.scope import Use
from tests.contract.publishing_house import prepared
from tests.engines.fixtures import MakeDatabase
from tests.unit.publishing.fakes import FakeStore
from tests.unit.publishing.samples import BRAND, DAY, NOW, POST, SURFACE, definition, grant, placement, post, surface

BOUND = timedelta(seconds=30)
Work = Callable[[], AbstractContextManager[Store]]


@dataclass
class Stores:
    """Begins transactions; knows what only the inbox would write."""

    work: Work
    park: Callable[[str], None]
    know_rights: Callable[[], None]


@pytest.fixture(params=["fake", pytest.param("postgres", marks=pytest.mark.postgres)])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    """The same suite over both."""
    if request.param == "fake":
        yield _fake()
        return
    make: MakeDatabase = request.getfixturevalue("make_database")
    database = Database(make("publishing", prepared))
    yield _real(database)
    database.close()


def _fake() -> Stores:
    store = FakeStore()

    @contextmanager
    def work() -> Iterator[Store]:
        yield store

    def know() -> None:
        store.age = 0.0

    return Stores(work, lambda name: store.parked_posts.add((BRAND, name)), know)


def _real(database: Database) -> Stores:
    @contextmanager
    def work() -> Iterator[Store]:
        with database.transaction() as conn:
            yield PostgresStore(conn)

    offsets = itertools.count()

    def poison(name: str) -> None:
        with database.transaction() as conn:
            park(conn, Record("chorus.rights.v1", 0, next(offsets), f"{BRAND}/{name}", b"?", {}), "could not be read")

    def know() -> None:
        with database.transaction() as conn:
            PostgresStore(conn).known(dict.fromkeys(range(PARTITIONS), 0.0), 0.0)

    return Stores(work, poison, know)


def test_a_post_comes_back_as_it_was_kept(stores: Stores) -> None:
    kept = replace(
        post(),
        annotations={"m1": Annotation("A lamp", 0.25, 0.75)},
        collections={"spring": 1.5},
        withdrawn=Withdrawal.ERASED,
        trace_links=("a", "b"),
    )
    with stores.work() as store:
        assert not store.post(BRAND, POST).captured
        store.keep_post(kept)
    with stores.work() as store:
        assert store.post(BRAND, POST) == kept
        assert not store.post("other", POST).captured


def test_posts_are_added_where_nothing_was_heard_of_them(stores: Stores) -> None:
    known, new = post(), replace(post(), post="another", approved_revision=None)
    with stores.work() as store:
        store.keep_post(known)
        assert store.add_posts([replace(new, post=POST), new, replace(new, sources=("twice",))]) == {(BRAND, "another")}
        assert store.add_posts([]) == set()
    with stores.work() as store:
        assert store.post(BRAND, POST) == known
        assert store.post(BRAND, "another") == new


def test_grants_come_back_in_the_order_in_which_they_were_heard(stores: Stores) -> None:
    with stores.work() as store:
        for name in ("g2", "g1", "g3"):
            store.keep_grant(BRAND, POST, grant(name, until=NOW + DAY), None)
        store.keep_grant(BRAND, POST, replace(grant("g1"), state=GrantState.REVOKED), None)
    with stores.work() as store:
        found = store.grants(BRAND, POST)
        assert [each.grant for each in found] == ["g2", "g1", "g3"]
        assert found[1].state is GrantState.REVOKED
        assert found[0] == grant("g2", until=NOW + DAY)
        assert store.grants("other", POST) == []


def test_posts_are_due_when_the_moment_of_a_grant_has_come(stores: Stores) -> None:
    with stores.work() as store:
        store.keep_grant(BRAND, "late", grant("g1"), NOW)
        store.keep_grant(BRAND, "early", grant("g2"), NOW - DAY)
        store.keep_grant(BRAND, "early", grant("g3"), NOW - DAY)
        store.keep_grant(BRAND, "never", grant("g4"), None)
    with stores.work() as store:
        assert store.due(NOW - timedelta(seconds=1), 9) == [(BRAND, "early")]
        assert store.due(NOW, 9) == [(BRAND, "early"), (BRAND, "late")]
        assert store.due(NOW, 1) == [(BRAND, "early")]
        store.keep_grant(BRAND, "late", grant("g1"), None)
        assert store.due(NOW, 9) == [(BRAND, "early")]


def test_a_surface_is_kept_once_and_counts_its_versions(stores: Stores) -> None:
    with stores.work() as store:
        store.add_surface(surface("two"))
        store.add_surface(surface("one", Rule(collection="spring", has_media=None)))
    with stores.work() as store, pytest.raises(Conflict) as refused:
        store.add_surface(surface("one"))
    assert refused.value.reason == "ALREADY_EXISTS"
    with stores.work() as store:
        assert [each.surface for each in store.surfaces(BRAND)] == ["one", "two"]
        assert [each.surface for each in store.surfaces(BRAND, "one", 5)] == ["two"]
        assert store.surfaces("other") == []
        before = store.surface(BRAND, "one")
        assert before == surface("one", Rule(collection="spring"))
        store.keep_surface(replace(before, paused=True, key_sha256="x", definition=definition()), NOW + DAY)
        after = store.surface(BRAND, "one")
        assert (after.paused, after.key_sha256, after.definition) == (True, "x", definition())
        assert (after.version, after.changed_at) == (before.version + 1, NOW + DAY)


def test_a_surface_that_nobody_made_is_not_found(stores: Stores) -> None:
    with stores.work() as store:
        with pytest.raises(NotFound):
            store.surface(BRAND, "nowhere")
        with pytest.raises(NotFound):
            store.keep_surface(surface("nowhere"), NOW)
        with pytest.raises(NotFound):
            store.placement("nothing")


def test_a_walk_passes_every_approved_or_placed_post_once(stores: Stores) -> None:
    with stores.work() as store:
        store.add_surface(surface())
        assert store.walk() is None
        for name in ("c", "a"):
            store.keep_post(post(name))
        store.keep_post(post("b", approved=None))
        store.keep_post(replace(post("d"), withdrawn=Withdrawal.ERASED))
        store.add_placement(placement("p1", post("b")))
        store.begin_walk(BRAND, SURFACE)
    with stores.work() as store:
        first = under_way(store)
        assert (first.brand, first.surface, first.after) == (BRAND, SURFACE, "")
        assert store.walk_next(first, 2) == ["a", "b"]
        store.walk_on(first, "b")
        second = under_way(store)
        assert second == replace(first, after="b")
        assert store.walk_next(second, 2) == ["c"]
        store.walk_on(second, None)
        assert store.walk() is None


@pytest.mark.parametrize("seen", ["", "b"])
def test_a_walk_that_was_begun_again_meanwhile_begins_before_the_first_post(stores: Stores, seen: str) -> None:
    with stores.work() as store:
        store.add_surface(surface())
        store.begin_walk(BRAND, SURFACE)
        if seen:
            store.walk_on(under_way(store), seen)
        read = under_way(store)
        store.begin_walk(BRAND, SURFACE)
        store.walk_on(read, "c")
        assert under_way(store).after == ""
        store.walk_on(read, None)
        assert under_way(store).after == ""


def under_way(store: Store) -> Walk:
    found = store.walk()
    assert found is not None
    return found


def test_a_placement_moves_through_its_states_and_counts_the_version(stores: Stores) -> None:
    with stores.work() as store:
        store.add_surface(surface())
        store.add_placement(placement())
        assert [each.placement for each in store.active(BRAND, POST)] == ["p1"]
        first = store.surface(BRAND, SURFACE).version
        live = replace(placement(), state=State.LIVE, placed_at=NOW, modified_at=NOW)
        assert store.keep_placement(live, NOW) == first + 1
        store.record_change(live, "placed", first + 1, NOW)
    with stores.work() as store:
        found = store.placement("p1")
        assert (found.state, found.placed_at, found.shown) == (State.LIVE, NOW, placement().shown)
        over = replace(found, state=State.WITHDRAWN, ending=Ending.REVOKED, ended_at=NOW + DAY)
        store.keep_placement(over, NOW)
        assert store.active(BRAND, POST) == []
        found = store.placement("p1")
        assert (found.ending, found.ended_at) == (Ending.REVOKED, NOW + DAY)


def test_ending_all_ends_what_is_active_on_that_surface_only(stores: Stores) -> None:
    with stores.work() as store:
        store.add_surface(surface("one"))
        store.add_surface(surface("two"))
        store.add_placement(placement("p1", on="one"))
        store.add_placement(placement("p2", post("other"), on="one"))
        store.add_placement(placement("p3", on="two"))
        store.keep_placement(replace(store.placement("p2"), state=State.WITHDRAWN, ending=Ending.EDITED), NOW)
        store.end_all(BRAND, "one", Ending.SURFACE_CHANGED, NOW)
    with stores.work() as store:
        assert store.placement("p1").ending is Ending.SURFACE_CHANGED
        assert store.placement("p1").state is State.WITHDRAWING
        assert store.placement("p2").ending is Ending.EDITED
        assert store.placement("p3").state is State.PLACING
        assert store.active_on(BRAND, "one") == []
        assert [each.placement for each in store.active_on(BRAND, "two")] == ["p3"]


def test_placements_are_found_by_state_and_hold(stores: Stores) -> None:
    with stores.work() as store:
        store.add_surface(surface())
        for name, state, hold in (
            ("p1", State.HELD, Hold.LEASE),
            ("p2", State.HELD, Hold.PARKED),
            ("p3", State.LIVE, None),
        ):
            mine = placement(name, post(f"post-{name}"))
            store.add_placement(mine)
            store.keep_placement(replace(mine, state=state, hold=hold, placed_at=NOW, modified_at=NOW), NOW)
    with stores.work() as store:
        assert [each.placement for each in store.in_state(State.HELD, None, 9)] == ["p1", "p2"]
        assert [each.placement for each in store.in_state(State.HELD, Hold.LEASE, 9)] == ["p1"]
        assert [each.placement for each in store.held_wrongly()] == ["p2"]
        assert store.shown_though_parked() == []
    stores.park("post-p3")
    stores.park("post-p2")
    with stores.work() as store:
        assert store.parked(BRAND, "post-p3")
        assert not store.parked(BRAND, "post-p1")
        assert [each.placement for each in store.shown_though_parked()] == ["p3"]
        assert store.held_wrongly() == []


def test_what_is_held_for_rights_is_found_once_rights_is_heard(stores: Stores) -> None:
    with stores.work() as store:
        store.add_surface(surface())
        mine = placement("p1")
        store.add_placement(mine)
        store.keep_placement(replace(mine, state=State.HELD, hold=Hold.LEASE, placed_at=NOW, modified_at=NOW), NOW)
        assert store.confirmed_age(BRAND, POST, "g1") == float("inf")
        assert store.held_though_known(60.0) == []
    stores.know_rights()
    with stores.work() as store:
        assert [each.placement for each in store.held_though_known(60.0)] == ["p1"]


def test_take_downs_are_kept_and_found_when_they_are_due(stores: Stores) -> None:
    first, second = takedown("t1", began_at=NOW), takedown("t2", began_at=NOW + timedelta(seconds=5))
    with stores.work() as store:
        assert store.consumers(["p1"]) == []
        store.add_takedown(second)
        store.add_takedown(first)
    with stores.work() as store:
        assert store.takedown("t1") == first
        with pytest.raises(NotFound):
            store.takedown("t3")
        assert store.due_takedowns(NOW + timedelta(seconds=29), BOUND, 9) == []
        assert store.due_takedowns(NOW + timedelta(seconds=40), BOUND, 9) == [first, second]
        assert store.due_takedowns(NOW + timedelta(seconds=40), BOUND, 1) == [first]
        seen = replace(first, looks=1, issues=1, next_look_at=NOW + timedelta(minutes=1))
        store.keep_takedown(seen)
        store.keep_takedown(replace(second, settled=True))
        assert store.due_takedowns(NOW + timedelta(seconds=59), BOUND, 9) == []
        assert store.due_takedowns(NOW + timedelta(seconds=60), BOUND, 9) == [seen]
        store.add_certificate(seen, "{}", NOW)


def test_a_take_down_is_found_by_what_it_waits_for(stores: Stores) -> None:
    undated = takedown("t1", began_at=NOW, awaited=("msg_1", "msg_2"))
    dated = replace(takedown("t2", began_at=NOW, awaited=("msg_3",)), decided_at=NOW - DAY)
    with stores.work() as store:
        store.add_takedown(undated)
        store.add_takedown(dated)
    with stores.work() as store:
        assert store.undated_takedowns(BRAND, POST) == [undated]
        assert store.undated_takedowns(BRAND, "another") == []
        assert store.awaiting("msg_2") == [undated]
        assert store.awaiting("msg_4") == []
        assert store.taken(["msg_1"]) == {}
        store.keep_takedown(replace(undated, settled=True))
        assert store.undated_takedowns(BRAND, POST) == store.awaiting("msg_2") == []


def takedown(name: str, *, began_at: datetime, awaited: tuple[str, ...] = ()) -> Takedown:
    use, files = (Use.WEB, Use.EMAIL), ("/media/k/p1/m1-640.jpg",)
    place = Place("p1", "g1", SURFACE, "Wall", "https://lumen.example/", use, 0.5, files, NOW - DAY, began_at)
    consumers = (Consumer("e1", "CMS", "cms.lumen.example", awaited),) if awaited else ()
    return Takedown(name, BRAND, POST, Ending.REVOKED, None, began_at, (place,), consumers)


def test_rights_is_unknown_until_it_was_heard_on_every_partition(stores: Stores) -> None:
    with stores.work() as store:
        assert store.rights_age() == store.heard_age() == float("inf")
    stores.know_rights()
    with stores.work() as store:
        assert store.rights_age() < 60
        assert store.heard_age() < 60
