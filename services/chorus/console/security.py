"""What keeps other sites out of the console: where a request comes from, and what a page of ours may load."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chorus.errors import Denied


def origin_of(url: str) -> str:
    """Cut an address down to its origin: scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class SameOrigin:
    """Refuses every request that could change something unless a page of this console sends it."""

    def __init__(self, app: ASGIApp, console_url: str) -> None:
        """Wrap an app; `console_url` is the origin that browsers see."""
        self._app = app
        self._origin = origin_of(console_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] not in {"GET", "HEAD", "OPTIONS"}:
            self._check(Headers(scope=scope))
        await self._app(scope, receive, send)

    def _check(self, headers: Headers) -> None:
        origin = headers.get("origin", "")
        if origin != self._origin and urlsplit(origin).netloc != headers.get("host"):
            message = "This request does not come from a page of the console."
            raise Denied(message, reason="FOREIGN_ORIGIN")


def page_headers(public_url: str, form_targets: str = "") -> Mapping[str, str]:
    """Headers of every answer: pages load from here alone, but for pictures that stand on surfaces."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' data: {origin_of(public_url)}",
        "connect-src": "'self'",
        "form-action": f"'self' {form_targets}".strip(),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }


class WithHeaders:
    """Adds headers to every answer that does not say them itself."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        """Wrap an app."""
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    said.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, dressed)
