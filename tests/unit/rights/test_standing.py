"""Standing consent: what follows from a yes to later posts, what does not, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chorus.errors import ChorusError, Invalid
from chorus.rights.domain.board import EVERY_CARD, Column, Filter
from chorus.rights.domain.claim import ClaimKind
from chorus.rights.domain.claiming import Said
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.evidence import IMPERSONAL, of_standing, statements
from chorus.rights.domain.facts import Fact, Granted, Requested, Revoked
from chorus.rights.domain.following import begun
from chorus.rights.domain.grant import Grant, GrantState, Via
from chorus.rights.domain.journal import End, EndKind, ends
from chorus.rights.domain.journal import of_standing as end_of
from chorus.rights.domain.link import Brand
from chorus.rights.domain.offer import Span
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.post import Account, Picture
from chorus.rights.domain.request import Answer, Part
from chorus.rights.domain.standing import Ending, StandingConsent, lasting
from chorus.rights.domain.thread import Kind
from chorus.rights.domain.words import permits
from chorus.rights.handlers import answering, asking, attesting, claiming, hearing
from chorus.rights.handlers.restoring import repeat
from chorus.rights.handlers.standing import end, look_back, revoke_followed
from chorus.rights.handlers.timing import let_go, pass_time
from chorus.scope import Use
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import ASKED, MIRA, NOW, TERMS, WEB, coming, first, ready

LINK = "a" * 64
DAY = timedelta(days=1)
UNTIL = NOW + 365 * DAY
SPAN = Span(NOW, UNTIL)
YES = Answer(grant=True, uses=frozenset({Use.WEB}), credit="Mira E.", standing=True)
THIS_ALONE = replace(YES, standing=False)
LATER = NOW + 10 * DAY
POLICY = Policy("lumen", True, WEB, (), "share", "", 365)


@pytest.fixture
def store() -> FakeStore:
    """A store in which lumen has asked for p1, and for what Mira posts later."""
    made = FakeStore()
    made.save_brand(Brand("lumen", "Lumen"))
    made.add_terms(TERMS, entered=True)
    arrive(made, "p1", posted_at=NOW - DAY, at=NOW)
    ask(made, "p1")
    return made


def arrive(
    store: FakeStore,
    post: str,
    *pictures: Picture,
    account: Account = MIRA,
    posted_at: datetime | None = LATER,
    at: datetime = LATER,
    approved: bool = True,
) -> None:
    seen = replace(samples.seen(post), account=account, posted_at=posted_at)
    hearing.captured(samples.hearing(store, post, now=at), seen, first(*(pictures or [ready(f"pic-{post}")])))
    if approved:
        approve(store, post, at=at)


def approve(store: FakeStore, post: str, revision: int = 1, at: datetime = LATER) -> None:
    hearing.reviewed(samples.hearing(store, post, now=at), approved=revision, rejected=False, at=at)


def ask(store: FakeStore, post: str, span: Span | None = SPAN, *, link: str = LINK, at: datetime = NOW) -> str:
    numbers = samples.numbered(f"{post} {at:%d}")
    asked = replace(ASKED, standing=span)
    dossier, request = asking.create_request(
        store, "lumen", post, asked, occasion=samples.occasion(at, new_id=numbers.new_id)
    )
    asking.add_link(store, dossier, request, sha256=link, now=at)
    return request.request


def answer(store: FakeStore, said: Answer = YES, *, link: str = LINK, post: str | None = None) -> answering.View:
    means = samples.numbered(f"g {link[:1]}")
    links = answering.own_links(store, link, post)
    [view] = answering.answer(store, links, said, nonce=f"yes {link[:1]}", now=NOW, means=means)
    return view


def revoke(
    store: FakeStore, post: str | None = None, *, only_new: bool = False, at: datetime = LATER, nonce: str = ""
) -> None:
    """Take back by the link, or only end what is new; and do what is left to be done, as the clockwork would."""
    links = answering.own_links(store, LINK, post)
    answering.revoke(store, links, nonce=nonce or f"back {at} {post}", now=at, only_new=only_new)
    for consent in store.consents:
        if consent.ended is Ending.TAKEN_BACK:
            for _, name in list(store.dossiers):
                revoke_followed(store, consent, name, at)


def grants(store: FakeStore, post: str) -> tuple[Grant, ...]:
    return store.dossiers["lumen", post].grants


def followed(store: FakeStore, post: str = "p2") -> Grant | None:
    """Answer what followed for a post."""
    return next((each for each in grants(store, post) if each.via is Via.STANDING), None)


def told(store: FakeStore, post: str) -> list[type[Fact]]:
    return [type(fact) for _, name, fact in store.told if name == post]


def kinds(store: FakeStore, post: str) -> list[Kind]:
    return [event.kind for event in store.thread("lumen", post)]


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(ChorusError) as caught:
        act()
    return caught.value.reason


# --- giving it --------------------------------------------------------------------------------------------------------


def test_a_yes_to_later_posts_stands_beside_the_grant_of_this_one(store: FakeStore) -> None:
    """As it was given: these uses, under the terms as they were shown, named so."""
    view = answer(store)
    [consent] = store.consents
    assert view.grant is not None
    assert (consent.standing, consent.request, consent.post) == (view.grant.grant, view.grant.request, "p1")
    assert (consent.offer.scope, consent.credit, consent.span) == (WEB, "Mira E.", SPAN)
    assert (consent.account.platform, consent.account.id, consent.account.handle) == (MIRA.platform, MIRA.id, "")
    assert view.standing == consent
    assert kinds(store, "p1") == [Kind.ASKED, Kind.GRANTED, Kind.STANDING_GIVEN]


def test_a_yes_to_this_post_alone_is_one_and_neither_becomes_the_other_later(store: FakeStore) -> None:
    answer(store, THIS_ALONE)
    assert store.consents == []
    assert refusal(lambda: answer(store)) == "ANSWERED"
    arrive(store, "p2")
    assert followed(store) is None


def test_what_was_not_asked_cannot_be_given(store: FakeStore) -> None:
    ask(store, "p1", None, at=LATER)
    assert refusal(lambda: answer(store)) == "WIDER"


@pytest.mark.parametrize(
    ("span", "field"),
    [
        (Span(NOW, NOW), "standing.until"),
        (Span(NOW + 2 * DAY, NOW + DAY), "standing.until"),
        (Span(NOW - 9 * DAY, NOW - DAY), "standing.until"),
        (Span(NOW, NOW + 1097 * DAY), "standing.until"),
        (Span(NOW + 1000 * DAY, NOW + 2000 * DAY), "standing.until"),
    ],
)
def test_it_is_asked_for_a_time_to_come_of_three_years_at_the_most(store: FakeStore, span: Span, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        ask(store, "p1", span)
    assert list(caught.value.fields) == [field]


@pytest.mark.parametrize(
    "account", [replace(MIRA, platform="upload"), replace(MIRA, platform="feed"), replace(MIRA, id="")]
)
def test_it_is_not_asked_where_nobody_can_tell_what_else_is_by_the_same_person(
    store: FakeStore, account: Account
) -> None:
    arrive(store, "u1", account=account)
    with pytest.raises(Invalid) as caught:
        ask(store, "u1", at=LATER)
    assert list(caught.value.fields) == ["standing"]


# --- what follows -----------------------------------------------------------------------------------------------------


def test_a_later_post_is_granted_by_itself_once_curators_approve_it(store: FakeStore) -> None:
    """Told, proved and shown as any grant; and the link by which it was said leads there too."""
    answer(store)
    arrive(store, "p2", approved=False)
    assert followed(store) is None
    approve(store, "p2")
    grant = followed(store)
    assert grant is not None
    assert (grant.scope, grant.credit, grant.revision, grant.media_sha256) == (
        WEB,
        "Mira E.",
        1,
        (ready("pic-p2").sha256,),
    )
    assert (grant.valid_from, grant.valid_until) == (LATER, LATER + 365 * DAY)
    assert (grant.request, grant.standing_given_at) == (store.consents[0].request, NOW)
    assert told(store, "p2") == [Granted]
    assert kinds(store, "p2") == [Kind.GRANTED]
    assert [link.post for link in answering.own_links(store, LINK)] == ["p1", "p2"]
    [_, view] = answering.see(store, answering.own_links(store, LINK))
    assert (view.grant, view.request, view.terms) == (grant, None, TERMS)
    assert permits(store.dossiers["lumen", "p2"]).endswith("by standing consent of 23 Nov 2026")


def test_its_id_follows_from_the_post_so_that_what_is_heard_anew_after_a_restore_is_the_same_grant(
    store: FakeStore,
) -> None:
    answer(store)
    arrive(store, "p2")
    before = followed(store)
    store.dossiers["lumen", "p2"] = Dossier(store.dossiers["lumen", "p2"].post)
    approve(store, "p2", at=LATER + DAY)
    after = followed(store)
    assert before is not None
    assert after is not None
    assert before.grant == after.grant
    assert before.valid_from < after.valid_from


@pytest.mark.parametrize(
    ("posted_at", "account", "at"),
    [
        (NOW - timedelta(seconds=1), MIRA, LATER),
        (UNTIL, MIRA, LATER),
        (None, MIRA, LATER),
        (LATER, replace(MIRA, id="110"), LATER),
        (LATER, replace(MIRA, platform="elsewhere.example"), LATER),
        (LATER, replace(MIRA, id=""), LATER),
        (UNTIL - DAY, MIRA, UNTIL),
    ],
    ids=["before it", "after it", "nobody knows when", "by another", "elsewhere", "by nobody known", "chosen too late"],
)
def test_nothing_follows_for_what_it_does_not_cover(
    store: FakeStore, posted_at: datetime | None, account: Account, at: datetime
) -> None:
    answer(store)
    arrive(store, "p2", posted_at=posted_at, account=account, at=at)
    assert grants(store, "p2") == ()
    assert store.places["lumen", "p2"].column is Column.TO_ASK


@pytest.mark.parametrize("posted_at", [NOW, UNTIL - timedelta(seconds=1)])
def test_it_covers_from_its_start_until_just_before_its_end(store: FakeStore, posted_at: datetime) -> None:
    answer(store)
    arrive(store, "p2", posted_at=posted_at)
    assert followed(store) is not None


def test_nothing_follows_where_something_else_was_said_about_the_post(store: FakeStore) -> None:
    """Granted already, asked just now, or refused once: a creator's word about one post goes before."""
    for post in ("given", "open", "refused"):
        arrive(store, post, at=NOW)
        ask(store, post, None, link=post[0] * 64)
    answer(store, THIS_ALONE, link="g" * 64)
    answer(store, Answer(grant=False), link="r" * 64)
    answer(store)
    for post in ("given", "open", "refused"):
        approve(store, post)
        assert followed(store, post) is None, post


