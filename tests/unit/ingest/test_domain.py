"""What ingest decides, without any I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus.errors import Invalid
from chorus.ingest.domain import schedule
from chorus.ingest.domain.media import Preview, nearest_preview
from chorus.ingest.domain.post import MOST_PICTURES, Change, KnownPicture, KnownPost, Picture, PostKey, compare
from chorus.ingest.domain.source import Activity, Health, check_slug, health
from chorus.ingest.domain.text import clean, hashtags_in, language_tag, web_address
from chorus.ingest.domain.tidy import tidied, tidied_key
from chorus.ingest.domain.upload import Scope, UploadTerms, check_terms, check_upload
from tests.unit.ingest.samples import MIRA, NOW, sighting, source, upload, upload_terms

KNOWN = KnownPost(
    "p1", "lumen", "letter", MIRA.id, ("letter", "press"), "Blue hour", (), 1, None, tagged=False, withdrawn=False
)


# ---------------------------------------------------------------------------------------------------- what is an edit


@pytest.mark.parametrize(
    ("known", "report", "by", "change"),
    [
        (KNOWN, sighting(1, "Blue hour"), "letter", Change.NOTHING),
        (KNOWN, sighting(1, "Golden hour"), "letter", Change.EDITED),
        (KNOWN, sighting(1, "Golden hour"), "press", Change.NOTHING),
        (KNOWN, sighting(1, "Golden hour", edited=NOW), "press", Change.EDITED),
        (replace(KNOWN, account="another"), sighting(1, "Golden hour", edited=NOW), "press", Change.NOTHING),
        (replace(KNOWN, account="another"), sighting(1, "Golden hour", edited=NOW), "letter", Change.EDITED),
        (KNOWN, sighting(1, "Blue hour", "a"), "letter", Change.EDITED),
        (replace(KNOWN, edited_at=NOW), sighting(1, "Golden hour"), "letter", Change.NOTHING),
        (replace(KNOWN, edited_at=NOW), sighting(1, "Golden hour", edited=NOW), "letter", Change.EDITED),
        (replace(KNOWN, withdrawn=True), sighting(1, "Golden hour"), "letter", Change.NOTHING),
    ],
)
def test_a_report_is_an_edit_when_it_says_something_else_and_may(
    known: KnownPost, report: object, by: str, change: Change
) -> None:
    assert compare(known, report, by) is change  # type: ignore[arg-type]  # a sighting


def test_another_order_or_another_alt_text_of_the_same_pictures_is_no_edit() -> None:
    known = replace(KNOWN, pictures=(KnownPicture("m1", "a"), KnownPicture("m2", "b")))
    report = replace(sighting(1, "Blue hour"), pictures=(Picture("u2", "New words", "b"), Picture("u1", "", "a")))
    assert compare(known, report, "letter") is Change.NOTHING


# ------------------------------------------------------------------------------------------------- strangers' words


@given(st.text())
def test_cleaned_text_can_be_stored_and_is_clean_already(text: str) -> None:
    cleaned = clean(text, 100)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert len(cleaned) <= 100
    assert clean(cleaned, 100) == cleaned


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://lamps.example/a?b=c#d", True),
        ("HTTP://lamps.example", True),
        ("javascript:alert(1)", False),
        ("data:text/html,hello", False),
        ("//lamps.example/a", False),
        ("/a", False),
        ("https://", False),
        ("https://[broken", False),
        ("https://lamps.example/" + "a" * 2_000, False),
        ("", False),
    ],
)
def test_only_absolute_web_addresses_are_kept(url: str, kept: bool) -> None:
    assert bool(web_address(url)) is kept


def test_hashtags_are_found_once_each_in_lower_case() -> None:
    assert hashtags_in("#Lamp and #lamp, #Küche_1 but not &#39; nor #1 nor a#b nor https://x.example/#top") == (
        "lamp",
        "küche_1",
    )


@pytest.mark.parametrize(("said", "kept"), [("en", "en"), ("pt_BR", "pt-BR"), ("zh-Hant-TW", "zh-Hant-TW"), ("??", "")])
def test_only_language_tags_are_kept(said: str, kept: str) -> None:
    assert language_tag(said) == kept


def test_a_report_is_tidied_whatever_a_connector_made_of_it() -> None:
    pictures = [Picture(f"https://lamps.example/{number % 30}.jpg") for number in range(60)]
    report = replace(
        sighting(1, "  Blue\r\nhour \x00 "),
        posted_at=NOW + timedelta(days=400),
        permalink="javascript:alert(1)",
        language="not a language",
        hashtags=("#A", "a", ""),
        pictures=(Picture("ftp://lamps.example/a.jpg"), *pictures),
    )
    tidy = tidied(report, NOW)
    assert (tidy.text, tidy.permalink, tidy.language, tidy.hashtags) == ("Blue\nhour", "", "", ("a",))
    assert tidy.posted_at == NOW
    assert len({each.url for each in tidy.pictures}) == len(tidy.pictures) == MOST_PICTURES


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (None, None),
        (NOW - timedelta(days=1), NOW - timedelta(days=1)),
        (NOW + timedelta(days=400), NOW),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), None),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-2))), NOW),
    ],
)
def test_moments_that_cannot_be_are_taken_for_unknown_and_none_lies_ahead(
    said: datetime | None, kept: datetime | None
) -> None:
    tidy = tidied(replace(sighting(1), posted_at=said, edited_at=said), NOW)
    assert (tidy.posted_at, tidy.edited_at) == (kept or NOW, kept)


def test_an_id_too_long_for_an_index_is_kept_by_its_hash() -> None:
    long = PostKey("feed", "https://lamps.example/" + "x" * 5_000)
    short = tidied_key(long)
    assert short.id.startswith("sha256:")
    assert tidied_key(long) == short
    assert tidied_key(PostKey("feed", long.id + "y")) != short


# ---------------------------------------------------------------------------------------------------------- schedules


def test_a_failing_source_waits_twice_as_long_each_time_up_to_an_hour_or_its_own_interval() -> None:
    waits = [schedule.next_look(timedelta(minutes=5), failures, 0.5) for failures in range(6)]
    assert waits == [timedelta(minutes=each) for each in (5, 10, 20, 40, 60, 60)]
    assert schedule.next_look(timedelta(hours=6), 9, 0.5) == timedelta(hours=6)


@given(st.floats(0, 1))
def test_waits_are_spread_by_a_fifth(chance: float) -> None:
    wait = schedule.next_look(timedelta(seconds=100), 0, chance)
    assert timedelta(seconds=80) <= wait <= timedelta(seconds=120)


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(0), timedelta(hours=1)),
        (timedelta(hours=47), timedelta(hours=1)),
        (timedelta(days=2), timedelta(days=1)),
        (timedelta(days=89), timedelta(days=1)),
        (timedelta(days=90), timedelta(days=7)),
    ],
)
def test_posts_are_asked_for_less_often_as_they_age(age: timedelta, wait: timedelta) -> None:
    assert schedule.next_check(NOW - age, NOW, 0.5) == NOW + wait


def test_pictures_are_tried_for_about_half_an_hour() -> None:
    waits = [schedule.next_try(attempt, 0.5) for attempt in range(1, 7)]
    assert waits[-1] is None
    assert sum(each.total_seconds() for each in waits if each) == 10 + 30 + 90 + 270 + 810


def test_the_nearest_preview_of_the_type_is_chosen() -> None:
    def preview(size: int, kind: str) -> Preview:
        return Preview(size, kind, size, size, f"{size}", 1, "")

    previews = (preview(1080, "image/webp"), preview(320, "image/webp"), preview(640, "image/jpeg"))
    assert nearest_preview(previews, 600, "image/webp") == previews[1]
    assert nearest_preview(previews, 2_000, "image/webp") == previews[0]
    assert nearest_preview(previews, 640, "image/png") is None


# -------------------------------------------------------------------------------------------------- sources and uploads


def test_the_health_of_a_source() -> None:
    looked = source(last_look_at=NOW)
    assert health(source(), Activity()) is Health.WAITING
    assert health(looked, Activity()) is Health.WORKING
    assert health(source(), Activity(last_at=NOW)) is Health.WORKING
    assert health(replace(looked, failures=1), Activity()) is Health.FAILING
    assert health(replace(looked, failures=1, paused=True), Activity()) is Health.PAUSED


def test_posts_a_day_are_of_the_last_fourteen_days() -> None:
    today = datetime(2026, 11, 20, tzinfo=UTC).date()
    counted = Activity(9, {today: 2, today - timedelta(days=13): 3, today - timedelta(days=14): 4})
    assert counted.a_day(today) == [3, *[0] * 12, 2]


@pytest.mark.parametrize("value", ["", "-a", "A", "a b", "ä", "a" * 64, "a/b", "a\n"])
def test_ids_that_are_no_slugs_are_refused(value: str) -> None:
    with pytest.raises(Invalid):
        check_slug(value, "source")


def test_all_that_is_wrong_with_an_upload_is_said_at_once() -> None:
    said = replace(upload(), creator_name=" ", handle="", email="nobody")
    with pytest.raises(Invalid) as refused:
        check_upload(said, consent=False, terms_sha256="", wanted=upload_terms().terms)
    assert set(refused.value.fields) == {"creator_name", "email", "consent"}


def worded(**changes: object) -> UploadTerms:
    """Change the wording of the terms, and hash it anew."""
    terms = replace(upload_terms().terms, **changes)  # type: ignore[arg-type]  # the tests name fields that there are
    return replace(upload_terms(), terms=replace(terms, sha256=terms.own_hash()))


def surface_shown(**changes: object) -> UploadTerms:
    (surface,) = upload_terms().surfaces
    return replace(upload_terms(), surfaces=(replace(surface, **changes),))  # type: ignore[arg-type]  # as above


def test_terms_that_a_grant_can_follow_from_are_taken() -> None:
    check_terms(upload_terms())
    check_terms(replace(upload_terms(), days=36_500, scope=Scope(("USE_WEB", "USE_PRINT"), territories=())))


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (replace(upload_terms(), terms=replace(upload_terms().terms, text="Something else.")), "terms.sha256"),
        (worded(version=0), "terms.version"),
        (worded(terms="Terms 1"), "terms.terms"),
        (worded(language="English!"), "terms.language"),
        (worded(summary="s" * 601), "terms.summary"),
        (worded(summary=" "), "terms.summary"),
        (worded(text=" \n"), "terms.text"),
        (worded(text="t" * 50_001), "terms.text"),
        (replace(upload_terms(), days=-1), "days"),
        (replace(upload_terms(), days=10_000_000), "days"),
        (replace(upload_terms(), scope=Scope(()), surfaces=()), "scope.uses"),
        (replace(upload_terms(), scope=Scope(("USE_WEB", "USE_UNSPECIFIED"))), "scope.uses"),
        (replace(upload_terms(), scope=Scope(("USE_WEB", "77"))), "scope.uses"),
        (replace(upload_terms(), scope=Scope(("USE_WEB",), territories=("XX",)), surfaces=()), "scope.territories"),
        (surface_shown(surface="Home wall"), "surfaces.0"),
        (surface_shown(scope=Scope(("USE_UNSPECIFIED",))), "surfaces.0"),
        (surface_shown(scope=Scope(("USE_ADS",))), "surfaces.0"),
    ],
)
def test_terms_that_no_grant_could_follow_from_are_refused_by_field(terms: UploadTerms, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_terms(terms)
    assert list(refused.value.fields) == [f"upload_terms.{field}"]
