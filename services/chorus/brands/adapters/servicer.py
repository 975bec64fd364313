"""Brands over gRPC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import grpc

from chorus.api.brands.v1 import brands_pb2 as pb
from chorus.api.brands.v1.brands_pb2_grpc import BrandsServicer as Base
from chorus.api.brands.v1.brands_pb2_grpc import add_BrandsServicer_to_server
from chorus.brands import handlers
from chorus.brands.adapters import wire
from chorus.brands.adapters.store import PostgresStore
from chorus.brands.domain.brand import ADMIN, DEFAULT_ACCENT, Brand, Member, folded
from chorus.platform import paging
from chorus.platform.auth import Signer
from chorus.platform.facts import timestamp
from chorus.platform.idempotency import once
from chorus.platform.ids import new_id
from chorus.platform.postgres import Database
from chorus.platform.rpc import Mounted, principal
from chorus.platform.secrets import sha256_hex

Context = grpc.ServicerContext


def _now() -> datetime:
    return datetime.now(UTC)


def mounted(database: Database, signer: Signer) -> Mounted:
    """Make the servicer ready to be put on a server."""
    descriptor = pb.DESCRIPTOR.services_by_name["Brands"]
    return Mounted(add_BrandsServicer_to_server, BrandsServicer(database, signer), descriptor)


class BrandsServicer(Base):
    """Each rpc is one transaction; what it promises stands in brands.proto."""

    def __init__(self, database: Database, signer: Signer, *, now: Callable[[], datetime] = _now) -> None:
        """Serve from this database, and sign access tokens with this signer."""
        self._database = database
        self._signer = signer
        self._now = now

    def CreateBrand(self, request: pb.CreateBrandRequest, context: Context) -> pb.Brand:
        brand = Brand(
            request.brand, request.display_name, request.accent or DEFAULT_ACCENT, request.home_page, self._now()
        )
        email = folded(request.admin_email)
        admin = Member(request.brand, email, request.admin_name, ADMIN) if email else None
        with self._database.transaction() as conn:
            return once(
                conn,
                "CreateBrand",
                request,
                pb.Brand,
                lambda: wire.brand(handlers.create_brand(PostgresStore(conn), brand, admin)),
            )

    def GetBrand(self, request: pb.GetBrandRequest, context: Context) -> pb.Brand:
        with self._database.transaction() as conn:
            return wire.brand(PostgresStore(conn).brand(request.brand))

    def ListBrands(self, request: pb.ListBrandsRequest, context: Context) -> pb.ListBrandsResponse:
        size = paging.size(request.page_size)
        (after,) = paging.decode(request.page_token, str) or ("",)
        only = None if principal().kind == "operator" else list(principal().roles)
        with self._database.transaction() as conn:
            found = PostgresStore(conn).brands(only, str(after), size + 1)
        token = paging.encode(found[size - 1].brand) if len(found) > size else ""
        return pb.ListBrandsResponse(brands=map(wire.brand, found[:size]), next_page_token=token)

    def UpdateBrand(self, request: pb.UpdateBrandRequest, context: Context) -> pb.Brand:
        with self._database.transaction() as conn:
            store = PostgresStore(conn)

            def change() -> pb.Brand:
                known = store.brand(request.brand, lock=True)
                changed = Brand(
                    known.brand,
                    request.display_name or known.display_name,
                    request.accent or known.accent,
                    request.home_page or known.home_page,
                    known.created_at,
                )
                return wire.brand(handlers.update_brand(store, changed, self._now()))

            return once(conn, "UpdateBrand", request, pb.Brand, change)

    def SetMember(self, request: pb.SetMemberRequest, context: Context) -> pb.Member:
        member = Member(request.brand, folded(request.email), request.display_name, request.role)
        with self._database.transaction() as conn:
            return once(
                conn,
                "SetMember",
                request,
                pb.Member,
                lambda: wire.member(handlers.set_member(PostgresStore(conn), member, self._now())),
            )

    def RemoveMember(self, request: pb.RemoveMemberRequest, context: Context) -> pb.RemoveMemberResponse:
        with self._database.transaction() as conn:

            def remove() -> pb.RemoveMemberResponse:
                handlers.remove_member(PostgresStore(conn), request.brand, folded(request.email), self._now())
                return pb.RemoveMemberResponse()

            return once(conn, "RemoveMember", request, pb.RemoveMemberResponse, remove)

    def ListMembers(self, request: pb.ListMembersRequest, context: Context) -> pb.ListMembersResponse:
        size = paging.size(request.page_size)
        (after,) = paging.decode(request.page_token, str) or ("",)
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            store.brand(request.brand)
            found = store.members(request.brand, str(after), size + 1)
        token = paging.encode(found[size - 1].email) if len(found) > size else ""
        return pb.ListMembersResponse(members=map(wire.member, found[:size]), next_page_token=token)

    def CreateSignIn(self, request: pb.CreateSignInRequest, context: Context) -> pb.CreateSignInResponse:
        with self._database.transaction() as conn:
            code, sign_in = handlers.create_sign_in(PostgresStore(conn), request.email, self._now())
        return pb.CreateSignInResponse(code=code, expires_at=timestamp(sign_in.expires_at))

    def RedeemSignIn(self, request: pb.RedeemSignInRequest, context: Context) -> pb.Session:
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            secret, session = handlers.redeem_sign_in(store, request.code, self._now())
            names = [each.display_name for each in store.memberships(session.email) if each.display_name]
        return pb.Session(
            session=secret,
            expires_at=timestamp(session.expires_at),
            email=session.email,
            display_name=names[0] if names else session.email,
        )

    def EndSession(self, request: pb.EndSessionRequest, context: Context) -> pb.EndSessionResponse:
        with self._database.transaction() as conn:
            PostgresStore(conn).end_session(sha256_hex(request.session))
        return pb.EndSessionResponse()

    def CreateMachineToken(
        self, request: pb.CreateMachineTokenRequest, context: Context
    ) -> pb.CreateMachineTokenResponse:
        # Not remembered by request id: the answer holds a secret, and a token made twice can be revoked.
        with self._database.transaction() as conn:
            secret, token = handlers.create_machine_token(
                PostgresStore(conn), request.brand, request.title, request.role, now=self._now(), token_id=new_id()
            )
        return pb.CreateMachineTokenResponse(token=wire.machine_token(token), secret=secret)

    def ListMachineTokens(self, request: pb.ListMachineTokensRequest, context: Context) -> pb.ListMachineTokensResponse:
        with self._database.transaction() as conn:
            found = PostgresStore(conn).machine_tokens(request.brand)
        return pb.ListMachineTokensResponse(tokens=map(wire.machine_token, found))

    def RevokeMachineToken(
        self, request: pb.RevokeMachineTokenRequest, context: Context
    ) -> pb.RevokeMachineTokenResponse:
        with self._database.transaction() as conn:
            PostgresStore(conn).revoke_machine_token(request.brand, request.machine_token, self._now())
        return pb.RevokeMachineTokenResponse()

    def IssueAccessToken(self, request: pb.IssueAccessTokenRequest, context: Context) -> pb.AccessToken:
        with self._database.transaction() as conn:
            who, memberships = handlers.identify(PostgresStore(conn), request.credential, self._now())
        token, expires = self._signer.issue(who)
        return pb.AccessToken(
            access_token=token,
            expires_at=timestamp(expires),
            email=who.email,
            display_name=who.name,
            memberships=map(wire.member, memberships),
        )
