"""The HTTP edge: posts that other systems send. A 2xx means that they are on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chorus.errors import Conflict, NotFound, TooLarge
from chorus.ingest.adapters.work import Workshop
from chorus.ingest.domain.source import Source
from chorus.ingest.handlers.capture import Outcome, capture, delete
from chorus.ingest.handlers.looks import origin_of
from chorus.ingest.handlers.sources import signing_secret
from chorus.ingest.ports import ReceivingConnector, Store
from chorus.platform.web import RateLimit

MAX_BODY = 5_000_000
_ACCEPTED = 202


class Deliveries:
    """`POST /v1/{brand}/sources/{source}/posts`."""

    def __init__(self, work: Workshop, *, rate: str) -> None:
        """`rate` bounds the deliveries of each source, for example "600/minute"."""
        self._work = work
        self._limit = RateLimit(rate)

    def routes(self) -> list[Route]:
        """Answer the routes of this edge."""
        return [Route("/v1/{brand}/sources/{source}/posts", self._post, methods=["POST"])]

    async def _post(self, request: Request) -> Response:
        body = await _body(request)
        brand, source = request.path_params["brand"], request.path_params["source"]
        outcomes = await run_in_threadpool(self.take, brand, source, dict(request.headers), body)
        return JSONResponse(_answer(outcomes), _ACCEPTED, {"Cache-Control": "no-store"})

    def take(self, brand: str, source: str, headers: Mapping[str, str], body: bytes) -> list[Outcome]:
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
    """Read the raw bytes, which were signed, and stop at the first too many."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY:
            message = f"A delivery may have at most {MAX_BODY // 1_000_000} MB: send fewer posts at once."
            raise TooLarge(message)
    return bytes(body)


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
