"""How somebody says yes in public, and what does not count for it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from chorus.errors import Invalid
from chorus.rights.adapters.codes import new_code
from chorus.rights.domain.asking import Question, ask
from chorus.rights.domain.contact import ContactPolicy, public_words
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.link import Brand
from chorus.rights.domain.post import Account, Post
from chorus.rights.domain.reply import CODE_LENGTH, LETTERS, Said, check_reply, meant, usual_hashtag
from chorus.rights.domain.request import Channel, Request
from tests.unit.rights import samples
from tests.unit.rights.samples import MIRA, NOW, OFFER, WINDOW, first

CODE, TAG = "7KQ-F2M", "#yesLumen"
LATER = NOW + timedelta(hours=1)


def asked(post: str = "p1", code: str = CODE, channel: Channel = Channel.REPLY, message: str = "") -> Dossier:
    """Make a post of Mira's with an open question."""
    known = replace(samples.seen(post), approved=1, approved_at=NOW).revised(1, first())
    return ask(Dossier(known), Question(f"r-{post}", OFFER, message, "ada", WINDOW, code, channel), NOW)


def said(text: str, **given: object) -> Said:
    """Have Mira say something an hour after the question."""
    usual: dict[str, object] = {"brand": "lumen", "post": "p9", "account": MIRA, "text": text, "at": LATER}
    return Said(**{**usual, **given})  # type: ignore[arg-type]  # fields of what was said


def requests(what: Said, *dossiers: Dossier) -> list[str]:
    return [request.request for request in meant(what, dossiers, TAG)]


@pytest.mark.parametrize(
    "text",
    [
        "7KQ-F2M",
        "Sure, 7kq-f2m!",
        "Yes! #yesLumen 7KQ F2M",
        "ok: 7KQ\u2013F2M.",
        "7KQ\u2011F2M",
        "7KQ\u200b-\u200bF2M",
        "\uff17\uff2b\uff31\uff0d\uff26\uff12\uff2d",
        "(7KQF2M)",
        "_7KQ-F2M_",
    ],
)
def test_the_code_is_found_however_people_write_it(text: str) -> None:
    assert requests(said(text), asked()) == ["r-p1"]


@pytest.mark.parametrize(
    "text", ["", "7KQ", "F2M-7KQ", "A7KQ-F2M", "7KQ-F2M9", "7KQ - - F2M", "7KQ-F2N", "7kq.....f2m"]
)
def test_what_is_not_the_code_says_nothing(text: str) -> None:
    assert requests(said(text), asked()) == []


@pytest.mark.parametrize(
    "text", ["#yesLumen", "Yes!! #YESLUMEN.", "ok (#yeslumen)", "\uff03yesLumen", "#yes\u200bLumen"]
)
def test_the_hashtag_counts_where_there_is_one_question(text: str) -> None:
    assert requests(said(text), asked()) == ["r-p1"]
    assert requests(said(text), asked(), asked("p2", "7KQ-F2N")) == []


@pytest.mark.parametrize("text", ["yesLumen", "#yesLumens", "#yes", "a#yesLumen", "#yesLumen_lamps"])
def test_what_is_another_word_is_not_the_hashtag(text: str) -> None:
    assert requests(said(text), asked()) == []


def test_the_hashtag_under_the_post_itself_is_about_that_post() -> None:
    both = (asked(), asked("p2", "7KQ-F2N"))
    assert requests(said(TAG, answers="p2"), *both) == ["r-p2"]
    assert requests(said(TAG, answers="p3"), *both) == []


def test_codes_name_their_questions_whatever_the_hashtag_would_mean() -> None:
    both = (asked(), asked("p2", "7KQ-F2N"))
    assert requests(said(f"{TAG} 7KQ-F2N", answers="p1"), *both) == ["r-p2"]
    assert requests(said("7KQ-F2M and 7KQ-F2N"), *both) == ["r-p1", "r-p2"]


@pytest.mark.parametrize(
    "account",
    [
        replace(MIRA, id="110"),
        replace(MIRA, platform="elsewhere.example"),
        Account(MIRA.platform, "", MIRA.handle, MIRA.display_name, MIRA.url),
    ],
)
def test_nobody_else_says_yes_for_the_creator(account: Account) -> None:
    """By whatever name: handles are given away and taken anew."""
    assert requests(said(f"{TAG} {CODE}", account=account), asked()) == []


def test_a_post_without_an_account_is_answered_by_nobody() -> None:
    nameless = asked().with_post(replace(asked().post, account=Account("feed")))
    assert requests(said(f"{TAG} {CODE}", account=Account("feed")), nameless) == []


def test_what_was_said_before_the_question_is_no_answer() -> None:
    """A hashtag that creators used anyway, or one that an edit only leaves standing; a code there was not before."""
    assert requests(said(TAG, at=NOW - timedelta(seconds=1)), asked()) == []
    assert requests(said(TAG), asked()) == ["r-p1"]
    assert requests(said(f"{TAG}, edited", before=TAG), asked()) == []
    assert requests(said(CODE, before="Sure"), asked()) == ["r-p1"]


def test_a_question_is_answered_in_public_once_and_only_while_it_is_open() -> None:
    open_ = asked().open
    assert open_ is not None
    done = asked().with_request(open_.answered_in_public(LATER, "p8"))
    assert requests(said(CODE), done) == []
    assert requests(said(TAG), done, asked("p2", "7KQ-F2N")) == ["r-p2"]
    older = asked(code="")
    assert requests(said("- and nothing else"), older) == []


def test_codes_have_letters_that_nobody_takes_for_others(seed: int) -> None:
    made = {new_code() for _ in range(random.Random(seed).randint(200, 300))}
    assert len(made) >= 200, "none comes twice so soon"
    assert set("".join(made)) <= set(LETTERS) | {"-"}
    assert not set("01ILOU") & set(LETTERS)
    assert {len(code) for code in made} == {CODE_LENGTH + 1}


@pytest.mark.parametrize(
    ("name", "tag"),
    [("Lumen", "#yesLumen"), ("Lumen & Co. 2", "#yesLumenCo2"), ("Größe", "#yesGröße"), ("!!", "#yeslumenlamps")],
)
def test_a_brand_s_hashtag_is_made_of_its_name(name: str, tag: str) -> None:
    assert usual_hashtag(name, "lumen-lamps") == tag


def worded(message: str, post: Post | None = None) -> str:
    dossier = asked(message=message)
    request: Request | None = dossier.open
    assert request is not None
    return public_words(request, (post or dossier.post).account, Brand("lumen", "Lumen"), ContactPolicy("lumen"))


def test_words_for_the_public_name_creator_hashtag_and_code_and_hold_no_link() -> None:
    assert worded("{creator}: {brand}? {hashtag} {code} {link}") == f"{MIRA.handle}: Lumen? {TAG} {CODE} {{link}}"
    assert worded("May we?") == f"May we?\n\n{TAG} {CODE}"
    assert all(part in worded("") for part in (MIRA.handle, "Lumen", TAG, CODE))
    nameless = replace(samples.seen("p1"), account=replace(MIRA, handle=""))
    assert worded("{creator}", nameless).startswith("Mira Example")


@pytest.mark.parametrize(
    "message",
    ["{link}", "https://lumen.example", "HTTP://x", "www.lumen.example", "stories.example/r/" + "a" * 43, "{secret}"],
)
def test_a_text_for_the_public_with_an_address_is_refused(message: str) -> None:
    with pytest.raises(Invalid):
        check_reply(f"Hello {message}")
    check_reply("Hello {creator} {brand} {hashtag} {code}")
