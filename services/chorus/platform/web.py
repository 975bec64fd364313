"""HTTP bootstrap: problem documents (RFC 9457), spans and metrics, rate limits, and a server that runs in a thread."""

from __future__ import annotations

import functools
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, ip_address, ip_network

import uvicorn
from opentelemetry import trace
from opentelemetry.trace import SpanKind
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chorus.errors import (
    ChorusError,
    Conflict,
    Denied,
    Exhausted,
    Invalid,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from chorus.platform import logs, telemetry
from chorus.platform.at_once import AtOnce, AtOnceProtocol, nothing_ready
from chorus.platform.metrics import HTTP_SECONDS
from chorus.platform.shedding import Shedding

log = logs.logger(__name__)
_OPERATIONAL = frozenset({"/livez", "/readyz", "/metrics"})
_STATUS: dict[type[ChorusError], int] = {
    Invalid: 422,
    Unauthenticated: 401,
    Denied: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    Exhausted: 429,
    Unavailable: 503,
}


def http_status(error: ChorusError) -> int:
    """Answer the HTTP status of an error; a cursor that is none is 400, other unacceptable values are 422."""
    if error.reason == "PAGE_TOKEN":
        return 400
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def problem(error: ChorusError, *, headers: Mapping[str, str] | None = None) -> Response:
    """Write an error as `application/problem+json`, with its reason, field violations and time to retry."""
    status = http_status(error)
    body: dict[str, object] = {"title": error.message, "status": status, "reason": error.reason, **error.metadata}
    if isinstance(error, Invalid) and error.fields:
        body["errors"] = [{"field": field, "detail": text} for field, text in error.fields.items()]
    extra = {"Cache-Control": "no-store", **(headers or {})}
    if isinstance(error, Exhausted) and error.retry_after is not None:
        extra["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        extra["Retry-After"] = "5"
    return JSONResponse(body, status, extra, media_type="application/problem+json")


async def _on_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ChorusError)  # noqa: S101 -- registered for nothing else
    return problem(error)


async def _on_http_error(_request: Request, error: Exception) -> Response:
    """Word the framework's own refusals (unknown path, wrong method) the same way."""
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for nothing else
    body = {"title": error.detail, "status": error.status_code, "reason": error.detail.upper().replace(" ", "_")}
    return JSONResponse(body, error.status_code, error.headers, media_type="application/problem+json")


def application(
    routes: Sequence[BaseRoute],
    checks: Mapping[str, Callable[[], None]],
    *,
    inner: ASGIApp | None = None,
    busy_headers: Mapping[str, str] | None = None,
) -> ASGIApp:
    """Put a process's HTTP side together: its own routes (or `inner`) beside `/livez`, `/readyz` and `/metrics`.

    `busy_headers` go with the answer to a request that comes when there is too much to do.
    """
    operations = [
        Route("/livez", _livez),
        Route("/readyz", _readyz(checks)),
        Route("/metrics", _metrics),
    ]
    app = Starlette(
        routes=[*operations, *routes],
        exception_handlers={ChorusError: _on_error, HTTPException: _on_http_error},
    )
    served: ASGIApp = app if inner is None else _Fallback(app, _OPERATIONAL, inner)
    return Observed(Shedding(served, problem(_too_much(), headers=busy_headers), passing=_OPERATIONAL))


def _too_much() -> Unavailable:
    return Unavailable("Chorus has too much to do just now: nothing was done. Try again in a moment.", reason="BUSY")


def _livez(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


def _readyz(checks: Mapping[str, Callable[[], None]]) -> Callable[[Request], Response]:
    def readyz(_request: Request) -> Response:
        """Answer 200 where all dependencies answer, 503 with what is wrong otherwise."""
        found = {name: _found(check) for name, check in checks.items()}
        ready = all(state == "ok" for state in found.values())
        return JSONResponse(found, 200 if ready else 503, {"Cache-Control": "no-store"})

    return readyz


def _found(check: Callable[[], None]) -> str:
    try:
        check()
    except ChorusError as error:
        return error.message
    except Exception as error:  # noqa: BLE001 -- whatever is wrong with a dependency, the answer is "not ready"
        return f"{type(error).__name__}: {error}"
    return "ok"


def _metrics(_request: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


class _Fallback:
    """Sends a few operational paths to one app and everything else to another."""

    def __init__(self, app: ASGIApp, paths: frozenset[str], rest: ASGIApp) -> None:
        self._app, self._paths, self._rest = app, paths, rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operational = scope["type"] != "http" or scope["path"] in self._paths
        await (self._app if operational else self._rest)(scope, receive, send)


class Observed:
    """Runs each request as a server span and counts it; paths hold secrets, so no span or log repeats them."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.monotonic(), 500
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}

        async def counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with telemetry.span(f"HTTP {scope['method']}", parent=headers, kind=SpanKind.SERVER):
            try:
                await self._app(scope, receive, counted)
            finally:
                trace.get_current_span().set_attribute("http.response.status_code", status)
                labels = {"method": scope["method"], "status": status}
                HTTP_SECONDS.record(time.monotonic() - begun, labels)
                log.debug("request answered", **labels)


def network_of(address: str) -> str:
    """Name who holds an address, to count by: of IPv6 everybody gets a /64, and may send from any address in it."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address) or known.ipv4_mapped:
        return str(getattr(known, "ipv4_mapped", None) or known)
    return str(ip_network((known, 64), strict=False))


class RateLimit:
    """So many acts in a moving window for each key, for example "10/minute"; kept in this process's memory."""

    def __init__(self, rate: str) -> None:
        """Read the rate in the notation of the `limits` library."""
        # Loaded by who counts: it brings storages of six kinds.
        from limits import parse
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        self._rate = parse(rate)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def check(self, key: str) -> None:
        """Count one act; Exhausted, saying when to come back, where there were too many."""
        if self._limiter.hit(self._rate, key):
            return
        reset = self._limiter.get_window_stats(self._rate, key).reset_time
        wait = max(1, int(reset - time.time()) + 1)
        message = f"Too many requests: try again in {wait} s."
        raise Exhausted(message, retry_after=wait, reason="RATE_LIMIT")


class HttpServer:
    """uvicorn in a thread of its own: the process keeps its signals and its main thread."""

    def __init__(self, app: ASGIApp, listen: str, *, at_once: AtOnce = nothing_ready) -> None:
        """Bind the address at once, so that `port` is known; OSError where it is taken.

        What `at_once` has ready goes out before the app is asked.
        """
        host, _, port = listen.rpartition(":")
        self._socket = socket.create_server((host.strip("[]") or "0.0.0.0", int(port)), backlog=1024)  # noqa: S104 -- ":8080" means every interface, as everywhere
        self.port = int(self._socket.getsockname()[1])
        config = uvicorn.Config(
            app,
            http=functools.partial(AtOnceProtocol, at_once),  # type: ignore[arg-type]  # called as the class would be
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            # Whom a proxy speaks for is `platform/guard.py`'s to say: uvicorn would believe anybody on loopback.
            proxy_headers=False,
            # Longer than proxies keep a connection that nobody uses: else one may send just as it is closed here.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="http", daemon=True)

    def start(self) -> None:
        """Start to serve."""
        self._thread.start()

    def part(self) -> None:
        """Answer what still comes, and close each connection with its answer: the next one finds another process."""
        closing = [(b"connection", b"close")]
        self._server.config.encoded_headers += closing
        self._server.server_state.default_headers = self._server.server_state.default_headers + closing

    def stop(self, grace: float) -> None:
        """Take no new requests and let the running ones end."""
        self._server.should_exit = True
        self._thread.join(grace)
