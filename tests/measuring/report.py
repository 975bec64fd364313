"""Writes what a run measured into the docs: each module has a section, and a run rewrites only its own."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from tests.measuring.figures import Figure, Figures
from tests.measuring.ground import machine, tool

ROOT = Path(__file__).parents[2]
_BENCHMARKS = """# Benchmarks

Written by `make bench`, which fails when a bound is missed. Each peer runs beside Chorus, in turns, in one run: quote
the ratios. Seconds are judged only where the calibration loop finds the machine at its usual speed.
"""
_PROMISES = """# Promises

Written by `make hostile` and `make chaos`, which fail when a bound is missed; smaller runs of the same tests are part
of `make test`. Each run prints its seed, and `CHORUS_SEED=… make chaos` plays it again. Seconds are judged only where
the calibration loop finds the machine at its usual speed.
"""
_PAGES = {
    "bench": ("benchmarks.md", _BENCHMARKS),
    "hostile": ("promises.md", _PROMISES),
    "chaos": ("promises.md", _PROMISES),
}


def write(test: Path, docstring: str, figures: Figures, seed: int) -> Path:
    """Put the section of one test module into its page, in the order of the headings; return the page."""
    name, head = _PAGES[test.parent.name]
    page = ROOT / "docs" / name
    sections = _sections(page.read_text(encoding="utf-8")) if page.exists() else {}
    sections[str(test.relative_to(ROOT))] = _section(test.relative_to(ROOT), docstring, figures, seed)
    page.write_text(head + "".join(sorted(sections.values(), key=_order)), encoding="utf-8")
    return page


def _sections(text: str) -> dict[str, str]:
    pattern = r"\n<!-- (\S+) -->\n.*?<!-- end -->\n"
    return {found[1]: found[0] for found in re.finditer(pattern, text, re.DOTALL)}


def _order(section: str) -> tuple[int, str]:
    """Promises by their number, everything else by its heading."""
    heading = re.search(r"^## (?:P(\d+))?(.*)$", section, re.MULTILINE)
    assert heading
    return int(heading[1] or 0), heading[2]


def _section(test: Path, docstring: str, figures: Figures, seed: int) -> str:
    title, _, prose = docstring.strip().partition("\n")
    lines = [
        f"\n<!-- {test} -->",
        f"## {title.rstrip('.')}\n",
        f"{prose.strip()}\n",
        f"`make {test.parent.name} ARGS={test}`, seed {seed}, {datetime.now(UTC):%Y-%m-%d}, commit {_commit()}.",
        f"{machine()}; {figures.calibration}.\n",
        *table(figures.taken),
        *(f"- {note}" for note in figures.notes),
    ]
    return "\n".join(lines).rstrip() + "\n<!-- end -->\n"


def table(taken: list[Figure]) -> list[str]:
    """Return the figures as a Markdown table, without the columns that nothing fills."""
    if not taken:
        return []
    rows = [(f.what, f.ours, f.peer, f.ratio, f.bound, f.verdict) for f in taken]
    heads = ("what", "Chorus", "peer", "ratio", "bound", "")
    used = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    lines = [[heads[i] for i in used], ["---"] * len(used), *([row[i] for i in used] for row in rows)]
    return ["| " + " | ".join(line) + " |" for line in lines] + [""]


def _commit() -> str:
    git = tool("git", package="git")
    asked = subprocess.run([git, "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"
