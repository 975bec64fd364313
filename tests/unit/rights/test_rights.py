"""How rights decides, on a store in memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chorus.errors import ChorusError, Conflict, Invalid, NotFound, Unavailable
from chorus.rights.domain.answering import one_line
from chorus.rights.domain.board import EVERY_CARD, Column
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Declined, Erased, Expired, Granted, Lapsed, Narrowed, Requested, Revoked
from chorus.rights.domain.grant import GrantState, Via
from chorus.rights.domain.link import Brand, Link
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.post import Picture, PictureState
from chorus.rights.domain.request import Answer, RequestState
from chorus.rights.domain.terms import Terms, digest
from chorus.rights.domain.words import filled
from chorus.rights.handlers import answering, asking, hearing, looking, terms
from chorus.rights.handlers.timing import pass_time
from chorus.scope import Scope, Use
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import (
    ASKED,
    GERMAN,
    HOME,
    LETTER,
    NOW,
    TERMS,
    WEB,
    WEB_AND_MAIL,
    WINDOW,
    coming,
    first,
    ready,
)

LINK = "f" * 64
YES = Answer(grant=True)
NO = Answer(grant=False)


@pytest.fixture
def store() -> FakeStore:
    """A store in which lumen has terms and one approved post with a picture."""
    made = FakeStore()
    made.save_brand(Brand("lumen", "Lumen"))
    made.add_terms(TERMS, entered=True)
    capture(made, "p1", ready("pic"))
    approve(made, "p1")
    return made


def capture(store: FakeStore, post: str, *pictures: Picture) -> None:
    """Let a post arrive."""
    hearing.captured(samples.hearing(store, post), samples.seen(post), first(*pictures))


def approve(store: FakeStore, post: str, revision: int = 1, at: datetime = NOW) -> None:
    """Let a curator approve a revision."""
    hearing.reviewed(samples.hearing(store, post, now=at), approved=revision, rejected=False, at=at)


def ask(store: FakeStore, post: str = "p1", *, link: str = LINK, at: datetime = NOW) -> str:
    """Ask the creator and hand out a link; answers the request's id."""
    numbers = samples.ids()
    new_id: Callable[[], str] = lambda: f"{link[:2]}-{numbers()}"  # noqa: E731 -- a name for a one-line maker
    dossier, request = asking.create_request(store, "lumen", post, ASKED, occasion=samples.occasion(at, new_id=new_id))
    asking.add_link(store, dossier, request, sha256=link, now=at)
    return request.request


def see(store: FakeStore, *preferences: str, link: str = LINK) -> answering.View:
    """Look at the one post of a link."""
    [view] = answering.see(store, answering.find_links(store, link), preferences)
    return view


def answer(
    store: FakeStore, given: Answer, *, nonce: str = "n1", link: str = LINK, at: datetime = NOW
) -> answering.View:
    """Answer as the creator does."""
    found, means = answering.own_links(store, link), samples.means(lambda: f"grant-{nonce}")
    [view] = answering.answer(store, found, given, nonce=nonce, now=at, means=means)
    return view


def dossier(store: FakeStore, post: str = "p1") -> Dossier:
    """Look at a post's dossier."""
    return store.dossiers["lumen", post]


def column(store: FakeStore, post: str = "p1", at: datetime = NOW) -> Column | None:
    """Tell in which column of the board a post lies."""
    where = store.places.get(("lumen", post))
    return where.column_now(at) if where else None


def refusal(act: Callable[[], object]) -> str:
    """Do what must be refused; answers the reason."""
    with pytest.raises(ChorusError) as caught:
        act()
    return caught.value.reason


def test_a_post_must_be_here_and_approved_before_its_creator_is_asked(store: FakeStore) -> None:
    """What has not arrived yet is worth another try; what is not approved is not."""
    capture(store, "p2", ready("other"))
    with pytest.raises(Unavailable) as early:
        ask(store, "p3")
    assert early.value.reason == "POST_NOT_YET_HERE"
    assert refusal(lambda: ask(store, "p2")) == "NOT_APPROVED"


