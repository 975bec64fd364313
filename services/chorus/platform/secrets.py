"""Keys derived from the installation's secret, and what is done with them.

One list of secrets (`CHORUS_SECRET_KEY`, newest first) serves every purpose: HKDF (RFC 5869) with the purpose as its
`info` gives each use a key of its own, so that what is made for one purpose is worthless for another.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from itsdangerous import URLSafeTimedSerializer

from chorus.errors import Invalid

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet


def derive(secret: str, purpose: str) -> bytes:
    """Derive the 32-byte key of one purpose."""
    # Extract, then expand by one block, which is as long as the key.
    extracted = hmac.digest(bytes(32), secret.encode(), "sha256")
    return hmac.digest(extracted, f"chorus/{purpose}".encode() + b"\x01", "sha256")


def new_secret(size: int = 32) -> str:
    """Make an unguessable URL-safe secret of `size` random bytes."""
    return secrets.token_urlsafe(size)


def new_signing_secret() -> str:
    """Make a secret for signing webhooks, as Standard Webhooks write it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def sha256_hex(value: str | bytes) -> str:
    """Hash a secret for storage; only for values with full entropy of their own, never for passwords."""
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()


def timed_serializer(keys: Sequence[str], purpose: str) -> URLSafeTimedSerializer:
    """Make what signs small values of one purpose, with the time: the first key signs, all verify."""
    # itsdangerous signs with the last key of its list.
    derived = [derive(key, purpose) for key in reversed(keys)]
    options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    return URLSafeTimedSerializer(derived, salt=f"chorus/{purpose}".encode(), signer_kwargs=options)


class Vault:
    """Encrypts what must be read back, for example a source's token; a rotated key goes on decrypting."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Derive one Fernet key from each secret; the first encrypts."""
        self._keys = [base64.urlsafe_b64encode(derive(key, "vault")) for key in keys]

    @functools.cached_property
    def _fernet(self) -> MultiFernet:
        # Loaded when there is something to keep: it brings an OpenSSL of its own.
        from cryptography.fernet import Fernet, MultiFernet

        return MultiFernet([Fernet(key) for key in self._keys])

    def encrypt(self, value: str) -> str:
        """Encrypt and authenticate a text."""
        return self._fernet.encrypt(value.encode()).decode()

    def reseal(self, sealed: str) -> str | None:
        """Encrypt with the newest key what an older one of the list made; None where the newest made it.

        Raises `Invalid` where no key of the list did.
        """
        from cryptography.fernet import Fernet, InvalidToken

        try:
            Fernet(self._keys[0]).decrypt(sealed.encode())
        except InvalidToken:
            return self.encrypt(self.decrypt(sealed))
        return None

    def decrypt(self, sealed: str) -> str:
        """Read a text back; Invalid where no key of the list made it."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            message = (
                "This was encrypted with a key that is no longer in CHORUS_SECRET_KEY: add the old key at its end."
            )
            raise Invalid(message, reason="UNKNOWN_KEY") from error
