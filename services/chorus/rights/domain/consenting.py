"""Consent that came with an upload: it becomes a grant, or, where its terms do not hold, a question.

What reaches us was entered in another service, by rules that may differ from ours: nothing here may fail over it.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from chorus.errors import Invalid
from chorus.rights.domain.answering import MOST_CREDIT, MOST_OTHERS, credit_line, give, one_line
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Granted, Revoked
from chorus.rights.domain.grant import GrantState
from chorus.rights.domain.offer import check_offer
from chorus.rights.domain.post import Consent, Post
from chorus.rights.domain.request import Answer
from chorus.rights.domain.terms import Terms, check_terms

_FIRST = 1
# The link that came with an upload belongs to no request.
_UPLOADED = ""


def due(dossier: Dossier) -> Consent | None:
    """Answer the consent that waits to be dealt with: its pictures are all known, so that a grant can pin them."""
    post = dossier.post
    if post.consent is None or post.withdrawn or dossier.consented or not post.known:
        return None
    return None if post.at(_FIRST).pending else post.consent


def sound(consent: Consent, kept: Terms | None) -> bool:
    """Tell whether this is what could be asked here, under terms that are what they and `kept` always said."""
    asked = consent.terms
    # Which age they ask for is no part of the hash.
    same = kept is None or (kept.sha256 == asked.sha256 and kept.minimum_age <= asked.minimum_age)
    pinned = consent.terms.intact() and consent.offer.terms_sha256 == consent.terms.sha256
    return same and pinned and askable(consent) and _keepable(consent.terms)


def askable(consent: Consent) -> bool:
    """Tell whether what was agreed to could be asked of a creator, whatever the terms."""
    offer = consent.offer
    try:
        check_offer(offer.scope, offer.surfaces, offer.days)
    except Invalid:
        return False
    return True


def forget(dossier: Dossier) -> Dossier:
    """Drop consent from which nothing can follow: the uploader's page then says that nothing was allowed."""
    return dossier.with_post(replace(dossier.post, consent=None))


def uploaded(post: Post) -> str:
    """Name the grant, or the request, that follows from consent given with a post's upload.

    Its id follows from the post's: heard anew after a restore, it is the one that the journal may say is over.
    """
    return hashlib.sha256(f"{post.brand}/{post.post}".encode()).hexdigest()[:32]


def accept(dossier: Dossier, consent: Consent) -> Dossier:
    """Record the grant that the uploader gave, from the moment at which it was given."""
    post = dossier.post
    given = give(
        dossier,
        consent.offer,
        grant=uploaded(post),
        request=_UPLOADED,
        revision=_FIRST,
        credit=credit_line(_credit(consent), dossier.post.account),
        at=consent.given_at,
    )
    return dossier.with_grant(given, Granted(given))


def answer_of(consent: Consent) -> Answer:
    """Read an uploader's consent as a yes to a question."""
    return Answer(
        grant=True,
        credit=_credit(consent),
        language=consent.terms.language,
        of_age=not consent.under_age,
        others=min(max(consent.others, 0), MOST_OTHERS),
    )


def take_away(dossier: Dossier, now: datetime) -> Dossier:
    """Revoke what still runs for an upload that is gone: its uploader took the picture back, and all that went with it.

    Of other posts, what was given stays: deleting a post somewhere else is no answer to a question asked here.
    """
    if not dossier.consented:
        return dossier
    for grant in sorted(dossier.grants, key=lambda each: not each.attested):
        if grant.active:
            dossier = dossier.with_grant(grant.ended(GrantState.REVOKED, now), Revoked(grant.grant, request=_UPLOADED))
    return dossier


def _credit(consent: Consent) -> str:
    return one_line(consent.credit)[:MOST_CREDIT]


def _keepable(terms: Terms) -> bool:
    try:
        check_terms(terms)
    except Invalid:
        return False
    return terms.version >= _FIRST
