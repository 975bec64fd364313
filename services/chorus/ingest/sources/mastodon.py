"""A hashtag on a Mastodon server, or on any other that speaks its API (docs.joinmastodon.org/methods/timelines).

Looking reads the newest page, which also shows late edits; where that does not reach back to what was read before, the
gap is walked from its old end. A status is known by its `uri`, which is the same on every server that shows it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from pydantic import Field, SecretStr, field_validator

from chorus.ingest.domain.post import Account, Picture, PostKey, Sighting
from chorus.ingest.ports import Fetcher, Look, LookError, PolledSettings, Presence, Reference, Response
from chorus.ingest.sources._answers import expect_ok, is_gone
from chorus.ingest.sources._html import plain_text

PLATFORM = "mastodon"
_PAGE = 40
_PAGES_A_LOOK = 5
_MOST_BYTES = 4_000_000
_Status = Mapping[str, Any]
K = TypeVar("K", dict[str, Any], list[Any])


class MastodonSettings(PolledSettings):
    """Which server, and which hashtag on it."""

    server: str = Field(
        title="Server",
        description="Its address, for example https://mastodon.social",
        pattern=r"^https?://[^\s/?#@]+/?$",
    )
    hashtag: str = Field(title="Hashtag", pattern=r"^#?\w+$", max_length=100)
    access_token: SecretStr = Field(
        default=SecretStr(""), title="Access token", description="Only where the server asks for one."
    )
    every_seconds: int = Field(default=60, ge=15, le=86_400, title="Look every … seconds")

    @field_validator("server")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("hashtag")
    @classmethod
    def _without_sign(cls, value: str) -> str:
        return value.lstrip("#")


class Mastodon:
    """The `mastodon` connector."""

    name = "mastodon"
    title = "Mastodon hashtag"
    description = "Public posts with a hashtag, as a Mastodon server shows them."
    settings = MastodonSettings
    signed = False
    agreed = False

    def look(self, settings: MastodonSettings, state: Mapping[str, Any], fetcher: Fetcher) -> Look:
        """Read the newest page, and what lies between it and the last look."""
        newest = _timeline(settings, fetcher)
        last = str(state.get("newest", ""))
        if not newest:
            return Look(state=state)
        if not last or len(newest) < _PAGE or _order(newest[-1]["id"]) <= _order(last):
            return Look(_sightings(settings, newest), state={"newest": newest[0]["id"]})
        between, reached = _walk(settings, fetcher, last, newest[-1]["id"])
        caught_up = _order(reached) >= _order(newest[-1]["id"])
        state = {"newest": newest[0]["id"] if caught_up else reached}
        return Look(_sightings(settings, [*between, *reversed(newest)]), state=state, more=not caught_up)

    def ask(self, settings: MastodonSettings, post: Reference, fetcher: Fetcher) -> Sighting | Presence:
        """Ask the server for one status."""
        answer = _get(settings, fetcher, f"/api/v1/statuses/{quote(post.reference, safe='')}", {})
        if is_gone(answer):
            return Presence.GONE
        expect_ok(answer)
        found = _sightings(settings, [_json(answer.body, dict)])
        return found[0] if found and found[0].key == post.key else Presence.UNKNOWN


def _walk(settings: MastodonSettings, fetcher: Fetcher, last: str, until: str) -> tuple[list[_Status], str]:
    """Read on from `last`, a few pages at most; answers the statuses, oldest first, and how far they reach."""
    found: list[_Status] = []
    for _ in range(_PAGES_A_LOOK):
        page = _timeline(settings, fetcher, min_id=last)
        found.extend(reversed(page))
        last = page[0]["id"] if page else until
        if _order(last) >= _order(until):
            break
    return found, last


def _timeline(settings: MastodonSettings, fetcher: Fetcher, **asked: str) -> list[_Status]:
    """Read a page of the hashtag's timeline, newest first."""
    path = f"/api/v1/timelines/tag/{quote(settings.hashtag, safe='')}"
    answer = _get(settings, fetcher, path, {"limit": str(_PAGE), **asked})
    expect_ok(answer)
    page = _json(answer.body, list)
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in page):
        raise _nonsense()
    return page


