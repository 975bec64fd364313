"""What to do about a post, on every surface of its brand, so that what is shown is what may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus.publishing.domain.decision import Fit, decide, ending
from chorus.publishing.domain.grant import Grant
from chorus.publishing.domain.placement import Ending, Placement
from chorus.publishing.domain.post import Post
from chorus.publishing.domain.shown import Shown, show
from chorus.publishing.domain.surface import Surface


@dataclass(frozen=True, slots=True)
class Start:
    """Place the post on a surface."""

    surface: str
    grant: str
    shown: Shown
    rank: float


@dataclass(frozen=True, slots=True)
class Change:
    """Go on showing it, differently."""

    placement: Placement
    grant: str
    shown: Shown
    rank: float


@dataclass(frozen=True, slots=True)
class End:
    """Take it off, at once."""

    placement: Placement
    ending: Ending


Step = Start | Change | End


def plan(
    post: Post, surfaces: Iterable[Surface], grants: Sequence[Grant], placements: Sequence[Placement], now: datetime
) -> list[Step]:
    """Plan for one post; `placements` are those of it that are placing, live or held.

    Steps come surface by surface, in the order given: each step locks its surface's row, and two transactions that
    lock the same rows in two orders would wait for each other.
    """
    current = {each.surface: each for each in placements}
    return [step for surface in surfaces for step in _steps(post, surface, grants, current.get(surface.surface), now)]


def _steps(
    post: Post, surface: Surface, grants: Sequence[Grant], current: Placement | None, now: datetime
) -> Iterator[Step]:
    fit = decide(post, surface, grants, now)
    if not fit.ok:
        if current is not None:
            held = next((each for each in grants if each.grant == current.grant), None)
            yield End(current, ending(fit, held, now))
        return
    start = _start(post, surface, fit)
    if current is None:
        yield start
    elif _written(start.shown) != _written(current.shown):
        # Other pictures are another placement, and so is another word by which they are shown, since it stands in them:
        # addresses of what is gone must end with it.
        yield End(current, Ending.EDITED)
        yield start
    elif (start.shown, start.grant, start.rank) != (_unsized(current.shown), current.grant, current.rank):
        sizes = {each.file: each.bytes for each in current.shown.files}
        yield Change(current, start.grant, start.shown.with_sizes(sizes), start.rank)


def _start(post: Post, surface: Surface, fit: Fit) -> Start:
    assert fit.revision is not None  # noqa: S101 -- a fit that is ok has both
    assert fit.grant is not None  # noqa: S101
    rank = post.collections.get(surface.definition.rule.collection, 0.0)
    return Start(surface.surface, fit.grant.grant, show(post, fit.revision, fit.grant), rank)


def _written(shown: Shown) -> tuple[tuple[str, ...], bool]:
    return _files(shown), shown.attested


def _files(shown: Shown) -> tuple[str, ...]:
    return tuple(each.file for each in shown.files)


def _unsized(shown: Shown) -> Shown:
    return shown.with_sizes(dict.fromkeys(_files(shown), 0))
