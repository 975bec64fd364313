"""The part of rights' rpcs that is about contacting creators."""

from __future__ import annotations

import grpc

from chorus.api.rights.v1 import contact_pb2, rights_pb2_grpc
from chorus.platform.facts import timestamp
from chorus.platform.idempotency import once
from chorus.rights.adapters import contact_messages as messages
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.adapters.wiring import Wiring, address_of
from chorus.rights.handlers import contacting, opting

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

    def BatchGetContacts(
        self, request: contact_pb2.BatchGetContactsRequest, context: Context
    ) -> contact_pb2.BatchGetContactsResponse:
        with self._wiring.store() as store:
            now, means = self._wiring.clock(), self._wiring.means
            found = contacting.reaches(store, means, request.brand, request.posts, now)
            quiet = store.contact_policy(request.brand).quiet
        contacts = [messages.reach_message(each) for each in found]
        until = timestamp(quiet.over(now)) if quiet.holds(now) else None
        return contact_pb2.BatchGetContactsResponse(contacts=contacts, mails=means.mails, quiet_until=until)

    def GetOptOut(self, request: contact_pb2.GetOptOutRequest, context: Context) -> contact_pb2.OptOutView:
        with self._wiring.store() as store:
            link, _ = address_of(request.link)
            return messages.choice_message(opting.see(store, self._wiring.means.vault, link))

    def SetOptOut(self, request: contact_pb2.SetOptOutRequest, context: Context) -> contact_pb2.OptOutView:
        wish, now = messages.read_wish(request.opt_out), self._wiring.clock()
        with self._wiring.store() as store:
            vault, [link, _] = self._wiring.means.vault, address_of(request.link)
            chosen = messages.choice_message(opting.choose(store, vault, link, wish, now))
        self._wiring.journal.write_soon()
        return chosen

    def SetContactPolicy(
        self, request: contact_pb2.SetContactPolicyRequest, context: Context
    ) -> contact_pb2.ContactPolicy:
        wanted = messages.read_policy(request.brand, request.policy)

        def act() -> contact_pb2.ContactPolicy:
            return messages.policy_message(contacting.set_contact_policy(PostgresStore(conn), wanted))

        with self._wiring.transaction() as conn:
            return once(conn, "SetContactPolicy", request, contact_pb2.ContactPolicy, act)
