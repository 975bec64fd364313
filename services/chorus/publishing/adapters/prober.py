"""Looks at this installation's own public addresses as readers do, to see whether a placement is gone from them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from urllib.parse import urlencode, urlsplit

import httpx2

from chorus.platform.paging import encode
from chorus.publishing.adapters.passes import Passes
from chorus.publishing.adapters.views import before, needs_key
from chorus.publishing.domain.surface import Surface
from chorus.publishing.domain.takedown import Look, Place, What

_SECONDS, _CONNECT_SECONDS = 5.0, 2.0
_OK, _GONE = 200, frozenset({404, 410})


class Prober:
    """Asks by plain HTTP: whose addresses these are we know, since they are configured here."""

    def __init__(self, public_url: str, reached_at: str, passes: Passes, user_agent: str) -> None:
        """Look at what is below `public_url`; `reached_at` is where that origin is reached from here."""
        self._public_url = public_url
        self._reached_at = reached_at
        self._passes = passes
        self._user_agent = user_agent

    def look(self, place: Place, where: Surface, version: int, post: str = "") -> list[Look]:
        """Look whether a placement is gone: from feed and changes of the surface as it is now, and its pictures.

        `version` is the surface's, at which the placement changed last; `post`, where named, is what no other placement
        may show there either. Where nobody answers at all, the rest is not asked for: it is the same origin.
        """
        looks: list[Look] = []
        for what, path in _addresses(place, where, version):
            answered = not looks or looks[-1].status
            looks.append(self._asked(what, path, place, where, post) if answered else self._unanswered(what, path))
        return looks

    @cached_property
    def _client(self) -> httpx2.Client:
        """Make the client when it is needed: a context for TLS takes room.

        Each request has a connection of its own, which a balancer may lead to any process; no redirect is followed.
        """
        return httpx2.Client(
            base_url=self._reached_at,
            headers={"host": urlsplit(self._public_url).netloc, "user-agent": self._user_agent},
            timeout=httpx2.Timeout(_SECONDS, connect=_CONNECT_SECONDS),
            limits=httpx2.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    def _asked(self, what: What, path: str, place: Place, where: Surface, post: str) -> Look:
        try:
            answer = self._client.get(path, headers=self._key(where) if what is not What.PICTURE else {})
        except httpx2.RequestError:
            return self._unanswered(what, path)
        gone = _is_gone(what, answer, place.placement, post)
        return Look(what, self._public_url + path, answer.status_code, gone)

    def _unanswered(self, what: What, path: str) -> Look:
        return Look(what, self._public_url + path, 0, gone=False)

    def _key(self, where: Surface) -> dict[str, str]:
        if not needs_key(where):
            return {}
        return {"authorization": f"Bearer {self._passes.make(where.brand, where.surface)}"}


def _addresses(place: Place, where: Surface, version: int) -> Iterator[tuple[What, str]]:
    """List what is looked at: the feed as most ask for it, and its page on which the placement would stand."""
    surface = f"/v1/{where.brand}/surfaces/{where.surface}"
    cursor = before(place.rank, place.shown_from, in_order=bool(where.definition.rule.collection))
    yield What.FEED, f"{surface}/feed.json"
    yield What.FEED, f"{surface}/feed.json?{urlencode({'cursor': cursor})}"
    yield What.CHANGES, f"{surface}/changes?{urlencode({'since': encode(version - 1)})}"
    for file in place.files:
        yield What.PICTURE, file


def _is_gone(what: What, answer: httpx2.Response, placement: str, post: str) -> bool:
    if what is What.PICTURE:
        return answer.status_code in _GONE
    if answer.status_code != _OK:
        return False
    try:
        if what is What.FEED:
            shown = {name for each in answer.json()["items"] for name in (each["id"], each["_chorus"]["post_id"])}
            return shown.isdisjoint({placement, post})
        return placement in {each["placement_id"] for each in answer.json()["changes"] if each["type"] == "withdrawn"}
    except (ValueError, KeyError, TypeError):
        # What somebody in between has answered is no sign of anything.
        return False
