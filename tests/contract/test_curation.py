"""Curation, fed with facts and asked over gRPC on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.timestamp_pb2 import Timestamp

from chorus.api.curation.v1 import curation_pb2 as pb
from chorus.api.curation.v1.curation_pb2_grpc import CurationStub
from chorus.api.events.v1.meta_pb2 import Meta
from chorus.api.events.v1.post_pb2 import Captured, Edited, MediaFailed, MediaReady, PostEvent, PostWithdrawn
from chorus.api.types.v1.media_pb2 import MEDIA_STATE_FAILED, MEDIA_STATE_READY, Account, Media, Rendition
from chorus.curation.adapters import servicer, subscriber
from chorus.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from chorus.platform import paging
from chorus.platform.facts import timestamp
from chorus.platform.postgres import Database
from tests.engines.fixtures import MakeDatabase
from tests.serving import CURATOR, VIEWER, as_member, database_of, refused, served, told

pytestmark = pytest.mark.postgres
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
GOLDEN = Path(__file__).parent.parent / "golden" / "post"
Hear = Callable[[PostEvent], None]


@pytest.fixture
def url(make_database: MakeDatabase) -> str:
    return database_of("curation", make_database)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


@pytest.fixture
def hear(database: Database) -> Hear:
    def hear(event: PostEvent) -> None:
        with database.transaction() as conn:
            assert subscriber.handle(conn, event)

    return hear


@pytest.fixture
def address(database: Database) -> Iterator[str]:
    with served(database, lambda database: [servicer.mounted(database)]) as address:
        yield address


@pytest.fixture
def curator(address: str) -> CurationStub:
    return CurationStub(as_member(address, CURATOR))


def event(post: str, *, minutes: int = 0, **fact: object) -> PostEvent:
    meta = Meta(brand="lumen", post=post, occurred_at=timestamp(START + timedelta(minutes=minutes)))
    return PostEvent(meta=meta, **fact)  # type: ignore[arg-type]  # one of the oneof's fields, by name


def captured(post: str, text: str = "A lamp", *, minutes: int = 0, source: str = "feed", media: int = 1) -> PostEvent:
    fact = Captured(
        source=source,
        platform="mastodon",
        account=Account(platform="mastodon", id="1", handle="@mira", display_name="Mira Example"),
        text=text,
        language="en",
        posted_at=timestamp(START),
        media=[Media(media=f"{post}-m{number}", alt_text="from the source") for number in range(media)],
    )
    return event(post, minutes=minutes, captured=fact)


def edited(post: str, revision: int, text: str) -> PostEvent:
    return event(post, edited=Edited(revision=revision, text=text, media=[Media(media=f"{post}-m0")]))


def decide(post: str, state: pb.State.ValueType, *, revision: int = 1, reason: str = "") -> pb.DecideRequest:
    posts = [pb.PostRevision(post=post, revision=revision)]
    return pb.DecideRequest(brand="lumen", posts=posts, state=state, reason=reason)


def queue(curator: CurationStub, **chosen: object) -> list[str]:
    request = pb.ListPostsRequest(brand="lumen", filter=pb.Filter(**chosen))  # type: ignore[arg-type]  # fields by name
    return [each.post for each in curator.ListPosts(request).posts]


@pytest.mark.parametrize("name", sorted(path.stem for path in GOLDEN.glob("*.json")))
def test_every_golden_post_fact_is_understood(database: Database, name: str) -> None:
    golden = ParseDict(json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")), PostEvent())
    with database.transaction() as conn:
        assert subscriber.handle(conn, golden)


def test_facts_heard_together_make_the_queue_that_they_make_one_by_one(
    make_database: MakeDatabase, database: Database
) -> None:
    said = [
        captured("p1", 'A "lamp"\\n\u2028', minutes=1, media=2),
        captured("p2", minutes=2, media=0),
        edited("p1", 2, "A lamp, lit"),
        captured("p2", "again", minutes=3),
        event("p1", media_failed=MediaFailed(revision=1, media="p1-m1", failure="gone")),
        event("p2", withdrawn=PostWithdrawn()),
    ]
    with database.transaction() as conn:
        assert all(subscriber.handle(conn, each) for each in said)
    with closing(Database(database_of("curation", make_database))) as other:
        with other.transaction() as conn:
            assert subscriber.handle_all(conn, [*said, PostEvent()]) == [True] * len(said) + [False]
        assert everything(other) == everything(database)


def everything(database: Database) -> list[list[tuple[object, ...]]]:
    tables = ("SELECT * FROM posts", "SELECT * FROM revisions", "SELECT * FROM media")
    with database.transaction() as conn:
        return [sorted(conn.execute(each).fetchall()) for each in tables]


def test_a_fact_of_a_later_version_is_skipped(database: Database) -> None:
    with database.transaction() as conn:
        assert not subscriber.handle(conn, PostEvent(meta=Meta(brand="lumen", post="p")))


def test_a_post_is_queued_before_its_picture_is_ready(hear: Hear, curator: CurationStub) -> None:
    hear(captured("p1"))
    (post,) = curator.ListPosts(pb.ListPostsRequest(brand="lumen")).posts
    assert (post.state, post.media[0].alt_text) == (pb.STATE_NEW, "from the source")
    rendition = Rendition(size=320, object_key="private/secret-place")
    ready = Media(media="p1-m0", state=MEDIA_STATE_READY, width=1080, height=720, renditions=[rendition])
    hear(event("p1", media_ready=MediaReady(revision=1, media=ready)))
    (media,) = curator.GetPost(pb.GetPostRequest(brand="lumen", post="p1")).post.media
    assert (media.state, media.width, media.renditions[0].object_key) == (MEDIA_STATE_READY, 1080, "")


def test_a_picture_that_could_not_be_fetched_says_why(hear: Hear, curator: CurationStub) -> None:
    hear(captured("p1"))
    hear(event("p1", media_failed=MediaFailed(revision=1, media="p1-m0", failure="The address answered 404.")))
    (media,) = curator.GetPost(pb.GetPostRequest(brand="lumen", post="p1")).post.media
    assert (media.state, media.failure) == (MEDIA_STATE_FAILED, "The address answered 404.")


def test_a_decision_is_told_once_and_can_be_undone(hear: Hear, curator: CurationStub, url: str) -> None:
    hear(captured("p1"))
    request = decide("p1", pb.STATE_APPROVED)
    request.request_id = "the-same-command"
    (approved,) = curator.Decide(request).posts
    assert curator.Decide(request).posts[0] == approved
    assert (approved.state, approved.approved_revision) == (pb.STATE_APPROVED, 1)
    (undone,) = curator.Undo(pb.UndoRequest(brand="lumen", decisions=[approved.decision])).posts
    assert (undone.state, undone.approved_revision) == (pb.STATE_NEW, 0)
    assert told(url) == ["decided 1", "undone 2"]
    history = curator.GetPost(pb.GetPostRequest(brand="lumen", post="p1")).history
    assert [(each.by, each.undone_by) for each in history] == [("Ada Sample", "Ada Sample")]


def test_undo_brings_back_what_stood_before(hear: Hear, curator: CurationStub) -> None:
    hear(captured("p1"))
    first = curator.Decide(decide("p1", pb.STATE_APPROVED)).posts[0].decision
    second = curator.Decide(decide("p1", pb.STATE_REJECTED, reason="blurred")).posts[0].decision
    not_latest = refused(lambda: curator.Undo(pb.UndoRequest(brand="lumen", decisions=[first])))
    (post,) = curator.Undo(pb.UndoRequest(brand="lumen", decisions=[second])).posts
    assert not_latest.reason == "NOT_LATEST"
    assert post.state == pb.STATE_APPROVED


def test_an_edit_after_approval_comes_back_with_the_approved_text_beside_it(hear: Hear, curator: CurationStub) -> None:
    hear(captured("p1", "A lamp"))
    curator.Decide(decide("p1", pb.STATE_APPROVED))
    hear(edited("p1", 2, "A lamp, on sale"))
    post = curator.GetPost(pb.GetPostRequest(brand="lumen", post="p1")).post
    assert (post.state, post.text, post.approved_text) == (pb.STATE_EDITED, "A lamp, on sale", "A lamp")
    assert refused(lambda: curator.Decide(decide("p1", pb.STATE_APPROVED))).reason == "REVISION_CHANGED"
    (post,) = curator.Decide(decide("p1", pb.STATE_APPROVED, revision=2)).posts
    assert (post.state, post.approved_revision, post.approved_text) == (pb.STATE_APPROVED, 2, "")


def test_several_posts_are_decided_all_or_none(hear: Hear, curator: CurationStub, url: str) -> None:
    for post in ("p1", "p2"):
        hear(captured(post))
    posts = [pb.PostRevision(post="p1", revision=1), pb.PostRevision(post="p2", revision=7)]
    request = pb.DecideRequest(brand="lumen", posts=posts, state=pb.STATE_APPROVED)
    assert isinstance(refused(lambda: curator.Decide(request)), Conflict)
    assert queue(curator, states=[pb.STATE_NEW]) == ["p2", "p1"]
    assert told(url) == []


def test_a_rejection_needs_a_reason_and_a_decision_a_state(hear: Hear, curator: CurationStub) -> None:
    hear(captured("p1"))
    for bad in (decide("p1", pb.STATE_REJECTED), decide("p1", pb.STATE_UNSPECIFIED), decide("p1", pb.STATE_EDITED)):
        assert isinstance(refused(lambda bad=bad: curator.Decide(bad)), Invalid)  # type: ignore[misc]  # bound at once


def test_a_post_deleted_at_its_source_leaves_the_queue_and_takes_no_decision(hear: Hear, curator: CurationStub) -> None:
    hear(captured("p1"))
    hear(event("p1", withdrawn=PostWithdrawn()))
    assert queue(curator) == []
    assert queue(curator, withdrawn=True) == ["p1"]
    assert refused(lambda: curator.Decide(decide("p1", pb.STATE_APPROVED))).reason == "POST_WITHDRAWN"


def test_a_post_that_has_not_arrived_is_asked_for_again(curator: CurationStub) -> None:
    error = refused(lambda: curator.Decide(decide("later", pb.STATE_APPROVED)))
    assert isinstance(error, Unavailable)
    assert error.reason == "POST_NOT_YET_HERE"
    assert isinstance(refused(lambda: curator.GetPost(pb.GetPostRequest(brand="lumen", post="later"))), NotFound)


def test_the_queue_is_filtered_by_source_state_text_and_media(hear: Hear, curator: CurationStub) -> None:
    hear(captured("p1", "Warm light in the hall", minutes=1))
    hear(captured("p2", "A lamp that hums", minutes=2, source="upload", media=0))
    hear(captured("p3", "Warm evening", minutes=3))
    curator.Decide(decide("p3", pb.STATE_APPROVED))
    assert queue(curator) == ["p3", "p2", "p1"]
    assert queue(curator, sources=["upload"]) == ["p2"]
    assert queue(curator, states=[pb.STATE_NEW]) == ["p2", "p1"]
    assert queue(curator, text="war lig") == ["p1"]
    assert queue(curator, text="mira hum") == ["p2"]
    assert queue(curator, text="it's & | ! <-> :*") == []
    assert queue(curator, has_media=False) == ["p2"]
    assert queue(curator, platforms=["tumblr"]) == []


def test_pages_follow_each_other_without_gap_or_repeat(hear: Hear, curator: CurationStub) -> None:
    for number in range(5):
        hear(captured(f"p{number}", minutes=number // 2))
    for order, expected in ((pb.ORDER_OLDEST, [0, 1, 2, 3, 4]), (pb.ORDER_NEWEST, [4, 3, 2, 1, 0])):
        seen, token = [], ""
        while True:
            request = pb.ListPostsRequest(brand="lumen", order=order, page_size=2, page_token=token)
            page = curator.ListPosts(request)
            seen += [each.post for each in page.posts]
            token = page.next_page_token
            if not token:
                break
        assert seen == [f"p{number}" for number in expected]


def test_a_page_token_that_this_list_did_not_give_out_is_refused(curator: CurationStub) -> None:
    for token in ("bogus!", paging.encode("x", "y"), paging.encode("2026-11-20T09:00:00", "y"), paging.encode(1, 2)):
        request = pb.ListPostsRequest(brand="lumen", page_token=token)
        assert refused(lambda request=request: curator.ListPosts(request)).reason == "PAGE_TOKEN"  # type: ignore[misc]  # bound at once


def test_a_curator_who_looked_before_somebody_else_decided_is_told(hear: Hear, curator: CurationStub) -> None:
    hear(captured("p1"))
    late = decide("p1", pb.STATE_APPROVED)
    late.posts[0].seen_decision = ""
    rejected = curator.Decide(decide("p1", pb.STATE_REJECTED, reason="privacy")).posts[0]
    assert refused(lambda: curator.Decide(late)).reason == "DECISION_CHANGED"
    late.posts[0].seen_decision = rejected.decision
    assert curator.Decide(late).posts[0].state == pb.STATE_APPROVED


def test_a_request_id_belongs_to_one_request(hear: Hear, curator: CurationStub) -> None:
    for post in ("p1", "p2"):
        hear(captured(post))
    first, other = decide("p1", pb.STATE_APPROVED), decide("p2", pb.STATE_APPROVED)
    first.request_id = other.request_id = "the-same-id"
    curator.Decide(first)
    assert refused(lambda: curator.Decide(other)).reason == "REQUEST_ID_REUSED"
    assert queue(curator, states=[pb.STATE_NEW]) == ["p2"]


def test_counts_say_how_many_wait_and_what_is_new(hear: Hear, curator: CurationStub) -> None:
    for number in range(3):
        hear(captured(f"p{number}", minutes=number))
    curator.Decide(decide("p0", pb.STATE_APPROVED))
    request = pb.CountPostsRequest(brand="lumen", since=timestamp(START + timedelta(minutes=1)))
    answer = curator.CountPosts(request)
    assert {each.state: each.posts for each in answer.counts} == {pb.STATE_NEW: 2, pb.STATE_APPROVED: 1}
    assert answer.new_since == 1


def test_a_moment_that_is_none_is_refused_by_its_field(curator: CurationStub) -> None:
    for since in (Timestamp(seconds=0, nanos=2**31 - 1), Timestamp(seconds=-(2**62))):
        request = pb.CountPostsRequest(brand="lumen", since=since)
        error = refused(lambda request=request: curator.CountPosts(request))  # type: ignore[misc]  # bound at once
        assert isinstance(error, Invalid)
        assert set(error.fields) == {"since"}


def test_a_curators_words_about_a_picture_outlive_the_sources(hear: Hear, curator: CurationStub, url: str) -> None:
    hear(captured("p1"))
    request = pb.AnnotateRequest(
        brand="lumen", post="p1", media="p1-m0", alt_text="A brass lamp", focal_x=0.25, focal_y=0.5
    )
    assert curator.Annotate(request).media[0].alt_text == "A brass lamp"
    hear(event("p1", media_ready=MediaReady(revision=1, media=Media(media="p1-m0", alt_text="from the source"))))
    (media,) = curator.GetPost(pb.GetPostRequest(brand="lumen", post="p1")).post.media
    assert (media.alt_text, media.focal_x) == ("A brass lamp", 0.25)
    assert told(url) == ["annotated 1"]
    wrong = pb.AnnotateRequest(brand="lumen", post="p1", media="p1-m0", focal_x=1.5, focal_y=0)
    assert isinstance(refused(lambda: curator.Annotate(wrong)), Invalid)
    unknown = pb.AnnotateRequest(brand="lumen", post="p1", media="other", alt_text="x")
    assert isinstance(refused(lambda: curator.Annotate(unknown)), NotFound)


def test_a_collection_keeps_the_order_that_curators_give_it(hear: Hear, curator: CurationStub, url: str) -> None:
    for post in ("p1", "p2", "p3"):
        hear(captured(post))
    curator.CreateCollection(pb.CreateCollectionRequest(brand="lumen", collection="autumn", title="Autumn"))
    add = pb.AddToCollectionRequest(brand="lumen", collection="autumn", posts=["p1", "p2"])
    assert curator.AddToCollection(add).posts == 2
    curator.AddToCollection(pb.AddToCollectionRequest(brand="lumen", collection="autumn", posts=["p3"], before="p1"))
    assert set(queue(curator, collection="autumn")) == {"p1", "p2", "p3"}
    left = curator.RemoveFromCollection(
        pb.RemoveFromCollectionRequest(brand="lumen", collection="autumn", posts=["p2"])
    )
    assert left.posts == 2
    assert told(url) == ["collected 1", "collected 1", "collected 1", "collected 2"]
    missing = pb.AddToCollectionRequest(brand="lumen", collection="winter", posts=["p1"])
    assert isinstance(refused(lambda: curator.AddToCollection(missing)), NotFound)


def test_a_viewer_reads_and_decides_nothing(hear: Hear, address: str) -> None:
    hear(captured("p1"))
    viewer = CurationStub(as_member(address, VIEWER))
    assert queue(viewer) == ["p1"]
    assert isinstance(refused(lambda: viewer.Decide(decide("p1", pb.STATE_APPROVED))), Denied)


def test_another_brands_posts_are_not_seen(hear: Hear, address: str) -> None:
    hear(captured("p1"))
    stranger = CurationStub(as_member(address, CURATOR, brand="other"))
    assert not stranger.BatchGetPosts(pb.BatchGetPostsRequest(brand="other", posts=["p1"])).posts
    request = pb.BatchGetPostsRequest(brand="lumen", posts=["p1"])
    assert isinstance(refused(lambda: stranger.BatchGetPosts(request)), Denied)
