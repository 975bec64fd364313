"""Publishing on a real database with a folder for objects, driven step by step."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from chorus.platform.ids import new_id
from chorus.platform.objects import ObjectStore, open_store
from chorus.platform.postgres import Database
from chorus.platform.topics import PARTITIONS
from chorus.publishing.adapters.area import ObjectArea
from chorus.publishing.adapters.content_signer import ContentSigner
from chorus.publishing.adapters.credentials import development
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.adapters.timekeeper import Timekeeper
from chorus.publishing.adapters.worker import Worker
from chorus.publishing.domain.grant import Grant
from chorus.publishing.domain.heard import Ended, Granted, Heard, HeardOfRights, Narrowed, Told
from chorus.publishing.domain.surface import Access, Definition, Rule, Surface
from chorus.publishing.handlers import surfaces
from chorus.publishing.handlers.hearing import hear, hear_of_rights
from chorus.publishing.handlers.settling import settle_again
from chorus.scope import Scope, Use
from tests.serving import migrated
from tests.unit.publishing.samples import BRAND, SURFACE, grant, post

GRACE = 300.0
KEY = "a secret of this test, long enough to be one"


def prepared(url: str) -> str:
    """Migrate a template database."""
    return migrated("publishing", url)


@functools.cache
def draw(colour: str, kind: str, size: int) -> bytes:
    """Draw a small picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (size, size * 3 // 4), colour).save(out, kind)
    return out.getvalue()


class PublishingHouse:
    """One publishing service without its threads: each thing happens when a test says so."""

    def __init__(self, url: str, folder: Path, *, public: ObjectStore | None = None) -> None:
        """Begin with a database and a folder, one surface, and rights known."""
        self.database = Database(url)
        self.private = open_store((folder / "private").as_uri())
        self.public = public or open_store((folder / "public").as_uri())
        self.area = ObjectArea(self.private, self.public, ContentSigner(lambda: development(KEY)))
        self.worker = Worker(self.database, self.area)
        self.timekeeper = Timekeeper(self.database)
        self.rights_known()

    def close(self) -> None:
        """Let go of everything."""
        self.area.close()
        self.database.close()

    def rights_known(self, seconds_ago: float = 0.0) -> None:
        """Have heard from rights on every partition, so long ago."""
        with self.database.transaction() as conn:
            conn.execute("DELETE FROM lease")
            if seconds_ago < math.inf:
                PostgresStore(conn).known(dict.fromkeys(range(PARTITIONS), seconds_ago), 0.0)
            conn.execute("UPDATE lease_state SET clock_offset = NULL")

    def surface(
        self, name: str = SURFACE, rule: Rule | None = None, access: Access = Access.PUBLIC, key_sha256: str = ""
    ) -> Surface:
        """Add a surface."""
        definition = Definition(
            f"The {name}", "https://lumen.example/", Scope(frozenset({Use.WEB})), rule or Rule(), access
        )
        with self.database.transaction() as conn:
            return surfaces.create(
                PostgresStore(conn),
                BRAND,
                name,
                definition,
                public_key=f"pk-{name}",
                key_sha256=key_sha256,
                now=datetime.now(UTC),
            )

    def hear(self, name: str, *facts: Heard | HeardOfRights) -> None:
        """Hear facts about a post."""
        for fact in facts:
            with self.database.transaction() as conn:
                store, now = PostgresStore(conn), datetime.now(UTC)
                told = Told(decided_at=now)
                if isinstance(fact, Granted | Narrowed | Ended):
                    hear_of_rights(store, BRAND, name, fact, told, now=now, new_id=new_id)
                else:
                    hear(store, BRAND, name, fact, told, now=now, new_id=new_id)

    def approved(self, name: str, *, by: Grant | None = None) -> None:
        """Have a post captured, approved and granted, with its previews in the store."""
        found = post(name)
        for media in found.media.values():
            for each in media.renditions:
                kind = "JPEG" if each.content_type == "image/jpeg" else "WEBP"
                self.private.put(each.object_key, draw("#b08850", kind, each.size), each.content_type)
        with self.database.transaction() as conn:
            store = PostgresStore(conn)
            store.keep_post(found)
            store.keep_grant(BRAND, name, by or grant(f"g-{name}"), None)
            settle_again(store, BRAND, name, now=datetime.now(UTC), new_id=new_id)

    def work(self) -> None:
        """Do all that there is to place and to withdraw now."""
        while self.timekeeper.walk() or self.timekeeper.due():
            pass
        while self.worker.step():
            pass

    def told(self) -> list[str]:
        """Name the facts in the outbox, in order."""
        with self.database.transaction() as conn:
            return [row[0] for row in conn.execute("SELECT fact FROM outbox ORDER BY id")]

    def states(self) -> list[str]:
        """Name the states of all placements, in the order of their ids."""
        return self.column("state")

    def column(self, name: str) -> list[str]:
        """Read a column of all placements, in the order of their ids."""
        with self.database.transaction() as conn:
            rows: Sequence[tuple[str]] = conn.execute(f"SELECT {name} FROM placements ORDER BY placement").fetchall()  # noqa: S608 -- a name from a test
        return [row[0] for row in rows]

    def lying_public(self) -> list[str]:
        """List the public area."""
        return list(self.public.list())
