"""The store of ingest keeps its contract, in memory and in PostgreSQL, and so do the handlers on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from chorus.errors import Conflict, Exhausted, NotFound
from chorus.ingest.adapters.store import PostgresStore
from chorus.ingest.domain.media import Duplicate, Media, StoredObject
from chorus.ingest.domain.picture import Decoded
from chorus.ingest.domain.post import KnownPicture, PostKey
from chorus.ingest.handlers import checks, looks, media, sources, uploads
from chorus.ingest.handlers.capture import Origin, capture, delete
from chorus.ingest.handlers.checks import Rhythm
from chorus.ingest.handlers.retention import WITHDRAWN_KEPT, forget, forget_withdrawn
from chorus.ingest.handlers.uploads import NewUpload
from chorus.ingest.ports import Check, Look, PolledSettings, Presence, Store
from chorus.platform.facts import parse
from chorus.platform.postgres import Database
from chorus.platform.secrets import Vault
from tests.engines.postgres import Postgres
from tests.serving import KEYS
from tests.unit.ingest.database import empty, ingest_database
from tests.unit.ingest.fakes import FakeArea, FakeStore
from tests.unit.ingest.samples import (
    BRAND,
    FEED,
    MINUTE,
    NOW,
    OTHER,
    SAID,
    details,
    ids,
    key,
    sighting,
    source,
    upload,
    upload_terms,
    work,
)

Work = Callable[[], AbstractContextManager[Store]]
SETTINGS = PolledSettings()
VAULT = Vault(KEYS)


@dataclass
class Stores:
    """Begins transactions, and names the facts that were told, by post: "captured 1"."""

    work: Work
    told: Callable[[], list[str]]


@pytest.fixture(scope="module")
def database(postgres_server: Postgres) -> Iterator[Database]:
    """One database for all of these tests, emptied before each: a fresh one would take longer than the test."""
    with ingest_database(postgres_server) as database:
        yield database


@pytest.fixture(params=["fake", pytest.param("postgres", marks=pytest.mark.postgres)])
def stores(request: pytest.FixtureRequest) -> Stores:
    """The same suite over both."""
    if request.param == "fake":
        return _fake()
    database: Database = request.getfixturevalue("database")
    empty(database)
    return _real(database)


def _fake() -> Stores:
    store = FakeStore()

    @contextmanager
    def begin() -> Iterator[Store]:
        yield store

    return Stores(begin, lambda: list(store.told))


def _real(database: Database) -> Stores:
    @contextmanager
    def begin() -> Iterator[Store]:
        with database.transaction() as conn:
            yield PostgresStore(conn)

    def told() -> list[str]:
        with database.transaction() as conn:
            events = [parse(*row) for row in conn.execute("SELECT topic, payload FROM outbox ORDER BY id")]
        return [f"{event.WhichOneof('fact')} {event.meta.seq}" for event in events]  # type: ignore[attr-defined]  # every event has meta

    return Stores(begin, told)


@pytest.fixture
def new_id() -> Callable[[], str]:
    return ids()


def results(stores: Stores, origin: Origin, new_id: Callable[[], str], *reports: object) -> list[str]:
    """Capture reports in a transaction of their own, and say what became of each."""
    with stores.work() as store:
        return [each.result for each in capture(store, origin, reports, now=NOW, new_id=new_id)]  # type: ignore[arg-type]  # sightings


def test_a_post_is_accepted_once_however_often_it_is_reported(stores: Stores, new_id: Callable[[], str]) -> None:
    assert results(stores, FEED, new_id, sighting(1), sighting(2)) == ["accepted", "accepted"]
    assert results(stores, FEED, new_id, sighting(2), sighting(3), sighting(1)) == [
        "duplicate",
        "accepted",
        "duplicate",
    ]
    assert stores.told() == ["captured 1"] * 3


def test_a_post_reported_twice_at_once_is_one_post(stores: Stores, new_id: Callable[[], str]) -> None:
    assert results(stores, FEED, new_id, sighting(1), sighting(1)) == ["duplicate", "accepted"]
    assert stores.told() == ["captured 1"]


def test_the_same_platform_id_in_another_brand_is_another_post(stores: Stores, new_id: Callable[[], str]) -> None:
    other_brand = Origin("halo", "letter", "feed", asked_again=True)
    assert results(stores, FEED, new_id, sighting(1)) == ["accepted"]
    assert results(stores, other_brand, new_id, sighting(1)) == ["accepted"]


def test_what_is_known_of_a_post_is_read_back(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a", "b"))
    with stores.work() as store:
        known = store.known(BRAND, [key(1), key(2)])
    post = known[key(1)]
    assert set(known) == {key(1)}
    assert (post.source, post.sources, post.text, post.revision) == ("letter", ("letter",), "Blue hour", 1)
    assert [each.identity for each in post.pictures] == [f"https://lamps.example/{name}.jpg" for name in "ab"]
    assert not post.withdrawn


def test_a_post_says_which_known_post_of_its_brand_it_answers(stores: Stores, new_id: Callable[[], str]) -> None:
    elsewhere = Origin("halo", "letter", "feed", asked_again=True)
    results(stores, FEED, new_id, sighting(1))
    results(stores, elsewhere, new_id, sighting(2))
    known, unknown = replace(sighting(3), in_reply_to=key(1)), replace(sighting(4), in_reply_to=key(2))
    with stores.work() as store:
        assert store.post_ids(BRAND, [key(1), key(2)]) == {key(1): "id000001"}
        assert store.post_ids(BRAND, []) == {}
        said: list[str] = []
        store.tell_captured = lambda *told: said.extend(fact.in_reply_to for _, fact in told[1])  # type: ignore[method-assign]  # listened in on
        capture(store, FEED, [known, unknown], now=NOW, new_id=new_id)
    assert said == ["id000001", ""]


def test_a_changed_text_is_a_new_revision_that_keeps_its_pictures(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a"))
    assert results(stores, FEED, new_id, sighting(1, "Golden hour", "a")) == ["edited"]
    with stores.work() as store:
        post = store.known(BRAND, [key(1)])[key(1)]
        (view,) = store.posts(BRAND, [post.post])
    assert [each.text for each in view.revisions] == ["Blue hour", "Golden hour"]
    assert view.revisions[0].media == view.revisions[1].media
    assert stores.told() == ["captured 1", "edited 2"]


def test_a_changed_picture_gets_an_id_of_its_own(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a", "b"))
    assert results(stores, FEED, new_id, sighting(1, "Blue hour", "b", "c")) == ["edited"]
    with stores.work() as store:
        post = store.known(BRAND, [key(1)])[key(1)]
        (view,) = store.posts(BRAND, [post.post])
    first, second = ([each.media for each in revision.media] for revision in view.revisions)
    assert second[0] == first[1]
    assert second[1] not in first
    assert post.pictures == tuple(
        KnownPicture(media, f"https://lamps.example/{name}.jpg") for media, name in zip(second, "bc", strict=True)
    )


def test_a_late_report_of_an_older_version_undoes_no_edit(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour"))
    assert results(stores, FEED, new_id, sighting(1, "Golden hour", edited=NOW)) == ["edited"]
    assert results(stores, FEED, new_id, sighting(1, "Blue hour")) == ["duplicate"]
    assert results(stores, FEED, new_id, sighting(1, "Grey hour", edited=NOW - MINUTE)) == ["duplicate"]


def test_another_source_adds_a_sighting_and_speaks_only_for_later_edits(
    stores: Stores, new_id: Callable[[], str]
) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour"))
    assert results(stores, OTHER, new_id, sighting(1, "Blue hour!")) == ["duplicate"]
    assert results(stores, OTHER, new_id, sighting(1, "Blue hour?")) == ["duplicate"]
    assert results(stores, OTHER, new_id, sighting(1, "Golden hour", edited=NOW)) == ["edited"]
    with stores.work() as store:
        assert store.known(BRAND, [key(1)])[key(1)].sources == ("letter", "press")
    assert stores.told() == ["captured 1", "signals 2", "edited 3"]


def test_a_deletion_is_final(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1))
    with stores.work() as store:
        assert [each.result for each in delete(store, FEED, [key(1)], now=NOW)] == ["withdrawn"]
        delete(store, FEED, [key(1)], now=NOW)
    assert results(stores, FEED, new_id, sighting(1, "Back again")) == ["withdrawn"]
    assert stores.told() == ["captured 1", "withdrawn 2"]


def test_only_the_source_that_reported_a_post_first_can_delete_it(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1))
    results(stores, OTHER, new_id, sighting(1))
    with stores.work() as store:
        assert [each.result for each in delete(store, OTHER, [key(1)], now=NOW)] == ["unknown"]
        assert [each.result for each in delete(store, FEED, [key(1)], now=NOW)] == ["withdrawn"]
    assert stores.told() == ["captured 1", "signals 2", "withdrawn 3"]


def test_another_source_cannot_give_a_post_to_another_account(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1))
    stolen = replace(sighting(1, "Mine", edited=NOW), account=replace(sighting(1).account, id="https://taker.example/"))
    assert results(stores, OTHER, new_id, stolen) == ["duplicate"]
    with stores.work() as store:
        (view,) = store.posts(BRAND, [store.known(BRAND, [key(1)])[key(1)].post])
    assert (view.account, [each.text for each in view.revisions]) == (sighting(1).account, ["Blue hour"])


def test_what_was_deleted_before_it_was_delivered_never_appears(stores: Stores, new_id: Callable[[], str]) -> None:
    with stores.work() as store:
        delete(store, FEED, [key(1)], now=NOW)
    assert results(stores, FEED, new_id, sighting(1)) == ["unknown"]
    assert results(stores, OTHER, new_id, sighting(1)) == ["accepted"]


def test_a_post_is_shown_with_everything(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a"))
    with stores.work() as store:
        post = store.known(BRAND, [key(1)])[key(1)]
        (view,) = store.posts(BRAND, [post.post, "unknown"])
        assert store.posts("halo", [post.post]) == []
    said = sighting(1, "Blue hour", "a")
    assert (view.key, view.account, view.permalink) == (said.key, said.account, said.permalink)
    assert (view.source, view.connector, view.sources) == ("letter", "feed", ("letter",))
    assert (view.posted_at, view.captured_at, view.withdrawn) == (said.posted_at, NOW, False)
    assert view.revisions[0].hashtags == ("lumen",)
    assert view.revisions[0].media == (Media(post.pictures[0].media, "Alt of a"),)


def test_an_account_that_changed_its_handle_stays_the_same_account(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1))
    renamed = replace(sighting(2), account=replace(sighting(2).account, handle="@mira-new"))
    results(stores, FEED, new_id, renamed)
    with stores.work() as store:
        first = store.known(BRAND, [key(1)])[key(1)]
        (view,) = store.posts(BRAND, [first.post])
    assert view.account.handle == "@mira-new"


# ------------------------------------------------------------------------------------------------------------ sources


def test_an_id_of_a_source_is_never_given_twice(stores: Stores) -> None:
    with stores.work() as store:
        assert store.add_source(source())
        assert not store.add_source(source())
        assert store.remove_source(BRAND, "letter", NOW)
        assert not store.remove_source(BRAND, "letter", NOW)
        assert store.source(BRAND, "letter") is None
        assert not store.add_source(source())


def test_sources_are_listed_by_id_and_connector(stores: Stores) -> None:
    made = [source(name) for name in ("c", "a", "b")] + [source("d", connector="webhook", next_look_at=None)]
    with stores.work() as store:
        for each in made:
            store.add_source(each)
        assert [each.source for each in store.sources(BRAND, "", "", 3)] == ["a", "b", "c"]
        assert [each.source for each in store.sources(BRAND, "", "c", 3)] == ["d"]
        assert [each.source for each in store.sources(BRAND, "webhook", "", 3)] == ["d"]
        assert store.sources("halo", "", "", 3) == []
        assert store.source(BRAND, "a") == made[1]


def test_a_source_that_is_due_is_taken_by_one_at_a_time(stores: Stores) -> None:
    with stores.work() as store:
        for each in (source("due"), source("later", next_look_at=NOW + MINUTE), source("paused", paused=True)):
            store.add_source(each)
    with stores.work() as store:
        assert [each.source for each in looks.claim(store, now=NOW, limit=5)] == ["due"]
    with stores.work() as store:
        assert looks.claim(store, now=NOW, limit=5) == []
        assert {each.source for each in looks.claim(store, now=NOW + looks.LEASE, limit=5)} == {"due", "later"}


def test_a_look_captures_and_remembers_where_to_go_on(stores: Stores, new_id: Callable[[], str]) -> None:
    with stores.work() as store:
        store.add_source(source())
        (claimed,) = looks.claim(store, now=NOW, limit=1)
    look = Look([sighting(1), sighting(2)], state={"etag": "1"})
    with stores.work() as store:
        looks.found(store, claimed, SETTINGS, look, now=NOW, new_id=new_id, chance=0.5)
    with stores.work() as store:
        found = sources.get(store, BRAND, "letter")
        activity = sources.activity_of(store, BRAND, [found], now=NOW)["letter"]
    assert found.state == {"etag": "1"}
    assert (found.last_look_at, found.next_look_at) == (NOW, NOW + timedelta(seconds=300))
    assert activity.posts == 2
    assert activity.a_day(NOW.date())[-1] == 2


def test_a_failing_source_says_why_and_waits_longer_each_time(stores: Stores, new_id: Callable[[], str]) -> None:
    with stores.work() as store:
        store.add_source(source())
    waits, at = [], NOW
    for _ in range(6):
        with stores.work() as store:
            (claimed,) = looks.claim(store, now=at, limit=1)
            failure = looks.Failure("There is nothing at this address (404): check it.")
            looks.failed(store, claimed, SETTINGS, failure, now=at, chance=0.5)
            found = sources.get(store, BRAND, "letter")
        assert found.next_look_at is not None
        waits.append((found.next_look_at - at).total_seconds())
        at = found.next_look_at
    assert waits == [600, 1200, 2400, 3600, 3600, 3600]
    assert (found.failures, found.failing_since) == (6, NOW)
    assert "404" in found.last_error
    with stores.work() as store:
        (claimed,) = looks.claim(store, now=at, limit=1)
        looks.found(store, claimed, SETTINGS, Look(), now=at, new_id=new_id, chance=0.5)
        well = sources.get(store, BRAND, "letter")
    assert (well.failures, well.failing_since, well.last_error) == (0, None, "")


def test_looking_now_while_a_look_is_under_way_looks_once_more(stores: Stores, new_id: Callable[[], str]) -> None:
    with stores.work() as store:
        store.add_source(source())
        (claimed,) = looks.claim(store, now=NOW, limit=1)
        sources.look_now(store, BRAND, "letter", now=NOW + MINUTE)
        looks.found(store, claimed, SETTINGS, Look(), now=NOW + MINUTE, new_id=new_id, chance=0.5)
        assert len(looks.claim(store, now=NOW + MINUTE, limit=1)) == 1


def test_a_look_at_settings_that_changed_meanwhile_counts_for_nothing(
    stores: Stores, new_id: Callable[[], str]
) -> None:
    with stores.work() as store:
        store.add_source(source())
        (claimed,) = looks.claim(store, now=NOW, limit=1)
        store.save_source(replace(claimed, settings={"url": "https://lamps.example/other"}))
        looks.found(
            store, claimed, SETTINGS, Look([sighting(1)], state={"etag": "1"}), now=NOW, new_id=new_id, chance=0.5
        )
        assert sources.get(store, BRAND, "letter").state == {}
        assert len(looks.claim(store, now=NOW, limit=1)) == 1
    assert stores.told() == []


def test_a_brand_is_known_once_it_was_heard_of(stores: Stores) -> None:
    with stores.work() as store:
        assert not store.has_brand(BRAND)


# --------------------------------------------------------------------------------------------------- asking once more


def _captured_and_due(stores: Stores, new_id: Callable[[], str]) -> Check:
    with stores.work() as store:
        store.add_source(source())
        capture(store, FEED, [sighting(1)], now=NOW, new_id=new_id)
        assert checks.claim(store, source(), now=NOW + MINUTE, budget=5) == []
        (due,) = checks.claim(store, source(), now=NOW + 60 * MINUTE, budget=5)
        assert checks.claim(store, source(), now=NOW + 60 * MINUTE, budget=5) == []
    return due


def test_a_post_is_gone_when_it_was_missing_twice_ten_minutes_apart(stores: Stores, new_id: Callable[[], str]) -> None:
    due = _captured_and_due(stores, new_id)
    asked = [NOW + minutes * MINUTE for minutes in (60, 65, 70)]
    for at in asked:
        with stores.work() as store:
            checks.answered(store, source(), due, Presence.GONE, now=at, new_id=new_id, rhythm=Rhythm(0.5))
        if at is not asked[-1]:
            assert stores.told() == ["captured 1"]
            due = replace(due, gone_since=asked[0])
    assert stores.told() == ["captured 1", "withdrawn 2"]


def test_a_post_that_came_back_between_two_misses_is_not_gone(stores: Stores, new_id: Callable[[], str]) -> None:
    due = _captured_and_due(stores, new_id)
    with stores.work() as store:
        checks.answered(store, source(), due, Presence.GONE, now=NOW, new_id=new_id, rhythm=Rhythm(0.5))
        checks.answered(store, source(), due, Presence.HERE, now=NOW, new_id=new_id, rhythm=Rhythm(0.5))
        (again,) = checks.claim(store, source(), now=NOW + 60 * MINUTE, budget=1)
    assert again.gone_since is None


def test_an_answer_that_tells_nothing_changes_nothing(stores: Stores, new_id: Callable[[], str]) -> None:
    due = _captured_and_due(stores, new_id)
    with stores.work() as store:
        checks.answered(store, source(), due, Presence.GONE, now=NOW, new_id=new_id, rhythm=Rhythm(0.5))
        missing = replace(due, gone_since=NOW)
        checks.answered(store, source(), missing, Presence.UNKNOWN, now=NOW, new_id=new_id, rhythm=Rhythm(0.5))
        (again,) = checks.claim(store, source(), now=NOW + 60 * MINUTE, budget=1)
    assert again.gone_since == NOW


def test_asking_again_finds_edits(stores: Stores, new_id: Callable[[], str]) -> None:
    due = _captured_and_due(stores, new_id)
    with stores.work() as store:
        checks.answered(store, source(), due, sighting(1, "Golden hour"), now=NOW, new_id=new_id, rhythm=Rhythm(0.5))
    assert stores.told() == ["captured 1", "edited 2"]


def test_sources_with_posts_to_ask_for_are_found(stores: Stores, new_id: Callable[[], str]) -> None:
    with stores.work() as store:
        store.add_source(source())
        store.add_source(source("press"))
        capture(store, FEED, [sighting(1)], now=NOW, new_id=new_id)
        assert store.sources_to_ask(NOW, 5) == []
        assert [each.source for each in store.sources_to_ask(NOW + 60 * MINUTE, 5)] == ["letter"]
        sources.look_now(store, BRAND, "letter", now=NOW)
        assert [each.source for each in store.sources_to_ask(NOW, 5)] == ["letter"]


def test_posts_of_paused_and_deleted_sources_are_asked_for_too(stores: Stores, new_id: Callable[[], str]) -> None:
    with stores.work() as store:
        for each in (source(sealed="kept"), source("press", paused=True)):
            store.add_source(each)
        capture(store, FEED, [sighting(1)], now=NOW, new_id=new_id)
        capture(store, OTHER, [sighting(2)], now=NOW, new_id=new_id)
        sources.remove(store, BRAND, "letter", now=NOW)
        found = store.sources_to_ask(NOW + 60 * MINUTE, 5)
        assert {each.source: each.sealed for each in found} == {"letter": "kept", "press": ""}
        assert all(checks.claim(store, each, now=NOW + 60 * MINUTE, budget=1) for each in found)


def test_the_source_whose_posts_wait_longest_is_asked_first(stores: Stores, new_id: Callable[[], str]) -> None:
    with stores.work() as store:
        for each in (source(), source("press")):
            store.add_source(each)
        capture(store, FEED, [sighting(1)], now=NOW + MINUTE, new_id=new_id)
        capture(store, OTHER, [sighting(2)], now=NOW, new_id=new_id)
        capture(store, FEED, [sighting(3)], now=NOW + 2 * MINUTE, new_id=new_id)
        at = NOW + 70 * MINUTE
        assert [each.source for each in store.sources_to_ask(at, 5)] == ["press", "letter"]
        assert [each.source for each in store.sources_to_ask(at, 1)] == ["press"]
        assert [each.source for each in store.sources_to_ask(at, 1, without={(BRAND, "press")})] == ["letter"]


# -------------------------------------------------------------------------------------------------------------- media


def _ready(stores: Stores, new_id: Callable[[], str], number: int, **known: object) -> str:
    """Capture a post with one picture, and make that ready; answers the post's id."""
    results(stores, FEED, new_id, sighting(number, "Blue hour", f"p{number}"))
    with stores.work() as store:
        post = store.known(BRAND, [key(number)])[key(number)]
        picture = details(post.pictures[0].media, **known)  # type: ignore[arg-type]  # the tests name fields that there are
        original = StoredObject(f"private/{BRAND}/originals/{picture.sha256}", 100, sha256=picture.sha256)
        preview = StoredObject(picture.previews[0].key, 10, media=post.pictures[0].media)
        store.claim_objects(BRAND, [original, preview], NOW)
        assert media.ready(store, work(post.pictures[0].media, post.post), picture, now=NOW)
    return post.post


