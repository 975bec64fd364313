"""A rolling restart fails no request.

Every process is replaced as a cluster replaces it: a successor starts, connections are led to it once it is ready, and
the one before is told to end. It says at once that it is not ready, goes on serving for as long as it lingers, ends
what it has begun, and exits. All the while people read feeds, senders send posts, creators open their links and
programs make calls, each request exactly once.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from chorus.api.brands.v1 import brands_pb2
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.api.curation.v1 import curation_pb2
from chorus.api.curation.v1.curation_pb2_grpc import CurationStub
from chorus.api.ingest.v1 import ingest_pb2
from chorus.api.ingest.v1.ingest_pb2_grpc import IngestStub
from chorus.api.publishing.v1 import publishing_pb2
from chorus.api.publishing.v1.publishing_pb2_grpc import PublishingStub
from chorus.api.rights.v1 import rights_pb2
from chorus.api.rights.v1.rights_pb2_grpc import RightsStub
from chorus.local.child import free_port
from chorus.local.engines import ROOMS
from chorus.local.feed_site import FeedSite
from chorus.local.front import front
from chorus.local.house import DOORS, House
from chorus.local.people import Visitor, deliver, until
from chorus.platform import rpc
from chorus.platform.auth import Signer
from chorus.platform.web import HttpServer
from tests.house.balancer import Balancer, Replica
from tests.house.fixtures import MakeHouse
from tests.house.story import Story
from tests.measuring import Figures, Scale, loopback
from tests.serving import KEYS

pytestmark = pytest.mark.postgres
PROCESSES = (*ROOMS, *DOORS)
PAUSE = 0.02
LINGER = "2"
EXIT_SECONDS = 60.0
Act = Callable[[], object]


class BalancedHouse(House):
    """A house whose processes reach each other, and are reached, through balancers."""

    http: dict[str, Balancer]
    grpc: dict[str, Balancer]

    def open(self, stack: ExitStack) -> None:
        """Put the balancers up; they lead to the house's own processes at first."""
        self.http = {name: stack.enter_context(Balancer(self._own(name, "http"))) for name in PROCESSES}
        self.grpc = {name: stack.enter_context(Balancer(self._own(name, "grpc"))) for name in ROOMS}

    def environment(self, name: str) -> dict[str, str]:
        addresses = {f"CHORUS_{room.upper()}_ADDRESS": f"127.0.0.1:{self.grpc[room].port}" for room in ROOMS}
        return super().environment(name) | addresses | {"CHORUS_LINGER": LINGER}

    def balancers(self, name: str) -> list[tuple[Balancer, str]]:
        """Name the balancers of a process, each with what it leads to."""
        return [(self.http[name], "http"), *([(self.grpc[name], "grpc")] if name in ROOMS else [])]

    def _own(self, name: str, what: str) -> Replica:
        address = self.addresses.http[name] if what == "http" else self.addresses.grpc[name]
        return Replica(self.addresses.http[name], int(address.rpartition(":")[2]))