def test_what_was_given_for_one_post_is_not_given_longer_or_wider_by_consent_to_later_ones(store: FakeStore) -> None:
    """They said for how long, and for what: also of other pictures."""
    for post in ("over", "smaller"):
        arrive(store, post, at=NOW)
        ask(store, post, None, link=post[0] * 64)
        answer(store, THIS_ALONE if post == "over" else replace(THIS_ALONE, uses=frozenset()), link=post[0] * 64)
    answer(store)
    answering.allow_less(store, answering.own_links(store, "s" * 64), WEB, LATER, nonce="less", now=NOW)
    edit(store, "smaller", 2)
    pass_time(store, samples.means(), "lumen", "over", NOW + 365 * DAY)
    approve(store, "over", at=LATER)
    for post in ("over", "smaller"):
        assert followed(store, post) is None, post


@pytest.mark.parametrize("post", [None, "p2"])
def test_what_the_brand_attested_of_a_post_that_followed_ends_when_that_is_taken_back(
    store: FakeStore, post: str | None
) -> None:
    answer(store)
    arrive(store, "p2")
    attesting.attest_grant(
        store, "lumen", "p2", samples.permission(), by="ada", now=LATER, means=samples.means(lambda: "a1")
    )
    revoke(store, post)
    assert [grant.state for grant in grants(store, "p2")] == [GrantState.REVOKED] * 2


