"""Certificates of take-downs: what was shown, and of each place and each keeper of copies whether it is gone there.

A JSON object of two parts: `certificate` says it in plain values, which docs/takedowns.md describes, and `signature` is
by a key that signs receipts too, with a type of its own (`signed.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from chorus.evidence import signed
from chorus.evidence.keys import PublicKey, SigningKey
from chorus.evidence.signed import TamperedError

TYPE: Final = "chorus-takedown+jws"
_VERSION = 1


def issue(certificate: Mapping[str, Any], key: SigningKey) -> dict[str, Any]:
    """Sign what a certificate says."""
    return signed.sign({"certificate": {"version": _VERSION, **certificate}}, key, TYPE)


def is_certificate(data: bytes) -> bool:
    """Tell whether this is meant as a certificate, sound or not."""
    try:
        return "certificate" in signed.read(data)
    except (ValueError, TypeError, RecursionError):
        return False


def verify(data: bytes, keys: Iterable[PublicKey]) -> Mapping[str, Any]:
    """Answer what a sound certificate says. Raises `TamperedError`, which says what is not as it was."""
    try:
        document = signed.read(data)
        signed.check(document, keys, TYPE)
        return _sound(document["certificate"])
    except TamperedError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError) as error:
        message = f"This is not a certificate that was given out: {error}."
        raise TamperedError(message) from error


def _sound(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Refuse (`ValueError`) what calls itself complete and is not, whoever signed it."""
    confirmed = all(each["confirmed_at"] is not None for each in (*said["surfaces"], *said["consumers"]))
    if said["version"] != _VERSION or said["complete"] is not confirmed:
        message = "it is of another version, or says of itself what it does not hold"
        raise ValueError(message)
    return said
