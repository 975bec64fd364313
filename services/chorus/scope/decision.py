"""Whether grants permit a use: only if the use lies inside one grant on every axis."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from chorus.scope.scope import Scope, Use
from chorus.scope.words import listed, phrase

_WITHOUT_END = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class GrantedScope:
    """One grant that was neither revoked nor ended otherwise, as far as this decision needs it."""

    grant: str
    scope: Scope
    valid_from: datetime
    # None: without end.
    valid_until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether the grant runs at `now`: from its start, until just before its end."""
        return self.valid_from <= now < (self.valid_until or _WITHOUT_END)


def permits(grants: Iterable[GrantedScope], use: Scope, now: datetime) -> tuple[bool, str]:
    """Decide whether `use` is permitted at `now`, and say why in one sentence for people."""
    held = list(grants)
    chosen = permitting(held, use, now)
    if chosen is not None:
        return True, "The creator allowed this use."
    running = [grant for grant in held if grant.holds(now)]
    if not running:
        return False, "What the creator allowed has ended." if held else "The creator has not allowed any use."
    nearest = min((shortfall(grant.scope, use) for grant in running), key=len)
    return False, f"The creator has not allowed {listed(nearest, 'or')}."


def permitting(grants: Iterable[GrantedScope], use: Scope, now: datetime) -> GrantedScope | None:
    """Choose the grant that permits `use` at `now`, the one that lasts longest; None where none does."""
    fitting = (grant for grant in grants if grant.holds(now) and contains(grant.scope, use))
    return max(fitting, key=lambda grant: (grant.valid_until or _WITHOUT_END, grant.grant), default=None)


def contains(outer: Scope, inner: Scope) -> bool:
    """Tell whether everything in `inner` is in `outer`. A scope without any use is in nothing."""
    return not shortfall(outer, inner)


def common(one: Scope, other: Scope) -> Scope:
    """Answer what lies in both scopes. Without a country in common that is no use at all."""
    territories = one.territories & other.territories or one.territories or other.territories
    apart = one.territories and other.territories and not one.territories & other.territories
    return Scope(
        frozenset() if apart else one.uses & other.uses,
        one.paid and other.paid,
        territories,
        one.derivatives and other.derivatives,
        one.exclusive and other.exclusive,
    )


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Answer the earlier of two ends; None is without end."""
    return min((end for end in (one, other) if end is not None), default=None)


def shortfall(outer: Scope, inner: Scope) -> list[str]:
    """Name what `inner` needs and `outer` does not give, axis by axis; empty where it fits."""
    if not inner.uses:
        return ["a use that nobody named"]
    missing = [f"use {phrase(use)}" for use in Use if use in inner.uses - outer.uses]
    if inner.paid and not outer.paid:
        missing.append("paid promotion")
    if not _inside(outer.territories, inner.territories):
        missing.append("every country where it would be shown")
    if inner.derivatives and not outer.derivatives:
        missing.append("cropping or overlays")
    if inner.exclusive and not outer.exclusive:
        missing.append("showing it exclusively")
    return missing


def _inside(outer: frozenset[str], inner: frozenset[str]) -> bool:
    """Compare territories, where empty is the whole world."""
    return not outer or (bool(inner) and inner <= outer)
