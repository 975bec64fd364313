"""Somebody says that a public post is theirs: who gets a link, who an answer, and what a brand does about it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chorus.errors import Invalid
from chorus.rights.domain import link_letter
from chorus.rights.domain.address import Address
from chorus.rights.domain.board import EVERY_CARD, Column
from chorus.rights.domain.claim import KEPT, Claim, ClaimKind, ClaimOutcome
from chorus.rights.domain.claiming import MAILS_WITHIN, MOST_SAYINGS, MOST_WORDS, Said
from chorus.rights.domain.contact import ContactPolicy
from chorus.rights.domain.evidence import IMPERSONAL, statements
from chorus.rights.domain.facts import Ended, Granted, Lapsed, Requested
from chorus.rights.domain.grant import GrantState
from chorus.rights.domain.journal import EndKind, end_again, ends
from chorus.rights.domain.letter import FRAMES
from chorus.rights.domain.link import Brand
from chorus.rights.domain.opting import Wish
from chorus.rights.domain.outgoing import CREATOR, Mail
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.retention import unwanted
from chorus.rights.domain.terms import Terms
from chorus.rights.domain.thread import Kind
from chorus.rights.domain.words import summary
from chorus.rights.handlers import answering, asking, claiming, hearing, looking, opting
from chorus.rights.handlers.claiming import Named
from chorus.rights.handlers.timing import pass_time
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import NOW, TERMS, VAULT, WEB, first, ready
from tests.unit.rights.test_attesting import attest
from tests.unit.rights.test_rights import LINK, YES, answer, approve, ask, capture, column, dossier, refusal

LOST, NOT_ALLOWED = ClaimKind.LOST_LINK, ClaimKind.NOT_ALLOWED
HOURS = timedelta(hours=72)
ADA = "ada@lumen.example"


@pytest.fixture
def store() -> FakeStore:
    """A store in which lumen shows one post that Mira allowed by a link."""
    made = FakeStore()
    made.save_brand(Brand("lumen", "Lumen"))
    made.add_terms(TERMS, entered=True)
    show(made, "p1", LINK)
    return made


def show(store: FakeStore, post: str, link: str) -> None:
    """Have a post asked for, and allowed."""
    capture(store, post, ready(f"pic-{post}"))
    approve(store, post)
    ask(store, post, link=link)
    answer(store, YES, nonce=f"yes-{post}", link=link)


def known(store: FakeStore, email: str = "mira@creators.example") -> None:
    """Have an address of Mira on record."""
    store.save_address(dossier(store).post.creator, Address(VAULT.encrypt(email), "m…@creators.example"))


def say(
    store: FakeStore,
    kind: ClaimKind = NOT_ALLOWED,
    post: str = "p1",
    *,
    words: str = "",
    email: str = "",
    nonce: str = "",
    at: datetime = NOW,
    mails: bool = True,
) -> datetime:
    """Say that a post is one's own, by a form of its own."""
    nonce = nonce or f"form-{len(store.nonces)}"
    said = Said(kind, words, email)
    return claiming.claim_post(store, samples.means(mails=mails), "lumen", post, said, nonce=nonce, now=at)


def claim_of(store: FakeStore, post: str = "p1") -> Claim:
    found = dossier(store, post).claim
    assert found is not None
    return found


def mails(store: FakeStore) -> list[Mail]:
    return list(store.queued.values())


def told(store: FakeStore, post: str = "p1") -> list[Kind]:
    return [event.kind for event in store.thread("lumen", post)]


def take_down(store: FakeStore, post: str = "p1", at: datetime = NOW) -> Claim:
    named = Named("lumen", post, claim_of(store, post).claim)
    return claiming.take_down_post(store, named, by=ADA, now=at)[1]


def close(store: FakeStore, outcome: ClaimOutcome = ClaimOutcome.SPAM, at: datetime = NOW) -> Claim:
    return claiming.close_claim(store, Named("lumen", "p1", claim_of(store).claim), outcome, by=ADA, now=at)


