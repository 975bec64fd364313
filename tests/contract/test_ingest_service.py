"""Ingest as a caller meets it: rpcs, the signed HTTP edge and the loops, on a real database, store and decoder."""

from __future__ import annotations

import hashlib
import json
import select
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from google.protobuf.json_format import MessageToDict
from standardwebhooks.webhooks import Webhook
from starlette.testclient import TestClient

from chorus.api.events.v1 import post_pb2
from chorus.api.ingest.v1 import ingest_pb2 as pb
from chorus.api.ingest.v1.ingest_pb2_grpc import IngestStub
from chorus.api.types.v1 import media_pb2, scope_pb2
from chorus.errors import Conflict, Denied, Exhausted, Invalid, NotFound, TooLarge
from chorus.ingest.adapters.checker import Checker
from chorus.ingest.adapters.deliveries import MAX_BODY, Deliveries
from chorus.ingest.adapters.fetching import MediaFetcher
from chorus.ingest.adapters.poller import Poller
from chorus.ingest.adapters.servicer import mounted
from chorus.ingest.adapters.uploading import Uploading
from chorus.ingest.adapters.work import Workshop
from chorus.ingest.app import find_connectors
from chorus.ingest.domain.picture import Decoded
from chorus.ingest.handlers.sources import Connectors
from chorus.ingest.media.decoder import Decoder
from chorus.ingest.ports import Fetcher, Look
from chorus.ingest.sources.feed import Feed, FeedSettings
from chorus.local.feed_site import Article, FeedSite
from chorus.local.mastodon_site import MastodonSite, Status
from chorus.local.pictures import draw
from chorus.local.servers import Picture, serve
from chorus.platform.fetch import GuardedFetcher
from chorus.platform.objects.files import FileStore
from chorus.platform.postgres import Database
from chorus.platform.secrets import Vault, new_signing_secret
from chorus.platform.web import HttpServer, application
from tests.engines.postgres import Postgres
from tests.serving import (
    ADMIN,
    CURATOR,
    KEYS,
    VIEWER,
    as_member,
    as_operator,
    as_service,
    database_of,
    refused,
    served,
    told,
)
from tests.unit.ingest.database import empty
from tests.unit.ingest.samples import sighting
from tests.web_server import Reply, WebServer

pytestmark = pytest.mark.postgres
QUOTA = 10_000_000


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class House:
    """The service's parts, as app.py wires them."""

    url: str
    address: str
    work: Workshop
    clock: Clock
    area: FileStore
    web: TestClient
    decoder: Decoder

    def admin(self) -> IngestStub:
        return IngestStub(as_member(self.address, ADMIN))

    def creator(self) -> IngestStub:
        return IngestStub(as_service(self.address, "creator"))

    def guarded(self, address: str) -> GuardedFetcher:
        return GuardedFetcher(frozenset({urlsplit(address).netloc}), user_agent="Chorus tests")

    def look(self, address: str) -> None:
        poller = Poller(self.work, self.guarded(address))
        while poller.look_at_next():
            pass

    def fetch(self, address: str, quota: int = QUOTA) -> None:
        fetcher = MediaFetcher(self.work, self.guarded(address), self.decoder, self.area, quota)
        while fetcher.fetch_next():
            pass

    def posts(self) -> list[pb.Post]:
        with self.work.database.transaction() as conn:
            ids = [row[0] for row in conn.execute("SELECT post FROM posts ORDER BY post")]
        return list(self.admin().BatchGetPosts(pb.BatchGetPostsRequest(brand="lumen", posts=ids)).posts)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    decoder = Decoder()
    yield decoder
    decoder.close()


@pytest.fixture(scope="module")
def url(postgres_server: Postgres) -> Iterator[str]:
    """One database for all of these tests, emptied before each."""
    url = database_of("ingest", postgres_server.make_database)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def house(url: str, tmp_path: Path, decoder: Decoder) -> Iterator[House]:
    database, clock = Database(url), Clock()
    empty(database)
    work = Workshop(database, find_connectors(), Vault(KEYS), now=clock, chance=lambda: 0.5)
    area = FileStore(tmp_path)
    uploading = Uploading(work, decoder, area, quota=QUOTA, rate="5/minute")
    web = TestClient(application(Deliveries(work, rate="20/minute").routes(), {}))
    with served(database, lambda _database: [mounted(work, area, uploading, new_signing_secret)]) as address:
        yield House(url, address, work, clock, area, web, decoder)
    database.close()


def feed_request(address: str, **changes: str | float) -> pb.CreateSourceRequest:
    request = pb.CreateSourceRequest(brand="lumen", source="letter", connector="feed", title="The Lamp Letter")
    request.settings.update({"url": address, "every_seconds": 60, **changes})
    return request


@cache
def photo(seed: int) -> bytes:
    return draw(seed, width=1200, height=900)


def picture(seed: int, name: str = "lamp.jpg") -> Picture:
    return Picture(name, photo(seed), "A lamp")


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with serve(FeedSite("The Lamp Letter")) as site:
        site.add(
            Article("one", "Evening", "Blue hour", "Mira Example", datetime(2026, 11, 1, tzinfo=UTC), (picture(1),))
        )
        yield site


# ------------------------------------------------------------------------------------------------------------ sources


