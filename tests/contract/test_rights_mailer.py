"""Letters handed in at a real mail server, and what its answers mean."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from chorus.creator.language import languages
from chorus.errors import Unavailable
from chorus.platform.config import ConfigError, load
from chorus.rights.adapters.mailer import Mailer, MailServer, MailSettings, mail_server
from chorus.rights.domain.letter import FRAMES, Asked, write
from chorus.rights.domain.outgoing import LADDER, Outcome, Tried
from chorus.rights.ports import Parcel
from tests import mail_server as servers
from tests.mail_server import PASSWORD, USER, MailBox

SENDER = "ask@stories.example"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ASK = "https://stories.example/r/ask"
STOP = "https://stories.example/r/stop-secret/stop"


def parcel(to: str = "mira@creators.example", language: str = "en", **given: object) -> Parcel:
    asked = Asked("Hello {creator} & all,\n\nmay {brand}?\n{link}", "Blue hour", NOW, NOW)
    letter = write([asked], creator="Mira <b>", brand="Lumen", language=language, link=ASK, stop=STOP, reminder=False)
    return replace(Parcel("0123456789abcdef", "Lumen", to, letter, STOP), **given)  # type: ignore[arg-type]


def plain(box: MailBox, **given: object) -> Mailer:
    return Mailer(replace(MailServer("127.0.0.1", box.port, tls=False, plain=True), **given), SENDER)  # type: ignore[arg-type]


def test_a_letter_arrives_in_words_and_as_html_with_what_mail_programs_ask_for() -> None:
    with servers.mail_server() as box:
        assert plain(box).carry(parcel()) == Tried(Outcome.SENT)
    [(to, message)] = box.taken
    assert (to, message["To"], message["From"]) == ("mira@creators.example",) * 2 + (f"Lumen <{SENDER}>",)
    assert message["Subject"] == "Lumen would like to show your post"
    assert message["Message-ID"] == "<0123456789abcdef@stories.example>"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "en")
    assert message["List-Unsubscribe"] == f"<{STOP}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, page = message.iter_parts()
    lines = text.get_content().splitlines()
    assert lines[:5] == ["Hello Mira <b> & all,", "", "may Lumen?", "https://stories.example/r/ask", ""]
    assert lines[-1] == STOP
    html = page.get_content()
    assert '<a href="https://stories.example/r/ask">https://stories.example/r/ask</a>' in html
    assert f'<a href="{STOP}">' in html
    assert "Mira &lt;b&gt; &amp; all" in html
    assert not {"<img", "src=", "<script", "<link"} & set(html.split()), "nothing is fetched"
    assert "http" not in html.replace("https://stories.example", "")


@pytest.mark.parametrize("language", languages())
def test_letters_are_written_in_every_language_of_the_creators_pages(language: str) -> None:
    assert language in FRAMES
    with servers.mail_server() as box:
        plain(box).carry(parcel(language=language))
    [(_, message)] = box.taken
    text, page = message.iter_parts()
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in page.get_content()
    assert "Lumen" in message["Subject"]
    assert "{" not in text.get_content()


def test_a_letter_that_comes_again_has_the_same_id_and_no_post_is_asked_for_without_https() -> None:
    with servers.mail_server() as box:
        for _ in range(2):
            plain(box).carry(parcel(stop="http://localhost:8080/r/stop-secret/stop"))
    assert len({message["Message-ID"] for _, message in box.taken}) == 1
    assert {message["List-Unsubscribe-Post"] for _, message in box.taken} == {None}


@pytest.mark.parametrize("direct", [False, True], ids=["STARTTLS", "TLS"])
def test_what_leaves_the_machine_is_encrypted_and_signed_in_for(tmp_path: Path, *, direct: bool) -> None:
    serving, believing = servers.certified(tmp_path)
    with servers.mail_server(serving, direct=direct, asks=True) as box:
        scheme = "smtps" if direct else "smtp"
        named = mail_server(f"{scheme}://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{box.port}")
        away = replace(named, plain=False)
        assert Mailer(away, SENDER, believing).carry(parcel()) == Tried(Outcome.SENT)
        Mailer(away, SENDER, believing).check()
        assert (box.signed_in, box.encrypted) == ([USER] * 2, [True])
        with pytest.raises(Unavailable, match="certificate"):
            Mailer(away, SENDER, ssl.create_default_context()).carry(parcel())
        with pytest.raises(Unavailable, match="535"):
            Mailer(replace(away, password="wrong"), SENDER, believing).carry(parcel())
    assert len(box.taken) == 1


def test_a_server_elsewhere_that_does_not_encrypt_gets_nothing() -> None:
    with servers.mail_server() as box, pytest.raises(Unavailable, match="STARTTLS"):
        plain(box, plain=False).carry(parcel())
    assert box.taken == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [("550 5.1.1 <{address}>: no such user", Outcome.REFUSED), ("451 4.7.1 Greylisted", Outcome.DEFERRED)],
)
def test_a_recipient_is_refused_for_good_or_for_now(answer: str, outcome: Outcome) -> None:
    with servers.mail_server() as box:
        box.to_recipient["mira"] = answer
        tried = plain(box).carry(parcel())
        assert (tried.outcome, tried.said[:3]) == (outcome, answer[:3])
        assert plain(box).carry(parcel("noa@creators.example")).outcome is Outcome.SENT


@pytest.mark.parametrize(
    ("answer", "outcome"), [("554 5.7.1 Looks like spam", Outcome.REFUSED), ("452 4.3.1 Full\r\n", Outcome.DEFERRED)]
)
def test_a_message_is_refused_for_good_or_for_now(answer: str, outcome: Outcome) -> None:
    with servers.mail_server() as box:
        box.to_message = answer.strip()
        assert plain(box).carry(parcel()) == Tried(outcome, answer.strip())


def test_what_may_have_been_taken_counts_as_a_try_so_that_nobody_gets_it_every_minute() -> None:
    """The connection broke, or nobody answered in time, between the letter and the word that it was taken."""
    with servers.mail_server() as box:
        box.hangs_up = True
        assert plain(box).carry(parcel()).outcome is Outcome.DEFERRED
        assert len(box.taken) == 1


def test_what_was_taken_is_sent_whatever_the_server_says_at_the_end() -> None:
    with servers.mail_server() as box:
        box.to_quit = "421 4.3.2 Closing"
        assert plain(box).carry(parcel()).outcome is Outcome.SENT


def test_what_is_no_letter_s_fault_counts_against_none() -> None:
    """A server that wants no mail of ours, is closing, or is not there."""
    with servers.mail_server() as box:
        box.to_sender = "550 5.7.1 We do not know you"
        with pytest.raises(Unavailable, match="550"):
            plain(box).carry(parcel())
        box.to_sender, box.to_recipient["mira"] = "", "421 4.3.2 Closing"
        with pytest.raises(Unavailable):
            plain(box).carry(parcel())
    with pytest.raises(Unavailable) as gone:
        plain(box).check()
    assert gone.value.reason == "MAIL_SERVER_DOWN"


@pytest.mark.parametrize(
    ("url", "port", "tls", "here"),
    [
        ("smtp://mail.example", 587, False, False),
        ("smtp://user:p%40ss@mail.example:2525", 2525, False, False),
        ("smtps://mail.example", 465, True, False),
        ("smtp://localhost", 25, False, True),
        ("smtp://[::1]:1025", 1025, False, True),
        ("smtp://127.0.0.2", 25, False, True),
        ("smtp://10.0.0.1", 587, False, False),
    ],
)
def test_a_mail_server_is_named_by_an_address(url: str, port: int, *, tls: bool, here: bool) -> None:
    server = mail_server(url)
    assert (server.port, server.tls, server.plain) == (port, tls, here)
    assert server.password == ("p@ss" if "user" in url else "")
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHORUS_SMTP_URL", "https://secret@mail.example"),
        ("CHORUS_SMTP_URL", "smtp://"),
        ("CHORUS_SMTP_URL", "smtp://secret@host:port"),
        ("CHORUS_MAIL_FROM", "secret"),
    ],
)
def test_settings_that_are_no_mail_server_are_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(MailSettings, {name: value})
    assert list(caught.value.problems) == [name]
    assert "secret" not in str(caught.value)


def test_without_settings_there_is_no_mail() -> None:
    assert load(MailSettings, {}).smtp_url == ""


def test_mail_that_is_put_off_is_tried_for_two_days() -> None:
    assert timedelta(hours=40) < sum(LADDER, timedelta()) < timedelta(hours=72)
