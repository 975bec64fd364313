"""Consent that came with an upload: it becomes a grant, or, where its terms do not hold, a question."""

from __future__ import annotations

from chorus.rights.domain.answering import MOST_CREDIT, credit_line, give, one_line
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Granted
from chorus.rights.domain.post import Consent
from chorus.rights.domain.terms import Terms

_FIRST = 1


def due(dossier: Dossier) -> Consent | None:
    """Answer the consent that waits to be dealt with: its pictures are all known, so that a grant can pin them."""
    post = dossier.post
    if post.consent is None or post.withdrawn or dossier.consented or not post.known:
        return None
    return None if post.at(_FIRST).pending else post.consent


def sound(consent: Consent, kept: Terms | None) -> bool:
    """Tell whether the terms agreed to are what their hash says, and what this version always said."""
    same = kept is None or kept.sha256 == consent.terms.sha256
    return same and consent.terms.intact() and consent.offer.terms_sha256 == consent.terms.sha256


def accept(dossier: Dossier, consent: Consent, grant: str) -> Dossier:
    """Record the grant that the uploader gave, from the moment at which it was given."""
    given = give(
        dossier,
        consent.offer,
        grant=grant,
        request="",
        revision=_FIRST,
        credit=credit_line(one_line(consent.credit)[:MOST_CREDIT], dossier.post.account),
        at=consent.given_at,
    )
    return dossier.with_grant(given, Granted(given))
