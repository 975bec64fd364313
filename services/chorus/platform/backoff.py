"""Pauses between tries: exponential backoff that begins anew once things have gone well."""

from __future__ import annotations

import time
from collections.abc import Callable

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 5.0


class Backoff:
    """Tells how long to pause before the next try: twice as long as before, and `FIRST_SECONDS` after a good time.

    A good time is `LONGEST_SECONDS` since the last pause ended without asking for another.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with the shortest pause."""
        self._clock = clock
        self._next = FIRST_SECONDS
        self._tries_at = clock()

    def pause(self) -> float:
        """Answer how many seconds to wait now."""
        now = self._clock()
        if now - self._tries_at > LONGEST_SECONDS:
            self._next = FIRST_SECONDS
        pause, self._next = self._next, min(2 * self._next, LONGEST_SECONDS)
        self._tries_at = now + pause
        return pause
