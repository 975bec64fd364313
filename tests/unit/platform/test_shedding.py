"""Under more load than can be answered soon, the rest is refused at once."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

import httpx2
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from chorus.platform.shedding import Shedding


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