def test_connectors_are_listed_with_the_schema_of_their_settings(house: House) -> None:
    kinds = {each.connector: each for each in house.admin().ListConnectors(pb.ListConnectorsRequest()).connectors}
    assert set(kinds) == {"feed", "mastodon", "upload", "webhook"}
    assert [name for name in sorted(kinds) if kinds[name].polled] == ["feed", "mastodon"]
    schemas = {name: MessageToDict(each.settings_schema)["properties"] for name, each in kinds.items() if each.polled}
    assert "url" in schemas["feed"]
    assert schemas["mastodon"]["access_token"]["writeOnly"] is True


def test_a_feed_walks_in_with_its_picture_and_says_so(house: House, site: FeedSite) -> None:
    created = house.admin().CreateSource(feed_request(f"{site.address}/feed.atom")).source
    assert created.health == pb.SOURCE_HEALTH_WAITING
    house.look(site.address)
    assert told(house.url) == ["captured 1"]
    house.fetch(site.address)
    assert told(house.url) == ["captured 1", "media_ready 2"]
    (post,) = house.posts()
    (media,) = post.revisions[0].media
    assert media.state == media_pb2.MEDIA_STATE_READY
    assert (media.width, media.height) == (1200, 900)
    assert {each.size for each in media.renditions} == {1080, 640, 320}
    assert all(house.area.exists(each.object_key) for each in media.renditions)
    assert house.area.exists(f"private/lumen/originals/{media.sha256}")
    found = house.admin().GetSource(pb.GetSourceRequest(brand="lumen", source="letter"))
    assert (found.health, found.posts, found.posts_a_day[-1]) == (pb.SOURCE_HEALTH_WORKING, 1, 1)


def test_a_preview_is_given_to_those_who_may_see_it(house: House, site: FeedSite) -> None:
    house.admin().CreateSource(feed_request(f"{site.address}/feed.atom"))
    house.look(site.address)
    (media,) = house.posts()[0].revisions[0].media
    request = pb.GetPreviewRequest(brand="lumen", media=media.media, size=600, content_type="image/webp")
    assert isinstance(refused(lambda: house.admin().GetPreview(request)), NotFound)
    house.fetch(site.address)
    preview = IngestStub(as_member(house.address, VIEWER)).GetPreview(request)
    assert preview.data[:4] == b"RIFF"
    elsewhere = IngestStub(as_member(house.address, ADMIN, brand="halo"))
    assert isinstance(refused(lambda: elsewhere.GetPreview(request)), Denied)
    request.brand = "halo"
    assert isinstance(refused(lambda: elsewhere.GetPreview(request)), NotFound)


def test_an_edit_and_a_deletion_at_the_source_are_followed(house: House, site: FeedSite) -> None:
    house.admin().CreateSource(feed_request(f"{site.address}/feed.atom"))
    house.look(site.address)
    site.edit("one", text="Golden hour")
    house.admin().LookNow(pb.LookNowRequest(brand="lumen", source="letter"))
    house.look(site.address)
    site.delete("one")
    house.admin().LookNow(pb.LookNowRequest(brand="lumen", source="letter"))
    house.look(site.address)
    assert told(house.url) == ["captured 1", "edited 2", "withdrawn 3"]
    assert house.posts()[0].withdrawn


def test_a_source_that_fails_says_why_and_when_it_is_tried_again(house: House, site: FeedSite) -> None:
    house.admin().CreateSource(feed_request(f"{site.address}/nothing"))
    house.look(site.address)
    found = house.admin().GetSource(pb.GetSourceRequest(brand="lumen", source="letter"))
    assert found.health == pb.SOURCE_HEALTH_FAILING
    assert "404" in found.last_error
    assert found.next_look_at.ToDatetime(UTC) > house.clock()


