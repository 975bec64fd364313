"""A post's thread: what happened about its rights, in its order, for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.following import begun
from chorus.rights.domain.grant import Grant, GrantState
from chorus.rights.domain.request import Channel, Part, Request, RequestState
from chorus.rights.domain.standing import Ending, StandingConsent
from chorus.scope import Scope


class Kind(StrEnum):
    """What can happen. Whether a link was opened is nothing that could be known: scanners open links too."""

    ASKED = "asked"
    LINKED = "linked"
    GRANTED = "granted"
    NARROWED = "narrowed"
    DECLINED = "declined"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ANSWERED_IN_PUBLIC = "answered_in_public"
    MAILED = "mailed"
    MAIL_FAILED = "mail_failed"
    REMINDED = "reminded"
    ATTESTED = "attested"
    ATTESTATION_ENDED = "attestation_ended"
    # Somebody said that the post is theirs; and a link was mailed, since somebody asked for it.
    CLAIMED = "claimed"
    LINK_MAILED = "link_mailed"
    CLAIM_CLOSED = "claim_closed"
    CLAIM_REOPENED = "claim_reopened"
    TAKEN_DOWN = "taken_down"
    # The creator said yes, and others have to agree; each does by a link of their own.
    SAID_YES = "said_yes"
    GUARDIAN_AGREED = "guardian_agreed"
    PERSON_AGREED = "person_agreed"
    # The creator agreed to what they post later, and that ended or was over.
    STANDING_GIVEN = "standing_given"
    STANDING_ENDED = "standing_ended"
    STANDING_OVER = "standing_over"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a request, a grant or a claim, `subject`.

    `by` is who of the brand did it, empty where the creator or the clock did; `scope` what is allowed from then on.
    `channel` is how somebody was contacted, `detail` where to, or why not; in `said_in` the creator said something.
    Of a claim, `detail` is what was wanted, or how it was closed.
    """

    kind: Kind
    subject: str
    at: datetime
    by: str = ""
    scope: Scope | None = None
    channel: Channel | None = None
    detail: str = ""
    said_in: str = ""


_CLOSED = {
    RequestState.DECLINED: Kind.DECLINED,
    RequestState.LAPSED: Kind.LAPSED,
    RequestState.SUPERSEDED: Kind.SUPERSEDED,
}
_AGREED = {Part.GUARDIAN: Kind.GUARDIAN_AGREED, Part.PERSON: Kind.PERSON_AGREED}
_ENDED = {
    GrantState.REVOKED: Kind.REVOKED,
    GrantState.EXPIRED: Kind.EXPIRED,
    GrantState.ENDED: Kind.ATTESTATION_ENDED,
}


def happened(before: Dossier, after: Dossier, now: datetime) -> Iterator[Event]:
    """Tell what happened between two states of a dossier: first to what was asked, then to what was given.

    Then that a claim was closed; all else about it is noted by whoever hears of it.
    """
    by = _took_down(before, after)
    for request in after.requests:
        yield from _asked(before.request(request.request), request, now, by)
    grants = {grant.grant: grant for grant in before.grants}
    for grant in after.grants:
        yield from _given(grants.get(grant.grant), grant, now, by)
    for consent in begun(before, after):
        yield Event(Kind.STANDING_GIVEN, consent.request, consent.given_at)
    claim = after.claim
    if claim and claim.closed_at and claim.outcome and before.claim and before.claim.open:
        yield Event(Kind.CLAIM_CLOSED, claim.claim, claim.closed_at, claim.closed_by, detail=claim.outcome.value)


def of_standing(consent: StandingConsent) -> Event:
    """Tell that a standing consent ended."""
    kind = Kind.STANDING_OVER if consent.ended is Ending.OVER else Kind.STANDING_ENDED
    return Event(kind, consent.request, consent.ended_at or consent.given_at)


def _took_down(before: Dossier, after: Dossier) -> str:
    """Name who of the brand takes the post down; empty where nobody does."""
    claim = after.claim
    return claim.closed_by if claim and claim.taken_down and claim != before.claim else ""


def _asked(before: Request | None, after: Request, now: datetime, by: str) -> Iterator[Event]:
    if before is None:
        yield Event(Kind.ASKED, after.request, after.created_at, after.by, channel=after.channel)
    if after.said_yes_at and (before is None or not before.said_yes_at):
        yield Event(Kind.ANSWERED_IN_PUBLIC, after.request, after.said_yes_at, said_in=after.said_yes_in)
    yield from _confirmed(before, after, now)
    was_open = before is None or before.open
    if was_open and after.state in _CLOSED:
        yield Event(_CLOSED[after.state], after.request, after.answered_at or _closed_at(after, now), by)


def _confirmed(before: Request | None, after: Request, now: datetime) -> Iterator[Event]:
    known = before.confirmations if before else ()
    if after.confirmations and not known:
        yield Event(Kind.SAID_YES, after.request, now)
    for each in after.confirmations:
        if each.agreed_at and each not in known:
            yield Event(_AGREED[each.part], after.request, each.agreed_at)


def _closed_at(request: Request, now: datetime) -> datetime:
    return min(request.window_ends_at, now) if request.state is RequestState.LAPSED else now


def _given(before: Grant | None, after: Grant, now: datetime, by: str) -> Iterator[Event]:
    attestation = after.attestation
    if before is None:
        kind, giver = (Kind.ATTESTED, attestation.by) if attestation else (Kind.GRANTED, "")
        yield Event(kind, after.grant, after.valid_from, giver, after.scope)
    elif (before.scope, before.surfaces, before.valid_until) != (after.scope, after.surfaces, after.valid_until):
        yield Event(Kind.NARROWED, after.grant, now, scope=after.scope)
    was_active = before is None or before.active
    if was_active and after.claimed:
        yield Event(Kind.TAKEN_DOWN, after.grant, after.ended_at or now, by)
    elif was_active and after.state in _ENDED:
        ended_by = attestation.ended_by if attestation else ""
        yield Event(_ENDED[after.state], after.grant, after.ended_at or now, ended_by)
