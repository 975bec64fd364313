"""Clean up after a test run that was killed: `python guard.py FOLDER`, one process id a line on standard input.

The run holds the other end of the pipe. However the run ends, the pipe closes, and what it started and did not stop
is killed here. A run that stopped its children itself leaves nothing to do.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path


def guard(folder: Path) -> None:
    """Wait for the run to end, then end its children by id and remove its folder."""
    # Ctrl-C reaches the run, which stops its children in order; the guard only acts after it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    started = [int(line) for line in sys.stdin]
    for pid in started:
        if _is_ours(pid, folder):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def _is_ours(pid: int, folder: Path) -> bool:
    """Tell a child that still runs from a stranger that was given the same id later: ours log into the folder."""
    try:
        return str(folder) in str(Path(f"/proc/{pid}/fd/1").readlink())
    except OSError:
        return False


if __name__ == "__main__":
    guard(Path(sys.argv[1]))