def test_a_link_that_is_asked_for_again_leads_to_all_that_followed(store: FakeStore) -> None:
    answer(store)
    for post in ("p2", "p3"):
        arrive(store, post)
    say(store, "p3")
    claiming.give_link(store, "lumen", "p3", sha256="c" * 64, now=LATER)
    assert [each.post for each in answering.own_links(store, "c" * 64)] == ["p1", "p2", "p3"]
    arrive(store, "p4")
    assert len(answering.own_links(store, "c" * 64)) == 4


def test_what_was_taken_down_for_a_claim_never_follows_and_ends_consent_that_was_given_with_it(
    store: FakeStore,
) -> None:
    answer(store)
    arrive(store, "p2")
    for post, ended in (("p2", None), ("p1", Ending.ENDED)):
        say(store, post)
        claiming.take_down_post(store, claiming.Named("lumen", post), by="ada", now=LATER)
        assert [(each.ended, each.ended_by) for each in store.consents] == [(ended, "brand" if ended else "")]
    edit(store, "p2", 2)
    assert [grant.state for grant in grants(store, "p2")] == [GrantState.ENDED]
    arrive(store, "p3")
    assert told(store, "p3") == []


def test_what_was_taken_down_ends_what_its_account_allowed_with_other_posts_too(store: FakeStore) -> None:
    arrive(store, "p9", posted_at=NOW - DAY, at=NOW)
    ask(store, "p9", link="b" * 64)
    for link in (LINK, "b" * 64):
        answer(store, link=link)
    say(store, "p9")
    claiming.take_down_post(store, claiming.Named("lumen", "p9"), by="ada", now=LATER)
    assert [each.ended for each in store.consents] == [Ending.ENDED] * 2
    arrive(store, "p2")
    assert followed(store) is None


