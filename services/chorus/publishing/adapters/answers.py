"""HTTP answers of the public edge, as raw ASGI: conditional, compressed, readable from any origin, cached briefly."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from chorus.errors import ChorusError
from chorus.platform.at_once import Headers, Ready
from chorus.platform.web import problem
from chorus.publishing.adapters.views import Page

# Any page may read what a brand shows; no cookie is ever sent or set here.
OPEN: Headers = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Retry-After"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
)
# The same, for what is answered by the framework.
OPEN_TEXT = {name.decode(): value.decode() for name, value in OPEN}
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

    def __init__(self, headers: Headers, *, head: bool = False) -> None:
        """Read the headers once; `head` where a HEAD came with them."""
        self.head = head
        self.if_none_match = self.authorization = b""
        self.packed = False
        for name, value in headers:
            if name == b"if-none-match":
                self.if_none_match = value
            elif name == b"accept-encoding":
                self.packed = b"gzip" in value and b"gzip;q=0" not in value.replace(b" ", b"")
            elif name == b"authorization":
                self.authorization = value

    def has(self, etags: frozenset[bytes]) -> bool:
        """Tell whether the client holds this already, in whichever encoding (weak comparison, RFC 9110)."""
        if not self.if_none_match or self.if_none_match in etags:
            return bool(self.if_none_match)
        held = {each.strip().removeprefix(b"W/") for each in self.if_none_match.split(b",")}
        return b"*" in held or not held.isdisjoint(etags)


@dataclass(frozen=True, slots=True)
class Forms:
    """A page as an answer in each of its forms, until what it says about caches changes."""

    etags: frozenset[bytes]
    plain: Ready
    packed: Ready
    plain_held: Ready
    packed_held: Ready

    @classmethod
    def of(cls, page: Page, cache_control: bytes) -> Forms:
        """Write all of them down."""
        forms = [
            Ready.of(*_form(page, cache_control, packed=packed, held=held))
            for held in (False, True)
            for packed in (False, True)
        ]
        return cls(_etags(page), *forms)

    def to(self, asked: Asked) -> Ready:
        """Choose the one that was asked for."""
        if asked.has(self.etags):
            return self.packed_held if asked.packed else self.plain_held
        return self.packed if asked.packed else self.plain


async def answer(send: Send, asked: Asked, page: Page, cache_control: bytes) -> None:
    """Send a page, packed where that is accepted, or 304 where the client holds it."""
    status, headers, body = _form(page, cache_control, packed=asked.packed, held=asked.has(_etags(page)))
    await _send(send, status, headers, b"" if asked.head else body)


def _etags(page: Page) -> frozenset[bytes]:
    """Name a page in both encodings."""
    return frozenset({f'"{page.etag}"'.encode(), f'"{page.etag}-gzip"'.encode()})


def _form(page: Page, cache_control: bytes, *, packed: bool, held: bool) -> tuple[int, Headers, bytes]:
    etag = f'"{page.etag}-gzip"' if packed else f'"{page.etag}"'
    headers = [*OPEN, (b"etag", etag.encode()), (b"cache-control", cache_control), (b"vary", b"Accept-Encoding")]
    if held:
        return 304, headers, b""
    body = page.packed if packed else page.body
    headers += [(b"content-type", page.content_type.encode()), (b"content-length", b"%d" % len(body))]
    if packed:
        headers.append((b"content-encoding", b"gzip"))
    return 200, headers, body


async def answer_plain(send: Send, asked: Asked, page: Page, cache_control: bytes) -> None:
    """Send bytes that are compressed already, for example a picture."""
    common = [*OPEN, (b"etag", f'"{page.etag}"'.encode()), (b"cache-control", cache_control)]
    if asked.has(_etags(page)):
        await _send(send, 304, common, b"")
        return
    headers = [*common, (b"content-type", page.content_type.encode()), (b"content-length", b"%d" % len(page.body))]
    await _send(send, 200, headers, b"" if asked.head else page.body)


async def preflight(send: Send) -> None:
    """Tell a browser that it may ask."""
    await _send(send, 204, _PREFLIGHT, b"")


async def refuse(scope: Scope, receive: Receive, send: Send, error: ChorusError, **headers: str) -> None:
    """Send a problem document."""
    extra = {name.replace("_", "-"): value for name, value in headers.items()}
    await problem(error, headers=OPEN_TEXT | extra)(scope, receive, send)


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
