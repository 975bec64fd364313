"""Sending what waits: one message to one creator at a time, and what became of it.

A link is made when a message is, and is kept (by its hash) before anybody has it: what is lost on the way may come
twice, but no link in it is dead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chorus.rights.domain import letter
from chorus.rights.domain.address import masked, without
from chorus.rights.domain.answering import one_line
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant
from chorus.rights.domain.link import Link
from chorus.rights.domain.offer import Offer
from chorus.rights.domain.opting import Wish
from chorus.rights.domain.outgoing import CREATOR, UNREACHABLE, Mail, Outcome, Tried
from chorus.rights.domain.post import AccountOf
from chorus.rights.domain.request import Channel, Request
from chorus.rights.domain.thread import Event, Kind
from chorus.rights.handlers.claiming import mail_failed
from chorus.rights.handlers.means import Means
from chorus.rights.handlers.opting import holder_of, opened, wishes
from chorus.rights.ports import Parcel, Store, Vault


@dataclass(frozen=True, slots=True)
class Office:
    """With what letters are written: `public_url` is the origin of creators' pages, `secret` makes a link's secret."""

    public_url: str
    vault: Vault
    secret: Callable[[], str]
    hashed: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Load:
    """One try: the mails that go in one parcel, as they were before it."""

    mails: tuple[Mail, ...]
    parcel: Parcel


def pack(store: Store, office: Office, due: Mail, now: datetime) -> Load | None:
    """Make one parcel of all that waits for the creator of a mail that is due; None where nothing may go now."""
    quiet = store.contact_policy(due.creator.brand).quiet
    if quiet.holds(now):
        for mail in questions(store, due.creator):
            store.keep_mail(mail.held(quiet.over(now)))
        return None
    posts = sorted({mail.post for mail in questions(store, due.creator)})
    dossiers = {post: store.lock(due.creator.brand, post) for post in posts}
    # Read again: what was let go of with a post before it was locked is gone.
    waiting = [mail for mail in questions(store, due.creator) if mail.post in dossiers]
    wanted = [mail for mail in waiting if _wanted(mail, dossiers[mail.post], now)]
    to, barred = _to(store, office, due.creator)
    for mail in waiting:
        if barred or mail not in wanted:
            store.drop_mail(mail.mail)
        if barred and mail in wanted:
            store.note(due.creator.brand, mail.post, failed(mail, barred, now))
    if barred or not wanted:
        return None
    # A reminder and a new question are two things to say.
    together = [mail for mail in wanted if mail.reminder is wanted[0].reminder]
    for mail in together:
        store.keep_mail(mail.tried(now))
    asked = [(mail, dossiers[mail.post]) for mail in together]
    return Load(tuple(together), _parcel(store, office, to, asked, now))


def settle(store: Store, means: Means, load: Load, tried: Tried, now: datetime) -> None:
    """Keep how a try ended, and put it into the thread of each post where it ended for good."""
    for mail in sorted(load.mails, key=lambda each: each.post):
        dossier = store.lock(mail.creator.brand, mail.post)
        if all(each.mail != mail.mail for each in store.mails([mail.creator])):
            # Its post was erased meanwhile: nothing is kept of whom it went to.
            continue
        again = mail.tried(now)
        if tried.outcome is Outcome.DEFERRED and not again.spent:
            store.keep_mail(_troubled(again, load, tried.said))
            continue
        store.drop_mail(mail.mail)
        store.note(mail.creator.brand, mail.post, _event(load, mail, tried, now))
        if tried.outcome is not Outcome.SENT:
            _missed(store, means, mail, dossier, now)


def unreachable(store: Store, load: Load, said: str, now: datetime) -> None:
    """Put a load back that nobody could be asked to take: that counts as no try."""
    for mail in load.mails:
        store.keep_mail(_troubled(mail, load, said, now + UNREACHABLE))


def questions(store: Store, creator: AccountOf) -> list[Mail]:
    """List what waits to be asked of a creator, and not what they wish for themselves."""
    return [mail for mail in store.mails([creator]) if not mail.wished_by]


def _missed(store: Store, means: Means, mail: Mail, dossier: Dossier, now: datetime) -> None:
    """Do what follows where a mail never reaches its creator."""
    if mail.wished_by:
        mail_failed(store, means, dossier, now)
        return
    asked = dossier.open
    if asked and asked.request == mail.request and asked.remind_at:
        # Who did not get the question is not reminded of it.
        store.save(dossier.with_request(asked.reminded(None)), now)


def _to(store: Store, office: Office, creator: AccountOf) -> tuple[str, str]:
    """Answer where a creator is written to, or why they are not."""
    if wishes(store, office.vault, [creator])[creator] is not Wish.NONE:
        return "", "not sent, since the creator does not want to be asked"
    to = opened(office.vault, store.address(creator))
    return to, "" if to else "not sent, since there is no address that can be read"


def _wanted(mail: Mail, dossier: Dossier, now: datetime) -> bool:
    """Tell whether there is still something to ask, and, of a reminder, to remind of."""
    request = dossier.open
    if request is None or request.request != mail.request or request.over(now) or dossier.post.withdrawn:
        return False
    return request.unanswered and not (mail.reminder and request.said_yes_at)


def _parcel(store: Store, office: Office, to: str, asked: Sequence[tuple[Mail, Dossier]], now: datetime) -> Parcel:
    first, dossier = asked[0]
    request = _open(dossier)
    brand = store.brand(first.creator.brand)
    address = stop_link(store, office, first.creator, now)
    found = [(each, _open(each)) for _, each in asked]
    written = letter.write(
        [_question(each, open_) for each, open_ in found],
        creator=dossier.post.account.called,
        brand=one_line(brand.name),
        language=language_of(store, brand.brand, request.offer),
        link=fresh_link(store, office, [(each, open_.request) for each, open_ in found], now),
        stop=address,
        reminder=first.reminder,
    )
    # Another one for other questions, the same for the same ones tried again.
    named = office.hashed(" ".join(mail.mail for mail, _ in asked))[:32]
    return Parcel(named, one_line(brand.name), to, written, address)


def language_of(store: Store, brand: str, pinned: Offer | Grant) -> str:
    """Name the language of pinned terms (BCP 47), in which a creator is written to."""
    terms = store.terms(brand, pinned.terms, pinned.terms_version)
    return terms.language if terms else "en"


def fresh_link(store: Store, office: Office, found: Iterable[tuple[Dossier, str]], now: datetime) -> str:
    """Let a new link lead to requests, and to what followed from them; answers its address."""
    secret = office.secret()
    for dossier, request in found:
        store.lead_along(Link(office.hashed(secret), dossier.post.brand, dossier.post.post, request), now)
    return f"{office.public_url.rstrip('/')}/r/{secret}"


def stop_link(store: Store, office: Office, creator: AccountOf, now: datetime) -> str:
    """Make the address at which a creator says to be asked no more."""
    secret = office.secret()
    store.add_stop_link(holder_of(store, office.vault, creator, office.hashed(secret)), now)
    return f"{office.public_url.rstrip('/')}/r/{secret}/stop"


def _question(dossier: Dossier, request: Request) -> letter.Asked:
    return letter.Asked(
        message=request.message,
        text=dossier.post.at(request.revision).text,
        asked_at=request.created_at,
        until=request.window_ends_at,
    )


def _open(dossier: Dossier) -> Request:
    assert dossier.open is not None  # noqa: S101 -- only what is open is sent
    return dossier.open


def _troubled(mail: Mail, load: Load, said: str, at: datetime | None = None) -> Mail:
    return replace(mail, trouble=without(load.parcel.to, said), next_try_at=at or mail.next_try_at)


def _event(load: Load, mail: Mail, tried: Tried, now: datetime) -> Event:
    """Tell where it went, or why it did not; the address itself is nobody's business."""
    address = masked(load.parcel.to)
    if tried.outcome is Outcome.SENT:
        kind = Kind.LINK_MAILED if mail.wished_by else Kind.REMINDED if mail.reminder else Kind.MAILED
        by = "" if mail.wished_by == CREATOR else mail.wished_by
        return Event(kind, mail.request, now, by, channel=Channel.EMAIL, detail=address)
    return failed(mail, f"{address}: {without(load.parcel.to, tried.said)}", now)


def failed(mail: Mail, why: str, now: datetime) -> Event:
    """Tell that a mail does not go, and why."""
    return Event(Kind.MAIL_FAILED, mail.request, now, channel=Channel.EMAIL, detail=why)