def say(store: FakeStore, post: str) -> None:
    """Say that a post is one's own, by nobody who is known."""
    said = Said(ClaimKind.NOT_ALLOWED)
    claiming.claim_post(store, samples.means(), "lumen", post, said, nonce=f"claim {post}", now=LATER)


def test_a_post_taken_back_stays_taken_back(store: FakeStore) -> None:
    answer(store)
    arrive(store, "p2")
    revoke(store, "p2")
    approve(store, "p2", at=LATER + DAY)
    assert told(store, "p2") == [Granted, Revoked]
    arrive(store, "p3")
    assert followed(store, "p3") is not None


def test_it_waits_for_a_picture_and_the_policy_asks_nobody_meanwhile(store: FakeStore) -> None:
    store.save_policy(POLICY)
    answer(store)
    arrive(store, "p2", coming("pic"))
    assert told(store, "p2") == []
    hearing.pictured(samples.hearing(store, "p2", now=LATER), lambda _post: [ready("pic")])
    assert told(store, "p2") == [Granted]


def test_the_policy_asks_whom_it_does_not_cover(store: FakeStore) -> None:
    store.save_policy(POLICY)
    answer(store)
    arrive(store, "p2")
    arrive(store, "p3", posted_at=NOW - DAY)
    revoke(store, only_new=True)
    arrive(store, "p4")
    assert [told(store, post) for post in ("p2", "p3", "p4")] == [[Granted], [Requested], [Requested]]


def test_an_approved_edit_with_other_pictures_is_granted_anew_and_the_same_revision_never_is(store: FakeStore) -> None:
    answer(store)
    arrive(store, "p2")
    year = LATER + 365 * DAY
    pass_time(store, samples.means(), "lumen", "p2", year)
    approve(store, "p2", at=LATER)
    assert len(grants(store, "p2")) == 1
    edit(store, "p2", 2)
    old, new = grants(store, "p2")
    assert (old.revision, new.revision) == (1, 2)
    assert old.grant != new.grant


def edit(store: FakeStore, post: str, revision: int, at: datetime = LATER) -> None:
    """Let a post be edited, with another picture, and approved again."""
    seen = replace(samples.seen(post), posted_at=LATER)
    hearing.edited(samples.hearing(store, post, now=at), seen, revision, first(ready(f"{post} {revision}")))
    approve(store, post, revision, at)


