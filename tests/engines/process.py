"""Children of a test run: waiting for a condition, and stopping by the child's own id."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from _typeshed import StrOrBytesPath

# Far above what a good day needs: a bad day is ten times slower, and a wait ends as soon as its condition holds.
CEILING = 300.0
_GRACE = 30.0


class EngineError(Exception):
    """An engine cannot be had or did not start; the message says what to do."""


def wait_until(condition: Callable[[], object], what: str, ceiling: float = CEILING) -> None:
    """Return as soon as `condition` is true; raise EngineError naming `what` after `ceiling` seconds."""
    end = time.monotonic() + ceiling
    while not condition():
        if time.monotonic() > end:
            message = f"waited {ceiling:.0f} s for {what}"
            raise EngineError(message)
        time.sleep(0.05)


def accepts(port: int) -> bool:
    """Tell whether something listens on the loopback port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


class Child:
    """One process with its output in a file; `stop` ends it and what it started by its own process group."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self.log = log

    @property
    def pid(self) -> int:
        """The id of the process, which is also the id of its group."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended yet."""
        return self._process.poll() is None

    def wait_until(self, ready: Callable[[], object], what: str) -> None:
        """Wait for `ready`; raise EngineError with the end of the log if the process ends first."""
        wait_until(lambda: not self.running or ready(), f"{what} (log: {self.log})")
        if not self.running:
            message = f"{what}: the process ended by itself.\n{self.tail()}"
            raise EngineError(message)

    def finish(self, what: str) -> None:
        """Wait for the process to end; raise EngineError with the end of its log unless it succeeded."""
        if self._process.wait() != 0:
            message = f"{what} failed.\n{self.tail()}"
            raise EngineError(message)

    def tail(self) -> str:
        """Return the last lines that the process wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-30:])

    def stop(self, first: signal.Signals = signal.SIGTERM) -> None:
        """Ask the process to end by the signal `first`; kill its group if it has not ended after a grace."""
        if self.running:
            os.kill(self.pid, first)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_GRACE)
        self.kill()

    def kill(self) -> None:
        """End the process, and what it started, at once, and wait until all of them are gone."""
        started = self._started()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(
            lambda: not any(Path(f"/proc/{pid}").exists() for pid in started), "the children of a killed process"
        )

    def _started(self) -> list[int]:
        """Name the direct children, which may have left the process group, as PostgreSQL's backends do."""
        with contextlib.suppress(FileNotFoundError):
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        return []


class Nursery:
    """The folder and the children of one run; `close` leaves neither behind."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        # Open to other users: PostgreSQL refuses to run as root, so there it runs as somebody else.
        self.folder = Path(tempfile.mkdtemp(prefix="chorus-tests-"))
        self.folder.chmod(0o711)
        self._children: list[Child] = []
        self._closed = False
        self._lock = threading.Lock()
        self._guard = subprocess.Popen(
            [sys.executable, "-I", Path(__file__).with_name("guard.py"), self.folder],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def place(self, name: str) -> Path:
        """Make and return a folder of this run."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder

    def start(
        self,
        command: Sequence[StrOrBytesPath],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        folder: Path | None = None,
    ) -> Child:
        """Start a command; its output is added to `log`. A run that is closing starts nothing more."""
        with self._lock:
            if self._closed:
                message = "the run is ending"
                raise EngineError(message)
            with log.open("ab") as output:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env={**os.environ, **(environment or {})},
                    user=user,
                    extra_groups=[] if user else None,
                    start_new_session=True,
                )
            child = Child(process, log)
            self._children.append(child)
            self._tell_guard(child.pid)
            return child

    def _tell_guard(self, pid: int) -> None:
        with contextlib.suppress(BrokenPipeError):
            assert self._guard.stdin is not None
            self._guard.stdin.write(f"{pid}\n".encode())
            self._guard.stdin.flush()

    def close(self) -> None:
        """Stop every child that still runs, then remove the folder."""
        with self._lock:
            self._closed = True
        for child in reversed(self._children):
            if child.running:
                child.stop()
        self._guard.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)
