"""How long ago publishing knew everything that rights had decided.

The relay of rights says `as_of t` on every partition: all that it committed before `t` has been sent. Clocks of two
machines differ, so `t` is compared only with other `t`s: the least difference ever seen between hearing and saying is
the clocks' difference plus the quickest delivery, and whatever comes later than that is late by so much.
"""

from __future__ import annotations

from dataclasses import dataclass

from chorus.publishing.domain.heard import Narrowed

# Without a word for so long, rights is asked directly, and asked again this often.
SILENCE_SECONDS = 3.0
ASK_SECONDS = 1.0
# Two clocks drift apart by less than this per second; the least difference is let go at that pace.
_DRIFT = 0.0001


@dataclass(slots=True)
class ClockEstimate:
    """The least difference seen, in seconds between a clock here and the one that says `as_of`."""

    offset: float | None = None
    _at: float = 0.0

    def age(self, said: float, now: float) -> float:
        """Tell how late this word is: how many seconds ago all that rights had committed was known here."""
        seen = now - said
        known = seen if self.offset is None else self.offset + _DRIFT * (now - self._at)
        self.offset, self._at = min(seen, known), now
        return seen - self.offset


@dataclass(frozen=True, slots=True)
class Standing:
    """What rights answers to which grants stand. One in neither set is unknown to it, or not valid yet.

    `narrowed` are those active ones that permit less than when they were given.
    """

    active: frozenset[str]
    ended: frozenset[str]
    narrowed: tuple[Narrowed, ...] = ()


def silent(age: float) -> bool:
    """Tell whether rights has to be asked directly."""
    return age > SILENCE_SECONDS


def lost(age: float, grace: float) -> bool:
    """Tell whether nothing may be shown any more that needs a grant."""
    return age > grace
