"""Passes by which publishing reads a surface that needs a key, to see that something is gone from it.

The key itself is known to nobody here, but as its hash. A pass opens one surface, to read, for a minute, and goes to
this installation's own public address alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from itsdangerous import BadData, URLSafeTimedSerializer

from chorus.platform.secrets import derive

_SECONDS = 60


class Passes:
    """Makes passes and tells whether one opens a surface."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Derive a key from each secret; the first signs, all verify."""
        # itsdangerous signs with the last key of its list.
        secrets = [derive(key, "surface-pass") for key in reversed(keys)]
        options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._serializer = URLSafeTimedSerializer(secrets, salt=b"chorus/surface-pass", signer_kwargs=options)

    def make(self, brand: str, surface: str) -> str:
        """Make a pass for a surface."""
        return str(self._serializer.dumps([brand, surface]))

    def opens(self, shown: str, brand: str, surface: str) -> bool:
        """Tell whether what is shown is a pass for this surface, and not an old one."""
        try:
            return bool(self._serializer.loads(shown, max_age=_SECONDS) == [brand, surface])
        except (BadData, ValueError):
            return False
