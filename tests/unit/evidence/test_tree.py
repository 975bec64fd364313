"""The Merkle tree beside the vectors of Certificate Transparency and an independent implementation."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion  # type: ignore[import-untyped]

from chorus.evidence.tree import EMPTY, Node, consistency, continues, grown, includes, inclusion, leaf_hash, root

# Entries and roots of the trees of 1 to 8 of them, as Certificate Transparency's implementations are tested with.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MOST = 40


@dataclass
class Log:
    """A tree in memory, and the same entries in pymerkle's."""

    entries: list[bytes] = field(default_factory=list)
    nodes: dict[Node, bytes] = field(default_factory=dict)
    peer: InmemoryTree = field(default_factory=lambda: InmemoryTree(algorithm="sha256"))

    def append(self, *entries: bytes) -> None:
        self.nodes |= grown(len(self.entries), map(leaf_hash, entries), self.nodes.__getitem__)
        self.entries += entries
        for each in entries:
            self.peer.append_entry(each)

    def root(self, size: int) -> bytes:
        return root(size, self.nodes.__getitem__)


def nothing(_: Node) -> bytes:
    """Look up a node where there is none."""
    raise LookupError


@pytest.fixture
def log(seed: int) -> Log:
    """Forty entries, some of them alike, appended in batches of any size."""
    chance, log = random.Random(seed), Log()
    while len(log.entries) < MOST:
        log.append(*(chance.randbytes(chance.randrange(3)) for _ in range(chance.randrange(1, 9))))
    return log


def test_a_tree_of_nothing_has_the_hash_of_nothing() -> None:
    assert root(0, nothing) == EMPTY


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    nodes = grown(0, [leaf_hash(bytes.fromhex(each)) for each in ENTRIES[:size]], nothing)
    assert root(size, nodes.__getitem__).hex() == ROOTS[size - 1]


def test_only_complete_nodes_are_kept(log: Log) -> None:
    assert len(log.nodes) == sum(len(log.entries) >> level for level in range(len(log.entries).bit_length()))


def test_roots_and_proofs_are_those_of_an_independent_implementation(log: Log) -> None:
    for size in range(1, len(log.entries) + 1):
        assert log.root(size) == log.peer.get_root(size)
        for leaf in range(size):
            theirs = log.peer.prove_inclusion(leaf + 1, size)
            ours = inclusion(leaf, size, log.nodes.__getitem__)
            assert {leaf_hash(log.entries[leaf]), *ours} == set(theirs.path), "they write them from left to right"
            verify_inclusion(log.peer.get_leaf(leaf + 1), log.root(size), theirs)
        for old in range(1, size + 1):
            verify_consistency(log.root(old), log.root(size), log.peer.prove_consistency(old, size))


def test_each_entry_is_proved_and_no_other(log: Log) -> None:
    for size in range(1, len(log.entries) + 1):
        for leaf in range(size):
            path, found = inclusion(leaf, size, log.nodes.__getitem__), leaf_hash(log.entries[leaf])
            assert includes(log.root(size), size, leaf, found, path)
            assert not includes(log.root(size), size, leaf, leaf_hash(b"another"), path)
            assert not includes(log.root(size), size, size, found, path)
            assert not includes(log.root(size), size, -1, found, path)
            assert not includes(log.root(size), size, leaf, found, [*path, EMPTY])
            assert not path or not includes(log.root(size), size, leaf, found, path[:-1])


def test_a_log_is_proved_to_go_on_and_a_fork_is_not(log: Log) -> None:
    for size in range(1, len(log.entries) + 1):
        for old in range(1, size + 1):
            path = consistency(old, size, log.nodes.__getitem__)
            assert continues(log.root(old), old, log.root(size), size, path)
            assert not continues(leaf_hash(b"fork"), old, log.root(size), size, path)
            assert not continues(log.root(old), old, leaf_hash(b"fork"), size, path)
            assert not continues(log.root(old), old, log.root(size), size, [*path, EMPTY])
            assert not path or not continues(log.root(old), old, log.root(size), size, path[:-1])


@pytest.mark.parametrize(("leaf", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_what_is_not_there_is_not_proved(leaf: int, size: int, log: Log) -> None:
    with pytest.raises(ValueError, match="There is no leaf"):
        inclusion(leaf, size, log.nodes.__getitem__)


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3), (-1, 3)])
def test_a_size_that_is_no_beginning_is_not_proved(old: int, size: int, log: Log) -> None:
    with pytest.raises(ValueError, match="cannot be the beginning"):
        consistency(old, size, log.nodes.__getitem__)
    assert not continues(EMPTY, old, EMPTY, size, [])
