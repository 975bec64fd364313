"""Receipts: what a creator holds, and anybody can check without asking anybody.

A receipt is a JSON document of three parts. `receipt` says in plain values what was given or taken back. `evidence`
proves that the log holds it: the entry, the disclosures of its details, its place, the proof of inclusion (RFC 9162)
and the checkpoint that the proof leads to. `signature` (`signed.py`) vouches for the other two. The fields of `receipt`
follow ISO/IEC TS 27560:2023, which `docs/receipts.md` maps.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chorus.evidence import entry as entries
from chorus.evidence import note, signed
from chorus.evidence.keys import PublicKey, SigningKey
from chorus.evidence.note import Checkpoint
from chorus.evidence.signed import TamperedError
from chorus.evidence.tree import continues, grown, includes, leaf_hash, root

_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry in its log: its bytes, the disclosures, its place, the proof and the signed checkpoint."""

    content: bytes
    disclosures: Sequence[str]
    leaf: int
    proof: Sequence[bytes]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a sound receipt says, and where the log holds it."""

    receipt: Mapping[str, Any]
    leaf: int
    leaf_hash: bytes
    checkpoint: Checkpoint


def issue(
    sealed: Sealed, names: Mapping[str, str], key: SigningKey, *, only: Collection[str] | None = None
) -> dict[str, Any]:
    """Write and sign the receipt of an entry. `names` are words for people, which the entry does not hold.

    Where `only` is given, every other detail is withheld, with its salt: who holds the receipt cannot tell them, and it
    says how many they are.
    """
    entry = entries.read(sealed.content)
    disclosures = list(sealed.disclosures) if only is None else entries.only(sealed.disclosures, only)
    withheld = len(sealed.disclosures) - len(disclosures)
    document = {
        "receipt": {
            "version": 1,
            "log": sealed.checkpoint.partition("\n")[0],
            "kind": entry.kind,
            "brand": entry.brand,
            "at": entries.written(entry.at),
            "names": dict(names),
            "details": entries.disclosed(entry, disclosures, withheld),
            **({"withheld": withheld} if withheld else {}),
        },
        "evidence": {
            "entry": base64.b64encode(sealed.content).decode(),
            "disclosures": disclosures,
            "leaf": sealed.leaf,
            "proof": [base64.b64encode(each).decode() for each in sealed.proof],
            "checkpoint": sealed.checkpoint,
        },
    }
    return signed.sign(document, key)


def verify(data: bytes, keys: Iterable[PublicKey]) -> Verified:
    """Check all of a receipt. Raises `TamperedError`, which says what is not as it was."""
    known = list(keys)
    try:
        document = signed.read(data)
        signed.check(document, known)
        return _proved(document, known)
    except TamperedError:
        raise
    except (KeyError, TypeError, ValueError, RecursionError, AttributeError) as error:
        message = f"This is not a receipt that was given out: {error}."
        raise TamperedError(message) from error


def verify_log(
    leaves: Sequence[bytes], checkpoints: Sequence[str], keys: Iterable[PublicKey], receipts: Iterable[Verified] = ()
) -> int:
    """Check a log's published leaves (their hashes) against its checkpoints, and receipts against both.

    Answers how many leaves the checkpoints vouch for. Raises `TamperedError` where two checkpoints are not of one log,
    where a leaf was taken out, put in or exchanged, and where a receipt's entry is not in it.
    """
    known, held = list(keys), list(receipts)
    seen = [*(_read_checkpoint(each, known) for each in checkpoints), *(each.checkpoint for each in held)]
    if not seen or any(len(leaf) != _HASH_BYTES for leaf in leaves):
        message = "This is no log: it needs a checkpoint, and the hash of each entry."
        raise TamperedError(message)
    if any(each.leaf >= len(leaves) or leaves[each.leaf] != each.leaf_hash for each in held):
        message = "The log does not hold a receipt's entry where it was: it is not the one that was signed."
        raise TamperedError(message)
    nodes = grown(0, leaves, lambda _: b"")
    for checkpoint in seen:
        if checkpoint.size > len(leaves) or root(checkpoint.size, nodes.__getitem__) != checkpoint.root:
            message = f"The log is not the one that was signed when it had {checkpoint.size} entries."
            raise TamperedError(message)
    return max(each.size for each in seen)


def verify_consistency(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> None:
    """Check that one checkpoint's log goes on from another's. Raises `TamperedError` for a fork."""
    if not continues(old.root, old.size, new.root, new.size, proof):
        message = f"The log of {new.size} entries does not go on from that of {old.size}: it was forked."
        raise TamperedError(message)


def _proved(document: Mapping[str, Any], keys: list[PublicKey]) -> Verified:
    said, evidence = document["receipt"], document["evidence"]
    content = base64.b64decode(evidence["entry"], validate=True)
    entry = entries.read(content)
    recorded = {
        "kind": entry.kind,
        "brand": entry.brand,
        "at": entries.written(entry.at),
        "details": entries.disclosed(entry, evidence["disclosures"], said.get("withheld", 0)),
    }
    if {name: said[name] for name in recorded} != recorded:
        message = "It says something else than the log's entry."
        raise TamperedError(message)
    checkpoint = note.read(evidence["checkpoint"], keys)
    if checkpoint.origin != said["log"]:
        message = "Its checkpoint is another log's."
        raise TamperedError(message)
    proof = [base64.b64decode(each, validate=True) for each in evidence["proof"]]
    if not includes(checkpoint.root, checkpoint.size, evidence["leaf"], leaf_hash(content), proof):
        message = "The log that the checkpoint is of does not hold its entry."
        raise TamperedError(message)
    return Verified(said, evidence["leaf"], leaf_hash(content), checkpoint)


def _read_checkpoint(checkpoint: str, keys: list[PublicKey]) -> Checkpoint:
    try:
        return note.read(checkpoint, keys)
    except note.BadNoteError as error:
        message = f"A checkpoint cannot be trusted: {error}."
        raise TamperedError(message) from error