def test_a_review_may_be_heard_before_its_post(store: FakeStore) -> None:
    """Two topics keep no order between them."""
    approve(store, "p9")
    assert column(store, "p9") is None
    capture(store, "p9", ready("late"))
    assert column(store, "p9") is Column.TO_ASK


def test_a_yes_becomes_a_grant_of_exactly_what_was_asked(store: FakeStore) -> None:
    """Scope, surfaces, terms, time and pictures are those that the creator was shown."""
    ask(store)
    view = answer(store, YES)
    assert view.grant is not None
    assert view.grant.scope == WEB_AND_MAIL
    assert view.grant.surfaces == (HOME, LETTER)
    assert view.grant.terms_sha256 == TERMS.sha256
    assert view.grant.media_sha256 == (ready("pic").sha256,)
    assert view.grant.valid_until == NOW + timedelta(days=365)
    assert view.grant.credit == "Mira Example"
    assert [type(fact) for _, _, fact in store.told] == [Requested, Granted]
    assert column(store) is Column.GRANTED


def test_a_creator_may_allow_single_uses_and_only_their_surfaces_stay(store: FakeStore) -> None:
    """Web alone leaves the newsletter out."""
    ask(store)
    grant = answer(store, Answer(grant=True, uses=frozenset({Use.WEB}), credit="  M.\nExample ")).grant
    assert grant is not None
    assert (grant.scope, grant.surfaces, grant.credit) == (WEB, (HOME,), "M. Example")


def test_an_answer_never_allows_more_than_was_asked(store: FakeStore) -> None:
    """A forged form with another use is refused, and nothing is recorded."""
    ask(store)
    assert refusal(lambda: answer(store, Answer(grant=True, uses=frozenset({Use.WEB, Use.ADS})))) == "WIDER"
    assert dossier(store).grants == ()


def test_the_same_answer_again_is_the_same_and_another_is_refused(store: FakeStore) -> None:
    """One answer; a double click does no harm."""
    ask(store)
    given = answer(store, YES).grant
    assert answer(store, YES).grant == given
    assert answer(store, YES, nonce="n2").grant == given
    assert refusal(lambda: answer(store, NO, nonce="n3")) == "ANSWERED"
    assert refusal(lambda: answer(store, Answer(grant=True, uses=frozenset({Use.WEB})), nonce="n4")) == "ANSWERED"
    assert len(store.told) == 2


def test_a_no_is_recorded_and_leaves_earlier_grants(store: FakeStore) -> None:
    """Declining a wider request takes nothing back."""
    ask(store)
    answer(store, YES)
    ask(store, link="e" * 64)
    view = answer(store, NO, nonce="n2", link="e" * 64)
    assert view.request is not None
    assert view.request.state is RequestState.DECLINED
    assert isinstance(store.told[-1][2], Declined)
    assert column(store) is Column.GRANTED


def test_a_used_form_cannot_answer_an_open_request(store: FakeStore) -> None:
    """A one-time value is worth one change."""
    ask(store)
    store.use_nonce("n1", NOW)
    assert refusal(lambda: answer(store, YES)) == "NONCE_USED"
    assert dossier(store).grants == ()


def test_a_newer_request_takes_the_older_ones_place(store: FakeStore) -> None:
    """The older link leads nowhere; the newer is answered."""
    older = ask(store)
    ask(store, link="e" * 64)
    assert refusal(lambda: answer(store, YES)) == "SUPERSEDED"
    superseded = dossier(store).request(older)
    assert superseded is not None
    assert superseded.state is RequestState.SUPERSEDED
    assert answer(store, YES, link="e" * 64).grant is not None


