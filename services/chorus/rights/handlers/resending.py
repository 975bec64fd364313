"""Sending a link that was asked for: at any hour, to the address that is known, whoever may not be asked meanwhile."""

from __future__ import annotations

from datetime import datetime

from chorus.rights.domain import link_letter
from chorus.rights.domain.answering import one_line
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant
from chorus.rights.domain.offer import Offer
from chorus.rights.domain.outgoing import Mail
from chorus.rights.handlers.claiming import mail_failed
from chorus.rights.handlers.mailing import Load, Office, failed, fresh_link, language_of, stop_link
from chorus.rights.handlers.means import Means
from chorus.rights.handlers.opting import opened
from chorus.rights.ports import Parcel, Store

# A revision, and what is pinned of the terms.
About = tuple[int, Offer | Grant]


def pack(store: Store, means: Means, office: Office, due: Mail, now: datetime) -> Load | None:
    """Make a parcel of one link that is due; None where it cannot go, or need not any more."""
    dossier = store.lock(due.creator.brand, due.post)
    about = _about(dossier, due.request)
    # Read again: what was let go of with its post before that was locked is gone.
    if all(mail.mail != due.mail for mail in store.mails([due.creator])):
        return None
    to = opened(office.vault, store.address(due.creator))
    if about is None or dossier.post.withdrawn or not to:
        store.drop_mail(due.mail)
        if not dossier.post.withdrawn:
            store.note(
                due.creator.brand, due.post, failed(due, "not sent, since there is no address that can be read", now)
            )
            mail_failed(store, means, dossier, now)
        return None
    store.keep_mail(due.tried(now))
    return Load((due,), _parcel(store, office, due, dossier, about, to, now))


def _about(dossier: Dossier, request: str) -> About | None:
    """Find what a link of a request leads to: the question about a post, else what followed from another's."""
    asked, grant = dossier.request(request), dossier.granted_by(request)
    if asked is not None:
        return asked.revision, asked.offer
    return (grant.revision, grant) if grant is not None else None


def _parcel(store: Store, office: Office, due: Mail, dossier: Dossier, about: About, to: str, now: datetime) -> Parcel:
    brand = store.brand(due.creator.brand)
    revision, pinned = about
    stop = stop_link(store, office, due.creator, now)
    written = link_letter.write(
        dossier.post.at(revision).text,
        brand=one_line(brand.name),
        language=language_of(store, brand.brand, pinned),
        link=fresh_link(store, office, [(dossier, due.request)], now),
        stop=stop,
    )
    return Parcel(office.hashed(due.mail)[:32], one_line(brand.name), to, written, stop)
