"""The store of one transaction, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from chorus.platform import facts
from chorus.platform.topics import ERASURE, RIGHTS
from chorus.rights.adapters import board, dossiers, evidence, proofs, rows, standing, templates, threads, wire
from chorus.rights.adapters.claims import ClaimRows
from chorus.rights.adapters.contacts import ContactRows
from chorus.rights.adapters.mails import MailRows
from chorus.rights.adapters.opt_outs import OptOutRows
from chorus.rights.domain import evidence as proof
from chorus.rights.domain import journal
from chorus.rights.domain.board import Column, Filter
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Erased, Forgotten
from chorus.rights.domain.following import begun
from chorus.rights.domain.journal import End
from chorus.rights.domain.link import Brand, Link
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.post import Account, Post
from chorus.rights.domain.standing import Ending, StandingConsent
from chorus.rights.domain.template import Template
from chorus.rights.domain.terms import Terms
from chorus.rights.domain.thread import Event, happened, of_standing
from chorus.rights.ports import Row
from chorus.scope import GrantedScope

_TERMS = """
SELECT brand, terms, version, language, summary, body AS text, sha256, minimum_age FROM terms WHERE brand = %(brand)s
"""
# The newest version is the one that was written last, whenever it was translated.
_NEWEST = """
 AND entered AND number = (
    SELECT min(number) FROM terms AS text WHERE text.brand = terms.brand AND entered
    GROUP BY text.terms, text.version ORDER BY min(number) DESC LIMIT 1
)
"""
_ALL_TERMS = f"{_TERMS} ORDER BY min(number) OVER (PARTITION BY terms, version) DESC, number"
_SAVE_BRAND = """
INSERT INTO brands (brand, name, accent) VALUES (%s, %s, %s)
ON CONFLICT (brand) DO UPDATE SET name = excluded.name, accent = excluded.accent
"""
_SAVE_POLICY = """
INSERT INTO policies (brand, ask_on_approval, scope, surfaces, terms, message, days) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (brand) DO UPDATE SET ask_on_approval = excluded.ask_on_approval, scope = excluded.scope,
    surfaces = excluded.surfaces, terms = excluded.terms, message = excluded.message, days = excluded.days
