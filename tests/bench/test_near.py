"""Near duplicates.

200,000 pictures of one brand with random PDQ hashes, and pictures to look for: half of them within 31 bits of one
that is there, half of them new. Chorus asks as it does when a picture was read (`first_like`: one transaction with
PostgreSQL, which holds the index; the search for the same bytes is in it). Faiss compares with all of them in memory,
in one thread (`IndexBinaryFlat.range_search`), and is the judge of what should be found. Both take turns; medians.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import faiss
import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.domain.media import Details, Media
from chorus.ingest.domain.near import MIN_QUALITY, NEAR_DISTANCE
from chorus.ingest.domain.near_index import words
from chorus.platform.postgres import Database
from tests.engines.postgres import Postgres
from tests.measuring import Figures
from tests.serving import database_of

COUNT = 200_000
ASKED = 200
BRAND = "lumen"
Hashes = NDArray[np.uint8]

_WORDS = ", ".join(
    f"({place} << 16) | substring(pdq FROM {16 * place + 1} FOR 16)::bit(16)::integer" for place in range(16)
)
_FILL = f"""
INSERT INTO media (media, brand, post, revision, url, identity, alt_text, state, sha256, content_type, width, height,
    thumb_hash, dominant_colour, pdq, pdq_quality, pdq_words, renditions)
SELECT 'm' || lpad(number::text, 8, '0'), '{BRAND}', 'p' || number, 1, '', '', '', 'ready', 's' || number, 'image/jpeg',
    800, 600, '', '#000000', pdq, {MIN_QUALITY}, ARRAY[{_WORDS}], '[]'
FROM (SELECT number, pdq FROM hashes) AS them
"""  # noqa: S608 -- a text of ours
"""The words are what `near_index.words` makes of a hash; the test holds them to it."""


@pytest.fixture(scope="module")
def hashes() -> Hashes:
    return np.random.default_rng(31).integers(0, 256, (COUNT, 32), np.uint8)


@pytest.fixture(scope="module")
def asked(hashes: Hashes) -> Hashes:
    """Half of them known ones with up to 31 bits turned, half of them new, in turns."""
    rng = np.random.default_rng(32)
    chosen = rng.integers(0, 256, (ASKED, 32), np.uint8)
    for number in range(0, ASKED, 2):
        bits = np.unpackbits(hashes[rng.integers(COUNT)])
        turned = rng.choice(256, rng.integers(NEAR_DISTANCE + 1), replace=False)
        bits[turned] ^= 1
        chosen[number] = np.packbits(bits)
    return chosen


@pytest.fixture(scope="module")
def database(postgres_server: Postgres, hashes: Hashes) -> Iterator[Database]:
    url = database_of("ingest", postgres_server.make_database)
    with psycopg.connect(url) as conn:
        fill(conn, hashes)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE media")
    database = Database(url)
    yield database
    database.close()
    postgres_server.drop_database(url)


def fill(conn: psycopg.Connection, hashes: Hashes) -> None:
    """Write pictures without their posts, and their index at the end, as is quickest."""
    conn.execute("ALTER TABLE media DROP CONSTRAINT media_post_fkey")
    definition = "SELECT pg_get_indexdef('media_near'::regclass)"
    index = str(conn.execute(definition).fetchone()[0])  # type: ignore[index]  # the migration makes it
    conn.execute("DROP INDEX media_near")
    conn.execute("CREATE TEMPORARY TABLE hashes (number integer, pdq bit(256))")
    with conn.cursor().copy("COPY hashes FROM STDIN") as copy:
        for number, bits in enumerate(np.unpackbits(hashes, axis=1)):
            copy.write_row((number, (bits + ord("0")).tobytes().decode()))
    conn.execute(_FILL)
    conn.execute(index)


def test_the_first_near_picture_of_many_is_found_without_missing_one(
    database: Database, hashes: Hashes, asked: Hashes, figures: Figures
) -> None:
    peer = faiss.IndexBinaryFlat(256)
    peer.add(hashes)
    faiss.omp_set_num_threads(1)
    ours: list[float] = []
    theirs: list[float] = []
    missed = 0
    for one in asked:
        found, seconds = ask(database, one)
        ours.append(seconds)
        begun = time.perf_counter()
        _, _, near = peer.range_search(one[None], NEAR_DISTANCE + 1)
        theirs.append(time.perf_counter() - begun)
        missed += found != (f"p{min(near)}" if len(near) else None)
    figures.count("answers that differ from a comparison with all", missed, at_most=0)
    middle, faiss_middle = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    figures.ratio("one look-up", middle, faiss_middle, unit="ms", peer_name="faiss", goal=1.0)


def ask(database: Database, pdq: Hashes) -> tuple[str | None, float]:
    details = Details("none", "image/jpeg", 800, 600, b"", "#000000", pdq.tobytes().hex(), MIN_QUALITY, ())
    begun = time.perf_counter()
    with database.transaction() as conn:
        like = PostgresStore(conn).first_like(BRAND, "new", Media("new", details=details))
    return like.post if like else None, time.perf_counter() - begun


def test_the_pictures_are_indexed_as_ingest_indexes_them(database: Database, hashes: Hashes) -> None:
    with database.transaction() as conn:
        row = conn.execute("SELECT pdq_words FROM media WHERE media = 'm00000007'").fetchone()
    assert row is not None
    assert row[0] == words(hashes[7].tobytes().hex())