def test_what_is_said_on_a_post_s_page_goes_for_every_revision_of_it(store: FakeStore) -> None:
    """An earlier one may be approved again, and a later one be posted."""
    answer(store, replace(YES, uses=frozenset()))
    arrive(store, "p2")
    edit(store, "p2", 2)
    links = answering.own_links(store, LINK, "p2")
    answering.allow_less(store, links, WEB, LATER + DAY, nonce="less", now=LATER)
    assert [(each.scope, each.valid_until) for each in grants(store, "p2")] == [(WEB, LATER + DAY)] * 2
    edit(store, "p2", 3)
    assert len(grants(store, "p2")) == 2
    revoke(store, "p2")
    assert [each.active for each in grants(store, "p2")] == [False, False]


def test_making_one_post_s_grant_smaller_concerns_that_post_alone(store: FakeStore) -> None:
    answer(store, replace(YES, uses=frozenset()))
    arrive(store, "p2")
    links = answering.own_links(store, LINK, "p2")
    answering.allow_less(store, links, WEB, None, nonce="less", now=LATER)
    arrive(store, "p3")
    scopes = [each.scope for each in (followed(store, "p2"), followed(store, "p3")) if each]
    assert scopes == [WEB, ASKED.scope]
    assert grants(store, "p1")[0].scope == ASKED.scope


def test_a_post_that_was_approved_before_the_yes_is_looked_at_then(store: FakeStore) -> None:
    arrive(store, "p2", at=NOW)
    answer(store)
    assert followed(store) is None
    for _ in range(2):
        look_back(store, "lumen", "p2", LATER)
    assert told(store, "p2") == [Granted]


def test_a_card_that_nobody_had_to_ask_for_says_so(store: FakeStore) -> None:
    answer(store)
    arrive(store, "p2")
    assert (store.places["lumen", "p2"].column, store.places["lumen", "p2"].request) == (Column.GRANTED, "")
    assert store.counts("lumen", Filter(asked_by="standing"), LATER) == {Column.GRANTED: 1}
    assert store.counts("lumen", EVERY_CARD, LATER) == {Column.GRANTED: 2}


# --- ending it --------------------------------------------------------------------------------------------------------


def test_nothing_new_from_now_on_leaves_what_was_given(store: FakeStore) -> None:
    answer(store)
    arrive(store, "p2")
    for number in range(2):
        revoke(store, only_new=True, at=LATER + number * DAY)
    arrive(store, "p3", at=LATER + 2 * DAY)
    [consent] = store.consents
    assert (consent.ended, consent.ended_at, consent.ended_by) == (Ending.ENDED, LATER, "creator")
    assert all(each.active for post in ("p1", "p2") for each in grants(store, post))
    assert followed(store, "p3") is None
    assert kinds(store, "p1")[3:] == [Kind.STANDING_ENDED]
    assert len([nonce for nonce in store.nonces if nonce.startswith("back")]) == 1


def test_all_of_it_is_taken_back_at_once_also_after_it_was_ended(store: FakeStore) -> None:
    answer(store)
    arrive(store, "p2")
    revoke(store, only_new=True)
    revoke(store, at=LATER + DAY)
    revoke(store, at=LATER + 2 * DAY)
    [consent] = store.consents
    assert (consent.ended, consent.ended_at) == (Ending.TAKEN_BACK, LATER + DAY)
    assert [type(fact) for _, _, fact in store.told][3:] == [Revoked, Revoked]
    assert [each.ended_at for post in ("p1", "p2") for each in grants(store, post)] == [LATER + DAY] * 2


def test_taking_back_the_only_post_of_a_link_takes_back_what_would_follow(store: FakeStore) -> None:
    """Whoever takes it back there sees nothing else that could be meant."""
    answer(store)
    revoke(store)
    arrive(store, "p2")
    assert followed(store) is None


def test_one_of_several_is_taken_back_alone(store: FakeStore) -> None:
    """Also the one by which the rest was allowed."""
    answer(store)
    arrive(store, "p2")
    revoke(store, "p1")
    arrive(store, "p3")
    assert [each.active for post in ("p1", "p2", "p3") for each in grants(store, post)] == [False, True, True]
    revoke(store, only_new=True, post="p2")
    arrive(store, "p4")
    assert followed(store, "p4") is None


