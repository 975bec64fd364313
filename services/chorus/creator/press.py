"""Prints receipts in processes of their own: what fonts take, and what a name may do to them, ends with each."""

from __future__ import annotations

import subprocess
import sys
import threading

from chorus.creator.language import N_
from chorus.creator.sheet import Sheet
from chorus.errors import Unavailable
from chorus.platform import logs

log = logs.logger(__name__)
_AT_ONCE = 2
_QUEUE_SECONDS, _SECONDS = 10.0, 30.0
# Nothing of this process's environment: the key is in it.
_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}


class Press:
    """Prints a few at a time, each within a time; whoever asks waits in a thread of their own."""

    def __init__(self) -> None:
        """Begin idle."""
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def printed(self, sheet: Sheet) -> bytes:
        """Answer the PDF. Raises `Unavailable`."""
        if not self._free.acquire(timeout=_QUEUE_SECONDS):
            message = N_("Many receipts are being printed just now. Try again in a moment.")
            raise Unavailable(message, reason="PRESS_BUSY")
        try:
            return _run(sheet.written())
        except (OSError, subprocess.SubprocessError) as error:
            words = getattr(error, "stderr", None) or b""
            log.warning("a receipt was not printed", error=str(error), words=words.decode(errors="replace")[-2000:])
            message = N_("The PDF cannot be made just now. The receipts themselves can be saved.")
            raise Unavailable(message, reason="NOT_PRINTED") from error
        finally:
            self._free.release()


def _run(sheet: bytes) -> bytes:
    command = [sys.executable, "-P", "-m", "chorus.creator.typeset"]
    done = subprocess.run(
        command, input=sheet, capture_output=True, check=True, timeout=_SECONDS, env=_ENVIRONMENT, cwd="/"
    )
    return done.stdout
