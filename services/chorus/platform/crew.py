"""Background threads of a process: each runs until told to stop, and is begun again when it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable

from chorus.errors import Unavailable
from chorus.platform import logs
from chorus.platform.backoff import Backoff
from chorus.platform.metrics import TASK_FAILURES

log = logs.logger(__name__)


class Crew:
    """Threads that share one `stop` event."""

    def __init__(self, stop: threading.Event) -> None:
        """Begin without anybody."""
        self._stop = stop
        self._threads: list[threading.Thread] = []

    def add(self, name: str, run: Callable[[threading.Event], None]) -> None:
        """Start a thread that runs `run(stop)`, and runs it again, after a growing pause, whenever it raises."""
        thread = threading.Thread(target=self._keep_running, args=(name, run), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def join(self, seconds: float) -> list[str]:
        """Wait for all threads to end after `stop`, each so long at the most; answers those that did not."""
        for thread in self._threads:
            thread.join(seconds)
        return [thread.name for thread in self._threads if thread.is_alive()]

    def _keep_running(self, name: str, run: Callable[[threading.Event], None]) -> None:
        backoff = Backoff()
        while not self._stop.is_set():
            try:
                run(self._stop)
            except Unavailable as error:
                log.warning("waiting for a dependency", task=name, reason=error.reason)
            except Exception:
                log.exception("task failed, beginning again", task=name)
            else:
                return
            TASK_FAILURES.add(1, {"task": name})
            self._stop.wait(backoff.pause())
