"""Several posts of one creator in one link: one answer, or one for each; all of it is kept, or nothing is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chorus.errors import ChorusError, Invalid
from chorus.rights.domain.facts import Declined, Granted, Requested, Revoked
from chorus.rights.domain.link import Brand, Link, named
from chorus.rights.domain.request import Answer, RequestState
from chorus.rights.handlers import answering, asking, hearing
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import ASKED, MIRA, NOW, TERMS, WINDOW, coming, first, ready

LINK = "a" * 64
POSTS = ("p1", "p2", "p3")
YES, NO = Answer(grant=True), Answer(grant=False)
MINOR = Answer(grant=True, of_age=False)
LATER = NOW + timedelta(days=1)


@pytest.fixture
def store() -> FakeStore:
    """A store in which lumen has asked for three posts of Mira's by one link."""
    made = FakeStore()
    made.save_brand(Brand("lumen", "Lumen"))
    made.add_terms(TERMS, entered=True)
    for post in POSTS:
        arrive(made, post)
    link(made, *(ask(made, post) for post in POSTS))
    return made


def arrive(store: FakeStore, post: str, account: str = "109") -> None:
    seen = replace(samples.seen(post), account=replace(MIRA, id=account))
    hearing.captured(samples.hearing(store, post), seen, first(ready(f"pic-{post}")))
    hearing.reviewed(samples.hearing(store, post), approved=1, rejected=False, at=NOW)


def ask(store: FakeStore, post: str, asked: asking.Asked = ASKED, at: datetime = NOW) -> str:
    ids = samples.numbered(f"{post} {at:%d}")
    _, request = asking.create_request(store, "lumen", post, asked, occasion=samples.occasion(at, new_id=ids.new_id))
    return request.request


def link(store: FakeStore, *requests: str, at: datetime = NOW) -> None:
    for dossier, request in asking.open_requests(store, "lumen", requests[0], requests[1:], at):
        asking.add_link(store, dossier, request, sha256=LINK, now=at)


def asked(store: FakeStore, post: str) -> str:
    """Name the newest question about a post."""
    return store.dossiers["lumen", post].requests[-1].request


def answer(
    store: FakeStore, said: Answer, posts: Sequence[str] = POSTS, *, nonce: str = "n", at: datetime = NOW
) -> list[answering.View]:
    chosen = answering.chosen(answering.own_links(store, LINK), posts)
    return answering.answer(store, chosen, said, nonce=nonce, now=at, means=samples.numbered(f"by {nonce}"))


def revoke(store: FakeStore, post: str | None = None, *, nonce: str = "back") -> list[answering.View]:
    return answering.revoke(store, answering.own_links(store, LINK, post), nonce=nonce, now=LATER)


def states(store: FakeStore) -> list[RequestState]:
    return [store.dossiers["lumen", post].requests[-1].state for post in POSTS]


def told(store: FakeStore) -> list[tuple[str, type]]:
    """List what was told since the questions, by the post."""
    return [(post, type(fact)) for _, post, fact in store.told if not isinstance(fact, Requested)]


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(ChorusError) as caught:
        act()
    return caught.value.reason


def test_one_yes_grants_each_post_by_itself(store: FakeStore) -> None:
    """A grant for each, pinned to its own pictures; and one form's value is used."""
    views = answer(store, replace(YES, credit="Mira"))
    assert told(store) == [(post, Granted) for post in POSTS]
    assert [view.grant.media_sha256 for view in views if view.grant] == [
        (ready(f"pic-{post}").sha256,) for post in POSTS
    ]
    assert {view.grant.credit for view in views if view.grant} == {"Mira"}
    assert len({view.grant.grant for view in views if view.grant}) == len(POSTS)
    assert store.nonces == {"n"}


def test_the_same_answer_again_is_the_same_and_another_is_refused(store: FakeStore) -> None:
    assert answer(store, YES) == answer(store, YES, nonce="again")
    assert told(store) == [(post, Granted) for post in POSTS]
    assert refusal(lambda: answer(store, NO, nonce="other")) == "ANSWERED"


def test_a_no_to_all_asks_for_none_of_them_again(store: FakeStore) -> None:
    answer(store, NO)
    assert told(store) == [(post, Declined) for post in POSTS]


