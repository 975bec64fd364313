"""What a Service is in a cluster: one port for a process's replicas, led to those that say that they are ready."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Self

import httpx2

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Replica:
    """One process: its HTTP address, which says whether it is ready, and the port that connections are led to."""

    http: str
    port: int


class Balancer:
    """Leads each new connection to the next ready replica; those that stand stay where they are."""

    def __init__(self, *replicas: Replica) -> None:
        self.replicas = list(replicas)
        self.taken: Counter[Replica] = Counter()
        self.port = 0
        self._ready: list[Replica] = []
        self._turn = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="balancer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def leads_to(self, replica: Replica) -> bool:
        """Tell whether new connections may come to a replica."""
        return replica in self._ready

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._lead, "127.0.0.1", 0))
        self.port = int(server.sockets[0].getsockname()[1])
        watch = self._loop.create_task(self._watch())
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop) | {watch}
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    async def _watch(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=5) as client:
            while True:
                replicas = list(self.replicas)
                answers = await asyncio.gather(*(_is_ready(client, each, each in self._ready) for each in replicas))
                self._ready = [each for each, ready in zip(replicas, answers, strict=True) if ready]
                self._started.set()
                await asyncio.sleep(_LOOK_SECONDS)

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            if not (ready := self._ready):
                return
            replica = ready[next(self._turn) % len(ready)]
            self.taken[replica] += 1
            with contextlib.suppress(OSError):
                there, back = await asyncio.open_connection("127.0.0.1", replica.port)
                with contextlib.closing(back):
                    await _first(_pass_on(reader, back), _pass_on(there, writer))


async def _is_ready(client: httpx2.AsyncClient, replica: Replica, before: bool) -> bool:
    """Ask; one that is slow to say stays what it was, as a cluster asks several times before it believes the worst."""
    try:
        return (await client.get(f"{replica.http}/readyz")).is_success
    except httpx2.TimeoutException:
        return before
    except httpx2.TransportError:
        return False


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


async def _first(*ways: Coroutine[Any, Any, None]) -> None:
    """End both ways with the first that ends: each side is told at once when the other has closed."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
