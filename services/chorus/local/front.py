"""One front for all public addresses of an embedded house: what an ingress is in a cluster."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from urllib.parse import unquote

import httpx2
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# The first that fits is taken; everything else is a creator's page.
_ROUTES = (
    (re.compile(r"/v1/[^/]+/sources/"), "ingest"),
    (re.compile(r"/v1/[^/]+/surfaces/|/media/|/gallery/"), "publishing"),
)
_UP = re.compile(r"(^|/)\.{1,2}(/|$)")
_OPERATIONAL = re.compile(r"/(livez|readyz|metrics)/?")
# RFC 9110, section 7.6.1: about one connection, never passed on.
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "host"}
)


def front(upstreams: Mapping[str, str]) -> ASGIApp:
    """Make the front; `upstreams` maps ingest, publishing and creator to their HTTP addresses."""
    client = httpx2.AsyncClient(
        timeout=httpx2.Timeout(60, connect=2), limits=httpx2.Limits(max_connections=200), trust_env=False
    )
    # What the caller did not say is not said: the client's own "accept-encoding" would bring gzip to who reads none.
    client.headers.clear()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        response = await _answer(client, upstreams, request)
        await response(scope, receive, send)

    return app


def room_of(path: str) -> str:
    """Name the room that answers a path."""
    return next((room for pattern, room in _ROUTES if pattern.match(path)), "creator")


async def _answer(client: httpx2.AsyncClient, upstreams: Mapping[str, str], request: Request) -> Response:
    # A path is routed as it is written and forwarded as it resolves: one that says "up" would be two different paths.
    if _OPERATIONAL.fullmatch(request.url.path) or _UP.search(unquote(request.scope["raw_path"].decode("latin-1"))):
        return JSONResponse({"title": "Not Found", "status": 404}, 404, media_type="application/problem+json")
    target = upstreams[room_of(request.url.path)] + request.scope["raw_path"].decode("latin-1")
    if query := request.scope["query_string"]:
        target += "?" + query.decode("latin-1")
    # As bytes: what is no ASCII in them is for the room to judge.
    headers = [(key, value) for key, value in request.headers.raw if key.decode("latin-1") not in _HOP_BY_HOP]
    headers.append((b"x-forwarded-for", request.client.host.encode() if request.client else b""))
    outgoing = client.build_request(request.method, target, headers=headers, content=_body(request))
    try:
        answer = await client.send(outgoing, stream=True)
    except (httpx2.TransportError, ClientDisconnect):
        title = "This part of Chorus does not answer just now: try again in a moment."
        body = {"title": title, "status": 503, "reason": "UNAVAILABLE"}
        return JSONResponse(body, 503, {"Retry-After": "2"}, media_type="application/problem+json")
    return _passed_on(answer)


def _body(request: Request) -> AsyncIterator[bytes] | None:
    has_body = "content-length" in request.headers or "transfer-encoding" in request.headers
    return request.stream() if has_body else None


def _passed_on(answer: httpx2.Response) -> Response:
    async def body() -> AsyncIterator[bytes]:
        try:
            async for chunk in answer.aiter_raw():
                yield chunk
        finally:
            await answer.aclose()

    response = StreamingResponse(body(), answer.status_code)
    # The server that runs this front writes the date.
    left_out = _HOP_BY_HOP | {"date"}
    response.raw_headers = [
        (key.lower(), value) for key, value in answer.headers.raw if key.lower().decode("latin-1") not in left_out
    ]
    return response
