"""Somebody says that a public post is theirs: a link to who is known, an answer to everybody else."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Invalid
from chorus.rights.domain.claim import KEPT, Claim, ClaimKind, ClaimOutcome, Saying
from chorus.rights.domain.claiming import (
    MAILS_WITHIN,
    Said,
    check_linked,
    check_open,
    check_room,
    check_shown,
    checked,
    claimed,
    close,
    find_claim,
    linked,
    may_mail,
    reopen,
    room,
    take_down,
)
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.link import Link
from chorus.rights.domain.outgoing import CREATOR, Mail
from chorus.rights.domain.standing import Ending
from chorus.rights.domain.thread import Event, Kind
from chorus.rights.handlers.contacting import keep_address
from chorus.rights.handlers.means import Means
from chorus.rights.handlers.opting import opened
from chorus.rights.handlers.standing import end
from chorus.rights.ports import Store, Vault


@dataclass(frozen=True, slots=True)
class Named:
    """Which claim somebody decides about."""

    brand: str
    post: str
    # Empty: the last one.
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one person said, and when; words and address are empty where they were not given, or cannot be read."""

    said: Said
    at: datetime


def claim_post(store: Store, means: Means, brand: str, post: str, said: Said, *, nonce: str, now: datetime) -> datetime:
    """Hear somebody who says that a post is theirs; answers by when the brand does, whatever becomes of it.

    The same form again does nothing more.
    """
    entered = checked(said)
    # Sealed also where it is not kept: how long an answer takes is to tell nothing of who is known.
    sealed = means.vault.encrypt(json.dumps([entered.words, entered.email]))
    check_shown(next(iter(store.read(brand, [post])), None))
    dossier = check_shown(store.lock(brand, post))
    if store.use_nonce(nonce, now) and not (said.kind is ClaimKind.LOST_LINK and _mailed(store, means, dossier, now)):
        written = sealed if entered.words or entered.email else ""
        _open(store, means, dossier, Saying(means.new_id(), said.kind, now, written), now)
    return now + means.claim_window


def mail_failed(store: Store, means: Means, dossier: Dossier, now: datetime) -> None:
    """Have the brand answer whom a link could not be mailed to, where nobody waits for an answer yet."""
    if dossier.claim is None or not dossier.claim.open:
        _open(store, means, dossier, Saying(means.new_id(), ClaimKind.LOST_LINK, now, ""), now)


def read(store: Store, vault: Vault, brand: str, post: str) -> tuple[Claim, list[Heard]]:
    """Look up a post's last claim, and what is kept of what was written."""
    claim = find_claim(next(iter(store.read(brand, [post])), None))
    return claim, [_heard(vault, each) for each in store.sayings(brand, claim.claim)]


def close_claim(store: Store, named: Named, outcome: ClaimOutcome | None, *, by: str, now: datetime) -> Claim:
    """Close a claim; what was written goes some time later."""
    dossier, claim = _find(store, named)
    return _settled(store, dossier, close(dossier, claim, outcome, by=by, now=now), now)


def reopen_claim(store: Store, named: Named, *, by: str, now: datetime) -> Claim:
    """Open a claim again, with the clock that it had."""
    dossier, claim = _find(store, named)
    after = reopen(dossier, claim, now)
    if after != dossier:
        store.note(named.brand, named.post, Event(Kind.CLAIM_REOPENED, claim.claim, now, by))
    return _settled(store, dossier, after, now)


def take_down_post(store: Store, named: Named, *, by: str, now: datetime) -> tuple[Dossier, Claim]:
    """Take a post down since somebody says that it is theirs, and close the claim.

    Where standing consent was given with it, nothing new follows from any of the account: whose that is is in doubt.
    """
    dossier, claim = _find(store, named)
    after = take_down(dossier, claim, by=by, now=now)
    settled = _settled(store, dossier, after, now)
    if after != dossier:
        end(store, store.standing(named.brand, posts=[named.post]), Ending.ENDED, now, by="brand", others=True)
    return after, settled


