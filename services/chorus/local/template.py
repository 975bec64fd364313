"""The house's side of the template: processes that are forked instead of begun from nothing (see `forking.py`)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chorus.local.child import Child, ends_with_parent
from chorus.local.errors import HouseError

_LOOK_SECONDS = 0.02


class Template:
    """One template, begun again if it ended."""

    def __init__(self, log: Path, environ: Mapping[str, str]) -> None:
        """Keep what it says in `log`."""
        self._log = log
        self._environ = dict(environ)
        self._process: subprocess.Popen[str] | None = None
        self._asking = threading.Lock()

    def start(self) -> None:
        """Start it; it imports while the caller goes on."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "chorus.local.forking"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                env=self._environ,
                cwd="/",
                start_new_session=True,
                preexec_fn=ends_with_parent(),  # noqa: PLW1509 -- one system call, prepared before the fork
            )

    def stop(self) -> None:
        """End it: it reads that nobody asks any more."""
        if self._process:
            self._process.communicate()

    def ask(self, **question: Any) -> dict[str, int | None]:  # noqa: ANN401 -- JSON
        """Ask, and answer what it says; HouseError where it does not live."""
        with self._asking:
            try:
                return self._answer(question)
            except (OSError, ValueError):
                # It ended while it was asked: what it forked ends with it, and is begun again by the next one.
                self.stop()
            try:
                return self._answer(question)
            except (OSError, ValueError) as error:
                message = f"Processes cannot be started: {self._log.read_text(errors='replace')[-1000:]}"
                raise HouseError(message, f"Its log is {self._log}.") from error

    def _answer(self, question: Mapping[str, Any]) -> dict[str, int | None]:
        if self._process is None or self._process.poll() is not None:
            self.start()
        assert self._process  # noqa: S101 -- just started
        assert self._process.stdin  # noqa: S101 -- a pipe
        assert self._process.stdout  # noqa: S101 -- a pipe
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, int | None] = json.loads(self._process.stdout.readline())
        return answer


class Forked(Child):
    """A child of the house that is a fork of the template."""

    def __init__(self, name: str, template: Template, log: Path, environ: Mapping[str, str]) -> None:
        """Say what to run: `python -m chorus.<name>`, but for the interpreter's own start."""
        super().__init__(name, (), log, environ)
        self._template = template

    def _begin(self) -> _Process:
        answer = self._template.ask(module=f"chorus.{self.name}", environ=self._environ, log=str(self.log))
        return _Process(self._template, int(answer["pid"] or 0))


class _Process:
    """Stands for a `subprocess.Popen`: the template alone can wait for what it forked."""

    def __init__(self, template: Template, pid: int) -> None:
        self._template = template
        self._code: int | None = None
        self.pid = pid

    def poll(self) -> int | None:
        if self._code is None:
            self._code = self._template.ask(pid=self.pid)["code"]
        return self._code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            # One of a template before this one may have ended since, with nobody keeping its place.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(_LOOK_SECONDS)
        return code
