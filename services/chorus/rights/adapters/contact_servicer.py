"""The part of rights' rpcs that is about contacting creators."""

from __future__ import annotations

import grpc

from chorus.api.rights.v1 import contact_pb2, rights_pb2_grpc
from chorus.platform.idempotency import once
from chorus.rights.adapters import contact_messages as messages
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.adapters.wiring import Wiring
from chorus.rights.handlers import contacting

Context = grpc.ServicerContext


class ContactServicer(rights_pb2_grpc.RightsServicer):
    """See rights.proto: the contract stands there."""

    def __init__(self, wiring: Wiring) -> None:
        """Keep the wiring."""
        self._wiring = wiring

    def GetContactPolicy(
        self, request: contact_pb2.GetContactPolicyRequest, context: Context
    ) -> contact_pb2.GetContactPolicyResponse:
        with self._wiring.store() as store:
            return messages.policy_answer(store.contact_policy(request.brand), store.brand(request.brand))

    def SetContactPolicy(
        self, request: contact_pb2.SetContactPolicyRequest, context: Context
    ) -> contact_pb2.ContactPolicy:
        wanted = messages.read_policy(request.brand, request.policy)

        def act() -> contact_pb2.ContactPolicy:
            return messages.policy_message(contacting.set_contact_policy(PostgresStore(conn), wanted))

        with self._wiring.transaction() as conn:
            return once(conn, "SetContactPolicy", request, contact_pb2.ContactPolicy, act)
