"""Access tokens and derived keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chorus.errors import Unauthenticated
from chorus.platform.auth import Principal, Signer
from chorus.platform.secrets import derive

OLD, NEW, OTHER = (
    "an-old-secret-0123456789abcdef0123",
    "a-new-secret-0123456789abcdef01234",
    "a-stranger-0123456789abcdef0123456",
)
ADA = Principal("member", "Ada Sample", "ada@lumen.example", {"lumen": 2})


def test_a_token_says_who_it_was_issued_to() -> None:
    signer = Signer([NEW])
    assert signer.verify(signer.issue(ADA)[0]) == ADA


def test_a_token_of_the_old_key_is_good_until_the_key_leaves_the_list() -> None:
    token, _ = Signer([OLD]).issue(ADA)
    assert Signer([NEW, OLD]).verify(token) == ADA
    with pytest.raises(Unauthenticated):
        Signer([NEW]).verify(token)


def test_the_newest_key_signs() -> None:
    token, _ = Signer([NEW, OLD]).issue(ADA)
    assert Signer([NEW]).verify(token) == ADA


def test_a_token_is_over_after_its_time() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    token, ends = Signer([NEW], now=lambda: now).issue(ADA, timedelta(minutes=10))
    assert ends == now + timedelta(minutes=10)
    assert Signer([NEW], now=lambda: ends - timedelta(seconds=1)).verify(token) == ADA
    with pytest.raises(Unauthenticated):
        Signer([NEW], now=lambda: ends).verify(token)


@pytest.mark.parametrize("where", [0, 10, -10, -1])
def test_a_token_with_one_character_changed_is_refused(where: int) -> None:
    token, _ = Signer([NEW]).issue(ADA)
    at = where % len(token)
    changed = token[:at] + ("A" if token[at] != "A" else "Q") + token[at + 1 :]
    with pytest.raises(Unauthenticated):
        Signer([NEW]).verify(changed)


@pytest.mark.parametrize("token", ["", ".", "a.b", "é", "eyJhbGciOiJub25lIn0.e30.", "A" * 10_000])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        Signer([NEW]).verify(token)


def test_another_installation_s_token_is_refused() -> None:
    with pytest.raises(Unauthenticated):
        Signer([NEW]).verify(Signer([OTHER]).issue(ADA)[0])


def test_keys_are_derived_by_hkdf_and_differ_by_purpose() -> None:
    reference = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"chorus/vault").derive(NEW.encode())
    assert derive(NEW, "vault") == reference
    assert derive(NEW, "vault") != derive(NEW, "access-token")
