"""The keys that sign evidence: Ed25519 (RFC 8032), for checkpoints, receipts and certificates alike.

What is signed as the one can never be the other: a checkpoint has line breaks, the signing input of a JWS has none, and
a certificate's names its type.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import rfc8785

from chorus.evidence import base64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ED25519 = b"\x01"


@dataclass(frozen=True)
class PublicKey:
    """What checks a signature: the `name` of the log whose key it is, and the key's 32 bytes."""

    name: str
    key: bytes

    @property
    def note_id(self) -> bytes:
        """Answer the four bytes that name it in a signed note."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:4]

    @property
    def kid(self) -> str:
        """Answer what names it in a JWS: the thumbprint of RFC 7638."""
        told = rfc8785.dumps({"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(self.key)})
        return base64url.encode(hashlib.sha256(told).digest())

    @property
    def verifier(self) -> str:
        """Write it as a signed note's verifier key, for tools that follow logs."""
        return f"{self.name}+{self.note_id.hex()}+{base64.b64encode(_ED25519 + self.key).decode()}"

    @property
    def jwk(self) -> dict[str, str]:
        """Write it as a JWK (RFC 8037)."""
        return {
            "kty": "OKP",
            "crv": "Ed25519",
            "use": "sig",
            "alg": "Ed25519",
            "kid": self.kid,
            "x": base64url.encode(self.key),
        }

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Tell whether this key made a signature."""
        # Loaded when there is something to check: it brings an OpenSSL of its own.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """What makes signatures: the name of its log, and the 32 bytes that the key follows from."""

    name: str
    seed: bytes

    @cached_property
    def public(self) -> PublicKey:
        """Answer what checks its signatures."""
        return PublicKey(self.name, self._private.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """Sign."""
        return self._private.sign(data)

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed)


def published(keys: Sequence[PublicKey]) -> dict[str, Any]:
    """Write keys as a document: a JWK Set (RFC 7517), each key with its log's name and its form for signed notes."""
    return {"keys": [{**each.jwk, "log": each.name, "verifier": each.verifier} for each in keys]}


def read_published(document: Mapping[str, Any]) -> list[PublicKey]:
    """Read such a document. Raises `ValueError` where it is none."""
    try:
        return [PublicKey(each["log"], base64url.decode(each["x"])) for each in document["keys"]]
    except (KeyError, TypeError, ValueError) as error:
        message = "this is no document of published keys"
        raise ValueError(message) from error