def test_the_window_closes_by_the_clock_and_a_late_yes_changes_nothing(store: FakeStore) -> None:
    """Also before anybody noted that it is over."""
    ask(store)
    late = NOW + WINDOW
    assert refusal(lambda: answer(store, YES, at=late)) == "LAPSED"
    pass_time(store, samples.means(), "lumen", "p1", late)
    assert isinstance(store.told[-1][2], Lapsed)
    assert column(store) is Column.LAPSED
    assert refusal(lambda: answer(store, YES, at=late)) == "LAPSED"
    assert ask(store, link="e" * 64, at=late)


def test_a_request_about_a_picture_that_is_still_coming_waits_for_it(store: FakeStore) -> None:
    """Nobody grants what they have not been shown."""
    capture(store, "p2", coming("slow"))
    approve(store, "p2")
    ask(store, "p2")
    assert refusal(lambda: answer(store, YES)) == "PICTURE_COMING"
    hearing.pictured(samples.hearing(store, "p2"), lambda _post: [ready("slow")])
    grant = answer(store, YES).grant
    assert grant is not None
    assert grant.media_sha256 == (ready("slow").sha256,)


def test_taking_back_works_at_any_time_and_twice_is_once(store: FakeStore) -> None:
    """The same link does it; the grant stays recorded."""
    ask(store)
    answer(store, YES)
    links = answering.find_links(store, LINK)
    for nonce in ("m1", "m1", "m2"):
        [view] = answering.revoke(store, links, nonce=nonce, now=NOW + timedelta(days=90))
    assert view.grant is not None
    assert (view.grant.state, view.grant.ended_at) == (GrantState.REVOKED, NOW + timedelta(days=90))
    assert [type(fact) for _, _, fact in store.told] == [Requested, Granted, Revoked]
    assert column(store) is Column.ENDED


def test_where_nothing_was_given_nothing_can_be_taken_back(store: FakeStore) -> None:
    """An open question is answered, not revoked."""
    ask(store)
    links = answering.find_links(store, LINK)
    assert refusal(lambda: answering.revoke(store, links, nonce="m1", now=NOW)) == "NO_GRANT"


def less(store: FakeStore, scope: Scope, until: datetime | None = None, *, at: datetime = NOW) -> answering.View:
    """Allow less than before, as the creator does."""
    links = answering.find_links(store, LINK)
    [view] = answering.allow_less(store, links, scope, until, nonce=f"less {len(store.nonces)}", now=at)
    return view


def test_a_creator_may_allow_less_and_only_the_surfaces_that_fit_stay(store: FakeStore) -> None:
    ask(store)
    answer(store, YES)
    grant = less(store, WEB).grant
    assert grant is not None
    assert (grant.scope, grant.surfaces, grant.active) == (WEB, (HOME,), True)
    assert grant.valid_until == NOW + timedelta(days=365)
    sooner = less(store, WEB, NOW + timedelta(days=7)).grant
    assert sooner is not None
    assert (sooner.valid_until, sooner.narrowed) == (NOW + timedelta(days=7), 2)
    assert [type(fact) for _, _, fact in store.told] == [Requested, Granted, Narrowed, Narrowed]
    [checked] = looking.check_grants(store, [grant.grant], NOW).narrowed
    assert (checked.scope, checked.valid_until) == (WEB, NOW + timedelta(days=7))


def test_allowing_less_twice_is_once(store: FakeStore) -> None:
    ask(store)
    answer(store, YES)
    assert less(store, WEB).grant == less(store, WEB).grant
    assert [type(fact) for _, _, fact in store.told] == [Requested, Granted, Narrowed]


