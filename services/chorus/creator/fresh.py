"""A mark on an uploader's first visit: this link was made minutes ago, so rights may not have heard of it yet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from itsdangerous import BadData, URLSafeTimedSerializer

from chorus.platform.secrets import derive, sha256_hex

_SECONDS = 15 * 60


class Fresh:
    """Makes and checks the mark. It grants nothing: it tells "not yet" from "never"."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Derive a key from each secret; the first signs, all verify."""
        # itsdangerous signs with the last key of its list.
        secrets = [derive(key, "fresh-link") for key in reversed(keys)]
        options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._serializer = URLSafeTimedSerializer(secrets, salt=b"chorus/fresh-link", signer_kwargs=options)

    def mark(self, token: str) -> str:
        """Make the mark of a link."""
        return str(self._serializer.dumps(sha256_hex(token)))

    def holds(self, mark: str, token: str) -> bool:
        """Tell whether a mark is this link's, and young."""
        try:
            return bool(self._serializer.loads(mark, max_age=_SECONDS) == sha256_hex(token))
        except BadData:
            return False
