"""Contacting a creator: by which way, where to, how often at the most, and what is noted of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Conflict
from chorus.rights.domain.address import Address, masked, read_address
from chorus.rights.domain.contact import Barred, ContactPolicy, check_contact_policy
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.outgoing import GATHERING, Mail
from chorus.rights.domain.post import AccountOf
from chorus.rights.domain.request import Channel, Request
from chorus.rights.domain.thread import Event, Kind
from chorus.rights.handlers.barring import bars
from chorus.rights.handlers.looking import check_posts
from chorus.rights.handlers.means import Means
from chorus.rights.ports import Store


@dataclass(frozen=True, slots=True)
class Reach:
    """How a post's creator can be reached: where mail goes, if that is known, what waits, and what bars it."""

    post: str
    address: Address | None
    waiting: Mail | None
    barred: Barred | None


def set_contact_policy(store: Store, policy: ContactPolicy) -> ContactPolicy:
    """Set how a brand keeps in touch, from the next question on."""
    check_contact_policy(policy)
    store.save_contact_policy(policy)
    return policy


def reaches(store: Store, means: Means, brand: str, posts: Sequence[str], now: datetime) -> list[Reach]:
    """Tell how the creators of these posts can be reached; posts that are not known are left out."""
    check_posts(posts)
    dossiers = store.read(brand, posts)
    creators = {dossier.post.creator for dossier in dossiers}
    addresses, barred = store.addresses(creators), bars(store, means.vault, brand, creators, now)
    waiting = {mail.request: mail for mail in reversed(store.mails(creators))}

    def reach(dossier: Dossier) -> Reach:
        creator, open_ = dossier.post.creator, dossier.open
        mail = waiting.get(open_.request) if open_ else None
        return Reach(dossier.post.post, addresses.get(creator), mail, barred.get(creator))

    return [reach(dossier) for dossier in dossiers]


def fresh_code(store: Store, brand: str, means: Means) -> str:
    """Make a code that no open request of the brand has."""
    code = means.new_code()
    while store.open_code(brand, code):
        code = means.new_code()
    return code


def check_contact(store: Store, means: Means, creator: AccountOf, channel: Channel, now: datetime) -> None:
    """Raise `Conflict` where a creator may not be contacted now. What joins another question is no contact more."""
    store.lock_contacts(creator)
    bar = bars(store, means.vault, creator.brand, [creator], now).get(creator)
    if bar is None or (bar.until and _joined(store, creator, channel, now)):
        return
    metadata: Mapping[str, str] = {"until": bar.until.isoformat()} if bar.until else {}
    raise Conflict(bar.message, reason=bar.reason, metadata=metadata)


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
    post, channel = dossier.post, request.channel
    contact = _joined(store, post.creator, channel, now) or means.new_id()
    if channel is Channel.EMAIL:
        due = next((mail.due_at for mail in _gathering(store, post.creator)), now + GATHERING)
        store.queue(_mail(means, dossier, request, reminder=False, contact=contact, due_at=due))
    store.add_contact(post.creator, post.post, contact, now, by_link=channel is Channel.LINK)


def first_reminder(store: Store, brand: str, channel: Channel, now: datetime) -> datetime | None:
    """Answer when to remind of a question that is put now; None where not: only mail goes by itself."""
    return store.contact_policy(brand).reminder(now, now) if channel is Channel.EMAIL else None


def remind(store: Store, means: Means, dossier: Dossier, channel: Channel, *, by: str, now: datetime) -> None:
    """Remind of the open question by hand: note it, or queue it where it is sent from here."""
    request, post = dossier.open, dossier.post
    if request is None or not request.unanswered:
        message = "The creator has said yes, and others have to agree: there is nothing to remind the creator of."
        raise Conflict(message, reason="ANSWERED")
    if request.said_yes_at:
        message = "The creator said yes in public: send the link instead."
        raise Conflict(message, reason="SAID_YES")
    check_contact(store, means, post.creator, channel, now)
    if channel is Channel.EMAIL:
        _queue_reminder(store, means, dossier, request, now)
    else:
        store.add_contact(post.creator, post.post, means.new_id(), now)
        store.note(post.brand, post.post, Event(Kind.REMINDED, request.request, now, by, channel=channel))


def remind_by_itself(store: Store, means: Means, dossier: Dossier, now: datetime) -> Dossier:
    """Remind by e-mail where that is due, and settle when next. Left out where the creator may not be contacted now."""
    request, creator = dossier.open, dossier.post.creator
    if request is None or request.remind_at is None or request.remind_at > now:
        return dossier
    store.lock_contacts(creator)
    waiting = any(mail.request == request.request for mail in store.mails([creator]))
    barred = bars(store, means.vault, creator.brand, [creator], now)
    if means.mails and not (request.said_yes_at or waiting or barred) and store.address(creator):
        _queue_reminder(store, means, dossier, request, now)
    again_at = store.contact_policy(creator.brand).reminder(request.created_at, now)
    return dossier.with_request(request.reminded(None if request.said_yes_at else again_at))


def _joined(store: Store, creator: AccountOf, channel: Channel, now: datetime) -> str:
    """Name the contact that a question asked now goes with; empty where it is one more.

    In public each stands by itself, for all to see.
    """
    if channel is Channel.EMAIL:
        return next((mail.contact for mail in _gathering(store, creator)), "")
    return store.link_contact(creator, now - GATHERING) if channel is Channel.LINK else ""


def _gathering(store: Store, creator: AccountOf) -> list[Mail]:
    """List the questions to a creator that wait to go in one message."""
    waiting = store.mails([creator])
    return [mail for mail in waiting if not mail.reminder and not mail.attempts and not mail.wished_by]


def _queue_reminder(store: Store, means: Means, dossier: Dossier, request: Request, now: datetime) -> None:
    contact = means.new_id()
    store.add_contact(dossier.post.creator, dossier.post.post, contact, now)
    store.queue(_mail(means, dossier, request, reminder=True, contact=contact, due_at=now))


def _mail(means: Means, dossier: Dossier, request: Request, *, reminder: bool, contact: str, due_at: datetime) -> Mail:
    post = dossier.post
    return Mail(means.new_id(), post.creator, post.post, request.request, reminder, contact, due_at, due_at)
