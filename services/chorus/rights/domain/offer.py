"""What is asked of a creator, or was agreed to with an upload."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chorus.errors import Invalid
from chorus.rights.domain.terms import SLUG, Terms
from chorus.scope import Scope, Use, contains, problems

MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class SurfaceShown:
    """A surface as the creator is shown it: what it is called, where people see it, and what it needs."""

    surface: str
    title: str
    address: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Span:
    """A time, from its start until just before its end."""

    starts: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A scope, for so many days (0: without end), on the surfaces shown, `under` one text of terms.

    `standing` is asked beside it: the same of what the account posts within that time.
    """

    scope: Scope
    surfaces: tuple[SurfaceShown, ...]
    days: int
    terms: str = ""
    terms_version: int = 0
    terms_sha256: str = ""
    terms_language: str = ""
    # Whoever is younger needs a guardian who agrees; 0: nobody is asked.
    minimum_age: int = 0
    standing: Span | None = None

    def under(self, terms: Terms) -> Offer:
        """Offer the same under these terms."""
        return replace(
            self,
            terms=terms.terms,
            terms_version=terms.version,
            terms_sha256=terms.sha256,
            terms_language=terms.language,
            minimum_age=terms.minimum_age,
        )

    def ends(self, start: datetime) -> datetime | None:
        """Tell when what is given at `start` ends; None is never."""
        return start + timedelta(days=self.days) if self.days else None

    def narrowed(self, uses: Iterable[Use]) -> Offer:
        """Keep only these uses, and the surfaces that still fit; no uses keeps all. Invalid where it would widen."""
        kept = frozenset(uses) or self.scope.uses
        if not kept <= self.scope.uses:
            message = "This allows more than was asked."
            raise Invalid(message, fields={"uses": "Choose among the uses that were asked for."}, reason="WIDER")
        scope = replace(self.scope, uses=kept)
        shown = tuple(surface for surface in self.surfaces if contains(scope, surface.scope))
        return replace(self, scope=scope, surfaces=shown)


def check_offer(scope: Scope, surfaces: Iterable[SurfaceShown], days: int) -> None:
    """Raise `Invalid` with every field that is wrong with what somebody wants to ask."""
    if fields := offer_problems(scope, surfaces, days):
        message = "This cannot be asked as it is."
        raise Invalid(message, fields=fields)


def offer_problems(scope: Scope, surfaces: Iterable[SurfaceShown], days: int) -> dict[str, str]:
    """Say what is wrong with each field; empty where nothing is."""
    fields = {f"scope.{name}": problem for name, problem in problems(scope).items()}
    for index, surface in enumerate(surfaces):
        if problem := _surface_problem(surface, scope):
            fields[f"surfaces[{index}]"] = problem
    if not 0 <= days <= MOST_DAYS:
        fields["days"] = f"From 1 to {MOST_DAYS}, or 0 for a grant without end."
    return fields


def _surface_problem(surface: SurfaceShown, scope: Scope) -> str:
    if not SLUG.fullmatch(surface.surface):
        return "Not the id of a surface."
    return "" if contains(scope, surface.scope) else "This surface needs more than what is asked for."
