"""A yes that others have to agree to: a minor's guardian, and people in the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from chorus.errors import ChorusError, Invalid
from chorus.rights.domain.board import Column
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.evidence import IMPERSONAL, statements
from chorus.rights.domain.facts import Declined, Granted, Requested, Revoked
from chorus.rights.domain.journal import EndKind, ends
from chorus.rights.domain.link import Brand, Purpose
from chorus.rights.domain.request import Answer, Part, RequestState
from chorus.rights.domain.thread import Kind
from chorus.rights.domain.words import summary
from chorus.rights.handlers import answering, asking, contacting, hearing
from chorus.rights.handlers.timing import pass_time
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import ASKED, NOW, TERMS, WINDOW, first, ready

LINK = "a" * 64
YES = Answer(grant=True)
MINOR = Answer(grant=True, of_age=False)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def store() -> FakeStore:
    """A store in which lumen has asked for an approved post, under terms for people of 16 and older."""
    made = FakeStore()
    made.save_brand(Brand("lumen", "Lumen"))
    made.add_terms(replace(TERMS, minimum_age=16), entered=True)
    hearing.captured(samples.hearing(made, "p1"), samples.seen("p1"), first(ready("pic")))
    hearing.reviewed(samples.hearing(made, "p1"), approved=1, rejected=False, at=NOW)
    occasion = samples.occasion(new_id=samples.numbered("r").new_id)
    asked = asking.create_request(made, "lumen", "p1", ASKED, occasion=occasion)
    asking.add_link(made, *asked, sha256=LINK, now=NOW)
    return made


def answer(store: FakeStore, said: Answer, *, at: datetime = NOW) -> answering.View:
    own = answering.own_links(store, LINK)
    [view] = answering.answer(store, own, said, nonce=f"answer {at}", now=at, means=samples.numbered("part"))
    return view


def confirm(store: FakeStore, part: str, *, agrees: bool = True, at: datetime = LATER) -> answering.View:
    links = answering.find_links(store, f"link of {part}")
    means = samples.numbered("grant")
    [view] = answering.confirm(store, links, agrees=agrees, nonce=f"{part} {agrees} {at}", now=at, means=means)
    return view


def parts(store: FakeStore, part: Part) -> list[str]:
    confirmations = dossier(store).requests[-1].confirmations
    return [each.confirmation for each in confirmations if each.part is part]


def dossier(store: FakeStore) -> Dossier:
    return store.dossiers["lumen", "p1"]


def state(store: FakeStore) -> RequestState:
    return dossier(store).requests[-1].state


def told(store: FakeStore) -> list[type]:
    return [type(fact) for _, _, fact in store.told]


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(ChorusError) as caught:
        act()
    return caught.value.reason


def test_terms_that_ask_for_an_age_take_no_yes_without_one(store: FakeStore) -> None:
    """A no needs none."""
    with pytest.raises(Invalid) as caught:
        answer(store, YES)
    assert list(caught.value.fields) == ["born"]
    answer(store, Answer(grant=False))
    assert state(store) is RequestState.DECLINED


def test_whoever_is_old_enough_grants_at_once(store: FakeStore) -> None:
    answer(store, Answer(grant=True, of_age=True))
    assert state(store) is RequestState.GRANTED
    assert dossier(store).requests[-1].confirmations == ()


def test_a_minor_s_yes_counts_once_a_guardian_agrees(store: FakeStore) -> None:
    view = answer(store, MINOR)
    assert (state(store), view.grant, view.purpose) == (RequestState.CONFIRMING, None, Purpose.MANAGE)
    assert told(store) == [Requested]
    [guardian] = parts(store, Part.GUARDIAN)
    [seen] = answering.see(store, answering.find_links(store, f"link of {guardian}"))
    assert seen.part is not None
    assert (seen.part.part, seen.purpose) == (Part.GUARDIAN, Purpose.CONFIRM)
    granted = confirm(store, guardian).grant
    assert granted is not None
    assert (granted.valid_from, granted.scope) == (LATER, ASKED.scope)
    assert told(store) == [Requested, Granted]
    assert confirm(store, guardian) == confirm(store, guardian)
    assert told(store) == [Requested, Granted]


def test_each_person_in_the_picture_and_the_guardian_have_to_agree(store: FakeStore) -> None:
    answer(store, replace(MINOR, others=2))
    [guardian], people = parts(store, Part.GUARDIAN), parts(store, Part.PERSON)
    assert summary(dossier(store), "Lumen", Column.ASKED).startswith(
        "The creator said yes; a guardian and 2 other people still to agree"
    )
    for part in (people[1], guardian):
        assert confirm(store, part).grant is None
    assert summary(dossier(store), "Lumen", Column.ASKED).startswith("The creator said yes; 1 other person still")
    assert confirm(store, people[0]).grant is not None
    assert [kind for kind, _, _ in happened(store)] == [
        *(Kind.ASKED, Kind.SAID_YES, Kind.PERSON_AGREED, Kind.GUARDIAN_AGREED, Kind.PERSON_AGREED, Kind.GRANTED)
    ]


def happened(store: FakeStore) -> list[tuple[Kind, str, datetime]]:
    return [(each.kind, each.subject, each.at) for each in store.thread("lumen", "p1")]


@pytest.mark.parametrize("part", list(Part))
def test_one_no_is_the_end_of_it(store: FakeStore, part: Part) -> None:
    answer(store, replace(MINOR, others=1))
    [other] = [each for each in Part if each is not part]
    [refusing], [agreeing] = parts(store, part), parts(store, other)
    confirm(store, refusing, agrees=False)
    assert state(store) is RequestState.DECLINED
    assert store.told[-1][2] == Declined(dossier(store).requests[-1].request, part.value)
    assert refusal(lambda: confirm(store, agreeing)) == "CLOSED"
    confirm(store, refusing, agrees=False)
    assert told(store) == [Requested, Declined]


@pytest.mark.parametrize("part", list(Part))
def test_whoever_agreed_takes_it_back_for_all(store: FakeStore, part: Part) -> None:
    """At any time, as the creator can."""
    answer(store, replace(MINOR, others=1))
    for each in (*parts(store, Part.GUARDIAN), *parts(store, Part.PERSON)):
        confirm(store, each)
    [leaving] = parts(store, part)
    confirm(store, leaving, agrees=False)
    confirm(store, leaving, agrees=False)
    assert told(store) == [Requested, Granted, Revoked]
    assert not dossier(store).grants[0].active


def test_the_creator_takes_a_waiting_yes_back_and_nobody_can_agree_any_more(store: FakeStore) -> None:
    answer(store, MINOR)
    for at in (LATER, LATER + timedelta(days=1)):
        answering.revoke(store, answering.own_links(store, LINK), nonce=f"back {at}", now=at)
    assert told(store) == [Requested, Declined]
    assert refusal(lambda: confirm(store, parts(store, Part.GUARDIAN)[0])) == "CLOSED"
    assert refusal(lambda: answer(store, Answer(grant=True, of_age=True))) == "ANSWERED"


def test_the_same_yes_again_is_the_same_while_it_waits_and_another_is_refused(store: FakeStore) -> None:
    assert answer(store, MINOR) == answer(store, MINOR, at=LATER)
    web = replace(MINOR, uses=frozenset(list(ASKED.scope.uses)[:1]))
    assert refusal(lambda: answer(store, web)) == "ANSWERED"


def test_a_yes_that_nobody_confirms_lapses(store: FakeStore) -> None:
    answer(store, MINOR)
    end = NOW + WINDOW
    assert refusal(lambda: confirm(store, parts(store, Part.GUARDIAN)[0], at=end)) == "LAPSED"
    assert store.due(end, 9) == [("lumen", "p1")]
    pass_time(store, samples.means(), "lumen", "p1", end)
    assert state(store) is RequestState.LAPSED


def test_a_newer_question_takes_the_place_of_one_that_waits(store: FakeStore) -> None:
    answer(store, MINOR)
    assert asking.open_requests(store, "lumen", dossier(store).requests[-1].request, [], LATER)
    asking.create_request(store, "lumen", "p1", ASKED, occasion=samples.occasion(LATER))
    assert [each.state for each in dossier(store).requests] == [RequestState.SUPERSEDED, RequestState.REQUESTED]


def test_a_creator_who_has_answered_is_not_reminded(store: FakeStore) -> None:
    answer(store, MINOR)
    request = dossier(store).requests[-1]
    assert request.remind_at is None
    remind = partial(contacting.remind, channel=request.channel, by="ada", now=LATER)
    assert refusal(lambda: remind(store, samples.means(), dossier(store))) == "ANSWERED"


def test_nobody_manages_by_a_link_that_is_for_agreeing(store: FakeStore) -> None:
    """And nobody agrees by the creator's own."""
    answer(store, MINOR)
    link = f"link of {parts(store, Part.GUARDIAN)[0]}"
    assert refusal(lambda: answering.own_links(store, link)) == "WRONG_PURPOSE"
    own, means = answering.own_links(store, LINK), samples.numbered("g")
    assert (
        refusal(lambda: answering.confirm(store, own, agrees=True, nonce="n", now=LATER, means=means))
        == "WRONG_PURPOSE"
    )


