"""Finds near pictures without comparing with all of them, and without missing one.

Split a 256-bit hash into 16 words. Where two hashes differ in at most 31 bits, some word differs in at most one: 16
words with two differences each would make 32. So an index from word to picture, asked for each word of a hash and its
16 one-bit neighbours, holds every near picture among its answers.
"""

from __future__ import annotations

_WORDS = 16
_BITS = 16


def words(pdq: str) -> list[int]:
    """Answer the 16 words of a hash (64 hex digits), each with its place in the upper bits: what is indexed."""
    return [place << _BITS | int(pdq[place * 4 : place * 4 + 4], 16) for place in range(_WORDS)]


def neighbours(pdq: str) -> list[int]:
    """Answer what to ask the index for: each word, and each word with one bit turned (272 in all)."""
    return [word ^ turn for word in words(pdq) for turn in (0, *(1 << bit for bit in range(_BITS)))]
