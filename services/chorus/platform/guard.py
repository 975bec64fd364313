"""Who is calling a door, as far as a rate limit needs to know."""

from __future__ import annotations

from starlette.requests import Request

from chorus.platform.web import RateLimit, network_of


class Guard:
    """Counts what each client sends. Behind a trusted proxy the client is who the proxy says it is."""

    def __init__(self, rate: str, *, trust_proxy: bool) -> None:
        """Allow so much for each client, for example "60/minute"."""
        self._limit = RateLimit(rate)
        self._trust_proxy = trust_proxy

    def check(self, request: Request) -> None:
        """Count one act; Exhausted where one client has too many."""
        self._limit.check(network_of(self.client(request)))

    def client(self, request: Request) -> str:
        """Name the client's address. Only the last entry is the proxy's own; those before it anybody can write."""
        forwarded = request.headers.getlist("x-forwarded-for")
        if self._trust_proxy and forwarded:
            return forwarded[-1].rpartition(",")[2].strip()
        return request.client.host if request.client else ""
