"""Certificates of take-downs: checked by what was published alone, and never mistaken for a receipt."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from joserfc import jws
from joserfc.jwk import OKPKey

from chorus.evidence import base64url, receipt, signed
from chorus.evidence.certificate import TYPE, is_certificate, issue, verify
from chorus.evidence.keys import PublicKey, SigningKey
from chorus.evidence.signed import TamperedError
from tests.unit.evidence.samples import KEY, certificate, file_of, log_of

OTHER = SigningKey(KEY.name, bytes(32))
KEYS = [KEY.public]


@pytest.mark.parametrize("complete", [True, False])
def test_a_certificate_is_sound_with_the_published_keys_alone(complete: bool) -> None:
    data = file_of(issue(certificate(complete=complete), KEY))
    assert is_certificate(data)
    assert verify(data, [OTHER.public, *KEYS]) == {"version": 1, **certificate(complete=complete)}


def test_another_implementation_of_jws_finds_the_signature_good_and_its_type_named() -> None:
    document = issue(certificate(), KEY)
    protected, _, signature = document.pop("signature").split(".")
    whole = f"{protected}.{base64url.encode(rfc8785.dumps(document))}.{signature}"
    found = jws.deserialize_compact(whole, OKPKey.import_key(dict(KEY.public.jwk)), algorithms=["Ed25519"])
    assert found.protected == {"alg": "Ed25519", "kid": KEY.public.kid, "typ": "chorus-takedown+jws"}


def test_no_flipped_bit_goes_unnoticed(seed: int) -> None:
    data = file_of(issue(certificate(), KEY))
    chance = random.Random(seed)
    for place in chance.sample(range(len(data) * 8), 300):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(TamperedError):
            verify(bytes(flipped), KEYS)


def test_a_receipt_is_no_certificate_and_a_certificate_no_receipt() -> None:
    """Neither as it is, nor with the other's signature, nor signed as the other by who has the key."""
    made, given = issue(certificate(), KEY), log_of(1).receipt(0)
    bare = {"certificate": made["certificate"]}
    for wrong in (given, made | {"signature": given["signature"]}, signed.sign(bare, KEY)):
        with pytest.raises(TamperedError):
            verify(file_of(wrong), KEYS)
    del given["signature"]
    for wrong in (made, signed.sign(given, KEY, TYPE)):
        with pytest.raises(TamperedError):
            receipt.verify(file_of(wrong), KEYS)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["surfaces"][0].update(confirmed_at=None),
        lambda it: it["consumers"][0].update(confirmed_at=None),
        lambda it: it["surfaces"][0].pop("confirmed_at"),
        lambda it: it.update(complete=False),
        lambda it: it.update(version=2),
        lambda it: it.pop("consumers"),
        lambda it: it.update(surfaces=7),
    ],
)
def test_one_that_calls_itself_complete_and_is_not_is_refused_whoever_signed_it(change: Change) -> None:
    said = certificate()
    change(said)
    with pytest.raises(TamperedError, match="not a certificate"):
        verify(file_of(issue(said, KEY)), KEYS)


@pytest.mark.parametrize("keys", [[], [OTHER.public]])
def test_one_of_an_unknown_key_is_refused(keys: list[PublicKey]) -> None:
    with pytest.raises(TamperedError, match="No known key"):
        verify(file_of(issue(certificate(), KEY)), keys)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"\xff", b'{"a":1,"a":1}', b"[" * 100_000, b" " * 1_000_001, b"1", b"null"]
)
def test_what_is_no_certificate_is_refused_in_words(data: bytes) -> None:
    assert not is_certificate(data)
    with pytest.raises(TamperedError, match="not a certificate"):
        verify(data, KEYS)
