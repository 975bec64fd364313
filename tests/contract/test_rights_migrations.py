"""What rights' migrations make of what was there before them."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from chorus.platform.postgres import Database, migrate
from chorus.platform.runtime import migrations_of
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.board import EVERY_CARD, Column, Filter
from chorus.rights.domain.thread import Kind
from tests.unit.rights.samples import NOW

pytestmark = pytest.mark.postgres
BEFORE = """
INSERT INTO terms VALUES ('lumen', 'share', 1, 'en', 'Short.', 'In full.', repeat('a', 64), true);
INSERT INTO posts (brand, post, revision, board_column, board_at, board_until)
SELECT 'lumen', post, 1, col, at, until FROM
  (VALUES ('asked', 'asked', timestamptz '2026-11-23 12:00Z', NULL::timestamptz),
          ('lapsed', 'ended', '2026-11-23 12:00Z', NULL),
          ('revoked', 'ended', '2026-11-23 12:00Z', NULL),
          ('granted', 'granted', '2026-11-22 12:00Z', '2027-11-22 12:00Z')) AS old(post, col, at, until);
INSERT INTO requests (brand, request, post, state, offer, message, revision, asked_by, created_at, window_ends_at)
SELECT 'lumen', request, post, state, '{"scope": {"uses": ["web"]}, "surfaces": []}', '', 1, who, at, ends FROM
  (VALUES ('r0', 'asked', 'superseded', 'ada', timestamptz '2026-11-21 12:00Z', timestamptz '2026-12-21 12:00Z'),
          ('r1', 'asked', 'requested', 'bo', '2026-11-23 12:00Z', '2026-12-23 12:00Z'),
          ('r2', 'lapsed', 'lapsed', 'ada', '2026-10-24 12:00Z', '2026-11-23 12:00Z'),
          ('r3', 'revoked', 'granted', 'ada', '2026-11-20 12:00Z', '2026-12-20 12:00Z'))
  AS old(request, post, state, who, at, ends);
INSERT INTO grants (brand, grant_id, request, post, state, via, scope, surfaces, terms, terms_version, terms_sha256,
                    media_sha256, revision, credit, valid_from, valid_until, ended_at)
SELECT 'lumen', grant_id, request, post, state, via,
       '{"uses": ["print"], "paid": false, "territories": [], "derivatives": false}',
       '[]', 'share', 1, repeat('a', 64), '{}', 1, '', start, NULL, ended FROM
  (VALUES ('g3', 'r3', 'revoked', 'revoked', 'link', timestamptz '2026-11-22 12:00Z', timestamptz '2026-11-23 12:00Z'),
          ('g4', '', 'granted', 'active', 'upload', '2026-11-22 12:00Z', NULL))
  AS old(grant_id, request, post, state, via, start, ended);
"""


@pytest.fixture
def database_url(postgres_url: str, tmp_path: Path) -> str:
    """A database as it was before the board was searched, with one post of each kind, brought up to date."""
    older = tmp_path / "rights" / "migrations"
    older.mkdir(parents=True)
    every = [Path(str(each)) for each in migrations_of("rights").iterdir()]
    for each in every:
        if each.name < "0006":
            shutil.copy(each, older)
    migrate(postgres_url, older)
    with psycopg.connect(postgres_url) as conn:
        conn.execute(BEFORE)
    migrate(postgres_url, migrations_of("rights"))
    return postgres_url


def test_cards_of_before_stand_for_something_and_what_lapsed_has_its_column(database_url: str) -> None:
    with closing(Database(database_url)) as database, database.transaction() as conn:
        store = PostgresStore(conn)
        assert store.counts("lumen", EVERY_CARD, NOW) == {
            Column.ASKED: 1,
            Column.LAPSED: 1,
            Column.ENDED: 1,
            Column.GRANTED: 1,
        }
        assert store.counts("lumen", Filter(asked_by="bo"), NOW) == {Column.ASKED: 1}
        assert store.counts("lumen", Filter(asked_by="ada"), NOW) == {Column.LAPSED: 1, Column.ENDED: 1}
        assert store.counts("lumen", Filter(asked_by="upload"), NOW) == {Column.GRANTED: 1}


def test_threads_begin_with_what_is_known_of_before(database_url: str) -> None:
    with closing(Database(database_url)) as database, database.transaction() as conn:
        store = PostgresStore(conn)

        def told(post: str) -> list[tuple[Kind, str]]:
            return [(event.kind, event.subject) for event in store.thread("lumen", post)]

        assert told("asked") == [(Kind.ASKED, "r0"), (Kind.SUPERSEDED, "r0"), (Kind.ASKED, "r1")]
        assert told("lapsed") == [(Kind.ASKED, "r2"), (Kind.LAPSED, "r2")]
        assert told("revoked") == [(Kind.ASKED, "r3"), (Kind.GRANTED, "g3"), (Kind.REVOKED, "g3")]
        assert store.thread("lumen", "revoked")[2].at == NOW
        assert store.thread("lumen", "asked")[1].at - NOW == timedelta(0)
