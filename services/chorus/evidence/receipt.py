"""Receipts: what a creator holds, and anybody can check without asking anybody.

A receipt is a JSON document of three parts. `receipt` says in plain values what was given or taken back. `evidence`
proves that the log holds it: the entry, the disclosures of its details, its place, the proof of inclusion (RFC 9162)
and the checkpoint that the proof leads to; and the same up to a checkpoint with an authority's time stamp (RFC 3161),
where there is one. `signature` (`signed.py`) vouches for the other two. The fields of `receipt` follow ISO/IEC TS
27560:2023, which `docs/receipts.md` maps.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chorus.evidence import entry as entries
from chorus.evidence import note, signed, stamp
from chorus.evidence.keys import PublicKey, SigningKey
from chorus.evidence.note import Checkpoint
from chorus.evidence.signed import TamperedError
from chorus.evidence.tree import continues, grown, includes, leaf_hash, root

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Stamped:
    """A checkpoint that holds an entry, the proof of that, and what an authority answered about it (RFC 3161)."""

    checkpoint: str
    proof: Sequence[bytes]
    response: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry in its log: its bytes, the disclosures, its place, the proof and the signed checkpoint."""

    content: bytes
    disclosures: Sequence[str]
    leaf: int
    proof: Sequence[bytes]
    checkpoint: str
    stamped: Stamped | None = None


@dataclass(frozen=True, slots=True)
class Witnessed:
    """When an authority saw a checkpoint, by its own clock."""

    at: datetime
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Verified:
    """What a sound receipt says, where the log holds it, and when an authority saw that, where it has a time stamp."""

    receipt: Mapping[str, Any]
    leaf: int
    leaf_hash: bytes
    checkpoint: Checkpoint
    witnessed: Witnessed | None = None

    @property
    def checkpoints(self) -> list[Checkpoint]:
        """List what it says of the log."""
        return [self.checkpoint, *([self.witnessed.checkpoint] if self.witnessed else [])]


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
            "proof": _encoded(sealed.proof),
            "checkpoint": sealed.checkpoint,
            **({"stamp": _written(sealed.stamped)} if sealed.stamped else {}),
        },
    }
    return signed.sign(document, key)


def verify(data: bytes, keys: Iterable[PublicKey], authorities: Sequence[Certificate] = ()) -> Verified:
    """Check all of a receipt. Raises `TamperedError`, which says what is not as it was.

    Where `authorities` are given, a time stamp has to be by one of them; else its own word is taken for who made it.
    """
    known = list(keys)
    try:
        document = signed.read(data)
        signed.check(document, known)
        return _proved(document, known, authorities)
    except TamperedError:
        raise
    except stamp.BadStampError as error:
        message = f"Its time stamp does not hold: {error}."
        raise TamperedError(message) from error
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
    seen = [_read_checkpoint(each, known) for each in checkpoints]
    seen += [checkpoint for each in held for checkpoint in each.checkpoints]
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


def _proved(document: Mapping[str, Any], keys: list[PublicKey], authorities: Sequence[Certificate]) -> Verified:
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
    checkpoint = _holding(evidence, evidence["leaf"], leaf_hash(content), keys)
    if checkpoint.origin != said["log"]:
        message = "Its checkpoint is another log's."
        raise TamperedError(message)
    witnessed = None
    if (stamped := evidence.get("stamp")) is not None:
        # By the log's name of then: it may have been published at another address since.
        seen = _holding(stamped, evidence["leaf"], leaf_hash(content), keys)
        response = base64.b64decode(stamped["response"], validate=True)
        witnessed = Witnessed(stamp.read(stamped["checkpoint"], response, roots=authorities), seen)
    return Verified(said, evidence["leaf"], leaf_hash(content), checkpoint, witnessed)


def _holding(proved: Mapping[str, Any], leaf: int, entry_hash: bytes, keys: list[PublicKey]) -> Checkpoint:
    """Read a checkpoint whose log holds an entry, as the proof beside it says."""
    checkpoint = note.read(proved["checkpoint"], keys)
    proof = [base64.b64decode(each, validate=True) for each in proved["proof"]]
    if not includes(checkpoint.root, checkpoint.size, leaf, entry_hash, proof):
        message = "The log that the checkpoint is of does not hold its entry."
        raise TamperedError(message)
    return checkpoint


def _written(stamped: Stamped) -> dict[str, Any]:
    response = base64.b64encode(stamped.response).decode()
    return {"checkpoint": stamped.checkpoint, "proof": _encoded(stamped.proof), "response": response}


def _encoded(proof: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in proof]


def _read_checkpoint(checkpoint: str, keys: list[PublicKey]) -> Checkpoint:
    try:
        return note.read(checkpoint, keys)
    except note.BadNoteError as error:
        message = f"A checkpoint cannot be trusted: {error}."
        raise TamperedError(message) from error