"""
_ADD_LINK = """
INSERT INTO links (sha256, brand, post, request, confirmation, created_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (sha256, post) DO UPDATE SET request = excluded.request
"""
_LINKS = """
SELECT sha256, brand, post, request, confirmation FROM links WHERE sha256 = %s ORDER BY post COLLATE "C"
"""
_DUE = """
(SELECT brand, post FROM requests WHERE state IN ('requested', 'confirming') AND window_ends_at <= %(now)s
 ORDER BY window_ends_at LIMIT %(limit)s)
UNION
(SELECT brand, post FROM requests WHERE state = 'requested' AND remind_at <= %(now)s ORDER BY remind_at LIMIT %(limit)s)
UNION
(SELECT brand, post FROM grants WHERE state = 'active' AND valid_until <= %(now)s ORDER BY valid_until LIMIT %(limit)s)
LIMIT %(limit)s
"""
# The same as `unwanted`, which decides: here it only keeps the rest from being looked at again and again.
_UNTOUCHED = """
SELECT brand, post FROM posts WHERE touched_at <= %s AND revision > 0 AND NOT withdrawn
  AND board_column IS DISTINCT FROM 'claimed'
  AND (rejected OR NOT EXISTS (SELECT FROM grants WHERE grants.brand = posts.brand AND grants.post = posts.post))
  AND NOT EXISTS (SELECT FROM requests WHERE requests.brand = posts.brand AND requests.post = posts.post
                  AND requests.state IN ('requested', 'confirming'))
  AND NOT EXISTS (SELECT FROM standing WHERE standing.brand = posts.brand AND standing.post = posts.post
                  AND standing.ended IS NULL)
ORDER BY touched_at LIMIT %s
"""
_ACTIVE = """
SELECT grant_id FROM grants WHERE grant_id = ANY(%s) AND state = 'active' AND valid_from <= %s
  AND (valid_until IS NULL OR valid_until > %s)
"""
_ADD_END = "INSERT INTO journal (kind, brand, post, subject, at, kept) VALUES (%s, %s, %s, %s, %s, %s)"
_NARROWED = """
SELECT grant_id, scope, valid_from, valid_until FROM grants
WHERE grant_id = ANY(%s) AND narrowed > 0 AND state = 'active' AND valid_from <= %s
  AND (valid_until IS NULL OR valid_until > %s)
"""
_ENDED = "SELECT grant_id FROM grants WHERE grant_id = ANY(%s) AND (state <> 'active' OR valid_until <= %s)"


class PostgresStore(ContactRows, MailRows, OptOutRows, ClaimRows):
    """Implements `ports.Store` on the connection of a transaction."""

    def __init__(self, conn: Connection[Any]) -> None:
        """Work within this connection's transaction; whoever opened it commits."""
        self._conn = conn
        self._locked: dict[tuple[str, str], Dossier] = {}

    def lock(self, brand: str, post: str) -> Dossier:
        dossier = dossiers.lock(self._conn, brand, post)
        self._locked[brand, post] = dossier
        return dossier

    def hold(self, posts: Iterable[tuple[str, str]]) -> None:
        dossiers.hold(self._conn, posts)

    def read(self, brand: str, posts: Sequence[str]) -> list[Dossier]:
        return [dossier for dossier in dossiers.read(self._conn, brand, posts) if dossier.post.known]

    def save(self, dossier: Dossier, now: datetime) -> None:
        post, before = dossier.post, self._locked[dossier.post.brand, dossier.post.post]
        dossiers.save(self._conn, before, dossier, now)
        self._locked[post.brand, post.post] = dossier
        for end in journal.ends(dossier):
            self._add_end(end)
        for event in happened(before, dossier, now):
            self.note(post.brand, post.post, event)
        if post.erased and not before.post.erased:
            evidence.forget(self._conn, post.brand, post.post)
            proofs.forget(self._conn, post.brand, post.post)
            standing.forget(self._conn, post.brand, post.post, now)
            wanted = any(isinstance(fact, Erased) for fact in dossier.facts)
            self._forget_contacts(before.post, wanted=wanted)
            self._forget_sayings(post.brand, post.post)
        for consent in begun(before, dossier):
            standing.add(self._conn, consent)
        for statement in proof.statements(dossier):
            evidence.add(self._conn, statement)
        for fact in dossier.facts:
            facts.emit(
                self._conn,
                ERASURE if isinstance(fact, Forgotten | Erased) else RIGHTS,
                brand=post.brand,
                post=post.post,
                fact=wire.fact_message(fact),
                at=now,
                links=post.links,
            )

    def note(self, brand: str, post: str, event: Event) -> None:
        threads.add(self._conn, brand, post, event)

    def thread(self, brand: str, post: str) -> list[Event]:
        return threads.read(self._conn, brand, post)

    def add(self, posts: Sequence[Post], now: datetime) -> set[tuple[str, str]]:
        return dossiers.add(self._conn, posts, now)

    def post_of(self, brand: str, request: str) -> str | None:
        found = self._one("SELECT post FROM requests WHERE brand = %s AND request = %s", brand, request)
        return str(found[0]) if found else None

    def post_of_grant(self, brand: str, grant: str) -> str | None:
        found = self._one("SELECT post FROM grants WHERE brand = %s AND grant_id = %s", brand, grant)
        return str(found[0]) if found else None

    def add_proof(self, brand: str, grant: str, content: bytes) -> None:
        proofs.add(self._conn, brand, grant, content)

    def proof(self, brand: str, grant: str) -> bytes | None:
        return proofs.read(self._conn, brand, grant)

    def brand(self, brand: str) -> Brand:
        found = self._one("SELECT brand, name, accent FROM brands WHERE brand = %s", brand)
        return Brand(*found) if found else Brand(brand, brand)

    def save_brand(self, brand: Brand) -> None:
        self._conn.execute(_SAVE_BRAND, [brand.brand, brand.name, brand.accent])

    def add_terms(self, terms: Terms, *, entered: bool) -> None:
        self._conn.execute(
            "INSERT INTO terms (brand, terms, version, language, summary, body, sha256, minimum_age, entered)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [
                terms.brand,
                terms.terms,
                terms.version,
                terms.language,
                terms.summary,
                terms.text,
                terms.sha256,
                terms.minimum_age,
                entered,
            ],
        )

    def lock_terms(self, brand: str, terms: str) -> None:
        self._conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"terms/{brand}/{terms}"])

    def terms(self, brand: str, terms: str = "", version: int = 0, language: str = "") -> Terms | None:
        if not terms:
            return next(iter(self._texts(_TERMS + _NEWEST, brand=brand)), None)
        numbered = " AND version = %(version)s" if version else ""
        spoken = " AND language = %(language)s" if language else ""
        query = f"{_TERMS} AND terms = %(terms)s{numbered}{spoken} ORDER BY version DESC, number LIMIT 1"
        found = self._texts(query, brand=brand, terms=terms, version=version, language=language)
        return next(iter(found), None)

    def texts(self, brand: str, terms: str, version: int) -> list[Terms]:
        query = f"{_TERMS} AND entered AND terms = %(terms)s AND version = %(version)s ORDER BY number"
        return self._texts(query, brand=brand, terms=terms, version=version)

    def all_terms(self, brand: str) -> list[Terms]:
        return self._texts(_ALL_TERMS, brand=brand)

    def add_link(self, link: Link, now: datetime) -> None:
        self._conn.execute(_ADD_LINK, [link.sha256, link.brand, link.post, link.request, link.confirmation, now])

    def links(self, sha256: str) -> list[Link]:
        return [Link(*row) for row in self._conn.execute(_LINKS, [sha256])]

    def use_nonce(self, nonce: str, now: datetime) -> bool:
        used = "INSERT INTO nonces (nonce, used_at) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING 1"
        return self._one(used, nonce, now) is not None

    def policy(self, brand: str) -> Policy | None:
        columns = "brand, ask_on_approval, scope, surfaces, terms, message, days"
        found = self._one(f"SELECT {columns} FROM policies WHERE brand = %s", brand)  # noqa: S608 -- columns only
        if found is None:
            return None
        name, asks, scope, surfaces, *rest = found
        return Policy(name, asks, rows.read_scope(scope), rows.read_surfaces(surfaces), *rest)

    def save_policy(self, policy: Policy) -> None:
        scope, surfaces = Jsonb(rows.scope_json(policy.scope)), Jsonb(rows.surfaces_json(policy.surfaces))
        values = [policy.brand, policy.ask_on_approval, scope, surfaces, policy.terms, policy.message, policy.days]
        self._conn.execute(_SAVE_POLICY, values)

    def add_template(self, template: Template) -> bool:
        return templates.add(self._conn, template)

    def change_template(self, template: Template) -> bool:
        return templates.change(self._conn, template)

    def remove_template(self, brand: str, template: str) -> bool:
        return templates.remove(self._conn, brand, template)

    def templates(self, brand: str, *, after: str, limit: int) -> list[Template]:
        return templates.read(self._conn, brand, after, limit)

    def page(
        self, brand: str, column: Column, wanted: Filter, *, now: datetime, after: Row | None, limit: int
    ) -> list[Row]:
        return board.page(self._conn, brand, column, wanted, now=now, after=after, limit=limit)

    def counts(self, brand: str, wanted: Filter, now: datetime) -> dict[Column, int]:
        return board.counts(self._conn, brand, wanted, now)

    def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        return list(self._conn.execute(_DUE, {"now": now, "limit": limit}))

    def untouched(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        return list(self._conn.execute(_UNTOUCHED, [before, limit]))

    def active(self, grants: Sequence[str], now: datetime) -> list[str]:
        return [str(row[0]) for row in self._conn.execute(_ACTIVE, [list(grants), now, now])]

    def narrowed(self, grants: Sequence[str], now: datetime) -> list[GrantedScope]:
        found = self._conn.execute(_NARROWED, [list(grants), now, now])
        return [GrantedScope(grant, rows.read_scope(scope), *term) for grant, scope, *term in found]

    def ended(self, grants: Sequence[str], now: datetime) -> list[str]:
        return [str(row[0]) for row in self._conn.execute(_ENDED, [list(grants), now])]

    def covering(self, brand: str, account: Account) -> list[StandingConsent]:
        return standing.covering(self._conn, brand, account)

    def standing(self, brand: str, *, requests: Sequence[str] = (), posts: Sequence[str] = ()) -> list[StandingConsent]:
        return standing.given(self._conn, brand, requests, posts)

    def hold_standing(self, consents: Sequence[StandingConsent]) -> list[StandingConsent]:
        return standing.hold(self._conn, consents)

    def end_standing(self, consent: StandingConsent, now: datetime) -> None:
        standing.end(self._conn, consent)
        self.note(consent.brand, consent.post, of_standing(consent))
        if consent.ended is not Ending.OVER:
            for each in journal.of_standing(consent, now):
                self._add_end(each)
            evidence.add(self._conn, proof.of_standing(consent, now))

    def lead_along(self, link: Link, now: datetime) -> None:
        self.add_link(link, now)
        standing.lead_along(self._conn, link, now)

    def lead_on(self, consent: StandingConsent, post: str, now: datetime) -> None:
        standing.lead_on(self._conn, consent, post, now)

    def _texts(self, query: LiteralString, **values: object) -> list[Terms]:
        with self._conn.cursor(row_factory=class_row(Terms)) as cursor:
            return cursor.execute(query, values).fetchall()

    def _add_end(self, end: End) -> None:
        kept = Jsonb(rows.kept_json(end.kept)) if end.kept else None
        self._conn.execute(_ADD_END, [end.kind.value, end.brand, end.post, end.subject, end.at, kept])

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        return self._conn.execute(query, values).fetchone()