@pytest.mark.parametrize(
    ("scope", "days", "field"),
    [
        (Scope(frozenset({Use.WEB, Use.PRINT})), None, "scope"),
        (Scope(frozenset({Use.WEB}), paid=True), None, "scope"),
        (Scope(frozenset({Use.WEB}), derivatives=True), None, "scope"),
        (Scope(frozenset({Use.WEB}), exclusive=True), None, "scope"),
        (Scope(frozenset()), None, "scope.uses"),
        (Scope(frozenset({Use.WEB}), territories=frozenset({"XX"})), None, "scope.territories"),
        (WEB, 366, "valid_until"),
        (WEB, 0, "valid_until"),
    ],
)
def test_what_is_not_less_is_refused_by_its_field(store: FakeStore, scope: Scope, days: int | None, field: str) -> None:
    ask(store)
    answer(store, YES)
    before = dossier(store)
    with pytest.raises(Invalid) as caught:
        less(store, scope, None if days is None else NOW + timedelta(days=days))
    assert (list(caught.value.fields), caught.value.reason) == ([field], "NOT_LESS")
    assert dossier(store) == before


def test_what_is_over_cannot_be_made_smaller(store: FakeStore) -> None:
    ask(store)
    assert refusal(lambda: less(store, WEB)) == "NO_GRANT"
    answer(store, YES)
    assert refusal(lambda: less(store, WEB, at=NOW + timedelta(days=365))) == "GRANT_OVER"


def test_erasing_ends_all_that_was_given_and_asked_and_forgets_whose_it_was(store: FakeStore) -> None:
    """Also what other links of the same post gave."""
    ask(store)
    answer(store, YES)
    ask(store, link="e" * 64)
    [view] = answering.have_erased(store, answering.find_links(store, LINK), nonce="erase", now=NOW)
    kept = view.dossier
    assert [grant.state for grant in kept.grants] == [GrantState.REVOKED]
    assert [request.state for request in kept.requests] == [RequestState.GRANTED, RequestState.DECLINED]
    assert kept.post.erased
    assert not re.search("mira|blue hour|hello", str(kept).lower())
    assert ready("pic").sha256 not in str(kept)
    assert [type(fact) for _, _, fact in store.told][-3:] == [Revoked, Declined, Erased]
    answering.have_erased(store, answering.find_links(store, LINK), nonce="erase", now=NOW)
    assert [type(fact) for _, _, fact in store.told].count(Erased) == 1


def test_nothing_that_is_heard_later_brings_back_what_was_erased(store: FakeStore) -> None:
    ask(store)
    answering.have_erased(store, answering.find_links(store, LINK), nonce="erase", now=NOW)
    hearing.edited(samples.hearing(store, "p1"), samples.seen("p1"), 2, first(ready("other")))
    approve(store, "p1", 2)
    hearing.withdrawn(samples.hearing(store, "p1"), erased=True)
    assert dossier(store).post.erased
    assert column(store) is Column.DECLINED


def test_an_unknown_link_is_told_apart_from_every_other_fault(store: FakeStore) -> None:
    """So that the page can say what to do."""
    with pytest.raises(NotFound):
        answering.find_links(store, "0" * 64)


def test_a_grant_ends_by_its_own_date(store: FakeStore) -> None:
    """The clock alone moves its card, and then ends it."""
    ask(store)
    answer(store, YES)
    end = NOW + timedelta(days=365)
    assert column(store, at=end - timedelta(days=31)) is Column.GRANTED
    assert column(store, at=end - timedelta(days=30)) is Column.ENDING_SOON
    pass_time(store, samples.means(), "lumen", "p1", end - timedelta(seconds=1))
    assert dossier(store).grants[0].active
    pass_time(store, samples.means(), "lumen", "p1", end)
    assert isinstance(store.told[-1][2], Expired)
    assert dossier(store).grants[0].ended_at == end


def test_a_post_that_is_gone_ends_its_request_and_keeps_its_grants(store: FakeStore) -> None:
    """What was given stays recorded; nothing new can be asked."""
    ask(store)
    answer(store, YES)
    ask(store, link="e" * 64)
    hearing.withdrawn(samples.hearing(store, "p1"), erased=False)
    assert isinstance(store.told[-1][2], Lapsed)
    assert dossier(store).grants[0].active
    assert refusal(lambda: ask(store)) == "POST_WITHDRAWN"
    assert column(store) is Column.ENDED


