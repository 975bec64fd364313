"""What a creator does with a link: see, answer once; at any time allow less, take back, have all of it erased.

A link leads to one post, or to several, which are then decided upon together: all of it is kept, or nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from chorus.errors import Conflict, Invalid, NotFound
from chorus.rights.domain.answering import (
    alike,
    already_answered,
    answer_open,
    check_together,
    erase,
    narrow,
    overrule,
    take_back,
    to_take_back,
    who_else,
)
from chorus.rights.domain.confirming import agree, can_agree, refuse
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant, GrantState, Kept
from chorus.rights.domain.link import Brand, Link, Purpose
from chorus.rights.domain.request import Answer, Confirmation, Part, Request
from chorus.rights.domain.standing import Ending, StandingConsent, lasting
from chorus.rights.domain.terms import Terms, suiting
from chorus.rights.handlers.means import Means
from chorus.rights.handlers.standing import end
from chorus.rights.ports import Store
from chorus.scope import Scope

Found = tuple[Link, Dossier]


@dataclass(frozen=True, slots=True)
class View:
    """All that a link shows of one post. `request` is None and `grant` too while an upload is being prepared."""

    brand: Brand
    dossier: Dossier
    request: Request | None
    grant: Grant | None
    terms: Terms | None
    revision: int
    # What is asked of whoever has the link, where they are not the creator.
    part: Confirmation | None
    # The standing consent that was given by this link; the one that lasts longest.
    standing: StandingConsent | None

    @property
    def attested(self) -> list[Grant]:
        """List, for the creator, what the brand attested of the post and still holds, and what was ended of it."""
        known = {GrantState.ACTIVE, GrantState.REVOKED} if self.part is None else set()
        return [grant for grant in self.dossier.attested if grant.state in known]

    @property
    def purpose(self) -> Purpose:
        """Name what the page's form would do."""
        if self.part is not None:
            return Purpose.CONFIRM
        return Purpose.ANSWER if self.request is not None and self.request.unanswered else Purpose.MANAGE

    @property
    def awaits(self) -> bool:
        """Tell whether whoever has the link has still to answer."""
        if self.request is None:
            return False
        return self.request.unanswered if self.part is None else self.part in self.request.awaited


def see(store: Store, links: Sequence[Link], preferences: Sequence[str] = ()) -> list[View]:
    """Look where a link leads; `preferences` are languages (BCP 47), the best first. Changes nothing."""
    dossiers = {each.post.post: each for each in store.read(links[0].brand, [link.post for link in links])}
    found = [(link, dossiers[link.post]) for link in links if link.post in dossiers]
    if not found:
        raise unknown_link()
    return _views(store, found, preferences)


def asked_together(views: Sequence[View]) -> Terms | None:
    """Answer the terms of all open questions, where one answer will do; None where they differ, or none is open."""
    waiting = [view for view in views if view.awaits]
    return waiting[0].terms if waiting and alike(view.request for view in waiting if view.request) else None


def answer(store: Store, links: Sequence[Link], said: Answer, *, nonce: str, now: datetime, means: Means) -> list[View]:
    """Take the creator's one answer to all that these links ask; the same again changes nothing.

    Where others have to agree, each gets one link, which leads to every post of this answer.
    """
    before = _lock(store, links)
    asked = {link: _question(link, dossier) for link, dossier in before}
    waiting = {link: asked[link] for link, dossier in before if not already_answered(dossier, asked[link], said)}
    if not waiting:
        return _views(store, before)
    first, *_ = requests = list(waiting.values())
    check_together(requests, said)
    terms = shown_terms(store, links[0].brand, first, said.language)
    others = who_else(said, terms, means.new_id)

    def answered(link: Link, dossier: Dossier) -> Dossier:
        return answer_open(dossier, asked[link], said, terms=terms, others=others, now=now, new_id=means.new_id)

    after = [(link, answered(link, dossier) if link in waiting else dossier) for link, dossier in before]
    for link, dossier in after:
        add_confirm_links(store, dossier, link.request, means, now)
    _keep(store, before, after, nonce=nonce, now=now)
    return _views(store, after)


