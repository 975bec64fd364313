"""Receipts: sound as they were given out, and no other way."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import random
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jws
from joserfc.jwk import OKPKey

from chorus.evidence import entry, note
from chorus.evidence.keys import SigningKey
from chorus.evidence.receipt import issue, verify, verify_consistency, verify_log
from chorus.evidence.signed import TamperedError
from chorus.evidence.tree import EMPTY, consistency
from tests.unit.evidence.samples import AT, DETAILS, KEY, ORIGIN, file_of, log_of

KEY_SEED = base64.urlsafe_b64encode(KEY.seed).decode().rstrip("=")
KEPT = set(DETAILS) - {"identity", "credit"}
OTHER = SigningKey(ORIGIN, bytes(range(1, 33)))


def test_a_receipt_says_what_was_decided_and_where_the_log_holds_it() -> None:
    found = verify(file_of(log_of(5).receipt(3)), [OTHER.public, KEY.public])
    assert found.receipt["details"] == DETAILS | {"grant": "grant-3"}
    assert (found.receipt["kind"], found.receipt["brand"], found.receipt["names"]) == (
        "granted",
        "lumen",
        {"brand": "Lumen"},
    )
    assert (found.leaf, found.checkpoint.size, found.checkpoint.origin) == (3, 5, ORIGIN)


def test_the_signature_is_what_other_programs_check() -> None:
    """Canonical JSON by the standard library, a detached JWS by hand, Ed25519 by OpenSSL."""
    receipt = log_of(3).receipt(1)
    protected, nothing, signature = receipt.pop("signature").split(".")
    payload = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    signed = f"{protected}.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}".encode()
    Ed25519PublicKey.from_public_bytes(KEY.public.key).verify(base64.urlsafe_b64decode(signature + "=="), signed)
    assert nothing == ""
    assert OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": KEY.public.jwk["x"]}).thumbprint() == KEY.public.kid
    assert json.loads(base64.urlsafe_b64decode(protected + "==")) == {"alg": "Ed25519", "kid": KEY.public.kid}


def test_a_receipt_that_a_key_signed_which_is_used_no_more_stays_good() -> None:
    log = log_of(2)
    old = file_of(log.receipt(0))
    log.key = OTHER
    log.add("revoked")
    keys = [KEY.public, OTHER.public]
    assert verify(old, keys).checkpoint.size == 2
    assert verify(file_of(log.receipt(2)), keys).receipt["kind"] == "revoked"


def test_an_entry_says_nothing_of_anybody_by_itself() -> None:
    content, _ = log_of(1).entries[0]
    said = json.loads(content)
    assert set(said) == {"version", "kind", "brand", "at", "sd_alg", "sd"}
    assert len(said["sd"]) == len(DETAILS)
    for word in ("mira", "Mira", "42", "0190", "pixel"):
        assert word.encode() not in content


def test_no_flipped_bit_goes_unnoticed(seed: int) -> None:
    data = file_of(log_of(6).receipt(4))
    chance = random.Random(seed)
    for place in chance.sample(range(len(data) * 8), 300):
        flipped = bytearray(data)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises(TamperedError):
            verify(bytes(flipped), [KEY.public])


@pytest.mark.parametrize(
    ("part", "name", "value"),
    [
        ("receipt", "kind", "revoked"),
        ("receipt", "brand", "another"),
        ("receipt", "at", "2027-01-01T00:00:00.000000Z"),
        ("receipt", "log", "another.example/evidence"),
        ("receipt", "details", {}),
        ("evidence", "leaf", 0),
        ("evidence", "proof", []),
        ("evidence", "disclosures", []),
        ("evidence", "entry", base64.b64encode(b"{}").decode()),
        ("evidence", "entry", base64.b64encode(b"[]").decode()),
    ],
)
def test_who_has_the_key_cannot_make_the_parts_of_a_receipt_differ(part: str, name: str, value: object) -> None:
    """Signed anew, as only the installation can: the log, which the public holds, says otherwise."""
    log = log_of(4)
    receipt = log.receipt(2)
    receipt[part][name] = value
    del receipt["signature"]
    with pytest.raises(TamperedError):
        verify(file_of(resigned(receipt)), [KEY.public])


def test_what_is_withheld_cannot_be_told_and_the_rest_is_as_sound() -> None:
    """Also by trying: the salt of what is withheld is withheld with it."""
    log = log_of(4)
    receipt = issue(log.sealed(2), {}, KEY, only=KEPT)
    found = verify(file_of(receipt), [KEY.public])
    assert found.receipt["withheld"] == 2
    assert set(DETAILS) - set(found.receipt["details"]) == {"identity", "credit"}
    assert found.leaf_hash == verify(file_of(log.receipt(2)), [KEY.public]).leaf_hash
    assert [each for each in log.entries[2][1] if each not in receipt["evidence"]["disclosures"]] != []
    assert b"Mira" not in file_of(receipt)
    assert "withheld" not in log.receipt(2)["receipt"]


@pytest.mark.parametrize("withheld", [0, 1, 3, -1, "2", None])
def test_a_receipt_says_exactly_how_much_it_withholds(withheld: object) -> None:
    receipt = issue(log_of(4).sealed(2), {}, KEY, only=KEPT)
    receipt["receipt"]["withheld"] = withheld
    del receipt["signature"]
    with pytest.raises(TamperedError):
        verify(file_of(resigned(receipt)), [KEY.public])


def test_a_detail_cannot_be_shown_twice_in_place_of_one_that_is_withheld() -> None:
    receipt = log_of(4).receipt(2)
    disclosures = receipt["evidence"]["disclosures"]
    receipt["evidence"]["disclosures"] = [*disclosures[:-1], disclosures[0]]
    del receipt["signature"]
    with pytest.raises(TamperedError):
        verify(file_of(resigned(receipt)), [KEY.public])


def test_two_receipts_of_one_entry_cannot_contradict_each_other() -> None:
    """Which of two details of one name counts is bound by nothing."""
    content, disclosures = entry.made("granted", "lumen", AT, {"credit": "One"}, lambda: "salt 1")
    other = entry.made("granted", "lumen", AT, {"credit": "Another"}, lambda: "salt 2")[1]
    both = entry.Entry("granted", "lumen", AT, tuple(sorted((*content.digests, *_digests(other)))))
    with pytest.raises(ValueError, match="named twice"):
        entry.disclosed(both, disclosures + other)


def _digests(disclosures: list[str]) -> list[str]:
    hashes = (hashlib.sha256(each.encode()).digest() for each in disclosures)
    return [base64.urlsafe_b64encode(each).decode().rstrip("=") for each in hashes]


def test_a_receipt_of_very_many_places_is_sound() -> None:
    log = log_of(1)
    place = log.add(surfaces=[{"title": "x" * 1000, "address": "https://lumen.example/"}] * 400)
    assert verify(file_of(log.receipt(place)), [KEY.public]).leaf == place


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b"\xff", b'{"a":1,"a":1}', b"[" * 100_000, b" " * 1_000_001, b"1", b"null"]
)
def test_what_is_no_receipt_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(TamperedError, match="receipt"):
        verify(data, [KEY.public])


def test_a_receipt_of_an_unknown_key_is_refused() -> None:
    with pytest.raises(TamperedError, match="No known key"):
        verify(file_of(log_of(1).receipt(0)), [OTHER.public])


def test_a_log_is_sound_with_all_its_checkpoints_and_receipts() -> None:
    log = log_of(9)
    receipts = [verify(file_of(log.receipt(place)), [KEY.public]) for place in range(9)]
    assert verify_log(log.leaves(), log.checkpoints, [KEY.public], receipts) == 9


@pytest.mark.parametrize("change", ["taken out", "exchanged", "put in", "cut off"])
def test_a_log_that_was_changed_is_found_out_by_its_checkpoints_or_a_receipt(change: str) -> None:
    log = log_of(9)
    held = verify(file_of(log.receipt(3)), [KEY.public])
    leaves = log.leaves()
    if change == "taken out":
        del leaves[3]
    elif change == "exchanged":
        leaves[3], leaves[4] = leaves[4], leaves[3]
    elif change == "put in":
        leaves.insert(2, EMPTY)
    else:
        del leaves[8]
    with pytest.raises(TamperedError, match="not the one that was signed"):
        verify_log(leaves, log.checkpoints, [KEY.public])
    with pytest.raises(TamperedError, match="not the one that was signed"):
        verify_log(leaves, [], [KEY.public], [held])
    with pytest.raises(TamperedError, match="This is no log"):
        verify_log(leaves, [], [KEY.public])
    with pytest.raises(TamperedError, match="This is no log"):
        verify_log([leaves[0][:31], leaves[0][31:] + leaves[1]], log.checkpoints[1:2], [KEY.public])


def test_two_checkpoints_of_a_forked_log_have_no_proof_between_them() -> None:
    log, fork = log_of(6), log_of(4)
    old = note.read(log.checkpoints[4], [KEY.public])
    verify_consistency(old, note.read(log.checkpoints[5], [KEY.public]), consistency(5, 6, log.nodes.__getitem__))
    fork.add("declined")
    fork.add("declined")
    new = note.read(fork.checkpoints[5], [KEY.public])
    with pytest.raises(TamperedError, match="forked"):
        verify_consistency(old, new, consistency(5, 6, fork.nodes.__getitem__))


def test_a_checkpoint_that_nobody_signed_is_no_witness() -> None:
    log = log_of(2)
    with pytest.raises(TamperedError, match="cannot be trusted"):
        verify_log(log.leaves(), [log.checkpoints[1].replace("\n2\n", "\n1\n")], [KEY.public])


def test_receipts_of_one_entry_cannot_be_put_together_from_two() -> None:
    log = log_of(3)
    first, second = log.receipt(0), log.receipt(1)
    for part in ("receipt", "evidence", "signature"):
        mixed = copy.deepcopy(first)
        mixed[part] = second[part]
        with pytest.raises(TamperedError):
            verify(file_of(mixed), [KEY.public])


def resigned(document: dict[str, Any]) -> dict[str, Any]:
    """Sign a document again, by an independent implementation of JWS."""
    pair: dict[str, str | list[str]] = {"kty": "OKP", "crv": "Ed25519", "x": KEY.public.jwk["x"], "d": KEY_SEED}
    header = {"alg": "Ed25519", "kid": KEY.public.kid}
    whole = jws.serialize_compact(header, rfc8785.dumps(document), OKPKey.import_key(pair), algorithms=["Ed25519"])
    protected, _, signature = whole.split(".")
    return {**document, "signature": f"{protected}..{signature}"}


def test_signing_again_what_was_not_changed_is_sound() -> None:
    """So that the refusals above are of what was changed, and not of signing anew."""
    receipt = issue(log_of(4).sealed(2), {"brand": "Lumen"}, KEY)
    del receipt["signature"]
    assert verify(file_of(resigned(receipt)), [KEY.public]).leaf == 2