def reopen(store: FakeStore, at: datetime = NOW) -> Claim:
    return claiming.reopen_claim(store, Named("lumen", "p1", claim_of(store).claim), by=ADA, now=at)


# --- who gets a link, and who an answer -------------------------------------------------------------------------------


def test_whoever_did_not_allow_it_opens_a_claim_with_a_clock(store: FakeStore) -> None:
    assert say(store, words="Mine!", email="Noa@Creators.example") == NOW + HOURS
    claim = claim_of(store)
    assert (claim.opened_at, claim.due_at, claim.kinds, claim.times, claim.open) == (
        NOW,
        NOW + HOURS,
        (NOT_ALLOWED,),
        1,
        True,
    )
    assert column(store) is Column.CLAIMED
    assert told(store)[-1] is Kind.CLAIMED
    _, [heard] = claiming.read(store, VAULT, "lumen", "p1")
    assert heard.said == Said(NOT_ALLOWED, "Mine!", "Noa@creators.example")
    assert [type(fact) for _, _, fact in store.told] == [Requested, Granted], "nobody else is told of it"


def test_a_lost_link_goes_to_the_address_on_record_and_to_no_other(store: FakeStore) -> None:
    known(store)
    answered = say(store, LOST, words="It is me", email="impostor@elsewhere.example")
    [mail] = mails(store)
    assert answered == NOW + HOURS, "as to anybody"
    assert (mail.creator, mail.request, mail.wished_by, mail.due_at) == (
        dossier(store).post.creator,
        dossier(store).requests[0].request,
        CREATOR,
        NOW,
    )
    assert (dossier(store).claim, store.said) == (None, []), "nothing is kept of who asked"
    assert column(store) is Column.GRANTED


@pytest.mark.parametrize("why", ["no address", "no mail", "no key opens it", "an upload", "attested alone"])
def test_a_lost_link_that_cannot_be_mailed_opens_a_claim(store: FakeStore, why: str) -> None:
    post = "p1"
    if why == "no key opens it":
        store.save_address(dossier(store).post.creator, Address("sealed by another key", "m…@creators.example"))
    elif why != "no address":
        known(store)
    if why == "an upload":
        post = "up"
        hearing.captured(samples.hearing(store, post), samples.seen(post, samples.consent()), first(ready("u")))
    elif why == "attested alone":
        post = "attested"
        capture(store, post, ready("a"))
        approve(store, post)
        attest(store, post)
    assert say(store, LOST, post, mails=why != "no mail") == NOW + HOURS
    assert mails(store) == []
    assert claim_of(store, post).kinds == (LOST,)


def test_an_open_question_is_what_the_link_leads_to(store: FakeStore) -> None:
    known(store)
    wider = ask(store, link="e" * 64)
    say(store, LOST)
    assert [mail.request for mail in mails(store)] == [wider]


def test_whoever_does_not_want_to_be_asked_gets_the_link_they_asked_for_at_any_hour_and_it_is_no_contact(
    store: FakeStore,
) -> None:
    known(store)
    opting.choose(store, VAULT, LINK, Wish.EVERYWHERE, NOW)
    before = list(store.contacts)
    say(store, LOST, at=NOW.replace(hour=3))
    assert [mail.due_at for mail in mails(store)] == [NOW.replace(hour=3)]
    assert store.contacts == before


def test_who_asks_again_within_a_week_is_answered_by_people_and_nobody_is_pestered(store: FakeStore) -> None:
    known(store)
    say(store, LOST)
    say(store, LOST, at=NOW + timedelta(days=1))
    assert len(mails(store)) == 1
    assert claim_of(store).kinds == (LOST,)
    say(store, LOST, at=NOW + MAILS_WITHIN)
    assert len(mails(store)) == 2
    assert claim_of(store).times == 1