def test_how_many_others_there_are_has_bounds(store: FakeStore) -> None:
    for others in (-1, 10):
        with pytest.raises(Invalid) as caught:
            answer(store, replace(MINOR, others=others))
        assert list(caught.value.fields) == ["others"]
    assert state(store) is RequestState.REQUESTED


def test_the_log_holds_that_an_age_was_reached_or_not_and_who_agreed_and_no_birthday(store: FakeStore) -> None:
    answer(store, replace(MINOR, others=1))
    for part in (*parts(store, Part.GUARDIAN), *parts(store, Part.PERSON)):
        confirm(store, part)
    granted, facts = dossier(store), tuple(fact for _, _, fact in store.told)
    [statement] = statements(replace(granted, facts=facts))
    assert statement.details["age"] == {"minimum": 16, "reached": False}
    assert [each["part"] for each in statement.details["agreed"]] == ["guardian", "person"]
    assert {"age", "agreed", "by"} <= IMPERSONAL
    confirm(store, parts(store, Part.PERSON)[0], agrees=False)
    revoked = replace(dossier(store), facts=(store.told[-1][2],))
    assert [(each.kind, each.details["by"]) for each in statements(revoked)] == [("revoked", "person")]
    assert [each.kind for each in ends(revoked)] == [EndKind.REVOKED, EndKind.DECLINED]


