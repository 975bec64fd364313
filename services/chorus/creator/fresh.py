"""A mark on an uploader's first visit: this link was made minutes ago, so rights may not have heard of it yet."""

from __future__ import annotations

from collections.abc import Sequence

from itsdangerous import BadData

from chorus.platform.secrets import sha256_hex, timed_serializer

_SECONDS = 15 * 60


class Fresh:
    """Makes and checks the mark. It grants nothing: it tells "not yet" from "never", and whose page it is."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Derive a key from each secret; the first signs, all verify."""
        self._serializer = timed_serializer(keys, "fresh-link")

    def mark(self, token: str, brand: str) -> str:
        """Make the mark of a link to this brand's upload."""
        return str(self._serializer.dumps([sha256_hex(token), brand]))

    def brand(self, mark: str, token: str) -> str | None:
        """Name the brand that a link leads to; None where the mark is another link's, or old."""
        try:
            marked, brand = self._serializer.loads(mark, max_age=_SECONDS)
        except (BadData, ValueError):
            return None
        return str(brand) if marked == sha256_hex(token) else None