def test_taking_all_of_it_back_does_so_also_where_a_post_joins_the_link_just_then(store: FakeStore) -> None:
    answer(store)
    links = answering.own_links(store, LINK)
    arrive(store, "p2")
    answering.revoke(store, links, nonce="back", now=LATER, whole=True)
    [consent] = store.consents
    assert consent.ended is Ending.TAKEN_BACK


def test_where_none_was_given_there_is_none_to_end(store: FakeStore) -> None:
    answer(store, THIS_ALONE)
    assert refusal(lambda: revoke(store, only_new=True)) == "NO_STANDING_CONSENT"
    assert grants(store, "p1")[0].active


def test_ending_one_lets_nothing_new_follow_from_any_of_the_account(store: FakeStore) -> None:
    """Two were given, by two links: whoever says "nothing new" means it. What followed from the other stays."""
    answer(store)
    arrive(store, "p2")
    arrive(store, "p9", posted_at=NOW - DAY, at=NOW)
    ask(store, "p9", link="b" * 64)
    answer(store, link="b" * 64)
    revoke(store)
    arrive(store, "p3")
    assert [each.ended for each in store.consents] == [Ending.TAKEN_BACK, Ending.ENDED]
    assert followed(store, "p3") is None
    assert grants(store, "p9")[0].active


def test_erasing_the_post_by_which_it_was_given_ends_it_and_forgets_whose_it_was(store: FakeStore) -> None:
    answer(store)
    arrive(store, "p2")
    answering.have_erased(store, answering.own_links(store, LINK, "p1"), nonce="e", now=LATER)
    arrive(store, "p3")
    [consent] = store.consents
    assert (consent.ended, consent.account, consent.credit) == (Ending.ENDED, Account(), "")
    assert followed(store, "p3") is None
    assert all(each.active for each in grants(store, "p2"))
    revoke(store, at=LATER + DAY)
    assert not grants(store, "p2")[0].active


def test_its_time_runs_out_by_the_clock_and_what_followed_holds_as_long_as_any_grant(store: FakeStore) -> None:
    answer(store)
    arrive(store, "p2")
    assert end(store, store.consents, Ending.OVER, UNTIL, by="", others=False)
    assert not end(store, store.consents, Ending.OVER, UNTIL, by="", others=False)
    assert kinds(store, "p1")[-1] is Kind.STANDING_OVER
    grant = followed(store)
    assert grant is not None
    assert grant.holds(UNTIL)
    revoke(store, at=UNTIL + DAY)
    assert not grants(store, "p2")[0].active


def test_a_post_from_which_something_may_follow_is_not_let_go_of(store: FakeStore) -> None:
    answer(store)
    hearing.reviewed(samples.hearing(store, "p1"), approved=0, rejected=True, at=NOW)
    assert store.untouched(UNTIL, 9) == []
    let_go(store, "lumen", "p1", UNTIL)
    assert not store.dossiers["lumen", "p1"].post.erased
    revoke(store, only_new=True)
    assert store.untouched(UNTIL, 9) == [("lumen", "p1")]
    let_go(store, "lumen", "p1", UNTIL)
    assert store.dossiers["lumen", "p1"].post.erased


# --- others who have to agree -----------------------------------------------------------------------------------------


def confirm(store: FakeStore, part: Part, *, agrees: bool) -> None:
    [each] = [each for each in store.dossiers["lumen", "p1"].requests[-1].confirmations if each.part is part]
    links = answering.find_links(store, f"link of {each.confirmation}")
    means = samples.numbered("grant")
    answering.confirm(store, links, agrees=agrees, nonce=f"{part} {agrees}", now=NOW, means=means)


