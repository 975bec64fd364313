"""Take-downs: what begins one, what confirms it, when it is looked at again, and what its certificate says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chorus.evidence.certificate import issue, verify
from chorus.platform.config import ConfigError, load
from chorus.publishing.app import PublishingSettings
from chorus.publishing.domain.certificate import said
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import Edited, Ended, Gone, Granted, Heard, HeardOfRights, Narrowed, Reviewed, Told
from chorus.publishing.domain.placement import Ending, State
from chorus.publishing.domain.post import Withdrawal
from chorus.publishing.domain.surface import Rule
from chorus.publishing.domain.takedown import PATIENCE, Consumer, Look, Takedown, What
from chorus.publishing.handlers import surfaces, takedowns
from chorus.publishing.handlers.hearing import hear_of_rights
from chorus.publishing.handlers.lease import no_longer_granted
from chorus.publishing.handlers.settling import settle_again
from chorus.scope import Scope, Use
from tests.unit.evidence.samples import KEY, file_of
from tests.unit.publishing.samples import BRAND, DAY, NOW, POST, SURFACE, WEB, definition, grant, media, revision
from tests.unit.publishing.test_content_signer import ENVIRONMENT
from tests.unit.publishing.test_placing import STORY, House

BOUND = timedelta(seconds=30)
LATER = NOW + BOUND
REVOKED = Ended("g1", GrantState.REVOKED)
GONE = Look(What.PICTURE, "https://public.example/media/k/p0001/m1-640.jpg", 404, gone=True)
THERE = replace(GONE, status=200, gone=False)
CMS = Consumer("e1", "CMS", "cms.lumen.example", ("msg_1", "msg_2"))


def begun(house: House) -> list[Takedown]:
    return list(house.store.begun_takedowns.values())


def taken_down(*consumers: Consumer) -> Takedown:
    """Have a post that was shown on one surface taken back."""
    (only,) = begun(House().hear(*STORY).work().hear(REVOKED))
    return replace(only, consumers=consumers)


# --- what begins one --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "cause"),
    [
        (REVOKED, Ending.REVOKED),
        (Narrowed("g1", Scope(frozenset({Use.ADS})), None), Ending.SCOPE),
        (Gone(Withdrawal.DELETED_AT_SOURCE), Ending.SOURCE_DELETED),
        (Gone(Withdrawal.ERASED), Ending.SOURCE_DELETED),
        (Edited(revision(2, pictures=("m2",)), (media("m2", "b" * 64),)), Ending.EDITED),
    ],
)
def test_what_a_creator_or_the_source_ends_is_taken_down(fact: Heard | HeardOfRights, cause: Ending) -> None:
    (only,) = begun(House().hear(*STORY).work().hear(fact))
    assert (only.post, only.cause, only.ended_at, only.looks) == (POST, cause, NOW, 0)
    (place,) = only.places
    assert (place.placement, place.surface, place.title, place.uses) == ("p0001", SURFACE, "Wall", (Use.WEB,))
    assert (place.shown_from, place.shown_until, place.grant) == (NOW, NOW, "g1")
    assert "/media/k/p0001/m1-1080.webp" in place.files


def test_what_a_brand_ends_itself_is_not() -> None:
    house = House().hear(*STORY).work().hear(Reviewed(None))
    assert begun(house) == []
    house = House().hear(*STORY).work()
    surfaces.pause(house.store, BRAND, SURFACE, now=NOW)
    assert begun(house) == []
    house = House().hear(*STORY).work()
    ads = definition(scope=Scope(frozenset({Use.ADS})))
    surfaces.update(house.store, BRAND, SURFACE, ads, now=NOW, new_id=house.new_id)
    assert (house.only().ending, begun(house)) == (Ending.SCOPE, [])


def test_a_consent_that_has_run_out_is_noticed_also_by_who_redefines_the_surface() -> None:
    house, until = House().hear(*STORY).work(), NOW + DAY
    hear_of_rights(house.store, BRAND, POST, Narrowed("g1", WEB, until), Told(), now=NOW, new_id=house.new_id)
    narrower = definition(Rule(has_media=True))
    surfaces.update(house.store, BRAND, SURFACE, narrower, now=until + DAY, new_id=house.new_id)
    (only,) = begun(house)
    assert (only.cause, only.decided_at, only.ended_at) == (Ending.EXPIRED, until, until + DAY)


def test_what_nobody_was_shown_needs_no_taking_down() -> None:
    assert begun(House().hear(*STORY).hear(REVOKED)) == []


def test_one_take_down_names_every_surface_that_a_post_left_for_one_cause() -> None:
    house = House()
    surfaces.create(house.store, BRAND, "letter", definition(), public_key="k2", key_sha256="", now=NOW)
    (only,) = begun(house.hear(*STORY).work().hear(REVOKED))
    assert [each.surface for each in only.places] == [SURFACE, "letter"]


ATTESTED = replace(grant("g2"), attested=True)


def test_what_was_placed_anew_and_never_shown_is_taken_down_with_what_it_took_the_place_of() -> None:
    """The creator took back both, and publishing heard of one after the other."""
    house = House().hear(*STORY, Granted(ATTESTED)).work().hear(REVOKED)
    house.now = LATER
    house.hear(Ended("g2", GrantState.REVOKED)).work()
    assert house.states() == [State.WITHDRAWN, State.WITHDRAWN]
    (only,) = begun(house)
    assert (only.cause, only.ended_at) == (Ending.REVOKED, LATER)
    (place,) = only.places
    assert (place.placement, place.grant, place.shown_from, place.shown_until) == ("p0001", "g1", NOW, NOW)


def test_what_was_taken_down_before_is_not_taken_down_again_with_what_came_after_it() -> None:
    house = House().hear(*STORY).work().hear(Edited(revision(2, pictures=()), ()), Reviewed(2))
    assert house.states() == [State.WITHDRAWING, State.PLACING]
    house.hear(REVOKED)
    assert [each.cause for each in begun(house)] == [Ending.EDITED]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param((*STORY, Granted(ATTESTED), REVOKED), id="attested"),
        pytest.param((*STORY[:-1], Granted(ATTESTED), Granted(grant())), id="by the creator's own word"),
    ],
)
def test_what_is_placed_anew_at_once_is_not_taken_down(facts: tuple[Heard | HeardOfRights, ...]) -> None:
    """A certificate would say that it is gone, while everybody sees it."""
    house = House()
    for fact in facts:
        house.hear(fact).work()
    assert house.states() == [State.WITHDRAWN, State.LIVE]
    assert begun(house) == []


# --- when it was decided ----------------------------------------------------------------------------------------------


def test_the_clock_runs_from_the_decision_and_no_longer_for_a_clock_that_is_ahead() -> None:
    house = House().hear(*STORY).work()
    at = NOW - timedelta(seconds=3)
    hear_of_rights(house.store, BRAND, POST, REVOKED, Told(decided_at=at), now=NOW, new_id=house.new_id)
    (only,) = begun(house)
    assert (only.decided_at, only.began_at) == (at, at)
    assert replace(only, decided_at=NOW + DAY).began_at == NOW


def test_what_is_heard_of_late_is_looked_at_when_every_cache_has_let_go_and_for_as_long_as_ever() -> None:
    """Publishing was down: the bound is over, but only just now did readers begin to forget."""
    house, long_ago = House().hear(*STORY).work(), NOW - 2 * PATIENCE
    hear_of_rights(house.store, BRAND, POST, REVOKED, Told(decided_at=long_ago), now=NOW, new_id=house.new_id)
    (only,) = begun(house)
    assert house.store.due_takedowns(LATER - timedelta(seconds=1), BOUND, 9) == []
    assert house.store.due_takedowns(LATER, BOUND, 9) == [only]
    assert not only.looked({"p0001": [THERE]}, {}, LATER).settled
    assert only.looked({"p0001": [THERE]}, {}, NOW + PATIENCE).settled


def test_what_ran_out_ended_when_it_said() -> None:
    house = House().hear(*STORY[:-1]).work()
    house.store.keep_grant(BRAND, POST, grant(until=NOW + DAY), None)
    settle_again(house.store, BRAND, POST, now=NOW, new_id=house.new_id)
    house.work()
    settle_again(house.store, BRAND, POST, now=NOW + 2 * DAY, new_id=house.new_id)
    (only,) = begun(house)
    assert (only.cause, only.decided_at, only.ended_at) == (Ending.EXPIRED, NOW + DAY, NOW + 2 * DAY)


def test_what_rights_was_asked_for_is_dated_when_the_fact_itself_comes() -> None:
    house = House().hear(*STORY).work()
    no_longer_granted(house.store, BRAND, POST, "g1", now=NOW, new_id=house.new_id)
    (only,) = begun(house)
    assert only.decided_at is None
    at = NOW - timedelta(seconds=5)
    hear_of_rights(house.store, BRAND, POST, REVOKED, Told(decided_at=at), now=LATER, new_id=house.new_id)
    (only,) = begun(house)
    assert (only.decided_at, only.ended_at) == (at, NOW)


def test_a_take_down_is_not_dated_by_what_was_decided_about_the_same_grant_for_another_reason() -> None:
    house = House().hear(*STORY).work()
    no_longer_granted(house.store, BRAND, POST, "g1", now=NOW, new_id=house.new_id)
    before = Narrowed("g1", WEB, NOW + DAY)
    for fact, at in ((before, NOW - DAY), (REVOKED, NOW - timedelta(seconds=5))):
        hear_of_rights(house.store, BRAND, POST, fact, Told(decided_at=at), now=LATER, new_id=house.new_id)
    (only,) = begun(house)
    assert (only.cause, only.decided_at) == (Ending.REVOKED, NOW - timedelta(seconds=5))
    house = House().hear(*STORY).work().hear(Edited(revision(2, pictures=()), ()))
    hear_of_rights(house.store, BRAND, POST, REVOKED, Told(decided_at=LATER), now=LATER, new_id=house.new_id)
    (only,) = begun(house)
    assert (only.cause, only.decided_at) == (Ending.EDITED, None)


def test_what_rights_was_asked_for_has_the_cause_of_the_fact_that_comes_later() -> None:
    """The clock of rights is ahead: by the one here the consent still holds, so it looks as if it was taken back."""
    house = House().hear(*STORY).work()
    no_longer_granted(house.store, BRAND, POST, "g1", now=NOW, new_id=house.new_id)
    ran_out = Ended("g1", GrantState.EXPIRED)
    hear_of_rights(house.store, BRAND, POST, ran_out, Told(decided_at=NOW), now=LATER, new_id=house.new_id)
    (only,) = begun(house)
    assert (only.cause, only.decided_at) == (Ending.EXPIRED, NOW)


def test_no_bound_is_shorter_than_caches_keep_what_they_have() -> None:
    """What is certified at the bound would be shown still."""
    with pytest.raises(ConfigError, match="CHORUS_REVOCATION_BOUND"):
        load(PublishingSettings, ENVIRONMENT | {"CHORUS_REVOCATION_BOUND": "11"})
    assert load(PublishingSettings, ENVIRONMENT | {"CHORUS_REVOCATION_BOUND": "12"}).revocation_bound == 12


# --- what confirms it -------------------------------------------------------------------------------------------------


def test_a_place_is_confirmed_when_every_address_of_it_shows_the_post_no_more() -> None:
    before = taken_down()
    for looks in ([], [GONE, THERE], [THERE]):
        assert before.looked({"p0001": looks}, {}, LATER).places[0].confirmed_at is None
    after = before.looked({"p0001": [GONE, GONE]}, {}, LATER)
    assert (after.places[0].confirmed_at, after.complete, after.settled) == (LATER, True, True)


def test_an_endpoint_is_confirmed_when_it_took_all_that_it_was_to_be_told_by_the_last_of_it() -> None:
    first, last = NOW + timedelta(seconds=1), NOW + timedelta(seconds=9)
    before = taken_down(CMS).looked({"p0001": [GONE]}, {"msg_1": last}, LATER)
    assert (before.complete, before.awaited) == (False, ("msg_1", "msg_2"))
    after = before.heard({"msg_1": last, "msg_2": first})
    assert (after.complete, after.consumers[0].confirmed_at) == (True, last)


def test_what_is_confirmed_stays_so() -> None:
    before = taken_down(CMS).looked({"p0001": [GONE]}, {"msg_1": NOW, "msg_2": NOW}, LATER)
    assert before.heard({}).complete
    assert before.open_places == ()


def test_what_is_not_confirmed_is_looked_at_ever_more_seldom_and_at_last_no_more() -> None:
    now, pauses, takedown = LATER, [], taken_down(CMS)
    while not takedown.settled:
        takedown = takedown.looked({"p0001": [THERE]}, {}, now)
        pauses.append((takedown.next_look_at or now) - now)
        now = takedown.next_look_at or now
    assert pauses[:4] == [timedelta(seconds=seconds) for seconds in (10, 20, 40, 80)]
    assert max(pauses) == timedelta(minutes=15)
    assert now - NOW >= PATIENCE
    assert not takedown.complete


# --- certificates -----------------------------------------------------------------------------------------------------


def certified(house: House, takedown: Takedown, looks: list[Look], now: datetime = LATER) -> Takedown:
    return takedowns.look(
        house.store, takedown.takedown, {"p0001": looks}, lambda it: f"{it.issues} {it.complete}", now=now
    )


def test_one_is_issued_at_the_first_look_and_another_when_all_is_confirmed() -> None:
    house = House().hear(*STORY).work().hear(REVOKED)
    (only,) = begun(house)
    for minute, looks in enumerate(([THERE], [THERE], [GONE], [GONE])):
        certified(house, only, looks, LATER + timedelta(minutes=minute))
    assert house.store.certificates == [
        (only.takedown, 1, False, "1 False"),
        (only.takedown, 2, True, "2 True"),
    ]


def test_one_that_is_confirmed_at_the_first_look_is_certified_once() -> None:
    house = House().hear(*STORY).work().hear(REVOKED)
    (only,) = begun(house)
    certified(house, only, [GONE])
    assert [(number, complete) for _, number, complete, _ in house.store.certificates] == [(1, True)]


def test_the_last_one_is_issued_when_nobody_looks_any_more() -> None:
    house = House().hear(*STORY).work().hear(REVOKED)
    (only,) = begun(house)
    certified(house, only, [THERE])
    certified(house, only, [THERE], NOW + PATIENCE)
    assert [(number, complete) for _, number, complete, _ in house.store.certificates] == [(1, False), (2, False)]


def test_a_certificate_says_all_that_is_known_and_names_what_cannot_be_called_back() -> None:
    house = House()
    both = definition(scope=Scope(frozenset({Use.WEB, Use.EMAIL})))
    surfaces.update(house.store, BRAND, SURFACE, both, now=NOW, new_id=house.new_id)
    allowed = replace(grant(), scope=both.scope)
    house.hear(*STORY[:-1])
    house.store.keep_grant(BRAND, POST, allowed, None)
    settle_again(house.store, BRAND, POST, now=NOW, new_id=house.new_id)
    (only,) = begun(house.work().hear(REVOKED))
    waiting = replace(only, consumers=(CMS,), issues=1).looked({"p0001": [GONE]}, {}, LATER)
    content = said(waiting, issuer="https://public.example", brand_name="Lumen", bound=BOUND, now=LATER)
    found = verify(file_of(issue(content, KEY)), [KEY.public])
    assert (found["complete"], found["number"], found["bound_seconds"], found["cause"]) == (False, 1, 30, "revoked")
    (wall,) = found["surfaces"]
    assert (wall["uses"], wall["not_recallable"]) == (["web", "email"], ["email"])
    assert wall["confirmed_at"] == found["issued_at"] == "2026-11-23T12:00:30.000000Z"
    assert wall["looks"] == [{"what": "picture", "address": GONE.address, "status": 404, "gone": True}]
    assert found["consumers"] == [{"endpoint": "e1", "title": "CMS", "host": "cms.lumen.example", "confirmed_at": None}]


def test_nothing_in_a_certificate_tells_who_the_creator_is() -> None:
    waiting = replace(taken_down(CMS), issues=1).looked({"p0001": [GONE]}, {}, LATER)
    content = said(waiting, issuer="https://public.example", brand_name="Lumen", bound=BOUND, now=LATER)
    whole = file_of(issue(content, KEY)).decode().lower()
    assert [word for word in ("mira", "blue hour", "mastodon", "brass lamp") if word in whole] == []
