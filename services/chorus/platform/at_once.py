"""Answers that lie ready as bytes: they go out as the request ends, before it becomes a scope, a task and a span.

Nearly everything that a request costs here is what comes between the socket and the app. An app that holds an answer
ready offers it by its `AtOnce`; where that has none, the request goes on to the app as every other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from chorus.platform.metrics import HTTP_READY

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]
# What announces a body: it may come long after, when what lay ready is right no longer.
_MORE_TO_COME = frozenset({b"content-length", b"transfer-encoding", b"expect"})


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer: its status, its headers as they are written (without the date), and its body."""

    status: int
    head: bytes
    body: bytes

    @classmethod
    def of(cls, status: int, headers: Headers, body: bytes) -> Ready:
        """Write the headers."""
        return cls(status, b"".join(b"%b: %b\r\n" % each for each in headers) + b"\r\n", body)


# Given a GET's target as it was asked for (path and query) and its headers, with names in lower case. It is called in
# the server's loop and must not wait for anything.
AtOnce: TypeAlias = Callable[[bytes, Headers], Ready | None]


def nothing_ready(_target: bytes, _headers: Headers) -> None:
    """Leave every request to the app."""


class AtOnceProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, with a way out before the app for what lies ready."""

    def __init__(self, at_once: AtOnce, *args: Any, **more: Any) -> None:  # noqa: ANN401 -- whatever uvicorn gives
        """Ask `at_once` first."""
        super().__init__(*args, **more)
        self._at_once = at_once
        self._ready: Ready | None = None

    def on_headers_complete(self) -> None:
        """Look for an answer; where there is none, begin the app's as ever."""
        self._ready = self._at_once(self.url, self.headers) if self._is_plain() else None
        if self._ready is None:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Answer in the same breath, now that the parser is done with the request."""
        if self._ready is None:
            super().on_message_complete()
            return
        ready, self._ready = self._ready, None
        _, date = self.server_state.default_headers[0]
        head = b"%bdate: %b\r\n%b" % (STATUS_LINE[ready.status], date, ready.head)
        self.transport.writelines((head, ready.body))
        HTTP_READY[ready.status] += 1
        self.on_response_complete()

    def _is_plain(self) -> bool:
        """Tell whether this can be answered in its turn, on a connection that stays and is read by its client."""
        return (
            # The date alone: none is there at the very start, and a server that parts has more to say.
            len(self.server_state.default_headers) == 1
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and self.parser.get_method() == b"GET"
            and self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and _MORE_TO_COME.isdisjoint(dict(self.headers))
        )
