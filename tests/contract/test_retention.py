"""What nobody may use is let go of: rights decides it, ingest forgets it, and everybody who hears of it does too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import cast

import pytest

from chorus.api.events.v1.erasure_pb2 import ErasureEvent
from chorus.api.events.v1.post_pb2 import WITHDRAWN_REASON_ERASED, PostEvent
from chorus.api.events.v1.review_pb2 import REVIEW_STATE_REJECTED, ReviewEvent
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.curation.adapters.subscriber import handle as hear_in_curation
from chorus.ingest.adapters.subscriber import handle as hear_in_ingest
from chorus.platform.postgres import Database
from chorus.platform.topics import ERASURE
from chorus.publishing.adapters.subscriber import on_post_or_brand as hear_in_publishing
from chorus.rights.adapters.retention import Retention
from tests.contract.test_rights_service import POST, ask
from tests.engines.fixtures import MakeDatabase
from tests.serving import database_of
from tests.unit.rights.service import (
    RightsService,
    golden,
    rights_with_terms,
)

pytestmark = pytest.mark.postgres
DAYS = 180


@pytest.fixture
def service(make_database: MakeDatabase) -> Iterator[RightsService]:
    """Rights, with terms, and the golden post approved and complete."""
    with rights_with_terms(make_database) as running:
        yield running


def let_go(service: RightsService, days: int) -> list[str]:
    """Let so many days pass; names the posts that ingest is told to forget."""
    Retention(service.database, DAYS).tick(service.clock.now + timedelta(days=days))
    with service.database.transaction() as conn:
        rows = conn.execute("SELECT payload FROM outbox WHERE topic = %s", [ERASURE.name]).fetchall()
    return [ErasureEvent.FromString(payload).meta.post for (payload,) in rows]


def answer(service: RightsService, *, grant: bool) -> None:
    secret, creator = ask(service), service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=grant))


def reject(service: RightsService) -> None:
    decided = cast("ReviewEvent", golden(ReviewEvent, "review/decided"))
    decided.meta.post = POST
    decided.decided.state = REVIEW_STATE_REJECTED
    service.hear(decided)


def test_a_post_that_nobody_was_ever_given_is_let_go_of_after_its_days_and_once(service: RightsService) -> None:
    assert let_go(service, DAYS - 1) == []
    assert let_go(service, DAYS) == [POST]
    assert let_go(service, DAYS + 1) == [POST]
    with service.database.transaction() as conn:
        row = conn.execute("SELECT revisions::text || account::text || permalink FROM posts").fetchone()
    assert row
    assert "mira" not in row[0].lower()
    assert golden_text() not in row[0]


def test_a_declined_post_is_let_go_of_and_its_question_stays(service: RightsService) -> None:
    answer(service, grant=False)
    assert let_go(service, DAYS) == [POST]
    with service.database.transaction() as conn:
        assert conn.execute("SELECT state FROM requests").fetchall() == [("declined",)]


def test_a_granted_post_is_kept_until_curators_decide_against_it(service: RightsService) -> None:
    answer(service, grant=True)
    assert let_go(service, 10 * DAYS) == []
    reject(service)
    assert let_go(service, DAYS) == [POST]


def test_a_post_whose_creator_is_being_asked_is_kept(service: RightsService) -> None:
    ask(service)
    assert let_go(service, DAYS) == []


def golden_text() -> str:
    return cast("PostEvent", golden(PostEvent, "post/captured")).captured.text


@pytest.mark.parametrize("room", ["curation", "publishing"])
def test_who_hears_that_a_post_was_let_go_of_keeps_nothing_of_it(room: str, make_database: MakeDatabase) -> None:
    hear = {"curation": hear_in_curation, "publishing": hear_in_publishing}[room]
    database = Database(database_of(room, make_database))
    gone = cast("PostEvent", golden(PostEvent, "post/withdrawn"))
    gone.withdrawn.reason = WITHDRAWN_REASON_ERASED
    with database.transaction() as conn:
        for name in ("captured", "media_ready", "edited"):
            assert hear(conn, golden(PostEvent, f"post/{name}"))
        before = everything(database, conn)
        assert hear(conn, gone)
        after = everything(database, conn)
    database.close()
    for word in ("mira", golden_text(), "private/lumen"):
        assert word.lower() in before.lower(), "else this shows nothing"
        assert word.lower() not in after.lower()


def everything(database: Database, conn: object) -> str:
    """Write out all that the room keeps of posts."""
    del database
    found = []
    for table in ("posts", "revisions", "media", "placements"):
        exists = conn.execute("SELECT to_regclass(%s)", [table]).fetchone()  # type: ignore[attr-defined]
        if exists[0]:
            found += conn.execute(f"SELECT * FROM {table}").fetchall()  # type: ignore[attr-defined]  # noqa: S608
    return "\n".join(_readable(value) for row in found for value in row)


def _readable(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def test_ingest_forgets_what_rights_names(make_database: MakeDatabase) -> None:
    """Also where it does not know the post: a restored ingest may be older than what it hears."""
    database = Database(database_of("ingest", make_database))
    with database.transaction() as conn:
        assert hear_in_ingest(conn, golden(ErasureEvent, "erasure/forgotten"))
    database.close()