@pytest.mark.parametrize(("under_age", "others"), [(True, 0), (False, 2)])
def test_consent_that_came_with_an_upload_waits_for_the_others_too(
    store: FakeStore, under_age: bool, others: int
) -> None:
    uploaded = samples.consent(replace(TERMS, minimum_age=16), "c" * 64)
    given = replace(uploaded, under_age=under_age, others=others)
    hearing.captured(samples.hearing(store, "u1"), samples.seen("u1", given), first(ready("own")))
    upload = store.dossiers["lumen", "u1"]
    [request] = upload.requests
    assert (request.state, request.by, upload.grants) == (RequestState.CONFIRMING, "upload", ())
    for each in request.confirmations:
        confirm(store, each.confirmation)
    [grant] = store.dossiers["lumen", "u1"].grants
    assert (grant.request, grant.credit) == (request.request, "Noa Example")
    [view] = answering.see(store, answering.own_links(store, given.link_sha256))
    assert view.grant == grant


def test_consent_on_a_page_that_asked_for_no_age_where_the_terms_do_grants_nothing(store: FakeStore) -> None:
    """The hash is that of the words alone, which are the same."""
    hearing.captured(samples.hearing(store, "u1"), samples.seen("u1", samples.consent(TERMS)), first(ready("own")))
    upload = store.dossiers["lumen", "u1"]
    [request] = upload.requests
    assert (upload.grants, request.state, request.offer.minimum_age) == ((), RequestState.REQUESTED, 16)


def test_an_upload_that_is_heard_of_anew_is_asked_about_by_the_request_that_the_journal_may_have_ended() -> None:
    asked = set()
    for prefix in ("before", "restored"):
        made = FakeStore()
        given = replace(samples.consent(TERMS), others=1)
        means = samples.numbered(prefix)
        heard = replace(samples.hearing(made, "u1"), means=means)
        hearing.captured(heard, samples.seen("u1", given), first(ready("own")))
        asked |= {each.request for each in made.dossiers["lumen", "u1"].requests}
    assert len(asked) == 1
