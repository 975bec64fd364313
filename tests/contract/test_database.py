"""A service's database: transactions, outages, and migrations that services run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from chorus.errors import Unavailable
from chorus.platform.postgres import Database, migrate
from tests.engines import Postgres


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    with closing(Database(postgres_url, max_size=2, application_name="chorus-test")) as database:
        with database.transaction() as conn:
            conn.execute("CREATE TABLE word (text text)")
        yield database


def words(database: Database) -> list[str]:
    with database.transaction() as conn:
        return [text for (text,) in conn.execute("SELECT text FROM word ORDER BY text").fetchall()]


def test_a_block_that_ends_is_committed_and_one_that_raises_is_not(database: Database) -> None:
    with database.transaction() as conn:
        conn.execute("INSERT INTO word VALUES ('kept')")

    def write_and_fail() -> None:
        with database.transaction() as conn:
            conn.execute("INSERT INTO word VALUES ('undone')")
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()
    assert words(database) == ["kept"]


def test_a_server_that_is_down_is_unavailable_and_recovers_unaided(
    database: Database, postgres_server: Postgres
) -> None:
    postgres_server.stop()
    with pytest.raises(Unavailable) as down:
        database.ping()
    assert down.value.reason == "DATABASE_DOWN"
    with pytest.raises(Unavailable), database.dedicated():
        pass
    postgres_server.start()
    database.ping()


def test_a_connection_that_the_server_closed_meanwhile_is_not_lent(database: Database) -> None:
    with database.dedicated() as admin:
        closed = admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'chorus-test' AND pid <> pg_backend_pid()"
        ).fetchall()
    assert closed
    assert all(ended for (ended,) in closed)
    assert words(database) == []


def test_a_pool_that_is_used_up_is_unavailable(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database._pool, "timeout", 0.05)
    with database.transaction(), database.transaction(), pytest.raises(Unavailable):
        database.ping()
    database.ping()


def test_a_programming_error_is_not_taken_for_an_outage(database: Database) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), database.transaction() as conn:
        conn.execute("SELECT * FROM nothing_of_that_name")


def test_migrating_creates_the_database_and_applies_each_folder_once(postgres_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001-first.sql").write_text("CREATE TABLE first (id int REFERENCES second_of_all);")
    (tmp_path / "0000-before.sql").write_text("CREATE TABLE second_of_all (id int PRIMARY KEY);")
    url = postgres_url + "_made_here"
    try:
        applied = migrate(url, tmp_path)
        assert [each.rpartition("/")[2] for each in applied[-2:]] == ["0000-before.sql", "0001-first.sql"]
        assert "platform/0001_delivery.sql" in applied
        assert migrate(url, tmp_path) == []
        (tmp_path / "0002-later.sql").write_text("ALTER TABLE first ADD COLUMN word text;")
        assert [each.rpartition("/")[2] for each in migrate(url, tmp_path)] == ["0002-later.sql"]
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]}")


def test_a_migration_that_fails_leaves_nothing_of_itself_and_can_be_mended(postgres_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001-broken.sql").write_text("CREATE TABLE half (id int); CREATE TABLE half (id int);")
    with pytest.raises(psycopg.errors.DuplicateTable):
        migrate(postgres_url, tmp_path)
    (tmp_path / "0001-broken.sql").write_text("CREATE TABLE half (id int);")
    assert [each.rpartition("/")[2] for each in migrate(postgres_url, tmp_path)] == ["0001-broken.sql"]


def test_migrating_a_server_that_is_down_is_unavailable(postgres_url: str, postgres_server: Postgres) -> None:
    postgres_server.stop()
    with pytest.raises(Unavailable):
        migrate(postgres_url)
