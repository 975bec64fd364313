"""Signed documents: a JSON object whose member `signature` vouches for all the others.

The signature is a JWS with detached payload (RFC 7515, appendix F; Ed25519, RFC 9864) over the canonical JSON (RFC
8785) of the rest. Every kind of document but the receipt is named in the header (`typ`, RFC 7515, 4.1.9): what is
signed as the one is never taken for the other.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785

from chorus.evidence import base64url
from chorus.evidence.keys import PublicKey, SigningKey

_MOST_BYTES = 1_000_000
_ALGORITHM = "Ed25519"


class TamperedError(ValueError):
    """A signed document, or the log, is not what was given out; says why."""


def sign(document: Mapping[str, Any], key: SigningKey, kind: str = "") -> dict[str, Any]:
    """Add the signature; `kind` is the header's `typ`, where it has one."""
    protected = _protected(key.public, kind)
    signature = key.sign(f"{protected}.{base64url.encode(rfc8785.dumps(dict(document)))}".encode())
    return {**document, "signature": f"{protected}..{base64url.encode(signature)}"}


def read(data: bytes) -> dict[str, Any]:
    """Read a document without checking who signed it. Raises `ValueError`, `TypeError` or `RecursionError`."""
    if len(data) > _MOST_BYTES:
        message = f"it has more than {_MOST_BYTES:,} bytes"
        raise ValueError(message)
    document = json.loads(data.decode(), object_pairs_hook=_once)
    if not isinstance(document, dict):
        message = "it is no object"
        raise TypeError(message)
    return document


def check(document: Mapping[str, Any], keys: Iterable[PublicKey], kind: str = "") -> None:
    """Refuse (`TamperedError`) what no key of these has signed, as it is and as this kind."""
    signed = {name: document[name] for name in document if name != "signature"}
    protected, nothing, signature = document["signature"].split(".")
    value = base64.urlsafe_b64decode(signature + "==")
    data = f"{protected}.{base64url.encode(rfc8785.dumps(signed))}".encode()
    # Base64 can write the same bytes in several ways, of which one was given out.
    exact = not nothing and signature == base64url.encode(value)
    if exact and any(protected == _protected(key, kind) and key.verifies(value, data) for key in keys):
        return
    message = "No known key has signed it as it is."
    raise TamperedError(message)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: which of the two was signed would depend on who reads it."""
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a name stands in it twice"
        raise ValueError(message)
    return found


def _protected(key: PublicKey, kind: str) -> str:
    header = {"alg": _ALGORITHM, "kid": key.kid, **({"typ": kind} if kind else {})}
    return base64url.encode(rfc8785.dumps(header))