def test_a_yes_to_single_posts_leaves_the_others_open(store: FakeStore) -> None:
    answer(store, YES, ["p2"])
    assert states(store) == [RequestState.REQUESTED, RequestState.GRANTED, RequestState.REQUESTED]
    answer(store, NO, ["p1", "p3"], nonce="rest")
    assert states(store) == [RequestState.DECLINED, RequestState.GRANTED, RequestState.DECLINED]


def test_an_answer_names_its_posts_and_none_to_which_the_link_does_not_lead(store: FakeStore) -> None:
    """What joins a link later was never shown to whoever sent the form."""
    arrive(store, "p4")
    for posts in ([], ["p4"], ["p1", "p4"], [""]):
        with pytest.raises(Invalid) as caught:
            answer(store, YES, posts)
        assert list(caught.value.fields) == ["posts"]
    assert told(store) == []


def test_one_post_that_cannot_be_answered_refuses_all(store: FakeStore) -> None:
    """It was answered by itself meanwhile, or asked anew, or its time is over: who sent this has not seen that."""
    answer(store, NO, ["p2"], nonce="p2")
    assert refusal(lambda: answer(store, YES)) == "ANSWERED"
    ask(store, "p3", at=LATER)
    assert refusal(lambda: answer(store, YES, ["p1", "p3"])) == "SUPERSEDED"
    assert refusal(lambda: answer(store, YES, ["p1"], at=NOW + WINDOW)) == "LAPSED"
    assert told(store) == [("p2", Declined)]
    assert store.nonces == {"p2"}


def test_a_picture_that_is_still_to_come_is_granted_with_no_other(store: FakeStore) -> None:
    later = samples.hearing(store, "p2")
    hearing.edited(later, samples.seen("p2"), 2, first(coming("new")))
    hearing.reviewed(later, approved=2, rejected=False, at=NOW)
    request = ask(store, "p2", at=LATER)
    link(store, asked(store, "p1"), request, at=LATER)
    assert refusal(lambda: answer(store, YES, ["p1", "p2"], at=LATER)) == "PICTURE_COMING"
    assert told(store) == []


def test_questions_that_do_not_ask_for_the_same_are_answered_each_by_itself(store: FakeStore) -> None:
    request = ask(store, "p2", replace(ASKED, days=30), at=LATER)
    link(store, request, at=LATER)
    views = answering.see(store, answering.own_links(store, LINK))
    assert answering.asked_together(views) is None
    assert refusal(lambda: answer(store, YES, at=LATER)) == "QUESTIONS_DIFFER"
    assert refusal(lambda: answer(store, NO, at=LATER)) == "QUESTIONS_DIFFER"
    answer(store, YES, ["p1", "p3"], at=LATER)
    assert answering.asked_together(answering.see(store, answering.own_links(store, LINK))) == TERMS


def test_the_terms_are_shown_once_as_long_as_a_question_is_open(store: FakeStore) -> None:
    links = answering.own_links(store, LINK)
    assert answering.asked_together(answering.see(store, links)) == TERMS
    answer(store, YES)
    assert answering.asked_together(answering.see(store, links)) is None


def test_other_people_are_a_matter_of_one_picture(store: FakeStore) -> None:
    with pytest.raises(Invalid) as caught:
        answer(store, replace(YES, others=1))
    assert list(caught.value.fields) == ["others"]
    answer(store, replace(YES, others=1), ["p1"])
    assert states(store)[0] is RequestState.CONFIRMING


def test_all_of_it_is_taken_back_at_once_and_what_is_open_stays_open(store: FakeStore) -> None:
    answer(store, YES, ["p1", "p2"])
    revoke(store)
    revoke(store, nonce="again")
    assert told(store)[2:] == [("p1", Revoked), ("p2", Revoked)]
    assert states(store)[2] is RequestState.REQUESTED


def test_one_of_several_is_taken_back_by_its_own_page(store: FakeStore) -> None:
    answer(store, YES)
    revoke(store, "p2")
    assert told(store)[3:] == [("p2", Revoked)]
    assert refusal(lambda: revoke(store, "p9")) == "LINK_NOT_FOUND"


def test_where_nothing_was_given_there_is_nothing_to_take_back(store: FakeStore) -> None:
    assert refusal(lambda: revoke(store)) == "NO_GRANT"