class Client(threading.Thread):
    """Does one thing over and over, each time once, and notes what failed."""

    def __init__(self, name: str, act: Act, stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.done = 0
        self.failed: list[str] = []
        self._act = act
        self._ending = stop

    def run(self) -> None:
        while not self._ending.wait(PAUSE):
            try:
                self._act()
            except Exception as error:  # noqa: BLE001 -- whatever it was, the request failed
                self.failed.append(f"{self.name}: {type(error).__name__}: {error}")
            self.done += 1


@pytest.fixture
def house(make_house: MakeHouse) -> Iterator[BalancedHouse]:
    house = make_house("embedded", kind=BalancedHouse)
    assert isinstance(house, BalancedHouse)
    with ExitStack() as stack:
        house.open(stack)
        stack.enter_context(house)
        every = [each for name in PROCESSES for each, _ in house.balancers(name)]
        until("connections to be led", lambda: all(each.leads_to(each.replicas[0]) for each in every) or None)
        yield house


def acts(story: Story, house: BalancedHouse, origin: str, link: str, sent: list[str]) -> dict[str, Act]:
    """What goes on all the time, by name: one client for each door and each kind of call."""
    feed = httpx2.Client(base_url=loopback(origin), trust_env=False, timeout=30)
    console = httpx2.Client(base_url=f"http://127.0.0.1:{house.http['console'].port}", trust_env=False, timeout=30)
    creator = Visitor(origin)

    def send() -> None:
        item = story.item(len(sent) + 1000)
        path = f"/v1/{story.brand}/sources/shop/posts"
        deliver(origin, path, story.secret, f"msg_{uuid.uuid4().hex}", {"posts": [item]})
        sent.append(item["text"])

    pages: dict[str, Act] = {
        "feed": lambda: feed.get(f"/v1/{story.brand}/surfaces/wall/feed.json").raise_for_status(),
        "link": lambda: creator.get(link),
        "console": lambda: console.get("/").raise_for_status(),
        "deliveries": send,
    }
    return pages | calls(house, story.brand)


def calls(house: BalancedHouse, brand: str) -> dict[str, Act]:
    """Answer a call of each room, over one channel that is kept."""
    token = Signer(KEYS).operator_token
    to = {room: rpc.channel(f"127.0.0.1:{house.grpc[room].port}", token) for room in ROOMS}
    brands, ingest, curation = BrandsStub(to["brands"]), IngestStub(to["ingest"]), CurationStub(to["curation"])
    rights, publishing = RightsStub(to["rights"]), PublishingStub(to["publishing"])
    return {
        "brands": lambda: brands.ListBrands(brands_pb2.ListBrandsRequest()),
        "ingest": lambda: ingest.ListSources(ingest_pb2.ListSourcesRequest(brand=brand)),
        "curation": lambda: curation.ListPosts(curation_pb2.ListPostsRequest(brand=brand, page_size=5)),
        "rights": lambda: rights.ListTerms(rights_pb2.ListTermsRequest(brand=brand)),
        "publishing": lambda: publishing.ListSurfaces(publishing_pb2.ListSurfacesRequest(brand=brand)),
    }


@contextmanager
def clients(story: Story, house: BalancedHouse, link: str, sent: list[str]) -> Iterator[list[Client]]:
    """Let everybody come and go on until the block ends, through one front."""
    stop = threading.Event()
    upstreams = {name: f"http://127.0.0.1:{house.http[name].port}" for name in ("ingest", "publishing", "creator")}
    gate = HttpServer(front(upstreams), "127.0.0.1:0")
    gate.start()
    every = acts(story, house, f"http://127.0.0.1:{gate.port}", link, sent)
    running = [Client(name, act, stop) for name, act in every.items()]
    try:
        for each in running:
            each.start()
        yield running
    finally:
        stop.set()
        for each in running:
            each.join()
        gate.stop(5)


def replace(house: BalancedHouse, name: str) -> None:
    """Roll one process: a successor beside it, the end of the first, and the same back again."""
    before = house.children[name].pid
    with successor(house, name):
        house.children[name].signal(signal.SIGTERM)
        until(f"{name} to be another process", lambda: house.children[name].pid not in {None, before} or None)
        own = {balancer: balancer.replicas[0] for balancer, _ in house.balancers(name)}
        until(f"{name} to be ready again", lambda: all(each.leads_to(own[each]) for each in own) or None)


@contextmanager
def successor(house: BalancedHouse, name: str) -> Iterator[None]:
    """Run another process of a room; connections come to it while the block runs. It must end in order."""
    ports = {what: free_port() for _, what in house.balancers(name)}
    listen = {f"CHORUS_{what.upper()}_LISTEN": f"127.0.0.1:{port}" for what, port in ports.items()}
    child = start(name, house.environment(name) | listen, house.children[name].log.with_suffix(".successor"))
    replicas = {each: Replica(f"http://127.0.0.1:{ports['http']}", ports[what]) for each, what in house.balancers(name)}
    for balancer, replica in replicas.items():
        balancer.replicas.append(replica)
    try:
        until(f"{name}'s successor to be ready", lambda: all(a.leads_to(b) for a, b in replicas.items()) or None)
        yield
    finally:
        child.terminate()
        child.wait(EXIT_SECONDS)
        for balancer, replica in replicas.items():
            balancer.replicas.remove(replica)
    assert child.returncode == 0
    assert sum(balancer.taken[replica] for balancer, replica in replicas.items()), "nobody came to it"


def start(name: str, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a process, with nothing done between fork and exec: clients' gRPC threads run here."""
    with log.open("ab") as output:
        return subprocess.Popen([sys.executable, "-m", f"chorus.{name}"], env=environment, stdout=output, stderr=output)


@pytest.mark.timeout(3600)
def test_replacing_one_process_after_the_other_fails_no_request(
    house: BalancedHouse, site: FeedSite, scale: Scale, figures: Figures
) -> None:
    story = Story(house, site)
    ((_, link),) = story.live()
    sent: list[str] = []
    rolled, rounds = (PROCESSES, 2) if scale.full else (("publishing", "rights"), 1)
    with clients(story, house, link.removeprefix(house.addresses.public), sent) as running:
        until("everybody to have come", lambda: all(each.done for each in running) or None)
        for _ in range(rounds):
            for name in rolled:
                replace(house, name)
    failed = [what for each in running for what in each.failed]
    figures.count("processes replaced", 2 * rounds * len(rolled), at_least=4)
    figures.count("requests meanwhile", sum(each.done for each in running), at_least=100)
    figures.count("failed requests", len(failed), at_most=0)
    assert failed == []
    until("every delivery in the queue", lambda: set(sent) <= {each["text"] for each in queued(story)} or None)


def queued(story: Story) -> Iterator[dict[str, object]]:
    """Read the whole queue, a page at a time."""
    token = ""
    while True:
        answer = story.call("curation.v1.Curation/ListPosts", pageSize=100, pageToken=token)
        yield from answer.get("posts", [])
        if not (token := answer.get("nextPageToken", "")):
            return
