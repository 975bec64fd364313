"""Finds near pictures without comparing with all of them, and without missing one.

Split a 256-bit hash into 16 words. Where two hashes differ in at most 31 bits, some word differs in at most one: 16
words with two differences each would make 32. So the pictures that have one of a hash's words, or one of their 16
one-bit neighbours, in the same place are all that need to be compared.

For each picture it takes 104 bytes (hash, number, and its place among the others in each of 16 orders), for each index
that outgrew comparing with all 4 MiB more, and as much again for a moment while newcomers are sorted in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chorus.ingest.domain.near import NEAR_DISTANCE

Numbers = NDArray[np.int64]
Hashes = NDArray[np.uint64]
"""Four to a picture: its 32 bytes as they lie in memory."""

_PLACES = 16
_WORDS = 1 << 16
_FIRST_OF_PLACE = np.arange(_PLACES)[:, None] * _WORDS
_TURNS = np.array([0, *(1 << bit for bit in range(16))])
# So many are compared with one by one: sorting them in would cost more than it saves.
_FEW = 4096
_SHARE = 64


class NearIndex:
    """Pictures by number and hash."""

    def __init__(self) -> None:
        """Begin without pictures."""
        self._numbers, self._hashes = np.empty(0, np.int64), np.empty((0, 4), np.uint64)
        self._new_numbers, self._new_hashes = self._numbers, self._hashes
        # Rows by place and word: those of key k = place * 65536 + word are `_rows[_starts[k] : _starts[k + 1]]`.
        self._starts, self._rows = np.zeros(_PLACES * _WORDS + 1, np.int32), np.empty(0, np.int32)

    def add(self, numbers: Numbers, hashes: Hashes) -> None:
        """Add pictures; sorting them in is left to the next look-up."""
        self._new_numbers = np.concatenate([self._new_numbers, numbers])
        self._new_hashes = np.concatenate([self._new_hashes, hashes])

    def near(self, pdq: bytes) -> list[int]:
        """Answer the numbers of all pictures whose hash differs from this one in at most `NEAR_DISTANCE` bits."""
        if len(self._new_numbers) > max(_FEW, len(self._numbers) // _SHARE):
            self._sort_in()
        asked = np.frombuffer(pdq, np.uint64)
        rows = self._candidates(asked)
        found = self._numbers[rows[_near(self._hashes.take(rows, axis=0), asked)]]
        return [*set(found.tolist()), *self._new_numbers[_near(self._new_hashes, asked)].tolist()]

    def _candidates(self, asked: Hashes) -> NDArray[np.int32]:
        """Choose the rows that share a word with this hash but for a bit; all rows, where those are fewer."""
        keys = ((asked.view(np.uint16)[:, None] ^ _TURNS) + _FIRST_OF_PLACE).ravel()
        starts = self._starts[keys]
        counts = self._starts[keys + 1] - starts
        past = counts.cumsum()
        if past[-1] > len(self._numbers):
            return np.arange(len(self._numbers), dtype=np.int32)
        rows: NDArray[np.int32] = self._rows.take(np.arange(past[-1]) + np.repeat(starts - past + counts, counts))
        return rows

    def _sort_in(self) -> None:
        self._numbers = np.concatenate([self._numbers, self._new_numbers])
        self._hashes = np.concatenate([self._hashes, self._new_hashes])
        # Copies: a mere view of none of them would keep all of them.
        self._new_numbers, self._new_hashes = self._new_numbers[:0].copy(), self._new_hashes[:0].copy()
        count, words = len(self._numbers), self._hashes.view(np.uint16)
        self._rows = np.empty(_PLACES * count, np.int32)
        for place in range(_PLACES):
            column = np.ascontiguousarray(words[:, place])
            first, key = place * count, place * _WORDS
            self._rows[first : first + count] = np.argsort(column, kind="stable")
            self._starts[key + 1 : key + _WORDS + 1] = first + np.bincount(column, minlength=_WORDS).cumsum()


def _near(hashes: Hashes, asked: Hashes) -> NDArray[np.bool_]:
    first, second, third, fourth = np.bitwise_count(hashes ^ asked).T
    # Several times faster than `sum(axis=1)`; 256 would not fit in the eight bits of each.
    bits: NDArray[np.int16] = first.astype(np.int16) + second + third + fourth
    return np.less_equal(bits, NEAR_DISTANCE)
