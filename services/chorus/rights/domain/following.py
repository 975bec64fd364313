"""What begins a standing consent, and what follows from one: a grant for each post that it covers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from chorus.rights.domain.answering import give, overrule, revoke
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Granted
from chorus.rights.domain.grant import Via
from chorus.rights.domain.post import Account
from chorus.rights.domain.standing import StandingConsent


def begun(before: Dossier, after: Dossier) -> Iterator[StandingConsent]:
    """List the standing consents that were given between two states of a dossier, each with the grant beside it."""
    known = {grant.grant for grant in before.grants}
    post = after.post
    for request in after.requests:
        grant, span, answer = after.granted_by(request.request), request.offer.standing, request.answer
        if grant is None or grant.grant in known or span is None or answer is None or not answer.standing:
            continue
        yield StandingConsent(
            standing=grant.grant,
            brand=post.brand,
            request=request.request,
            post=post.post,
            account=Account(post.account.platform, post.account.id),
            span=span,
            offer=replace(
                request.offer,
                scope=grant.scope,
                surfaces=grant.surfaces,
                terms_language=grant.terms_language,
                terms_sha256=grant.terms_sha256,
                standing=None,
            ),
            credit=grant.credit,
            given_at=grant.valid_from,
            of_age=answer.of_age,
            confirmations=request.confirmations,
        )


def wanting(dossier: Dossier) -> bool:
    """Tell whether a grant may follow for a post.

    It is approved and still there, nothing covers it, no question about it is open or about to be, its creator never
    said no to it or allowed less of it, nobody who said that it is theirs had it taken down, and they never gave
    anything for this revision: what they gave for a time is not given longer.
    """
    post = dossier.post
    if not post.known or not post.approved or post.withdrawn:
        return False
    uploaded = post.consent is not None and not dossier.consented
    given = any(grant.revision == post.approved and not grant.attested for grant in dossier.grants)
    said = dossier.limited or dossier.taken_down
    return not (uploaded or dossier.open or dossier.covering or said or given)


def covering(consents: Iterable[StandingConsent], dossier: Dossier, now: datetime) -> StandingConsent | None:
    """Choose the first of these that covers a post."""
    return next((each for each in consents if each.covers(dossier.post, now)), None)


def follow(dossier: Dossier, consent: StandingConsent, now: datetime) -> Dossier:
    """Record the grant that follows for the approved revision, for as long from now as any that is given.

    Its id follows from post and revision: made anew after a restore, it is the grant that the journal may say is
    over, whichever consent it follows from then.
    """
    post = dossier.post
    given = give(
        dossier,
        consent.offer,
        grant=hashlib.sha256(f"standing/{post.brand}/{post.post}/{post.approved}".encode()).hexdigest()[:32],
        request=consent.request,
        revision=post.approved,
        credit=consent.credit,
        at=now,
    )
    grant = replace(given, via=Via.STANDING, standing_given_at=consent.given_at)
    return dossier.with_grant(grant, Granted(grant, consent))


def take_back_followed(dossier: Dossier, request: str, now: datetime, by: str) -> Dossier:
    """Revoke what followed for a post from standing consent that was given with the answer to a question.

    What the brand attested of the post ends with it, as where anything is taken back.
    """
    for grant in dossier.grants:
        if grant.via is Via.STANDING and grant.request == request:
            dossier = revoke(overrule(dossier, request, now, by), grant, now, by)
    return dossier
