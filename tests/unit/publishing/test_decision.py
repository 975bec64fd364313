"""A post is on a surface only while approved, granted for that use, and not withdrawn at its source."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chorus.publishing.domain.decision import Fit, decide, ending
from chorus.publishing.domain.grant import Grant, GrantState
from chorus.publishing.domain.placement import Ending
from chorus.publishing.domain.post import MediaState, Post, Withdrawal
from chorus.publishing.domain.surface import Rule, Surface
from chorus.scope import Scope, Use
from tests.unit.publishing.samples import DAY, NOW, edited, grant, media, post, surface


def why(fit: Fit) -> list[str]:
    return [each.text for each in fit.conditions if not each.met]


def test_an_approved_and_granted_post_fits() -> None:
    fit = decide(post(), surface(), [grant()], NOW)
    assert fit.ok
    assert fit.grant == grant()
    assert fit.revision == post().approved


@pytest.mark.parametrize(
    ("changed", "expected", "reason"),
    [
        (post(approved=None), "No curator has approved it.", Ending.UNAPPROVED),
        (replace(post(), withdrawn=Withdrawal.DELETED_AT_SOURCE), "deleted at its source", Ending.SOURCE_DELETED),
        (replace(post(), withdrawn=Withdrawal.ERASED), "erased on request", Ending.SOURCE_DELETED),
        (replace(post(), media={"m1": media(state=MediaState.PENDING)}), "still coming", Ending.EDITED),
        (replace(post(), media={"m1": media(state=MediaState.FAILED)}), "could not be fetched", Ending.EDITED),
        (edited(post(), pictures=()), "changed or removed", Ending.EDITED),
    ],
)
def test_each_thing_that_must_hold_of_a_post_keeps_it_off_alone(changed: Post, expected: str, reason: Ending) -> None:
    fit = decide(changed, surface(), [grant()], NOW)
    assert not fit.ok
    assert expected in why(fit)[0]
    assert ending(fit, grant(), NOW) is reason


@pytest.mark.parametrize(
    ("grants", "expected", "reason"),
    [
        ([], "The creator has not allowed any use.", Ending.SCOPE),
        ([replace(grant(), state=GrantState.REVOKED)], "took the permission back", Ending.REVOKED),
        ([replace(grant(), state=GrantState.EXPIRED)], "has ended", Ending.EXPIRED),
        ([grant(until=NOW)], "has ended", Ending.EXPIRED),
        ([replace(grant(), valid_from=NOW + timedelta(seconds=1))], "", Ending.SCOPE),
        ([grant(scope=Scope(frozenset({Use.EMAIL})))], "on the web", Ending.SCOPE),
        ([replace(grant(), media_sha256=frozenset({"b" * 64}))], "about other pictures", Ending.EDITED),
    ],
)
def test_without_a_grant_that_covers_everything_it_is_not_shown(
    grants: list[Grant], expected: str, reason: Ending
) -> None:
    fit = decide(post(), surface(), grants, NOW)
    assert not fit.ok
    assert expected in why(fit)[0]
    assert ending(fit, grants[0] if grants else None, NOW) is reason


def test_a_grant_permits_until_just_before_its_end() -> None:
    until = NOW + DAY
    assert decide(post(), surface(), [grant(until=until)], until - timedelta(microseconds=1)).ok
    assert not decide(post(), surface(), [grant(until=until)], until).ok


def test_two_grants_that_permit_only_together_do_not_permit() -> None:
    paid_web = Scope(frozenset({Use.WEB}), paid=True)
    grants = [grant("g1"), grant("g2", Scope(frozenset({Use.EMAIL}), paid=True))]
    assert not decide(post(), surface(scope=paid_web), grants, NOW).ok


def test_of_several_grants_the_one_that_lasts_longest_counts() -> None:
    fit = decide(post(), surface(), [grant("g1", until=NOW + DAY), grant("g2", until=NOW + 2 * DAY)], NOW)
    assert fit.grant is not None
    assert fit.grant.grant == "g2"


def test_what_the_creator_gave_goes_before_what_the_brand_attests_however_long_that_lasts() -> None:
    attested = replace(grant("g1"), attested=True)
    own = grant("g2", until=NOW + DAY)
    assert decide(post(), surface(), [attested, own], NOW).grant == own
    after = decide(post(), surface(), [attested, own], NOW + DAY)
    assert after.grant == attested
    assert after.conditions[-1].text == "The brand attests that it may be used so."


@pytest.mark.parametrize(
    ("changed", "expected", "reason"),
    [
        ({"state": GrantState.REVOKED}, "What the brand attested was taken back.", Ending.REVOKED),
        ({"state": GrantState.EXPIRED}, "What the brand attested has ended.", Ending.EXPIRED),
        ({"media_sha256": frozenset({"b" * 64})}, "What the brand attested is about other pictures.", Ending.EDITED),
    ],
)
def test_what_the_brand_attested_is_never_called_the_creator_s(
    changed: dict[str, Any], expected: str, reason: Ending
) -> None:
    attested = replace(grant(), attested=True, **changed)
    fit = decide(post(), surface(), [attested], NOW)
    assert why(fit) == [expected]
    assert ending(fit, attested, NOW) is reason


def test_a_text_edited_since_leaves_the_approved_text_showable() -> None:
    fit = decide(edited(post(), text="Blue hour, near Graz"), surface(), [grant()], NOW)
    assert fit.ok
    assert fit.revision is not None
    assert fit.revision.text == "Blue hour"
    assert "An earlier version is approved; the edit since is not." in [each.text for each in fit.conditions]


def test_a_picture_whose_hash_is_not_known_is_covered_by_no_grant() -> None:
    unknown = replace(post(), media={"m1": replace(media(), sha256="")})
    assert not decide(unknown, surface(), [grant()], NOW).ok


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (Rule(), True),
        (Rule(sources=("lamps-on-mastodon", "other")), True),
        (Rule(sources=("other",)), False),
        (Rule(platforms=("mastodon.example",)), True),
        (Rule(platforms=("upload",)), False),
        (Rule(has_media=True), True),
        (Rule(has_media=False), False),
        (Rule(hashtags=("lumenlight", "x")), True),
        (Rule(hashtags=("x",)), False),
        (Rule(hashtags=("lumenlight",), sources=("other",)), False),
        (Rule(collection="spring"), True),
        (Rule(collection="autumn"), False),
    ],
)
def test_a_rule_takes_what_matches_everything_that_is_set(rule: Rule, *, fits: bool) -> None:
    collected = replace(post(), collections={"spring": 1.0})
    found = decide(collected, surface(rule=rule), [grant()], NOW)
    assert found.ok is fits
    assert ending(found, grant(), NOW) is Ending.SURFACE_CHANGED if not fits else found.ok


def test_a_paused_surface_shows_nothing_and_says_so() -> None:
    paused: Surface = replace(surface(), paused=True)
    fit = decide(post(), paused, [grant()], NOW)
    assert why(fit) == ["This surface is paused."]


def test_every_condition_is_a_sentence_whether_met_or_not() -> None:
    for fit in (
        decide(post(), surface(), [grant(until=NOW + DAY)], NOW),
        decide(post(approved=None), surface(), [], NOW),
    ):
        assert len(fit.conditions) == 7
        assert all(each.text.endswith(".") and each.text[0].isupper() for each in fit.conditions)
    said = [each.text for each in decide(post(), surface(), [grant(until=NOW + DAY)], NOW).conditions]
    assert "The creator allowed this use until 24 November 2026." in said
