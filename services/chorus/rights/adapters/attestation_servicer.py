"""The part of rights' rpcs that is about what brands attest."""

from __future__ import annotations

import grpc

from chorus.api.rights.v1 import attestation_pb2, rights_pb2, rights_pb2_grpc
from chorus.platform import telemetry
from chorus.platform.idempotency import once
from chorus.rights.adapters import attestation_messages as messages
from chorus.rights.adapters.answers import grant_message
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.adapters.wiring import Wiring, caller
from chorus.rights.handlers import attesting

Context = grpc.ServicerContext


class AttestationServicer(rights_pb2_grpc.RightsServicer):
    """See rights.proto: the contract stands there."""

    def __init__(self, wiring: Wiring) -> None:
        """Keep the wiring."""
        self._wiring = wiring

    def AttestGrant(self, request: attestation_pb2.AttestGrantRequest, context: Context) -> rights_pb2.Grant:
        permission, now = messages.read_permission(request), self._wiring.clock()

        def act() -> rights_pb2.Grant:
            dossier, grant = attesting.attest_grant(
                PostgresStore(conn),
                request.brand,
                request.post,
                permission,
                by=caller(),
                now=now,
                means=self._wiring.means,
            )
            telemetry.add_links(dossier.post.links)
            return grant_message(request.post, grant)

        with self._wiring.transaction() as conn:
            return once(conn, "AttestGrant", request, rights_pb2.Grant, act)

    def GetProof(self, request: attestation_pb2.GetProofRequest, context: Context) -> attestation_pb2.GetProofResponse:
        with self._wiring.store() as store:
            proof, content = attesting.find_proof(store, request.brand, request.grant)
        return attestation_pb2.GetProofResponse(proof=messages.proof_message(proof), content=content)

    def EndAttestation(self, request: attestation_pb2.EndAttestationRequest, context: Context) -> rights_pb2.Grant:
        now = self._wiring.clock()

        def act() -> rights_pb2.Grant:
            dossier, grant = attesting.end_attestation(
                PostgresStore(conn), request.brand, request.grant, reason=request.reason, by=caller(), now=now
            )
            telemetry.add_links(dossier.post.links)
            return grant_message(dossier.post.post, grant)

        with self._wiring.transaction() as conn:
            ended = once(conn, "EndAttestation", request, rights_pb2.Grant, act)
        self._wiring.journal.write_soon()
        return ended
