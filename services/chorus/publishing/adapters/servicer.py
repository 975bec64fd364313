"""Publishing over gRPC."""

from __future__ import annotations

from datetime import timedelta

from chorus.api.publishing.v1 import publishing_pb2 as pb
from chorus.api.publishing.v1.publishing_pb2_grpc import add_PublishingServicer_to_server
from chorus.errors import Invalid, NotFound
from chorus.platform import paging
from chorus.platform.ids import new_id
from chorus.platform.postgres import Database
from chorus.platform.rpc import Mounted
from chorus.platform.secrets import Vault, new_secret, sha256_hex
from chorus.publishing.adapters import messages, takedown_messages
from chorus.publishing.adapters.endpoint_servicer import CheckUrl, Context, EndpointServicer, now
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.decision import decide
from chorus.publishing.domain.placement import State
from chorus.publishing.domain.surface import Surface
from chorus.publishing.handlers import surfaces

_MOST_POSTS = 100
# In addresses of pictures: not secret, but nobody guesses where another surface's pictures are.
_PUBLIC_KEY_BYTES = 12


def mounted(database: Database, public_url: str, vault: Vault, check_url: CheckUrl, bound: float) -> Mounted:
    """Make the servicer ready to be put on a server."""
    descriptor = pb.DESCRIPTOR.services_by_name["Publishing"]
    servicer = PublishingServicer(database, public_url, vault, check_url, bound)
    return Mounted(add_PublishingServicer_to_server, servicer, descriptor)


