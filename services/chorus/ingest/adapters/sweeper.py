"""The loop that tidies: objects that no picture names, links that need not be repeated, posts that are withdrawn."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from chorus.ingest.adapters.work import Workshop, until_stopped
from chorus.ingest.handlers import media
from chorus.ingest.handlers.retention import forget_withdrawn
from chorus.ingest.ports import PrivateArea

# What a creator had erased is to be gone while they look on.
_PAUSE = 5.0
_OBJECTS_A_ROUND = 20
_POSTS_A_ROUND = 100
_LINKS_KEPT = timedelta(days=1)


class Sweeper:
    """Tidies now and then."""

    def __init__(self, work: Workshop, area: PrivateArea) -> None:
        """Sweep `area`."""
        self._work = work
        self._area = area

    def run(self, stop: threading.Event) -> None:
        """Tidy until told to stop."""
        until_stopped(stop, _PAUSE, self.sweep)

    def sweep(self) -> bool:
        """Tidy a little; True where there is more."""
        now = self._work.now()
        with self._work.store() as store:
            store.forget_links(now - _LINKS_KEPT)
        posts = self._forget_posts(now)
        with self._work.store() as store:
            objects = media.sweep(store, self._area, now=now, limit=_OBJECTS_A_ROUND)
        return posts == _POSTS_A_ROUND or objects == _OBJECTS_A_ROUND

    def _forget_posts(self, now: datetime) -> int:
        """Let go of posts, each in its own transaction: two that share accounts or pictures could else deadlock."""
        for count in range(_POSTS_A_ROUND):
            with self._work.store() as store:
                if not forget_withdrawn(store, now=now, limit=1):
                    return count
        return _POSTS_A_ROUND