def test_what_was_erased_is_forgotten_here_too(store: FakeStore) -> None:
    """Neither words nor pictures nor the name stay behind."""
    hearing.withdrawn(samples.hearing(store, "p1"), erased=True)
    post = dossier(store).post
    assert (post.shown.text, post.shown.pictures, post.account.display_name, post.permalink) == ("", (), "", "")


def test_other_pictures_need_a_new_question_and_other_words_do_not(store: FakeStore) -> None:
    """A grant is about the pictures that the creator was shown."""
    ask(store)
    answer(store, YES)
    heard = samples.hearing(store, "p1")
    hearing.edited(heard, samples.seen("p1"), 2, replace(first(coming("pic")), text="Other words"))
    approve(store, "p1", revision=2)
    assert column(store) is Column.GRANTED
    hearing.edited(heard, samples.seen("p1"), 3, first(ready("pic"), ready("another")))
    assert column(store) is Column.GRANTED
    approve(store, "p1", revision=3)
    assert column(store) is Column.TO_ASK


def policy(*, asks: bool = True) -> Policy:
    """Make lumen's policy."""
    return Policy("lumen", asks, WEB, (HOME,), "", "", 365)


def test_a_policy_asks_when_a_post_is_approved_and_only_once(store: FakeStore) -> None:
    """An undo and a second approval ask nothing more."""
    terms.set_policy(store, policy())
    capture(store, "p2", ready("two"))
    assert dossier(store, "p2").requests == ()
    for revision in (1, 0, 1):
        approve(store, "p2", revision)
    [request] = dossier(store, "p2").requests
    assert (request.by, request.offer.scope, request.offer.terms_sha256) == ("policy", WEB, TERMS.sha256)


def test_a_policy_never_asks_again_after_a_no(store: FakeStore) -> None:
    """Nobody is nagged, also not about a new version of the post."""
    ask(store)
    answer(store, NO)
    terms.set_policy(store, policy())
    hearing.edited(samples.hearing(store, "p1"), samples.seen("p1"), 2, first(ready("new")))
    approve(store, "p1", revision=2)
    assert len(dossier(store).requests) == 1


def test_a_policy_that_asks_must_be_a_sound_question(store: FakeStore) -> None:
    """One that does not ask may be empty."""
    nothing = Scope(frozenset())
    with pytest.raises(Invalid) as caught:
        terms.set_policy(store, replace(policy(), scope=nothing, surfaces=()))
    assert set(caught.value.fields) == {"scope.uses"}
    with pytest.raises(NotFound):
        terms.set_policy(store, replace(policy(), terms="other"))
    silent = replace(policy(asks=False), scope=nothing, surfaces=())
    assert terms.set_policy(store, silent) == store.policy("lumen") == silent


def upload(store: FakeStore, given: Terms, picture: Picture) -> None:
    """Let an upload arrive, with consent under these terms."""
    consent = samples.consent(given, LINK)
    hearing.captured(samples.hearing(store, "u1"), samples.seen("u1", consent), first(picture))


def test_consent_given_with_an_upload_becomes_a_grant_once_its_picture_is_known(store: FakeStore) -> None:
    """So that the grant can pin the picture."""
    upload(store, TERMS, coming("own"))
    links = answering.find_links(store, LINK)
    assert links == [Link(LINK, "lumen", "u1", "")]
    assert see(store).grant is None
    hearing.pictured(samples.hearing(store, "u1"), lambda _post: [ready("own")])
    grant = see(store).grant
    assert grant is not None
    assert (grant.via, grant.media_sha256, grant.credit) == (Via.UPLOAD, (ready("own").sha256,), "Noa Example")
    assert grant.valid_from == NOW
    assert refusal(lambda: answer(store, YES)) == "WRONG_PURPOSE"
    [view] = answering.revoke(store, links, nonce="m1", now=NOW)
    assert view.grant != grant