def test_three_links_a_week_go_to_one_creator_whichever_posts_they_lead_to(store: FakeStore) -> None:
    known(store)
    store.save_contact_policy(ContactPolicy("lumen", most=0))
    for number in range(2, 6):
        show(store, f"p{number}", str(number) * 64)
    for number in range(1, 6):
        say(store, LOST, f"p{number}")
    assert [mail.post for mail in mails(store)] == ["p1", "p2", "p3"]
    assert [dossier(store, f"p{number}").claim is not None for number in range(1, 6)] == [False] * 3 + [True] * 2


def test_the_same_form_again_says_nothing_more_and_is_answered_alike(store: FakeStore) -> None:
    first_answer = say(store, words="Mine", nonce="one")
    assert say(store, words="Mine", nonce="one", at=NOW) == first_answer
    assert (claim_of(store).times, len(store.said)) == (1, 1)


def test_further_ones_join_the_claim_that_is_open_and_its_clock_runs_on(store: FakeStore) -> None:
    say(store, LOST)
    say(store, NOT_ALLOWED, words="Stop", at=NOW + timedelta(hours=70))
    claim = claim_of(store)
    assert (claim.kinds, claim.times, claim.due_at) == ((LOST, NOT_ALLOWED), 2, NOW + HOURS)
    assert told(store).count(Kind.CLAIMED) == 2


