"""Standing consent: what follows from it, how it ends, and what was taken back with it.

Whoever locks both locks posts first, and the standing consents of one account after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.following import covering, follow, take_back_followed, wanting
from chorus.rights.domain.standing import Ending, StandingConsent
from chorus.rights.ports import Store


def follow_up(store: Store, dossier: Dossier, now: datetime) -> tuple[Dossier, bool]:
    """Grant by standing consent what a locked post may be shown by; tells also whether any covers it.

    While a picture of the post is still to come nothing follows yet, and nobody need be asked either.
    """
    if not wanting(dossier):
        return dossier, False
    post = dossier.post
    consent = covering(store.covering(post.brand, post.account), dossier, now)
    if consent is None:
        return dossier, False
    if post.at(post.approved).pending:
        return dossier, True
    store.lead_on(consent, post.post, now)
    return follow(dossier, consent, now), True


def look_back(store: Store, brand: str, post: str, now: datetime) -> None:
    """Do what follows for a post that was approved before its creator's consent was known."""
    dossier = store.lock(brand, post)
    followed, _ = follow_up(store, dossier, now)
    if followed != dossier:
        store.save(followed, now)


def end(
    store: Store, consents: Sequence[StandingConsent], how: Ending, now: datetime, *, by: str, others: bool
) -> bool:
    """End these standing consents; `others`: and nothing new follows from any of the account. Tells whether it changed.

    What followed from one that is taken back is revoked later, post by post (`revoke_followed`).
    """
    if not consents:
        return False
    named = {each.standing for each in consents}
    changed = False
    for held in store.hold_standing(consents):
        if held.standing not in named and not others:
            continue
        ended = held.end(how if held.standing in named else Ending.ENDED, now, by)
        if ended != held:
            store.end_standing(ended, now)
            changed = True
    return changed


def revoke_followed(store: Store, consent: StandingConsent, post: str, now: datetime) -> None:
    """Revoke what followed for one post from a standing consent that was taken back."""
    dossier = store.lock(consent.brand, post)
    revoked = take_back_followed(dossier, consent.request, consent.ended_at or now, consent.ended_by)
    if revoked != dossier:
        store.save(revoked, now)
