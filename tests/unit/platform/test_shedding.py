"""Under more load than can be answered soon, the rest is refused at once."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

import httpx2
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from chorus.platform.shedding import MOST_REQUESTS, Shedding
from chorus.platform.web import application


class Slow:
    """Answers "yes" when it is let."""

    def __init__(self) -> None:
        self.let = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/livez":
            await self.let.wait()
        await PlainTextResponse("yes")(scope, receive, send)


async def _under_load(slow: Slow) -> tuple[Counter[int], int, int]:
    """Ask ten times where three may be under way, then whether it lives, then once more when all is done."""
    app = Shedding(slow, PlainTextResponse("later", 503), passing=frozenset({"/livez"}), most=3)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://house.example") as client:
        asked = [asyncio.ensure_future(client.get("/")) for _ in range(10)]
        for refused in itertools.islice(asyncio.as_completed(asked), 7):
            await refused
        alive = (await client.get("/livez")).status_code
        slow.let.set()
        answers = Counter(answer.status_code for answer in await asyncio.gather(*asked))
        return answers, alive, (await client.get("/")).status_code


def test_beyond_the_bound_requests_are_refused_at_once_and_afterwards_taken_again() -> None:
    assert asyncio.run(_run()) == ({200: 3, 503: 7}, 200, 200)


async def _run() -> tuple[Counter[int], int, int]:
    return await _under_load(Slow())


def test_a_refusal_has_the_headers_that_a_room_gives_all_its_answers() -> None:
    refused = asyncio.run(_refused({"access-control-allow-origin": "*"}))
    assert (refused.status_code, refused.json()["reason"]) == (503, "BUSY")
    assert refused.headers["access-control-allow-origin"] == "*"
    assert refused.headers["retry-after"]


async def _refused(headers: dict[str, str]) -> httpx2.Response:
    """Give the answer to one request more than a process takes."""
    slow = Slow()
    transport = httpx2.ASGITransport(app=application([], {}, inner=slow, busy_headers=headers))
    async with httpx2.AsyncClient(transport=transport, base_url="http://house.example") as client:
        asked = [asyncio.ensure_future(client.get("/")) for _ in range(MOST_REQUESTS + 1)]
        first = await next(asyncio.as_completed(asked))
        slow.let.set()
        await asyncio.gather(*asked)
        return first
