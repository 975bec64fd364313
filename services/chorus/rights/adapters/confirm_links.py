"""Links by which others agree. Their secrets are kept nowhere: they follow from the installation's key and their ids.

So the creator's page can show them as long as they are needed, and nobody can who has the database alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from chorus.evidence import base64url
from chorus.platform.secrets import derive, sha256_hex
from chorus.rights.ports import Store


class ConfirmLinks:
    """Makes the secret of a part's link."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Derive from these secrets, the newest first: what an older one made is still known."""
        self._keys = keys

    def sha256(self, confirmation: str) -> str:
        """Hash the secret of a new part's link."""
        return sha256_hex(_secret(self._keys[0], confirmation))

    def secret(self, store: Store, confirmation: str) -> str:
        """Answer the secret that leads to a part; empty where a key made it that is no longer in the list."""
        secrets = (_secret(key, confirmation) for key in self._keys)
        return next((each for each in secrets if store.links(sha256_hex(each))), "")


def _secret(key: str, confirmation: str) -> str:
    return base64url.encode(derive(key, f"confirmation/{confirmation}"))
