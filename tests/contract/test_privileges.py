"""Who serves may do in a service's database what it needs and no more; who owns the database migrates it."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from chorus.errors import Denied
from chorus.local.postgres import Postgres as HousePostgres
from chorus.platform.events import open_log, prepare_log
from chorus.platform.postgres import migrate
from chorus.platform.privileges import append_only, guarded
from chorus.platform.runtime import migrations_of
from chorus.platform.topics import TOPICS
from tests.engines import Postgres
from tests.engines.fixtures import MakeDatabase
from tests.serving import as_owner, database_of

Roles = list[str]
EVIDENCE = append_only(migrations_of("rights"))
TRIGGERS = """
SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE tgname IN ('terms_are_immutable', 'evidence_is_append_only')
"""
SECOND_COLUMN = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 2"
MUTATIONS = [
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "SELECT FROM {table} FOR UPDATE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "DROP TABLE {table} CASCADE",
]
AROUND = [
    "DROP TRIGGER evidence_is_append_only ON evidence",
    "DROP TRIGGER terms_are_immutable ON terms",
    "DROP FUNCTION refuse_change_of_evidence() CASCADE",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE RULE swallow AS ON INSERT TO evidence DO INSTEAD NOTHING",
    "DROP SCHEMA public CASCADE",
    "CREATE FUNCTION public.now(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "SET session_replication_role = replica",
    "DELETE FROM migrations",
    "INSERT INTO migrations VALUES ('rights/9999_of_another.sql')",
]


@pytest.fixture
def roles(postgres_server: Postgres) -> Iterator[Roles]:
    """Names for roles of a test's own, which are removed after it."""
    names = [f"{name}_{uuid.uuid4().hex[:8]}" for name in ("owner", "serving", "group")]
    yield names
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as admin:
        for name in names:
            admin.execute(f"DROP ROLE IF EXISTS {name}".encode())


@pytest.fixture
def rights(make_database: MakeDatabase) -> str:
    """Rights' own database, as who serves signs in to it."""
    return database_of("rights", make_database)


@pytest.mark.parametrize("statement", MUTATIONS)
def test_postgresql_refuses_who_serves_every_change_of_evidence(statement: str, rights: str) -> None:
    with psycopg.connect(rights, autocommit=True) as conn:
        for table in EVIDENCE:
            (column,) = conn.execute(SECOND_COLUMN, [table]).fetchone() or ("",)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement.format(table=table, column=column).encode())


@pytest.mark.parametrize("statement", MUTATIONS)
def test_who_serves_changes_no_certificate_that_was_issued(statement: str, make_database: MakeDatabase) -> None:
    said = statement.format(table="certificates", column="document").encode()
    url = database_of("publishing", make_database)
    with psycopg.connect(url) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(said)


@pytest.mark.parametrize("statement", AROUND)
def test_postgresql_refuses_who_serves_every_way_around(statement: str, rights: str) -> None:
    with psycopg.connect(rights) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement.encode())


def test_what_is_declared_to_be_only_added_to_is_what_triggers_guard_too(rights: str) -> None:
    with psycopg.connect(rights) as conn:
        assert sorted(EVIDENCE) == sorted(name for (name,) in conn.execute(TRIGGERS))
        conn.execute("GRANT UPDATE ON evidence TO CURRENT_USER")
        assert guarded(conn, EVIDENCE), "nobody gives what they do not have"
    with psycopg.connect(as_owner(rights)) as conn:
        assert not guarded(conn, EVIDENCE)


def test_who_serves_owns_nothing_and_has_no_roles_but_its_own(rights: str) -> None:
    with psycopg.connect(rights) as conn:
        owned = "SELECT count(*) FROM pg_class WHERE pg_has_role(current_user, relowner, 'MEMBER')"
        member = "SELECT count(*) FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')"
        assert [conn.execute(each.encode()).fetchone() for each in (owned, member)] == [(0,), (1,)]


