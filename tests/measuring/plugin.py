"""Fixtures for what is measured: `scale`, `seed`, `figures`. A test that misses a bound fails, naming every miss."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.measuring.figures import Figures
from tests.measuring.ground import Scale
from tests.measuring.report import table, write

_BENCH = Path(__file__).parents[1] / "bench"
_TAKEN = pytest.StashKey[dict[Path, Figures]]()
_SEED = pytest.StashKey[int]()
# The everyday suite is the same every day: what chance finds in it would fail whoever happens to run it.
_EVERYDAY = 20261123


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed of this run, once: full runs look for what is not known yet, small ones for what was mended."""
    config.stash[_TAKEN] = {}
    chosen = random.SystemRandom().randrange(2**32) if _is_full() else _EVERYDAY
    config.stash[_SEED] = int(os.environ.get("CHORUS_SEED") or chosen)


def pytest_report_header(config: pytest.Config) -> str:
    """Say the seed, whatever happens later."""
    return f"seed {config.stash[_SEED]} (CHORUS_SEED=… plays it again)"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the benchmarks out of a run that did not name them."""
    named = any(_BENCH in (path := Path(arg.partition("::")[0]).resolve(), *path.parents) for arg in config.args)
    return True if collection_path == _BENCH and not named else None


def _is_full() -> bool:
    return os.environ.get("CHORUS_SCALE") == "full"


@pytest.fixture(scope="session")
def scale() -> Scale:
    """The size of this run: CHORUS_SCALE=full, or small."""
    return Scale(full=_is_full())


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """The number that every random choice of this run follows from."""
    return request.config.stash[_SEED]


@pytest.fixture
def figures(request: pytest.FixtureRequest, scale: Scale, seed: int) -> Iterator[Figures]:
    """What this test measures; all figures of a module make one section of the docs."""
    here = Figures(scale)
    yield here
    module = request.config.stash[_TAKEN].setdefault(request.path, Figures(scale))
    module.taken += here.taken
    module.notes += here.notes
    if scale.full:
        write(request.path, request.module.__doc__ or "", module, seed)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Fail a test whose figures miss their bounds."""
    result = yield
    here = pyfuncitem.funcargs.get("figures")
    if isinstance(here, Figures) and here.missed:
        pytest.fail("\n".join(["these figures miss their bounds:", *table(here.missed)]), pytrace=False)
    return result


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was measured."""
    for path, module in config.stash[_TAKEN].items():
        terminalreporter.section(f"{path.parent.name}/{path.stem}")
        for line in [*table(module.taken), *module.notes]:
            terminalreporter.write_line(line)