def test_a_flood_fills_no_more_than_a_page_and_keeps_nobody_from_their_link(store: FakeStore) -> None:
    for number in range(MOST_SAYINGS):
        say(store, words=f"Number {number}")
    assert refusal(lambda: say(store, words="One more")) == "CLAIM_FULL"
    for _ in range(MOST_SAYINGS + 5):
        say(store, LOST)
    assert len(store.said) == 2 * MOST_SAYINGS
    assert claim_of(store).times == 2 * MOST_SAYINGS + 5
    assert told(store).count(Kind.CLAIMED) == 2 * MOST_SAYINGS, "a thread is for people"
    known(store)
    say(store, LOST)
    assert len(mails(store)) == 1


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"words": "x" * (MOST_WORDS + 1)}, {"words"}),
        ({"email": "nobody"}, {"email"}),
        ({"words": "x" * (MOST_WORDS + 1), "email": "a@b"}, {"words", "email"}),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_field(store: FakeStore, given: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(Invalid) as caught:
        say(store, **given)  # type: ignore[arg-type]  # words and address
    assert set(caught.value.fields) == wrong
    assert store.nonces == {"yes-p1"}


def test_words_keep_their_lines_and_lose_what_cannot_be_seen(store: FakeStore) -> None:
    say(store, words=" It is\r\nmine\x00\u202e!\t ✨ ")
    assert claiming.read(store, VAULT, "lumen", "p1")[1][0].said.words == "It is\nmine! ✨"


@pytest.mark.parametrize("gone", ["unknown", "withdrawn"])
def test_what_is_shown_no_more_is_nobody_s_to_claim(store: FakeStore, gone: str) -> None:
    if gone == "withdrawn":
        hearing.withdrawn(samples.hearing(store, "p1"), erased=False)
    before = dict(store.dossiers)
    assert refusal(lambda: say(store, post="p1" if gone == "withdrawn" else "nowhere")) == "NOT_SHOWN"
    assert store.dossiers == before


# --- what a brand does ------------------------------------------------------------------------------------------------


def test_a_claim_is_closed_opened_again_with_its_old_clock_and_closed_for_good(store: FakeStore) -> None:
    say(store, words="Mine")
    closed = close(store, ClaimOutcome.NOT_THEIRS)
    assert (closed.closed_at, closed.closed_by, closed.outcome) == (NOW, ADA, ClaimOutcome.NOT_THEIRS)
    assert column(store) is Column.GRANTED
    assert store.said[0][4] == NOW + KEPT
    assert close(store, ClaimOutcome.SPAM, NOW + HOURS) == closed, "what is closed stays as it is"
    again = reopen(store, NOW + timedelta(days=1))
    assert (again.open, again.due_at) == (True, NOW + HOURS)
    assert store.said[0][4] is None
    assert reopen(store) == again
    assert column(store) is Column.CLAIMED
    assert told(store)[-3:] == [Kind.CLAIMED, Kind.CLAIM_CLOSED, Kind.CLAIM_REOPENED]
    close(store)
    assert refusal(lambda: reopen(store, NOW + KEPT)) == "CLAIM_OVER"


@pytest.mark.parametrize("outcome", [None, ClaimOutcome.TAKEN_DOWN])
def test_a_claim_is_closed_with_one_of_three_reasons(store: FakeStore, outcome: ClaimOutcome | None) -> None:
    say(store)
    named = Named("lumen", "p1", claim_of(store).claim)
    assert refusal(lambda: claiming.close_claim(store, named, outcome, by=ADA, now=NOW)) == "INVALID"


def test_nobody_decides_about_a_claim_that_they_do_not_know(store: FakeStore) -> None:
    assert refusal(lambda: claiming.read(store, VAULT, "lumen", "p1")) == "CLAIM_NOT_FOUND"
    say(store)
    old = claim_of(store).claim
    close(store)
    say(store)
    for brand, post, claim in (("lumen", "p1", old), ("other", "p1", ""), ("lumen", "p2", "")):
        named = Named(brand, post, claim)
        for act in (
            lambda named=named: claiming.close_claim(store, named, ClaimOutcome.SPAM, by=ADA, now=NOW),
            lambda named=named: claiming.reopen_claim(store, named, by=ADA, now=NOW),
            lambda named=named: claiming.take_down_post(store, named, by=ADA, now=NOW),
        ):
            assert refusal(act) == "CLAIM_NOT_FOUND"


def test_what_is_taken_down_ends_for_good_with_its_reason_in_thread_evidence_and_journal(store: FakeStore) -> None:
    say(store)
    before = dossier(store)
    assert take_down(store).outcome is ClaimOutcome.TAKEN_DOWN
    [grant] = dossier(store).grants
    assert (grant.state, grant.ended_at, grant.claimed) == (GrantState.ENDED, NOW, True)
    assert store.told[-1][2] == Ended(grant.grant)
    assert (store.active([grant.grant], NOW), store.ended([grant.grant], NOW)) == ([], [grant.grant])
    events = store.thread("lumen", "p1")[-2:]
    assert [(each.kind, each.by) for each in events] == [(Kind.TAKEN_DOWN, ADA), (Kind.CLAIM_CLOSED, ADA)]
    decided = replace(dossier(store), facts=(Ended(grant.grant),))
    [statement] = statements(decided)
    assert (statement.kind, statement.subject, statement.details) == (
        "ended",
        grant.request,
        {"post": "p1", "grant": grant.grant, "by": "brand", "reason": "claimed"},
    )
    assert set(statement.details) <= IMPERSONAL
    [end] = ends(decided)
    assert (end.kind, end.subject) == (EndKind.ENDED, grant.grant)
    [restored] = end_again(before, end).grants
    assert (restored.state, restored.claimed) == (GrantState.ENDED, True)
    assert summary(dossier(store), "Lumen", column(store)) == (
        "The brand took it down on 23 Nov 2026, since somebody says that it is theirs."
    )
    assert column(store) is Column.ENDED
    assert take_down(store, at=NOW + HOURS).closed_at == NOW, "again is the same"
    assert refusal(lambda: reopen(store)) == "CLAIM_OVER"


def test_what_the_brand_attested_is_taken_down_too_and_can_be_attested_again_by_hand(store: FakeStore) -> None:
    attest(store)
    say(store)
    take_down(store)
    given, attested = dossier(store).grants
    assert (given.state, attested.state) == (GrantState.ENDED, GrantState.ENDED)
    assert attested.attestation is not None
    assert (attested.attestation.ended_by, attested.attestation.end_reason) == (
        ADA,
        "Somebody says that it is theirs.",
    )
    assert attest(store, grant="a2").active


def test_an_open_question_is_closed_with_it_since_whoever_was_asked_may_not_be_who_made_it(store: FakeStore) -> None:
    ask(store, link="e" * 64)
    say(store)
    take_down(store)
    assert dossier(store).open is None
    assert any(isinstance(fact, Lapsed) for _, _, fact in store.told)
    assert refusal(lambda: answer(store, YES, nonce="later", link="e" * 64)) == "LAPSED"
    assert column(store) is Column.ENDED
    lapsed = next(event for event in store.thread("lumen", "p1") if event.kind is Kind.LAPSED)
    assert (lapsed.at, lapsed.by) == (NOW, ADA)


@pytest.mark.parametrize("by", ["link", "attested"])
def test_what_was_taken_down_is_not_asked_for_by_itself_and_by_hand_only_for_itself(store: FakeStore, by: str) -> None:
    post = "p1"
    if by == "attested":
        post = "a"
        capture(store, post, ready("pic-a"))
        approve(store, post)
        attest(store, post)
    say(store, post=post)
    take_down(store, post)
    asked = len(dossier(store, post).requests)
    store.save_policy(Policy("lumen", True, WEB, (), "", "", 365))
    hearing.edited(samples.hearing(store, post), samples.seen(post), 2, first(ready("new")))
    approve(store, post, 2)
    assert len(dossier(store, post).requests) == asked
    assert refusal(lambda: ask_many(store, post)) == "TAKEN_DOWN"
    ask(store, post, link="d" * 64)
    assert column(store, post) is Column.ASKED


def ask_many(store: FakeStore, post: str) -> None:
    asked = replace(samples.ASKED, only_new=True)
    asking.create_request(store, "lumen", post, asked, occasion=samples.occasion())


def test_a_link_is_mailed_or_handed_out_where_one_leads_there(store: FakeStore) -> None:
    assert refusal(lambda: mail_link(store)) == "CLAIM_NOT_FOUND"
    say(store)
    assert refusal(lambda: mail_link(store)) == "NO_ADDRESS"
    known(store)
    assert mail_link(store) == "m…@creators.example"
    assert mail_link(store) == "m…@creators.example"
    assert [mail.wished_by for mail in mails(store)] == [ADA], "one is enough"
    claiming.note_link(store, "lumen", "p1", by=ADA, now=NOW)
    claiming.give_link(store, "lumen", "p1", sha256="c" * 64, now=NOW)
    [seen] = answering.see(store, answering.find_links(store, "c" * 64))
    assert seen.grant == dossier(store).grants[0]
    assert told(store)[-1] is Kind.LINKED
    close(store)
    for act in (lambda: mail_link(store), lambda: claiming.give_link(store, "lumen", "p1", sha256="b" * 64, now=NOW)):
        assert refusal(act) == "CLAIM_OVER"


def mail_link(store: FakeStore) -> str:
    return claiming.mail_link(store, samples.means(), "lumen", "p1", by=ADA, now=NOW)


@pytest.mark.parametrize("terms", [TERMS, replace(TERMS, sha256="0" * 64)], ids=["given", "asked"])
def test_no_link_is_handed_out_of_an_upload_also_where_its_terms_did_not_hold(store: FakeStore, terms: Terms) -> None:
    hearing.captured(samples.hearing(store, "up"), samples.seen("up", samples.consent(terms)), first(ready("u")))
    say(store, post="up")
    for act in (
        lambda: claiming.mail_link(store, samples.means(), "lumen", "up", by=ADA, now=NOW),
        lambda: claiming.give_link(store, "lumen", "up", sha256="c" * 64, now=NOW),
    ):
        assert refusal(act) == "NO_LINK"


# --- the board, and what is kept --------------------------------------------------------------------------------------


def test_on_the_board_whoever_waits_longest_comes_first_and_each_card_goes_on_standing_for_what_it_did(
    store: FakeStore,
) -> None:
    for number, hours in (("2", 2), ("3", 1)):
        show(store, f"p{number}", number * 64)
        say(store, post=f"p{number}", at=NOW + timedelta(hours=hours))
    say(store)
    cards, _ = looking.cards(store, "lumen", Column.CLAIMED, EVERY_CARD, now=NOW, after=None, limit=9)
    assert [card.dossier.post.post for card in cards] == ["p1", "p3", "p2"]
    assert [card.at for card in cards] == [NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)]
    assert all(card.grant and card.request for card in cards)
    page, more = looking.cards(store, "lumen", Column.CLAIMED, EVERY_CARD, now=NOW, after=None, limit=2)
    rest, none = looking.cards(store, "lumen", Column.CLAIMED, EVERY_CARD, now=NOW, after=more, limit=2)
    assert [card.dossier.post.post for card in (*page, *rest)] == ["p1", "p3", "p2"]
    assert none is None


