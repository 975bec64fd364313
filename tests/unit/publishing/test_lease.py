"""What rights says is timed by the least delay ever seen, so that clocks need not agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus.publishing.domain.lease import ClockEstimate, lost, silent


@given(st.floats(-1e6, 1e6), st.lists(st.floats(0, 60), min_size=1, max_size=30))
def test_a_word_is_as_old_as_it_came_later_than_the_quickest(skew: float, delays: list[float]) -> None:
    clock = ClockEstimate()
    for number, delay in enumerate(delays):
        said = float(number * 60)
        age = clock.age(said, said + skew + delay)
        best = min(delays[: number + 1])
        assert age == pytest.approx(delay - best, abs=0.0002 * 60 * len(delays) + 0.001)


def test_a_backlog_read_after_an_outage_is_known_to_be_old() -> None:
    clock = ClockEstimate()
    clock.age(100.0, 100.1)
    assert clock.age(160.0, 760.1) == pytest.approx(600.0, abs=0.1)


def test_a_process_that_begins_afresh_goes_on_from_the_difference_seen_before() -> None:
    assert ClockEstimate(0.1, 1000.0).age(900.0, 1000.0) == pytest.approx(99.9)
    assert ClockEstimate().age(900.0, 1000.0) == 0.0


def test_three_seconds_of_silence_is_when_rights_is_asked() -> None:
    assert not silent(3.0)
    assert silent(3.1)
    assert lost(300.1, 300.0)
    assert not lost(299.0, 300.0)
