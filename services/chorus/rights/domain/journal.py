"""What a creator took back or declined, kept apart from the database: what a backup does not know stays true.

A database that is brought back from a backup has forgotten what came after it. A grant that is forgotten shows nothing;
a revocation that is forgotten would show what nobody may see any more. So ends, and ends alone, are kept twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chorus.rights.domain.answering import revoke
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Declined, Revoked
from chorus.rights.domain.request import RequestState


class EndKind(StrEnum):
    """What ended: a grant that was taken back, or a question answered with no."""

    REVOKED = "revoked"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class End:
    """One end. `subject` is the grant's id, or the request's."""

    kind: EndKind
    brand: str
    post: str
    subject: str
    at: datetime


def ends(dossier: Dossier) -> Iterator[End]:
    """List what creators ended by what was decided and not told yet, at the moment they did: also if it is repeated."""
    brand, post = dossier.post.brand, dossier.post.post
    for grant in dossier.grants:
        if grant.ended_at and Revoked(grant.grant) in dossier.facts:
            yield End(EndKind.REVOKED, brand, post, grant.grant, grant.ended_at)
    for request in dossier.requests:
        if request.answered_at and Declined(request.request) in dossier.facts:
            yield End(EndKind.DECLINED, brand, post, request.request, request.answered_at)


def end_again(dossier: Dossier, end: End) -> Dossier:
    """Make true again what a backup did not know; where it is true already, nothing changes."""
    if end.kind is EndKind.REVOKED:
        grant = next((each for each in dossier.grants if each.grant == end.subject), None)
        return revoke(dossier, grant, end.at) if grant else dossier
    request = dossier.request(end.subject)
    if request is None or not request.open:
        return dossier
    return dossier.with_request(request.ended(RequestState.DECLINED, end.at), Declined(request.request))
