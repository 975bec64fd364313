"""The index in memory answers what a comparison with all of the pictures answers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus.ingest.domain.near import NEAR_DISTANCE, nearly_same
from chorus.ingest.domain.near_index import NearIndex

Bytes = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
# Few enough to be compared one by one; sorted in; sorted in with newcomers that are not yet.
SIZES = [(30,), (6_000,), (6_000, 40), (5_000, 5_000, 5_000, 5)]


def index_of(hashes: Bytes, *sizes: int) -> NearIndex:
    """Add hashes in portions, numbered from 1, and look in between."""
    index, begin = NearIndex(), 0
    for size in sizes:
        part = np.ascontiguousarray(hashes[begin : begin + size]).view(np.uint64)
        index.add(np.arange(begin, begin + size, dtype=np.int64) + 1, part)
        index.near(bytes(32))
        begin += size
    return index


def turned(pdq: bytes, bits: Iterable[int]) -> bytes:
    value = int.from_bytes(pdq)
    for bit in bits:
        value ^= 1 << int(bit)
    return value.to_bytes(32)


def near_one_by_one(hashes: Bytes, pdq: bytes) -> list[int]:
    return [number for number, each in enumerate(hashes, 1) if nearly_same(each.tobytes().hex(), pdq.hex())]


@pytest.mark.parametrize("sizes", SIZES)
def test_every_near_picture_is_found_and_no_other(sizes: tuple[int, ...], seed: int) -> None:
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 256, (sum(sizes), 32), np.uint8)
    hashes[::3] = [list(turned(hashes[0].tobytes(), rng.integers(0, 256, 20))) for _ in hashes[::3]]
    index = index_of(hashes, *sizes)
    for bits in (0, 12, 31, 32):
        asked = turned(hashes[-1].tobytes(), rng.choice(256, bits, replace=False))
        assert sorted(index.near(asked)) == near_one_by_one(hashes, asked)
    asked = hashes[0].tobytes()
    assert sorted(index.near(asked)) == near_one_by_one(hashes, asked)


FAR = index_of(np.random.default_rng(5).integers(0, 256, (5_000, 32), np.uint8), 5_000)
KNOWN = np.random.default_rng(5).integers(0, 256, (5_000, 32), np.uint8)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 4_999), st.sets(st.integers(0, 255), max_size=40))
def test_a_picture_is_found_whichever_bits_are_turned(row: int, bits: set[int]) -> None:
    found = FAR.near(turned(KNOWN[row].tobytes(), bits))
    assert found == ([row + 1] if len(bits) <= NEAR_DISTANCE else [])


def test_two_bits_in_each_word_but_one_are_the_hardest_and_found() -> None:
    bits = [place * 16 + bit for place in range(16) for bit in (3, 9)][:-1]
    assert FAR.near(turned(KNOWN[7].tobytes(), bits)) == [8]
    assert FAR.near(turned(KNOWN[7].tobytes(), [*bits, 255])) == []


@pytest.mark.parametrize("size", [1, 5_000])
def test_a_picture_with_every_bit_turned_is_not_near(size: int) -> None:
    assert index_of(KNOWN[:size], size).near(turned(KNOWN[0].tobytes(), range(256))) == []
