"""What proves an attested grant: a file that somebody hands in, kept as it is. Nobody looks inside."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

MOST_BYTES: Final = 5 * 1024 * 1024
_MOST_NAME = 80
_TEXT = "text/plain"
_MAGIC: Final = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_ENDINGS: Final = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", _TEXT: "txt"}
# What begins so is a page, whatever it is called: saved and opened, it could run what it holds.
_MARKUP: Final = ("<!doctype", "<html", "<head", "<body", "<script", "<iframe", "<svg", "<?xml", "<!--")
_LAYOUT: Final = frozenset("\t\n\r\f")


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof without its bytes; `size` in bytes, `sha256` in hex, `name` as it is saved."""

    name: str
    content_type: str
    size: int
    sha256: str

    def anonymous(self) -> Proof:
        """Leave out what would tell which file it was."""
        return replace(self, name="", sha256="")


def proof_of(content: bytes, name: str) -> Proof:
    """Describe a proof that has no problem."""
    kind = _kind(content)
    return Proof(_saved_as(name, kind), kind, len(content), hashlib.sha256(content).hexdigest())


def proof_problem(content: bytes) -> str:
    """Say what is wrong with a proof; empty where nothing is."""
    if not content:
        return "Add the proof: a PDF, a picture, or an e-mail as text."
    if len(content) > MOST_BYTES:
        return "The proof has more than 5 MB."
    return "" if _kind(content) else "This is no PDF, JPEG, PNG or plain text. Save it as one of these."


def _kind(content: bytes) -> str:
    """Tell what a file is by its bytes, whatever anybody calls it; empty for all that is not taken."""
    named = next((kind for begins, kind in _MAGIC if content.startswith(begins)), "")
    return named or (_TEXT if _is_text(content) else "")


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    plain = all(letter in _LAYOUT or unicodedata.category(letter) != "Cc" for letter in text)
    return plain and not text.lstrip().lower().startswith(_MARKUP)


def _saved_as(name: str, kind: str) -> str:
    """Keep what the file was called, with the ending of what it is: no program is started by another."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = last.rpartition(".")[0] or last
    kept = "".join(each for each in stem if each in " -_().,&+" or each.isalnum()).strip(" .")
    return f"{kept[:_MOST_NAME].strip() or 'proof'}.{_ENDINGS[kind]}"
