"""Asking a creator: a question and the links that lead to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chorus.errors import Conflict, Invalid, NotFound, Unavailable
from chorus.rights.domain.asking import Question, ask, check_askable, check_new
from chorus.rights.domain.contact import public_words
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.link import Link
from chorus.rights.domain.offer import Offer, Span, SurfaceShown, check_offer
from chorus.rights.domain.opting import check_wish
from chorus.rights.domain.reply import check_reply
from chorus.rights.domain.request import Channel, Request
from chorus.rights.domain.standing import check_standing
from chorus.rights.domain.terms import Terms
from chorus.rights.domain.thread import Event, Kind
from chorus.rights.handlers import contacting
from chorus.rights.handlers.contacting import check_contact, contact, first_reminder, fresh_code, keep_address
from chorus.rights.handlers.means import Means
from chorus.rights.handlers.opting import wishes
from chorus.rights.handlers.terms import check_message, find_terms
from chorus.rights.ports import Store, Vault
from chorus.scope import Scope

# As many pictures as somebody looks through before one answer.
MOST_POSTS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to ask, as it was entered; empty terms are the newest, version 0 is the newest."""

    scope: Scope
    surfaces: tuple[SurfaceShown, ...]
    days: int
    message: str
    terms: str = ""
    terms_version: int = 0
    # Refuse, rather than ask again.
    only_new: bool = False
    channel: Channel = Channel.LINK
    # Where to write to; empty: where the creator was written to before.
    email: str = ""
    # Ask also for what the account posts within this time.
    standing: Span | None = None


@dataclass(frozen=True, slots=True)
class Reminded:
    """Of which open request somebody wants to remind, and how; no address is the one that is known."""

    brand: str
    request: str
    channel: Channel
    email: str
    by: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """Who asks, when, how long the creator has for an answer, and with what creators are contacted."""

    by: str
    now: datetime
    window: timedelta
    means: Means


def create_request(store: Store, brand: str, post: str, asked: Asked, *, occasion: Occasion) -> tuple[Dossier, Request]:
    """Ask a post's creator, superseding what is still open; answers the dossier and the new request."""
    check_offer(asked.scope, asked.surfaces, asked.days)
    check_words(asked)
    terms = find_terms(store, brand, asked.terms, asked.terms_version)
    dossier = arrived(store, brand, post)
    check_askable(dossier.post)
    if asked.standing is not None:
        check_standing(asked.standing, dossier.post, occasion.now)
    if asked.only_new:
        check_new(dossier, asked.scope, occasion.now)
    means = occasion.means
    if asked.channel is Channel.EMAIL:
        keep_address(store, means, dossier.post.creator, asked.email)
    check_contact(store, means, dossier.post.creator, asked.channel, occasion.now)
    question = Question(
        means.new_id(),
        offered(asked, terms),
        asked.message,
        occasion.by,
        occasion.window,
        fresh_code(store, brand, means),
        asked.channel,
        first_reminder(store, brand, asked.channel, occasion.now),
    )
    opened = ask(dossier, question, occasion.now)
    store.save(opened, occasion.now)
    contact(store, means, opened, opened.requests[-1], occasion.now)
    return opened, opened.requests[-1]


def check_words(asked: Asked) -> None:
    """Raise `Invalid` where the words cannot go the way that was chosen."""
    check_message(asked.message)
    if asked.channel is Channel.REPLY:
        check_reply(asked.message)


def add_link(store: Store, dossier: Dossier, request: Request, *, sha256: str, now: datetime) -> None:
    """Let one more link lead to an open request."""
    store.add_link(Link(sha256, dossier.post.brand, dossier.post.post, request.request), now)


def public(store: Store, dossier: Dossier, request: Request) -> str:
    """Word an open request for the public."""
    brand = store.brand(dossier.post.brand)
    return public_words(request, dossier.post.account, brand, store.contact_policy(brand.brand))


def note_link(store: Store, dossier: Dossier, request: Request, *, by: str, now: datetime) -> None:
    """Note that somebody took another link to an open request, to send it again."""
    store.note(dossier.post.brand, dossier.post.post, Event(Kind.LINKED, request.request, now, by))


def remind(store: Store, means: Means, wanted: Reminded, now: datetime) -> None:
    """Remind of an open request by hand."""
    [(dossier, _)] = open_requests(store, wanted.brand, wanted.request, (), now)
    if wanted.channel is Channel.EMAIL:
        keep_address(store, means, dossier.post.creator, wanted.email)
    contacting.remind(store, means, dossier, wanted.channel, by=wanted.by, now=now)


def check_link(store: Store, vault: Vault, dossier: Dossier, request: Request) -> None:
    """Raise `Conflict` where the creator does not want to be asked, and has not said yes in public either."""
    if not request.said_yes_at:
        check_wish(wishes(store, vault, [dossier.post.creator])[dossier.post.creator])


def open_requests(
    store: Store, brand: str, request: str, others: Sequence[str], now: datetime
) -> list[tuple[Dossier, Request]]:
    """Find a request that may still be answered, and others of the same creator, to go into one link.

    NotFound, or Conflict where the request is closed; Invalid, by field, where another cannot go along.
    """
    if len(others) >= MOST_POSTS:
        problem = f"A link leads to {MOST_POSTS} posts at most."
        raise Invalid(problem, fields={"others": problem})
    posts = {each: store.post_of(brand, each) for each in (request, *others)}
    if posts[request] is None:
        message = "There is no such request."
        raise NotFound(message, reason="REQUEST_NOT_FOUND")
    dossiers = {post: store.lock(brand, post) for post in sorted(post for post in posts.values() if post)}
    asked = dossiers[posts[request] or ""]
    if not awaits_answer(asked, request, now):
        message = "This request is closed. Ask again to get a new link."
        raise Conflict(message, reason="REQUEST_CLOSED")
    found = {each: dossiers.get(post or "") for each, post in posts.items()}
    wrong = {f"others[{index}]": _apart(asked, found[other], other, now) for index, other in enumerate(others)}
    if fields := {name: problem for name, problem in wrong.items() if problem}:
        message = "One link cannot lead to all of these."
        raise Invalid(message, fields=fields)
    return [(dossier, dossier.open) for dossier in found.values() if dossier and dossier.open]


def _apart(asked: Dossier, other: Dossier | None, request: str, now: datetime) -> str:
    """Say why a request cannot go into one link with what is asked; empty where it can."""
    if other is None:
        return "There is no such request."
    if not awaits_answer(other, request, now):
        return "This request is closed."
    return "" if asked.post.account.same(other.post.account) else "This post is of another account."


def awaits_answer(dossier: Dossier, request: str, now: datetime) -> bool:
    """Tell whether this request is the open one, and its window too."""
    return dossier.open is not None and dossier.open.request == request and not dossier.open.over(now)


def offered(asked: Asked, terms: Terms) -> Offer:
    """Pin what is asked to one version of terms."""
    return Offer(asked.scope, asked.surfaces, asked.days, standing=asked.standing).under(terms)


def arrived(store: Store, brand: str, post: str) -> Dossier:
    """Lock the dossier of a post that has arrived. Unavailable before that."""
    dossier = store.lock(brand, post)
    if not dossier.post.known:
        message = "Rights has not heard of this post yet. Try again in a moment."
        raise Unavailable(message, reason="POST_NOT_YET_HERE")
    return dossier