def confirm(
    store: Store, links: Sequence[Link], *, agrees: bool, nonce: str, now: datetime, means: Means
) -> list[View]:
    """Let somebody whose yes is needed as well agree, or not, to all of this that still can be; again is the same.

    A guardian's no ends standing consent too, and what followed from it: also a no to one of several posts, since later
    ones were allowed by one yes to all.
    """
    before = _lock(store, links)
    able = _where(before, lambda link, dossier: not agrees or can_agree(*_part(link, dossier), now))

    def confirmed(link: Link, dossier: Dossier) -> Dossier:
        request, part = _part(link, dossier)
        if not agrees:
            return refuse(dossier, request, part, now)
        terms = shown_terms(store, link.brand, request, request.answer.language if request.answer else "")
        return agree(dossier, request, part, terms=terms, now=now, new_id=means.new_id)

    after = [(link, confirmed(link, dossier) if link in able else dossier) for link, dossier in before]
    guarded = not agrees and any(_part(link, dossier)[1].part is Part.GUARDIAN for link, dossier in before)
    consents = _standing(store, store.links(links[0].sha256)) if guarded else []
    ended = end(store, consents, Ending.TAKEN_BACK, now, by=Part.GUARDIAN.value, others=False)
    _keep(store, before, after, nonce=nonce, now=now, also=ended)
    return _views(store, after)


def revoke(
    store: Store, links: Sequence[Link], *, nonce: str, now: datetime, only_new: bool = False, whole: bool = False
) -> list[View]:
    """Take back what was given with these links, or what waits for others, and end what the brand attested.

    Again is the same. All of a link's posts are taken back with the standing consent given by it; or, `only_new`, that
    alone is ended. `whole`: all of them are meant, and not one that was named, also where one more joins just now. What
    followed is revoked afterwards, post by post (`standing.revoke_followed`): there can be any number of these.
    """
    every = only_new or whole or len(links) == len(store.links(links[0].sha256))
    consents = _standing(store, links) if every else []
    if only_new and not consents:
        message = "Nothing of what you post later was allowed with this link, so there is nothing to end."
        raise Conflict(message, reason="NO_STANDING_CONSENT")
    followed = {(each.request, each.post) for each in consents}
    requests = {each.request for each in consents}
    own = [link for link in links if link.request not in requests or (link.request, link.post) in followed]
    before = _lock(store, own)
    given = set() if only_new else _where(before, lambda link, dossier: to_take_back(dossier, link.request))
    after = [(link, take_back(dossier, link.request, now) if link in given else dossier) for link, dossier in before]
    how = Ending.ENDED if only_new else Ending.TAKEN_BACK
    ended = end(store, consents, how, now, by="creator", others=True)
    _keep(store, before, after, nonce=nonce, now=now, also=ended)
    return see(store, links)


def end_attested(store: Store, links: Sequence[Link], *, nonce: str, now: datetime) -> list[View]:
    """End what the brand attested of one post, and leave what was given with this link; again is the same."""
    return _decide(store, links, lambda link, dossier: overrule(dossier, link.request, now), nonce=nonce, now=now)


def allow_less(
    store: Store, links: Sequence[Link], scope: Scope, until: datetime | None, *, nonce: str, now: datetime
) -> list[View]:
    """Keep a part of what was given for one post; no `until` keeps the end. Again is the same."""

    def less(link: Link, dossier: Dossier) -> Dossier:
        grant = dossier.granted_by(link.request)
        last = grant.valid_until if grant else None
        return narrow(dossier, grant, Kept(scope, until or last), now)

    return _decide(store, links, less, nonce=nonce, now=now)


def have_erased(store: Store, links: Sequence[Link], *, nonce: str, now: datetime) -> list[View]:
    """Have everything about one post forgotten; again is the same."""
    return _decide(store, links, lambda link, dossier: erase(dossier, link.request, now), nonce=nonce, now=now)


def find_links(store: Store, sha256: str, post: str | None = None) -> list[Link]:
    """Find where the link with this hash of its secret leads: to all its posts, or to the one that is named."""
    found = [link for link in store.links(sha256) if post in {None, link.post}]
    if not found:
        raise unknown_link()
    return found


def own_links(store: Store, sha256: str, post: str | None = None) -> list[Link]:
    """Find a creator's own link; `Conflict` where it is that of somebody who is only to agree."""
    found = find_links(store, sha256, post)
    if any(link.confirmation for link in found):
        message = "By this link somebody else agrees; it is not the creator's own."
        raise Conflict(message, reason="WRONG_PURPOSE")
    return found


def only(links: Sequence[Link]) -> Link:
    """Answer the one post to which a link leads; `Conflict` where there are several."""
    if len(links) > 1:
        message = "This link leads to several posts: open one of them."
        raise Conflict(message, reason="SEVERAL_POSTS")
    return links[0]


def chosen(links: Sequence[Link], posts: Sequence[str]) -> list[Link]:
    """Choose the posts that an answer is about: of several they are named, of one it need not be."""
    if not posts and len(links) == 1:
        return list(links)
    found = [link for link in links if link.post in posts]
    if not posts or len(found) != len(set(posts)):
        message = "Choose among the posts that this link shows."
        raise Invalid(message, fields={"posts": message})
    return found


