"""Who may do what in a database: its owner migrates it, and who serves works in it and owns nothing there.

A folder of migrations may name, in its file `append-only`, tables that are only ever added to: who serves may read them
and add to them. Anything else PostgreSQL itself refuses to it, also taking away the triggers that say the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, LiteralString

from psycopg import Connection, conninfo, errors, sql

from chorus.errors import Denied

_WORK = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
_ADD = frozenset({"SELECT", "INSERT"})
_READ = frozenset({"SELECT"})
_COUNT = frozenset({"SELECT", "USAGE"})
# What was applied is for the owner alone to say.
_APPLIED = "migrations"

_HELD = """
SELECT relname, relkind = 'S', ARRAY(
    SELECT each FROM unnest(CASE relkind WHEN 'S' THEN '{SELECT, USAGE, UPDATE}' ELSE
        '{SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN}' END::text[]) AS each
    WHERE CASE relkind WHEN 'S' THEN has_sequence_privilege(%(role)s, pg_class.oid, each)
        ELSE has_table_privilege(%(role)s, pg_class.oid, each) END)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = ANY('{r,p,v,m,S}') ORDER BY relname
"""
# Who owns a database owns its schema too, and may drop what is in it; who owns a trigger's function may empty that.
_OWNS = """
SELECT EXISTS (
    SELECT FROM pg_database WHERE datname = current_database() AND pg_has_role(%(role)s, datdba, 'MEMBER')
    UNION ALL
    SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND pg_has_role(%(role)s, relowner, 'MEMBER')
    UNION ALL
    SELECT FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND pg_has_role(%(role)s, proowner, 'MEMBER')
)
"""
# What is lacking where somebody took from everybody what PostgreSQL gives to everybody; and what it once gave.
_AROUND: tuple[tuple[LiteralString, bool, LiteralString], ...] = (
    (
        "SELECT has_database_privilege(%(role)s, current_database(), 'CONNECT')",
        True,
        "GRANT CONNECT ON DATABASE {database} TO {role}",
    ),
    ("SELECT has_schema_privilege(%(role)s, 'public', 'USAGE')", True, "GRANT USAGE ON SCHEMA public TO {role}"),
    (
        "SELECT has_schema_privilege(%(role)s, 'public', 'CREATE')",
        False,
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
    ),
)


def append_only(folder: Traversable | Path) -> list[str]:
    """Name the tables that a folder of migrations declares to be only ever added to."""
    file = folder / "append-only"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return [line for line in lines if line and not line.startswith("#")]


def give(owner: Connection[Any], serving: str, only_added_to: Collection[str]) -> None:
    """Give the role that the URL `serving` names what it needs and no more, and make it where it is missing.

    Nothing where that is the owner, who is signed in. Raises `Denied` where the owner may not make the role, and where
    the role could do more all the same.
    """
    told = conninfo.conninfo_to_dict(serving)
    role, password = str(told.get("user", owner.info.user)), str(told.get("password", ""))
    if role == owner.info.user:
        return
    _make(owner, role, password)
    if _true(owner, _OWNS, role):
        message = f"The role {role} serves and owns what it works on, so that it could change evidence."
        raise Denied(f"{message} Have CHORUS_DATABASE_URL name one that owns nothing.", reason="ROLE_OWNS")
    names = {"role": sql.Identifier(role), "database": sql.Identifier(owner.info.dbname)}
    with owner.transaction():
        for question, wanted, statement in _AROUND:
            if _true(owner, question, role) != wanted:
                owner.execute(sql.SQL(statement).format(**names))
        for table, needed in _unfit(owner, role, only_added_to):
            owner.execute(sql.SQL("REVOKE ALL ON {} FROM {role}").format(table, **names))
            owner.execute(sql.SQL("GRANT {} ON {} TO {role}").format(needed, table, **names))
        if next(_unfit(owner, role, only_added_to), None):
            message = f"The role {role} may do more than it was given: see to which other roles it belongs."
            raise Denied(message, reason="ROLE_MAY_MORE")


def guarded(conn: Connection[Any], tables: Collection[str]) -> bool:
    """Tell whether who is signed in could change none of these tables, nor take their triggers away."""
    held = {name: privileges for name, _, privileges in _held(conn, conn.info.user)}
    return not _true(conn, _OWNS, conn.info.user) and all(held.get(table, _READ) <= _ADD for table in tables)


def _make(owner: Connection[Any], role: str, password: str) -> None:
    if _true(owner, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %(role)s)", role):
        return
    # Hashed here: a server may write down the statements that it is given.
    hashed = owner.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
    try:
        owner.execute(statement.format(sql.Identifier(role), hashed if password else None))
    except errors.InsufficientPrivilege as error:
        message = f"There is no role {role} to serve as, and {owner.info.user} may not make it."
        raise Denied(f"{message} Make it, with LOGIN and its password.", reason="ROLE_MISSING") from error
    except (errors.DuplicateObject, errors.UniqueViolation):
        # Another service, in a database of its own, made it just now.
        return


def _unfit(
    conn: Connection[Any], role: str, only_added_to: Collection[str]
) -> Iterator[tuple[sql.Identifier, sql.Composable]]:
    """Find what a role may do something else with than it needs, and what that is."""
    for name, counts, held in _held(conn, role):
        added_to = name in only_added_to
        needed = _COUNT if counts else _READ if name == _APPLIED else _ADD if added_to else _WORK
        if held != needed:
            yield sql.Identifier("public", name), sql.SQL(", ").join(map(sql.SQL, sorted(needed)))


def _held(conn: Connection[Any], role: str) -> list[tuple[str, bool, frozenset[str]]]:
    rows = conn.execute(_HELD, {"role": role}).fetchall()
    return [(name, counts, frozenset(held)) for name, counts, held in rows]


def _true(conn: Connection[Any], question: LiteralString, role: str) -> bool:
    row = conn.execute(question, {"role": role}).fetchone()
    return bool(row and row[0])
