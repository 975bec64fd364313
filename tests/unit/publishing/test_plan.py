"""What is done about a post is exactly what brings the surfaces in line."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus.publishing.domain.grant import Grant, GrantState
from chorus.publishing.domain.placement import Ending, Placement
from chorus.publishing.domain.plan import Change, End, Start, plan
from chorus.publishing.domain.post import Annotation, Media, Post, Withdrawal
from chorus.publishing.domain.surface import Rule, Surface
from chorus.scope import Scope, Use, contains
from tests.unit.publishing.samples import (
    DAY,
    NOW,
    POST,
    SHA,
    WEB,
    edited,
    grant,
    media,
    placement,
    post,
    surface,
)

USES = st.frozensets(st.sampled_from(list(Use)), min_size=1)
SCOPES = st.builds(Scope, USES, st.booleans(), st.frozensets(st.sampled_from(["AT", "DE", "FR"])), st.booleans())
MOMENTS = st.integers(-48, 48).map(lambda hours: NOW + timedelta(hours=hours))
HASHES = st.frozensets(st.sampled_from([SHA, "b" * 64]))
GRANTS = st.lists(
    st.builds(
        Grant,
        st.sampled_from(["g1", "g2", "g3"]),
        SCOPES,
        MOMENTS,
        st.none() | MOMENTS,
        HASHES,
        st.just("Mira"),
        st.sampled_from(GrantState),
        st.booleans(),
    ),
    max_size=4,
    unique_by=lambda each: each.grant,
)
PICTURES = st.sampled_from([(), ("m1",), ("m1", "m2")])


@st.composite
def posts(draw: st.DrawFn) -> Post:
    known: dict[str, Media] = {"m1": media("m1", SHA), "m2": media("m2", "b" * 64)}
    begun = replace(
        post(approved=draw(st.sampled_from([None, 1, 2]))),
        media=known,
        withdrawn=draw(st.sampled_from([None, None, *Withdrawal])),
        collections=draw(st.dictionaries(st.sampled_from(["spring", "autumn"]), st.floats(0, 9), max_size=2)),
    )
    return edited(begun, text="edited", pictures=draw(PICTURES)) if draw(st.booleans()) else begun


SURFACES = st.lists(
    st.builds(
        lambda name, rule, scope, paused: replace(surface(name, rule, scope), paused=paused),
        st.sampled_from(["one", "two", "three"]),
        st.sampled_from([Rule(), Rule(collection="spring"), Rule(has_media=True), Rule(hashtags=("lumenlight",))]),
        SCOPES,
        st.booleans(),
    ),
    unique_by=lambda each: each.surface,
    max_size=3,
)


def permitted(found: Post, where: Surface, grants: list[Grant], name: str, now: datetime) -> bool:
    """Say again, in other words than the code, what must hold of what is shown."""
    given = next(each for each in grants if each.grant == name)
    shown = found.approved
    return (
        shown is not None
        and found.withdrawn is None
        and not where.paused
        and given.state is GrantState.ACTIVE
        and given.valid_from <= now
        and (given.valid_until is None or now < given.valid_until)
        and contains(given.scope, where.definition.scope)
        and {found.media[each].sha256 for each in shown.media} <= given.media_sha256
        and set(shown.media) <= set(found.revisions[-1].media)
    )


@given(posts(), SURFACES, GRANTS, MOMENTS)
def test_nothing_is_ever_placed_outside_a_grant(
    found: Post, surfaces: list[Surface], grants: list[Grant], now: datetime
) -> None:
    by_name = {each.surface: each for each in surfaces}
    for step in plan(found, surfaces, grants, [], now):
        assert isinstance(step, Start)
        where = by_name[step.surface]
        assert permitted(found, where, grants, step.grant, now)
        leave = [each for each in grants if permitted(found, where, grants, each.grant, now)]
        assert step.shown.attested == all(each.attested for each in leave), "a creator's own word goes first"


@given(posts(), SURFACES, GRANTS, MOMENTS)
def test_what_is_shown_and_no_longer_permitted_always_ends(
    found: Post, surfaces: list[Surface], grants: list[Grant], now: datetime
) -> None:
    shown = [placement(f"p-{each.surface}", on=each.surface) for each in surfaces]
    steps = plan(found, surfaces, grants, shown, now)
    ended = {step.placement.surface for step in steps if isinstance(step, End)}
    changed = {step.placement.surface: step.grant for step in steps if isinstance(step, Change)}
    for each in surfaces:
        if each.surface not in ended:
            name = changed.get(each.surface, "g1")
            assert permitted(found, each, grants, name, now)


@given(posts(), SURFACES, GRANTS, MOMENTS)
def test_a_plan_that_was_carried_out_leaves_nothing_to_do(
    found: Post, surfaces: list[Surface], grants: list[Grant], now: datetime
) -> None:
    placed = [carried_out(found, step) for step in plan(found, surfaces, grants, [], now)]
    assert plan(found, surfaces, grants, placed, now) == []


def carried_out(found: Post, step: object) -> Placement:
    assert isinstance(step, Start)
    return Placement(
        f"p-{step.surface}",
        found.brand,
        step.surface,
        found.post,
        step.shown.revision,
        step.grant,
        step.shown,
        step.rank,
    )


def test_a_post_that_fits_is_placed_on_each_surface() -> None:
    steps = plan(post(), [surface("one"), surface("two")], [grant()], [], NOW)
    assert [step.surface for step in steps if isinstance(step, Start)] == ["one", "two"]


def test_a_corrected_description_changes_what_is_shown_and_keeps_the_sizes() -> None:
    sized = placement()
    sized = replace(sized, shown=sized.shown.with_sizes({"m1-1080.jpg": 123}))
    annotated = replace(post(), annotations={"m1": Annotation("A brass lamp at dusk", 0.2, 0.8)})
    (step,) = plan(annotated, [surface()], [grant()], [sized], NOW)
    assert isinstance(step, Change)
    assert step.shown.media[0].alt_text == "A brass lamp at dusk"
    assert {each.file: each.bytes for each in step.shown.files}["m1-1080.jpg"] == 123


def test_an_approved_edit_of_the_text_changes_the_placement() -> None:
    again = replace(edited(post(), text="New words"), approved_revision=2)
    (step,) = plan(again, [surface()], [grant()], [placement()], NOW)
    assert isinstance(step, Change)
    assert (step.shown.revision, step.shown.text) == (2, "New words")


def test_steps_come_surface_by_surface_so_that_no_two_posts_wait_for_each_other() -> None:
    annotated = replace(post(), annotations={"m1": Annotation("A brass lamp at dusk", 0.2, 0.8)})
    paused = replace(surface("two"), paused=True)
    shown = [placement("p1", on="one"), placement("p2", on="two"), placement("p3", on="three")]
    steps = plan(annotated, [surface("one"), paused, surface("three")], [grant()], shown, NOW)
    assert [type(step) for step in steps] == [Change, End, Change]


def test_other_pictures_are_another_placement() -> None:
    both = frozenset({SHA, "b" * 64})
    wide = replace(grant(), media_sha256=both)
    more = replace(edited(post(), pictures=("m1", "m2")), approved_revision=2)
    more = replace(more, media={**more.media, "m2": media("m2", "b" * 64)})
    first, second = plan(more, [surface()], [wide], [placement()], NOW)
    assert isinstance(first, End)
    assert first.ending is Ending.EDITED
    assert isinstance(second, Start)


def test_when_one_grant_ends_another_that_permits_it_takes_over() -> None:
    ended = replace(grant("g1"), state=GrantState.EXPIRED)
    (step,) = plan(post(), [surface()], [ended, grant("g2", until=NOW + DAY)], [placement()], NOW)
    assert isinstance(step, Change)
    assert step.grant == "g2"
    assert step.shown.valid_until == NOW + DAY


@pytest.mark.parametrize("attested", [True, False])
def test_pictures_that_name_the_creator_s_leave_are_not_shown_by_the_brand_s_word_nor_the_other_way(
    attested: bool,
) -> None:
    """It is written into them: who kept a copy has to take another."""
    before, after = replace(grant("g1"), attested=not attested), replace(grant("g2"), attested=attested)
    grants = [replace(before, state=GrantState.EXPIRED), after]
    gone, shown = plan(post(), [surface()], grants, [placement(by=before)], NOW)
    assert gone == End(placement(by=before), Ending.EDITED)
    assert isinstance(shown, Start)
    assert (shown.grant, shown.shown.attested) == ("g2", attested)


def test_a_revoked_grant_ends_the_placement_for_that_reason() -> None:
    revoked = replace(grant(), state=GrantState.REVOKED)
    (step,) = plan(post(), [surface()], [revoked], [placement()], NOW)
    assert step == End(placement(), Ending.REVOKED)


def test_a_rank_in_the_collection_orders_the_placement() -> None:
    collected = replace(post(), collections={"spring": 2.5})
    (step,) = plan(collected, [surface(rule=Rule(collection="spring"))], [grant()], [], NOW)
    assert isinstance(step, Start)
    assert step.rank == 2.5
    assert step.shown.post == POST
    assert grant().scope == WEB
