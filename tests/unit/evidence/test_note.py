"""Signed notes and checkpoints: as other programs write and read them."""

from __future__ import annotations

import base64

import pytest

from chorus.evidence import note
from chorus.evidence.keys import PublicKey, SigningKey, published, read_published
from chorus.evidence.note import BadNoteError, Checkpoint

# The example of Go's package golang.org/x/mod/sumdb/note, which the format comes from.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
KEY = SigningKey("chorus.example/evidence", bytes(range(32)))
OTHER = SigningKey("chorus.example/evidence", bytes(range(1, 33)))
CHECKPOINT = Checkpoint("chorus.example/evidence", 7, bytes(range(32)))
SIGNED = note.sign(CHECKPOINT, KEY)


def go_key() -> PublicKey:
    name, _, key = GO_KEY.split("+")
    return PublicKey(name, base64.b64decode(key)[1:])


def test_a_note_that_another_program_signed_is_read() -> None:
    assert go_key().verifier == GO_KEY
    assert note.opened(f"{GO_TEXT}\n\u2014 PeterNeumann {GO_SIGNATURE}\n", [KEY.public, go_key()]) == GO_TEXT


def test_a_checkpoint_is_three_lines_and_a_signature() -> None:
    assert SIGNED.splitlines()[:4] == [
        "chorus.example/evidence",
        "7",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "",
    ]
    assert SIGNED.splitlines()[4].startswith("\u2014 chorus.example/evidence ")
    assert note.read(SIGNED, [OTHER.public, KEY.public]) == CHECKPOINT


@pytest.mark.parametrize(
    "changed",
    [
        SIGNED.replace("\n7\n", "\n8\n"),
        SIGNED.replace("\n7\n", "\n07\n"),
        SIGNED.replace("chorus.example", "chorus.invalid"),
        SIGNED.replace("AAEC", "AAEB"),
        SIGNED.replace("\n\n", "\n"),
        SIGNED.partition("\n\n")[0] + "\n\n",
        SIGNED[:-6] + "\n",
        SIGNED.replace("\u2014 ", "- "),
        "",
    ],
)
def test_a_checkpoint_that_was_changed_is_refused(changed: str) -> None:
    with pytest.raises(BadNoteError):
        note.read(changed, [KEY.public])


def test_a_checkpoint_of_an_unknown_key_is_refused() -> None:
    with pytest.raises(BadNoteError, match="no known key"):
        note.read(SIGNED, [OTHER.public])


@pytest.mark.parametrize("text", ["one line\n", "a\nb\nc\n", "a\n7\nAAEC\n", "a\n-1x\n" + "A" * 43 + "=\n"])
def test_what_is_signed_and_no_checkpoint_is_refused(text: str) -> None:
    signature = base64.b64encode(KEY.public.note_id + KEY.sign(text.encode())).decode()
    with pytest.raises(BadNoteError, match="not one"):
        note.read(f"{text}\n\u2014 {KEY.name} {signature}\n", [KEY.public])


def test_published_keys_are_read_back() -> None:
    assert read_published(published([KEY.public, OTHER.public])) == [KEY.public, OTHER.public]


@pytest.mark.parametrize(
    "document", [{}, {"keys": 1}, {"keys": [{"log": "a"}]}, {"keys": [{"log": "a", "x": "!"}]}, []]
)
def test_what_is_no_document_of_keys_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="no document of published keys"):
        read_published(document)  # type: ignore[arg-type]  # a stranger's file holds anything
