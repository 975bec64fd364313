"""How long to pause between tries."""

from __future__ import annotations

from chorus.platform.backoff import FIRST_SECONDS, LONGEST_SECONDS, Backoff


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def failing(backoff: Backoff, clock: Clock, times: int, *, lasting: float = 0.0) -> list[float]:
    """Fail so often, each try after its pause and `lasting` seconds long."""
    pauses = []
    for _ in range(times):
        pauses.append(backoff.pause())
        clock.now += pauses[-1] + lasting
    return pauses


def test_each_pause_is_twice_the_one_before_up_to_the_longest() -> None:
    pauses = failing(Backoff(clock := Clock()), clock, 9)
    assert pauses[:3] == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS]
    assert pauses[-2:] == [LONGEST_SECONDS, LONGEST_SECONDS]


def test_after_a_good_time_the_pause_is_short_again() -> None:
    backoff = Backoff(clock := Clock())
    failing(backoff, clock, 9)
    clock.now += LONGEST_SECONDS + 0.01
    assert failing(backoff, clock, 2) == [FIRST_SECONDS, 2 * FIRST_SECONDS]


def test_tries_that_fail_slowly_go_on_failing() -> None:
    pauses = failing(Backoff(clock := Clock()), clock, 9, lasting=LONGEST_SECONDS - 0.01)
    assert pauses[-1] == LONGEST_SECONDS