def test_an_upload_whose_picture_is_ready_at_once_is_granted_at_once(store: FakeStore) -> None:
    """And its terms are kept, as evidence of what was agreed to."""
    new = replace(TERMS, terms="upload", version=7)
    upload(store, new, ready("own"))
    assert dossier(store, "u1").grants[0].media_sha256 == (ready("own").sha256,)
    assert store.terms("lumen", "upload", 7) == new
    assert store.terms("lumen") == TERMS


@pytest.mark.parametrize(
    "wrong",
    [replace(TERMS, text="Another text."), replace(TERMS, text="X", sha256=digest("en", "Short.", "X"))],
    ids=["the hash is not that of the text", "this version said something else before"],
)
def test_consent_to_terms_that_do_not_hold_becomes_a_question(store: FakeStore, wrong: Terms) -> None:
    """The uploader's link then asks under the brand's own terms."""
    upload(store, wrong, ready("own"))
    assert dossier(store, "u1").grants == ()
    view = see(store)
    assert view.request is not None
    assert (view.request.by, view.request.offer.terms_sha256) == ("upload", TERMS.sha256)
    assert answer(store, YES).grant is not None


@pytest.mark.parametrize(
    "wrong",
    [
        replace(TERMS, version=0),
        replace(TERMS, version=-3),
        replace(TERMS, terms="No Slug", version=4),
        replace(TERMS, terms="long", text="x" * 60_000, sha256=digest("en", "Short.", "x" * 60_000)),
        replace(TERMS, terms="long", summary="x" * 700, sha256=digest("en", "x" * 700, "In full.")),
        replace(TERMS, terms="odd", language="", sha256=digest("", "Short.", "In full.")),
    ],
    ids=["version 0", "a negative version", "no slug", "a text too long", "a summary too long", "no language"],
)
def test_terms_that_could_not_be_kept_here_become_a_question_too(store: FakeStore, wrong: Terms) -> None:
    """Whatever another service let through."""
    upload(store, wrong, ready("own"))
    assert dossier(store, "u1").grants == ()
    assert [request.by for request in dossier(store, "u1").requests] == ["upload"]
    assert store.all_terms("lumen") == [TERMS]


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": 10_000_000},
        {"days": -1},
        {"scope": Scope(frozenset())},
        {"scope": Scope(frozenset({Use.WEB}), territories=frozenset({"Atlantis"}))},
        {"surfaces": (replace(HOME, surface="../home"),)},
        {"surfaces": (LETTER,)},
    ],
    ids=["past the end of time", "negative days", "no use", "no country", "no surface", "a wider surface"],
)
def test_consent_to_what_nobody_could_ask_is_forgotten_and_others_may_ask(
    store: FakeStore, wrong: dict[str, Any]
) -> None:
    """Nothing waits for it: the uploader's page says so, and the policy asks as of any post."""
    given = samples.consent(TERMS, LINK)
    given = replace(given, offer=replace(given.offer, **wrong))
    hearing.captured(samples.hearing(store, "u1"), samples.seen("u1", given), first(ready("own")))
    found = dossier(store, "u1")
    assert (found.grants, found.requests, found.post.consent) == ((), (), None)
    view = see(store)
    assert (view.request, view.grant) == (None, None)
    terms.set_policy(store, policy())
    approve(store, "u1")
    assert [request.by for request in dossier(store, "u1").requests] == ["policy"]


def test_withdrawing_an_upload_takes_back_everything_given_for_it(store: FakeStore) -> None:
    """Also what its uploader allowed later, by a link; once."""
    upload(store, TERMS, ready("own"))
    approve(store, "u1")
    ask(store, "u1", link="e" * 64)
    answer(store, YES, link="e" * 64)
    assert len([grant for grant in dossier(store, "u1").grants if grant.active]) == 2
    later = NOW + timedelta(hours=1)
    for _ in range(2):
        hearing.withdrawn(samples.hearing(store, "u1", now=later), erased=False)
    ended = {(grant.state, grant.ended_at) for grant in dossier(store, "u1").grants}
    assert ended == {(GrantState.REVOKED, later)}
    assert [type(fact) for _, post, fact in store.told if post == "u1"][-2:] == [Revoked, Revoked]
    assert len([fact for _, _, fact in store.told if isinstance(fact, Revoked)]) == 2


