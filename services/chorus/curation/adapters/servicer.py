"""Curation over gRPC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from psycopg import Connection

from chorus.api.curation.v1 import curation_pb2 as pb
from chorus.api.curation.v1.curation_pb2_grpc import CurationServicer as Base
from chorus.api.curation.v1.curation_pb2_grpc import add_CurationServicer_to_server
from chorus.curation import handlers
from chorus.curation.adapters import queue
from chorus.curation.adapters.store import PostgresStore
from chorus.curation.domain.collection import Collection
from chorus.curation.domain.review import Seen, State, Verdict
from chorus.errors import Invalid
from chorus.platform.idempotency import Command, once
from chorus.platform.ids import new_id
from chorus.platform.postgres import Database
from chorus.platform.rpc import Mounted, principal

Context = grpc.ServicerContext
M = TypeVar("M", bound=Message)


def mounted(database: Database) -> Mounted:
    """Make the servicer ready to be put on a server."""
    descriptor = pb.DESCRIPTOR.services_by_name["Curation"]
    return Mounted(add_CurationServicer_to_server, CurationServicer(database), descriptor)


class CurationServicer(Base):
    """Each rpc is one transaction; what it promises stands in curation.proto."""

    def __init__(self, database: Database, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Serve from this database."""
        self._database = database
        self._now = now

    def ListPosts(self, request: pb.ListPostsRequest, context: Context) -> pb.ListPostsResponse:
        with self._database.transaction() as conn:
            return queue.page(conn, request)

    def CountPosts(self, request: pb.CountPostsRequest, context: Context) -> pb.CountPostsResponse:
        with self._database.transaction() as conn:
            return queue.count(conn, request)

    def GetPost(self, request: pb.GetPostRequest, context: Context) -> pb.GetPostResponse:
        with self._database.transaction() as conn:
            return queue.post(conn, request.brand, request.post)

    def BatchGetPosts(self, request: pb.BatchGetPostsRequest, context: Context) -> pb.BatchGetPostsResponse:
        if len(request.posts) > handlers.MOST_AT_ONCE:
            message = f"Ask for at most {handlers.MOST_AT_ONCE} posts."
            raise Invalid(message, fields={"posts": message})
        with self._database.transaction() as conn:
            return pb.BatchGetPostsResponse(posts=queue.posts(conn, request.brand, request.posts))

    def Decide(self, request: pb.DecideRequest, context: Context) -> pb.DecideResponse:
        seen = {each.post: _seen(each) for each in request.posts}
        state = State(int(request.state)) if int(request.state) in set(State) else State.NEW

        def act(conn: Connection) -> pb.DecideResponse:
            handlers.decide(
                PostgresStore(conn),
                request.brand,
                seen,
                Verdict(state, request.reason, principal().name),
                now=self._now(),
                new_id=new_id,
            )
            return pb.DecideResponse(posts=queue.posts(conn, request.brand, list(seen)))

        return self._once("Decide", request, pb.DecideResponse, act)

    def Undo(self, request: pb.UndoRequest, context: Context) -> pb.UndoResponse:
        def act(conn: Connection) -> pb.UndoResponse:
            posts = handlers.undo(
                PostgresStore(conn), request.brand, request.decisions, by=principal().name, now=self._now()
            )
            return pb.UndoResponse(posts=queue.posts(conn, request.brand, posts))

        return self._once("Undo", request, pb.UndoResponse, act)

    def Annotate(self, request: pb.AnnotateRequest, context: Context) -> pb.QueuedPost:
        alt_text = request.alt_text if request.HasField("alt_text") else None
        focal = (
            request.focal_x if request.HasField("focal_x") else None,
            request.focal_y if request.HasField("focal_y") else None,
        )

        def act(conn: Connection) -> pb.QueuedPost:
            store = PostgresStore(conn)
            handlers.annotate(store, request.brand, request.post, request.media, alt_text, focal, now=self._now())
            return queue.post(conn, request.brand, request.post).post

        return self._once("Annotate", request, pb.QueuedPost, act)

    def CreateCollection(self, request: pb.CreateCollectionRequest, context: Context) -> pb.Collection:
        collection = Collection(request.brand, request.collection, request.title, self._now())

        def act(conn: Connection) -> pb.Collection:
            handlers.create_collection(PostgresStore(conn), collection)
            return queue.collection(conn, request.brand, request.collection)

        return self._once("CreateCollection", request, pb.Collection, act)

    def ListCollections(self, request: pb.ListCollectionsRequest, context: Context) -> pb.ListCollectionsResponse:
        with self._database.transaction() as conn:
            return queue.collections(conn, request)

    def AddToCollection(self, request: pb.AddToCollectionRequest, context: Context) -> pb.Collection:
        def act(conn: Connection) -> pb.Collection:
            store = PostgresStore(conn)
            handlers.add_to_collection(
                store, request.brand, request.collection, request.posts, request.before, now=self._now()
            )
            return queue.collection(conn, request.brand, request.collection)

        return self._once("AddToCollection", request, pb.Collection, act)

    def RemoveFromCollection(self, request: pb.RemoveFromCollectionRequest, context: Context) -> pb.Collection:
        def act(conn: Connection) -> pb.Collection:
            store = PostgresStore(conn)
            handlers.remove_from_collection(store, request.brand, request.collection, request.posts, now=self._now())
            return queue.collection(conn, request.brand, request.collection)

        return self._once("RemoveFromCollection", request, pb.Collection, act)

    def _once(self, rpc: str, request: Command, response: type[M], act: Callable[[Connection], M]) -> M:
        with self._database.transaction() as conn:
            return once(conn, rpc, request, response, lambda: act(conn))


def _seen(each: pb.PostRevision) -> Seen:
    return Seen(each.revision, each.seen_decision if each.HasField("seen_decision") else None)
