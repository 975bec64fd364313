"""The polled connectors read real servers over real HTTP: the demo's own, which speak the true protocols."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from chorus.ingest.domain.post import PostKey, Sighting
from chorus.ingest.ports import LookError, Presence, Reference
from chorus.ingest.sources.feed import CONNECTOR as FEED
from chorus.ingest.sources.feed import FeedSettings
from chorus.ingest.sources.mastodon import CONNECTOR as MASTODON
from chorus.ingest.sources.mastodon import MastodonSettings
from chorus.local.feed_site import Article, FeedSite
from chorus.local.mastodon_site import MastodonSite, Status
from chorus.local.servers import Picture, serve
from chorus.platform.fetch import GuardedFetcher

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
LAMP = Picture("lamp.jpg", b"\xff\xd8\xff a picture", "A lamp & its shade")


def fetcher_for(address: str) -> GuardedFetcher:
    return GuardedFetcher(frozenset({urlsplit(address).netloc}), user_agent="Chorus tests")


def article(number: int, text: str = "Words about light. #evening") -> Article:
    return Article(
        f"a-{number}", f"Light {number}", text, "Mira Example", NOW + timedelta(hours=number), (LAMP,), ("Lamps",)
    )


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with serve(FeedSite("The Lamp Letter")) as site:
        site.add(article(1))
        site.add(article(2))
        yield site


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_every_kind_of_feed_tells_the_same_of_an_article(site: FeedSite, kind: str) -> None:
    look = FEED.look(FeedSettings(url=f"{site.address}/feed.{kind}"), {}, fetcher_for(site.address))
    newest = look.sightings[0]
    assert newest.key == PostKey("feed", site.link("a-2"))
    assert newest.text == "Light 2\n\nWords about light. #evening"
    assert newest.permalink == site.link("a-2")
    assert newest.posted_at == NOW + timedelta(hours=2)
    assert newest.edited_at is None
    assert newest.language == "en"
    assert {"Lamps", "evening"} <= set(newest.hashtags)
    assert [(each.url, each.alt_text) for each in newest.pictures] == [(f"{site.address}/pictures/lamp.jpg", LAMP.alt)]


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_an_author_is_named(site: FeedSite, kind: str) -> None:
    look = FEED.look(FeedSettings(url=f"{site.address}/feed.{kind}"), {}, fetcher_for(site.address))
    assert look.sightings[0].account.display_name == "Mira Example"


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_a_feed_that_did_not_change_is_not_sent_again(site: FeedSite, kind: str) -> None:
    settings, fetcher = FeedSettings(url=f"{site.address}/feed.{kind}"), fetcher_for(site.address)
    first = FEED.look(settings, {}, fetcher)
    second = FEED.look(settings, first.state, fetcher)
    site.edit("a-1", text="Other words.")
    third = FEED.look(settings, second.state, fetcher)
    assert (len(first.sightings), len(second.sightings), len(third.sightings)) == (2, 0, 2)


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_an_edit_says_when_it_was_made(site: FeedSite, kind: str) -> None:
    site.edit("a-1", text="Other words.")
    look = FEED.look(FeedSettings(url=f"{site.address}/feed.{kind}"), {}, fetcher_for(site.address))
    assert look.sightings[1].edited_at is not None


def test_an_atom_feed_names_what_was_deleted(site: FeedSite) -> None:
    site.delete("a-1")
    look = FEED.look(FeedSettings(url=f"{site.address}/feed.atom"), {}, fetcher_for(site.address))
    assert list(look.deletions) == [PostKey("feed", site.link("a-1"))]
    assert [each.key.id for each in look.sightings] == [site.link("a-2")]


def test_an_article_is_here_until_its_page_is_gone(site: FeedSite) -> None:
    settings, fetcher = FeedSettings(url=f"{site.address}/feed.rss"), fetcher_for(site.address)
    asked = Reference(PostKey("feed", site.link("a-1")), site.link("a-1"), "")
    assert FEED.ask(settings, asked, fetcher) is Presence.HERE
    site.delete("a-1")
    assert FEED.ask(settings, asked, fetcher) is Presence.GONE


def test_a_page_that_is_no_feed_is_refused_in_words(site: FeedSite) -> None:
    with pytest.raises(LookError, match="no feed"):
        FEED.look(FeedSettings(url=site.link("a-1")), {}, fetcher_for(site.address))
    with pytest.raises(LookError, match="404"):
        FEED.look(FeedSettings(url=f"{site.address}/nothing"), {}, fetcher_for(site.address))


def status(number: int) -> Status:
    return Status(
        "mira", "Mira Example", f"Post {number} <3", NOW + timedelta(minutes=number), ("lumenlight",), (LAMP,)
    )


@pytest.fixture
def social() -> Iterator[MastodonSite]:
    with serve(MastodonSite()) as social:
        yield social


def settings_for(social: MastodonSite) -> MastodonSettings:
    return MastodonSettings(server=social.address, hashtag="#LumenLight")


def test_a_status_is_read_with_its_account_and_pictures(social: MastodonSite) -> None:
    number = social.add(status(1))
    look = MASTODON.look(settings_for(social), {}, fetcher_for(social.address))
    (read,) = look.sightings
    assert read.key == PostKey("mastodon", f"{social.address}/users/mira/statuses/{number}")
    assert read.text == "Post 1 <3\n\n#lumenlight"
    assert read.account.id == f"{social.address}/users/mira"
    assert read.account.handle == f"@mira@{urlsplit(social.address).netloc}"
    assert read.tagged
    assert [each.alt_text for each in read.pictures] == [LAMP.alt]


def test_an_account_of_another_server_is_named_as_it_is_there_and_its_pictures_are_read_from_here(
    social: MastodonSite,
) -> None:
    number = social.add(Status("kenji@social.example", "Kenji Demo", "City on", NOW, ("lumenlight",), (LAMP,)))
    look = MASTODON.look(settings_for(social), {}, fetcher_for(social.address))
    (read,) = look.sightings
    assert read.key == PostKey("mastodon", f"https://social.example/users/kenji/statuses/{number}")
    assert read.permalink == f"https://social.example/@kenji/{number}"
    assert (read.account.handle, read.account.url) == ("@kenji@social.example", "https://social.example/@kenji")
    assert [each.url.startswith(f"{social.address}/media/") for each in read.pictures] == [True]
    found = MASTODON.ask(
        settings_for(social), Reference(read.key, read.permalink, read.reference), fetcher_for(social.address)
    )
    assert isinstance(found, Sighting)


def test_nothing_is_missed_however_much_was_posted_between_two_looks(social: MastodonSite) -> None:
    social.add(status(0))
    settings, fetcher = settings_for(social), fetcher_for(social.address)
    look = MASTODON.look(settings, {}, fetcher)
    seen = {each.key for each in look.sightings}
    for number in range(1, 400):
        social.add(status(number))
    looks = 0
    while True:
        look = MASTODON.look(settings, look.state, fetcher)
        seen |= {each.key for each in look.sightings}
        looks += 1
        if not look.more:
            break
    assert len(seen) == 400
    assert looks == 2


def test_other_hashtags_are_not_read(social: MastodonSite) -> None:
    social.add(Status("mira", "Mira", "Elsewhere", NOW, ("gardens",)))
    assert MASTODON.look(settings_for(social), {}, fetcher_for(social.address)).sightings == ()


def test_a_late_edit_is_read_and_a_deletion_answered(social: MastodonSite) -> None:
    number = social.add(status(1))
    settings, fetcher = settings_for(social), fetcher_for(social.address)
    look = MASTODON.look(settings, {}, fetcher)
    social.edit(number, text="Edited")
    (again,) = MASTODON.look(settings, look.state, fetcher).sightings
    assert again.edited_at is not None
    asked = Reference(again.key, again.permalink, again.reference)
    found = MASTODON.ask(settings, asked, fetcher)
    assert isinstance(found, Sighting)
    assert found.text.startswith("Edited")
    social.delete(number)
    assert MASTODON.ask(settings, asked, fetcher) is Presence.GONE
