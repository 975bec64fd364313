"""The store of brands on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from psycopg import Connection
from psycopg.rows import class_row

from chorus.brands.adapters import wire
from chorus.brands.domain.brand import Brand, Member
from chorus.brands.domain.credential import MachineToken, Session, SignIn
from chorus.errors import Conflict, NotFound


class PostgresStore:
    """Implements `chorus.brands.ports.Store` on one connection's transaction."""

    def __init__(self, conn: Connection) -> None:
        """Work in the transaction of this connection."""
        self._conn = conn

    def add_brand(self, brand: Brand) -> None:
        added = self._conn.execute(
            "INSERT INTO brands VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING 1",
            (brand.brand, brand.display_name, brand.accent, brand.home_page, brand.created_at),
        ).fetchone()
        if added is None:
            message = f"There is a brand {brand.brand!r} already: choose another id."
            raise Conflict(message, reason="ALREADY_EXISTS")
        wire.announce_created(self._conn, brand)

    def change_brand(self, brand: Brand, at: datetime) -> None:
        self._conn.execute(
            "UPDATE brands SET display_name = %s, accent = %s, home_page = %s WHERE brand = %s",
            (brand.display_name, brand.accent, brand.home_page, brand.brand),
        )
        wire.announce_changed(self._conn, brand, at)

    def brand(self, brand: str, *, lock: bool = False) -> Brand:
        query = f"SELECT * FROM brands WHERE brand = %s {'FOR UPDATE' if lock else ''}"  # noqa: S608 -- two fixed texts
        with self._conn.cursor(row_factory=class_row(Brand)) as cursor:
            found = cursor.execute(query, (brand,)).fetchone()
        if found is None:
            message = f"There is no brand {brand!r}."
            raise NotFound(message)
        return found

    def brands(self, only: Sequence[str] | None, after: str, limit: int) -> list[Brand]:
        query = (
            "SELECT * FROM brands WHERE brand > %(after)s AND (%(only)s::text[] IS NULL OR brand = ANY(%(only)s)) "
            "ORDER BY brand LIMIT %(limit)s"
        )
        values = {"after": after, "only": None if only is None else list(only), "limit": limit}
        with self._conn.cursor(row_factory=class_row(Brand)) as cursor:
            return cursor.execute(query, values).fetchall()

    def set_member(self, member: Member, at: datetime) -> None:
        self._conn.execute(
            "INSERT INTO members VALUES (%s, %s, %s, %s) ON CONFLICT (brand, email) "
            "DO UPDATE SET display_name = excluded.display_name, role = excluded.role",
            (member.brand, member.email, member.display_name, member.role),
        )
        self._announce_members(member.brand, at)

    def remove_member(self, brand: str, email: str, at: datetime) -> None:
        self._conn.execute("DELETE FROM members WHERE brand = %s AND email = %s", (brand, email))
        self._announce_members(brand, at)

    def _announce_members(self, brand: str, at: datetime) -> None:
        row = self._conn.execute("SELECT count(*) FROM members WHERE brand = %s", (brand,)).fetchone()
        wire.announce_members(self._conn, brand, row[0] if row else 0, at)

    def members(self, brand: str, after: str, limit: int) -> list[Member]:
        query = "SELECT * FROM members WHERE brand = %s AND email > %s ORDER BY email LIMIT %s"
        with self._conn.cursor(row_factory=class_row(Member)) as cursor:
            return cursor.execute(query, (brand, after, limit)).fetchall()

    def memberships(self, email: str) -> list[Member]:
        with self._conn.cursor(row_factory=class_row(Member)) as cursor:
            return cursor.execute("SELECT * FROM members WHERE email = %s ORDER BY brand", (email,)).fetchall()

    def add_sign_in(self, sign_in: SignIn) -> None:
        self._conn.execute(
            "INSERT INTO sign_ins VALUES (%s, %s, %s)", (sign_in.code_sha256, sign_in.email, sign_in.expires_at)
        )

    def take_sign_in(self, code_sha256: str) -> SignIn | None:
        with self._conn.cursor(row_factory=class_row(SignIn)) as cursor:
            return cursor.execute("DELETE FROM sign_ins WHERE code_sha256 = %s RETURNING *", (code_sha256,)).fetchone()

    def add_session(self, session: Session) -> None:
        self._conn.execute(
            "INSERT INTO sessions VALUES (%s, %s, %s)", (session.session_sha256, session.email, session.expires_at)
        )

    def session(self, session_sha256: str) -> Session | None:
        with self._conn.cursor(row_factory=class_row(Session)) as cursor:
            return cursor.execute("SELECT * FROM sessions WHERE session_sha256 = %s", (session_sha256,)).fetchone()

    def end_session(self, session_sha256: str) -> None:
        self._conn.execute("DELETE FROM sessions WHERE session_sha256 = %s", (session_sha256,))

    def add_machine_token(self, token: MachineToken) -> None:
        self._conn.execute(
            "INSERT INTO machine_tokens (machine_token, brand, title, role, secret_sha256, created_at) "
            "VALUES (%s, %s, %s, %s, %s, %s)",
            (token.machine_token, token.brand, token.title, token.role, token.secret_sha256, token.created_at),
        )

    def machine_tokens(self, brand: str) -> list[MachineToken]:
        query = "SELECT * FROM machine_tokens WHERE brand = %s ORDER BY created_at, machine_token"
        with self._conn.cursor(row_factory=class_row(MachineToken)) as cursor:
            return cursor.execute(query, (brand,)).fetchall()

    def machine_token(self, secret_sha256: str) -> MachineToken | None:
        with self._conn.cursor(row_factory=class_row(MachineToken)) as cursor:
            return cursor.execute("SELECT * FROM machine_tokens WHERE secret_sha256 = %s", (secret_sha256,)).fetchone()

    def revoke_machine_token(self, brand: str, machine_token: str, at: datetime) -> None:
        revoked = self._conn.execute(
            "UPDATE machine_tokens SET revoked_at = coalesce(revoked_at, %s) WHERE brand = %s AND machine_token = %s "
            "RETURNING 1",
            (at, brand, machine_token),
        ).fetchone()
        if revoked is None:
            message = f"{brand} has no machine token {machine_token!r}."
            raise NotFound(message)