def _get(settings: MastodonSettings, fetcher: Fetcher, path: str, query: Mapping[str, str]) -> Response:
    token = settings.access_token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{settings.server}{path}" + (f"?{urlencode(query)}" if query else "")
    return fetcher.fetch(url, headers=headers, max_bytes=_MOST_BYTES, accept="application/json")


def _json(body: bytes, kind: type[K]) -> K:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _nonsense() from error
    if not isinstance(said, kind):
        raise _nonsense()
    return said


def _nonsense() -> LookError:
    return LookError("The server does not answer as a Mastodon server does: check its address.")


def _sightings(settings: MastodonSettings, statuses: Sequence[_Status]) -> list[Sighting]:
    """Read statuses; boosts are somebody else's words, and what is not meant for all is not for us."""
    try:
        return [_sighting(settings, each) for each in statuses if not each.get("reblog") and _is_public(each)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _nonsense() from error


def _is_public(status: _Status) -> bool:
    return status.get("visibility", "public") in {"public", "unlisted"}


def _sighting(settings: MastodonSettings, status: _Status) -> Sighting:
    parts = [_text(status.get("spoiler_text")), plain_text(_text(status.get("content")))]
    return Sighting(
        key=PostKey(PLATFORM, _text(status["uri"])),
        account=_account(settings, status["account"]),
        text="\n\n".join(part for part in parts if part),
        permalink=_text(status.get("url") or status["uri"]),
        language=_text(status.get("language")),
        hashtags=tuple(_text(each["name"]) for each in status.get("tags", [])),
        posted_at=_moment(status["created_at"]),
        edited_at=_moment(status["edited_at"]) if status.get("edited_at") else None,
        pictures=tuple(_picture(each) for each in status.get("media_attachments", []) if each["type"] == "image"),
        reference=status["id"],
        tagged=True,
        in_reply_to=_answered(status),
    )


def _answered(status: _Status) -> PostKey | None:
    """Name the status that is answered, where that can be told without asking: an account's answer to itself, at home.

    A server names it by its own id, which is the end of a `uri` only where the status lives on that server.
    """
    parent, uri = _text(status.get("in_reply_to_id")), _text(status["uri"])
    own = _text(status.get("in_reply_to_account_id")) == status["account"].get("id")
    if not parent or not own or not uri.endswith(f"/{status['id']}"):
        return None
    return PostKey(PLATFORM, uri.removesuffix(status["id"]) + parent)


def _account(settings: MastodonSettings, said: _Status) -> Account:
    """Read an account; its `uri` is what stays when its handle changes, and older servers have only its `url`."""
    acct, url = _text(said["acct"]), _text(said["url"])
    handle = acct if "@" in acct else f"{acct}@{urlsplit(settings.server).netloc}"
    return Account(PLATFORM, _text(said.get("uri")) or url, f"@{handle}", _text(said.get("display_name")) or acct, url)


def _picture(said: _Status) -> Picture:
    """Read an attachment; its address at its origin is the same on every server."""
    address = _text(said.get("url") or said["remote_url"])
    return Picture(address, _text(said.get("description")), _text(said.get("remote_url")) or address)


def _text(value: object) -> str:
    """Read a text that may be left out or null; TypeError where it is anything else."""
    if value is None or isinstance(value, str):
        return value or ""
    raise TypeError(value)


def _moment(said: str) -> datetime:
    moment = datetime.fromisoformat(said)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _order(status_id: str) -> tuple[int, str]:
    """Sort ids by age: Mastodon's are numbers of growing length, others' are sortable words of one length."""
    return len(status_id), status_id


CONNECTOR = Mastodon()
