"""The demo's own servers: a site with feeds and a Mastodon-shaped server, on loopback, speaking the true protocols.

They hold what the caller gives them, which can be edited and deleted while they run:

    with serve(FeedSite("The Lamp Letter")) as site, serve(MastodonSite()) as social:
        site.add(Article(…)); social.add(Status(…))
        … {site.address}/feed.atom … {social.address} …
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from chorus.platform.web import HttpServer

_STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a server shows under `name`; `data` is a JPEG."""

    name: str
    data: bytes
    alt: str = ""


class Site(Protocol):
    """What can be served."""

    address: str

    def routes(self) -> Sequence[BaseRoute]:
        """Answer the site's pages."""


S = TypeVar("S", bound=Site)


@contextmanager
def serve(site: S, listen: str = "127.0.0.1:0") -> Iterator[S]:
    """Serve a site until the block ends; its `address` is known inside."""
    server = HttpServer(Starlette(routes=list(site.routes())), listen)
    site.address = f"http://127.0.0.1:{server.port}"
    server.start()
    try:
        yield site
    finally:
        server.stop(_STOP_SECONDS)


def conditional(request: Request, body: bytes, content_type: str) -> Response:
    """Answer with an ETag; 304 where the caller has these bytes already."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, media_type=content_type)


def picture(request: Request, pictures: Sequence[Picture]) -> Response:
    """Answer the picture that the path names; 404 for others."""
    name = request.path_params["name"]
    found = next((each for each in pictures if each.name == name), None)
    return conditional(request, found.data, "image/jpeg") if found else Response(status_code=404)
