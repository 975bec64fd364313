"""Shedding: a request that would wait for long is refused at once, and says when to come back."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

# All threads of a process have three requests each behind the one that they serve; what comes then has to wait longer
# than it takes to come back.
MOST_REQUESTS = 160


class Shedding:
    """Lets so many requests be under way at once and sends the others away; what operates the process passes."""

    def __init__(self, app: ASGIApp, refusal: ASGIApp, *, passing: frozenset[str], most: int = MOST_REQUESTS) -> None:
        """Serve with `app`, beyond `most` requests with `refusal`; `passing` are paths."""
        self._app = app
        self._refusal = refusal
        self._passing = passing
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in self._passing:
            await self._app(scope, receive, send)
        elif self._under_way >= self._most:
            await self._refusal(scope, receive, send)
        else:
            self._under_way += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._under_way -= 1
