"""The part of rights' rpcs that is about those who say that a post is theirs."""

from __future__ import annotations

import grpc

from chorus.api.rights.v1 import claim_pb2 as pb
from chorus.api.rights.v1 import rights_pb2_grpc
from chorus.platform import telemetry
from chorus.platform.facts import timestamp
from chorus.platform.idempotency import once
from chorus.platform.secrets import new_secret, sha256_hex
from chorus.rights.adapters import claim_messages as messages
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.adapters.wiring import Wiring, caller
from chorus.rights.domain.words import CLAIMED, filled
from chorus.rights.handlers import claiming

Context = grpc.ServicerContext


class ClaimServicer(rights_pb2_grpc.RightsServicer):
    """See rights.proto: the contract stands there."""

    def __init__(self, wiring: Wiring) -> None:
        """Keep the wiring."""
        self._wiring = wiring

    def ClaimPost(self, request: pb.ClaimPostRequest, context: Context) -> pb.ClaimPostResponse:
        said, now = messages.read_said(request), self._wiring.clock()
        with self._wiring.store() as store:
            # Anybody can have made it up, of any length.
            means, nonce = self._wiring.means, sha256_hex(request.nonce)
            answer_by = claiming.claim_post(store, means, request.brand, request.post, said, nonce=nonce, now=now)
        return pb.ClaimPostResponse(answer_by=timestamp(answer_by))

    def GetClaim(self, request: pb.GetClaimRequest, context: Context) -> pb.GetClaimResponse:
        with self._wiring.store() as store:
            return messages.found_message(*claiming.read(store, self._wiring.means.vault, request.brand, request.post))

    def CloseClaim(self, request: pb.CloseClaimRequest, context: Context) -> pb.Claim:
        outcome, now = messages.read_outcome(request.outcome), self._wiring.clock()

        def act() -> pb.Claim:
            store, named = PostgresStore(conn), messages.named(request)
            return messages.claim_message(claiming.close_claim(store, named, outcome, by=caller(), now=now))

        with self._wiring.transaction() as conn:
            return once(conn, "CloseClaim", request, pb.Claim, act)

    def ReopenClaim(self, request: pb.ReopenClaimRequest, context: Context) -> pb.Claim:
        now = self._wiring.clock()

        def act() -> pb.Claim:
            store, named = PostgresStore(conn), messages.named(request)
            return messages.claim_message(claiming.reopen_claim(store, named, by=caller(), now=now))

        with self._wiring.transaction() as conn:
            return once(conn, "ReopenClaim", request, pb.Claim, act)

    def TakeDown(self, request: pb.TakeDownRequest, context: Context) -> pb.Claim:
        now = self._wiring.clock()

        def act() -> pb.Claim:
            store, named = PostgresStore(conn), messages.named(request)
            dossier, claim = claiming.take_down_post(store, named, by=caller(), now=now)
            telemetry.add_links(dossier.post.links)
            return messages.claim_message(claim)

        with self._wiring.transaction() as conn:
            taken_down = once(conn, "TakeDown", request, pb.Claim, act)
        self._wiring.journal.write_soon()
        return taken_down

    def MailLink(self, request: pb.MailLinkRequest, context: Context) -> pb.MailLinkResponse:
        means, now = self._wiring.means, self._wiring.clock()

        def act() -> pb.MailLinkResponse:
            store = PostgresStore(conn)
            email = claiming.mail_link(store, means, request.brand, request.post, by=caller(), now=now)
            return pb.MailLinkResponse(email=email)

        with self._wiring.transaction() as conn:
            return once(conn, "MailLink", request, pb.MailLinkResponse, act)

    def GiveLink(self, request: pb.GiveLinkRequest, context: Context) -> pb.GiveLinkResponse:
        now, secret = self._wiring.clock(), new_secret()

        def act() -> pb.GiveLinkResponse:
            claiming.note_link(PostgresStore(conn), request.brand, request.post, by=caller(), now=now)
            return pb.GiveLinkResponse()

        with self._wiring.transaction() as conn:
            once(conn, "GiveLink", request, pb.GiveLinkResponse, act)
            # As for a question: the link itself is remembered nowhere, so asked for again, it is a fresh one.
            store = PostgresStore(conn)
            dossier = claiming.give_link(store, request.brand, request.post, sha256=sha256_hex(secret), now=now)
            brand = store.brand(request.brand).name
        address = f"{self._wiring.public_url.rstrip('/')}/r/{secret}"
        message = filled(CLAIMED, creator=dossier.post.account.called, brand=brand, link=address)
        return pb.GiveLinkResponse(link=address, message=message)
