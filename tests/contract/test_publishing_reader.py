"""The public edge over real HTTP: feeds, changes and pictures, and that they end everywhere at once."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from jsonschema import Draft202012Validator
from lxml import etree
from referencing import Registry, Resource

from chorus.errors import Unavailable
from chorus.platform.events import Record
from chorus.platform.parking import park
from chorus.platform.postgres import Database
from chorus.platform.secrets import sha256_hex
from chorus.platform.web import HttpServer, application
from chorus.publishing.adapters.changes import Changes
from chorus.publishing.adapters.lease_keeper import LeaseKeeper
from chorus.publishing.adapters.passes import Passes
from chorus.publishing.adapters.pictures import Pictures
from chorus.publishing.adapters.reader import Reader
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.adapters.sweeper import Sweeper
from chorus.publishing.adapters.views import pack
from chorus.publishing.adapters.watch import Watch
from chorus.publishing.app import FORMATS
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import Annotated, Collected, Ended, Reviewed
from chorus.publishing.domain.lease import Standing
from chorus.publishing.domain.post import Annotation
from chorus.publishing.domain.surface import Access, Rule
from chorus.publishing.formats.json_feed import document_of
from chorus.publishing.handlers import surfaces
from tests.contract.publishing_house import GRACE, PublishingHouse, prepared
from tests.engines.fixtures import MakeDatabase
from tests.serving import KEYS
from tests.unit.publishing.samples import BRAND, DAY, POST, SURFACE, grant

pytestmark = pytest.mark.postgres
PUBLIC_URL = "https://public.example"
FEED = f"/v1/{BRAND}/surfaces/{SURFACE}/feed.json"
ATOM = f"/v1/{BRAND}/surfaces/{SURFACE}/feed.atom"
CHANGES = f"/v1/{BRAND}/surfaces/{SURFACE}/changes"
SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"
CEILING_SECONDS = 60.0
WRONG = [
    ("/v1/lumen/surfaces/nowhere/feed.json", 404),
    ("/v1/other/surfaces/home-wall/feed.json", 404),
    ("/v1/lumen/surfaces/home-wall/feed.rss", 404),
    ("/media/pk-home-wall/nothing/m1-640.jpg", 404),
    ("/media/../../etc/passwd", 404),
    ("/nothing", 404),
    (f"{FEED}?cursor=garbage", 400),
    (f"{FEED}?cursor=WzFd", 400),
    (f"{FEED}?limit=0", 422),
    (f"{FEED}?limit=many", 422),
    (f"{CHANGES}?since=garbage", 400),
    (f"{CHANGES}?since=WzldXQ", 400),
]


class ReaderProcess:
    """What a process in the role `read` runs, with a database pool and a server of its own."""

    def __init__(self, url: str, house: PublishingHouse, *, grace: float = GRACE) -> None:
        """Begin to read and to serve."""
        self.database = Database(url)
        self.watch = Watch(self.database, FORMATS, public_url=PUBLIC_URL, bound=30, grace=grace)
        reader = Reader(
            self.watch,
            FORMATS,
            Pictures(house.public),
            Changes(self.database, PUBLIC_URL, document_of),
            pack(b"customElements.define()", "text/javascript"),
            Passes(KEYS),
        )
        self._server = HttpServer(application([], {}, inner=reader), "127.0.0.1:0", at_once=reader.at_once)
        self._server.start()
        self.watch.start()
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self._server.port}", timeout=30)
        until(lambda: self.get(FEED).status_code in {200, 401})

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask, as a client that takes no compression unless it says so."""
        return self.http.get(path, headers={"accept-encoding": "identity", **headers})

    def items(self, path: str = FEED) -> list[dict[str, Any]]:
        """Read the feed's items."""
        found: list[dict[str, Any]] = self.get(path).json()["items"]
        return found

    def close(self) -> None:
        """Stop as a process does."""
        self.http.close()
        self.watch.stop()
        self._server.stop(5)
        self.database.close()


@dataclass
class Scene:
    """A house with one surface and one reader; `another` starts another reader."""

    house: PublishingHouse
    reader: ReaderProcess
    another: Callable[[], ReaderProcess]


