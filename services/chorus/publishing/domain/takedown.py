"""A take-down: what was shown until its creator, or its source, ended that, and what confirmed that it is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chorus.publishing.domain.placement import Ending, Placement
from chorus.publishing.domain.surface import Surface
from chorus.scope import Use

# What a brand ends of its own accord nobody waits for.
CAUSES = frozenset({Ending.REVOKED, Ending.EXPIRED, Ending.SCOPE, Ending.EDITED, Ending.SOURCE_DELETED})
# By these uses something is handed out, which no address can call back.
HANDED_OUT = frozenset({Use.EMAIL, Use.IN_STORE, Use.PRINT})
# For so long what was told to endpoints is kept, and can still be taken by them.
PATIENCE = timedelta(days=14)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=15)


class What(StrEnum):
    """What was looked at."""

    FEED = "feed"
    CHANGES = "changes"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Look:
    """A public address as it answered a reader: `status` is HTTP's, 0 where nobody did; `gone` is what it showed."""

    what: What
    address: str
    status: int
    gone: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A placement that ended, and its surface as it was. `files` are the paths of its pictures.

    `looks` are the last ones. It is confirmed when all of them find the post gone, and then not looked at any more.
    """

    placement: str
    grant: str
    surface: str
    title: str
    address: str
    uses: tuple[Use, ...]
    rank: float
    files: tuple[str, ...]
    shown_from: datetime
    shown_until: datetime
    looks: tuple[Look, ...] = ()
    confirmed_at: datetime | None = None

    @property
    def not_recallable(self) -> tuple[Use, ...]:
        """Name the uses by which something was handed out that cannot be called back."""
        return tuple(each for each in self.uses if each in HANDED_OUT)

    def seen(self, looks: Sequence[Look] | None, now: datetime) -> Place:
        """Say what it is after a look; None: nobody looked at it."""
        if looks is None:
            return self
        gone = bool(looks) and all(each.gone for each in looks)
        return replace(self, looks=tuple(looks), confirmed_at=now if gone else None)


@dataclass(frozen=True, slots=True)
class Consumer:
    """An endpoint that was to be told: by one delivery for each surface that it is subscribed to."""

    endpoint: str
    title: str
    host: str
    deliveries: tuple[str, ...]
    confirmed_at: datetime | None = None

    def heard(self, taken: Mapping[str, datetime]) -> Consumer:
        """Say what it is, now that it took these deliveries: it is confirmed by the last of its own."""
        if self.confirmed_at or not all(each in taken for each in self.deliveries):
            return self
        return replace(self, confirmed_at=max(taken[each] for each in self.deliveries))


@dataclass(frozen=True, slots=True)
class Takedown:
    """What ended for one cause. `decided_at` is when, by the word of who decided; None while that is not known here.

    `next_look_at` is None before the first look, which is at the bound or, where the end came late, as long after that:
    before, caches and other processes may go on. One that is settled is not looked at any more.
    """

    takedown: str
    brand: str
    post: str
    cause: Ending
    decided_at: datetime | None
    ended_at: datetime
    places: tuple[Place, ...]
    consumers: tuple[Consumer, ...] = ()
    looks: int = 0
    issues: int = 0
    next_look_at: datetime | None = None
    settled: bool = False

    @property
    def began_at(self) -> datetime:
        """When the clock began to run; another clock that is ahead of the one here does not give more time."""
        return min(self.decided_at or self.ended_at, self.ended_at)

    @property
    def gone(self) -> str:
        """Name the post that may be seen no more; empty where it may, with other pictures."""
        return "" if self.cause is Ending.EDITED else self.post

    @property
    def open_places(self) -> tuple[Place, ...]:
        """The places that nothing has confirmed."""
        return tuple(each for each in self.places if each.confirmed_at is None)

    @property
    def awaited(self) -> tuple[str, ...]:
        """The deliveries by which somebody is to confirm."""
        return tuple(delivery for each in self.consumers if not each.confirmed_at for delivery in each.deliveries)

    @property
    def complete(self) -> bool:
        """Tell whether everything is confirmed."""
        return not self.open_places and not self.awaited

    @property
    def to_certify(self) -> bool:
        """Tell whether a certificate is due: the first at the bound, the last when nothing more is to come."""
        return self.issues == 0 or self.settled

    def moved(self, endpoint: str, host: str) -> Takedown:
        """Name the host that takes what an endpoint is told: it may be another one than when that was queued."""
        consumers = (replace(each, host=host) if each.endpoint == endpoint else each for each in self.consumers)
        return replace(self, consumers=tuple(consumers))

    def heard(self, taken: Mapping[str, datetime]) -> Takedown:
        """Say what it is, now that endpoints took these deliveries."""
        return replace(self, consumers=tuple(each.heard(taken) for each in self.consumers))

    def looked(self, found: Mapping[str, Sequence[Look]], taken: Mapping[str, datetime], now: datetime) -> Takedown:
        """Say what it is after a look: what was found of open places, by placement, and taken by endpoints."""
        places = tuple(each.seen(found.get(each.placement), now) for each in self.places)
        after = replace(self.heard(taken), places=places, looks=self.looks + 1)
        settled = after.complete or now - self.ended_at >= PATIENCE
        pause = min(_FIRST_PAUSE * 2.0 ** min(self.looks, 10), _LONGEST_PAUSE)
        return replace(after, settled=settled, next_look_at=None if settled else now + pause)


def begun(
    ended: Iterable[Placement],
    surfaces: Mapping[str, Surface],
    *,
    decided_at: datetime | None,
    now: datetime,
    new_id: Callable[[], str],
) -> list[Takedown]:
    """Say what is to be taken down of a post's placements that have just ended: one take-down for each cause.

    What nobody was ever shown is left out, and what ended for a brand's own reasons.
    """
    shown = [each for each in ended if each.placed_at is not None]
    causes = dict.fromkeys(each.ending for each in shown if each.ending in CAUSES)
    return [
        _begun(new_id(), cause, [each for each in shown if each.ending is cause], surfaces, decided_at, now)
        for cause in causes
        if cause is not None
    ]


def _begun(
    takedown: str,
    cause: Ending,
    ended: Sequence[Placement],
    surfaces: Mapping[str, Surface],
    decided_at: datetime | None,
    now: datetime,
) -> Takedown:
    first = ended[0]
    # A consent that ran out ended when it said that it would, whenever that was acted on.
    at = first.shown.valid_until if cause is Ending.EXPIRED else decided_at
    places = tuple(_place(each, surfaces[each.surface], now) for each in ended)
    return Takedown(takedown, first.brand, first.post, cause, at, now, places)


def _place(placement: Placement, surface: Surface, now: datetime) -> Place:
    definition = surface.definition
    return Place(
        placement=placement.placement,
        grant=placement.grant,
        surface=surface.surface,
        title=definition.title,
        address=definition.address,
        uses=tuple(use for use in Use if use in definition.scope.uses),
        rank=placement.rank,
        files=tuple(f"/media/{surface.public_key}/{placement.placement}/{each.file}" for each in placement.shown.files),
        shown_from=placement.placed_at or now,
        shown_until=placement.ended_at or now,
    )