def test_an_item_from_before_time_is_taken_as_if_it_said_no_time(house: House) -> None:
    item = {"id": "1", "content_text": "Blue hour", "date_published": "0001-01-01T00:00:00+01:00"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Lamps", "items": [item]}
    with WebServer() as site:
        site.replies["/feed"] = Reply(200, {"content-type": "application/feed+json"}, json.dumps(feed).encode())
        house.admin().CreateSource(feed_request(site.url("/feed")))
        house.look(site.url("/"))
    assert house.posts()[0].posted_at.ToDatetime(UTC) == house.clock()


class Odd(Feed):
    """A connector of somebody else's, that hands on a time without its zone."""

    def look(self, settings: FeedSettings, state: Mapping[str, Any], fetcher: Fetcher) -> Look:
        return Look([replace(sighting(1), posted_at=datetime(2026, 11, 1))])  # noqa: DTZ001 -- the fault


def test_what_cannot_be_kept_of_a_look_is_said_of_its_source_which_is_tried_again(house: House) -> None:
    house.admin().CreateSource(feed_request("https://lamps.example/feed"))
    Poller(replace(house.work, connectors=Connectors({"feed": Odd()})), house.guarded("")).look_at_next()
    found = house.admin().GetSource(pb.GetSourceRequest(brand="lumen", source="letter"))
    assert (found.health, "TypeError" in found.last_error) == (pb.SOURCE_HEALTH_FAILING, True)
    assert found.next_look_at.ToDatetime(UTC) > house.clock()


def test_an_address_inside_is_refused_in_words(house: House, site: FeedSite) -> None:
    house.admin().CreateSource(feed_request("http://127.0.0.1:9/feed.atom"))
    house.look(site.address)
    found = house.admin().GetSource(pb.GetSourceRequest(brand="lumen", source="letter"))
    assert "80 or 443" in found.last_error


def test_bad_settings_are_named_by_field(house: House) -> None:
    error = refused(lambda: house.admin().CreateSource(feed_request("ftp://lamps.example", every_seconds=1, more="?")))
    assert isinstance(error, Invalid)
    assert error.fields == {
        "settings.url": "Address of the feed: write the whole address, with https://.",
        "settings.every_seconds": "Look every … seconds: 15 or more.",
        "settings.more": "There is no such setting.",
    }
    empty_form = pb.CreateSourceRequest(brand="lumen", source="toots", connector="mastodon")
    empty_form.settings.update({"hashtag": "two words", "every_seconds": "often"})
    error = refused(lambda: house.admin().CreateSource(empty_form))
    assert isinstance(error, Invalid)
    assert error.fields == {
        "settings.server": "Server is needed.",
        "settings.hashtag": "Hashtag cannot be written like this.",
        "settings.every_seconds": "Look every … seconds: write a whole number.",
    }
    unknown = feed_request("https://lamps.example/feed")
    unknown.connector = "pigeon"
    assert isinstance(refused(lambda: house.admin().CreateSource(unknown)), Invalid)


def test_a_source_is_created_once_and_its_id_is_never_given_again(house: House) -> None:
    request = feed_request("https://lamps.example/feed")
    request.request_id = "the-same"
    assert house.admin().CreateSource(request) == house.admin().CreateSource(request)
    request.request_id = "another"
    error = refused(lambda: house.admin().CreateSource(request))
    assert (type(error), error.reason) == (Conflict, "ALREADY_EXISTS")


def test_secrets_are_kept_encrypted_and_never_shown(house: House) -> None:
    request = pb.CreateSourceRequest(brand="lumen", source="toots", connector="mastodon")
    request.settings.update({"server": "https://social.example", "hashtag": "#Lamps", "access_token": "very-secret"})
    made = house.admin().CreateSource(request).source
    assert dict(made.settings.items()) == {
        "server": "https://social.example",
        "hashtag": "Lamps",
        "every_seconds": 60.0,
    }
    change = pb.UpdateSourceRequest(brand="lumen", source="toots")
    change.settings.update({"server": "https://social.example", "hashtag": "Lights"})
    house.admin().UpdateSource(change)
    with house.work.database.transaction() as conn:
        kept = conn.execute("SELECT sealed, sources::text FROM sources").fetchone()
    assert kept is not None
    assert json.loads(house.work.vault.decrypt(kept[0])) == {"access_token": "very-secret"}
    assert "very-secret" not in kept[1]


def test_a_paused_source_is_not_looked_at(house: House, site: FeedSite) -> None:
    house.admin().CreateSource(feed_request(f"{site.address}/feed.atom"))
    paused = house.admin().UpdateSource(pb.UpdateSourceRequest(brand="lumen", source="letter", paused=True))
    assert paused.health == pb.SOURCE_HEALTH_PAUSED
    house.look(site.address)
    assert isinstance(
        refused(lambda: house.admin().LookNow(pb.LookNowRequest(brand="lumen", source="letter"))), Conflict
    )
    assert told(house.url) == []
    house.admin().UpdateSource(pb.UpdateSourceRequest(brand="lumen", source="letter", paused=False))
    house.look(site.address)
    assert told(house.url) == ["captured 1"]


def test_a_deleted_source_is_gone_and_its_posts_stay(house: House, site: FeedSite) -> None:
    house.admin().CreateSource(feed_request(f"{site.address}/feed.atom"))
    house.look(site.address)
    house.admin().DeleteSource(pb.DeleteSourceRequest(brand="lumen", source="letter"))
    error = refused(lambda: house.admin().GetSource(pb.GetSourceRequest(brand="lumen", source="letter")))
    assert isinstance(error, NotFound)
    assert len(house.posts()) == 1


def test_sources_are_listed_page_by_page(house: House) -> None:
    for name in ("c", "a", "b"):
        request = feed_request("https://lamps.example/feed")
        request.source = name
        house.admin().CreateSource(request)
    first = house.admin().ListSources(pb.ListSourcesRequest(brand="lumen", page_size=2))
    rest = house.admin().ListSources(
        pb.ListSourcesRequest(brand="lumen", page_size=2, page_token=first.next_page_token)
    )
    assert [each.source for each in [*first.sources, *rest.sources]] == ["a", "b", "c"]
    assert rest.next_page_token == ""


def test_a_curator_may_look_now_and_not_add_sources(house: House) -> None:
    curator = IngestStub(as_member(house.address, CURATOR))
    assert isinstance(refused(lambda: curator.CreateSource(feed_request("https://lamps.example/feed"))), Denied)
    house.admin().CreateSource(feed_request("https://lamps.example/feed"))
    curator.LookNow(pb.LookNowRequest(brand="lumen", source="letter"))


def test_a_brand_that_was_heard_of_may_be_given_sources_by_the_operator(house: House) -> None:
    with house.work.database.transaction() as conn:
        conn.execute("INSERT INTO brands (brand) VALUES ('lumen')")
    operator = IngestStub(as_operator(house.address))
    assert list(operator.ListSources(pb.ListSourcesRequest(brand="lumen")).sources) == []
    assert operator.CreateSource(feed_request("https://lamps.example/feed")).source.source


def test_a_brand_that_does_not_exist_is_not_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chorus.ingest.adapters.servicer._BRAND_SECONDS", 0.0)
    operator = IngestStub(as_operator(house.address))
    error = refused(lambda: operator.CreateSource(feed_request("https://lamps.example/feed")))
    assert (type(error), error.reason) == (NotFound, "BRAND_NOT_FOUND")
    error = refused(lambda: operator.ListSources(pb.ListSourcesRequest(brand="lumen")))
    assert (type(error), error.reason) == (NotFound, "BRAND_NOT_FOUND")


def test_more_than_a_hundred_posts_at_once_are_refused(house: House) -> None:
    request = pb.BatchGetPostsRequest(brand="lumen", posts=["x"] * 101)
    assert isinstance(refused(lambda: house.admin().BatchGetPosts(request)), Invalid)


# -------------------------------------------------------------------------------------------------------------- media


def test_a_picture_that_is_not_there_fails_with_a_reason_and_can_be_tried_again(house: House, site: FeedSite) -> None:
    lost = Picture("lost.jpg", b"no picture at all")
    site.add(Article("one", "Evening", "Blue hour", "Mira Example", datetime(2026, 11, 1, tzinfo=UTC), (lost,)))
    house.admin().CreateSource(feed_request(f"{site.address}/feed.atom"))
    house.look(site.address)
    house.fetch(site.address)
    assert told(house.url) == ["captured 1", "media_failed 2"]
    (media,) = house.posts()[0].revisions[0].media
    assert media.state == media_pb2.MEDIA_STATE_FAILED
    assert media.failure
    site.add(
        Article(
            "one", "Evening", "Blue hour", "Mira Example", datetime(2026, 11, 1, tzinfo=UTC), (picture(2, "lost.jpg"),)
        )
    )
    IngestStub(as_member(house.address, CURATOR)).RetryMedia(pb.RetryMediaRequest(brand="lumen", media=media.media))
    house.fetch(site.address)
    assert told(house.url) == ["captured 1", "media_failed 2", "media_ready 3"]


def test_a_server_that_is_busy_is_asked_again_later(house: House) -> None:
    secret = webhook_source(house)
    with WebServer() as busy:
        busy.replies["/lamp.jpg"] = Reply(503)
        deliver(house, secret, item(1, media=[{"url": busy.url("/lamp.jpg")}]))
        house.fetch(busy.url("/"))
        assert told(house.url) == ["captured 1"]
        busy.replies["/lamp.jpg"] = Reply(200, {"content-type": "image/jpeg"}, photo(1))
        house.fetch(busy.url("/"))
        assert told(house.url) == ["captured 1"]
        house.clock.at += timedelta(minutes=1)
        house.fetch(busy.url("/"))
    assert told(house.url) == ["captured 1", "media_ready 2"]


def test_a_brand_without_room_gets_no_pictures_and_is_told_why(house: House, site: FeedSite) -> None:
    house.admin().CreateSource(feed_request(f"{site.address}/feed.atom"))
    house.look(site.address)
    house.fetch(site.address, quota=1_000)
    (media,) = house.posts()[0].revisions[0].media
    assert "storage is full" in media.failure
    assert list(house.area.list("private/")) == []


def test_the_same_picture_in_two_posts_is_stored_once_and_linked(house: House, site: FeedSite) -> None:
    for name in ("one", "two"):
        shown = (picture(1, f"{name}.jpg"),)
        site.add(Article(name, name, "Blue hour", "Mira Example", datetime(2026, 11, 1, tzinfo=UTC), shown))
    house.admin().CreateSource(feed_request(f"{site.address}/feed.atom"))
    house.look(site.address)
    house.fetch(site.address)
    first, second = house.posts()
    links = {each.post: each.revisions[0].media[0].duplicate_of for each in (first, second)}
    linked = [post for post, link in links.items() if link.post]
    assert len(linked) == 1
    assert links[linked[0]].kind == media_pb2.DUPLICATE_KIND_EXACT
    assert len(list(house.area.list("private/lumen/originals/"))) == 1


# ------------------------------------------------------------------------------------------------------- asking again


def test_a_status_deleted_at_its_server_is_withdrawn_after_two_misses(house: House) -> None:
    with serve(MastodonSite()) as social:
        number = social.add(Status("mira", "Mira", "Blue hour", datetime(2026, 11, 1, tzinfo=UTC), ("lamps",)))
        request = pb.CreateSourceRequest(brand="lumen", source="toots", connector="mastodon")
        request.settings.update({"server": social.address, "hashtag": "lamps"})
        house.admin().CreateSource(request)
        house.look(social.address)
        checker = Checker(house.work, house.guarded(social.address), rate="60/minute", gap=timedelta(minutes=10))
        assert not checker.ask_round()
        social.delete(number)
        for minutes, expected in ((61, ["captured 1"]), (5, ["captured 1"]), (6, ["captured 1", "withdrawn 2"])):
            house.clock.at += timedelta(minutes=minutes)
            checker.ask_round()
            assert told(house.url) == expected


def test_a_source_whose_budget_is_used_up_keeps_no_other_waiting(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chorus.ingest.adapters.checker._SOURCES_A_ROUND", 1)
    with serve(MastodonSite()) as social:
        for name, tag, statuses in (("busy", "lamps", 3), ("quiet", "chairs", 1)):
            request = pb.CreateSourceRequest(brand="lumen", source=name, connector="mastodon")
            request.settings.update({"server": social.address, "hashtag": tag})
            house.admin().CreateSource(request)
            for number in range(statuses):
                social.add(Status("mira", "Mira", f"Hour {number}", datetime(2026, 11, 1, tzinfo=UTC), (tag,)))
            house.look(social.address)
            house.clock.at += timedelta(seconds=1)
        checker = Checker(house.work, house.guarded(social.address), rate="2/hour", gap=timedelta(minutes=10))
        house.clock.at += timedelta(minutes=61)
        while checker.ask_round():
            pass
    with house.work.database.transaction() as conn:
        query = "SELECT source, count(*) FROM posts WHERE next_check_at <= %s GROUP BY source"
        waiting = dict(conn.execute(query, [house.clock.at]).fetchall())
    assert waiting == {"busy": 1}


# ----------------------------------------------------------------------------------------------------- the HTTP edge


def webhook_source(house: House) -> str:
    return (
        house.admin()
        .CreateSource(pb.CreateSourceRequest(brand="lumen", source="shop", connector="webhook", request_id="once"))
        .secret
    )


def item(number: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"p-{number}",
        "text": "Blue hour 💡 #lamp",
        "url": f"https://shop.example/p-{number}",
        "posted_at": "2026-11-20T18:00:00Z",
        "account": {"id": "7", "handle": "@mira", "name": "Mira Example"},
        "media": [{"url": "https://shop.example/lamp.jpg", "alt": "A lamp"}],
        **changes,
    }


def deliver(
    house: House, secret: str, said: object, *, sent_at: datetime | None = None
) -> tuple[int, dict[str, object]]:
    body = json.dumps(said)
    at = sent_at or datetime.now(UTC)
    headers = {
        "webhook-id": "msg-1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg-1", at, body),
        "content-type": "application/json",
    }
    answer = house.web.post("/v1/lumen/sources/shop/posts", content=body, headers=headers)
    return answer.status_code, answer.json()


def test_the_secret_is_shown_again_only_for_the_same_request(house: House) -> None:
    secret = webhook_source(house)
    assert secret.startswith("whsec_")
    assert webhook_source(house) == secret
    with house.work.database.transaction() as conn:
        remembered = conn.execute("SELECT response FROM idempotency").fetchone()
    assert remembered is not None
    assert secret.encode() not in remembered[0]
    house.clock.at += timedelta(minutes=11)
    assert webhook_source(house) == ""


def test_a_used_request_id_shows_nobody_the_secret_of_another_source(house: House) -> None:
    webhook_source(house)
    again = pb.CreateSourceRequest(brand="lumen", source="other", connector="webhook", request_id="once")
    error = refused(lambda: house.admin().CreateSource(again))
    assert (type(error), error.reason) == (Invalid, "REQUEST_ID_REUSED")


def test_signed_posts_are_taken_once(house: House) -> None:
    secret = webhook_source(house)
    status, answer = deliver(house, secret, {"posts": [item(1), item(2)]})
    assert (status, answer["accepted"], answer["duplicates"]) == (202, 2, 0)
    status, answer = deliver(house, secret, item(2))
    assert (status, answer["accepted"], answer["duplicates"]) == (202, 0, 1)
    assert told(house.url) == ["captured 1"] * 2
    assert house.posts()[0].revisions[0].hashtags == ["lamp"]


def test_a_signed_deletion_withdraws(house: House) -> None:
    secret = webhook_source(house)
    deliver(house, secret, item(1))
    status, answer = deliver(house, secret, {"type": "post.deleted", "ids": ["p-1", "p-9"]})
    assert (status, answer["withdrawn"]) == (202, 1)
    assert told(house.url) == ["captured 1", "withdrawn 2"]
    assert deliver(house, secret, item(9))[1]["accepted"] == 0


def test_a_forged_or_old_delivery_is_refused(house: House) -> None:
    secret = webhook_source(house)
    assert deliver(house, new_signing_secret(), item())[0] == 401
    assert deliver(house, secret, item(), sent_at=datetime.now(UTC) - timedelta(minutes=6))[0] == 401
    assert house.web.post("/v1/lumen/sources/shop/posts", content=json.dumps(item())).status_code == 401
    broken = {"webhook-id": "1", "webhook-timestamp": str(int(datetime.now(UTC).timestamp()))}
    for signature in ("v1,?", "nothing", "v1,", "v1,abc"):
        answer = house.web.post(
            "/v1/lumen/sources/shop/posts", content=b"\xff\xfe", headers={**broken, "webhook-signature": signature}
        )
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert told(house.url) == []


def test_what_cannot_be_taken_is_named_by_field_and_nothing_is_kept(house: House) -> None:
    secret = webhook_source(house)
    bad = item(2, url="javascript:alert(1)", posted_at="yesterday", account={"id": ""})
    status, answer = deliver(house, secret, {"posts": [item(1), bad]})
    assert status == 422
    fields = {each["field"].rpartition(".literal")[0] or each["field"] for each in answer["errors"]}  # type: ignore[attr-defined]  # a list of objects
    assert any("posts.1.url" in each for each in fields)
    assert {"posts.1.posted_at", "posts.1.account.id"} <= fields
    assert deliver(house, secret, {"posts": []})[0] == 422
    assert deliver(house, secret, "words")[0] == 422
    assert told(house.url) == []


def test_words_that_no_database_can_hold_are_cleaned(house: House) -> None:
    secret = webhook_source(house)
    status, _ = deliver(house, secret, item(1, text="Blue\x00 hour \x1b[31m"))
    assert status == 202
    assert house.posts()[0].revisions[0].text == "Blue hour [31m"


def test_half_a_surrogate_pair_is_refused_or_cleaned_and_never_a_fault(house: House) -> None:
    secret = webhook_source(house)
    assert deliver(house, secret, item(1, text="\ud83d alone"))[0] in {202, 422}


def test_an_unknown_brand_or_source_is_404_and_a_paused_one_409(house: House) -> None:
    secret = webhook_source(house)
    house.admin().CreateSource(feed_request("https://lamps.example/feed"))
    for path in ("/v1/halo/sources/shop/posts", "/v1/lumen/sources/none/posts", "/v1/lumen/sources/letter/posts"):
        assert house.web.post(path, content=b"{}").status_code == 404
    house.admin().UpdateSource(pb.UpdateSourceRequest(brand="lumen", source="shop", paused=True))
    assert deliver(house, secret, item())[0] == 409


def test_a_delivery_that_is_too_large_is_413(house: House) -> None:
    webhook_source(house)
    whole, pieces = b" " * (MAX_BODY + 1), iter([b" " * MAX_BODY, b" "])
    for body in (whole, pieces):
        answer = house.web.post("/v1/lumen/sources/shop/posts", content=body, headers=unproven())
        assert (answer.status_code, answer.json()["reason"]) == (413, "TOO_LARGE")


def unproven(**changes: str) -> dict[str, str]:
    """Write the headers of a delivery whose signature nobody has looked at yet."""
    now = str(int(datetime.now(UTC).timestamp()))
    headers = {"webhook-id": "msg-1", "webhook-timestamp": now, "webhook-signature": "v1,c2lnbmF0dXJl"}
    return headers | changes


@contextmanager
def edge(house: House) -> Iterator[int]:
    """Serve the edge on a port, for senders that never finish what they send."""
    server = HttpServer(application(Deliveries(house.work, rate="20/minute").routes(), {}), "127.0.0.1:0")
    server.start()
    try:
        yield server.port
    finally:
        server.stop(5)


def begun(port: int, headers: Mapping[str, str], source: str = "shop", length: int = 1_000_000) -> HTTPConnection:
    """Begin a delivery: its headers, and of its body only the first byte."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest("POST", f"/v1/lumen/sources/{source}/posts")
    for name, value in {**headers, "content-length": str(length)}.items():
        connection.putheader(name, value)
    connection.endheaders(b"{")
    return connection


@pytest.mark.parametrize(
    ("changes", "source", "length", "status"),
    [
        ({"webhook-id": ""}, "shop", 1_000_000, 401),
        ({"webhook-signature": ""}, "shop", 1_000_000, 401),
        ({"webhook-timestamp": ""}, "shop", 1_000_000, 401),
        ({"webhook-timestamp": "now"}, "shop", 1_000_000, 401),
        ({"webhook-timestamp": "1700000000"}, "shop", 1_000_000, 401),
        ({}, "nothing", 1_000_000, 404),
        ({}, "shop", MAX_BODY + 1, 413),
    ],
)
def test_what_the_headers_rule_out_is_refused_without_waiting_for_the_body(
    house: House, changes: dict[str, str], source: str, length: int, status: int
) -> None:
    webhook_source(house)
    with edge(house) as port, closing(begun(port, unproven(**changes), source, length)) as sender:
        assert sender.getresponse().status == status


def test_a_body_that_does_not_come_is_not_waited_for_without_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chorus.ingest.adapters.deliveries._BODY_SECONDS", 0.1)
    webhook_source(house)
    with edge(house) as port, closing(begun(port, unproven())) as sender:
        assert sender.getresponse().status == 408


def test_more_bodies_than_memory_is_meant_for_are_told_to_come_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chorus.ingest.adapters.deliveries._MOST_BODIES", 2)
    monkeypatch.setattr("chorus.ingest.adapters.deliveries._TURN_SECONDS", 0.05)
    webhook_source(house)
    with edge(house) as port, ExitStack() as senders:
        connections = [senders.enter_context(closing(begun(port, unproven()))) for _ in range(3)]
        ready, _, _ = select.select([each.sock for each in connections], [], [], 60)
        (refused_one,) = [each for each in connections if each.sock in ready]
        answer = refused_one.getresponse()
        assert (answer.status, json.load(answer)["reason"]) == (503, "BUSY")
        assert answer.headers["retry-after"]


def test_too_many_deliveries_are_429_and_say_when_to_come_back(house: House) -> None:
    secret = webhook_source(house)
    statuses = [deliver(house, secret, item(number))[0] for number in range(21)]
    assert statuses == [202] * 20 + [429]


def test_while_the_database_is_down_nothing_is_acknowledged(house: House, postgres_server: Postgres) -> None:
    secret = webhook_source(house)
    postgres_server.stop()
    status, answer = deliver(house, secret, item())
    assert (status, answer["reason"]) == (503, "DATABASE_DOWN")
    postgres_server.start()
    assert deliver(house, secret, item())[1]["accepted"] == 1
    assert told(house.url) == ["captured 1"]


# ------------------------------------------------------------------------------------------------------------ uploads


def terms() -> scope_pb2.TermsText:
    said = ("en", "We may show it.", "All of the terms.")
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()
    return scope_pb2.TermsText(terms="t1", version=1, language=said[0], summary=said[1], text=said[2], sha256=digest)


@pytest.fixture
def share(house: House) -> pb.Source:
    scope = scope_pb2.Scope(uses=[scope_pb2.USE_WEB])
    surface = scope_pb2.SurfaceShown(surface="home", title="Home", address="https://lumen.example", scope=scope)
    agreed = pb.UploadTerms(terms=terms(), scope=scope, surfaces=[surface], days=365)
    request = pb.CreateSourceRequest(brand="lumen", source="share", connector="upload", upload_terms=agreed)
    return house.admin().CreateSource(request).source


def upload_request(photo: object = b"", **changes: object) -> pb.CreateUploadRequest:
    said: dict[str, object] = {
        "brand": "lumen",
        "photo": photo,
        "caption": "Reading corner",
        "creator_name": "Noa Example",
        "consent": True,
        "terms_sha256": terms().sha256,
        "client_address": "203.0.113.9",
        "request_id": "the-key-of-form-1",
    }
    return pb.CreateUploadRequest(**{**said, **changes})  # type: ignore[arg-type]  # fields by name


def test_an_upload_is_taken_with_its_consent_and_can_be_taken_back(house: House, share: pb.Source) -> None:
    assert share.upload_terms.terms.sha256 == terms().sha256
    taken = house.creator().CreateUpload(upload_request(photo(3)))
    assert house.creator().CreateUpload(upload_request(photo(3))) == taken
    assert told(house.url) == ["captured 1", "media_ready 2"]
    assert house.posts()[0].revisions[0].media[0].state == media_pb2.MEDIA_STATE_READY
    wrong = pb.WithdrawUploadRequest(brand="lumen", link="guessed")
    assert isinstance(refused(lambda: house.creator().WithdrawUpload(wrong)), NotFound)
    house.creator().WithdrawUpload(pb.WithdrawUploadRequest(brand="lumen", link=taken.link))
    assert told(house.url) == ["captured 1", "media_ready 2", "withdrawn 3"]


def test_an_uploader_agrees_to_the_terms_in_the_language_in_which_they_were_shown(house: House) -> None:
    said = ("de", "Wir dürfen es zeigen.", "Alle Bedingungen.")
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()
    german = scope_pb2.TermsText(terms="t1", version=1, language=said[0], summary=said[1], text=said[2], sha256=digest)
    scope = scope_pb2.Scope(uses=[scope_pb2.USE_WEB])
    agreed = pb.UploadTerms(terms=terms(), scope=scope, days=365, translations=[german])
    request = pb.CreateSourceRequest(brand="lumen", source="share", connector="upload", upload_terms=agreed)
    assert house.admin().CreateSource(request).source.upload_terms == agreed
    house.creator().CreateUpload(upload_request(photo(3), terms_sha256=digest))
    with house.work.database.transaction() as conn:
        row = conn.execute("SELECT payload FROM outbox ORDER BY id LIMIT 1").fetchone()
    assert row is not None
    assert post_pb2.PostEvent.FromString(row[0]).captured.consent.terms == german
    twice = pb.UploadTerms(terms=terms(), scope=scope, translations=[terms(), german])
    wrong = pb.CreateSourceRequest(brand="lumen", source="two", connector="upload", upload_terms=twice)
    error = refused(lambda: house.admin().CreateSource(wrong))
    assert isinstance(error, Invalid)
    assert list(error.fields) == ["upload_terms.translations.0.language"]


@pytest.mark.parametrize("change", ["photo", "caption", "creator_name", "email", "consent", "alt_text"])
def test_a_key_that_was_used_for_another_upload_gives_no_link_away(house: House, share: pb.Source, change: str) -> None:
    house.creator().CreateUpload(upload_request(photo(3)))
    other: dict[str, object] = {"photo": b"no picture", "consent": False}
    again = upload_request(**{"photo": photo(3), change: other.get(change, "other@words.example")})
    error = refused(lambda: house.creator().CreateUpload(again))
    assert (type(error), error.reason) == (Conflict, "REQUEST_ID_REUSED")
    assert told(house.url) == ["captured 1", "media_ready 2"]


def test_the_topic_does_not_say_where_to_reach_an_uploader(house: House, share: pb.Source) -> None:
    house.creator().CreateUpload(upload_request(photo(3), email="noa@creators.example"))
    with house.work.database.transaction() as conn:
        said = [bytes(row[0]) for row in conn.execute("SELECT payload FROM outbox")]
    assert said
    assert not any(b"noa@creators.example" in each for each in said)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"consent": False}, "consent"),
        ({"terms_sha256": "0" * 64}, "terms_sha256"),
        ({"creator_name": "", "handle": ""}, "creator_name"),
        ({"email": "not an address"}, "email"),
        ({"request_id": "guessed-by-many"}, "request_id"),
        ({"photo": b"GIF89a but no picture"}, "photo"),
        ({"photo": b""}, "photo"),
    ],
)
def test_an_upload_that_cannot_be_taken_names_the_field(
    house: House, share: pb.Source, changes: dict[str, object], field: str
) -> None:
    error = refused(lambda: house.creator().CreateUpload(upload_request(**{"photo": photo(3), **changes})))
    assert isinstance(error, Invalid)
    assert list(error.fields) == [field]
    assert told(house.url) == []


def test_a_photo_that_is_too_large_is_told_apart(house: House, share: pb.Source) -> None:
    error = refused(lambda: house.creator().CreateUpload(upload_request(b"x" * 25_000_001)))
    assert isinstance(error, TooLarge)


def test_uploads_have_a_rate_for_each_address(house: House, share: pb.Source) -> None:
    def send(number: int, address: str) -> object:
        return refused(lambda: house.creator().CreateUpload(upload_request(b"", request_id="", client_address=address)))

    errors = [send(number, "203.0.113.9") for number in range(6)]
    assert [type(each) for each in errors] == [Invalid] * 5 + [Exhausted]
    assert getattr(errors[-1], "reason", "") == "RATE_LIMIT"
    assert isinstance(send(7, "203.0.113.10"), Invalid)
    errors = [send(number, f"2001:db8::{number}") for number in range(6)]
    assert [type(each) for each in errors] == [Invalid] * 5 + [Exhausted]


class Slow:
    """Reads pictures once it is told to go on, and says how many wait for that."""

    def __init__(self, decoder: Decoder) -> None:
        self.waiting, self.go_on = threading.Semaphore(0), threading.Event()
        self._decoder = decoder

    def decode(self, data: bytes, *, wait: float = 60) -> Decoded:
        self.waiting.release()
        assert self.go_on.wait(60)
        return self._decoder.decode(data, wait=wait)


def test_uploads_that_take_long_leave_room_for_everybody_else(house: House, share: pb.Source, decoder: Decoder) -> None:
    slow = Slow(decoder)
    uploading = Uploading(house.work, slow, house.area, quota=QUOTA, rate="100/minute")
    mount = [mounted(house.work, house.area, uploading, new_signing_secret)]
    with served(house.work.database, lambda _database: mount) as address:
        creator = IngestStub(as_service(address, "creator"))
        under_way = [creator.CreateUpload.future(upload_request(photo(3), request_id=""), timeout=60) for _ in range(4)]
        assert all(slow.waiting.acquire(timeout=60) for _ in range(4))
        error = refused(lambda: creator.CreateUpload(upload_request(photo(3), request_id="")))
        assert (type(error), error.reason) == (Exhausted, "BUSY")
        asked = IngestStub(as_member(address, ADMIN)).GetSource(pb.GetSourceRequest(brand="lumen", source="share"))
        assert asked.source == "share"
        slow.go_on.set()
        assert len({each.result(60).post for each in under_way}) == 4


def test_an_upload_does_not_wait_long_for_its_turn_to_be_read(
    house: House, share: pb.Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chorus.ingest.adapters.uploading._WAIT_SECONDS", 0.01)
    busy = Decoder(children=0)
    uploading = Uploading(house.work, busy, house.area, quota=QUOTA, rate="100/minute")
    mount = [mounted(house.work, house.area, uploading, new_signing_secret)]
    with served(house.work.database, lambda _database: mount) as address:
        error = refused(lambda: IngestStub(as_service(address, "creator")).CreateUpload(upload_request(photo(3))))
    assert (type(error), error.reason) == (Exhausted, "BUSY")


def test_a_brand_that_is_full_takes_no_uploads(house: House, share: pb.Source, decoder: Decoder) -> None:
    uploading = Uploading(house.work, decoder, house.area, quota=1_000, rate="5/minute")
    with served(
        house.work.database, lambda _database: [mounted(house.work, house.area, uploading, new_signing_secret)]
    ) as address:
        creator = IngestStub(as_service(address, "creator"))
        error = refused(lambda: creator.CreateUpload(upload_request(photo(3))))
    assert (type(error), error.reason) == (Exhausted, "STORAGE_QUOTA")
    assert list(house.area.list("private/")) == []


def test_a_brand_without_an_upload_page_takes_no_uploads(house: House) -> None:
    assert isinstance(refused(lambda: house.creator().CreateUpload(upload_request(b"x"))), NotFound)


def test_an_upload_source_needs_terms_that_hash_to_what_they_say(house: House) -> None:
    request = pb.CreateSourceRequest(brand="lumen", source="share", connector="upload")
    error = refused(lambda: house.admin().CreateSource(request))
    assert isinstance(error, Invalid)
    assert list(error.fields) == ["upload_terms"]
    request.upload_terms.terms.CopyFrom(terms())
    request.upload_terms.terms.text = "Other terms."
    error = refused(lambda: house.admin().CreateSource(request))
    assert isinstance(error, Invalid)
    assert set(error.fields) == {"upload_terms.terms.sha256", "upload_terms.scope.uses"}


def test_only_the_creator_door_may_upload(house: House, share: pb.Source) -> None:
    assert isinstance(refused(lambda: house.admin().CreateUpload(upload_request(b"x"))), Denied)