def test_what_concerns_one_post_is_done_on_its_own_page(store: FakeStore) -> None:
    answer(store, YES)
    links, kept = answering.own_links(store, LINK), ASKED.scope
    assert refusal(lambda: answering.have_erased(store, links, nonce="e", now=LATER)) == "SEVERAL_POSTS"
    assert refusal(lambda: answering.allow_less(store, links, kept, None, nonce="l", now=LATER)) == "SEVERAL_POSTS"
    answering.have_erased(store, answering.own_links(store, LINK, "p2"), nonce="e", now=LATER)
    assert [store.dossiers["lumen", post].post.erased for post in POSTS] == [False, True, False]


# --- others who have to agree -----------------------------------------------------------------------------------------


@pytest.fixture
def minor(store: FakeStore) -> str:
    """A minor has said yes to all three; answers the one link of their guardian."""
    grown = replace(TERMS, minimum_age=16)
    store.written.clear()
    store.add_terms(grown, entered=True)
    link(store, *(ask(store, post, at=LATER) for post in POSTS), at=LATER)
    answer(store, MINOR, at=LATER)
    [part] = {part.confirmation for post in POSTS for part in store.dossiers["lumen", post].requests[-1].confirmations}
    return f"link of {part}"


def confirm(
    store: FakeStore, guardian: str, *, agrees: bool, post: str | None = None, at: datetime = LATER
) -> list[answering.View]:
    links = answering.find_links(store, guardian, post)
    means = samples.numbered("grant")
    return answering.confirm(store, links, agrees=agrees, nonce=f"{post} {agrees} {at}", now=at, means=means)


def test_a_guardian_has_one_link_to_all_that_a_minor_said_yes_to(store: FakeStore, minor: str) -> None:
    assert [link.post for link in answering.find_links(store, minor)] == list(POSTS)
    assert told(store) == []
    assert confirm(store, minor, agrees=True) == confirm(store, minor, agrees=True)
    assert told(store) == [(post, Granted) for post in POSTS]


def test_a_guardian_says_no_to_one_picture_and_yes_to_the_rest(store: FakeStore, minor: str) -> None:
    confirm(store, minor, agrees=False, post="p2")
    confirm(store, minor, agrees=True)
    assert told(store) == [("p2", Declined), ("p1", Granted), ("p3", Granted)]
    confirm(store, minor, agrees=False)
    assert told(store)[3:] == [("p1", Revoked), ("p3", Revoked)]


def test_a_guardian_who_comes_too_late_for_all_is_told_so(store: FakeStore, minor: str) -> None:
    late = LATER + WINDOW
    assert refusal(lambda: confirm(store, minor, agrees=True, at=late)) == "LAPSED"
    revoke(store)
    assert refusal(lambda: confirm(store, minor, agrees=True)) == "CLOSED"


def test_what_waits_for_a_guardian_is_taken_back_with_the_rest(store: FakeStore, minor: str) -> None:
    revoke(store)
    assert told(store) == [(post, Declined) for post in POSTS]


# --- making the link --------------------------------------------------------------------------------------------------


def test_a_link_takes_in_open_questions_to_the_same_account_alone(store: FakeStore) -> None:
    """A handle is nobody's for ever; what has no account id may be anybody's."""
    arrive(store, "p4", account="110")
    arrive(store, "p5", account="")
    arrive(store, "p6", account="")
    mine, other, *unknown = (ask(store, post) for post in ("p1", "p4", "p5", "p6"))
    answer_to_p2 = asked(store, "p2")
    answer(store, NO, ["p2"])

    def fields(request: str, *others: str) -> list[str]:
        with pytest.raises(Invalid) as caught:
            asking.open_requests(store, "lumen", request, others, NOW)
        return list(caught.value.fields)

    assert fields(mine, other, "none", answer_to_p2) == ["others[0]", "others[1]", "others[2]"]
    assert fields(*unknown) == ["others[0]"]
    assert fields(mine, *(f"r{number}" for number in range(100))) == ["others"]
    again = asking.open_requests(store, "lumen", mine, [mine, mine], NOW)
    assert [request.request for _, request in again] == [mine]


def test_a_form_is_for_one_post_or_for_all_that_the_link_led_to() -> None:
    one, other = (Link(LINK, "lumen", post, "r") for post in ("p1", "p2"))
    assert len({named([one]), named([other]), named([one, other])}) == 3