def _media_of(stores: Stores, post: str) -> Media:
    with stores.work() as store:
        (view,) = store.posts(BRAND, [post])
    return view.revisions[0].media[0]


def test_what_a_picture_brings_is_kept_with_it(stores: Stores, new_id: Callable[[], str]) -> None:
    known = _media_of(stores, _ready(stores, new_id, 1)).details
    assert known is not None
    assert known.credentials == SAID


def test_a_picture_is_fetched_by_one_at_a_time(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a"))
    with stores.work() as store:
        (due,) = media.claim(store, now=NOW, limit=5)
        assert (due.url, due.alt_text, due.attempts) == ("https://lamps.example/a.jpg", "Alt of a", 1)
        assert media.claim(store, now=NOW, limit=5) == []
        assert [each.attempts for each in media.claim(store, now=NOW + media.LEASE, limit=5)] == [2]


def test_a_picture_that_cannot_be_fetched_is_let_be_once_its_post_is_withdrawn(
    stores: Stores, new_id: Callable[[], str]
) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a"))
    with stores.work() as store:
        (due,) = media.claim(store, now=NOW, limit=5)
    with stores.work() as store:
        delete(store, FEED, [key(1)], now=NOW)
        media.failed_for_now(store, due, "The server is busy.", now=NOW, chance=0.5)
    with stores.work() as store:
        assert media.claim(store, now=NOW + timedelta(days=365), limit=5) == []


def test_a_ready_picture_is_told_of_once_and_read_back(stores: Stores, new_id: Callable[[], str]) -> None:
    post = _ready(stores, new_id, 1)
    found = _media_of(stores, post)
    assert found == Media(found.media, "Alt of p1", "ready", details(found.media))
    with stores.work() as store:
        assert not media.ready(store, work(found.media, post), details(found.media), now=NOW)
    assert stores.told() == ["captured 1", "media_ready 2"]


def test_the_same_bytes_are_an_exact_duplicate_of_the_first_post(stores: Stores, new_id: Callable[[], str]) -> None:
    first = _ready(stores, new_id, 1)
    second, third = _ready(stores, new_id, 2), _ready(stores, new_id, 3)
    assert _media_of(stores, first).duplicate_of is None
    assert _media_of(stores, second).duplicate_of == Duplicate(first, "exact", 0)
    assert _media_of(stores, third).duplicate_of == Duplicate(first, "exact", 0)


@pytest.mark.parametrize(("bits", "near"), [(31, True), (32, False)])
def test_a_near_picture_is_a_duplicate_up_to_31_bits(
    stores: Stores, new_id: Callable[[], str], bits: int, near: bool
) -> None:
    first = _ready(stores, new_id, 1, sha256="1" * 64)
    # Two bits in each word but one: the hardest case for the index.
    turned = sum(0b101 << place * 16 for place in range(16)) - (0b100 if bits == 31 else 0)
    pdq = f"{int('0f' * 32, 16) ^ turned:064x}"
    second = _ready(stores, new_id, 2, sha256="2" * 64, pdq=pdq)
    assert _media_of(stores, second).duplicate_of == (Duplicate(first, "near", 31) if near else None)


def test_plain_pictures_are_not_compared(stores: Stores, new_id: Callable[[], str]) -> None:
    _ready(stores, new_id, 1, sha256="1" * 64, quality=49)
    assert _media_of(stores, _ready(stores, new_id, 2, sha256="2" * 64, quality=49)).duplicate_of is None


def test_a_picture_is_tried_six_times_then_failed_then_retried_by_hand(
    stores: Stores, new_id: Callable[[], str]
) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a"))
    at, tries = NOW, 0
    with stores.work() as store:
        while due := media.claim(store, now=at, limit=1):
            tries += 1
            media.failed_for_now(store, due[0], "The server is busy.", now=at, chance=0.5)
            at += timedelta(days=1)
        assert tries == 6
        with pytest.raises(NotFound):
            media.retry(store, BRAND, "unknown", now=at)
        media.retry(store, BRAND, due_media := _failed(store), now=at)
        with pytest.raises(Conflict):
            media.retry(store, BRAND, due_media, now=at)
        assert len(media.claim(store, now=at, limit=1)) == 1
    assert stores.told() == ["captured 1", "media_failed 2"]


def _failed(store: Store) -> str:
    picture = store.known(BRAND, [key(1)])[key(1)].pictures[0].media
    found = store.media(BRAND, [picture])[picture]
    assert (found.state, found.failure) == ("failed", "The server is busy.")
    return picture


def test_a_try_that_failed_for_our_own_reasons_does_not_count(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a"))
    with stores.work() as store:
        (due,) = media.claim(store, now=NOW, limit=1)
        store.postpone(due.media, NOW, uncounted=True)
        assert [each.attempts for each in media.claim(store, now=NOW, limit=1)] == [1]


def test_a_withdrawn_post_is_not_fetched_for_and_not_asked_for(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a"))
    with stores.work() as store:
        post = store.known(BRAND, [key(1)])[key(1)]
        delete(store, FEED, [key(1)], now=NOW)
        assert media.claim(store, now=NOW, limit=1) == []
        assert checks.claim(store, source(), now=NOW + timedelta(days=9), budget=5) == []
        assert not media.ready(store, work(post.pictures[0].media, post.post), details("m"), now=NOW)
    assert stores.told() == ["captured 1", "withdrawn 2"]


def test_a_picture_of_a_withdrawn_post_is_not_tried_again(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a"))
    with stores.work() as store:
        (due,) = media.claim(store, now=NOW, limit=1)
        media.failed_for_good(store, due, "There is no picture.", now=NOW)
        delete(store, FEED, [key(1)], now=NOW)
        with pytest.raises(Conflict):
            media.retry(store, BRAND, due.media, now=NOW)
        forget(store, BRAND, due.post, now=NOW)
        with pytest.raises(Conflict):
            media.retry(store, BRAND, due.media, now=NOW)
        assert media.claim(store, now=NOW + timedelta(days=1), limit=1) == []


def test_a_brands_bytes_are_counted_once_and_given_back(stores: Stores) -> None:
    original = StoredObject("private/lumen/originals/a", 100, sha256="a")
    with stores.work() as store:
        assert (
            store.claim_objects(BRAND, [original, StoredObject("private/lumen/previews/m/1", 5, media="m")], NOW) == 105
        )
        assert (
            store.claim_objects(BRAND, [original, StoredObject("private/lumen/previews/n/1", 5, media="n")], NOW) == 110
        )
        assert store.claim_objects("halo", [StoredObject("private/halo/originals/a", 7, sha256="a")], NOW) == 7


def test_objects_that_no_picture_names_are_swept_after_a_while(stores: Stores, new_id: Callable[[], str]) -> None:
    _ready(stores, new_id, 1)
    area = FakeArea()
    loose = StoredObject("private/lumen/previews/never/320.webp", 5, media="never")
    with stores.work() as store:
        before = store.claim_objects(BRAND, [loose], NOW)
        area.put(loose.key, b"bytes", "image/webp")
        assert media.sweep(store, area, now=NOW + media.LOOSE_AFTER, limit=5) == 0
        assert media.sweep(store, area, now=NOW + media.LOOSE_AFTER + MINUTE, limit=5) == 1
        assert area.objects == {}
        assert store.claim_objects(BRAND, [loose], NOW) == before


def test_a_picture_whose_objects_were_swept_meanwhile_is_not_ready(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour", "a"))
    with stores.work() as store:
        post = store.known(BRAND, [key(1)])[key(1)]
        picture = post.pictures[0].media
        assert not media.ready(store, work(picture, post.post), details(picture), now=NOW)
        assert store.media(BRAND, [picture])[picture].state == "pending"


# ---------------------------------------------------------------------------------------------------------- retention


def test_a_post_that_is_let_go_of_keeps_no_word_no_name_and_no_picture(
    stores: Stores, new_id: Callable[[], str]
) -> None:
    post = _ready(stores, new_id, 1)
    with stores.work() as store:
        for _twice in range(2):
            forget(store, BRAND, post, now=NOW)
        (view,) = store.posts(BRAND, [post])
        assert view.withdrawn
        assert (view.permalink, view.account.id, view.account.handle, view.account.display_name) == ("", "", "", "")
        assert {(each.text, each.hashtags) for each in view.revisions} == {("", ())}
        assert {each.details for revision in view.revisions for each in revision.media} == {None}
        assert "1" not in view.key.id.replace(post, "")
    assert [each.partition(" ")[0] for each in stores.told()] == ["captured", "media_ready", "withdrawn"]


def test_the_objects_of_a_post_that_is_let_go_of_are_swept_at_once_but_not_what_another_post_shows(
    stores: Stores, new_id: Callable[[], str]
) -> None:
    posts = [_ready(stores, new_id, number) for number in (1, 2)]
    with stores.work() as store:
        forget(store, BRAND, posts[0], now=NOW)
        gone = store.loose_objects(NOW - media.LOOSE_AFTER, 100)
        assert gone
        assert all("originals" not in each for each in gone), "both show the same bytes"
        forget(store, BRAND, posts[1], now=NOW)
        assert [each for each in store.loose_objects(NOW - media.LOOSE_AFTER, 100) if "originals" in each]


def test_what_was_let_go_of_is_not_taken_in_anew(stores: Stores, new_id: Callable[[], str]) -> None:
    assert results(stores, FEED, new_id, sighting(1, "Blue hour")) == ["accepted"]
    with stores.work() as store:
        forget(store, BRAND, store.known(BRAND, [key(1)])[key(1)].post, now=NOW)
    assert results(stores, FEED, new_id, sighting(1, "Blue hour")) == ["unknown"]
    assert results(stores, FEED, new_id, sighting(2, "Blue hour")) == ["accepted"]


def test_what_was_withdrawn_is_let_go_of_a_day_later(stores: Stores, new_id: Callable[[], str]) -> None:
    results(stores, FEED, new_id, sighting(1, "Blue hour"), sighting(2, "Red hour"))
    with stores.work() as store:
        delete(store, FEED, [key(1)], now=NOW)
        assert forget_withdrawn(store, now=NOW, limit=10) == 0
        assert forget_withdrawn(store, now=NOW + WITHDRAWN_KEPT, limit=10) == 1
        assert forget_withdrawn(store, now=NOW + WITHDRAWN_KEPT, limit=10) == 0
        assert list(store.known(BRAND, [key(1), key(2)])) == [key(2)]


# ------------------------------------------------------------------------------------------------------------ uploads


def _new_upload(new_id: Callable[[], str], request_id: str = "form-1") -> NewUpload:
    return NewUpload(new_id(), new_id(), request_id, "form", upload(), "the-secret", f"hash-of-{request_id}")


def _accept(store: Store, new: NewUpload) -> uploads.Accepted:
    picture = details(new.media)
    objects = [StoredObject(f"private/{BRAND}/originals/{picture.sha256}", 9, sha256=picture.sha256)]
    store.claim_objects(BRAND, [*objects, StoredObject(picture.previews[0].key, 1, media=new.media)], NOW)
    shared = source("share", connector="upload", next_look_at=None, upload_terms=upload_terms())
    return uploads.accept(store, VAULT, shared, upload_terms(), new, picture, now=NOW)


def test_an_upload_is_a_post_with_its_picture_and_its_consent(stores: Stores, new_id: Callable[[], str]) -> None:
    new = _new_upload(new_id)
    with stores.work() as store:
        assert _accept(store, new) == uploads.Accepted(new.post, "the-secret")
        (view,) = store.posts(BRAND, [new.post])
    assert view.account.display_name == "Noa Example"
    assert view.revisions[0].text == "My reading corner #lamp"
    assert view.revisions[0].hashtags == ("lamp",)
    assert [each.state for each in view.revisions[0].media] == ["ready"]
    assert stores.told() == ["captured 1", "media_ready 2"]


def test_a_form_sent_twice_is_one_upload(stores: Stores, new_id: Callable[[], str]) -> None:
    with stores.work() as store:
        first = _accept(store, _new_upload(new_id))
    with stores.work() as store:
        assert _accept(store, _new_upload(new_id)) == first
        store.forget_links(NOW + MINUTE)
        with pytest.raises(Conflict) as refused:
            _accept(store, _new_upload(new_id))
    assert refused.value.reason == "ALREADY_SENT"


def test_another_form_with_the_same_key_learns_no_link_and_changes_nothing(
    stores: Stores, new_id: Callable[[], str]
) -> None:
    with stores.work() as store:
        _accept(store, _new_upload(new_id))
    with stores.work() as store, pytest.raises(Conflict) as refused:
        _accept(store, replace(_new_upload(new_id), form_sha256="another"))
    assert (refused.value.reason, "the-secret" in str(refused.value)) == ("REQUEST_ID_REUSED", False)
    assert stores.told() == ["captured 1", "media_ready 2"]


def test_an_uploaders_address_is_kept_encrypted(stores: Stores, new_id: Callable[[], str]) -> None:
    nameless = _new_upload(new_id, "form-2")
    with stores.work() as store:
        _accept(store, _new_upload(new_id))
        _accept(store, replace(nameless, upload=replace(nameless.upload, email="")))
        given, missing = store.upload_by_request(BRAND, "form-1"), store.upload_by_request(BRAND, "form-2")
    assert given is not None
    assert "noa" not in given.email_sealed
    assert VAULT.decrypt(given.email_sealed) == "noa@creators.example"
    assert missing is not None
    assert missing.email_sealed == ""


def test_an_upload_is_taken_back_by_its_link_alone(stores: Stores, new_id: Callable[[], str]) -> None:
    with stores.work() as store:
        _accept(store, _new_upload(new_id))
        with pytest.raises(NotFound):
            uploads.take_back(store, "halo", "hash-of-form-1", now=NOW)
        uploads.take_back(store, BRAND, "hash-of-form-1", now=NOW)
        uploads.take_back(store, BRAND, "hash-of-form-1", now=NOW)
    assert stores.told() == ["captured 1", "media_ready 2", "withdrawn 3"]


def test_a_brand_that_is_full_takes_no_more(stores: Stores) -> None:
    decoded = Decoded("a" * 64, "image/jpeg", 10, 10, 1, b"", "#000000", "0" * 64, 90, ())
    picture = media.read_picture(BRAND, "m1", b"x" * 100, decoded)
    with stores.work() as store:
        media.claim_space(store, BRAND, "m1", picture, quota=100, now=NOW)
    other = media.read_picture(BRAND, "m2", b"x", replace(decoded, sha256="b" * 64))
    with pytest.raises(Exhausted) as refused, stores.work() as store:
        media.claim_space(store, BRAND, "m2", other, quota=100, now=NOW)
    assert refused.value.reason == "STORAGE_QUOTA"


def test_posts_are_known_by_the_ids_of_their_platform(stores: Stores, new_id: Callable[[], str]) -> None:
    elsewhere = replace(sighting(1), key=PostKey("mastodon", key(1).id))
    assert results(stores, FEED, new_id, sighting(1), elsewhere) == ["accepted", "accepted"]