@pytest.mark.parametrize(("part", "ends"), [(Part.GUARDIAN, True), (Part.PERSON, False)])
def test_it_counts_once_all_have_agreed_and_a_guardian_ends_it_where_a_person_in_one_picture_does_not(
    store: FakeStore, part: Part, ends: bool
) -> None:
    store.written.clear()
    store.add_terms(replace(TERMS, minimum_age=16), entered=True)
    ask(store, "p1", at=LATER)
    answer(store, replace(YES, of_age=False, others=1))
    assert store.consents == []
    confirm(store, Part.GUARDIAN, agrees=True)
    assert store.consents == []
    confirm(store, Part.PERSON, agrees=True)
    [consent] = store.consents
    assert (consent.of_age, [each.part for each in consent.confirmations]) == (False, [Part.GUARDIAN, Part.PERSON])
    confirm(store, part, agrees=False)
    assert not grants(store, "p1")[0].active
    assert [(each.ended, each.ended_by) for each in store.consents] == [
        (Ending.TAKEN_BACK, "guardian") if ends else (None, "")
    ]


def test_a_guardian_s_no_to_one_of_several_posts_ends_all_that_was_allowed_of_later_ones_with_them(
    store: FakeStore,
) -> None:
    store.written.clear()
    store.add_terms(replace(TERMS, minimum_age=16), entered=True)
    arrive(store, "p9", at=NOW)
    for post in ("p1", "p9"):
        ask(store, post, at=LATER)
    links = answering.own_links(store, LINK)
    minor = replace(YES, of_age=False)
    answering.answer(store, links, minor, nonce="yes", now=LATER, means=samples.numbered("g"))
    [part] = store.dossiers["lumen", "p1"].requests[-1].confirmations
    guardian, means = f"link of {part.confirmation}", samples.numbered("grant")
    for agrees, named in ((True, None), (False, "p9")):
        mine = answering.find_links(store, guardian, named)
        answering.confirm(store, mine, agrees=agrees, nonce=f"{agrees}", now=LATER, means=means)
    assert [each.ended for each in store.consents] == [Ending.TAKEN_BACK] * 2
    assert [each.active for post in ("p1", "p9") for each in grants(store, post)] == [True, False]


# --- proof and journal ------------------------------------------------------------------------------------------------


def test_what_was_allowed_what_followed_and_its_end_are_proved(store: FakeStore) -> None:
    answer(store)
    arrive(store, "p2")
    given = replace(store.dossiers["lumen", "p1"], facts=(store.told[1][2],))
    [statement] = statements(given)
    assert statement.details["standing"] == {"from": "2026-11-23T12:00:00Z", "until": "2027-11-23T12:00:00Z"}
    later = replace(store.dossiers["lumen", "p2"], facts=(store.told[2][2],))
    [statement] = statements(later)
    assert statement.details["standing"] == {
        "from": "2026-11-23T12:00:00Z",
        "until": "2027-11-23T12:00:00Z",
        "given": "2026-11-23T12:00:00Z",
        "post": "p1",
    }
    assert (statement.details["identity"]["shown_by"], statement.subject) == ("standing", store.consents[0].request)
    assert statement.details["posted_at"] == "2026-12-03T12:00:00Z"
    assert "standing" in IMPERSONAL
    assert "posted_at" not in IMPERSONAL
    revoke(store)
    ended = of_standing(store.consents[0], LATER)
    assert (ended.kind, ended.post, ended.details["by"]) == ("standing_ended", "p1", "creator")
    assert ended.details["standing"]["taken_back"] is True
    assert set(ended.details) <= IMPERSONAL


def test_what_followed_proves_the_age_and_that_a_guardian_agreed_and_of_nobody_that_they_agreed_to_this_picture(
    store: FakeStore,
) -> None:
    store.written.clear()
    store.add_terms(replace(TERMS, minimum_age=16), entered=True)
    ask(store, "p1", at=LATER)
    answer(store, replace(YES, of_age=False, others=1))
    for part in (Part.PERSON, Part.GUARDIAN):
        confirm(store, part, agrees=True)
    arrive(store, "p2")
    later = replace(store.dossiers["lumen", "p2"], facts=(store.told[-1][2],))
    [statement] = statements(later)
    assert statement.details["age"] == {"minimum": 16, "reached": False}
    assert [each["part"] for each in statement.details["agreed"]] == ["guardian"]


