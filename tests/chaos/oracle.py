"""Holds a house to the ledger when all has come to rest: lost, done twice, out of order, pictures not whole."""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from chorus.api.events.v1.meta_pb2 import Meta
from chorus.ingest.adapters.sweeper import Sweeper as IngestSweeper
from chorus.ingest.adapters.work import Workshop
from chorus.ingest.app import find_connectors
from chorus.platform.events import open_log
from chorus.platform.facts import parse
from chorus.platform.objects import ObjectStore, open_store
from chorus.platform.postgres import Database
from chorus.platform.secrets import Vault
from chorus.platform.topics import TOPICS, Topic
from chorus.publishing.adapters.area import ObjectArea
from chorus.publishing.adapters.content_signer import ContentSigner
from chorus.publishing.adapters.credentials import development
from chorus.publishing.adapters.documents import SHOWN
from chorus.publishing.adapters.sweeper import Sweeper as PublicSweeper
from chorus.publishing.handlers.placing import prefix
from tests.chaos.ledger import Ledger
from tests.house.story import Story
from tests.serving import KEYS

ROOMS = ("brands", "ingest", "curation", "rights", "publishing")
# What each room makes of the facts of posts: name at the sender, revision, text, whether it is withdrawn.
_POSTS = {
    "ingest": """
        SELECT platform_post_id, p.revision, text, withdrawn_at IS NOT NULL FROM posts p
        JOIN revisions r ON r.post = p.post AND r.revision = p.revision WHERE brand = %s""",
    "curation": "SELECT post, revision, text, withdrawn FROM posts WHERE brand = %s",
    "rights": "SELECT post, revision, revisions->revision::text->>'text', withdrawn FROM posts WHERE brand = %s",
    "publishing": """
        SELECT post, (document->'revisions'->-1->>'number')::int, document->'revisions'->-1->>'text',
            document->>'withdrawn' IS NOT NULL FROM posts WHERE brand = %s""",
}


