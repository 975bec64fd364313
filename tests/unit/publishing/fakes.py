"""A store in memory, which keeps the same contract as the one in PostgreSQL, and a public area of dictionaries."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chorus.errors import Conflict, NotFound
from chorus.publishing.domain.grant import Grant
from chorus.publishing.domain.labels import Labels
from chorus.publishing.domain.placement import Ending, Hold, Placement, State
from chorus.publishing.domain.post import Post
from chorus.publishing.domain.shown import Copy
from chorus.publishing.domain.surface import Surface
from chorus.publishing.domain.takedown import Consumer, Takedown
from chorus.publishing.ports import Brand, ChangeType, Walk

ACTIVE = {State.PLACING, State.LIVE, State.HELD}


def ids(prefix: str = "p") -> Callable[[], str]:
    """Make ids that sort in the order in which they were made."""
    count = itertools.count(1)
    return lambda: f"{prefix}{next(count):04}"


@dataclass
class FakeStore:
    """Implements `ports.Store` in memory; there is one transaction, which is always committed."""

    known: dict[tuple[str, str], Post] = field(default_factory=dict)
    granted: dict[tuple[str, str], dict[str, Grant]] = field(default_factory=dict)
    dues: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    brands: dict[str, Brand] = field(default_factory=dict)
    defined: dict[tuple[str, str], Surface] = field(default_factory=dict)
    walks: dict[tuple[str, str], Walk] = field(default_factory=dict)
    begun: int = 0
    placed: dict[str, Placement] = field(default_factory=dict)
    changes: list[tuple[str, str, int]] = field(default_factory=list)
    told: list[tuple[State, str]] = field(default_factory=list)
    parked_posts: set[tuple[str, str]] = field(default_factory=set)
    age: float = math.inf
    asked_age: float = math.inf
    confirmed: dict[tuple[str, str, str], float] = field(default_factory=dict)
    woken: int = 0
    begun_takedowns: dict[str, Takedown] = field(default_factory=dict)
    deliveries: dict[str, datetime] = field(default_factory=dict)
    certificates: list[tuple[str, int, bool, str]] = field(default_factory=list)

    def lock(self, brand: str, post: str) -> None:
        """Nobody else is here."""

    def stay(self, brand: str) -> None:
        """Nobody else is here."""

    def redefine(self, brand: str) -> None:
        """Nobody else is here."""

    def post(self, brand: str, post: str) -> Post:
        return self.known.get((brand, post), Post(brand, post))

    def keep_post(self, post: Post) -> None:
        self.known[post.brand, post.post] = post

    def add_posts(self, posts: Sequence[Post]) -> set[tuple[str, str]]:
        new = {(each.brand, each.post): each for each in reversed(posts)}
        added = new.keys() - self.known.keys()
        self.known |= {key: new[key] for key in added}
        return added

    def grants(self, brand: str, post: str) -> Sequence[Grant]:
        return list(self.granted.get((brand, post), {}).values())

    def keep_grant(self, brand: str, post: str, grant: Grant, due_at: datetime | None) -> None:
        self.granted.setdefault((brand, post), {})[grant.grant] = grant
        self.dues.pop((brand, post, grant.grant), None)
        if due_at:
            self.dues[brand, post, grant.grant] = due_at

    def keep_brand(self, brand: Brand) -> None:
        self.brands[brand.brand] = brand

    def due(self, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        ripe = sorted((at, brand, post) for (brand, post, _), at in self.dues.items() if at <= now)
        return list(dict.fromkeys((brand, post) for _, brand, post in ripe))[:limit]

    def parked(self, brand: str, post: str) -> bool:
        return (brand, post) in self.parked_posts

    def surface(self, brand: str, surface: str) -> Surface:
        if (brand, surface) not in self.defined:
            raise NotFound(surface, reason="NO_SUCH_SURFACE")
        return self.defined[brand, surface]

    def surfaces(self, brand: str, after: str = "", limit: int | None = None) -> Sequence[Surface]:
        mine = sorted(name for owner, name in self.defined if owner == brand and name > after)
        return [self.defined[brand, name] for name in mine[:limit]]

    def add_surface(self, surface: Surface) -> None:
        if (surface.brand, surface.surface) in self.defined:
            raise Conflict(surface.surface, reason="ALREADY_EXISTS")
        self.defined[surface.brand, surface.surface] = surface

    def keep_surface(self, surface: Surface, now: datetime) -> None:
        before = self.surface(surface.brand, surface.surface)
        kept = replace(surface, version=before.version + 1, changed_at=now)
        self.defined[surface.brand, surface.surface] = kept

    def begin_walk(self, brand: str, surface: str) -> None:
        self.begun += 1
        self.walks[brand, surface] = Walk(brand, surface, "", self.begun)

    def walk(self) -> Walk | None:
        return next(iter(self.walks.values()), None)

    def walk_next(self, walk: Walk, limit: int) -> Sequence[str]:
        approved = {
            each.post
            for each in self.known.values()
            if each.brand == walk.brand and each.approved_revision is not None and each.withdrawn is None
        }
        shown = {each.post for each in self.active_on(walk.brand, walk.surface)}
        return sorted(each for each in approved | shown if each > walk.after)[:limit]

    def walk_on(self, walk: Walk, to: str | None) -> None:
        if self.walks.get((walk.brand, walk.surface)) != walk:
            return
        del self.walks[walk.brand, walk.surface]
        if to is not None:
            self.walks[walk.brand, walk.surface] = replace(walk, after=to)

    def placement(self, placement: str) -> Placement:
        if placement not in self.placed:
            raise NotFound(placement, reason="NO_SUCH_PLACEMENT")
        return self.placed[placement]

    def active(self, brand: str, post: str) -> Sequence[Placement]:
        return [each for each in self._active() if (each.brand, each.post) == (brand, post)]

    def active_on(self, brand: str, surface: str) -> Sequence[Placement]:
        return [each for each in self._active() if (each.brand, each.surface) == (brand, surface)]

    def add_placement(self, placement: Placement) -> None:
        self.placed[placement.placement] = placement

    def keep_placement(self, placement: Placement, now: datetime) -> int:
        self.placed[placement.placement] = placement
        return self._bump(placement.brand, placement.surface, now)

    def end_all(self, brand: str, surface: str, ending: Ending, now: datetime) -> None:
        for each in self.active_on(brand, surface):
            over = replace(each, state=State.WITHDRAWING, hold=None, ending=ending, ended_at=now)
            self.placed[each.placement] = over
        self._bump(brand, surface, now)

    def forget_shown(self, brand: str, post: str) -> None:
        for name, each in self.placed.items():
            over = each.state in {State.WITHDRAWING, State.WITHDRAWN}
            if (each.brand, each.post) == (brand, post) and over:
                shown = replace(each.shown, text="", url="", author="", author_url="", credit="", language="")
                self.placed[name] = replace(each, shown=replace(shown, tags=(), media=()))
        for number, grant in self.granted.get((brand, post), {}).items():
            self.granted[brand, post][number] = replace(grant, credit="", media_sha256=frozenset())

    def record_change(self, placement: Placement, kind: ChangeType, version: int, now: datetime) -> None:
        self.changes.append((kind, placement.placement, version))

    def say(self, placement: Placement, links: Sequence[str], now: datetime) -> None:
        self.told.append((placement.state, placement.placement))

    def wake(self) -> None:
        self.woken += 1

    def rights_age(self) -> float:
        return min(self.age, self.asked_age)

    def heard_age(self) -> float:
        return self.age

    def confirmed_age(self, brand: str, post: str, grant: str) -> float:
        return self.confirmed.get((brand, post, grant), math.inf)

    def in_state(self, state: State, hold: Hold | None, limit: int) -> Sequence[Placement]:
        found = [each for each in self.placed.values() if each.state is state and hold in {None, each.hold}]
        return sorted(found, key=lambda each: each.placement)[:limit]

    def held_though_known(self, within: float) -> Sequence[Placement]:
        return [
            each
            for each in self.in_state(State.HELD, Hold.LEASE, 100)
            if min(self.age, self.confirmed_age(each.brand, each.post, each.grant)) <= within
        ]

    def held_wrongly(self) -> Sequence[Placement]:
        return [each for each in self.in_state(State.HELD, Hold.PARKED, 100) if not self.parked(each.brand, each.post)]

    def shown_though_parked(self) -> Sequence[Placement]:
        return [each for each in self.in_state(State.LIVE, None, 100) if self.parked(each.brand, each.post)]

    def consumers(self, placements: Sequence[str]) -> Sequence[Consumer]:
        return []

    def replaced(self, placement: Placement) -> Placement | None:
        mine = [
            each for each in self.placed.values() if (each.post, each.surface) == (placement.post, placement.surface)
        ]
        before = [each for each in mine if each.placement < placement.placement and each.placed_at]
        last = max(before, key=lambda each: each.placement, default=None)
        named = {place.placement for each in self.begun_takedowns.values() for place in each.places}
        return last if last and last.ending is Ending.EDITED and last.placement not in named else None

    def add_takedown(self, takedown: Takedown) -> None:
        self.begun_takedowns[takedown.takedown] = takedown

    def takedown(self, takedown: str) -> Takedown:
        if takedown not in self.begun_takedowns:
            raise NotFound(takedown, reason="NO_SUCH_TAKEDOWN")
        return self.begun_takedowns[takedown]

    def keep_takedown(self, takedown: Takedown) -> None:
        self.begun_takedowns[takedown.takedown] = takedown

    def undated_takedowns(self, brand: str, post: str) -> Sequence[Takedown]:
        mine = [each for each in self._open() if (each.brand, each.post) == (brand, post)]
        return [each for each in mine if each.decided_at is None]

    def due_takedowns(self, now: datetime, bound: timedelta, limit: int) -> Sequence[Takedown]:
        due = [each for each in self._open() if (each.next_look_at or each.ended_at + bound) <= now]
        return sorted(due, key=lambda each: each.next_look_at or each.began_at)[:limit]

    def awaiting(self, delivery: str) -> Sequence[Takedown]:
        return [each for each in self._open() if delivery in each.awaited]

    def taken(self, deliveries: Sequence[str]) -> Mapping[str, datetime]:
        return {each: self.deliveries[each] for each in deliveries if each in self.deliveries}

    def add_certificate(self, takedown: Takedown, document: str, now: datetime) -> None:
        self.certificates.append((takedown.takedown, takedown.issues, takedown.complete, document))

    def _open(self) -> list[Takedown]:
        return [each for each in self.begun_takedowns.values() if not each.settled]

    def _active(self) -> list[Placement]:
        return [each for _, each in sorted(self.placed.items()) if each.state in ACTIVE]

    def _bump(self, brand: str, surface: str, now: datetime) -> int:
        bumped = replace(self.defined[brand, surface], version=self.defined[brand, surface].version + 1, changed_at=now)
        self.defined[brand, surface] = bumped
        return bumped.version


@dataclass
class FakeArea:
    """Implements `ports.PublicArea`: previews by key, public renditions by key."""

    previews: set[str]
    public: dict[str, Labels] = field(default_factory=dict)

    def publish(self, prefix: str, copies: Iterable[Copy], labels: Labels) -> dict[str, int]:
        sizes = {}
        for copy in copies:
            if copy.source not in self.previews:
                raise NotFound(copy.source)
            self.public[prefix + copy.file] = labels
            sizes[copy.file] = len(copy.file)
        return sizes

    def clear(self, prefix: str) -> None:
        for key in [key for key in self.public if key.startswith(prefix)]:
            del self.public[key]
