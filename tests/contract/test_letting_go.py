"""Letting go of a post while others are captured, made ready or let go of beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from psycopg import Connection

from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.adapters.sweeper import Sweeper
from chorus.ingest.adapters.work import Workshop
from chorus.ingest.domain.media import Media, StoredObject, original_key
from chorus.ingest.handlers.capture import capture, delete
from chorus.ingest.handlers.retention import WITHDRAWN_KEPT, forget
from chorus.ingest.handlers.sources import Connectors
from chorus.platform.postgres import Database
from chorus.platform.secrets import Vault
from tests.engines import wait_until
from tests.engines.postgres import Postgres
from tests.serving import KEYS
from tests.unit.ingest.database import empty, ingest_database
from tests.unit.ingest.fakes import FakeArea
from tests.unit.ingest.samples import BRAND, FEED, NOW, details, ids, key, sighting

pytestmark = pytest.mark.postgres
WAITING = "SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"


class UnpluggedArea(FakeArea):
    """Cannot delete."""

    def delete(self, key: str) -> None:
        message = f"unplugged: {key}"
        raise OSError(message)


@pytest.fixture(scope="module")
def database(postgres_server: Postgres) -> Iterator[Database]:
    with ingest_database(postgres_server) as database:
        yield database


@pytest.fixture
def posts(database: Database) -> list[str]:
    """Two posts of one account with a picture each, none of them read yet."""
    empty(database)
    with database.transaction() as conn:
        sent = [sighting(number, "Blue hour", f"p{number}") for number in range(2)]
        capture(store := PostgresStore(conn), FEED, sent, now=NOW, new_id=ids())
        known = store.known(BRAND, [key(number) for number in range(2)])
    return [known[key(number)].post for number in range(2)]


def make_ready(conn: Connection, post: str) -> str:
    """Make the picture of a post ready, with bytes that all have; answers the key of its original."""
    store = PostgresStore(conn)
    (picture,) = store.posts(BRAND, [post])[0].revisions[0].media
    read = details(picture.media)
    original = StoredObject(original_key(BRAND, read.sha256), 100, sha256=read.sha256)
    store.claim_objects(BRAND, [original, StoredObject(read.previews[0].key, 10, media=picture.media)], NOW)
    assert store.add_ready(BRAND, Media(picture.media, "", "ready", read))
    return original.key


def forget_beside(database: Database, conn: Connection, post: str) -> threading.Thread:
    """Begin to let go of a post, and come back when that waits for what `conn` has locked."""

    def let_go() -> None:
        with database.transaction() as own:
            forget(PostgresStore(own), BRAND, post, now=NOW)

    thread = threading.Thread(target=let_go)
    thread.start()
    wait_until(lambda: conn.execute(WAITING).rowcount, "somebody to wait for this transaction")
    return thread


def kept(database: Database, object_key: str) -> bool:
    with database.transaction() as conn:
        row = conn.execute("SELECT kept FROM objects WHERE key = %s", [object_key]).fetchone()
    assert row
    return bool(row[0])


def test_an_original_that_another_post_has_just_got_stays(database: Database, posts: list[str]) -> None:
    with database.transaction() as conn:
        make_ready(conn, posts[0])
    with database.transaction() as conn:
        original = make_ready(conn, posts[1])
        beside = forget_beside(database, conn, posts[0])
    beside.join(30)
    assert kept(database, original)


def test_what_a_picture_s_credentials_say_of_its_creator_goes_with_it(database: Database, posts: list[str]) -> None:
    said = "SELECT FROM media WHERE credentials->>'signer' = 'Mira Example'"
    with database.transaction() as conn:
        make_ready(conn, posts[0])
        assert conn.execute(said).rowcount == 1
        forget(PostgresStore(conn), BRAND, posts[0], now=NOW)
        assert conn.execute(said).rowcount == 0


def test_a_post_that_is_let_go_of_while_it_is_captured_again_is_not_taken_in(
    database: Database, posts: list[str]
) -> None:
    """And what came with it in the same delivery is."""
    outcomes: list[str] = []

    def deliver() -> None:
        with database.transaction() as own:
            said = [sighting(0, "Blue hour", "p0"), sighting(7, "Another")]
            done = capture(PostgresStore(own), FEED, said, now=NOW, new_id=ids("again"))
            outcomes.extend(each.result for each in done)

    with database.transaction() as conn:
        forget(PostgresStore(conn), BRAND, posts[0], now=NOW)
        thread = threading.Thread(target=deliver)
        thread.start()
        wait_until(lambda: conn.execute(WAITING).rowcount, "the delivery to wait for this transaction")
    thread.join(30)
    assert outcomes == ["unknown", "accepted"]


def test_an_original_goes_with_the_last_two_posts_that_are_let_go_of_at_once(
    database: Database, posts: list[str]
) -> None:
    with database.transaction() as conn:
        originals = {make_ready(conn, post) for post in posts}
    with database.transaction() as conn:
        forget(PostgresStore(conn), BRAND, posts[0], now=NOW)
        beside = forget_beside(database, conn, posts[1])
    beside.join(30)
    assert [kept(database, each) for each in originals] == [False]


def test_a_post_that_is_captured_while_its_account_goes_is_read_without_a_name(
    database: Database, posts: list[str]
) -> None:
    with database.transaction() as conn:
        forget(PostgresStore(conn), BRAND, posts[0], now=NOW)
    with database.transaction() as conn:
        (captured,) = capture(PostgresStore(conn), FEED, [sighting(3)], now=NOW, new_id=ids("late"))
        with database.transaction() as beside:
            forget(PostgresStore(beside), BRAND, posts[1], now=NOW)
    with database.transaction() as conn:
        (view,) = PostgresStore(conn).posts(BRAND, [captured.post])
    assert (view.account.id, view.account.display_name) == (sighting().account.id, "")


def test_an_account_goes_with_the_last_two_of_its_posts_that_are_let_go_of_at_once(
    database: Database, posts: list[str]
) -> None:
    with database.transaction() as conn:
        forget(PostgresStore(conn), BRAND, posts[0], now=NOW)
        beside = forget_beside(database, conn, posts[1])
    beside.join(30)
    with database.transaction() as conn:
        assert conn.execute("SELECT FROM accounts").rowcount == 0


def test_a_sweep_lets_go_of_a_hundred_posts_and_says_that_there_are_more(database: Database, posts: list[str]) -> None:
    withdrawn = [sighting(number) for number in range(10, 111)]
    with database.transaction() as conn:
        capture(store := PostgresStore(conn), FEED, withdrawn, now=NOW, new_id=ids("swept"))
        delete(store, FEED, [each.key for each in withdrawn], now=NOW)
    work = Workshop(database, Connectors({}), Vault(KEYS), now=lambda: NOW + WITHDRAWN_KEPT)
    sweeper = Sweeper(work, FakeArea())
    assert [sweeper.sweep() for _twice in range(2)] == [True, False]
    with database.transaction() as conn:
        left = conn.execute("SELECT post FROM posts WHERE forgotten_at IS NULL ORDER BY post").fetchall()
    assert [post for (post,) in left] == posts


def test_posts_are_let_go_of_also_while_objects_cannot_be_deleted(database: Database, posts: list[str]) -> None:
    with database.transaction() as conn:
        make_ready(conn, posts[0])
        delete(PostgresStore(conn), FEED, [key(0)], now=NOW)
    work = Workshop(database, Connectors({}), Vault(KEYS), now=lambda: NOW + WITHDRAWN_KEPT)
    with pytest.raises(OSError, match="unplugged"):
        Sweeper(work, UnpluggedArea()).sweep()
    with database.transaction() as conn:
        assert conn.execute("SELECT FROM posts WHERE forgotten_at IS NOT NULL").rowcount == 1
