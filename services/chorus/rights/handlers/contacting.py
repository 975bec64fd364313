"""Contacting a creator: by which way, where to, and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Conflict
from chorus.rights.domain.address import Address, masked, read_address
from chorus.rights.domain.contact import ContactPolicy, check_contact_policy
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.opting import check_wish
from chorus.rights.domain.outgoing import GATHERING, Mail
from chorus.rights.domain.post import AccountOf
from chorus.rights.domain.request import Channel, Request
from chorus.rights.handlers.looking import check_posts
from chorus.rights.handlers.opting import wishes
from chorus.rights.ports import Store, Vault


@dataclass(frozen=True, slots=True)
class Means:
    """With what creators are contacted: what keeps addresses sealed, what makes codes, and whether mail can be sent."""

    vault: Vault
    new_id: Callable[[], str]
    new_code: Callable[[], str]
    mails: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How a post's creator can be reached: where mail goes, if that is known, and what waits to be sent."""

    post: str
    address: Address | None
    waiting: Mail | None


def set_contact_policy(store: Store, policy: ContactPolicy) -> ContactPolicy:
    """Set how a brand keeps in touch, from the next question on."""
    check_contact_policy(policy)
    store.save_contact_policy(policy)
    return policy


def reaches(store: Store, brand: str, posts: Sequence[str]) -> list[Reach]:
    """Tell how the creators of these posts can be reached; posts that are not known are left out."""
    check_posts(posts)
    dossiers = store.read(brand, posts)
    creators = {dossier.post.creator for dossier in dossiers}
    addresses = store.addresses(creators)
    waiting = {mail.request: mail for mail in reversed(store.mails(creators))}
    return [_reach(dossier, addresses, waiting) for dossier in dossiers]


def fresh_code(store: Store, brand: str, means: Means) -> str:
    """Make a code that no open request of the brand has."""
    code = means.new_code()
    while store.open_code(brand, code):
        code = means.new_code()
    return code


def check_contact(store: Store, means: Means, creator: AccountOf) -> None:
    """Raise `Conflict` where a creator may not be contacted now."""
    check_wish(wishes(store, means.vault, [creator])[creator])


def keep_address(store: Store, means: Means, creator: AccountOf, entered: str) -> None:
    """See that there is an address to write to: the one entered, else the one that is known.

    Invalid where it is none, Conflict where there is none, or where nothing can be sent.
    """
    if not means.mails:
        message = "This installation sends no e-mail: set CHORUS_SMTP_URL, or send the link yourself."
        raise Conflict(message, reason="MAIL_NOT_SET_UP")
    if entered.strip():
        address = read_address(entered)
        store.save_address(creator, Address(means.vault.encrypt(address), masked(address)))
    elif store.address(creator) is None:
        message = "No e-mail address of this creator is known here. Enter one, or send the link yourself."
        raise Conflict(message, reason="NO_ADDRESS")


def contact(store: Store, means: Means, dossier: Dossier, request: Request, now: datetime) -> None:
    """Note that a creator is asked, and queue what is sent from here; what is asked within a minute goes together."""
    creator, at = dossier.post.creator, now
    if request.channel is Channel.EMAIL:
        gathered = [mail for mail in store.mails([creator]) if not mail.reminder and not mail.attempts]
        at = gathered[0].due_at - GATHERING if gathered else now
        due = gathered[0].due_at if gathered else now + GATHERING
        post, what = dossier.post.post, request.request
        store.queue(Mail(means.new_id(), creator, post, what, reminder=False, due_at=due, next_try_at=due))
    store.add_contact(creator, dossier.post.post, at)


def _reach(dossier: Dossier, addresses: dict[AccountOf, Address], waiting: dict[str, Mail]) -> Reach:
    post = dossier.post
    return Reach(post.post, addresses.get(post.creator), waiting.get(dossier.open.request) if dossier.open else None)
