"""Claims in protobuf, and back."""

from __future__ import annotations

from collections.abc import Iterable

from chorus.api.rights.v1 import claim_pb2 as pb
from chorus.errors import Invalid
from chorus.platform.facts import timestamp
from chorus.rights.domain.claim import Claim, ClaimKind, ClaimOutcome
from chorus.rights.domain.claiming import Said
from chorus.rights.domain.thread import Event, Kind
from chorus.rights.handlers.claiming import Heard, Named

KINDS = {
    ClaimKind.LOST_LINK: pb.CLAIM_KIND_LOST_LINK,
    ClaimKind.NOT_ALLOWED: pb.CLAIM_KIND_NOT_ALLOWED,
}
OUTCOMES = {
    ClaimOutcome.ANSWERED: pb.CLAIM_OUTCOME_ANSWERED,
    ClaimOutcome.NOT_THEIRS: pb.CLAIM_OUTCOME_NOT_THEIRS,
    ClaimOutcome.SPAM: pb.CLAIM_OUTCOME_SPAM,
    ClaimOutcome.TAKEN_DOWN: pb.CLAIM_OUTCOME_TAKEN_DOWN,
}
_READ_KINDS: dict[int, ClaimKind] = {number: kind for kind, number in KINDS.items()}
_READ_OUTCOMES: dict[int, ClaimOutcome] = {number: outcome for outcome, number in OUTCOMES.items()}


def claim_message(claim: Claim) -> pb.Claim:
    """Write a claim."""
    return pb.Claim(
        claim=claim.claim,
        opened_at=timestamp(claim.opened_at),
        due_at=timestamp(claim.due_at),
        kinds=[KINDS[each] for each in claim.kinds],
        times=claim.times,
        closed_at=timestamp(claim.closed_at) if claim.closed_at else None,
        closed_by=claim.closed_by,
        outcome=OUTCOMES[claim.outcome] if claim.outcome else pb.CLAIM_OUTCOME_UNSPECIFIED,
    )


def found_message(claim: Claim, heard: Iterable[Heard]) -> pb.GetClaimResponse:
    """Write a claim with what was written."""
    return pb.GetClaimResponse(claim=claim_message(claim), sayings=[_saying(each) for each in heard])


def wanted(event: Event) -> pb.ClaimKind.ValueType:
    """Name what somebody wanted who said that a post is theirs, where that is what happened and is not forgotten."""
    known = event.kind is Kind.CLAIMED and event.detail
    return KINDS[ClaimKind(event.detail)] if known else pb.CLAIM_KIND_UNSPECIFIED


def closed_as(event: Event) -> pb.ClaimOutcome.ValueType:
    """Name how a claim was closed, where that is what happened."""
    known = event.kind is Kind.CLAIM_CLOSED and event.detail
    return OUTCOMES[ClaimOutcome(event.detail)] if known else pb.CLAIM_OUTCOME_UNSPECIFIED


def read_said(request: pb.ClaimPostRequest) -> Said:
    """Read what somebody says; Invalid where they do not say what they want."""
    if request.kind in _READ_KINDS:
        return Said(_READ_KINDS[request.kind], request.words, request.email)
    message = "Choose what you want."
    raise Invalid(message, fields={"kind": message})


def read_outcome(number: int) -> ClaimOutcome | None:
    """Read how a claim is closed; None where that is not said."""
    return _READ_OUTCOMES.get(number)


def named(request: pb.CloseClaimRequest | pb.ReopenClaimRequest | pb.TakeDownRequest) -> Named:
    """Read which claim is meant."""
    return Named(request.brand, request.post, request.claim)


def _saying(heard: Heard) -> pb.Saying:
    said = heard.said
    return pb.Saying(kind=KINDS[said.kind], at=timestamp(heard.at), words=said.words, email=said.email)
