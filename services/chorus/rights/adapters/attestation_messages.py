"""What brands attest, in protobuf, and back."""

from __future__ import annotations

from chorus.api.rights.v1 import attestation_pb2 as pb
from chorus.api.rights.v1 import rights_pb2
from chorus.platform.facts import moment
from chorus.rights.adapters import wire
from chorus.rights.domain.attestation import Attestation, Basis
from chorus.rights.domain.attesting import Permission
from chorus.rights.domain.proof import Proof
from chorus.rights.domain.words import attested_in_words

_BASES = {
    Basis.CONTRACT: pb.BASIS_CONTRACT,
    Basis.OWN_CONTENT: pb.BASIS_OWN_CONTENT,
    Basis.OTHER: pb.BASIS_OTHER,
}
_READ_BASES: dict[int, Basis] = {number: basis for basis, number in _BASES.items()}


def attestation_message(attestation: Attestation) -> pb.Attestation:
    """Write what a brand attested."""
    return pb.Attestation(
        basis=_BASES[attestation.basis],
        other=attestation.other,
        given_by=attestation.given_by,
        given_on=attestation.given_on.isoformat(),
        note=attestation.note,
        by=attestation.by,
        proof=proof_message(attestation.proof),
        ended_by=attestation.ended_by,
        end_reason=attestation.end_reason,
        in_words=attested_in_words(attestation),
    )


def told_to_creators(grant: rights_pb2.Grant) -> rights_pb2.Grant:
    """Leave out of an attested grant what is the brand's own: its notes, its people, its proof."""
    said = grant.attestation
    told = pb.Attestation(basis=said.basis, other=said.other, given_by=said.given_by, given_on=said.given_on)
    grant.attestation.CopyFrom(told)
    return grant


def proof_message(proof: Proof) -> pb.Proof:
    """Describe a proof."""
    return pb.Proof(name=proof.name, content_type=proof.content_type, size=proof.size, sha256=proof.sha256)


def read_permission(said: pb.AttestGrantRequest) -> Permission:
    """Read what somebody attests."""
    return Permission(
        scope=wire.read_scope(said.scope),
        surfaces=wire.read_surfaces(said.surfaces),
        days=said.days,
        until=moment(said.valid_until, "valid_until") if said.HasField("valid_until") else None,
        basis=_READ_BASES.get(said.basis),
        other=said.other,
        given_by=said.given_by,
        given_on=said.given_on,
        note=said.note,
        credit=said.credit,
        proof=said.proof,
        proof_name=said.proof_name,
    )
