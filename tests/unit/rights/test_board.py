"""What lies on the rights board, what is asked from it, and the thread of what happened, on a store in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chorus.errors import ChorusError, Invalid
from chorus.rights.domain.board import EVERY_CARD, Column, Filter
from chorus.rights.domain.grant import GrantState
from chorus.rights.domain.link import Brand
from chorus.rights.domain.request import Answer
from chorus.rights.domain.template import Template, check_template
from chorus.rights.domain.thread import Kind, happened
from chorus.rights.handlers import answering, asking, hearing, looking, templates
from chorus.rights.handlers.timing import pass_time
from chorus.scope import Use
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import ASKED, NOW, TERMS, WEB, WINDOW, first, ready

LINK = "f" * 64
YES, NO = Answer(grant=True), Answer(grant=False)


@pytest.fixture
def store() -> FakeStore:
    """A store in which lumen has terms and one approved post with a picture."""
    made = FakeStore()
    made.save_brand(Brand("lumen", "Lumen"))
    made.add_terms(TERMS, entered=True)
    hearing.captured(samples.hearing(made, "p1"), samples.seen("p1"), first(ready("pic")))
    hearing.reviewed(samples.hearing(made, "p1"), approved=1, rejected=False, at=NOW)
    return made


def ask(store: FakeStore, *, at: datetime = NOW, only_new: bool = False, name: str = "r") -> str:
    numbers = samples.ids()
    occasion = samples.occasion(at, new_id=lambda: f"{name}-{numbers()}")
    dossier, request = asking.create_request(store, "lumen", "p1", replace(ASKED, only_new=only_new), occasion=occasion)
    asking.add_link(store, dossier, request, sha256=LINK, now=at)
    return request.request


def answer(store: FakeStore, given: Answer, *, at: datetime = NOW, nonce: str = "n") -> None:
    links, means = answering.own_links(store, LINK), samples.means(lambda: f"grant-{nonce}")
    answering.answer(store, links, given, nonce=nonce, now=at, means=means)


def take_back(store: FakeStore, *, at: datetime = NOW) -> None:
    answering.revoke(store, answering.find_links(store, LINK), nonce="m", now=at)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(ChorusError) as caught:
        act()
    return caught.value.reason


def card(store: FakeStore, column: Column, at: datetime = NOW) -> looking.Card:
    [found], _ = looking.cards(store, "lumen", column, EVERY_CARD, now=at, after=None, limit=9)
    return found


def told(store: FakeStore) -> list[tuple[Kind, str, datetime]]:
    return [(event.kind, event.subject, event.at) for event in store.thread("lumen", "p1")]


def test_a_card_stands_for_what_put_it_into_its_column(store: FakeStore) -> None:
    """Not for what came last: a wider question that was declined leaves the grant before it."""
    to_ask = card(store, Column.TO_ASK)
    assert (to_ask.request, to_ask.grant) == (None, None)
    first_asked = ask(store)
    answer(store, YES)
    later = NOW + timedelta(days=1)
    ask(store, at=later, name="wider")
    asked = card(store, Column.ASKED)
    assert asked.request is not None
    assert (asked.request.request, asked.grant) == ("wider-id1", None)
    answer(store, NO, at=later, nonce="n2")
    granted = card(store, Column.GRANTED)
    assert granted.request is not None
    assert granted.grant is not None
    assert (granted.request.request, granted.grant.grant) == (first_asked, "grant-n")


@pytest.mark.parametrize(
    ("end", "column"),
    [
        (lambda store: answer(store, NO), Column.DECLINED),
        (lambda store: pass_time(store, samples.means(), "lumen", "p1", NOW + WINDOW), Column.LAPSED),
        (lambda store: hearing.withdrawn(samples.hearing(store, "p1"), erased=False), Column.ENDED),
    ],
)
def test_a_question_that_is_over_lies_where_its_end_says(
    store: FakeStore, end: Callable[[FakeStore], None], column: Column
) -> None:
    """One that lapsed because its post is gone cannot be asked again, so it is not among those that can."""
    asked = ask(store)
    end(store)
    found = card(store, column)
    assert found.request is not None
    assert (found.request.request, found.grant) == (asked, None)


def test_of_many_posts_only_those_are_asked_about_that_need_it(store: FakeStore) -> None:
    """Nobody is asked twice, nor for what was given, nor after a no; a single question may still be put."""
    ask(store, only_new=True)
    assert refusal(lambda: ask(store, only_new=True)) == "ALREADY_ASKED"
    answer(store, YES)
    assert refusal(lambda: ask(store, only_new=True)) == "ALREADY_GRANTED"
    take_back(store)
    assert refusal(lambda: ask(store, only_new=True)) == "SAID_NO"
    assert ask(store, name="by-itself")
    answer(store, NO, nonce="n2")
    assert refusal(lambda: ask(store, only_new=True)) == "SAID_NO"


def test_who_never_answered_or_gave_less_may_be_asked_with_many(store: FakeStore) -> None:
    ask(store)
    lapsed = NOW + WINDOW
    assert ask(store, at=lapsed, only_new=True, name="again")
    answer(store, Answer(grant=True, uses=frozenset({Use.WEB})), at=lapsed)
    assert ask(store, at=lapsed, only_new=True, name="wider")


def test_the_thread_tells_what_happened_in_its_order(store: FakeStore) -> None:
    older = ask(store)
    second, third, end = (NOW + timedelta(days=days) for days in (1, 2, 3))
    newer = ask(store, at=second, name="s")
    dossier = store.lock("lumen", "p1")
    assert dossier.open is not None
    asking.note_link(store, dossier, dossier.open, by="bo@lumen.example", now=second)
    answer(store, YES, at=third)
    take_back(store, at=end)
    assert told(store) == [
        (Kind.ASKED, older, NOW),
        (Kind.SUPERSEDED, older, second),
        (Kind.ASKED, newer, second),
        (Kind.LINKED, newer, second),
        (Kind.GRANTED, "grant-n", third),
        (Kind.REVOKED, "grant-n", end),
    ]
    by = [event.by for event in store.thread("lumen", "p1")]
    assert by == ["ada@lumen.example", "", "ada@lumen.example", "bo@lumen.example", "", ""]


def test_the_thread_tells_of_a_no_of_silence_and_of_time_that_is_over(store: FakeStore) -> None:
    asked = ask(store)
    pass_time(store, samples.means(), "lumen", "p1", NOW + WINDOW)
    assert told(store)[-1] == (Kind.LAPSED, asked, NOW + WINDOW)
    again = ask(store, at=NOW + WINDOW, name="again")
    answer(store, YES, at=NOW + WINDOW)
    end = NOW + WINDOW + timedelta(days=365)
    pass_time(store, samples.means(), "lumen", "p1", end + timedelta(hours=1))
    assert told(store)[-1] == (Kind.EXPIRED, "grant-n", end)
    third = ask(store, at=end, name="third")
    answer(store, NO, at=end, nonce="n3")
    assert told(store)[-1] == (Kind.DECLINED, third, end)
    assert again != third


def test_the_thread_tells_when_a_grant_came_to_permit_less(store: FakeStore) -> None:
    """Whoever narrows it, and whatever of it became less."""
    ask(store)
    answer(store, YES)
    before = store.lock("lumen", "p1")
    [grant] = before.grants
    later = NOW + timedelta(days=5)
    [event] = happened(before, before.with_grant(replace(grant, scope=WEB)), later)
    assert (event.kind, event.at, event.scope) == (Kind.NARROWED, later, WEB)
    assert list(happened(before, before, later)) == []
    both = replace(grant, valid_until=later).ended(GrantState.EXPIRED, later)
    assert [each.kind for each in happened(before, before.with_grant(both), later)] == [Kind.NARROWED, Kind.EXPIRED]


def test_the_thread_of_a_post_that_never_came_is_none(store: FakeStore) -> None:
    assert looking.thread(store, "lumen", "p9") is None
    assert looking.thread(store, "other", "p1") is None


def test_a_filter_looks_at_what_the_card_stands_for(store: FakeStore) -> None:
    ask(store)

    def kept(**wanted: object) -> bool:
        return bool(store.counts("lumen", Filter(**wanted), NOW))  # type: ignore[arg-type]  # parts of a filter

    assert kept(surface="letter")
    assert kept(asked_by="ada@lumen.example", creator="MIRA", text="blue ")
    assert not kept(surface="elsewhere")
    assert not kept(asked_by="policy")
    assert not kept(creator="noa")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"template": "Not a slug"}, "template"),
        ({"title": " "}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"message": " "}, "message"),
        ({"message": "x" * 2001}, "message"),
        ({"message": "Hi {name}"}, "message"),
        ({"message": "Hi {}"}, "message"),
    ],
)
def test_a_template_that_cannot_be_sent_is_refused_at_its_field(change: dict[str, str], field: str) -> None:
    good = Template("lumen", "short", "Short and warm", "Hi {creator}, may {brand} show it? {link}")
    check_template(good)
    with pytest.raises(Invalid) as caught:
        check_template(replace(good, **change))
    assert set(caught.value.fields) == {field}


def test_templates_are_added_changed_and_removed_once(store: FakeStore) -> None:
    made = Template("lumen", "short", "Short", "Hi {creator} {link}")
    templates.create_template(store, made)
    assert refusal(lambda: templates.create_template(store, replace(made, title="Other"))) == "TEMPLATE_EXISTS"
    changed = templates.update_template(store, replace(made, title="Warm"))
    assert store.templates("lumen", after="", limit=9) == [changed]
    assert refusal(lambda: templates.update_template(store, replace(made, brand="other"))) == "TEMPLATE_NOT_FOUND"
    templates.delete_template(store, "lumen", "short")
    assert refusal(lambda: templates.delete_template(store, "lumen", "short")) == "TEMPLATE_NOT_FOUND"