class Oracle:
    """Reads the databases, the log and the object stores of a house, for one brand."""

    def __init__(self, story: Story, ledger: Ledger) -> None:
        self._story = story
        self._ledger = ledger

    # --- at rest -------------------------------------------------------------------------------------------------

    def drained(self) -> bool:
        """Tell whether every fact was sent, every reader has heard it, and no picture or placement is on its way."""
        return all(
            self._seqs(topic.owner, "outbox_seq", topic).items() <= self._seqs(reader, "inbox_seq", topic).items()
            for topic in TOPICS.values()
            for reader in topic.readers
        ) and not self._count_all("SELECT count(*) FROM outbox WHERE sent_at IS NULL")

    def settled(self) -> bool:
        """Tell whether no picture and no placement is on its way any more; those of withdrawn posts are let be."""
        due = "SELECT count(*) FROM media WHERE brand = %s AND state = 'pending' AND next_try_at IS NOT NULL"
        pending = self._count("ingest", due)
        moving = "SELECT count(*) FROM placements WHERE brand = %s AND state IN ('placing', 'withdrawing')"
        return pending == 0 and self._count("publishing", moving) == 0

    def _seqs(self, room: str, table: str, topic: Topic) -> dict[tuple[str, str], int]:
        query = f"SELECT topic, key, seq FROM {table} WHERE topic = %s AND (key = %s OR key LIKE %s)"  # noqa: S608 -- names of ours
        with self._story.database(room) as conn:
            of_this = [topic.name, self._story.brand, f"{self._story.brand}/%"]
            rows = conn.execute(query.encode(), of_this).fetchall()
        return {(name, key): seq for name, key, seq in rows}

    def _count(self, room: str, query: str) -> int:
        with self._story.database(room) as conn:
            row = conn.execute(query.encode(), [self._story.brand]).fetchone()
        return int(row[0]) if row else 0

    def _count_all(self, query: str) -> int:
        total = 0
        for room in ROOMS:
            with self._story.database(room) as conn:
                row = conn.execute(query.encode()).fetchone()
                total += int(row[0]) if row else 0
        return total

    # --- posts ---------------------------------------------------------------------------------------------------

    def lost_and_doubled(self) -> tuple[list[str], list[str]]:
        """Name what was acknowledged and is not there, in any room, and what is there and was not, or twice."""
        said = self._said()
        ids = self._ids()
        lost, doubled = [], []
        for room, query in _POSTS.items():
            there: dict[str, list[tuple[int, str, bool]]] = defaultdict(list)
            with self._story.database(room) as conn:
                for post, *rest in conn.execute(query.encode(), [self._story.brand]):
                    name = str(post) if room == "ingest" else ids.get(str(post), str(post))
                    there[name].append((rest[0], rest[1], rest[2]))
            lost += [f"{room}: {name} {what} {there[name]}" for name, what in said.items() if what not in there[name]]
            doubled += [f"{room}: {name}" for name, rows in there.items() if len(rows) > 1 or name not in said]
        return lost, doubled

    def _said(self) -> dict[str, tuple[int, str, bool]]:
        """Fold the ledger: the last version of each post, and whether it was deleted."""
        last = {f"shop/{act.subject}": (act.number, act.said, False) for act in self._ledger.read("said")}
        for act in self._ledger.read("deleted"):
            last[f"shop/{act.subject}"] = (*last[f"shop/{act.subject}"][:2], True)
        return last

    def _ids(self) -> dict[str, str]:
        with self._story.database("ingest") as conn:
            query = "SELECT post, platform_post_id FROM posts WHERE brand = %s"
            return dict(conn.execute(query, [self._story.brand]).fetchall())

    def decisions(self) -> tuple[list[str], list[str]]:
        """Name approvals that are lost in curation or unknown to publishing, and decisions that nobody made."""
        approved = {f"shop/{act.subject}" for act in self._ledger.read("approved")}
        ids = self._ids()
        with self._story.database("curation") as conn:
            rows = conn.execute("SELECT post FROM decisions WHERE brand = %s", [self._story.brand]).fetchall()
        made = sorted(ids[row[0]] for row in rows)
        with self._story.database("publishing") as conn:
            rows = conn.execute("SELECT post FROM posts WHERE brand = %s AND approved", [self._story.brand]).fetchall()
        known = {ids[row[0]] for row in rows}
        extra = [name for at, name in enumerate(made) if name not in approved or made[at - 1 : at] == [name]]
        return sorted((approved - set(made)) | (approved - known)), [*extra, *sorted(known - approved)]

    # --- rights and surfaces -------------------------------------------------------------------------------------

    def grants(self) -> tuple[list[str], list[str]]:
        """Name grants and ends of grants that were lost, and grants that nobody gave or that were given twice."""
        given = {act.subject for act in self._ledger.read("granted")}
        ended = {act.subject for act in self._ledger.read("revoked")}
        expected = sorted((post, "revoked" if post in ended else "active") for post in given)
        with self._story.database("rights") as conn:
            rows = conn.execute("SELECT post, state FROM grants WHERE brand = %s", [self._story.brand]).fetchall()
        found = sorted((post, state) for post, state in rows)
        twice = [str(each) for at, each in enumerate(found) if each not in expected or found[at - 1 : at] == [each]]
        return [str(each) for each in expected if each not in found], twice

    def shown_wrongly(self) -> set[str]:
        """Name posts that the wall shows though it must not, or does not show though it should."""
        given = {act.subject for act in self._ledger.read("granted")}
        return self._story.on() ^ (given - {act.subject for act in self._ledger.read("revoked")})

    # --- order ---------------------------------------------------------------------------------------------------

    def inversions(self) -> tuple[int, list[str]]:
        """Read the whole log: how many facts there were, and those that came before an earlier one of their post."""
        owed: dict[tuple[str, str], int] = {}
        for topic in TOPICS.values():
            owed |= self._seqs(topic.owner, "outbox_seq", topic)
        seen: dict[tuple[str, str], int] = {}
        wrong: list[str] = []
        assert self._story.house.engines is not None
        prefix_ = self._story.house._environ.get("CHORUS_EVENTS_PREFIX", "")
        log = open_log(self._story.house.engines.events, prefix=prefix_)
        consumer = log.consumer(f"oracle-{uuid.uuid4().hex}", list(TOPICS.values()), _FromTheStart())
        end = datetime.now(UTC) + timedelta(minutes=5)
        while seen.items() != owed.items() and not wrong and datetime.now(UTC) < end:
            for record in consumer.poll(1, 500):
                where = (record.topic, record.key)
                if where in owed:
                    seq = _meta(record.topic, record.value).seq
                    if seq > seen.get(where, 0) + 1:
                        wrong.append(f"{where}: {seq} after {seen.get(where, 0)}")
                    seen[where] = max(seq, seen.get(where, 0))
        consumer.close()
        wrong += [f"{where} never came" for where in owed if where not in seen]
        return sum(seen.values()), wrong

    def gaps_noticed(self) -> int:
        """Count the alarms of readers that missed a fact, and what was parked."""
        logs = (self._story.house._data / "logs").glob("*.log")
        lines = (line for log in logs for line in log.read_text(encoding="utf-8", errors="replace").splitlines())
        alarms = sum("fact_missing" in line and self._story.brand in line for line in lines)
        query = f"SELECT count(*) FROM parked WHERE settled_at IS NULL AND key LIKE '{self._story.brand}/%'"  # noqa: S608 -- an id of ours
        return alarms + self._count_all(query)

    # --- media ---------------------------------------------------------------------------------------------------

    def media(self) -> Mapping[str, int]:
        """Sweep, then compare every row with its bytes, both ways, in the private and the public area."""
        engines = self._story.house.engines
        assert engines is not None
        private, public = open_store(engines.media), open_store(engines.public_media)
        orphans = self._sweep(private, public)
        missing, mismatched, checked = self._private(private)
        lacking, left = self._public(public)
        return {
            "objects read": checked,
            "missing": missing + lacking,
            "mismatched": mismatched,
            "orphans left after a sweep": left + self._strays(private),
            "placements' orphans swept": orphans,
        }

    def _sweep(self, private: ObjectStore, public: ObjectStore) -> int:
        """Let the rooms' own sweepers work; ingest's as if it were late enough for all that was left behind."""
        assert self._story.house.engines is not None
        databases = [Database(self._story.house.engines.databases[room]) for room in ("ingest", "publishing")]
        later = datetime.now(UTC) + timedelta(hours=2)
        work = Workshop(databases[0], find_connectors(), Vault(KEYS), now=lambda: later)
        while IngestSweeper(work, private).sweep():
            pass
        area = ObjectArea(private, public, ContentSigner(lambda: development(KEYS[0])))
        orphans, _ = PublicSweeper(databases[1], area).sweep()
        area.close()
        for database in databases:
            database.close()
        return orphans

    def _private(self, store: ObjectStore) -> tuple[int, int, int]:
        expected: dict[str, str] = {}
        with self._story.database("ingest") as conn:
            query = "SELECT sha256, renditions FROM media WHERE brand = %s AND state = 'ready'"
            for sha256, previews in conn.execute(query, [self._story.brand]):
                expected[f"private/{self._story.brand}/originals/{sha256}"] = sha256
                expected |= {each["key"]: each["sha256"] for each in previews}
        found = {key: store.exists(key) for key in expected}
        there = [key for key, is_there in found.items() if is_there]
        mismatched = sum(hashlib.sha256(store.get(key).data).hexdigest() != expected[key] for key in there)
        return sum(not each for each in found.values()), mismatched, len(expected)

    def _strays(self, store: ObjectStore) -> int:
        """Count private objects without a row."""
        with self._story.database("ingest") as conn:
            known = {row[0] for row in conn.execute("SELECT key FROM objects WHERE brand = %s", [self._story.brand])}
        return len(set(store.list(f"private/{self._story.brand}/")) - known)

    def _public(self, store: ObjectStore) -> tuple[int, int]:
        """Count renditions that live placements lack, and those that lie there without one."""
        query = """SELECT public_key, placement, shown::text, placements.state FROM placements
            JOIN surfaces USING (brand, surface) WHERE brand = %s"""
        with self._story.database("publishing") as conn:
            rows = conn.execute(query, [self._story.brand]).fetchall()
        expected = {
            prefix(public_key, placement) + file.file: file.bytes
            for public_key, placement, shown, state in rows
            if state in {"live", "held"}
            for file in SHOWN.validate_json(shown).files
        }
        there = {key for public_key in {row[0] for row in rows} for key in store.list(f"public/{public_key}/")}
        wrong = sum(key not in there or len(store.get(key).data) != size for key, size in expected.items())
        return wrong, len(there - expected.keys())


class _FromTheStart:
    def position(self, topic: str, partition: int, *more: object) -> int:
        """Read everything."""
        return 0


def _meta(topic: str, value: bytes) -> Meta:
    meta: Meta = parse(topic, value).meta  # type: ignore[attr-defined]  # every event has meta
    return meta
