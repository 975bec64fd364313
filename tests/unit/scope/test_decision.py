"""A use is permitted only if it lies inside one grant on every axis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chorus.scope import GrantedScope, Scope, Use, common, contains, in_words, permits, permitting, problems, shortfall

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_COUNTRIES = ["AT", "CH", "DE", "FR", "US"]

scopes = st.builds(
    Scope,
    uses=st.frozensets(st.sampled_from(Use), min_size=1),
    paid=st.booleans(),
    territories=st.frozensets(st.sampled_from(_COUNTRIES)),
    derivatives=st.booleans(),
    exclusive=st.booleans(),
)
starts = st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))
grants = st.builds(
    GrantedScope,
    grant=st.uuids().map(lambda value: value.hex),
    scope=scopes,
    valid_from=starts,
    valid_until=st.none() | starts,
)


def _atoms(scope: Scope) -> set[tuple[Use, bool, str, bool, bool]]:
    """Spell a scope out as single acts, with one more country that stands for the rest of the world."""
    countries = scope.territories or {*_COUNTRIES, "elsewhere"}
    return {
        (use, paid, country, derived, alone)
        for use in scope.uses
        for paid in {False, scope.paid}
        for country in countries
        for derived in {False, scope.derivatives}
        for alone in {False, scope.exclusive}
    }


@given(outer=scopes, inner=scopes)
def test_containment_agrees_with_spelling_out_every_single_act(outer: Scope, inner: Scope) -> None:
    """The axes together mean the same as the set of acts that they allow."""
    assert contains(outer, inner) == (_atoms(inner) <= _atoms(outer))


@given(one=scopes, other=scopes)
def test_what_two_scopes_have_in_common_are_the_acts_in_both(one: Scope, other: Scope) -> None:
    assert _atoms(common(one, other)) == _atoms(one) & _atoms(other)


@given(held=st.lists(grants, max_size=4), use=scopes)
def test_a_use_is_permitted_exactly_if_one_running_grant_contains_it(held: list[GrantedScope], use: Scope) -> None:
    """Two grants never add up to a third."""
    running = [g for g in held if g.valid_from <= NOW and (g.valid_until is None or g.valid_until > NOW)]
    assert permits(held, use, NOW)[0] == any(_atoms(use) <= _atoms(grant.scope) for grant in running)


@given(held=st.lists(grants, max_size=4), use=scopes, more=grants)
def test_another_grant_never_takes_a_permission_away(held: list[GrantedScope], use: Scope, more: GrantedScope) -> None:
    """What a post permits is the union of its grants."""
    assert permits([*held, more], use, NOW)[0] >= permits(held, use, NOW)[0]


@given(grant=grants, use=scopes)
def test_a_narrowed_grant_never_permits_more(grant: GrantedScope, use: Scope) -> None:
    """Taking one thing out of a grant takes it out of what is permitted, and adds nothing."""
    narrowed = replace(grant, scope=replace(grant.scope, paid=False, derivatives=False, exclusive=False))
    assert permits([narrowed], use, NOW)[0] <= permits([grant], use, NOW)[0]


@given(held=st.lists(grants, max_size=4), use=scopes)
def test_the_grant_that_is_chosen_is_one_that_permits_and_none_lasts_longer(
    held: list[GrantedScope], use: Scope
) -> None:
    """So that a placement changes its grant as seldom as possible."""
    chosen = permitting(held, use, NOW)
    fitting = [grant for grant in held if permits([grant], use, NOW)[0]]
    assert (chosen is None) == (not fitting)
    if chosen is not None and chosen.valid_until is not None:
        assert all(grant.valid_until is not None and grant.valid_until <= chosen.valid_until for grant in fitting)


def test_a_grant_ends_at_its_last_instant_and_not_after() -> None:
    """The end itself is outside: at that instant nothing is shown any more."""
    grant = GrantedScope("g", Scope(frozenset({Use.WEB})), NOW, NOW + timedelta(days=1))
    use = Scope(frozenset({Use.WEB}))
    assert permits([grant], use, NOW)[0]
    assert permits([grant], use, NOW + timedelta(days=1) - timedelta(microseconds=1))[0]
    assert permits([grant], use, NOW + timedelta(days=1)) == (False, "What the creator allowed has ended.")
    assert not permits([grant], use, NOW - timedelta(microseconds=1))[0]


def test_two_grants_that_each_give_half_do_not_give_the_whole() -> None:
    """Web unpaid and e-mail paid do not make web paid."""
    web = GrantedScope("a", Scope(frozenset({Use.WEB})), NOW)
    paid_mail = GrantedScope("b", Scope(frozenset({Use.EMAIL}), paid=True), NOW)
    allowed, why = permits([web, paid_mail], Scope(frozenset({Use.WEB}), paid=True), NOW)
    assert not allowed
    assert why in {"The creator has not allowed paid promotion.", "The creator has not allowed use on the web."}


def test_a_use_that_must_be_exclusive_needs_a_grant_that_is() -> None:
    """Who lets one brand show a picture and nobody else lets it also be shown without that."""
    web, alone = Scope(frozenset({Use.WEB})), Scope(frozenset({Use.WEB}), exclusive=True)
    assert shortfall(web, alone) == ["showing it exclusively"]
    assert contains(alone, web)


def test_a_use_for_the_whole_world_needs_a_grant_for_the_whole_world() -> None:
    """A public page without a fence is seen everywhere."""
    german = Scope(frozenset({Use.WEB}), territories=frozenset({"DE"}))
    assert shortfall(german, Scope(frozenset({Use.WEB}))) == ["every country where it would be shown"]
    assert contains(Scope(frozenset({Use.WEB})), german)


def test_a_scope_without_uses_lies_in_no_grant() -> None:
    """Nothing is not permitted by accident."""
    everything = Scope(frozenset(Use), paid=True, derivatives=True)
    assert not contains(everything, Scope(frozenset()))


def test_a_scope_is_said_in_plain_words() -> None:
    """The words follow the order of uses, never the order of a set."""
    wide = Scope(frozenset({Use.EMAIL, Use.WEB, Use.PRINT}), paid=True, territories=frozenset({"DE", "AT"}))
    assert in_words(wide) == "on the web, in e-mails and in print, also as paid promotion, only in AT and DE"
    assert in_words(Scope(frozenset({Use.WEB}))) == "on the web, not as paid promotion, worldwide"
    whole = Scope(frozenset({Use.WEB}), derivatives=True, exclusive=True)
    changed = "on the web, not as paid promotion, worldwide, cropped or with overlays too"
    assert in_words(whole) == f"{changed}, and nobody else may"


def test_a_wrong_scope_is_told_by_field() -> None:
    """Uses must be named, and countries must exist."""
    wrong = problems(Scope(frozenset(), territories=frozenset({"DE", "XX", "de"})))
    assert set(wrong) == {"uses", "territories"}
    assert "XX" in wrong["territories"]
    assert problems(Scope(frozenset({Use.WEB}), territories=frozenset({"DE"}))) == {}
