"""The oracle: what the sender itself wrote down, on disk, of every act that was acknowledged."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One act that was answered with a yes: of its kind the `number`-th on `subject`; `said` is what it said."""

    kind: str
    subject: str
    number: int = 1
    said: str = ""


class Ledger:
    """A file of lines that only grows. An act is in it before the next one on the same subject is begun."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("ab", buffering=0)
        self._lock = threading.Lock()
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, act: Acknowledged) -> None:
        """Write an act down; it is on disk when this returns."""
        line = json.dumps(asdict(act)).encode() + b"\n"
        with self._lock:
            self._file.write(line)
            os.fsync(self._file.fileno())
            self.count += 1

    def read(self, kind: str) -> Iterator[Acknowledged]:
        """Read from disk what was acknowledged of a kind, in its order."""
        for line in self._path.read_bytes().splitlines():
            act = Acknowledged(**json.loads(line))
            if act.kind == kind:
                yield act
