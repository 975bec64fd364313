"""What was ended, wholly or in part, kept apart from the database: what a backup does not know stays true.

A database that is brought back from a backup has forgotten what came after it. A grant that is forgotten shows nothing;
a revocation that is forgotten would show what nobody may see any more. So ends, and ends alone, are kept twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chorus.rights.domain.answering import erase, revoke
from chorus.rights.domain.attesting import end_attested
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Declined, Ended, Erased, Narrowed, Revoked
from chorus.rights.domain.grant import Grant, Kept, Via
from chorus.rights.domain.request import RequestState
from chorus.rights.domain.standing import Ending, StandingConsent


class EndKind(StrEnum):
    """What ended: a grant or a part of it, a question answered with no, all that is known of a post, standing consent.

    A standing consent was ended by itself, or taken back with all that followed from it.
    """

    REVOKED = "revoked"
    # By the brand, which had attested it, or to which somebody said that it is theirs.
    ENDED = "ended"
    DECLINED = "declined"
    NARROWED = "narrowed"
    ERASED = "erased"
    STANDING_ENDED = "standing_ended"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class End:
    """One end. `subject` is the id of the grant, request, post or standing consent; of a narrowing "<grant>.<number>".

    `kept` is what a narrowing left; None of another end, and where nobody can read it any more.
    """

    kind: EndKind
    brand: str
    post: str
    subject: str
    at: datetime
    kept: Kept | None = None


def ends(dossier: Dossier) -> Iterator[End]:
    """List what was ended by what was decided and not told yet, at the moment it was: also if it is repeated."""
    brand, post = dossier.post.brand, dossier.post.post
    for fact in dossier.facts:
        match fact:
            case Revoked(name) | Ended(name):
                over = _grant(dossier, name)
                kind = EndKind.REVOKED if isinstance(fact, Revoked) else EndKind.ENDED
                if over is not None and over.ended_at:
                    yield End(kind, brand, post, name, over.ended_at)
                    yield from _question(dossier, over, over.ended_at)
            case Declined(name):
                declined = dossier.request(name)
                if declined is not None and declined.answered_at:
                    yield End(EndKind.DECLINED, brand, post, name, declined.answered_at)
            case Narrowed(grant) if grant.narrowed_at:
                subject, kept = f"{grant.grant}.{grant.narrowed}", Kept(grant.scope, grant.valid_until)
                yield End(EndKind.NARROWED, brand, post, subject, grant.narrowed_at, kept)
                yield from _question(dossier, grant, grant.narrowed_at)
            case Erased(_, at):
                yield End(EndKind.ERASED, brand, post, post, at)
            case _:
                pass


def of_standing(consent: StandingConsent, at: datetime) -> Iterator[End]:
    """List the end of a standing consent, and that of its question where others had to agree, as for a grant."""
    kind = EndKind.TAKEN_BACK if consent.ended is Ending.TAKEN_BACK else EndKind.STANDING_ENDED
    yield End(kind, consent.brand, consent.post, consent.standing, at)
    if consent.confirmations:
        yield End(EndKind.DECLINED, consent.brand, consent.post, consent.request, at)


def end_again(dossier: Dossier, end: End) -> Dossier:
    """Make true again what a backup did not know; where it is true already, nothing changes.

    Nothing followed from standing consent after a creator's word about a post, or after it was taken down: what
    followed since, in a database that had forgotten it, ends as well.
    """
    ended = _again(dossier, end)
    if ended == dossier or not (ended.limited or ended.taken_down):
        return ended
    for grant in ended.grants:
        if grant.via is Via.STANDING and grant.valid_from > end.at and grant.grant != end.subject.partition(".")[0]:
            ended = revoke(ended, grant, end.at)
    return ended


def _again(dossier: Dossier, end: End) -> Dossier:
    match end.kind:
        case EndKind.ERASED:
            return erase(dossier, "", end.at)
        case EndKind.REVOKED:
            return _revoke_again(dossier, end.subject, end.at)
        case EndKind.ENDED:
            return _end_again(dossier, end.subject, end.at)
        case EndKind.NARROWED:
            return _narrow_again(dossier, end)
        case EndKind.DECLINED:
            return _decline_again(dossier, end)
        case EndKind.STANDING_ENDED | EndKind.TAKEN_BACK:
            # Of no post: what followed has ends of its own.
            return dossier


def _question(dossier: Dossier, grant: Grant, at: datetime) -> Iterator[End]:
    """End the question too where others had to agree: a backup may know it as waiting for them, and of no grant.

    They could agree anew, and the creator's yes from before would give all of it again.
    """
    asked = dossier.request(grant.request)
    if asked is not None and asked.confirmations:
        yield End(EndKind.DECLINED, dossier.post.brand, dossier.post.post, asked.request, at)


def _revoke_again(dossier: Dossier, grant: str, at: datetime) -> Dossier:
    known = _grant(dossier, grant)
    return revoke(dossier, known, at) if known else dossier


def _end_again(dossier: Dossier, grant: str, at: datetime) -> Dossier:
    """Who ended it, and why, is not in the journal: the end alone must not be forgotten.

    What creators gave, a brand ends for one reason alone.
    """
    known = _grant(dossier, grant)
    if known is None or not known.active:
        return dossier
    if known.attested:
        return end_attested(dossier, known, by="", reason="", now=at)
    return dossier.with_grant(known.taken_down("", at), Ended(grant))


def _narrow_again(dossier: Dossier, end: End) -> Dossier:
    name, _, number = end.subject.partition(".")
    grant = _grant(dossier, name)
    if grant is None or not grant.active or grant.narrowed >= int(number):
        return dossier
    left = grant.less(end.kept) if end.kept else None
    if left is None or not left.scope.uses:
        return revoke(dossier, grant, end.at)
    narrowed = grant.narrowed_to(left, int(number), end.at)
    return dossier.with_grant(narrowed, Narrowed(narrowed))


def _decline_again(dossier: Dossier, end: End) -> Dossier:
    request = dossier.request(end.subject)
    if request is None or not request.open:
        return dossier
    return dossier.with_request(request.ended(RequestState.DECLINED, end.at), Declined(request.request))


def _grant(dossier: Dossier, grant: str) -> Grant | None:
    return next((each for each in dossier.grants if each.grant == grant), None)
