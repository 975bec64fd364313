"""The credentials that a picture brings are read in the locked child; whatever they try, the picture is still one."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from chorus.ingest.domain.picture import Credentials
from chorus.ingest.media.decoder import Decoder
from chorus.publishing.adapters.credentials import DEVELOPMENT
from tests.content_credentials import KINDS, with_credentials
from tests.picture_files import encoded, scene


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    made = Decoder()
    yield made
    made.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_picture_brings_is_summed_up_in_each_type(decoder: Decoder, kind: str) -> None:
    assert decoder.decode(with_credentials(kind)).credentials == Credentials(
        "Example Painter 7", DEVELOPMENT, "Valid", ("trainedAlgorithmicMedia",), ("c2pa.created",)
    )


def test_a_picture_that_was_changed_since_is_said_to_be(decoder: Decoder) -> None:
    said = decoder.decode(with_credentials() + b"something behind it").credentials
    assert said is not None
    assert said.state == "Invalid"


def test_a_picture_without_any_brings_none(decoder: Decoder) -> None:
    assert decoder.decode(encoded(scene(), "JPEG")).credentials is None
    assert decoder.decode(encoded(scene(), "JPEG", comment=b"jumb C2PA caBX")).credentials is None


def test_what_no_line_and_no_database_can_hold_is_left_out(decoder: Decoder) -> None:
    said = decoder.decode(with_credentials(name="Painter\x00\n\u202e" + "x" * 900)).credentials
    assert said is not None
    assert said.generator.startswith("Painterxx")
    assert len(said.generator) <= 200


def test_the_copies_bring_nothing_of_it(decoder: Decoder) -> None:
    decoded = decoder.decode(with_credentials())
    assert not any(mark in copy.data for copy in decoded.renditions for mark in (b"jumb", b"c2pa", b"Painter"))


def test_a_broken_manifest_costs_the_picture_nothing_and_the_child_neither(decoder: Decoder, seed: int) -> None:
    chance, whole = random.Random(seed), with_credentials()
    start, end = whole.index(b"jumb") - 8, whole.index(b"\xff\xdb")
    before = decoder.pids()
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            # The segments' own markers and lengths stay: else it is a broken picture, which others look after.
            broken[chance.randrange(start + 8, end)] = chance.randrange(256)
        decoded = decoder.decode(bytes(broken))
        assert decoded.credentials is None or decoded.credentials.state in {"Valid", "Invalid"}
    assert decoder.pids() == before