def test_a_claim_stays_in_front_until_it_is_answered_whatever_its_creator_does(store: FakeStore) -> None:
    say(store)
    answering.revoke(store, answering.find_links(store, LINK), nonce="m", now=NOW)
    assert column(store) is Column.CLAIMED
    hearing.withdrawn(samples.hearing(store, "p1"), erased=False)
    assert column(store) is Column.CLAIMED
    assert not unwanted(dossier(store))


def test_what_was_written_goes_with_its_post_and_some_time_after_its_claim(store: FakeStore) -> None:
    say(store, words="Mine", email="noa@creators.example")
    assert "noa" not in str(store.said)
    assert json.loads(VAULT.decrypt(store.said[0][3].sealed)) == ["Mine", "noa@creators.example"]
    close(store)
    store.forget_claims(NOW + KEPT - timedelta(seconds=1), NOW)
    assert len(store.said) == 1
    store.forget_claims(NOW + KEPT, NOW)
    assert claiming.read(store, VAULT, "lumen", "p1")[1] == []
    say(store, words="Mine")
    answering.have_erased(store, answering.find_links(store, LINK), nonce="e", now=NOW)
    assert (store.said, dossier(store).claim) == ([], None)


def test_where_nothing_was_written_nothing_is_sealed(store: FakeStore) -> None:
    say(store)
    assert [saying.sealed for _, _, _, saying, _ in store.said] == [""]
    _, [heard] = claiming.read(store, VAULT, "lumen", "p1")
    assert heard.said == Said(NOT_ALLOWED)


