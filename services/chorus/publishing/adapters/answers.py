"""HTTP answers of the public edge, as raw ASGI: conditional, compressed, readable from any origin, cached briefly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from starlette.types import Receive, Scope, Send

from chorus.errors import ChorusError
from chorus.platform.web import problem
from chorus.publishing.adapters.views import Page

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
# Any page may read what a brand shows; no cookie is ever sent or set here.
OPEN: Headers = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Retry-After"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
)
_PREFLIGHT: Headers = (
    *OPEN,
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"Authorization, If-None-Match"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, OPTIONS"),
)


class Asked:
    """What a request says in its headers, as far as anybody here needs it."""

    __slots__ = ("authorization", "head", "if_none_match", "packed")

    def __init__(self, scope: Scope) -> None:
        """Read the headers once."""
        self.head = scope["method"] == "HEAD"
        self.if_none_match = self.authorization = b""
        self.packed = False
        for name, value in scope["headers"]:
            if name == b"if-none-match":
                self.if_none_match = value
            elif name == b"accept-encoding":
                self.packed = b"gzip" in value and b"gzip;q=0" not in value.replace(b" ", b"")
            elif name == b"authorization":
                self.authorization = value

    def has(self, etag: str) -> bool:
        """Tell whether the client holds this already, in whichever encoding (weak comparison, RFC 9110)."""
        if not self.if_none_match:
            return False
        held = {each.strip().removeprefix(b"W/") for each in self.if_none_match.split(b",")}
        return not held.isdisjoint({b"*", f'"{etag}"'.encode(), f'"{etag}-gzip"'.encode()})


async def answer(send: Send, asked: Asked, page: Page, cache_control: bytes, *more: tuple[bytes, bytes]) -> None:
    """Send a page, packed where that is accepted, or 304 where the client holds it."""
    etag = f'"{page.etag}-gzip"' if asked.packed else f'"{page.etag}"'
    common = [*OPEN, *more, (b"etag", etag.encode()), (b"cache-control", cache_control), (b"vary", b"Accept-Encoding")]
    if asked.has(page.etag):
        await _send(send, 304, common, b"")
        return
    body = page.packed if asked.packed else page.body
    headers = [*common, (b"content-type", page.content_type.encode()), (b"content-length", b"%d" % len(body))]
    if asked.packed:
        headers.append((b"content-encoding", b"gzip"))
    await _send(send, 200, headers, b"" if asked.head else body)


async def answer_plain(send: Send, asked: Asked, page: Page, cache_control: bytes) -> None:
    """Send bytes that are compressed already, for example a picture."""
    common = [*OPEN, (b"etag", f'"{page.etag}"'.encode()), (b"cache-control", cache_control)]
    if asked.has(page.etag):
        await _send(send, 304, common, b"")
        return
    headers = [*common, (b"content-type", page.content_type.encode()), (b"content-length", b"%d" % len(page.body))]
    await _send(send, 200, headers, b"" if asked.head else page.body)


async def preflight(send: Send) -> None:
    """Tell a browser that it may ask."""
    await _send(send, 204, _PREFLIGHT, b"")


async def refuse(scope: Scope, receive: Receive, send: Send, error: ChorusError, **headers: str) -> None:
    """Send a problem document."""
    extra = {name.decode(): value.decode() for name, value in OPEN}
    extra.update({name.replace("_", "-"): value for name, value in headers.items()})
    await problem(error, headers=extra)(scope, receive, send)


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