@pytest.mark.parametrize(
    ("how", "kind"), [(Ending.ENDED, EndKind.STANDING_ENDED), (Ending.TAKEN_BACK, EndKind.TAKEN_BACK)]
)
def test_an_end_is_kept_apart_by_the_id_of_what_was_given(store: FakeStore, how: Ending, kind: EndKind) -> None:
    answer(store)
    [consent] = store.consents
    [kept] = end_of(consent.end(how, LATER, "creator"), LATER)
    assert (kept.kind, kept.post, kept.subject, kept.at) == (kind, "p1", consent.standing, LATER)


def test_where_others_had_to_agree_their_question_is_ended_too_so_that_nobody_agrees_anew_after_a_restore(
    store: FakeStore,
) -> None:
    store.written.clear()
    store.add_terms(replace(TERMS, minimum_age=16), entered=True)
    ask(store, "p1", at=LATER)
    answer(store, replace(YES, of_age=False))
    backup = store.dossiers["lumen", "p1"]
    confirm(store, Part.GUARDIAN, agrees=True)
    revoke(store, only_new=True)
    [consent] = store.consents
    store.consents, store.dossiers["lumen", "p1"] = [], backup
    for each in end_of(consent, LATER):
        repeat(store, each, LATER)
    with pytest.raises(ChorusError):
        confirm(store, Part.GUARDIAN, agrees=True)
    assert store.consents == []


def forget(store: FakeStore, post: str) -> None:
    """Bring back a backup from before anything was given for a post, in which its facts are heard anew."""
    store.dossiers["lumen", post] = Dossier(replace(store.dossiers["lumen", post].post, approved=0))


@pytest.mark.parametrize("word", ["taken back", "smaller", "taken down"])
def test_what_was_ended_before_other_pictures_came_ends_those_too_that_a_restored_database_had_follow(
    store: FakeStore, word: str
) -> None:
    """A restored database hears of all revisions before it knows what was said about the first."""
    answer(store, replace(YES, uses=frozenset()))
    arrive(store, "p2")
    if word == "taken back":
        revoke(store, "p2")
    elif word == "smaller":
        links = answering.own_links(store, LINK, "p2")
        answering.allow_less(store, links, WEB, None, nonce="less", now=LATER)
    else:
        say(store, "p2")
        claiming.take_down_post(store, claiming.Named("lumen", "p2"), by="ada", now=LATER)
    [kept] = ends(replace(store.dossiers["lumen", "p2"], facts=(store.told[-1][2],)))
    forget(store, "p2")
    for revision in (1, 2):
        edit(store, "p2", revision, at=LATER + DAY)
    assert len(grants(store, "p2")) == 2
    assert repeat(store, kept, LATER + 2 * DAY)
    _, other = grants(store, "p2")
    assert (other.state, other.ended_at) == (GrantState.REVOKED, LATER)
    assert not repeat(store, kept, LATER + 3 * DAY)


def test_what_followed_before_an_end_of_something_else_stays_after_a_restore(store: FakeStore) -> None:
    """The picture before was taken back by the link of another consent."""
    answer(store)
    arrive(store, "p2")
    edit(store, "p2", 2)
    first, _ = grants(store, "p2")
    assert repeat(store, End(EndKind.REVOKED, "lumen", "p2", first.grant, LATER + DAY), LATER + 2 * DAY)
    assert [each.active for each in grants(store, "p2")] == [False, True]


def test_nothing_makes_it_less_ended(store: FakeStore) -> None:
    answer(store)
    [consent] = store.consents
    taken = consent.end(Ending.TAKEN_BACK, LATER, "creator")
    assert [taken.end(how, UNTIL) for how in Ending] == [taken] * 3
    ended = consent.end(Ending.ENDED, LATER, "creator")
    assert [ended.end(how, UNTIL, "creator") for how in Ending] == [ended, replace(taken, ended_at=UNTIL), ended]


def test_the_one_that_lasts_longest_is_shown(store: FakeStore) -> None:
    answer(store)
    [consent] = store.consents
    longer = replace(consent, span=Span(NOW, UNTIL + DAY))
    over = replace(longer, ended=Ending.ENDED, ended_at=LATER)
    shown: list[StandingConsent] = [over, consent, longer]
    assert lasting(shown) == longer
    assert lasting([over]) == over
    assert lasting([]) is None
    assert list(begun(store.dossiers["lumen", "p1"], store.dossiers["lumen", "p1"])) == []
