"""The real rights service on loopback: PostgreSQL, gRPC, its subscriber and its clock."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import grpc
from google.protobuf import json_format
from google.protobuf.message import Message

from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.api.events.v1.rights_pb2 import RightsEvent
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.rights.v1 import rights_pb2_grpc
from chorus.platform.auth import Principal, Signer
from chorus.platform.evidence import EvidenceSigner
from chorus.platform.objects import ObjectStore, open_store
from chorus.platform.postgres import Database
from chorus.platform.rpc import Server, channel
from chorus.platform.secrets import Vault, sha256_hex
from chorus.platform.status import error_of
from chorus.rights.adapters.codes import means
from chorus.rights.adapters.confirm_links import ConfirmLinks
from chorus.rights.adapters.journal import Journal
from chorus.rights.adapters.nonces import Nonces
from chorus.rights.adapters.servicer import mounted
from chorus.rights.adapters.subscriber import Subscriber
from chorus.rights.adapters.wiring import Wiring
from tests.engines.fixtures import MakeDatabase
from tests.serving import migrated

KEYS = ("a secret of this test only, long enough",)
PUBLIC_URL = "http://127.0.0.1:8080"
LOG = "127.0.0.1:8080/evidence"
GOLDEN = Path(__file__).parents[2] / "golden"


@dataclass
class Clock:
    """A clock that a test sets."""

    now: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class RightsService:
    """The running service."""

    database: Database
    clock: Clock
    address: str
    signer: Signer
    subscriber: Subscriber
    journal: Journal
    objects: ObjectStore
    evidence: EvidenceSigner
    wiring: Wiring

    def client(self, kind: str = "member", role: int = 4) -> rights_pb2_grpc.RightsStub:
        """Call as a member of lumen with a role, or as one of Chorus's own services, by its name."""
        who = Principal("member", "ada", "ada@lumen.example", {"lumen": role})
        token = self.signer.issue(who)[0] if kind == "member" else self.signer.service_token(kind)
        return rights_pb2_grpc.RightsStub(channel(self.address, lambda: token))

    def hear(self, event: Message) -> bool:
        """Hear an event as the consumer does, in a transaction."""
        with self.database.transaction() as conn:
            return self.subscriber(conn, event)

    def told(self) -> list[RightsEvent]:
        """Read the facts in the outbox, in order."""
        with self.database.transaction() as conn:
            return [RightsEvent.FromString(row[0]) for row in conn.execute("SELECT payload FROM outbox ORDER BY id")]


@contextmanager
def rights_service(database_url: str) -> Iterator[RightsService]:
    """Run the service on a migrated database, with a journal that was read already."""
    database, clock, signer = Database(database_url), Clock(), Signer(KEYS)
    window = timedelta(days=30)
    folder = tempfile.TemporaryDirectory()
    objects = open_store(Path(folder.name).as_uri())
    journal = Journal(database, objects)
    journal.read()
    evidence = EvidenceSigner(LOG, KEYS[0])
    confirm_links = ConfirmLinks(KEYS)
    by_means = means(Vault(KEYS), confirm_links, mails=True)
    wiring = Wiring(database, Nonces(KEYS), PUBLIC_URL, window, journal, evidence, confirm_links, by_means, clock)
    server = Server([mounted(wiring)], "127.0.0.1:0", signer)
    server.start()
    try:
        address = f"127.0.0.1:{server.port}"
        subscriber = Subscriber(window, by_means, clock)
        yield RightsService(database, clock, address, signer, subscriber, journal, objects, evidence, wiring)
    finally:
        server.stop(1)
        journal.close()
        folder.cleanup()
        database.close()


@contextmanager
def rights_with_terms(make_database: MakeDatabase) -> Iterator[RightsService]:
    """Run the service with terms, and the golden post approved and complete."""
    with rights_service(make_database("rights", prepare)) as running:
        _approve_golden_post(running)
        terms = pb.CreateTermsRequest(brand="lumen", terms="share", language="en", summary="Short.", text="In full.")
        running.client().CreateTerms(terms)
        yield running


def _approve_golden_post(service: RightsService) -> None:
    """Let the golden post arrive with both its pictures, and be approved."""
    service.hear(captured := cast("PostEvent", golden(PostEvent, "post/captured")))
    for number, media in enumerate(captured.captured.media):
        ready = cast("PostEvent", golden(PostEvent, "post/media_ready"))
        ready.media_ready.media.media = media.media
        ready.media_ready.media.sha256 = sha256_hex(f"picture {number}")
        service.hear(ready)
    decided = cast("ReviewEvent", golden(ReviewEvent, "review/decided"))
    decided.meta.post = captured.meta.post
    decided.decided.revision = 1
    service.hear(decided)


def prepare(url: str) -> str:
    """Migrate a database for the service."""
    return migrated("rights", url)


def golden(kind: type[Message], name: str) -> Message:
    """Read a golden event, for example "post/captured"."""
    event = kind()
    json_format.Parse((GOLDEN / f"{name}.json").read_text(encoding="utf-8"), event)
    return event


def reason_of(failure: grpc.RpcError) -> str:
    """Name the reason that a call was refused for."""
    return error_of(failure).reason
