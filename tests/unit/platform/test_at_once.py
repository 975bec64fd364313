"""What lies ready goes out before the app is asked, in its turn, and to nobody who does not read it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from starlette.types import Receive, Scope, Send

from chorus.platform.at_once import Headers, Ready
from chorus.platform.metrics import HTTP_READY
from chorus.platform.web import HttpServer, application
from tests.engines import wait_until

READY = Ready.of(200, [(b"content-length", b"5"), (b"x-from", b"shelf")], b"ready")
LARGE = Ready.of(200, [(b"content-length", b"1000000")], bytes(1_000_000))
FROM_APP = b"x-from: app"
FROM_SHELF = b"x-from: shelf"


class App:
    """Answers every path after a moment, and remembers which it was asked for."""

    def __init__(self) -> None:
        """Begin without any."""
        self.asked: list[str] = []

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer."""
        self.asked.append(f"{scope['method']} {scope['path']}")
        await asyncio.sleep(0.02)
        headers = [(b"content-length", b"3"), (b"x-from", b"app")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else b"app"})

    @staticmethod
    def at_once(target: bytes, _headers: Headers) -> Ready | None:
        """Have two things ready."""
        return {b"/ready": READY, b"/large": LARGE}.get(target)


@contextmanager
def _served(app: App) -> Iterator[HttpServer]:
    server = HttpServer(application([], {}, inner=app), "127.0.0.1:0", at_once=app.at_once)
    server.start()
    try:
        wait_until(lambda: b"app" in _said(server, b"GET /up HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"), "it")
        app.asked.clear()
        yield server
    finally:
        server.stop(5)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def server(app: App) -> Iterator[HttpServer]:
    with _served(app) as server:
        yield server


def _said(server: HttpServer, *requests: bytes, answers: int = 1) -> bytes:
    """Send requests in one piece; give all that comes back until there are so many answers."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(b"".join(requests))
        said = b""
        while said.count(b"HTTP/1.1 200") < answers or not said.endswith((b"app", b"ready", b"\r\n\r\n")):
            if not (more := client.recv(65536)):
                break
            said += more
        return said


def _get(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "host: a", *headers, "", ""]).encode()


def _from(said: bytes) -> list[bytes]:
    return [line for line in said.split(b"\r\n") if line.startswith(b"x-from")]


def test_what_lies_ready_is_sent_without_the_app_and_counted(app: App, server: HttpServer) -> None:
    before = HTTP_READY[200]
    said = _said(server, _get("/ready"))
    assert said.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
    assert said.endswith(b"\r\n\r\nready")
    assert app.asked == []
    assert HTTP_READY[200] == before + 1


def test_answers_keep_the_order_of_their_requests(app: App, server: HttpServer) -> None:
    said = _said(server, _get("/slow"), _get("/ready"), _get("/ready"), _get("/slow"), answers=4)
    assert _from(said)[0] == FROM_APP
    assert len(_from(said)) == 4
    said = _said(server, _get("/ready"), _get("/slow"), answers=2)
    assert _from(said) == [FROM_SHELF, FROM_APP]


@pytest.mark.parametrize(
    "request_",
    [
        _get("/ready", method="HEAD"),
        _get("/ready", version="1.0"),
        _get("/ready", "connection: close"),
        _get("/ready?other"),
        _get("/ready", "content-length: 2", method="POST") + b"{}",
        _get("/ready", "content-length: 2") + b"{}",
        _get("/ready", "transfer-encoding: chunked") + b"0\r\n\r\n",
        _get("/ready", "expect: 100-continue"),
    ],
)
def test_whatever_is_not_a_plain_get_is_for_the_app(app: App, server: HttpServer, request_: bytes) -> None:
    assert FROM_APP in _said(server, request_)
    assert len(app.asked) == 1


def test_a_body_that_comes_with_a_get_is_no_request(app: App, server: HttpServer) -> None:
    body = _get("/ready", "content-length: 18") + b"GET /app HTTP/1.1\r\n"[:18]
    assert len(_from(_said(server, body, _get("/ready"), answers=2))) == 2
    assert set(app.asked) == {"GET /ready"}


def test_a_client_that_reads_nothing_is_not_written_to_without_end(server: HttpServer) -> None:
    before = HTTP_READY[200]
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.sendall(_get("/large") * 500)
        wait_until(lambda: HTTP_READY[200] > before, "the first answer")
        _said(server, _get("/slow"))
        assert HTTP_READY[200] - before < 20


def test_a_server_that_parts_closes_each_connection_with_its_answer(server: HttpServer) -> None:
    server.part()
    said = _said(server, _get("/ready"))
    assert b"connection: close" in said
