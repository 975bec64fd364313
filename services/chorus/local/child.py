"""A child process with a log of its own, that never outlives the house."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

_PR_SET_PDEATHSIG = 1
_TAIL = 4_000
# Below the range that the kernel takes outgoing ports from: what ends and begins again finds its port still free.
_PORTS = range(20_000, 32_000)
_given: set[int] = set()
_giving = threading.Lock()


class Process(Protocol):
    """What a child needs of its process; `subprocess.Popen` has it."""

    @property
    def pid(self) -> int:
        """Its id."""

    def poll(self) -> int | None:
        """Answer how it ended; None while it runs."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal, if it still runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; `subprocess.TimeoutExpired` where that takes longer."""

    def kill(self) -> None:
        """End it at once."""


class Child:
    """One process: started, watched, and stopped by its own id."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        environ: Mapping[str, str],
        *,
        user: str | None = None,
    ) -> None:
        """Say what to run; nothing runs before `start`."""
        self.name = name
        self.log = log
        self._command = [str(part) for part in command]
        self._environ = dict(environ)
        self._user = user
        self._process: Process | None = None

    def start(self) -> None:
        """Start it; its output goes to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._process = self._begin()

    def _begin(self) -> Process:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._environ,
                user=self._user,
                cwd="/",
                # Ctrl-C on the terminal reaches the house alone, which then stops everything in order.
                start_new_session=True,
                preexec_fn=ends_with_parent(),  # noqa: PLW1509 -- one system call, prepared before the fork
            )

    @property
    def pid(self) -> int | None:
        """Its process id, while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs or was not started."""
        return self._process.poll() if self._process else None

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self._process and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def wait(self, seconds: float) -> None:
        """Wait for its end, then insist."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """Read the end of its log, for an error message."""
        with contextlib.suppress(OSError):
            return self.log.read_text(encoding="utf-8", errors="replace")[-_TAIL:]
        return ""


def free_port() -> int:
    """Find a loopback port that nobody listens on and that no other call in this process was given."""
    with _giving:
        while True:
            port = secrets.choice(_PORTS)
            if port not in _given and not in_use(port):
                _given.add(port)
                return port


def in_use(port: int) -> bool:
    """Tell whether somebody listens on a loopback port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def ends_with_parent() -> Callable[[], None]:
    """Prepare what a child does first, so that it ends when its parent is killed; elsewhere than on Linux nothing."""
    if sys.platform != "linux":
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
