"""Every connector reads what platforms send, as it is recorded, and finds in it exactly what is expected.

A recording is a file in `recordings/<connector>/`; beside it, `<name>.expected.json` says what is to be found. A new
connector needs nothing here but recordings of its own and, where it is looked at, its settings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from chorus.errors import Invalid
from chorus.ingest.app import find_connectors
from chorus.ingest.domain.post import PostKey, Sighting
from chorus.ingest.domain.tidy import tidied, tidied_key
from chorus.ingest.ports import LookError, PolledConnector, ReceivingConnector
from chorus.platform.secrets import new_signing_secret

RECORDINGS = Path(__file__).parent / "recordings"
NOW = datetime(2026, 11, 30, tzinfo=UTC)
CONNECTORS = find_connectors().by_name
FOUND = sorted(path for path in RECORDINGS.glob("*/*") if not path.name.endswith(".expected.json"))
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "feed": {"url": "https://feeds.example/feed"},
    "mastodon": {"server": "https://social.example", "hashtag": "lumenlight"},
}


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    final_url: str = ""


@dataclass
class Recorded:
    """A fetcher that answers with a recording, and remembers what it was asked."""

    answer: Answer
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def fetch(
        self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int, accept: str | None = None
    ) -> Answer:
        self.asked.append((url, dict(headers or {})))
        return self.answer


def read(name: str, body: bytes) -> tuple[Sequence[Sighting], Sequence[PostKey]]:
    connector = CONNECTORS[name]
    if isinstance(connector, PolledConnector):
        settings = connector.settings.model_validate(SETTINGS[name])
        look = connector.look(settings, {}, Recorded(Answer(200, body)))
        return look.sightings, look.deletions
    assert isinstance(connector, ReceivingConnector)
    secret, at = new_signing_secret(), datetime.now(UTC)
    headers = {
        "webhook-id": "msg-1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg-1", at, body.decode()),
    }
    delivery = connector.receive("shop", secret, headers, body)
    return delivery.sightings, delivery.deletions


def plain(said: Sighting) -> dict[str, object]:
    """Write a sighting, as ingest would keep it, in a form that a person can read."""
    tidy = tidied(said, NOW)
    account = tidy.account
    return {
        "key": [tidy.key.platform, tidy.key.id],
        "account": [account.platform, account.id, account.handle, account.display_name, account.url],
        "text": tidy.text,
        "permalink": tidy.permalink,
        "language": tidy.language,
        "hashtags": list(tidy.hashtags),
        "posted_at": tidy.posted_at.astimezone(UTC).isoformat() if tidy.posted_at else None,
        "edited_at": tidy.edited_at.astimezone(UTC).isoformat() if tidy.edited_at else None,
        "pictures": [[each.url, each.alt_text, each.identity] for each in tidy.pictures],
        "reference": tidy.reference,
        "tagged": tidy.tagged,
        **({"in_reply_to": [tidy.in_reply_to.platform, tidy.in_reply_to.id]} if tidy.in_reply_to else {}),
    }


@pytest.mark.parametrize("recording", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_recording_is_read_as_expected(recording: Path) -> None:
    sightings, deletions = read(recording.parent.name, recording.read_bytes())
    keys = [tidied_key(each) for each in deletions]
    found = {"posts": [plain(each) for each in sightings], "deleted": [[each.platform, each.id] for each in keys]}
    assert found == json.loads(recording.with_name(f"{recording.stem}.expected.json").read_text())


def test_every_connector_that_reads_has_recordings() -> None:
    readers = {name for name, each in CONNECTORS.items() if isinstance(each, PolledConnector | ReceivingConnector)}
    assert readers == {path.parent.name for path in FOUND}


@pytest.mark.parametrize("recording", FOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_recording_cut_anywhere_is_read_or_refused_in_words_and_never_a_fault(recording: Path) -> None:
    whole = recording.read_bytes()
    cuts = [whole[: len(whole) * share // 20].decode(errors="ignore").encode() for share in range(1, 20)]
    refusals = [each for each in (_refusal(recording.parent.name, cut) for cut in cuts) if each is not None]
    assert all(refusals)
    assert refusals or recording.parent.name == "feed"


def _refusal(name: str, body: bytes) -> str | None:
    """Read, and say why it was refused; None where it was not. Anything but a refusal is a fault, and raised."""
    try:
        read(name, body)
    except (LookError, Invalid) as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("name", sorted(SETTINGS))
@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 410, 418, 429, 500, 503])
def test_whatever_a_server_answers_is_said_in_words(name: str, status: int) -> None:
    connector = CONNECTORS[name]
    assert isinstance(connector, PolledConnector)
    settings = connector.settings.model_validate(SETTINGS[name])
    answer = Answer(status, b"<html>an error page</html>", {"retry-after": "120"})
    with pytest.raises(LookError) as refused:
        connector.look(settings, {}, Recorded(answer))
    assert str(status) in str(refused.value)
    assert refused.value.retry_after is not None
    assert refused.value.retry_after.total_seconds() == 120


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'[{"id": 1}]', b'[{"id": "1"}]', b"\xff\xfe", b"<rss/>"])
@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_nonsense_is_no_posts_or_refused_in_words(name: str, body: bytes) -> None:
    try:
        found, _ = read(name, body)
    except LookError:
        return
    assert not found


def test_a_token_is_sent_where_there_is_one() -> None:
    connector = CONNECTORS["mastodon"]
    assert isinstance(connector, PolledConnector)
    settings = connector.settings.model_validate({**SETTINGS["mastodon"], "access_token": "very-secret"})
    fetcher = Recorded(Answer(200, b"[]"))
    connector.look(settings, {}, fetcher)
    assert fetcher.asked == [
        ("https://social.example/api/v1/timelines/tag/lumenlight?limit=40", {"Authorization": "Bearer very-secret"})
    ]


def test_a_feed_is_asked_with_what_its_server_gave_last_time() -> None:
    connector = CONNECTORS["feed"]
    assert isinstance(connector, PolledConnector)
    settings = connector.settings.model_validate(SETTINGS["feed"])
    given = {"etag": '"abc"', "last-modified": "Fri, 20 Nov 2026 17:12:44 GMT"}
    first = Recorded(Answer(200, b'{"version": "1.1", "items": []}', given))
    look = connector.look(settings, {}, first)
    again = Recorded(Answer(304, b""))
    assert connector.look(settings, look.state, again).state == given
    assert again.asked[0][1] == {"If-None-Match": '"abc"', "If-Modified-Since": "Fri, 20 Nov 2026 17:12:44 GMT"}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("feed", b'{"items": [{"id": "1", "content_text": "Blue hour", "url": "a://[", "image": "b://["}]}'),
        (
            "feed",
            (
                b"<rss version='2.0'><channel><link>c://[</link><item><guid>1</guid><title>Blue hour</title>"
                b"<link>a://[</link><enclosure url='b://[' type='image/png'/></item></channel></rss>"
            ),
        ),
        (
            "feed",
            b"<rss version='2.0'><channel><:-/><item><guid>1</guid><title>Blue hour</title></item></channel></rss>",
        ),
    ],
)
def test_an_address_or_element_that_is_none_costs_neither_its_item_nor_the_feed(name: str, body: bytes) -> None:
    (sighting,), _ = read(name, body)
    assert sighting.text == "Blue hour"
