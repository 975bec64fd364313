"""Collections: curated, ordered sets of posts, each post at a rank."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Invalid

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class Collection:
    """A collection of a brand."""

    brand: str
    collection: str
    title: str
    created_at: datetime


def checked(collection: Collection) -> Collection:
    """Give the collection back if it can be one; Invalid names every field that is wrong."""
    wrong = {}
    if not SLUG.fullmatch(collection.collection):
        wrong["collection"] = "Use 1 to 63 lower-case letters, digits and hyphens, starting with a letter or digit."
    if not collection.title.strip():
        wrong["title"] = "A collection needs a title."
    if wrong:
        raise Invalid(" ".join(wrong.values()), fields=wrong)
    return collection


def placed(ranks: Sequence[tuple[str, float]], posts: Sequence[str], before: str) -> dict[str, float]:
    """Give each post a rank at the end, or before another post; answers only the ranks that change.

    `ranks` are the collection's posts in order. Between two ranks there is room for many halvings; where there is none
    left, the whole collection is numbered afresh.
    """
    staying = [(post, rank) for post, rank in ranks if post not in posts]
    at = next((number for number, (post, _) in enumerate(staying) if post == before), len(staying))
    low = staying[at - 1][1] if at else None
    high = staying[at][1] if at < len(staying) else None
    fresh = _between(low, high, len(posts))
    if fresh is not None:
        return dict(zip(posts, fresh, strict=True))
    order = [*(post for post, _ in staying[:at]), *posts, *(post for post, _ in staying[at:])]
    return {post: float(number) for number, post in enumerate(order, start=1)}


def _between(low: float | None, high: float | None, count: int) -> list[float] | None:
    """Spread ranks evenly between two others; None where floating point has no room left."""
    if high is None:
        start = low or 0.0
        return [start + number for number in range(1, count + 1)]
    bottom = high - count - 1 if low is None else low
    step = (high - bottom) / (count + 1)
    ranks = [bottom + step * number for number in range(1, count + 1)]
    every = [bottom, *ranks, high]
    return ranks if all(left < right for left, right in itertools.pairwise(every)) else None
