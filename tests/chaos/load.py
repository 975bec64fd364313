"""Load at a steady rate, from a process of its own: `python -m tests.chaos.load`, the plan as JSON on standard input.

An open loop: a request is due when its time has come, whether the ones before were answered or not, and is timed from
then on. Prints a list of [second in which it was due, status, seconds]; status 0 is no answer.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from tests.measuring import loopback

_ROOT = Path(__file__).parents[2]
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send: `rate` requests a second to a path of an origin, for so long; signed posts where `secret` is set.

    `first` makes the ids of posts differ between runs; at most `connections` are open at once.
    """

    origin: str
    path: str
    rate: float
    seconds: float
    secret: str = ""
    first: str = ""
    connections: int = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: due so many seconds after the start; how long it took from when it was due."""

    due: float
    status: int
    seconds: float


def start(plan: Plan) -> subprocess.Popen[str]:
    """Begin to send, in a process of its own."""
    loopback(plan.origin)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-m", "tests.chaos.load"], cwd=_ROOT, text=True, **pipes)  # type: ignore[call-overload]  # Popen's overloads do not see through the pipes
    assert process.stdin
    process.stdin.write(json.dumps(asdict(plan)))
    process.stdin.close()
    process.stdin = None
    found: subprocess.Popen[str] = process
    return found


def answers(process: subprocess.Popen[str]) -> list[Answer]:
    """Wait for the end, and read what was answered."""
    said, _ = process.communicate()
    assert process.returncode == 0
    return [Answer(*each) for each in json.loads(said)]


def offer(plan: Plan) -> list[Answer]:
    """Send, and wait for the end."""
    return answers(start(plan))


def p99(answered: list[Answer]) -> float:
    """Give the time within which 99 of 100 were answered, in milliseconds."""
    times = sorted(each.seconds for each in answered)
    return 1000 * times[min(len(times) - 1, len(times) * 99 // 100)]


class _Load:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        parts = urlsplit(plan.origin)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._webhook = Webhook(plan.secret) if plan.secret else None
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._open = asyncio.Semaphore(plan.connections)
        self._answers: list[tuple[float, int, float]] = []

    async def run(self) -> list[tuple[float, int, float]]:
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(round(self._plan.rate * self._plan.seconds)):
                due = begun + number / self._plan.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(self._one(number, due, begun))
        return self._answers

    async def _one(self, number: int, due: float, begun: float) -> None:
        async with self._open:
            try:
                status = await asyncio.wait_for(self._ask(self._request(number)), _PATIENCE)
            except (OSError, EOFError, TimeoutError, ValueError):
                status = 0
        self._answers.append((due - begun, status, time.perf_counter() - due))

    async def _ask(self, request: bytes) -> int:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in head:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head.split()[1])

    def _request(self, number: int) -> bytes:
        if self._webhook is None:
            return f"GET {self._plan.path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n\r\n".encode()
        body = json.dumps(_post(f"{self._plan.first}{number}"))
        name, now = f"msg_{self._plan.first}{number}", int(time.time())
        signature = self._webhook.sign(name, datetime.fromtimestamp(now, UTC), body)
        head = (
            f"POST {self._plan.path} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nContent-Type: application/json\r\n"
            f"webhook-id: {name}\r\nwebhook-timestamp: {now}\r\nwebhook-signature: {signature}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return f"{head}{body}".encode()


def _post(name: str) -> dict[str, object]:
    account = {"id": "mira", "handle": "mira", "name": "Mira Example"}
    return {"id": name, "text": f"Post {name}", "posted_at": "2026-11-20T09:00:00Z", "account": account}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_Load(Plan(**json.load(sys.stdin))).run())))