def add_confirm_links(store: Store, dossier: Dossier, request: str, means: Means, now: datetime) -> None:
    """Let a link lead to each part of a request that somebody else has to agree to."""
    asked = dossier.request(request)
    for each in asked.awaited if asked else ():
        link = Link(means.link_of(each.confirmation), dossier.post.brand, dossier.post.post, request, each.confirmation)
        store.add_link(link, now)


def unknown_link() -> NotFound:
    """Word that a link leads nowhere."""
    message = "This link is not known here. Look whether all of it was copied."
    return NotFound(message, reason="LINK_NOT_FOUND")


def _decide(
    store: Store, links: Sequence[Link], decide: Callable[[Link, Dossier], Dossier], *, nonce: str, now: datetime
) -> list[View]:
    """Decide upon one post."""
    link = only(links)
    [(_, dossier)] = before = _lock(store, [link])
    after = [(link, decide(link, dossier))]
    _keep(store, before, after, nonce=nonce, now=now)
    return _views(store, after)


def _lock(store: Store, links: Sequence[Link]) -> list[Found]:
    """Lock the posts to which links lead, in their order: so does whoever else locks several, and none in a circle."""
    return [(link, store.lock(link.brand, link.post)) for link in links]


def _where(found: Sequence[Found], holds: Callable[[Link, Dossier], bool]) -> set[Link]:
    """Choose where it holds; where it does nowhere, all of them: they then say why not."""
    return {link for link, dossier in found if holds(link, dossier)} or {link for link, _ in found}


def _keep(
    store: Store, before: Sequence[Found], after: Sequence[Found], *, nonce: str, now: datetime, also: bool = False
) -> None:
    """Keep what was decided, with the form's one value, where anything was; `also`: something else was, too."""
    changed = [new for (_, old), (_, new) in zip(before, after, strict=True) if new != old]
    if changed or also:
        _use_up(store, nonce, now)
    for dossier in changed:
        store.save(dossier, now)


def _standing(store: Store, links: Sequence[Link]) -> list[StandingConsent]:
    """List the standing consents that were given by these links."""
    return store.standing(links[0].brand, requests=[link.request for link in links if link.request])


def _question(link: Link, dossier: Dossier) -> Request:
    request = dossier.request(link.request)
    if request is None:
        message = "This link manages what was given without a question; there is none to answer."
        raise Conflict(message, reason="WRONG_PURPOSE")
    return request


def _part(link: Link, dossier: Dossier) -> tuple[Request, Confirmation]:
    request = dossier.request(link.request)
    part = request.confirmation(link.confirmation) if request else None
    if request is None or part is None:
        message = "This link is the creator's own: nobody else agrees by it."
        raise Conflict(message, reason="WRONG_PURPOSE")
    return request, part


def _views(store: Store, found: Sequence[Found], preferences: Sequence[str] = ()) -> list[View]:
    brand = store.brand(found[0][0].brand)
    texts = cache(partial(store.texts, brand.brand))
    pinned = cache(partial(store.terms, brand.brand))
    consents = _standing(store, [link for link, _ in found])

    def terms(request: Request | None, grant: Grant | None) -> Terms | None:
        if grant is not None:
            return pinned(grant.terms, grant.terms_version, grant.terms_language)
        return suiting(texts(request.offer.terms, request.offer.terms_version), preferences) if request else None

    def view(link: Link, dossier: Dossier) -> View:
        request, grant = dossier.request(link.request), dossier.granted_by(link.request)
        shown = request.revision if request else grant.revision if grant else dossier.post.revision
        part = request.confirmation(link.confirmation) if request else None
        standing = lasting(each for each in consents if each.request == link.request)
        return View(brand, dossier, request, grant, terms(request, grant), shown, part, standing)

    return [view(*each) for each in found]


def shown_terms(store: Store, brand: str, request: Request, language: str) -> Terms:
    """Find the terms as the page showed them. Invalid where they do not exist in that language."""
    texts = store.texts(brand, request.offer.terms, request.offer.terms_version)
    shown = next((text for text in texts if language in {"", text.language}), None)
    if shown is None:
        message = "The terms do not exist in that language."
        raise Invalid(message, fields={"language": message})
    return shown


def _use_up(store: Store, nonce: str, now: datetime) -> None:
    if not store.use_nonce(nonce, now):
        message = "This form was sent before. Open the link again."
        raise Conflict(message, reason="NONCE_USED")
