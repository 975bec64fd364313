"""Base64 for addresses, without padding (RFC 4648, section 5): how JWS, JWK and SD-JWT write bytes."""

from __future__ import annotations

import base64


def encode(data: bytes) -> str:
    """Write bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read bytes. Raises `ValueError` where a character is none of its alphabet."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
