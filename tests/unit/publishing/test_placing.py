"""Placements begin, change, are held and end, whatever is heard in whatever order."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chorus.errors import Conflict, Invalid, NotFound
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import (
    Annotated,
    Captured,
    Collected,
    Edited,
    Ended,
    Gone,
    Granted,
    Heard,
    HeardOfRights,
    MediaReady,
    Narrowed,
    Reviewed,
    Told,
)
from chorus.publishing.domain.lease import SILENCE_SECONDS
from chorus.publishing.domain.placement import Ending, Hold, Placement, State
from chorus.publishing.domain.post import Account, Annotation, MediaState, Withdrawal
from chorus.publishing.domain.surface import Access, Rule
from chorus.publishing.handlers import surfaces
from chorus.publishing.handlers.hearing import hear, hear_of_rights
from chorus.publishing.handlers.lease import hold_or_release, hold_unconfirmed, no_longer_granted
from chorus.publishing.handlers.placing import finish, go_live
from chorus.publishing.handlers.settling import settle_again
from chorus.scope import Scope, Use
from tests.unit.publishing.fakes import FakeStore, ids
from tests.unit.publishing.samples import (
    BRAND,
    DAY,
    NOW,
    POST,
    SURFACE,
    WEB,
    definition,
    grant,
    media,
    revision,
)

GRACE = 300.0
CAPTURED = Captured(
    "lamps-on-mastodon",
    "mastodon.example",
    NOW - 2 * DAY,
    revision(),
    (media(state=MediaState.PENDING),),
)
STORY: list[Heard | HeardOfRights] = [CAPTURED, MediaReady(media()), Reviewed(1), Granted(grant())]


class House:
    """Publishing with one surface, on a store in memory."""

    def __init__(self, rule: Rule = Rule()) -> None:  # noqa: B008 -- frozen
        self.store = FakeStore(age=0.0)
        self.new_id = ids()
        self.now = NOW
        surfaces.create(self.store, BRAND, SURFACE, definition(rule), public_key="k", key_sha256="", now=NOW)

    def hear(self, *facts: Heard | HeardOfRights, links: tuple[str, ...] = ()) -> House:
        for fact in facts:
            if isinstance(fact, Granted | Narrowed | Ended):
                hear_of_rights(self.store, BRAND, POST, fact, Told(links), now=self.now, new_id=self.new_id)
            else:
                hear(self.store, BRAND, POST, fact, Told(links), now=self.now, new_id=self.new_id)
        return self

    def work(self) -> House:
        """Do what the worker does: withdrawals, then placements."""
        for each in list(self.store.placed.values()):
            if each.state is State.WITHDRAWING:
                finish(self.store, each.placement, now=self.now)
        for each in list(self.store.placed.values()):
            if each.state is State.PLACING:
                go_live(self.store, each.placement, {}, now=self.now)
        return self

    def keep(self) -> House:
        """Do what the lease keeper does."""
        while hold_or_release(self.store, grace=GRACE, now=self.now):
            pass
        return self

    def walk(self) -> House:
        """Do what the timekeeper does for a surface that changed."""
        while walk := self.store.walk():
            posts = self.store.walk_next(walk, 2)
            for each in posts:
                settle_again(self.store, BRAND, each, now=self.now, new_id=self.new_id)
            self.store.walk_on(walk, posts[-1] if posts else None)
        return self

    def states(self) -> list[State]:
        return [each.state for _, each in sorted(self.store.placed.items())]

    def only(self) -> Placement:
        (found,) = self.store.placed.values()
        return found

    def told(self) -> list[State]:
        return [state for state, _ in self.store.told]

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.store.changes]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_topics_may_arrive_in_any_order_and_the_post_is_placed_once(order: tuple[int, ...]) -> None:
    # Within one topic the order is kept: media is ready only after the capture.
    if order.index(0) > order.index(1):
        order = tuple({0: 1, 1: 0}.get(each, each) for each in order)
    house = House().hear(*(STORY[each] for each in order)).work()
    assert house.states() == [State.LIVE]
    assert house.told() == [State.LIVE]


def test_nothing_is_placed_before_everything_is_known() -> None:
    house = House()
    for fact in STORY[:-1]:
        assert house.hear(fact).work().states() == []


@pytest.mark.parametrize(
    ("last", "ending"),
    [
        (Reviewed(None), Ending.UNAPPROVED),
        (Gone(Withdrawal.DELETED_AT_SOURCE), Ending.SOURCE_DELETED),
        (Ended("g1", GrantState.REVOKED), Ending.REVOKED),
        (Ended("g1", GrantState.EXPIRED), Ending.EXPIRED),
        (Narrowed("g1", Scope(frozenset({Use.EMAIL})), None), Ending.SCOPE),
        (Edited(revision(2, pictures=()), ()), Ending.EDITED),
    ],
)
def test_whatever_takes_the_ground_away_ends_the_placement_and_says_why(
    last: Heard | HeardOfRights, ending: Ending
) -> None:
    house = House().hear(*STORY).work().hear(last)
    assert (house.only().state, house.only().ending) == (State.WITHDRAWING, ending)
    assert house.told() == [State.LIVE], "withdrawn is said only when the objects are gone"
    house.work()
    assert house.only().state is State.WITHDRAWN
    assert house.told() == [State.LIVE, State.WITHDRAWN]
    assert house.kinds() == ["placed", "withdrawn"]


def test_a_placement_that_was_never_seen_ends_without_a_word() -> None:
    house = House().hear(*STORY, Ended("g1", GrantState.REVOKED)).work()
    assert house.only().state is State.WITHDRAWN
    assert house.told() == []
    assert house.kinds() == []


def test_a_placement_that_ended_while_its_objects_were_made_is_not_shown() -> None:
    house = House().hear(*STORY)
    begun = house.only().placement
    house.hear(Reviewed(None))
    assert not go_live(house.store, begun, {}, now=NOW)
    assert house.only().state is State.WITHDRAWING


def test_a_text_edited_after_approval_leaves_the_approved_text_up_until_it_is_approved_too() -> None:
    house = House().hear(*STORY).work()
    house.hear(Edited(revision(2, "New words"), (media(),)))
    assert house.only().shown.text == "Blue hour"
    house.hear(Reviewed(2))
    assert (house.only().shown.text, house.only().state) == ("New words", State.LIVE)
    assert house.kinds() == ["placed", "updated"]


def test_an_edit_that_nobody_reviewed_changes_neither_the_author_nor_a_link_of_what_is_shown() -> None:
    house = House().hear(*STORY).work()
    before = house.only()
    other = Account("@other@mastodon.example", "Other Example", "https://elsewhere.example/@other")
    house.hear(Edited(replace(revision(2), account=other, permalink="https://elsewhere.example/1"), (media(),)))
    assert house.only() == before
    house.hear(Annotated("m1", Annotation("A lamp at dusk", 0.5, 0.5)))
    shown = house.only().shown
    assert (shown.url, shown.author_url) == ("https://mastodon.example/@mira/1", "https://mastodon.example/@mira")
    assert shown.credit == "Photo: Mira Example (@mira@mastodon.example)"
    house.hear(Reviewed(2))
    shown = house.only().shown
    assert (shown.url, shown.author_url) == ("https://elsewhere.example/1", "https://elsewhere.example/@other")


def test_a_description_by_a_curator_reaches_what_is_shown() -> None:
    house = House().hear(*STORY).work().hear(Annotated("m1", Annotation("A lamp at dusk", 0.3, 0.4)))
    assert house.only().shown.media[0].alt_text == "A lamp at dusk"
    assert house.kinds() == ["placed", "updated"]


def test_a_collection_takes_posts_in_and_lets_them_go() -> None:
    house = House(Rule(collection="spring")).hear(*STORY).work()
    assert house.states() == []
    assert house.hear(Collected("spring", 1.5)).work().only().rank == 1.5
    house.hear(Collected("spring", 0.5))
    assert house.only().rank == 0.5
    house.hear(Collected("spring", None))
    assert house.only().ending is Ending.SURFACE_CHANGED


def test_a_post_that_left_and_came_back_is_another_placement() -> None:
    house = House().hear(*STORY).work().hear(Reviewed(None)).work().hear(Reviewed(1)).work()
    assert house.states() == [State.WITHDRAWN, State.LIVE]


def test_a_grant_ends_by_the_clock_alone() -> None:
    house = House().hear(*STORY[:-1], Granted(grant(until=NOW + DAY))).work()
    assert house.store.due(NOW + DAY - timedelta(seconds=1), 9) == []
    house.now = NOW + DAY
    assert house.store.due(house.now, 9) == [(BRAND, POST)]
    settle_again(house.store, BRAND, POST, now=house.now, new_id=house.new_id)
    assert house.only().ending is Ending.EXPIRED
    assert house.store.due(house.now, 9) == []


def test_a_grant_that_begins_later_places_the_post_then() -> None:
    later = replace(grant(), valid_from=NOW + DAY)
    house = House().hear(*STORY[:-1], Granted(later)).work()
    assert house.states() == []
    house.now = NOW + DAY
    settle_again(house.store, BRAND, POST, now=house.now, new_id=house.new_id)
    assert house.work().states() == [State.LIVE]


def test_a_placement_whose_time_is_over_does_not_begin() -> None:
    house = House().hear(*STORY[:-1], Granted(grant(until=NOW + DAY)))
    assert not go_live(house.store, house.only().placement, {}, now=NOW + DAY)


def test_nothing_begins_while_rights_is_silent_though_what_is_shown_stays_for_the_grace() -> None:
    house = House().hear(*STORY).work()
    surfaces.create(house.store, BRAND, "second", definition(), public_key="k2", key_sha256="", now=NOW)
    house.walk()
    house.store.age = SILENCE_SECONDS + 1
    assert house.work().keep().states() == [State.LIVE, State.PLACING]
    house.store.age = 0.0
    assert house.work().states() == [State.LIVE, State.LIVE]


def test_an_answer_of_rights_lets_begin_only_what_it_was_asked_about() -> None:
    house = House().hear(*STORY)
    house.store.age, house.store.asked_age = GRACE / 2, 0.0
    house.store.confirmed[BRAND, POST, "another"] = 0.0
    assert house.work().states() == [State.PLACING]
    house.store.confirmed[BRAND, POST, "g1"] = 1.0
    assert house.work().states() == [State.LIVE]


def test_what_was_held_is_shown_again_only_once_rights_is_heard_or_confirms_it() -> None:
    house = House().hear(*STORY).work()
    house.store.age = GRACE + 1
    assert house.keep().states() == [State.HELD]
    house.store.age = GRACE - 1
    assert house.keep().states() == [State.HELD], "a backlog is being read: what follows may be a revocation"
    house.store.confirmed[BRAND, POST, "g1"] = 1.0
    assert house.keep().states() == [State.LIVE]


def test_what_rights_neither_confirms_nor_ends_is_held_until_rights_is_heard() -> None:
    house = House().hear(*STORY).work()
    house.store.age, house.store.asked_age = GRACE / 2, 0.0
    hold_unconfirmed(house.store, BRAND, POST, "another", now=NOW)
    assert house.states() == [State.LIVE]
    hold_unconfirmed(house.store, BRAND, POST, "g1", now=NOW)
    assert (house.keep().only().state, house.only().hold) == (State.HELD, Hold.LEASE)
    assert house.kinds() == ["placed"], "nothing tells those who copy posts to delete it"
    house.store.age = 0.0
    assert house.keep().states() == [State.LIVE]


def test_a_fact_seen_to_does_not_show_its_post_while_rights_is_unknown() -> None:
    house = House().hear(*STORY).work()
    house.store.parked_posts.add((BRAND, POST))
    house.keep()
    house.store.age = SILENCE_SECONDS + 1
    house.store.parked_posts.clear()
    assert (house.keep().only().state, house.only().hold) == (State.HELD, Hold.LEASE)


def test_when_rights_is_lost_everything_is_held_and_nothing_is_said_to_be_withdrawn() -> None:
    house = House().hear(*STORY).work()
    house.store.age = GRACE + 1
    house.keep()
    assert (house.only().state, house.only().hold) == (State.HELD, Hold.LEASE)
    assert house.kinds() == ["placed"]
    house.store.age = 0.0
    house.keep()
    assert house.only().state is State.LIVE
    assert house.told() == [State.LIVE, State.HELD, State.LIVE]
    assert house.kinds() == ["placed"]


def test_a_held_placement_still_ends() -> None:
    house = House().hear(*STORY).work()
    house.store.age = GRACE + 1
    house.keep().hear(Ended("g1", GrantState.REVOKED)).work()
    assert house.only().state is State.WITHDRAWN
    assert house.kinds() == ["placed", "withdrawn"]


def test_a_parked_fact_holds_its_post_until_it_is_seen_to() -> None:
    house = House().hear(*STORY).work()
    house.store.parked_posts.add((BRAND, POST))
    assert house.keep().only().hold is Hold.PARKED
    house.store.parked_posts.clear()
    assert house.keep().only().state is State.LIVE
    assert house.kinds() == ["placed", "updated"], "who copies posts missed it in the feed"


def test_rights_coming_back_does_not_show_a_post_with_a_parked_fact() -> None:
    house = House().hear(*STORY).work()
    house.store.age = GRACE + 1
    house.keep()
    house.store.parked_posts.add((BRAND, POST))
    house.store.age = 0.0
    assert house.keep().only().hold is Hold.PARKED


def test_nothing_begins_for_a_post_with_a_parked_fact() -> None:
    house = House().hear(*STORY)
    house.store.parked_posts.add((BRAND, POST))
    assert house.work().states() == [State.PLACING]


@pytest.mark.parametrize(
    ("until", "state", "ending"),
    [
        (None, GrantState.REVOKED, Ending.REVOKED),
        (NOW + 2 * DAY, GrantState.REVOKED, Ending.REVOKED),
        (NOW + DAY, GrantState.EXPIRED, Ending.EXPIRED),
    ],
)
def test_a_grant_that_rights_says_is_over_has_expired_where_its_time_was_and_else_was_revoked(
    until: datetime | None, state: GrantState, ending: Ending
) -> None:
    house = House().hear(*STORY[:-1], Granted(grant(until=until))).work()
    no_longer_granted(house.store, BRAND, POST, "g1", now=NOW + DAY, new_id=house.new_id)
    assert house.only().ending is ending
    assert [each.state for each in house.store.grants(BRAND, POST)] == [state]


def test_hearing_everything_again_changes_nothing() -> None:
    house = House().hear(*STORY).work()
    before = house.only()
    house.hear(*STORY)
    assert house.only() == before
    house.hear(Ended("g1", GrantState.REVOKED), Granted(grant())).work()
    assert house.only().state is State.WITHDRAWN


def test_what_was_said_of_a_grant_earlier_gives_nothing_back_when_it_comes_again() -> None:
    both = Granted(replace(grant(), scope=Scope(frozenset({Use.WEB, Use.EMAIL}))))
    mail, wider = (Scope(frozenset({Use.EMAIL, *more})) for more in ((), (Use.WEB,)))
    house = House().hear(*STORY[:-1], both).work()
    assert house.states() == [State.LIVE]
    house.hear(Narrowed("g1", mail, NOW + DAY)).work()
    assert house.states() == [State.WITHDRAWN]
    house.hear(both, Narrowed("g1", wider, NOW + 2 * DAY)).work()
    assert house.states() == [State.WITHDRAWN]
    [known] = house.store.grants(BRAND, POST)
    assert (known.scope, known.valid_until) == (mail, NOW + DAY)


def test_nothing_that_is_heard_later_fills_in_what_was_erased() -> None:
    house = House().hear(*STORY, Gone(Withdrawal.ERASED)).work()
    erased = house.store.post(BRAND, POST)
    late = replace(grant(), grant="g2", credit="Quokka Example")
    house.hear(Annotated(media().media, Annotation("A quokka", 0.5, 0.5)), Granted(late)).work()
    assert house.store.post(BRAND, POST) == erased
    assert {(each.credit, each.media_sha256) for each in house.store.grants(BRAND, POST)} == {("", frozenset())}


def test_what_is_said_of_an_unknown_grant_permits_nothing() -> None:
    house = House().hear(*STORY[:-1], Narrowed("g9", WEB, None), Ended("g9", GrantState.REVOKED)).work()
    assert house.states() == []


def test_pausing_ends_all_at_once_and_resuming_places_them_again() -> None:
    house = House().hear(*STORY).work()
    surfaces.pause(house.store, BRAND, SURFACE, now=NOW)
    assert (house.only().state, house.only().ending) == (State.WITHDRAWING, Ending.SURFACE_CHANGED)
    house.hear(Annotated("m1", Annotation("x", 0.5, 0.5))).work()
    assert house.states() == [State.WITHDRAWN]
    surfaces.resume(house.store, BRAND, SURFACE, now=NOW)
    house.walk()
    assert house.work().states() == [State.WITHDRAWN, State.LIVE]


def test_a_surface_redefined_ends_what_no_longer_fits_and_keeps_the_rest() -> None:
    house = House().hear(*STORY).work()
    surfaces.update(house.store, BRAND, SURFACE, definition(Rule(has_media=True)), now=NOW, new_id=ids("s"))
    assert house.states() == [State.LIVE]
    surfaces.update(
        house.store, BRAND, SURFACE, definition(scope=Scope(frozenset({Use.ADS}))), now=NOW, new_id=ids("s")
    )
    assert house.only().ending is Ending.SCOPE


def test_a_new_surface_gets_the_posts_that_were_approved_before() -> None:
    house = House().hear(*STORY).work()
    surfaces.create(house.store, BRAND, "second", definition(), public_key="k2", key_sha256="", now=NOW)
    house.walk()
    assert sorted(each.surface for each in house.work().store.placed.values()) == [SURFACE, "second"]


def test_a_surface_that_cannot_be_is_refused_field_by_field() -> None:
    bad = replace(
        definition(Rule(collection="spring", hashtags=("#Lamp",)), Scope(frozenset())),
        title=" ",
        address="javascript:alert(1)",
    )
    with pytest.raises(Invalid) as refused:
        surfaces.create(FakeStore(), BRAND, "No Slug", bad, public_key="k", key_sha256="", now=NOW)
    assert set(refused.value.fields) == {"surface", "title", "address", "scope.uses", "rule", "rule.hashtags"}


def test_only_a_surface_with_a_key_has_one_to_change() -> None:
    house = House()
    with pytest.raises(Conflict, match="no key"):
        surfaces.rotate_key(house.store, BRAND, SURFACE, key_sha256="x", now=NOW)
    surfaces.update(house.store, BRAND, SURFACE, definition(access=Access.KEY), now=NOW, new_id=ids("s"))
    assert surfaces.rotate_key(house.store, BRAND, SURFACE, key_sha256="x", now=NOW).key_sha256 == "x"
    with pytest.raises(NotFound):
        surfaces.pause(house.store, BRAND, "nowhere", now=NOW)


def test_traces_of_what_triggered_it_are_kept_the_capture_first() -> None:
    house = House()
    for number, fact in enumerate([*STORY, *[Annotated("m1", Annotation("x", 0.5, 0.5))] * 9]):
        house.hear(fact, links=(f"trace-{number}",))
    links = house.store.post(BRAND, POST).trace_links
    assert links[0] == "trace-0"
    assert links[-1] == "trace-12"
    assert len(links) == 8
