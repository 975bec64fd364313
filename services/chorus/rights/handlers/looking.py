"""What people and other services look up: the board, posts' rights, grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Invalid
from chorus.rights.domain.board import Column, Filter, place
from chorus.rights.domain.contact import ContactPolicy
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant
from chorus.rights.domain.link import Brand
from chorus.rights.domain.request import Request
from chorus.rights.domain.standing import StandingConsent, lasting
from chorus.rights.domain.thread import Event
from chorus.rights.domain.words import permits, summary
from chorus.rights.ports import Row, Store
from chorus.scope import GrantedScope

MOST_POSTS = 100
MOST_GRANTS = 1_000


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the board, with what it stands for, and since when it lies there."""

    dossier: Dossier
    at: datetime | None
    request: Request | None
    grant: Grant | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one post's rights stand, also in words."""

    dossier: Dossier
    column: Column | None
    summary: str
    permits: str
    # The standing consent that was given with an answer about the post; the one that lasts longest.
    consent: StandingConsent | None


@dataclass(frozen=True, slots=True)
class Thread:
    """What happened about a post's rights, the oldest first, and what it happened to."""

    dossier: Dossier
    brand: Brand
    policy: ContactPolicy
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Checked:
    """How grants stand: by id, and those active ones that permit less than when they were given."""

    active: list[str]
    ended: list[str]
    narrowed: list[GrantedScope]


def cards(
    store: Store, brand: str, column: Column, wanted: Filter, *, now: datetime, after: Row | None, limit: int
) -> tuple[list[Card], Row | None]:
    """List a page of a column; answers also where the next page starts, None after the last."""
    rows = store.page(brand, column, wanted, now=now, after=after, limit=limit + 1)
    shown = rows[:limit]
    dossiers = {dossier.post.post: dossier for dossier in store.read(brand, [each.post for each in shown])}
    found = [_card(dossiers[each.post]) for each in shown if each.post in dossiers]
    return found, shown[-1] if len(rows) > limit else None


def thread(store: Store, brand: str, post: str) -> Thread | None:
    """Look up what happened about a post's rights; None where the post has not arrived."""
    dossier = next(iter(store.read(brand, [post])), None)
    if dossier is None:
        return None
    return Thread(dossier, store.brand(brand), store.contact_policy(brand), store.thread(brand, post))


def standings(store: Store, brand: str, posts: Sequence[str], now: datetime) -> list[Standing]:
    """Look up posts' rights; those without any are left out."""
    check_posts(posts)
    name = store.brand(brand).name
    given = store.standing(brand, posts=posts)
    return [_standing(dossier, name, given, now) for dossier in store.read(brand, posts) if _any(dossier)]


def check_posts(posts: Sequence[str]) -> None:
    """Raise `Invalid` where more posts are asked for than anybody looks at."""
    if len(posts) > MOST_POSTS:
        problem = f"Ask for {MOST_POSTS} posts at most."
        raise Invalid(problem, fields={"posts": problem})


def check_grants(store: Store, grants: Sequence[str], now: datetime) -> Checked:
    """Tell which of these grants permit anything now, and which are over; one unknown or not yet valid is neither."""
    if len(grants) > MOST_GRANTS:
        problem = f"Ask for {MOST_GRANTS} grants at most."
        raise Invalid(problem, fields={"grants": problem})
    return Checked(store.active(grants, now), store.ended(grants, now), store.narrowed(grants, now))


def _standing(dossier: Dossier, brand: str, given: Sequence[StandingConsent], now: datetime) -> Standing:
    where = place(dossier)
    column = where.column_now(now) if where else None
    consent = lasting(each for each in given if each.post == dossier.post.post)
    return Standing(dossier, column, summary(dossier, brand, column), permits(dossier), consent)


def _card(dossier: Dossier) -> Card:
    where = place(dossier)
    request = dossier.request(where.request) if where else None
    grant = next((each for each in dossier.grants if where and each.grant == where.grant), None)
    return Card(dossier, where.at if where else None, request, grant)


def _any(dossier: Dossier) -> bool:
    return bool(dossier.requests or dossier.grants or place(dossier))
