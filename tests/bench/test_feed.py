"""Reading a feed.

A surface with a feed of about 40 kB, read from publishing's own process in the role `read`, beside nginx serving the
same bytes under the same headers from files (one worker, `sendfile`, `gzip_static`, no access log). What is compared is
the CPU time that the server spends on one answer while it gets as many requests as it can take, on 32 connections that
stay open; the two are asked in turns, and the median of the rounds counts. A ratio of 0.5 is half of nginx's answers
from one core.
"""

from __future__ import annotations

import gzip
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from chorus.local.child import free_port
from tests.bench.saturation import cost
from tests.contract.publishing_house import PublishingHouse, prepared
from tests.engines.fixtures import MakeDatabase
from tests.engines.process import Nursery
from tests.measuring import Figures, Scale, tool
from tests.unit.publishing.samples import BRAND, SURFACE

pytestmark = pytest.mark.postgres
FEED = f"/v1/{BRAND}/surfaces/{SURFACE}/feed.json"
POSTS = 22
NGINX = """
daemon off;
master_process off;
error_log stderr warn;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    gzip_static on;
    gzip_vary on;
    keepalive_requests 1000000000;
    open_file_cache max=16;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ application/feed+json json; }}
    add_header Access-Control-Allow-Origin *;
    add_header Access-Control-Expose-Headers "ETag, Retry-After";
    add_header Cross-Origin-Resource-Policy cross-origin;
    add_header X-Content-Type-Options nosniff;
    add_header Cache-Control "public, max-age=10";
    server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


@dataclass(frozen=True)
class Server:
    """Somebody who serves the feed: its address, and the process whose time counts."""

    address: str
    pid: int

    def ask(self, **headers: str) -> httpx2.Response:
        """Ask once."""
        return httpx2.get(self.address, headers={"accept-encoding": "identity", **headers}, trust_env=False)

    def answers(self) -> bool:
        """Tell whether it serves the feed by now."""
        try:
            return self.ask().is_success
        except httpx2.TransportError:
            return False


@dataclass(frozen=True)
class Pair:
    """Publishing and nginx, with the same feed."""

    ours: Server
    nginx: Server
    house: PublishingHouse

    def costs(self, scale: Scale, *, unless_changed: bool = False, packed: bool = False) -> tuple[float, float]:
        """Ask both in turns; answer the median microseconds of CPU time for an answer of each."""
        encoding = {"Accept-Encoding": "gzip"} if packed else {}
        taken: tuple[list[float], list[float]] = [], []
        for _ in range(scale(1, 5)):
            for server, found in zip((self.ours, self.nginx), taken, strict=True):
                self.house.rights_known()
                held = {"If-None-Match": server.ask().headers["etag"]} if unless_changed else {}
                found.append(cost(server.address, server.pid, seconds=scale(1, 4), headers=encoding | held))
        return statistics.median(taken[0]), statistics.median(taken[1])


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery(print)
    yield nursery
    nursery.close()


@pytest.fixture
def pair(make_database: MakeDatabase, nursery: Nursery, tmp_path: Path) -> Iterator[Pair]:
    """Both servers, with a feed of posts that were really placed."""
    url = make_database("publishing", prepared)
    house = PublishingHouse(url, tmp_path)
    house.surface()
    for number in range(POSTS):
        house.approved(f"{number:032x}")
        house.rights_known()
        house.work()
    ours = publishing(nursery, url, tmp_path)
    yield Pair(ours, nginx(nursery, ours.ask().content), house)
    house.close()


def publishing(nursery: Nursery, database: str, objects: Path) -> Server:
    """Start publishing's process as a reader."""
    port = free_port()
    environment = {
        "CHORUS_SECRET_KEY": "a-secret-for-benchmarks-0123456789abcdef",
        "CHORUS_PUBLIC_URL": "https://public.example",
        "CHORUS_CONSOLE_URL": "https://console.example",
        "CHORUS_HTTP_LISTEN": f"127.0.0.1:{port}",
        "CHORUS_DATABASE_URL": database,
        "CHORUS_EVENTS_URL": database,
        "CHORUS_MEDIA_URL": (objects / "private").as_uri(),
        "CHORUS_PUBLIC_MEDIA_URL": (objects / "public").as_uri(),
        "CHORUS_RIGHTS_ADDRESS": "127.0.0.1:1",
        "CHORUS_ROLES": "read",
    }
    log = nursery.place("publishing") / "log"
    child = nursery.start([sys.executable, "-m", "chorus.publishing"], log, environment=environment)
    server = Server(f"http://127.0.0.1:{port}{FEED}", child.pid)
    child.wait_until(server.answers, "publishing to serve the feed")
    return server


def nginx(nursery: Nursery, body: bytes) -> Server:
    """Start nginx, without a master beside its worker, with the feed as a file, and as a packed one."""
    folder, port = nursery.place("nginx"), free_port()
    file = folder / "files" / FEED.removeprefix("/")
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    file.with_name("feed.json.gz").write_bytes(gzip.compress(body, 6, mtime=0))
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
    command = [tool("nginx", package="nginx-light"), "-e", "stderr", "-c", str(configuration)]
    child = nursery.start(command, folder / "log")
    server = Server(f"http://127.0.0.1:{port}{FEED}", child.pid)
    child.wait_until(server.answers, "nginx to serve the feed")
    return server


def test_an_answer_costs_little_more_than_nginx(pair: Pair, figures: Figures, scale: Scale) -> None:
    body = len(pair.ours.ask().content)
    packed = len(gzip.compress(pair.ours.ask().content, 6, mtime=0))
    assert 36_000 < body < 44_000
    assert pair.ours.ask().content == pair.nginx.ask().content
    for what, options, at_least, goal in (
        (f"200, {body:,} bytes", {}, 0.45, 0.6),
        (f"200 in gzip, {packed:,} bytes", {"packed": True}, None, None),
        ("304, nothing changed", {"unless_changed": True}, 0.3, None),
    ):
        ours, nginx = pair.costs(scale, **options)
        figures.ratio(
            f"{what}: answers per second of CPU time",
            1e6 / ours,
            1e6 / nginx,
            unit="/s",
            peer_name="nginx",
            at_least=at_least,
            goal=goal,
        )
