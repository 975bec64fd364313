"""Signed notes and checkpoints, as C2SP's signed-note and tlog-checkpoint have them, with Ed25519.

A checkpoint says in three lines what a log was at a time: its name, how many entries it had, and the root of its tree.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chorus.evidence.keys import PublicKey, SigningKey

_DASH = "\u2014"
_ROOT_BYTES = 32


class BadNoteError(ValueError):
    """This is no note that a known key has signed, or no checkpoint."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log was: its `origin` (a name without a scheme), `size` in entries, and the `root` of its tree."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Write what is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign(checkpoint: Checkpoint, key: SigningKey) -> str:
    """Write a checkpoint as a note that a key has signed."""
    signature = base64.b64encode(key.public.note_id + key.sign(checkpoint.text.encode())).decode()
    return f"{checkpoint.text}\n{_DASH} {key.public.name} {signature}\n"


def read(note: str, keys: Iterable[PublicKey]) -> Checkpoint:
    """Read a note's checkpoint. Raises `BadNoteError` where it is none, or no key of these has signed it."""
    return _parsed(opened(note, keys))


def opened(note: str, keys: Iterable[PublicKey]) -> str:
    """Answer a note's text. Raises `BadNoteError` where no key of these has signed it."""
    known = list(keys)
    text, gap, signatures = note.rpartition("\n\n")
    text += "\n"
    if not gap or not any(_signed(text, line, known) for line in signatures.splitlines()):
        message = "no known key has signed it"
        raise BadNoteError(message)
    return text


def _signed(text: str, line: str, keys: Sequence[PublicKey]) -> bool:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH:  # noqa: PLR2004 -- a dash, a name, a signature
        return False
    try:
        signature = base64.b64decode(parts[2], validate=True)
    except (binascii.Error, ValueError):
        return False
    return any(
        key.name == parts[1] and key.note_id == signature[:4] and key.verifies(signature[4:], text.encode())
        for key in keys
    )


def _parsed(text: str) -> Checkpoint:
    try:
        origin, size, root = text.splitlines()
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError as error:
        message = "the checkpoint is not one"
        raise BadNoteError(message) from error
    if checkpoint.text != text or len(checkpoint.root) != _ROOT_BYTES:
        message = "the checkpoint is not one"
        raise BadNoteError(message)
    return checkpoint
