"""What a creator does with a link: see, answer once; at any time allow less, take back, have all of it erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Conflict, Invalid, NotFound
from chorus.rights.domain.answering import already_answered, answer_open, erase, narrow, overrule, take_back
from chorus.rights.domain.confirming import agree, refuse
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant, GrantState, Kept
from chorus.rights.domain.link import Brand, Link, Purpose
from chorus.rights.domain.request import Answer, Confirmation, Request
from chorus.rights.domain.terms import Terms, suiting
from chorus.rights.handlers.means import Means
from chorus.rights.ports import Store
from chorus.scope import Scope


@dataclass(frozen=True, slots=True)
class View:
    """All that a link's page shows. `request` is None and `grant` too while an upload is being prepared."""

    brand: Brand
    dossier: Dossier
    request: Request | None
    grant: Grant | None
    terms: Terms | None
    revision: int
    # What is asked of whoever has the link, where they are not the creator.
    part: Confirmation | None

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


def see(store: Store, link: Link, preferences: Sequence[str] = ()) -> View:
    """Look where a link leads; `preferences` are languages (BCP 47), the best first. Changes nothing."""
    found = next(iter(store.read(link.brand, [link.post])), None)
    if found is None:
        raise unknown_link()
    return _view(store, link, found, preferences)


def answer(store: Store, link: Link, said: Answer, *, nonce: str, now: datetime, means: Means) -> View:
    """Take the creator's one answer; the same again changes nothing. Where others have to agree, each gets a link."""
    dossier = store.lock(link.brand, link.post)
    request = dossier.request(link.request)
    if request is None:
        message = "This link manages what was given with an upload; there is no question to answer."
        raise Conflict(message, reason="WRONG_PURPOSE")
    if not already_answered(dossier, request, said):
        terms = shown_terms(store, link.brand, request, said.language)
        decided = answer_open(dossier, request, said, terms=terms, now=now, new_id=means.new_id)
        _use_up(store, nonce, now)
        store.save(decided, now)
        add_confirm_links(store, decided, request.request, means, now)
        dossier = decided
    return _view(store, link, dossier)


def confirm(store: Store, link: Link, *, agrees: bool, nonce: str, now: datetime, means: Means) -> View:
    """Let somebody whose yes is needed as well agree, or not; again is the same."""
    dossier = store.lock(link.brand, link.post)
    request = dossier.request(link.request)
    part = request.confirmation(link.confirmation) if request else None
    if request is None or part is None:
        message = "This link is the creator's own: nobody else agrees by it."
        raise Conflict(message, reason="WRONG_PURPOSE")
    if not agrees:
        return _decided(store, link, dossier, refuse(dossier, request, part, now), nonce=nonce, now=now)
    terms = shown_terms(store, link.brand, request, request.answer.language if request.answer else "")
    agreed = agree(dossier, request, part, terms=terms, now=now, new_id=means.new_id)
    return _decided(store, link, dossier, agreed, nonce=nonce, now=now)


def revoke(store: Store, link: Link, *, nonce: str, now: datetime) -> View:
    """Take back what was given with this link, or what waits for others, and end what the brand attested.

    Again is the same.
    """
    dossier = store.lock(link.brand, link.post)
    return _decided(store, link, dossier, take_back(dossier, link.request, now), nonce=nonce, now=now)


def end_attested(store: Store, link: Link, *, nonce: str, now: datetime) -> View:
    """End what the brand attested, and leave what was given with this link; again is the same."""
    dossier = store.lock(link.brand, link.post)
    return _decided(store, link, dossier, overrule(dossier, link.request, now), nonce=nonce, now=now)


def allow_less(store: Store, link: Link, scope: Scope, until: datetime | None, *, nonce: str, now: datetime) -> View:
    """Keep a part of what was given with this link; no `until` keeps the end. Again is the same."""
    dossier = store.lock(link.brand, link.post)
    grant = dossier.granted_by(link.request)
    end = until or (grant.valid_until if grant else None)
    return _decided(store, link, dossier, narrow(dossier, grant, Kept(scope, end), now), nonce=nonce, now=now)


def have_erased(store: Store, link: Link, *, nonce: str, now: datetime) -> View:
    """Have everything about the link's post forgotten; again is the same."""
    dossier = store.lock(link.brand, link.post)
    return _decided(store, link, dossier, erase(dossier, link.request, now), nonce=nonce, now=now)


def find_link(store: Store, sha256: str) -> Link:
    """Find a link by the hash of its secret."""
    link = store.link(sha256)
    if link is None:
        raise unknown_link()
    return link


def own_link(store: Store, sha256: str) -> Link:
    """Find a creator's own link; `Conflict` where it is that of somebody who is only to agree."""
    link = find_link(store, sha256)
    if link.confirmation:
        message = "By this link somebody else agrees; it is not the creator's own."
        raise Conflict(message, reason="WRONG_PURPOSE")
    return link


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


def _decided(store: Store, link: Link, before: Dossier, after: Dossier, *, nonce: str, now: datetime) -> View:
    if after != before:
        _use_up(store, nonce, now)
        store.save(after, now)
    return _view(store, link, after)


def _view(store: Store, link: Link, dossier: Dossier, preferences: Sequence[str] = ()) -> View:
    request = dossier.request(link.request)
    grant = dossier.granted_by(link.request)
    brand = store.brand(link.brand)
    terms = None
    if grant is not None:
        terms = store.terms(link.brand, grant.terms, grant.terms_version, grant.terms_language)
    elif request is not None:
        terms = suiting(store.texts(link.brand, request.offer.terms, request.offer.terms_version), preferences)
    shown = request.revision if request else grant.revision if grant else dossier.post.revision
    part = request.confirmation(link.confirmation) if request else None
    return View(brand, dossier, request, grant, terms, shown, part)


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
