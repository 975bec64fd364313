"""One child process, seen from the parent: started fresh, asked once at a time, killed when it is late.

A fresh interpreter rather than a fork, since a process that has imported grpc must not fork. The child gets no
environment but what is written here: no secret and no address is in it.
"""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from typing import Any, Final

from chorus.ingest.media import frames

START_SECONDS: Final = 60.0
"""Generous: a start imports Pillow and numpy, and a machine may be busy."""

RETIRE_AFTER_CPU: Final = 60.0
"""Seconds of work after which a child is replaced, so that nothing that a picture left behind stays for long."""

MAX_ANSWER: Final = 64 * 1024 * 1024
_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
_COMMAND: Final = (sys.executable, "-I", "-m", "chorus.ingest.media.child")
_log = logging.getLogger(__name__)


class ChildLost(Exception):
    """The child died or spoke nonsense; another one may do better."""


class ChildUnready(Exception):
    """The child did not come up, which says nothing of any picture."""


class ChildLate(Exception):
    """The child was not done in time, and is dead now."""


class Child:
    """A running child. Not thread-safe: whoever holds it is the only one to ask."""

    def __init__(self) -> None:
        """Start the process and return at once; it warms up by itself."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                _COMMAND,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                env=_ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        self._socket = ours
        self._level: str | None = None
        self.cpu = 0.0

    @property
    def pid(self) -> int:
        """The process id, for tests that kill it."""
        return self._process.pid

    @property
    def tired(self) -> bool:
        """Whether it has worked long enough to be replaced."""
        return self.cpu > RETIRE_AFTER_CPU

    def level(self) -> str:
        """Wait until the child is ready, and say how far it is locked in: "seccomp" or "rlimits"."""
        if self._level is None:
            self._level = self._ready()
            if self._level != "seccomp":
                _log.warning("libseccomp is not at hand: pictures are decoded under resource limits only")
        return self._level

    def _ready(self) -> str:
        try:
            header, _ = self._receive(time.monotonic() + START_SECONDS)
        except (ChildLost, ChildLate) as error:
            message = f"the picture reader (process {self.pid}) did not start"
            raise ChildUnready(message) from error
        return str(header.get("level"))

    def ask(self, data: bytes, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Have one picture read; raises `ChildLate`, `ChildLost` or `ChildUnready`; close this child then."""
        self.level()
        deadline = time.monotonic() + seconds
        try:
            self._socket.settimeout(seconds)
            self._socket.sendall(frames.pack({}, data))
        except TimeoutError as error:
            raise ChildLate from error
        except OSError as error:
            raise ChildLost from error
        header, body = self._receive(deadline)
        self.cpu = float(header.get("cpu", RETIRE_AFTER_CPU + 1))
        return header, body

    def close(self) -> None:
        """End the process at once and leave no zombie."""
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _receive(self, deadline: float) -> tuple[dict[str, Any], bytes]:
        try:
            return frames.unpack(lambda count: self._read(count, deadline), max_body=MAX_ANSWER)
        except TimeoutError as error:
            raise ChildLate from error
        except (OSError, EOFError, frames.BadFrame) as error:
            raise ChildLost from error

    def _read(self, count: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            self._socket.settimeout(max(0.001, deadline - time.monotonic()))
            part = self._socket.recv(min(count - len(parts), 1 << 20))
            if not part:
                raise EOFError
            if time.monotonic() > deadline:
                raise TimeoutError
            parts += part
        return bytes(parts)
