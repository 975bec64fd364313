"""What processes cost: CPU time and memory, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Read what a process and its children, those that ended among them, have spent in user and kernel mode."""
    return sum(_spent(each) for each in (pid, *_children(pid)))


def resident_mib(pid: int) -> float:
    """Read how much of a process is in memory now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _spent(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        # Ended since it was named: what it spent is in its parent's account now.
        return 0.0
    return sum(map(int, fields[11:15])) / _TICK


def _children(pid: int) -> list[int]:
    found = [each.read_text(encoding="ascii").split() for each in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for children in found for child in children]