class PublishingServicer(EndpointServicer):
    """Each rpc is one transaction; what it promises stands in publishing.proto."""

    def __init__(self, database: Database, public_url: str, vault: Vault, check_url: CheckUrl, bound: float) -> None:
        """Serve from this database; addresses begin with `public_url`; for `check_url` see `EndpointServicer`.

        `bound` is the revocation bound, in seconds.

        A key is kept only as its hash, and sealed by `vault` in the answer that a repeated request gets again: whoever
        lost the first answer would else hold a surface that nobody can read.
        """
        super().__init__(database, vault, check_url)
        self._public_url = public_url
        self._bound = timedelta(seconds=bound)

    def CreateSurface(self, request: pb.CreateSurfaceRequest, context: Context) -> pb.CreateSurfaceResponse:
        def create(store: PostgresStore) -> pb.CreateSurfaceResponse:
            defined, secret = messages.definition(request), new_secret()
            made = surfaces.create(
                store,
                request.brand,
                request.surface,
                defined,
                public_key=new_secret(_PUBLIC_KEY_BYTES),
                key_sha256=sha256_hex(secret),
                now=now(),
            )
            sealed = self._vault.encrypt(secret) if made.key_sha256 else ""
            return pb.CreateSurfaceResponse(surface=messages.surface(made, 0, self._public_url), key=sealed)

        answer = self._once("CreateSurface", request, pb.CreateSurfaceResponse, create)
        answer.key = self._vault.decrypt(answer.key) if answer.key else ""
        return answer

    def GetSurface(self, request: pb.GetSurfaceRequest, context: Context) -> pb.Surface:
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            return self._surface(store, store.surface(request.brand, request.surface))

    def ListSurfaces(self, request: pb.ListSurfacesRequest, context: Context) -> pb.ListSurfacesResponse:
        size = paging.size(request.page_size)
        (after,) = paging.decode(request.page_token, str) or ("",)
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            found = store.surfaces(request.brand, str(after), size + 1)
            live = store.live_counts(request.brand)
        token = paging.encode(found[size - 1].surface) if len(found) > size else ""
        listed = [messages.surface(each, live.get(each.surface, 0), self._public_url) for each in found[:size]]
        return pb.ListSurfacesResponse(surfaces=listed, next_page_token=token)

    def UpdateSurface(self, request: pb.UpdateSurfaceRequest, context: Context) -> pb.Surface:
        def update(store: PostgresStore) -> pb.Surface:
            defined = messages.definition(request)
            changed = surfaces.update(store, request.brand, request.surface, defined, now=now(), new_id=new_id)
            return self._surface(store, changed)

        return self._once("UpdateSurface", request, pb.Surface, update)

    def PauseSurface(self, request: pb.PauseSurfaceRequest, context: Context) -> pb.Surface:
        def pause(store: PostgresStore) -> pb.Surface:
            return self._surface(store, surfaces.pause(store, request.brand, request.surface, now=now()))

        return self._once("PauseSurface", request, pb.Surface, pause)

    def ResumeSurface(self, request: pb.ResumeSurfaceRequest, context: Context) -> pb.Surface:
        def resume(store: PostgresStore) -> pb.Surface:
            return self._surface(store, surfaces.resume(store, request.brand, request.surface, now=now()))

        return self._once("ResumeSurface", request, pb.Surface, resume)

    def RotateKey(self, request: pb.RotateKeyRequest, context: Context) -> pb.RotateKeyResponse:
        def rotate(store: PostgresStore) -> pb.RotateKeyResponse:
            key = new_secret()
            found = surfaces.rotate_key(store, request.brand, request.surface, key_sha256=sha256_hex(key), now=now())
            return pb.RotateKeyResponse(surface=self._surface(store, found), key=self._vault.encrypt(key))

        answer = self._once("RotateKey", request, pb.RotateKeyResponse, rotate)
        answer.key = self._vault.decrypt(answer.key)
        return answer

    def ListPlacements(self, request: pb.ListPlacementsRequest, context: Context) -> pb.ListPlacementsResponse:
        size = paging.size(request.page_size)
        (before,) = paging.decode(request.page_token, str) or ("",)
        wanted = messages.states(request.states)
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            where = store.surface(request.brand, request.surface)
            found = store.placements_on(request.brand, request.surface, wanted, str(before), size + 1)
        token = paging.encode(found[size - 1].placement) if len(found) > size else ""
        listed = [messages.placement(each, where, self._public_url) for each in found[:size]]
        return pb.ListPlacementsResponse(placements=listed, next_page_token=token)

    def BatchGetPostPlacements(
        self, request: pb.BatchGetPostPlacementsRequest, context: Context
    ) -> pb.BatchGetPostPlacementsResponse:
        if len(request.posts) > _MOST_POSTS:
            message = f"Ask for at most {_MOST_POSTS} posts at a time."
            raise Invalid(message, fields={"posts": message})
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            by_id = {each.surface: each for each in store.surfaces(request.brand)}
            found = store.placements_of(request.brand, request.posts)
        listed = [messages.placement(each, by_id[each.surface], self._public_url) for each in found]
        return pb.BatchGetPostPlacementsResponse(placements=listed)

    def FindPublicItems(self, request: pb.FindPublicItemsRequest, context: Context) -> pb.FindPublicItemsResponse:
        size = paging.size(request.page_size)
        (before,) = paging.decode(request.page_token, str) or ("",)
        named = {"placement": request.placement, "address": request.address}
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            found = store.public(request.brand, **named, before=str(before), limit=size + 1, now=now())
            by_id = {each.surface: each for each in store.surfaces(request.brand)} if found else {}
        token = paging.encode(found[size - 1].placement) if len(found) > size else ""
        listed = [messages.public_item(each, by_id[each.surface], self._public_url) for each in found[:size]]
        return pb.FindPublicItemsResponse(items=listed, next_page_token=token)

    def ListTakedowns(self, request: pb.ListTakedownsRequest, context: Context) -> pb.ListTakedownsResponse:
        size = paging.size(request.page_size)
        (before,) = paging.decode(request.page_token, str) or ("",)
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            found = store.takedowns_of(request.brand, request.post, str(before), size + 1)
            taken = store.taken([delivery for each in found for delivery in each.awaited])
            issued = store.certificates([each.takedown for each in found])
        token = paging.encode(found[size - 1].takedown) if len(found) > size else ""
        listed = [takedown_messages.takedown(each.heard(taken), issued, self._bound) for each in found[:size]]
        return pb.ListTakedownsResponse(takedowns=listed, next_page_token=token)

    def Explain(self, request: pb.ExplainRequest, context: Context) -> pb.ExplainResponse:
        with self._database.transaction() as conn:
            store = PostgresStore(conn)
            post = store.post(request.brand, request.post)
            if not post.captured:
                message = "This post is not known here (yet)."
                raise NotFound(message, reason="NO_SUCH_POST")
            grants = store.grants(request.brand, request.post)
            found = store.surfaces(request.brand)
            active = store.active(request.brand, request.post)
        live = {each.surface for each in active if each.state is State.LIVE}
        at = now()
        return pb.ExplainResponse(
            surfaces=[
                messages.explanation(each, decide(post, each, grants, at), here=each.surface in live) for each in found
            ]
        )

    def _surface(self, store: PostgresStore, found: Surface) -> pb.Surface:
        live = store.live_counts(found.brand).get(found.surface, 0)
        return messages.surface(found, live, self._public_url)
