"""Passes by which publishing reads a surface that needs a key, to see that something is gone from it.

The key itself is known to nobody here, but as its hash. A pass opens one surface, to read, for a minute, and goes to
this installation's own public address alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from itsdangerous import BadData

from chorus.platform.secrets import timed_serializer

_SECONDS = 60


class Passes:
    """Makes passes and tells whether one opens a surface."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Derive a key from each secret; the first signs, all verify."""
        self._serializer = timed_serializer(keys, "surface-pass")

    def make(self, brand: str, surface: str) -> str:
        """Make a pass for a surface."""
        return str(self._serializer.dumps([brand, surface]))

    def opens(self, shown: str, brand: str, surface: str) -> bool:
        """Tell whether what is shown is a pass for this surface, and not an old one."""
        try:
            return bool(self._serializer.loads(shown, max_age=_SECONDS) == [brand, surface])
        except (BadData, ValueError):
            return False
