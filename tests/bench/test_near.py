"""Near duplicates.

A million pictures of one brand with random PDQ hashes, and pictures to look for: half of them within 31 bits of one
that is there, half of them new. Chorus looks in memory (`NearIndex`), and as it does when a picture was read
(`first_like`: one transaction that looks for the same bytes, reads what is new, looks in memory, and reads what it
found in PostgreSQL). Faiss compares with all of them in memory (`IndexBinaryFlat.range_search`), in one thread as
Chorus does, and is the judge of what should be found. All take turns; medians.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import TypeVar

import faiss
import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from chorus.ingest.adapters.near_pictures import NearPictures
from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.domain.media import Details, Duplicate, Media
from chorus.ingest.domain.near import MIN_QUALITY, NEAR_DISTANCE
from chorus.ingest.domain.near_index import NearIndex
from chorus.platform.postgres import Database
from tests.engines.postgres import Postgres
from tests.measuring import Figures, Scale
from tests.serving import as_owner, database_of

ASKED = 200
BRAND = "lumen"
Hashes = NDArray[np.uint8]
T = TypeVar("T")

_FILL = f"""
INSERT INTO media (media, brand, post, revision, url, identity, alt_text, state, sha256, content_type, width, height,
    thumb_hash, dominant_colour, pdq, pdq_quality, near_number, renditions)
SELECT 'm' || lpad(number::text, 8, '0'), '{BRAND}', 'p' || number, 1, '', '', '', 'ready', 's' || number, 'image/jpeg',
    800, 600, '', '#000000', pdq, {MIN_QUALITY}, nextval('media_near_number'), '[]'
FROM (SELECT number, pdq FROM hashes ORDER BY number) AS them
"""  # noqa: S608 -- a text of ours


@pytest.fixture(scope="module")
def hashes(scale: Scale) -> Hashes:
    return np.random.default_rng(31).integers(0, 256, (scale(20_000, 1_000_000), 32), np.uint8)


@pytest.fixture(scope="module")
def asked(hashes: Hashes) -> Hashes:
    """Half of them known ones with up to 31 bits turned, half of them new, in turns."""
    rng = np.random.default_rng(32)
    chosen = rng.integers(0, 256, (ASKED, 32), np.uint8)
    for number in range(0, ASKED, 2):
        bits = np.unpackbits(hashes[rng.integers(len(hashes))])
        turned = rng.choice(256, rng.integers(NEAR_DISTANCE + 1), replace=False)
        bits[turned] ^= 1
        chosen[number] = np.packbits(bits)
    return chosen


@pytest.fixture(scope="module")
def database(postgres_server: Postgres, hashes: Hashes) -> Iterator[Database]:
    url = database_of("ingest", postgres_server.make_database)
    with psycopg.connect(as_owner(url)) as conn:
        fill(conn, hashes)
    with psycopg.connect(as_owner(url), autocommit=True) as conn:
        conn.execute("VACUUM ANALYZE media")
    database = Database(url)
    yield database
    database.close()
    postgres_server.drop_database(url)


def fill(conn: psycopg.Connection, hashes: Hashes) -> None:
    """Write pictures without their posts."""
    conn.execute("ALTER TABLE media DROP CONSTRAINT media_post_fkey")
    conn.execute("CREATE TEMPORARY TABLE hashes (number integer, pdq bit(256))")
    with conn.cursor().copy("COPY hashes FROM STDIN") as copy:
        for number, each in enumerate(hashes):
            copy.write_row((number, f"{int.from_bytes(each.tobytes()):0256b}"))
    conn.execute(_FILL)


@pytest.fixture(scope="module")
def peer(hashes: Hashes) -> faiss.IndexBinaryFlat:
    faiss.omp_set_num_threads(1)
    peer = faiss.IndexBinaryFlat(256)
    peer.add(hashes)
    return peer


def test_every_near_picture_of_many_is_found_in_memory(
    hashes: Hashes, asked: Hashes, peer: faiss.IndexBinaryFlat, figures: Figures
) -> None:
    tracemalloc.start()
    index = NearIndex()
    index.add(np.arange(len(hashes), dtype=np.int64), hashes.view(np.uint64))
    index.near(asked[0].tobytes())
    size = tracemalloc.get_traced_memory()[0] / len(hashes)
    tracemalloc.stop()
    ours, theirs, differing = [], [], 0
    for one in asked:
        found, seconds = timed(lambda one=one: index.near(one.tobytes()))  # type: ignore[misc]
        ours.append(seconds)
        near, seconds = timed(lambda one=one: near_by(peer, one))  # type: ignore[misc]
        theirs.append(seconds)
        differing += sorted(found) != near
    figures.count("answers from memory that differ from a comparison with all", differing, at_most=0)
    compare(figures, "one look-up in memory", ours, theirs, at_most=1.0)
    figures.count("memory for each picture", size, at_most=120 if figures.scale.full else None, unit="bytes")


def test_the_first_near_picture_of_many_is_found_as_a_picture_comes_in(
    database: Database, hashes: Hashes, asked: Hashes, peer: faiss.IndexBinaryFlat, figures: Figures
) -> None:
    near_pictures = NearPictures()
    _, seconds = timed(lambda: ask(database, near_pictures, asked[0]))
    figures.speed(f"the first look-up of a brand, which reads its {len(hashes):,} pictures", seconds, unit="s")
    ours, theirs, differing = [], [], 0
    for one in asked:
        like, seconds = timed(lambda one=one: ask(database, near_pictures, one))  # type: ignore[misc]
        ours.append(seconds)
        near, seconds = timed(lambda one=one: near_by(peer, one))  # type: ignore[misc]
        theirs.append(seconds)
        differing += (like and like.post) != (f"p{near[0]}" if near else None)
    figures.count("answers with PostgreSQL that differ from a comparison with all", differing, at_most=0)
    compare(figures, "one look-up with its transaction", ours, theirs, goal=1.0)


def timed(look: Callable[[], T]) -> tuple[T, float]:
    begun = time.perf_counter()
    return look(), time.perf_counter() - begun


def near_by(peer: faiss.IndexBinaryFlat, one: Hashes) -> list[int]:
    """Faiss wants the distance that is too far."""
    _, _, near = peer.range_search(one[None], NEAR_DISTANCE + 1)
    return sorted(near.tolist())


def ask(database: Database, near: NearPictures, pdq: Hashes) -> Duplicate | None:
    details = Details("none", "image/jpeg", 800, 600, b"", "#000000", pdq.tobytes().hex(), MIN_QUALITY, ())
    with database.transaction() as conn:
        return PostgresStore(conn, near).first_like(BRAND, "new", Media("new", details=details))


def compare(figures: Figures, what: str, ours: list[float], theirs: list[float], **bound: float) -> None:
    middle, peers = statistics.median(ours) * 1000, statistics.median(theirs) * 1000
    figures.ratio(what, middle, peers, unit="ms", peer_name="faiss", **bound)