def test_a_post_deleted_at_its_source_leaves_what_was_given_by_link_recorded(store: FakeStore) -> None:
    """Its creator took nothing back here."""
    ask(store)
    answer(store, YES)
    hearing.withdrawn(samples.hearing(store, "p1"), erased=False)
    assert [grant.state for grant in dossier(store).grants] == [GrantState.ACTIVE]


def test_terms_get_the_next_version_and_wrong_ones_are_told_by_field(store: FakeStore) -> None:
    """A version is never written over."""
    added = terms.create_terms(store, replace(GERMAN, version=0))
    assert (added.version, added.intact()) == (2, True)
    assert store.terms("lumen", "share", 1) == TERMS
    with pytest.raises(Invalid) as caught:
        terms.create_terms(store, Terms("lumen", "No Slug", 0, "x", " ", "", "", 22))
    assert set(caught.value.fields) == {"terms", "language", "summary", "text", "minimum_age"}


def test_a_version_is_translated_and_never_twice_into_one_language(store: FakeStore) -> None:
    """A word that is changed is another version."""
    assert terms.create_terms(store, replace(GERMAN, sha256="")) == GERMAN
    assert store.texts("lumen", "share", 1) == [TERMS, GERMAN]

    def again(version: int, language: str) -> None:
        terms.create_terms(store, replace(GERMAN, version=version, language=language))

    assert refusal(lambda: again(1, "DE")) == "TERMS_LANGUAGE_EXISTS"
    with pytest.raises(NotFound):
        again(2, "fr")


def test_terms_are_shown_in_the_language_that_a_creator_reads_best_and_granted_in_the_one_that_was_shown(
    store: FakeStore,
) -> None:
    terms.create_terms(store, GERMAN)
    ask(store)
    for preferences, shown in [([], TERMS), (["fr", "de-AT", "en"], GERMAN), (["fr"], TERMS), (["en-GB"], TERMS)]:
        assert see(store, *preferences).terms == shown
    view = answer(store, replace(YES, language="de"))
    assert view.grant is not None
    assert (view.grant.terms_language, view.grant.terms_sha256) == ("de", GERMAN.sha256)
    assert see(store, "en").terms == GERMAN
    assert dossier(store).requests[0].offer.terms_sha256 == TERMS.sha256


def test_a_translation_changes_no_grant(store: FakeStore) -> None:
    ask(store)
    answer(store, YES)
    before = dossier(store)
    terms.create_terms(store, GERMAN)
    terms.create_terms(store, replace(TERMS, version=0, text="Other."))
    assert dossier(store) == before
    assert see(store, "de").terms == TERMS


def test_what_cannot_be_asked_is_told_by_field(store: FakeStore) -> None:
    """Also a surface that needs more than what is asked for."""
    asked = asking.Asked(Scope(frozenset({Use.PRINT}), territories=frozenset({"XX"})), (HOME,), -1, "")
    with pytest.raises(Invalid) as caught:
        asking.create_request(store, "lumen", "p1", asked, occasion=samples.occasion())
    assert set(caught.value.fields) == {"scope.territories", "surfaces[0]", "days"}


def test_a_closed_request_gets_no_new_link(store: FakeStore) -> None:
    """Its old links still manage what was given."""
    request = ask(store)
    assert asking.open_requests(store, "lumen", request, [], NOW)[0][1].request == request
    answer(store, YES)
    with pytest.raises(Conflict):
        asking.open_requests(store, "lumen", request, [], NOW)
    with pytest.raises(NotFound):
        asking.open_requests(store, "other", request, [], NOW)


