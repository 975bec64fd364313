"""Others who have to agree before a creator's yes counts: a minor's guardian, and people in the picture."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chorus.errors import Conflict
from chorus.rights.domain.answering import closed, given, overrule, revoke
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Declined, Granted
from chorus.rights.domain.request import Confirmation, Request, RequestState
from chorus.rights.domain.terms import Terms


def agree(
    dossier: Dossier,
    request: Request,
    confirmation: Confirmation,
    *,
    terms: Terms,
    now: datetime,
    new_id: Callable[[], str],
) -> Dossier:
    """Note one other's yes; the last one makes the grant. Again is the same; `Conflict` where it comes too late."""
    if confirmation.agreed_at is not None:
        return dossier
    if request.answer is None or not can_agree(request, confirmation, now):
        raise _too_late(request)
    agreed = request.agreed(confirmation.confirmation, now)
    if agreed.awaited:
        return dossier.with_request(agreed)
    grant = given(dossier, agreed, request.answer, terms=terms, now=now, grant=new_id())
    return dossier.with_request(agreed.ended(RequestState.GRANTED, now)).with_grant(grant, Granted(grant))


def can_agree(request: Request, confirmation: Confirmation, now: datetime) -> bool:
    """Tell whether one other's yes still comes in time, or came already."""
    return confirmation.agreed_at is not None or (request.open and not request.over(now))


def refuse(dossier: Dossier, request: Request, confirmation: Confirmation, now: datetime) -> Dossier:
    """Let one other say no: nothing is granted, or what was granted ends, as does what the brand attested.

    Again is the same.
    """
    grant = dossier.granted_by(request.request)
    if confirmation.refused_at is not None or not (request.open or (grant and grant.active)):
        return dossier
    by, refused = confirmation.part.value, request.refused(confirmation.confirmation, now)
    dossier = overrule(dossier, request.request, now, by)
    if grant is not None and not request.open:
        return revoke(dossier.with_request(refused), grant, now, by)
    return dossier.with_request(refused.ended(RequestState.DECLINED, now), Declined(request.request, by))


def _too_late(request: Request) -> Conflict:
    if request.state is RequestState.DECLINED:
        message = "Somebody said no meanwhile, so nothing is allowed and there is nothing left to agree to."
        return Conflict(message, reason="CLOSED")
    return closed(request)
