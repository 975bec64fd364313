"""How often a delivery is tried, and when an endpoint is given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from chorus.publishing.domain.delivery import LADDER, LONGEST_WAIT, Answer, DeliveryState
from chorus.publishing.domain.endpoint import Disabled
from tests.unit.publishing.samples import ENDPOINT, NOW, PLACED

TAKEN, DOWN = Answer(204, 0.1), Answer(503, 0.1, "It answered 503.")


@given(st.floats(0, 1))
def test_the_ladder_is_climbed_step_by_step_a_little_later_each_and_then_given_up(chance: float) -> None:
    delivery, now = PLACED, NOW
    for step in LADDER:
        delivery = delivery.answered(DOWN, now, chance)
        assert delivery.state is DeliveryState.WAITING
        assert step <= delivery.next_try_at - now <= 1.2 * step
        now = delivery.next_try_at
    assert delivery.answered(DOWN, now, chance).state is DeliveryState.FAILED
    assert delivery.answered(TAKEN, now, chance).state is DeliveryState.DELIVERED
    assert sum(LADDER, timedelta()) > timedelta(days=3)


def test_what_was_superseded_on_its_way_stays_so_unless_it_was_taken() -> None:
    superseded = replace(PLACED, state=DeliveryState.SUPERSEDED)
    assert superseded.answered(DOWN, NOW, 0).state is DeliveryState.SUPERSEDED
    assert superseded.answered(TAKEN, NOW, 0).state is DeliveryState.DELIVERED


@given(st.integers(0, 10**9))
def test_a_receiver_can_put_off_a_try_but_not_for_long_and_not_hasten_it(seconds: int) -> None:
    asked = replace(DOWN, wait=timedelta(seconds=seconds))
    pause = PLACED.answered(asked, NOW, 0).next_try_at - NOW
    assert pause == max(LADDER[0], min(asked.wait, LONGEST_WAIT))
    rests = ENDPOINT.answered(asked, NOW).rests_until
    assert rests is not None
    assert timedelta(seconds=1) <= rests - NOW <= LONGEST_WAIT


@given(st.lists(st.booleans(), max_size=30))
def test_an_endpoint_is_failing_since_the_first_failure_after_the_last_success(answers: list[bool]) -> None:
    endpoint, now, since = ENDPOINT, NOW, None
    for taken in answers:
        now += timedelta(minutes=5)
        endpoint = endpoint.answered(TAKEN if taken else DOWN, now)
        since = None if taken else since or now
        assert (endpoint.failing_since, endpoint.failures > 0, endpoint.disabled) == (since, since is not None, None)


def test_an_endpoint_is_given_up_when_it_is_gone_or_failed_for_as_long_as_the_ladder() -> None:
    assert ENDPOINT.answered(Answer(410, 0.1, "It answered 410."), NOW).disabled is Disabled.GONE
    failing = ENDPOINT.answered(DOWN, NOW)
    ladder = sum(LADDER, timedelta())
    assert failing.answered(DOWN, NOW + ladder - timedelta(seconds=1)).disabled is None
    disabled = failing.answered(DOWN, NOW + ladder)
    assert disabled.disabled is Disabled.FAILING
    enabled = disabled.enabled()
    assert (enabled.disabled, enabled.failures, enabled.failing_since, enabled.rests_until) == (None, 0, None, None)
    by_hand = replace(ENDPOINT, disabled=Disabled.BY_HAND)
    assert by_hand.answered(Answer(410, 0.1, ""), NOW).disabled is Disabled.BY_HAND