def test_rights_are_told_in_words(store: FakeStore) -> None:
    """The same sentence wherever a post is looked at."""

    def said(at: datetime = NOW) -> str:
        return looking.standings(store, "lumen", ["p1"], at)[0].summary

    assert said() == "Nobody has been asked yet."
    ask(store)
    assert said() == "Asked on 23 Nov 2026; open until 23 Dec 2026."
    answer(store, YES)
    words = "on the web and in e-mails, not as paid promotion, worldwide"
    assert said() == f"Lumen may show this {words}, until 23 Nov 2027."
    [standing] = looking.standings(store, "lumen", ["p1"], NOW)
    assert standing.permits == f"{words}, until 23 Nov 2027"
    answering.revoke(store, answering.find_links(store, LINK), nonce="m", now=NOW)
    assert said() == "The creator took it back on 23 Nov 2026."


def test_the_board_is_read_page_by_page(store: FakeStore) -> None:
    """Each card once, the newest first."""
    for number in range(2, 7):
        capture(store, f"p{number}", ready(f"pic{number}"))
        approve(store, f"p{number}", at=NOW + timedelta(minutes=number // 2))
    pages: list[list[str]] = []
    after = None
    while not pages or after:
        cards, after = looking.cards(store, "lumen", Column.TO_ASK, EVERY_CARD, now=NOW, after=after, limit=2)
        pages.append([card.dossier.post.post for card in cards])
    assert pages == [["p6", "p5"], ["p4", "p3"], ["p2", "p1"]]


def test_only_running_grants_are_told_to_be_active(store: FakeStore) -> None:
    """What has ended by its date is not active, noted or not."""
    ask(store)
    answer(store, YES)
    assert looking.check_grants(store, ["grant-n1", "unknown"], NOW) == looking.Checked(["grant-n1"], [], [])
    assert looking.check_grants(store, ["grant-n1"], NOW + timedelta(days=365)) == looking.Checked([], ["grant-n1"], [])
    with pytest.raises(Invalid):
        looking.check_grants(store, ["x"] * 1001, NOW)


def test_a_message_is_filled_in_and_always_holds_the_link() -> None:
    """An unknown variable stays as it was written."""
    values = {"creator": "Mira", "brand": "Lumen", "link": "https://x.example/r/1"}
    assert filled("Hi {creator}, {other}", **values) == "Hi Mira, {other}\n\nhttps://x.example/r/1"
    assert "https://x.example/r/1" in filled("", **values)
    assert (
        filled("{creator}: {link}", **values | {"creator": "{link} {brand}"}) == "{link} {brand}: https://x.example/r/1"
    )


def test_a_name_cannot_break_out_of_its_line() -> None:
    """Line breaks, controls and direction marks are taken out; letters of every script stay."""
    assert one_line(" Mi\nra\x00 \u202eExample 👩‍🎨 ") == "Mi ra Example 👩‍🎨"


def test_a_failed_picture_is_no_part_of_a_grant(store: FakeStore) -> None:
    """Only what could be shown is given."""
    capture(store, "p2", ready("good"), coming("bad"))
    approve(store, "p2")
    ask(store, "p2")
    failed = Picture("bad", PictureState.FAILED, "", b"")
    hearing.pictured(samples.hearing(store, "p2"), lambda _post: [failed])
    grant = answer(store, YES).grant
    assert grant is not None
    assert grant.media_sha256 == (ready("good").sha256,)


def test_a_language_that_the_terms_do_not_have_is_refused(store: FakeStore) -> None:
    """The creator must have been shown the terms that are recorded."""
    ask(store)
    with pytest.raises(Invalid):
        answer(store, replace(YES, language="fr"))


def test_the_triggers_of_a_posts_life_are_kept_the_capture_first(store: FakeStore) -> None:
    """At most eight, so that a fact stays small."""
    for number in range(12):
        heard = samples.hearing(store, "p1", links=("capture", f"trigger-{number}"))
        hearing.reviewed(heard, approved=1, rejected=False, at=NOW)
    links = dossier(store).post.links
    assert (links[0], links[-1], len(links)) == ("capture", "trigger-11", 8)
