"""The rpcs of ingest; ingest.proto says what each promises. Errors are mapped by the platform."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import grpc

from chorus.api.ingest.v1 import ingest_pb2 as api
from chorus.api.ingest.v1 import ingest_pb2_grpc as rpcs
from chorus.errors import Invalid, NotFound
from chorus.ingest.adapters import wire
from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.adapters.uploading import Sent, Uploading
from chorus.ingest.adapters.work import Workshop
from chorus.ingest.domain.media import nearest_preview
from chorus.ingest.domain.source import Source
from chorus.ingest.domain.upload import Upload
from chorus.ingest.handlers import media, sources, uploads
from chorus.ingest.handlers.sources import NewSource, SourceChange
from chorus.ingest.ports import PrivateArea, Store
from chorus.platform import paging
from chorus.platform.idempotency import once
from chorus.platform.rpc import Mounted, principal
from chorus.platform.secrets import sha256_hex

_MOST_POSTS = 100
# Below an rpc's deadline, and longer than a fact takes from one service to the next.
_BRAND_SECONDS = 5.0
_BRAND_PAUSE = 0.1
# A secret is shown once: a repeat gets it again only for as long as callers repeat what they heard no answer to.
_SECRET_SHOWN = timedelta(minutes=10)
_Context = grpc.ServicerContext


def mounted(work: Workshop, area: PrivateArea, uploading: Uploading, new_signing_secret: Callable[[], str]) -> Mounted:
    """Make the servicer ready to be put on a server."""
    servicer = IngestServicer(work, area, uploading, new_signing_secret)
    return Mounted(rpcs.add_IngestServicer_to_server, servicer, api.DESCRIPTOR.services_by_name["Ingest"])


class IngestServicer(rpcs.IngestServicer):
    """Sources, posts, media and uploads."""

    def __init__(
        self, work: Workshop, area: PrivateArea, uploading: Uploading, new_signing_secret: Callable[[], str]
    ) -> None:
        """Read previews from `area`."""
        self._work = work
        self._area = area
        self._uploading = uploading
        self._new_signing_secret = new_signing_secret

    def ListConnectors(self, request: api.ListConnectorsRequest, context: _Context) -> api.ListConnectorsResponse:
        """See ingest.proto."""
        kinds = sorted(self._work.connectors.by_name.values(), key=lambda each: each.name)
        return api.ListConnectorsResponse(connectors=[wire.connector(each) for each in kinds])

    def CreateSource(self, request: api.CreateSourceRequest, context: _Context) -> api.CreateSourceResponse:
        """See ingest.proto. The secret is put in after the answer was remembered: it is kept encrypted only."""
        work = self._work
        self._expect_brand(request.brand)
        with work.database.transaction() as conn:
            store = PostgresStore(conn)

            def create() -> api.CreateSourceResponse:
                new = _new_source(request, self._new_signing_secret())
                made = sources.create(store, work.connectors, work.vault, new, now=work.now())
                return api.CreateSourceResponse(source=self._shown(store, made))

            answer = once(conn, "CreateSource", request, api.CreateSourceResponse, create)
            made = sources.get(store, request.brand, answer.source.source)
            if work.now() - made.created_at <= _SECRET_SHOWN:
                answer.secret = sources.signing_secret(work.vault, made)
            return answer

    def GetSource(self, request: api.GetSourceRequest, context: _Context) -> api.Source:
        """See ingest.proto."""
        with self._work.store() as store:
            return self._shown(store, sources.get(store, request.brand, request.source))

    def ListSources(self, request: api.ListSourcesRequest, context: _Context) -> api.ListSourcesResponse:
        """See ingest.proto. The operator, who may name any brand, is told where there is none."""
        if principal().kind == "operator":
            self._expect_brand(request.brand)
        size = paging.size(request.page_size)
        after = paging.decode(request.page_token, str)
        with self._work.store() as store:
            found = store.sources(request.brand, request.connector, str(after[0]) if after else "", size + 1)
            page = found[:size]
            activity = sources.activity_of(store, request.brand, page, now=self._work.now())
        shown = [wire.source(each, activity[each.source], self._work.now().date()) for each in page]
        token = paging.encode(page[-1].source) if len(found) > size else ""
        return api.ListSourcesResponse(sources=shown, next_page_token=token)

    def UpdateSource(self, request: api.UpdateSourceRequest, context: _Context) -> api.Source:
        """See ingest.proto."""
        work = self._work
        with work.database.transaction() as conn:
            store = PostgresStore(conn)

            def update() -> api.Source:
                found = sources.get(store, request.brand, request.source, lock=True)
                changed = sources.change(store, work.connectors, work.vault, found, _change(request), now=work.now())
                return self._shown(store, changed)

            return once(conn, "UpdateSource", request, api.Source, update)

    def DeleteSource(self, request: api.DeleteSourceRequest, context: _Context) -> api.DeleteSourceResponse:
        """See ingest.proto."""
        with self._work.database.transaction() as conn:
            store = PostgresStore(conn)

            def delete() -> api.DeleteSourceResponse:
                sources.remove(store, request.brand, request.source, now=self._work.now())
                return api.DeleteSourceResponse()

            return once(conn, "DeleteSource", request, api.DeleteSourceResponse, delete)

    def LookNow(self, request: api.LookNowRequest, context: _Context) -> api.Source:
        """See ingest.proto."""
        with self._work.store() as store:
            return self._shown(store, sources.look_now(store, request.brand, request.source, now=self._work.now()))

    def BatchGetPosts(self, request: api.BatchGetPostsRequest, context: _Context) -> api.BatchGetPostsResponse:
        """See ingest.proto."""
        if len(request.posts) > _MOST_POSTS:
            message = f"Ask for at most {_MOST_POSTS} posts at once."
            raise Invalid(message, fields={"posts": message})
        with self._work.store() as store:
            found = store.posts(request.brand, request.posts)
        return api.BatchGetPostsResponse(posts=[wire.post(request.brand, each) for each in found])

    def RetryMedia(self, request: api.RetryMediaRequest, context: _Context) -> api.RetryMediaResponse:
        """See ingest.proto."""
        with self._work.store() as store:
            media.retry(store, request.brand, request.media, now=self._work.now())
        return api.RetryMediaResponse()

    def GetPreview(self, request: api.GetPreviewRequest, context: _Context) -> api.GetPreviewResponse:
        """See ingest.proto."""
        with self._work.store() as store:
            found = store.media(request.brand, [request.media]).get(request.media)
        details = found.details if found else None
        preview = nearest_preview(details.previews, request.size, request.content_type) if details else None
        if preview is None:
            message = "There is no such preview, or not yet."
            raise NotFound(message)
        stored = self._area.get(preview.key)
        return api.GetPreviewResponse(data=stored.data, content_type=preview.content_type, etag=preview.sha256)

    def CreateUpload(self, request: api.CreateUploadRequest, context: _Context) -> api.CreateUploadResponse:
        """See ingest.proto."""
        accepted = self._uploading.take(_sent(request))
        return api.CreateUploadResponse(post=accepted.post, link=accepted.link)

    def WithdrawUpload(self, request: api.WithdrawUploadRequest, context: _Context) -> api.WithdrawUploadResponse:
        """See ingest.proto."""
        with self._work.store() as store:
            uploads.take_back(store, request.brand, sha256_hex(request.link), now=self._work.now())
        return api.WithdrawUploadResponse()

    def _expect_brand(self, brand: str) -> None:
        """Refuse a brand that does not exist. One that was created a moment ago may not have been heard of yet."""
        if brand in principal().roles:
            return
        deadline = time.monotonic() + _BRAND_SECONDS
        while not self._knows(brand):
            if time.monotonic() > deadline:
                message = f"There is no brand {brand!r}."
                raise NotFound(message, reason="BRAND_NOT_FOUND")
            time.sleep(_BRAND_PAUSE)

    def _knows(self, brand: str) -> bool:
        with self._work.store() as store:
            return store.has_brand(brand)

    def _shown(self, store: Store, source: Source) -> api.Source:
        now: datetime = self._work.now()
        activity = sources.activity_of(store, source.brand, [source], now=now)
        return wire.source(source, activity[source.source], now.date())


def _new_source(request: api.CreateSourceRequest, signing: str) -> NewSource:
    return NewSource(
        brand=request.brand,
        source=request.source,
        connector=request.connector,
        title=request.title,
        settings=wire.settings(request.settings),
        upload_terms=wire.read_upload_terms(request.upload_terms) if request.HasField("upload_terms") else None,
        signing_secret=signing,
    )


def _change(request: api.UpdateSourceRequest) -> SourceChange:
    """Read what is to change; a title that is empty stays as it is."""
    return SourceChange(
        title=request.title or None,
        settings=wire.settings(request.settings) if request.HasField("settings") else None,
        paused=request.paused if request.HasField("paused") else None,
        upload_terms=wire.read_upload_terms(request.upload_terms) if request.HasField("upload_terms") else None,
    )


def _sent(request: api.CreateUploadRequest) -> Sent:
    return Sent(
        brand=request.brand,
        source=request.source,
        upload=Upload(
            request.caption,
            request.creator_name,
            request.handle,
            request.email,
            request.alt_text,
            request.of_age if request.HasField("of_age") else None,
            request.others,
        ),
        photo=request.photo,
        consent=request.consent,
        terms_sha256=request.terms_sha256,
        request_id=request.request_id,
        client_address=request.client_address,
    )
