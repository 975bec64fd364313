"""Footprint: idle memory and a cold start.

`chorus up` on an empty folder, from the start of the command until a signed webhook's first post is answered with 2xx:
the database's files are made and every service migrates within that time. Then, once nothing moves, the memory of every
process that it started, PostgreSQL's among them, as the proportional set size (PSS) that Linux counts: pages that
several processes share are divided among them, so that the sum is what the house takes from the machine.

In a cluster nothing is shared: each process is also started alone by `python -m chorus.<name>`, as in its container,
and its resident set size (RSS) is told, the pages of libraries included. The aim of 60 MiB for a service, and 90 with
media, is met by the first count and not by the second: gRPC, psycopg, OpenTelemetry and pydantic take that much by
themselves.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chorus.api.brands.v1 import brands_pb2
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.local.child import Child, free_port
from chorus.local.engines import ROOMS
from chorus.local.house import DOORS, Addresses, House, running
from chorus.local.people import Curator, deliver, until
from chorus.platform import rpc
from chorus.platform.auth import Signer
from tests.house.fixtures import MakeHouse
from tests.measuring import Figures, loopback
from tests.serving import KEYS

MIB = 1024
QUIET_SECONDS = 5.0
HOUSE_MIB, COLD_START_SECONDS = 600, 8
# Ingest's process has a child that decodes pictures.
SERVICE_MIB = dict.fromkeys((*ROOMS, *DOORS), 60) | {"ingest": 90}
# Where nothing is shared; a third of it is code of libraries, which the machine may drop and read again.
ALONE_MIB = dict.fromkeys((*ROOMS, *DOORS), 95) | {"ingest": 150}
POST = {
    "id": "post-1",
    "text": "The dome lamp found its place.",
    "posted_at": "2026-11-20T09:00:00Z",
    "account": {"id": "mira", "handle": "mira", "name": "Mira Example"},
}


def test_a_cold_start_to_the_first_post(figures: Figures, make_folder: Callable[[], Path]) -> None:
    begun = time.perf_counter()
    with up(make_folder() / "data") as (process, addresses):
        ready = time.perf_counter()
        post(addresses)
        accepted = time.perf_counter()
        figures.speed(
            "`chorus up` until the first post is taken", accepted - begun, unit="s", at_most=COLD_START_SECONDS
        )
        figures.speed("of that, until everything answers", ready - begun, unit="s")
        busy = sum(cpu_seconds(pid) for pid in tree(process.pid))
        figures.speed("processor time of all its processes", busy, unit="s")


def test_a_house_at_rest(figures: Figures, make_folder: Callable[[], Path]) -> None:
    with up(make_folder() / "data") as (process, addresses):
        post(addresses)
        wait_for_rest(process.pid)
        memory = by_name(process.pid)
        for name, at_most in SERVICE_MIB.items():
            figures.count(f"{name} at rest, PSS", memory[f"chorus-{name}"[:15]], at_most=at_most, unit="MiB")
        figures.count("PostgreSQL at rest, PSS", memory["postgres"], unit="MiB")
        figures.count("the whole house at rest, PSS", sum(memory.values()), at_most=HOUSE_MIB, unit="MiB")


def test_each_process_alone(figures: Figures, make_house: MakeHouse, tmp_path: Path) -> None:
    with make_house("embedded", OTEL_EXPORTER_OTLP_ENDPOINT="") as house:
        for name, at_most in ALONE_MIB.items():
            resident = alone(house, name, tmp_path / f"{name}.log")
            figures.count(f"{name} alone, RSS", resident, at_most=at_most, unit="MiB")


@contextmanager
def up(data: Path) -> Iterator[tuple[subprocess.Popen[bytes], Addresses]]:
    """Run `chorus up` as an operator would, with nothing of this shell's settings."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CHORUS_", "OTEL_"))}
    command = [sys.executable, "-m", "chorus.cli", "up", "--data", str(data), "--port", str(free_port())]
    process = subprocess.Popen(
        command, env=environ | {"CHORUS_SECRET_KEY": KEYS[0]}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        addresses = until("the house to run", lambda: _running(process, data))
        yield process, addresses
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _running(process: subprocess.Popen[bytes], data: Path) -> Addresses | None:
    assert process.poll() is None, "the house ended by itself"
    return running(data)


def post(addresses: Addresses) -> None:
    """Do what a first user does: a brand, a sign-in, a webhook source, and a post for it."""
    loopback(addresses.console)
    brand, email = f"b{uuid.uuid4().hex[:10]}", "ada@lumen.example"
    brands = BrandsStub(rpc.channel(addresses.grpc["brands"], Signer(KEYS).operator_token))
    brands.CreateBrand(
        brands_pb2.CreateBrandRequest(brand=brand, display_name="Lumen", admin_email=email, admin_name="Ada Sample")
    )
    curator = Curator(addresses.console)
    curator.sign_in(brands.CreateSignIn(brands_pb2.CreateSignInRequest(email=email)).code)
    source = curator.call(
        "ingest.v1.Ingest/CreateSource", brand=brand, source="shop", connector="webhook", title="Shop", settings={}
    )
    deliver(addresses.public, f"/v1/{brand}/sources/shop/posts", source["secret"], "msg_1", {"posts": [POST]})


def alone(house: House, name: str, log: Path) -> float:
    """Start a process of its own beside the house's, on its engines, and weigh it with its children."""
    listens = {"CHORUS_HTTP_LISTEN": "127.0.0.1:0", "CHORUS_GRPC_LISTEN": "127.0.0.1:0"}
    child = Child(name, [sys.executable, "-m", f"chorus.{name}"], log, house.environment(name) | listens)
    child.start()
    try:
        until(f"{name} to be ready", lambda: '"ready"' in child.last_words())
        assert child.pid
        wait_for_rest(child.pid)
        return sum(memory_of(pid)["Rss"] for pid in tree(child.pid))
    finally:
        child.signal(signal.SIGTERM)
        child.wait(60)


def wait_for_rest(pid: int) -> None:
    """Wait until the processes below one have used little of the processor for a while."""

    def rests() -> bool:
        before = sum(cpu_seconds(each) for each in tree(pid))
        time.sleep(QUIET_SECONDS)
        return sum(cpu_seconds(each) for each in tree(pid)) - before < 0.2 * QUIET_SECONDS

    until("everything to come to rest", rests)


def by_name(pid: int) -> dict[str, float]:
    """Sum up PSS in MiB by the processes' own names; a child of a service counts as its parent."""
    found: defaultdict[str, float] = defaultdict(float)
    waiting = [(pid, "chorus up")]
    while waiting:
        each, name = waiting.pop()
        own = Path(f"/proc/{each}/comm").read_text(encoding="ascii").strip()
        name = own if own == "postgres" or own.startswith("chorus-") else name
        found[name] += memory_of(each)["Pss"]
        waiting += [(child, name) for child in children(each)]
    return found


def tree(pid: int) -> list[int]:
    """Name a process and all below it."""
    return [pid, *(each for child in children(pid) for each in tree(child))]


def children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    ]


def memory_of(pid: int) -> dict[str, float]:
    """Read what Linux counts of a process's memory, in MiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8")
    return {name: int(size) / MIB for name, size in re.findall(r"^(\w+): +(\d+) kB", text, re.MULTILINE)}


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
