"""Feeds that lie ready: written down when somebody asks, and sent again as bytes until anything about them changes."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from chorus.platform.at_once import Headers, Ready
from chorus.publishing.adapters.answers import Asked, Forms
from chorus.publishing.adapters.views import Page, View, needs_key
from chorus.publishing.adapters.watch import CACHE_SECONDS, Trust

# Addresses, as they were asked for. Strangers can make up more, and then push each other out.
_MOST = 256
_LONGEST = 500


class Watched(Protocol):
    """The views that are shown now, and how long they are trusted."""

    @property
    def by_name(self) -> Mapping[tuple[str, str], View]:
        """Views by brand and surface."""

    @property
    def trust(self) -> Trust:
        """Until when they may be shown unseen."""


@dataclass(frozen=True, slots=True)
class _Kept:
    name: tuple[str, str]
    view: View
    answer: Forms
    # Until when, on the wall clock, caches may keep it for as long as ever.
    until: float


class Shelf:
    """Holds answers that the reader has given; what needs a closer look than it takes is left to the reader."""

    def __init__(self, watch: Watched) -> None:
        """Trust what this watch trusts."""
        self._watch = watch
        self._kept: dict[bytes, _Kept] = {}

    def find(self, target: bytes, headers: Headers) -> Ready | None:
        """Answer a request for an address, if what was answered last is right still."""
        kept = self._kept.get(target)
        if kept is None or not self._is_right(kept):
            return None
        return kept.answer.to(Asked(headers))

    def keep(self, target: bytes, view: View, page: Page, cache_control: bytes) -> None:
        """Keep what is answered at an address, unless it depends on who asks, or on the moment."""
        self._let_go(view)
        until = math.inf if view.until is None else view.until.timestamp() - CACHE_SECONDS
        if needs_key(view.surface) or len(target) > _LONGEST or time.time() > until:
            return
        self._kept.pop(target, None)
        if len(self._kept) >= _MOST:
            self._make_room()
        self._kept[target] = _Kept(view.name, view, Forms.of(page, cache_control), until)

    def _is_right(self, kept: _Kept) -> bool:
        now, trust = time.monotonic(), self._watch.trust
        return (
            self._watch.by_name.get(kept.name) is kept.view
            and now <= trust.asked
            and now <= trust.rights
            and time.time() <= kept.until
        )

    def _let_go(self, view: View) -> None:
        """Drop what other views of this surface answered: each would stay in memory, with all that it shows."""
        before = [target for target, kept in self._kept.items() if kept.view is not view and kept.name == view.name]
        for target in before:
            del self._kept[target]

    def _make_room(self) -> None:
        """Drop what is right no longer, else the oldest."""
        wrong = [target for target, kept in self._kept.items() if not self._is_right(kept)]
        for target in wrong or [next(iter(self._kept))]:
            del self._kept[target]