def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true, with a generous ceiling."""
    end = time.monotonic() + CEILING_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.02)


@pytest.fixture
def scene(make_database: MakeDatabase, tmp_path: Path) -> Iterator[Scene]:
    """A house whose surface is public and takes everything."""
    yield from _scene(make_database("publishing", prepared), tmp_path)


@pytest.fixture
def keyed(make_database: MakeDatabase, tmp_path: Path) -> Iterator[Scene]:
    """A house whose surface needs the key "sesame"."""
    yield from _scene(make_database("publishing", prepared), tmp_path, Access.KEY, key_sha256=sha256_hex("sesame"))


@pytest.fixture
def collected(make_database: MakeDatabase, tmp_path: Path) -> Iterator[Scene]:
    """A house whose surface shows the collection "spring"."""
    yield from _scene(make_database("publishing", prepared), tmp_path, rule=Rule(collection="spring"))


def _scene(
    url: str, folder: Path, access: Access = Access.PUBLIC, rule: Rule | None = None, key_sha256: str = ""
) -> Iterator[Scene]:
    house = PublishingHouse(url, folder)
    house.surface(rule=rule, access=access, key_sha256=key_sha256)
    readers = [ReaderProcess(url, house)]

    def another() -> ReaderProcess:
        readers.append(ReaderProcess(url, house))
        return readers[-1]

    yield Scene(house, readers[0], another)
    for each in readers:
        each.close()
    house.close()


def shown(reader: ReaderProcess, *posts: str) -> Callable[[], bool]:
    def holds() -> bool:
        answer = reader.get(FEED)
        found = answer.json()["items"] if answer.status_code == 200 else [{"_chorus": {"post_id": "held"}}]
        return sorted(item["_chorus"]["post_id"] for item in found) == sorted(posts)

    return holds


def media_path(item: dict[str, Any]) -> str:
    return str(item["image"]).removeprefix(PUBLIC_URL)


def schema_problems(name: str, document: object) -> list[str]:
    schemas = {path.name.split(".")[0]: json.loads(path.read_text()) for path in SCHEMAS.glob("*.json")}
    registry: Registry[Any] = Registry().with_resources(
        (each["$id"], Resource.from_contents(each)) for each in schemas.values()
    )
    found = Draft202012Validator(schemas[name], registry=registry).iter_errors(document)
    return [f"{each.json_path}: {each.message}" for each in found]


def test_the_feed_holds_what_is_live_as_its_schema_says(scene: Scene) -> None:
    scene.house.approved(POST)
    scene.house.work()
    until(shown(scene.reader, POST))
    answer = scene.reader.get(FEED)
    assert answer.headers["content-type"].startswith("application/feed+json")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert schema_problems("feed", answer.json()) == []
    (item,) = answer.json()["items"]
    assert item["_chorus"]["credit"] == "Photo: Mira Example (@mira@mastodon.example)"
    assert item["attachments"][0]["size_in_bytes"] > 1000
    assert item["_chorus"]["mine_url"].endswith(f"/{BRAND}/mine?item={item['id']}")
    assert [each["width"] for each in item["_chorus"]["media"][0]["renditions"]] == [1080, 1080, 640, 640, 320, 320]


def test_the_atom_feed_says_the_same_with_media_rss(scene: Scene) -> None:
    scene.house.approved(POST)
    scene.house.work()
    until(shown(scene.reader, POST))
    answer = scene.reader.get(ATOM)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = etree.fromstring(answer.content)
    names = {"a": "http://www.w3.org/2005/Atom", "m": "http://search.yahoo.com/mrss/"}
    assert root.xpath("count(//m:group/m:content)", namespaces=names) == 6
    assert root.xpath("string(//m:description)", namespaces=names) == "A brass lamp"
    assert root.xpath("string(//a:entry/a:content)", namespaces=names) == "Blue hour"


def test_every_rendition_of_the_feed_can_be_fetched(scene: Scene) -> None:
    scene.house.approved(POST)
    scene.house.work()
    until(shown(scene.reader, POST))
    for each in scene.reader.items()[0]["_chorus"]["media"][0]["renditions"]:
        answer = scene.reader.get(each["url"].removeprefix(PUBLIC_URL))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == each["type"]
        assert "immutable" not in answer.headers["cache-control"]
        known = {"if-none-match": answer.headers["etag"]}
        assert scene.reader.get(each["url"].removeprefix(PUBLIC_URL), **known).status_code == 304


def test_an_unchanged_feed_costs_a_304_and_is_packed_where_that_is_accepted(scene: Scene) -> None:
    plain = scene.reader.get(FEED)
    again = scene.reader.get(FEED, **{"if-none-match": plain.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with scene.reader.http.stream("GET", FEED, headers={"accept-encoding": "br, gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(raw) == plain.content
        weak = f"W/{packed.headers['etag']}"
    assert scene.reader.get(FEED, **{"if-none-match": f'"x", {weak}'}).status_code == 304
    scene.house.approved(POST)
    scene.house.work()
    until(lambda: scene.reader.get(FEED, **{"if-none-match": plain.headers["etag"]}).status_code == 200)


def test_pages_follow_each_other_newest_first_and_meet_every_item_once(scene: Scene) -> None:
    names = [f"post-{number}" for number in range(7)]
    for name in names:
        scene.house.approved(name)
        scene.house.work()
    until(shown(scene.reader, *names))
    seen, path = [], f"{FEED}?limit=3"
    while path:
        page = scene.reader.get(path).json()
        seen += [item["_chorus"]["post_id"] for item in page["items"]]
        path = page.get("next_url", "").removeprefix(PUBLIC_URL)
    assert seen == names[::-1]


def test_a_collection_is_shown_in_its_order(collected: Scene) -> None:
    def order() -> list[str]:
        return [item["_chorus"]["post_id"] for item in collected.reader.items()]

    for name, rank in (("a", 3.0), ("b", 1.0), ("c", 2.0)):
        collected.house.approved(name)
        collected.house.hear(name, Collected("spring", rank))
        collected.house.work()
    until(shown(collected.reader, "a", "b", "c"))
    assert order() == ["b", "c", "a"]
    collected.house.hear("a", Collected("spring", 0.5))
    until(lambda: order() == ["a", "b", "c"])


def test_two_readers_both_stop_showing_a_revoked_post_and_its_pictures(scene: Scene) -> None:
    other = scene.another()
    scene.house.approved(POST)
    scene.house.work()
    until(shown(scene.reader, POST))
    until(shown(other, POST))
    path = media_path(scene.reader.items()[0])
    assert [each.get(path).status_code for each in (scene.reader, other)] == [200, 200]
    scene.house.hear(POST, Ended(f"g-{POST}", GrantState.REVOKED))
    # The objects still lie there: it is the row that decides.
    assert len(scene.house.lying_public()) == 6
    for each in (scene.reader, other):
        until(shown(each))
        until(lambda reader=each: reader.get(path).status_code == 404)  # type: ignore[misc]
    scene.house.work()
    assert scene.house.lying_public() == []


def test_changes_tell_who_copies_posts_of_everything_in_order(scene: Scene) -> None:
    start = scene.reader.get(CHANGES).json()
    assert start["changes"] == []
    scene.house.approved(POST)
    scene.house.work()
    scene.house.hear(POST, Annotated("m1", Annotation("A lamp at dusk", 0.5, 0.5)))
    until(lambda: len(scene.reader.get(f"{CHANGES}?since={start['cursor']}").json()["changes"]) == 2)
    first = scene.reader.get(f"{CHANGES}?since={start['cursor']}").json()
    assert schema_problems("changes", first) == []
    assert [each["type"] for each in first["changes"]] == ["placed", "updated"]
    assert first["changes"][1]["item"]["_chorus"]["media"][0]["alt"] == "A lamp at dusk"
    [told, again] = [each["item"]["_chorus"]["mine_url"] for each in first["changes"]]
    assert told == again == scene.reader.items()[0]["_chorus"]["mine_url"]
    scene.house.hear(POST, Reviewed(None))
    scene.house.work()
    until(lambda: bool(scene.reader.get(f"{CHANGES}?since={first['cursor']}").json()["changes"]))
    last = scene.reader.get(f"{CHANGES}?since={first['cursor']}").json()
    assert schema_problems("changes", last) == []
    assert [(each["type"], each["reason"]) for each in last["changes"]] == [("withdrawn", "unapproved")]
    everything = scene.reader.get(CHANGES).json()
    assert [each["type"] for each in everything["changes"]] == ["placed", "updated", "withdrawn"]
    assert "item" not in everything["changes"][0]


def test_a_cursor_from_before_what_is_kept_is_refused(scene: Scene) -> None:
    start = scene.reader.get(CHANGES).json()["cursor"]
    scene.house.approved(POST)
    scene.house.work()
    Sweeper(scene.house.database, scene.house.area).forget(datetime.now(UTC) + DAY)
    answer = scene.reader.get(f"{CHANGES}?since={start}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert scene.reader.get(CHANGES).json()["changes"] == []


def test_what_does_not_exist_or_cannot_be_is_a_problem_document(scene: Scene) -> None:
    for path, status in WRONG:
        answer = scene.reader.get(path)
        assert (path, answer.status_code) == (path, status)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.json()["title"]


def test_only_reading_is_possible_and_any_origin_may(scene: Scene) -> None:
    assert scene.reader.http.post(FEED).status_code == 405
    assert scene.reader.http.delete(FEED).headers["allow"] == "GET, HEAD, OPTIONS"
    asked = scene.reader.http.options(FEED, headers={"origin": "https://shop.example"})
    assert asked.status_code == 204
    assert "Authorization" in asked.headers["access-control-allow-headers"]
    head = scene.reader.http.head(FEED, headers={"accept-encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(scene.reader.get(FEED).content)


def test_the_gallery_element_is_served_with_an_etag(scene: Scene) -> None:
    answer = scene.reader.get("/gallery/chorus-gallery.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    again = scene.reader.get("/gallery/chorus-gallery.js", **{"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_surface_with_a_key_is_read_with_it_only(keyed: Scene) -> None:
    assert keyed.reader.get(FEED).status_code == 401
    assert keyed.reader.get(CHANGES).status_code == 401
    assert keyed.reader.get(FEED).headers["www-authenticate"].startswith("Bearer")
    assert keyed.reader.get(FEED, authorization="Bearer wrong").status_code == 401
    answer = keyed.reader.get(FEED, authorization="Bearer sesame")
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("private")
    assert keyed.reader.get(f"{FEED}?key=sesame").status_code == 200
    with keyed.house.database.transaction() as conn:
        store = PostgresStore(conn)
        surfaces.rotate_key(store, BRAND, SURFACE, key_sha256=sha256_hex("other"), now=datetime.now(UTC))
    until(lambda: keyed.reader.get(FEED, authorization="Bearer sesame").status_code == 401)


def test_what_needs_a_key_tells_nobody_where_to_say_that_it_is_ones_own(keyed: Scene) -> None:
    keyed.house.approved(POST)
    keyed.house.work()
    until(lambda: bool(keyed.reader.items(f"{FEED}?key=sesame")))
    [shown] = keyed.reader.items(f"{FEED}?key=sesame")
    [placed] = keyed.reader.get(f"{CHANGES}?key=sesame").json()["changes"]
    assert "mine_url" not in shown["_chorus"]
    assert "mine_url" not in placed["item"]["_chorus"]


def test_a_paused_surface_is_an_empty_feed_and_withdrawn_changes(scene: Scene) -> None:
    scene.house.approved(POST)
    scene.house.work()
    until(shown(scene.reader, POST))
    with scene.house.database.transaction() as conn:
        surfaces.pause(PostgresStore(conn), BRAND, SURFACE, now=datetime.now(UTC))
    until(shown(scene.reader))
    scene.house.work()
    assert scene.reader.get(CHANGES).json()["changes"][-1]["reason"] == "surface-changed"


def test_an_item_leaves_at_the_end_of_its_grant_by_the_readers_own_clock(scene: Scene) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=5)
    scene.house.approved(POST, by=replace(grant(f"g-{POST}"), valid_until=ends))
    scene.house.approved("other")
    scene.house.work()
    until(shown(scene.reader, POST, "other"))
    item = next(each for each in scene.reader.items() if each["_chorus"]["post_id"] == POST)
    assert item["_chorus"]["valid_until"].startswith(ends.isoformat()[:19])
    answer = scene.reader.get(media_path(item))
    assert int(answer.headers["cache-control"].rpartition("=")[2]) <= 5
    # Nobody settles anything meanwhile: the reader alone.
    until(shown(scene.reader, "other"))
    assert datetime.now(UTC) >= ends
    assert scene.reader.get(media_path(item)).status_code == 404
    assert scene.house.states() == ["live", "live"]


def test_when_rights_is_lost_feed_and_pictures_are_held_not_empty(scene: Scene) -> None:
    scene.house.approved(POST)
    scene.house.work()
    until(shown(scene.reader, POST))
    path = media_path(scene.reader.items()[0])
    scene.house.rights_known(GRACE + 10)
    for each in (FEED, ATOM, CHANGES, path):
        until(lambda held=each: scene.reader.get(held).status_code == 503)  # type: ignore[misc]
        assert scene.reader.get(each).headers["cache-control"] == "no-store"
    keeper = LeaseKeeper(scene.house.database, NobodyAnswers(), grace=GRACE)
    keeper._since = float("-inf")
    keeper.look()
    assert scene.house.column("hold") == ["lease"]
    assert scene.house.told() == ["placed", "held"]
    scene.house.rights_known()
    keeper.look()
    until(shown(scene.reader, POST))
    assert scene.reader.get(path).status_code == 200
    assert scene.house.told() == ["placed", "held", "placed"]
    assert [each["type"] for each in scene.reader.get(CHANGES).json()["changes"]] == ["placed"]


def test_an_empty_surface_is_empty_whatever_is_known_of_rights(scene: Scene) -> None:
    scene.house.rights_known(float("inf"))
    scene.reader.watch.look()
    assert scene.reader.items() == []


def test_a_silent_rights_is_asked_and_what_it_says_is_over_leaves(scene: Scene) -> None:
    for name in ("kept", "gone"):
        scene.house.approved(name)
    scene.house.work()
    until(shown(scene.reader, "kept", "gone"))
    scene.house.rights_known(60)
    keeper = LeaseKeeper(scene.house.database, Answers(active={"g-kept"}, ended={"g-gone"}), grace=GRACE)
    keeper._since = float("-inf")
    keeper.look()
    until(shown(scene.reader, "kept"))
    assert scene.house.column("ending") in (["revoked", None], [None, "revoked"])


def test_a_grant_that_rights_does_not_know_is_held_and_not_revoked(scene: Scene) -> None:
    for name in ("kept", "lost"):
        scene.house.approved(name)
    scene.house.work()
    until(shown(scene.reader, "kept", "lost"))
    scene.house.rights_known(60)
    keeper = LeaseKeeper(scene.house.database, Answers(active={"g-kept"}), grace=GRACE)
    keeper._since = float("-inf")
    keeper.look()
    assert sorted(scene.house.states()) == ["held", "live"]
    until(lambda: scene.reader.get(FEED).status_code == 503)
    scene.house.rights_known()
    keeper.look()
    until(shown(scene.reader, "kept", "lost"))
    assert [each["type"] for each in scene.reader.get(CHANGES).json()["changes"]] == ["placed", "placed"]


def test_a_parked_fact_takes_its_post_out_of_the_feed_and_no_other(scene: Scene) -> None:
    for name in ("fine", "poisoned"):
        scene.house.approved(name)
    scene.house.work()
    until(shown(scene.reader, "fine", "poisoned"))
    poisoned = next(each for each in scene.reader.items() if each["_chorus"]["post_id"] == "poisoned")
    with scene.house.database.transaction() as conn:
        park(conn, Record("chorus.rights.v1", 0, 1, f"{BRAND}/poisoned", b"?", {}), "could not be read")
    keeper = LeaseKeeper(scene.house.database, NobodyAnswers(), grace=GRACE)
    keeper.look()
    until(shown(scene.reader, "fine"))
    assert scene.reader.get(media_path(poisoned)).status_code == 503
    assert [each["type"] for each in scene.reader.get(CHANGES).json()["changes"]] == ["placed", "placed"]
    with scene.house.database.transaction() as conn:
        conn.execute("UPDATE parked SET settled_at = now()")
    keeper.look()
    until(shown(scene.reader, "fine", "poisoned"))


def test_a_reader_that_cannot_check_stops_to_show(scene: Scene) -> None:
    scene.house.approved(POST)
    scene.house.work()
    until(shown(scene.reader, POST))
    scene.reader.watch.stop()
    scene.reader.watch.trust = replace(scene.reader.watch.trust, asked=time.monotonic() - 0.001)
    assert scene.reader.get(FEED).status_code == 503


class NobodyAnswers:
    """Rights, when it is down."""

    def standing(self, grants: list[str]) -> Standing:
        raise Unavailable(str(grants), reason="RIGHTS_DOWN")


class Answers:
    """Rights, when these grants stand and those are over."""

    def __init__(self, *, active: set[str], ended: Iterable[str] = ()) -> None:
        """Keep them."""
        self._standing = Standing(frozenset(active), frozenset(ended))

    def standing(self, grants: list[str]) -> Standing:
        return Standing(self._standing.active & set(grants), self._standing.ended & set(grants))