def mail_link(store: Store, means: Means, brand: str, post: str, *, by: str, now: datetime) -> str:
    """Mail the creator's link to the address that is known; answers it as members of the brand see it."""
    dossier, request = _linked(store, brand, post)
    creator = dossier.post.creator
    keep_address(store, means, creator, "")
    if not any(mail.wished_by and mail.post == post for mail in store.mails([creator])):
        _queue(store, means, dossier, request, by=by, now=now)
    address = store.address(creator)
    return address.masked if address else ""


def note_link(store: Store, brand: str, post: str, *, by: str, now: datetime) -> None:
    """Note that somebody takes a link for whoever has convinced the brand."""
    _, request = _linked(store, brand, post)
    store.note(brand, post, Event(Kind.LINKED, request, now, by))


def give_link(store: Store, brand: str, post: str, *, sha256: str, now: datetime) -> Dossier:
    """Let one more link lead to what the creator was asked or gave."""
    dossier, request = _linked(store, brand, post)
    store.lead_along(Link(sha256, brand, post, request), now)
    return dossier


def _mailed(store: Store, means: Means, dossier: Dossier, now: datetime) -> bool:
    """Mail the creator's link, where there is one and they are known; False where people have to answer."""
    creator, request = dossier.post.creator, linked(dossier)
    if not request or not means.mails or not opened(means.vault, store.address(creator)):
        return False
    store.lock_contacts(creator)
    if not may_mail(store.mailed(creator, now - MAILS_WITHIN), dossier.post.post):
        return False
    _queue(store, means, dossier, request, by=CREATOR, now=now)
    return True


def _queue(store: Store, means: Means, dossier: Dossier, request: str, *, by: str, now: datetime) -> None:
    """Have a link mailed at once: whoever asked for it waits. It is no contact, which the brand would have begun."""
    post, mail = dossier.post, means.new_id()
    store.add_mailed(post.creator, post.post, now)
    store.queue(Mail(mail, post.creator, post.post, request, False, mail, now, now, wished_by=by))


def _open(store: Store, means: Means, dossier: Dossier, saying: Saying, now: datetime) -> None:
    post, known = dossier.post, dossier.claim
    kept = store.sayings(post.brand, known.claim) if known and known.open else []
    check_room(saying.kind, kept)
    after = claimed(dossier, saying.kind, claim=means.new_id(), now=now, due_at=now + means.claim_window)
    store.save(after, now)
    if room(saying.kind, kept) and after.claim:
        store.add_saying(post.brand, post.post, after.claim.claim, saying)
        store.note(post.brand, post.post, Event(Kind.CLAIMED, after.claim.claim, now, detail=saying.kind.value))


def _settled(store: Store, before: Dossier, after: Dossier, now: datetime) -> Claim:
    claim = find_claim(after)
    if after != before:
        store.save(after, now)
        store.keep_sayings(after.post.brand, claim.claim, claim.closed_at + KEPT if claim.closed_at else None)
    return claim


def _find(store: Store, named: Named) -> tuple[Dossier, Claim]:
    """Lock the post of a claim."""
    find_claim(next(iter(store.read(named.brand, [named.post])), None), named.claim)
    dossier = store.lock(named.brand, named.post)
    return dossier, find_claim(dossier, named.claim)


def _linked(store: Store, brand: str, post: str) -> tuple[Dossier, str]:
    """Lock a post that somebody says is theirs, and find to which request its creator's links lead."""
    dossier, claim = _find(store, Named(brand, post))
    check_open(claim)
    return dossier, check_linked(dossier)


def _heard(vault: Vault, saying: Saying) -> Heard:
    try:
        words, email = json.loads(vault.decrypt(saying.sealed)) if saying.sealed else ("", "")
    except Invalid:
        words, email = "", ""
    return Heard(Said(saying.kind, words, email), saying.at)