def test_tables_of_a_later_migration_are_given_too_and_may_be_only_added_to(
    postgres_server: Postgres, roles: Roles, make_database: MakeDatabase, tmp_path: Path
) -> None:
    _, serving, _ = roles
    owner = make_database("later")
    url = postgres_server.url(owner.rpartition("/")[2], serving)
    (tmp_path / "0001.sql").write_text("CREATE TABLE first (id int GENERATED ALWAYS AS IDENTITY, word text)")
    migrate(owner, tmp_path, serving=url)
    (tmp_path / "0002.sql").write_text("CREATE TABLE kept (id int); CREATE SEQUENCE number")
    (tmp_path / "append-only").write_text("# What is said here is kept.\nkept\n")
    migrate(owner, tmp_path, serving=url)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("INSERT INTO first (word) VALUES ('a'); UPDATE first SET word = 'b'; DELETE FROM first")
        conn.execute("INSERT INTO kept SELECT nextval('number')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("DELETE FROM kept")
        assert migrate(url, tmp_path) == [], "who serves may look whether there is anything to apply"
        (tmp_path / "append-only").write_text("kept\nfirst\n")
        migrate(owner, tmp_path, serving=url)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("DELETE FROM first")


def test_an_installation_of_one_role_goes_on_and_may_name_another_to_serve_later(
    postgres_server: Postgres, roles: Roles, make_database: MakeDatabase
) -> None:
    _, serving, _ = roles
    owner = make_database("before")
    migrate(owner, migrations_of("rights"), serving=owner)
    with psycopg.connect(owner) as conn:
        conn.execute("INSERT INTO terms VALUES ('lumen', 'share', 1, 'en', 'Short.', 'Long.', repeat('a', 64), true)")
    url = postgres_server.url(owner.rpartition("/")[2], serving)
    assert migrate(owner, migrations_of("rights"), serving=url) == []
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT terms FROM terms").fetchall() == [("share",)]
        assert guarded(conn, EVIDENCE)


def test_a_server_that_gives_nothing_to_everybody_lets_in_who_serves(
    postgres_server: Postgres, roles: Roles, make_database: MakeDatabase
) -> None:
    _, serving, _ = roles
    owner = make_database("closed")
    name = owner.rpartition("/")[2]
    with psycopg.connect(owner) as conn:
        conn.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC; REVOKE USAGE ON SCHEMA public FROM PUBLIC'.encode())
        # As every PostgreSQL before 15 had it.
        conn.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    url = postgres_server.url(name, serving)
    migrate(owner, migrations_of("rights"), serving=url)
    with psycopg.connect(url) as conn:
        assert conn.execute("SELECT count(*) FROM evidence").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("CREATE TABLE public.mine (id int)")


def test_a_role_that_could_change_evidence_all_the_same_is_refused(
    postgres_server: Postgres, roles: Roles, make_database: MakeDatabase
) -> None:
    _, serving, group = roles
    owner = make_database("open")
    name = owner.rpartition("/")[2]
    url = postgres_server.url(name, serving)
    with psycopg.connect(owner, autocommit=True) as conn:

        def refused() -> str:
            with pytest.raises(Denied) as failure:
                migrate(owner, migrations_of("rights"), serving=url)
            return failure.value.reason

        conn.execute(f"CREATE ROLE {serving} LOGIN SUPERUSER".encode())
        assert refused() == "ROLE_OWNS"
        conn.execute(f"ALTER ROLE {serving} NOSUPERUSER; CREATE ROLE {group}; GRANT {group} TO {serving}".encode())
        conn.execute(f'ALTER DATABASE "{name}" OWNER TO {group}'.encode())
        assert refused() == "ROLE_OWNS"
        conn.execute(f'ALTER DATABASE "{name}" OWNER TO postgres'.encode())
        conn.execute(f"GRANT pg_write_all_data TO {serving}".encode())
        assert refused() == "ROLE_MAY_MORE"
        conn.execute(f"REVOKE pg_write_all_data FROM {serving}".encode())
        migrate(owner, migrations_of("rights"), serving=url)


def test_an_owner_that_may_not_make_roles_says_which_is_missing(
    postgres_server: Postgres, roles: Roles, make_database: MakeDatabase
) -> None:
    owner, serving, _ = roles
    name = make_database("owned").rpartition("/")[2]
    with psycopg.connect(postgres_server.url(name), autocommit=True) as admin:
        admin.execute(f'CREATE ROLE {owner} LOGIN; ALTER DATABASE "{name}" OWNER TO {owner}'.encode())
        urls = [postgres_server.url(name, role) for role in (owner, serving)]
        with pytest.raises(Denied, match=f"no role {serving}.*{owner} may not make it"):
            migrate(urls[0], migrations_of("rights"), serving=urls[1])
        admin.execute(f"CREATE ROLE {serving} LOGIN".encode())
    migrate(urls[0], migrations_of("rights"), serving=urls[1])
    with psycopg.connect(urls[1]) as conn:
        assert guarded(conn, EVIDENCE)


def test_a_role_that_is_made_signs_in_with_the_password_of_its_address(
    postgres_server: Postgres, roles: Roles, make_database: MakeDatabase
) -> None:
    _, serving, _ = roles
    owner = make_database("secret")
    url = postgres_server.url(owner.rpartition("/")[2], f"{serving}:a%27%40%2F")
    migrate(owner, migrations_of("brands"), serving=url)
    with psycopg.connect(owner) as conn:
        row = conn.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", [serving]).fetchone()
        assert row
        assert row[0].startswith("SCRAM-SHA-256$")


def test_the_data_of_a_house_of_before_is_served_by_a_role_that_owns_none_of_it() -> None:
    with tempfile.TemporaryDirectory(prefix="chorus-house-") as top:
        # The server's own user enters it, as it could not enter one of pytest's.
        Path(top).chmod(0o711)
        server = HousePostgres(Path(top) / "postgres", Path(top) / "log")
        server.start()
        try:
            owner, serving = server.url("chorus_rights"), server.serving_url("chorus_rights")
            migrate(owner, migrations_of("rights"))
            migrate(owner, migrations_of("rights"), serving=serving)
            with psycopg.connect(serving) as conn:
                assert guarded(conn, EVIDENCE)
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(serving, password="another")
        finally:
            server.stop()


def test_a_log_in_a_database_is_made_by_its_owner_and_used_by_who_serves(
    postgres_server: Postgres, roles: Roles, make_database: MakeDatabase
) -> None:
    _, serving, _ = roles
    owner = make_database("events")
    url = postgres_server.url(owner.rpartition("/")[2], serving)
    prepare_log(url, owner)
    log = open_log(url)
    log.ensure(TOPICS.values())
    assert not log.holds_facts(TOPICS.values())
    with closing(log.producer()) as producer:
        assert producer.send([]) == 0
    with psycopg.connect(url) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("DROP TABLE log_record")
