"""Figures hold their bounds: counts always, ratios in full runs, seconds only on a machine at its usual speed."""

import pytest

from tests.measuring import Figures, Scale, loopback, tool
from tests.measuring.ground import USUAL_SECONDS, Calibration


def full(seconds: float = USUAL_SECONDS) -> Figures:
    return Figures(Scale(full=True), _calibration=Calibration(seconds))


def test_a_count_over_its_bound_is_a_miss_at_every_size() -> None:
    for figures in (full(), Figures(Scale(full=False))):
        figures.count("lost", 1, at_most=0)
        assert [figure.what for figure in figures.missed] == ["lost"]


def test_a_ratio_is_ours_over_the_peers_and_judged_in_full_runs_only() -> None:
    figures, small = full(), Figures(Scale(full=False))
    for each in (figures, small):
        each.ratio("reads", 40.0, 100.0, unit="/s", peer_name="nginx", at_least=0.45)
    assert [figure.ratio for figure in figures.missed] == ["0.40 ×"]
    assert not small.missed


def test_seconds_are_not_judged_on_a_slow_machine() -> None:
    slow, usual = full(10 * USUAL_SECONDS), full()
    for figures in (slow, usual):
        figures.speed("drained", 61.0, unit="s", at_most=60)
    assert not slow.missed
    assert [figure.bound for figure in usual.missed] == ["≤ 60 s"]


def test_what_is_within_its_bound_is_no_miss() -> None:
    figures = full()
    figures.count("rows", 5000, at_least=5000, at_most=5000)
    figures.speed("p99", 12.5, unit="ms", at_most=20, goal=10)
    assert not figures.missed


def test_a_goal_stands_beside_the_bound_or_alone_and_is_no_bound() -> None:
    figures = full()
    figures.ratio("reads", 50.0, 100.0, unit="/s", peer_name="nginx", at_least=0.45, goal=0.6)
    figures.ratio("look-ups", 2.0, 1.0, unit="ms", peer_name="faiss", goal=1.0)
    assert [figure.bound for figure in figures.taken] == ["≥ 0.45 ×, goal 0.6 ×", "goal 1 ×"]
    assert [figure.verdict for figure in figures.taken] == ["holds", ""]
    assert not figures.missed


@pytest.mark.parametrize("url", ["http://127.0.0.1:80/", "http://[::1]/", "http://localhost:8080/x"])
def test_this_machine_may_be_sent_to(url: str) -> None:
    assert loopback(url) == url


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "http://brand.example/", "http://127.0.0.1.nip.example/", "x"])
def test_no_other_machine_may_be_sent_to(url: str) -> None:
    with pytest.raises(ValueError, match="not on this machine"):
        loopback(url)


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(RuntimeError, match="apt-get install nothing-at-all"):
        tool("no-such-program", package="nothing-at-all")
