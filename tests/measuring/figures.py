"""Figures: what was measured, the bound that it has to hold, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.measuring.ground import Calibration, Scale, calibrate


@dataclass(frozen=True)
class Figure:
    """One line of a results table."""

    what: str
    ours: str
    peer: str
    ratio: str
    bound: str
    holds: bool
    judged: bool

    @property
    def verdict(self) -> str:
        """Say in a word how it went; a goal alone is no bound that could be missed."""
        if not self.bound or self.bound.startswith("goal"):
            return ""
        return ("holds" if self.holds else "MISSES") + ("" if self.judged else " (not judged)")


@dataclass
class Figures:
    """The figures of one module, in the order in which they were taken."""

    scale: Scale
    taken: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _calibration: Calibration | None = None

    @property
    def calibration(self) -> Calibration:
        """The machine's speed, measured once, when it is first asked for."""
        if self._calibration is None:
            self._calibration = calibrate()
        return self._calibration

    @property
    def missed(self) -> list[Figure]:
        """The figures that are judged and miss their bound."""
        return [figure for figure in self.taken if figure.judged and not figure.holds]

    def count(
        self, what: str, value: float, *, at_most: float | None = None, at_least: float | None = None, unit: str = ""
    ) -> None:
        """Take a count, a size or anything else that no machine's speed changes: its bound is always held."""
        holds, bound = _hold(value, at_most, at_least, unit)
        self._take(Figure(what, _show(value, unit), "", "", bound, holds, judged=True))

    def ratio(
        self,
        what: str,
        ours: float,
        peer: float,
        *,
        unit: str,
        peer_name: str,
        at_least: float | None = None,
        at_most: float | None = None,
        goal: float | None = None,
    ) -> None:
        """Take ours and a peer's from one run; the bound is on ours / peer, and held by full runs."""
        ratio = ours / peer
        holds, bound = _hold(ratio, at_most, at_least, "×")
        peer_shown = f"{_show(peer, unit)} ({peer_name})"
        bound = _with_goal(bound, goal, "×")
        self._take(
            Figure(what, _show(ours, unit), peer_shown, f"{ratio:.2f} ×", bound, holds, judged=self.scale.full),
        )

    def speed(
        self,
        what: str,
        value: float,
        *,
        unit: str,
        at_most: float | None = None,
        at_least: float | None = None,
        goal: float | None = None,
    ) -> None:
        """Take seconds, or something per second: held by full runs, on a machine at its usual speed."""
        holds, bound = _hold(value, at_most, at_least, unit)
        judged = bool(bound) and self.scale.full and self.calibration.usual
        bound = _with_goal(bound, goal, unit)
        self._take(Figure(what, _show(value, unit), "", "", bound, holds, judged))

    def note(self, text: str) -> None:
        """Add a line of plain words to the section."""
        self.notes.append(text)

    def _take(self, figure: Figure) -> None:
        self.taken.append(figure)


def _hold(value: float, at_most: float | None, at_least: float | None, unit: str) -> tuple[bool, str]:
    holds = (at_most is None or value <= at_most) and (at_least is None or value >= at_least)
    bounds = [f"≤ {_show(at_most, unit)}"] if at_most is not None else []
    bounds += [f"≥ {_show(at_least, unit)}"] if at_least is not None else []
    return holds, ", ".join(bounds)


def _with_goal(bound: str, goal: float | None, unit: str) -> str:
    return ", ".join([*filter(None, [bound]), *([f"goal {_show(goal, unit)}"] if goal is not None else [])])


def _show(value: float, unit: str) -> str:
    exact = isinstance(value, int) or value == int(value) or abs(value) >= 1000
    number = f"{value:,.0f}" if exact else f"{value:.3g}"
    return f"{number} {unit}".strip()
