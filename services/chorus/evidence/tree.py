"""The Merkle tree of RFC 9162, section 2.1, over SHA-256: growing it, proving what it holds, and checking such proofs.

A tree is known by its complete subtrees alone: each entry adds one leaf and completes, on average, one more node, and
a proof reads about as many nodes as the size has bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

# A complete subtree by its level and its place on it: (3, 2) is that over the leaves 16 to 23.
Node: TypeAlias = tuple[int, int]
Lookup: TypeAlias = Callable[[Node], bytes]
EMPTY = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def grown(size: int, leaves: Iterable[bytes], node: Lookup) -> dict[Node, bytes]:
    """Answer the nodes that become complete when these leaves (their hashes) are appended to a tree of `size`."""
    new: dict[Node, bytes] = {}
    for number, leaf in enumerate(leaves, size):
        place, found = (0, number), leaf
        new[place] = found
        while place[1] % 2:
            left = (place[0], place[1] - 1)
            found = _parent(new[left] if left in new else node(left), found)
            place = (place[0] + 1, place[1] // 2)
            new[place] = found
    return new


def root(size: int, node: Lookup) -> bytes:
    """Hash a tree of `size` leaves."""
    return _hash(0, size, node) if size else EMPTY


def inclusion(leaf: int, size: int, node: Lookup) -> list[bytes]:
    """Prove that leaf number `leaf` is in a tree of `size` leaves (2.1.3.1)."""
    if not 0 <= leaf < size:
        message = f"There is no leaf {leaf} in a tree of {size}."
        raise ValueError(message)
    path, start, end = [], 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if leaf < split:
            path.append(_hash(split, end, node))
            end = split
        else:
            path.append(_hash(start, split, node))
            start = split
    return path[::-1]


def consistency(old: int, size: int, node: Lookup) -> list[bytes]:
    """Prove that a tree of `size` leaves begins with that of `old` leaves (2.1.4.1)."""
    if not 0 < old <= size:
        message = f"A tree of {old} cannot be the beginning of one of {size}."
        raise ValueError(message)
    path, start, end = [], 0, size
    while old != end:
        split = start + _split(end - start)
        if old <= split:
            path.append(_hash(split, end, node))
            end = split
        else:
            path.append(_hash(start, split, node))
            start = split
    return [*([_hash(start, end, node)] if start else []), *path[::-1]]


def includes(root_hash: bytes, size: int, leaf: int, entry_hash: bytes, path: Sequence[bytes]) -> bool:
    """Check a proof that a leaf with this hash is in the tree with this root (2.1.3.2)."""
    if not 0 <= leaf < size:
        return False
    here, last, found = leaf, size - 1, entry_hash
    for sibling in path:
        if last == 0:
            return False
        if here % 2 or here == last:
            found = _parent(sibling, found)
            here, last = _past_lefts(here, last)
        else:
            found = _parent(found, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root_hash


def continues(old_root: bytes, old: int, new_root: bytes, size: int, path: Sequence[bytes]) -> bool:
    """Check a proof that the tree with the new root begins with that of the old one (2.1.4.2)."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == new_root
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    here, last = old - 1, size - 1
    while here % 2:
        here, last = here >> 1, last >> 1
    before = after = steps[0]
    for sibling in steps[1:]:
        if last == 0:
            return False
        if here % 2 or here == last:
            before, after = _parent(sibling, before), _parent(sibling, after)
            here, last = _past_lefts(here, last)
        else:
            after = _parent(after, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _past_lefts(here: int, last: int) -> tuple[int, int]:
    """Go up while this is the last node of its level and a left one: it has no sibling there."""
    while here and not here % 2:
        here, last = here >> 1, last >> 1
    return here, last


def _hash(start: int, end: int, node: Lookup) -> bytes:
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node((level, start >> level))
    split = start + _split(width)
    return _parent(_hash(start, split, node), _hash(split, end, node))


def _split(width: int) -> int:
    """Answer the largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
