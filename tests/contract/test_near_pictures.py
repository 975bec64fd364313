"""What is kept in memory of near pictures agrees with the database, whoever else writes there."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from psycopg import Connection

from chorus.ingest.adapters.near_pictures import NearPictures
from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.domain.media import Duplicate, Media, StoredObject, original_key
from chorus.ingest.handlers.capture import capture
from chorus.ingest.handlers.retention import forget
from chorus.platform.postgres import Database
from tests.engines import wait_until
from tests.engines.postgres import Postgres
from tests.unit.ingest.database import empty, ingest_database
from tests.unit.ingest.samples import BRAND, FEED, NOW, details, ids, key, sighting

pytestmark = pytest.mark.postgres
PDQ = "0f" * 32
WAITING = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture(scope="module")
def database(postgres_server: Postgres) -> Iterator[Database]:
    with ingest_database(postgres_server) as database:
        yield database


@pytest.fixture
def posts(database: Database) -> list[str]:
    """Three posts with a picture each, none of them read yet."""
    empty(database)
    sent = [sighting(number, "Blue hour", f"p{number}") for number in range(3)]
    with database.transaction() as conn:
        capture(store := PostgresStore(conn), FEED, sent, now=NOW, new_id=ids())
        known = store.known(BRAND, [key(number) for number in range(3)])
    return [known[key(number)].post for number in range(3)]


def add(conn: Connection, post: str, pdq: str = PDQ) -> None:
    """Make the picture of a post ready."""
    store = PostgresStore(conn)
    (picture,) = store.posts(BRAND, [post])[0].revisions[0].media
    read = details(picture.media, sha256=post.ljust(64, "0"), pdq=pdq)
    original = StoredObject(original_key(BRAND, read.sha256), 100, sha256=read.sha256)
    store.claim_objects(BRAND, [original, StoredObject(read.previews[0].key, 10, media=picture.media)], NOW)
    assert store.add_ready(BRAND, Media(picture.media, "", "ready", read))


def like(database: Database, near: NearPictures, pdq: str = PDQ, brand: str = BRAND) -> Duplicate | None:
    with database.transaction() as conn:
        return PostgresStore(conn, near).first_like(brand, "another", Media("m", details=details("m", pdq=pdq)))


def test_what_another_process_added_is_found_at_once(database: Database, posts: list[str]) -> None:
    near = NearPictures()
    assert like(database, near) is None
    with database.transaction() as conn:
        add(conn, posts[0])
    assert like(database, near) == like(database, NearPictures()) == Duplicate(posts[0], "near", 0)
    assert like(database, near, brand="halo") is None


def test_what_was_let_go_of_is_not_found_and_the_next_is(database: Database, posts: list[str]) -> None:
    near = NearPictures()
    with database.transaction() as conn:
        add(conn, posts[0])
        add(conn, posts[1], "0e" + PDQ[2:])
    assert like(database, near) == Duplicate(posts[0], "near", 0)
    with database.transaction() as conn:
        forget(PostgresStore(conn), BRAND, posts[0], now=NOW)
    assert like(database, near) == Duplicate(posts[1], "near", 1)


def test_what_is_not_committed_is_not_found_until_it_is(database: Database, posts: list[str]) -> None:
    near = NearPictures()
    with database.transaction() as conn:
        add(conn, posts[0])
        assert PostgresStore(conn, near).first_like(BRAND, "another", Media("m", details=details("m")))
        assert like(database, near) is None
        conn.rollback()
    assert like(database, near) is None
    with database.transaction() as conn:
        add(conn, posts[1])
    assert like(database, near) == Duplicate(posts[1], "near", 0)


def test_numbers_are_seen_in_their_order(database: Database, posts: list[str]) -> None:
    """Else one that is committed late would lie below what was read already, and never be read."""
    near = NearPictures()

    def add_second() -> None:
        with database.transaction() as conn:
            add(conn, posts[1], "f0" * 32)

    second = threading.Thread(target=add_second)
    with database.transaction() as conn:
        conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [BRAND])
        second.start()
        wait_until(
            lambda: not second.is_alive() or conn.execute(WAITING).fetchone() == (1,), "the second picture to wait"
        )
        assert like(database, near, "f0" * 32) is None
    second.join()
    assert like(database, near, "f0" * 32) == Duplicate(posts[1], "near", 0)


def test_after_a_day_a_brand_is_read_anew(database: Database, posts: list[str]) -> None:
    now = 0.0
    near = NearPictures(lambda: now)
    with database.transaction() as conn:
        add(conn, posts[0])
        assert [len(near.candidates(conn, BRAND, PDQ)) for _ in range(2)] == [1, 1]
        forget(PostgresStore(conn), BRAND, posts[0], now=NOW)
        assert len(near.candidates(conn, BRAND, PDQ)) == 1
        now = 86_400.0
        assert near.candidates(conn, BRAND, PDQ) == []
