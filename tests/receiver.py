"""A web team's own server: takes webhooks, answers as it is told, and believes only what is signed.

Signatures are checked here by hand, after the text of the standard (standardwebhooks.com): not by the library that
Chorus signs with.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

TOLERANCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came. Header names are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def type(self) -> str:
        return str(self.event["type"])

    @property
    def placement(self) -> str:
        return str(self.event["data"]["placement_id"])

    @property
    def signatures(self) -> list[str]:
        return self.headers["webhook-signature"].split(" ")


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)


class Verifier:
    """Believes what is signed with one of its secrets, is of now, and did not come before."""

    def __init__(self, *secrets: str) -> None:
        self._keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        self._seen: set[str] = set()

    def signed(self, request: Received, now: float | None = None) -> bool:
        """Tell whether a request is signed, within five minutes of now."""
        sent_at = request.headers["webhook-timestamp"]
        if abs((time.time() if now is None else now) - int(sent_at)) > TOLERANCE_SECONDS:
            return False
        content = b".".join([request.id.encode(), sent_at.encode(), request.body])
        codes = [base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in self._keys]
        return any(hmac.compare_digest(f"v1,{code}", each) for code in codes for each in request.signatures)

    def believes(self, request: Received, now: float | None = None) -> bool:
        """Tell whether to act on a request: it is signed, and its id is new."""
        if not self.signed(request, now) or request.id in self._seen:
            return False
        self._seen.add(request.id)
        return True


class Receiver:
    """Serves on loopback; `answer` says what to answer to each request, and may take its time."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[Received] = []
        self.answer: Callable[[Received], Said] = lambda _: Said()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"owner": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def host_port(self) -> str:
        return f"127.0.0.1:{self._server.server_address[1]}"

    def url(self, path: str = "/hooks") -> str:
        return f"http://{self.host_port}{path}"

    def at(self, path: str) -> list[Received]:
        """List what came to an address."""
        return [each for each in self.requests if each.path == path]

    def types(self) -> list[str]:
        """List what came, in order."""
        return [each.type for each in self.requests]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Copy:
    """What a web team keeps by webhooks alone, as docs/webhooks.md says: by placement, the item that it shows."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self._withdrawn: set[str] = set()

    def apply(self, requests: Iterable[Received]) -> None:
        for each in requests:
            if each.type == "post.withdrawn":
                self._withdrawn.add(each.placement)
                self.items.pop(each.placement, None)
            elif each.placement not in self._withdrawn:
                self.items[each.placement] = each.event["data"]["item"]


class _Handler(BaseHTTPRequestHandler):
    owner: Receiver
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        request = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        self.owner.requests.append(request)
        said = self.owner.answer(request)
        self.send_response(said.status)
        for name, value in {"content-length": "0", **said.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # Chorus waited no longer
            return

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - the base class's signature
        return
