"""The loop that tidies: objects that no picture names, links that need not be repeated, posts that are withdrawn."""

from __future__ import annotations

import threading
from datetime import timedelta

from chorus.ingest.adapters.work import Workshop, until_stopped
from chorus.ingest.handlers import media
from chorus.ingest.handlers.retention import forget_withdrawn
from chorus.ingest.ports import PrivateArea

_PAUSE = 300.0
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
            forget_withdrawn(store, now=now, limit=_POSTS_A_ROUND)
            return media.sweep(store, self._area, now=now, limit=_OBJECTS_A_ROUND) == _OBJECTS_A_ROUND
