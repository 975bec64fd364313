"""What an older key sealed is sealed anew, row by row, and then looked at less often."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from chorus.errors import Invalid
from chorus.ingest.adapters.rows import SEALED
from chorus.platform.postgres import Database
from chorus.platform.resealing import Resealer
from chorus.platform.secrets import Vault
from tests.engines.postgres import Postgres
from tests.serving import KEYS, database_of

pytestmark = pytest.mark.postgres
OLD, NEW = KEYS[0], "another-secret-for-tests-0123456789abcdef"
ROWS = 201
SOURCES = """
INSERT INTO sources (brand, source, connector, title, settings, sealed, created_at)
SELECT 'brand' || number %% 2, number, 'feed', '', '{}', %s, now() FROM generate_series(1, %s) AS number
"""
POSTS = """
INSERT INTO posts (post, brand, source, connector, platform, platform_post_id, reference, account_id, permalink, tagged,
    posted_at, captured_at, trace_links)
SELECT number, 'lumen', 'share', 'upload', 'upload', number, '', '', '', false, now(), now(), '{}'
FROM generate_series(1, %s) AS number
"""
UPLOADS = """
INSERT INTO uploads (post, brand, link_sha256, request_id, link_sealed, email_sealed, uploaded_at)
SELECT post, brand, post, post, %s, CASE WHEN post::integer %% 2 = 0 THEN %s ELSE '' END, now() FROM posts
"""


class Pauses(threading.Event):
    """Notes how long somebody would wait, and lets them wait twice."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout)
        if len(self.seconds) == 2:
            self.set()
        return self.is_set()


@pytest.fixture
def database(postgres_server: Postgres) -> Iterator[Database]:
    """Sources and uploads that the old key sealed."""
    url = database_of("ingest", postgres_server.make_database)
    database = Database(url)
    sealed = Vault([OLD]).encrypt("kept")
    with database.transaction() as conn:
        conn.execute(SOURCES, [sealed, ROWS])
        conn.execute(POSTS, [ROWS])
        conn.execute(UPLOADS, [sealed, sealed])
    yield database
    database.close()
    postgres_server.drop_database(url)


def sealed_texts(database: Database) -> list[str]:
    with database.transaction() as conn:
        rows = conn.execute("SELECT sealed, '' FROM sources UNION ALL SELECT link_sealed, email_sealed FROM uploads")
        return [sealed for row in rows for sealed in row if sealed]


def test_every_row_is_sealed_anew_once_and_then_looked_at_each_hour(database: Database) -> None:
    resealer = Resealer(database, Vault([NEW, OLD]), SEALED)
    resealer.run(pauses := Pauses())
    assert pauses.seconds == [600, 3600]
    texts = sealed_texts(database)
    assert len(texts) == 2 * ROWS + ROWS // 2
    assert {Vault([NEW]).decrypt(each) for each in texts} == {"kept"}


def test_what_no_listed_key_sealed_stays_as_it_is(database: Database) -> None:
    assert Resealer(database, Vault([NEW]), SEALED).reseal() == 0
    with pytest.raises(Invalid):
        Vault([NEW]).decrypt(sealed_texts(database)[0])
