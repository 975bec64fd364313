"""The HTTP edge: posts that other systems send. A 2xx means that they are on disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chorus.errors import Conflict, NotFound, TooLarge, Unavailable
from chorus.ingest.adapters.work import Workshop
from chorus.ingest.domain.source import Source
from chorus.ingest.handlers.capture import Outcome, capture, delete
from chorus.ingest.handlers.looks import origin_of
from chorus.ingest.handlers.sources import signing_secret
from chorus.ingest.ports import ReceivingConnector, Store
from chorus.platform.web import RateLimit

MAX_BODY = 5_000_000
_ACCEPTED = 202
_REQUEST_TIMEOUT = 408
# Bodies are in memory before anybody knows whether they are signed: so many at once, and for so long.
_MOST_BODIES = 32
_TURN_SECONDS = 2.0
_BODY_SECONDS = 20.0


class Deliveries:
    """`POST /v1/{brand}/sources/{source}/posts`."""

    def __init__(self, work: Workshop, *, rate: str) -> None:
        """`rate` bounds the deliveries of each source, for example "600/minute"."""
        self._work = work
        self._limit = RateLimit(rate)
        self._turns = asyncio.Semaphore(_MOST_BODIES)

    def routes(self) -> list[Route]:
        """Answer the routes of this edge."""
        return [Route("/v1/{brand}/sources/{source}/posts", self._post, methods=["POST"])]

    async def _post(self, request: Request) -> Response:
        brand, source = request.path_params["brand"], request.path_params["source"]
        headers = dict(request.headers)
        await run_in_threadpool(self._admit, brand, source, headers)
        async with self._turn():
            body = await _body(request)
            outcomes = await run_in_threadpool(self._take, brand, source, headers, body)
        return JSONResponse(_answer(outcomes), _ACCEPTED, {"Cache-Control": "no-store"})

    def _admit(self, brand: str, source: str, headers: Mapping[str, str]) -> None:
        """Refuse what can be refused without its body."""
        with self._work.store() as store:
            _, connector = self._receiver(store, brand, source)
        connector.admit(headers)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > MAX_BODY:
            raise _too_large()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait for a place for one more body; Unavailable where there is none for a while."""
        try:
            await asyncio.wait_for(self._turns.acquire(), _TURN_SECONDS)
        except TimeoutError as error:
            message = "Too many deliveries are under way: nothing was kept. Send it again in a moment."
            raise Unavailable(message, reason="BUSY") from error
        try:
            yield
        finally:
            self._turns.release()

    def _take(self, brand: str, source: str, headers: Mapping[str, str], body: bytes) -> list[Outcome]:
        """Verify a delivery and take it in, all of it or nothing, in one transaction."""
        work = self._work
        with work.store() as store:
            found, connector = self._receiver(store, brand, source)
            delivery = connector.receive(source, signing_secret(work.vault, found), headers, body)
            self._limit.check(f"{brand}/{source}")
            origin, now = origin_of(found, polled=False), work.now()
            outcomes = capture(store, origin, delivery.sightings, now=now, new_id=work.new_id)
            return outcomes + delete(store, origin, delivery.deletions, now=now)

    def _receiver(self, store: Store, brand: str, source: str) -> tuple[Source, ReceivingConnector]:
        found = store.source(brand, source)
        connector = self._work.connectors.by_name.get(found.connector) if found else None
        if found is None or not isinstance(connector, ReceivingConnector):
            message = "Nothing can be sent here: check the brand and the source in the address."
            raise NotFound(message)
        if found.paused:
            message = "This source is paused: nothing was kept. Send it again later."
            raise Conflict(message, reason="PAUSED")
        return found, connector


async def _body(request: Request) -> bytes:
    """Read the raw bytes, which were signed, and stop at the first too many, or where they do not come."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY:
                    raise _too_large()
    except TimeoutError as error:
        raise HTTPException(_REQUEST_TIMEOUT) from error
    return bytes(body)


def _too_large() -> TooLarge:
    return TooLarge(f"A delivery may have at most {MAX_BODY // 1_000_000} MB: send fewer posts at once.")


def _answer(outcomes: Sequence[Outcome]) -> dict[str, object]:
    count = [each.result for each in outcomes].count
    results = [
        {"platform": each.key.platform, "id": each.key.id, "result": each.result, "post": each.post}
        for each in outcomes
    ]
    return {
        "accepted": count("accepted"),
        "edited": count("edited"),
        "duplicates": count("duplicate"),
        "withdrawn": count("withdrawn"),
        "results": results,
    }
