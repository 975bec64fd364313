"""Disks that fill up and are given room again.

As root a small file system in memory (tmpfs) is mounted where the data lies; it is filled to its last byte, then made
larger. Without root, the processes that write are forbidden to write beyond a file's first pages (RLIMIT_FSIZE), and
permitted again: to them a disk without room, and one that gives none back to PostgreSQL's own log either.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.measuring import tool

_MIB = 1024 * 1024
_SMALLEST = "8192"


class Disk(Protocol):
    """Something to write to that may be full."""

    def fill(self) -> None:
        """Leave no room."""

    def grow(self) -> None:
        """Give room again."""


class Mounted:
    """A file system of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Write until nothing more fits, from large pieces to the last byte."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for piece in (_MIB, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(b"\0" * piece)
        assert os.statvfs(self._folder).f_bavail == 0

    def grow(self) -> None:
        """Mount it again, larger; what fills it stays."""
        run("mount", "-o", "remount,size=2g", str(self._folder))
        assert os.statvfs(self._folder).f_bavail > 0


class Forbidden:
    """Processes that may not let a file grow, nor those that come after them."""

    def __init__(self, pids: Callable[[], Sequence[int]]) -> None:
        self._pids = pids
        self._forbidden: set[int] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_forbidding, daemon=True)

    def fill(self) -> None:
        """Forbid it to those that run, and go on with whoever comes."""
        self._forbid()
        self._thread.start()

    def grow(self) -> None:
        """Permit it again, until nobody is left who came of a parent that still was forbidden."""
        self._over.set()
        self._thread.join()
        permitted: set[int] = set()
        while forbidden := set(self._pids()) - permitted:
            for pid in forbidden:
                _limit(pid, "unlimited")
            permitted |= forbidden

    def _keep_forbidding(self) -> None:
        while not self._over.wait(0.02):
            self._forbid()

    def _forbid(self) -> None:
        for pid in set(self._pids()) - self._forbidden:
            _limit(pid, _SMALLEST)
            self._forbidden.add(pid)


def _limit(pid: int, size: str) -> None:
    """Limit as whoever owns the process: root itself may not, in some containers, where it is another's."""
    with contextlib.suppress(FileNotFoundError, subprocess.CalledProcessError):
        owner = Path(f"/proc/{pid}").stat().st_uid
        run("prlimit", f"--pid={pid}", f"--fsize={size}:unlimited", user=owner)


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Mounted]:
    """Mount a small file system there until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "chorus-chaos", str(folder))
    try:
        yield Mounted(folder)
    finally:
        run("umount", "--lazy", str(folder))


def may_mount(folder: Path) -> bool:
    """Try whether mounting is permitted here."""
    try:
        with mounted(folder, "1m"):
            return True
    except subprocess.CalledProcessError:
        return False


def run(program: str, *arguments: str, user: int | None = None) -> None:
    """Run a program of the system; what it says is part of the failure."""
    command = [tool(program, package="mount util-linux"), *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True, user=None if user == os.geteuid() else user)


def family(pid: int | None) -> list[int]:
    """Name a process and its children, as PostgreSQL's server and backends."""
    if pid is None:
        return []
    with contextlib.suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
        return [pid, *map(int, children)]
    return []
