"""Faults, each of which proves that it bit: another process id, a port that refuses, a process that stands still."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2

from chorus.local.house import House
from chorus.local.people import until
from tests.engines.kafka import Kafka
from tests.engines.postgres import Postgres

PROCESSES = ("brands", "ingest", "curation", "rights", "publishing", "console", "creator")
_PAUSE_SECONDS = 3.0


class Faults:
    """Breaks one thing after the other, and waits until it is back."""

    def __init__(self, house: House, postgres: Postgres, kafka: Kafka, seed: int) -> None:
        self._house = house
        self._postgres = postgres
        self._kafka = kafka
        self._chance = random.Random(f"{seed}/faults")
        self.bit: Counter[str] = Counter()

    def plan(self, *, kills: int, engines: int, pauses: int) -> list[Callable[[], None]]:
        """Put faults in an order: so many kills, some together; so many of each engine; so many pauses."""
        acts: list[Callable[[], None]] = [self.kill_broker] * engines + [self.kill_database] * engines
        acts += [self.pause] * pauses
        left = kills
        while left:
            together = min(self._chance.randint(1, 3), left)
            names = self._chance.sample(PROCESSES, together)
            acts.append(lambda names=names: self.kill(names))  # type: ignore[misc]  # mypy cannot type a default in a lambda
            left -= together
        self._chance.shuffle(acts)
        return acts

    def kill(self, names: Sequence[str]) -> None:
        """Kill processes at once, and wait for their successors."""
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(self._kill, names))

    def _kill(self, name: str) -> None:
        child = self._house.children[name]
        before = until(f"{name} to run", lambda: child.pid)
        self._house.restart(name)
        assert child.pid != before
        self.bit["kill"] += 1

    def kill_broker(self) -> None:
        """Kill the broker, let everybody notice, and start it again."""
        self._kill_engine(self._kafka, self._kafka.address)
        self.bit["broker"] += 1

    def kill_database(self) -> None:
        """Kill PostgreSQL with all its connections, let everybody notice, and start it again."""
        self._kill_engine(self._postgres, self._postgres.url("").split("@")[1].strip("/"))
        self.bit["database"] += 1

    def _kill_engine(self, engine: Kafka | Postgres, address: str) -> None:
        engine.kill()
        try:
            assert not answers(f"http://{address}")
            time.sleep(self._chance.uniform(0, 1))
        finally:
            engine.start()

    def pause(self) -> None:
        """Let a process stand still for a while, with its connections open, and go on as if nothing had been."""
        name = self._chance.choice(PROCESSES)
        child = self._house.children[name]
        pid = until(f"{name} to run", lambda: child.pid)
        child.signal(signal.SIGSTOP)
        try:
            until(f"{name} to stand still", lambda: state(pid) == "T" or None)
            assert not answers(f"{self._house.addresses.http[name]}/livez")
            time.sleep(_PAUSE_SECONDS)
        finally:
            child.signal(signal.SIGCONT)
        assert child.pid == pid
        self.bit["pause"] += 1


def answers(address: str) -> bool:
    """Tell whether anybody says anything at all there within a second."""
    try:
        httpx2.get(address, timeout=1, trust_env=False)
    except (httpx2.ConnectError, httpx2.TimeoutException):
        return False
    except httpx2.TransportError:
        return True
    return True


def state(pid: int) -> str:
    """Read how a process is: R, S, T (stopped), Z."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
