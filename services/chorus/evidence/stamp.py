"""Time stamps (RFC 3161): an authority's word by when a signed checkpoint was there, by another clock than ours."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

# The library is loaded when there is something to ask or to read: it brings an OpenSSL of its own.
if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

_GRANTED = 0
_SHA256 = "2.16.840.1.101.3.4.2.1"


class BadStampError(ValueError):
    """This is no time stamp of what it should be one of, or none that a known authority has made."""


def question(checkpoint: str) -> tuple[bytes, int]:
    """Write what an authority is asked about a checkpoint, a signed note (TimeStampReq, DER), and answer its nonce."""
    from rfc3161_client import TimestampRequestBuilder
    from rfc3161_client.base import HashAlgorithm

    asked = TimestampRequestBuilder(checkpoint.encode(), HashAlgorithm.SHA256).build()
    return asked.as_bytes(), int(asked.nonce or 0)


def read(checkpoint: str, response: bytes, *, roots: Sequence[Certificate] = (), nonce: int | None = None) -> datetime:
    """Answer by when a checkpoint was there, by an authority's response (TimeStampResp, DER).

    Where `roots` are given, the authority's certificate leads to one of them, and was valid then; without any, nobody
    vouches for who said it. Where a `nonce` is given, it answers that question and no earlier one. Raises
    `BadStampError`.
    """
    from rfc3161_client import decode_timestamp_response

    digest = hashlib.sha256(checkpoint.encode()).digest()
    try:
        answer = decode_timestamp_response(response)
        problem = _problem(answer, digest, nonce) or _mistrusted(answer, digest, roots)
        at = None if problem else answer.tst_info.gen_time
    except ValueError as error:
        message = "this is no time stamp"
        raise BadStampError(message) from error
    if at is None:
        raise BadStampError(problem)
    return at.astimezone(UTC)


def trusted(pem: bytes) -> list[Certificate]:
    """Read the certificates of authorities that are trusted, as PEM. Raises `ValueError` where there is none."""
    from cryptography.x509 import load_pem_x509_certificates

    return load_pem_x509_certificates(pem)


def _problem(answer: TimeStampResponse, digest: bytes, nonce: int | None) -> str:
    if answer.status != _GRANTED:
        return f"the authority gave none: {' '.join(answer.status_string) or answer.status}"
    imprint = answer.tst_info.message_imprint
    if (imprint.hash_algorithm.dotted_string, imprint.message) != (_SHA256, digest):
        return "it is of something else"
    return "it answers another question" if nonce not in {None, answer.tst_info.nonce} else ""


def _mistrusted(answer: TimeStampResponse, digest: bytes, roots: Sequence[Certificate]) -> str:
    from rfc3161_client import VerificationError, VerifierBuilder

    try:
        _ = roots and VerifierBuilder(roots=list(roots)).build().verify(answer, digest)
    except VerificationError:
        return "no authority that is trusted here has made it, with a certificate that was valid then"
    return ""
