"""Private previews for signed-in members: streamed from ingest after its own check, and kept by the browser alone."""

from __future__ import annotations

from typing import Final

import grpc
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from chorus.api.ingest.v1 import ingest_pb2 as pb
from chorus.api.ingest.v1.ingest_pb2_grpc import IngestStub
from chorus.console.sessions import Cookie, Sessions
from chorus.errors import NotFound
from chorus.platform.status import error_of

KEEP_SECONDS: Final = 600
TYPES: Final = {"webp": "image/webp", "jpg": "image/jpeg"}
SIZES: Final = frozenset({320, 640, 1080})


def routes(ingest: grpc.Channel, sessions: Sessions, cookie: Cookie) -> list[BaseRoute]:
    """Answer `/preview/{brand}/{media}/{size}.{webp|jpg}`."""
    stub = IngestStub(ingest)

    def preview(request: Request) -> Response:
        asked = _asked(request)
        token = sessions.token(cookie.read(request.headers.get("cookie", ""))).access_token
        try:
            found = stub.GetPreview(asked, metadata=(("authorization", f"Bearer {token}"),))
        except grpc.RpcError as failure:
            raise error_of(failure) from failure
        return _answer(request, found)

    return [Route("/preview/{brand}/{media}/{size:int}.{kind}", preview, methods=["GET"])]


def _asked(request: Request) -> pb.GetPreviewRequest:
    at = request.path_params
    if at["size"] not in SIZES or at["kind"] not in TYPES:
        message = "There is no such size or type of preview."
        raise NotFound(message)
    return pb.GetPreviewRequest(brand=at["brand"], media=at["media"], size=at["size"], content_type=TYPES[at["kind"]])


def _answer(request: Request, found: pb.GetPreviewResponse) -> Response:
    etag = f'"{found.etag}"'
    headers = {"ETag": etag, "Cache-Control": f"private, max-age={KEEP_SECONDS}", "Vary": "Cookie"}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(found.data, headers=headers, media_type=found.content_type)
