"""Which language a creator reads, and what depends on it: plurals, dates, lists, countries and names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from babel import Locale
from markupsafe import Markup
from starlette.requests import Request

from chorus.api.types.v1.scope_pb2 import USE_EMAIL, USE_PRINT, USE_WEB, Scope
from chorus.creator.language import ENGLISH, languages, reader_of
from chorus.creator.words import PHRASES, Words
from chorus.errors import Exhausted, Invalid, NotFound
from chorus.scope.words import phrase

DAY = datetime(2026, 11, 3, tzinfo=UTC)
# As gettext's catalogues are used to order them.
CATEGORIES = ["zero", "one", "two", "few", "many", "other"]
EVERY = sorted(languages())


def look(accept: str | None = None, query: str = "") -> Request:
    headers = [] if accept is None else [(b"accept-language", accept.encode("latin-1"))]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("accept", "read"),
    [
        (None, "en"),
        ("", "en"),
        ("*", "en"),
        ("de", "de"),
        ("DE-at", "de"),
        ("ar-Arab-EG", "ar"),
        ("nl, fr;q=0.8, de;q=0.9", "de"),
        ("nl-BE, fr-BE;q=0.5", "fr"),
        ("de;q=0, es;q=0.1", "es"),
        ("de;q=0", "en"),
        ("nl, ja", "en"),
        ("en-US, de;q=0.9", "en"),
        (";;;de", "en"),
        ("de\xff", "en"),
        ("de;q=7", "en"),
    ],
)
def test_a_browser_s_best_language_that_there_is_is_read(accept: str | None, read: str) -> None:
    """By lookup (RFC 4647, 3.4); what cannot be read as preferences is none."""
    reader = reader_of(look(accept))
    assert (reader.language.tag, reader.chosen) == (read, False)
    assert reader.to("/r/x") == "/r/x"


@pytest.mark.parametrize(
    ("query", "read", "chosen"),
    [
        ("lang=fr", "fr", True),
        ("lang=fr-CA", "fr", True),
        ("lang=en", "en", True),
        ("lang=tlh", "de", False),
        ("lang=", "de", False),
        ("lang=*", "de", False),
        ("lang=%3Cscript%3E", "de", False),
    ],
)
def test_the_switch_overrules_the_browser_and_goes_along(query: str, read: str, chosen: bool) -> None:
    reader = reader_of(look("de", query))
    assert (reader.language.tag, reader.chosen) == (read, chosen)
    assert reader.to("/r/x?fresh=1") == (f"/r/x?fresh=1&lang={read}" if chosen else "/r/x?fresh=1")


def test_the_page_s_language_is_the_first_that_terms_are_asked_in() -> None:
    """The browser's own follow, best first; as many as people know, and no more."""
    assert reader_of(look("nl;q=0.4, it;q=0.9, *;q=0.1, ja;q=0", "lang=ar")).preferences == ("ar", "it", "nl")
    assert reader_of(look("de-AT, de;q=0.9")).preferences == ("de", "de-AT")
    many = ", ".join(f"x-{number}" for number in range(500))
    assert len(reader_of(look(f"de, {many}")).preferences) == 10


@pytest.mark.parametrize("tag", [each for each in EVERY if each != "en"])
def test_each_number_has_the_form_that_its_language_asks_for(tag: str) -> None:
    """As CLDR has them: six in Arabic."""
    language = languages()[tag]
    rule = Locale.parse(tag).plural_form
    known = [each for each in CATEGORIES if any(rule(number) == each for number in range(1000))]
    plural = language.catalogue.plural
    assert all(plural(number) == known.index(rule(number)) for number in range(1000))


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (1, "لمدة يوم واحد"),
        (2, "لمدة يومين"),
        (7, "لمدة 7 أيام"),
        (30, "لمدة 30 يومًا"),
        (100, "لمدة 100 يوم"),
        (365, "لمدة سنة واحدة"),
        (730, "لمدة سنتين"),
        (1095, "لمدة 3 سنوات"),
        (0, "دون تاريخ انتهاء"),
    ],
)
def test_arabic_counts_as_arabic_does(days: int, said: str) -> None:
    assert Words(languages()["ar"]).lasting(days) == said


@pytest.mark.parametrize(
    ("tag", "day", "where", "countries"),
    [
        ("en", "3 Nov 2026", "on the web, in e-mails and in print", "Only in Austria and Switzerland"),
        ("de", "3. Nov. 2026", "im Web, in E-Mails und in gedruckter Form", "Nur Schweiz und Österreich"),
        ("fr", "3 nov. 2026", "sur le web, dans des e-mails et sur papier", "Uniquement Autriche et Suisse"),
        ("es", "3 nov 2026", "en la web, en correos electrónicos y en impresos", "Solo Austria y Suiza"),
        ("ar", "3 نوفمبر 2026", "على الويب وفي رسائل البريد الإلكتروني وفي المطبوعات", "النمسا وسويسرا فقط"),
    ],
)
def test_days_lists_and_countries_are_said_as_each_language_says_them(
    tag: str, day: str, where: str, countries: str
) -> None:
    words = Words(languages()[tag])
    assert words.day(DAY) == day
    assert str(words.where(Scope(uses=[USE_WEB, USE_EMAIL, USE_PRINT]))).replace("، و", " و") == where
    assert words.countries(Scope(territories=["AT", "CH"])) == countries


def test_english_says_uses_as_all_of_chorus_does() -> None:
    assert {use: phrase(use) for use in PHRASES} == PHRASES


@pytest.mark.parametrize(
    ("tag", "name", "said"),
    [
        ("en", "Lumen", "Lumen"),
        ("en", "لومن", Markup("<bdi>لومن</bdi>")),
        ("ar", "Lumen", Markup("<bdi>Lumen</bdi>")),
        ("ar", "<b>", Markup("<bdi>&lt;b&gt;</bdi>")),
        ("ar", "", ""),
    ],
)
def test_a_name_written_the_other_way_turns_nothing_around_it(tag: str, name: str, said: str) -> None:
    made = Words(languages()[tag]).own(name)
    assert (made, type(made)) == (said, type(said))


def test_what_somebody_wrote_is_no_markup_in_a_list() -> None:
    assert Words(ENGLISH).listed(["<i>", "b"]) == Markup("&lt;i&gt; and b")
    assert Words(languages()["de"]).quoted(["<i>"]) == Markup("„&lt;i&gt;“")


@pytest.mark.parametrize("tag", EVERY)
def test_a_sentence_that_no_catalogue_knows_is_marked_as_english(tag: str) -> None:
    """So is one of a newer service; what is not there is said in general."""
    words = Words(languages()[tag])
    unknown = '<span lang="en" dir="ltr">&lt;i&gt; is new.</span>'
    assert str(words.problem(Invalid("<i> is new."))) == ("<i> is new." if tag == "en" else unknown)
    assert "lang=" not in words.problem(NotFound("There is no brand 'x'."))
    assert "7" in words.problem(Exhausted("Too many requests: try again in 7 s.", retry_after=7, reason="RATE_LIMIT"))