def test_what_no_key_opens_is_shown_as_empty(store: FakeStore) -> None:
    say(store, words="Mine")
    brand, post, claim, saying, until = store.said[0]
    store.said[0] = (brand, post, claim, replace(saying, sealed="by another key"), until)
    assert claiming.read(store, VAULT, "lumen", "p1")[1][0].said.words == ""


def test_time_passes_over_a_claim_and_changes_nothing(store: FakeStore) -> None:
    say(store)
    before = dossier(store)
    pass_time(store, samples.means(), "lumen", "p1", NOW + HOURS)
    assert dossier(store) == before


# --- the letter -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [*FRAMES, "de-AT", "fi"])
def test_the_letter_brings_the_link_in_the_language_of_the_terms_and_says_that_nobody_else_got_it(
    language: str,
) -> None:
    link, stop = "https://public.example/r/secret", "https://public.example/r/stop"
    letter = link_letter.write("Blue  hour\non the balcony", brand="Lumen", language=language, link=link, stop=stop)
    text = "\n\n".join(letter.paragraphs)
    assert letter.language == {"fi": "en"}.get(language, language)
    assert "“Blue hour on the balcony”" in text
    assert text.count(link) == text.count(stop) == 1
    assert "Lumen" in letter.subject
    assert not {"{brand}", "{post}"} & set(text.split())
    assert letter.links == (link, stop)


def test_a_post_without_words_is_called_one() -> None:
    letter = link_letter.write("", brand="Lumen", language="en", link="https://l", stop="https://s")
    assert "the link to your post" in letter.paragraphs[0]
