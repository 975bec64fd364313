"""Asks one address as fast as it answers, on connections that stay open, and says what an answer costs its server."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.measuring import loopback, tool

_CONNECTIONS = 32
_ANSWERS = re.compile(r"(\d+) requests in")
_TICK = os.sysconf("SC_CLK_TCK")


def cost(address: str, pid: int, *, seconds: int, headers: Mapping[str, str] | None = None) -> float:
    """Answer the microseconds of CPU time that process `pid` spends on one answer when it gets all it can take."""
    told = [part for name, value in (headers or {}).items() for part in ("-H", f"{name}: {value}")]
    command = [tool("wrk", package="wrk"), "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", *told, loopback(address)]
    before = _spent(pid)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    spent = _spent(pid) - before
    found = _ANSWERS.search(said)
    assert found, said
    assert "Non-2xx" not in said, said
    assert "Socket errors" not in said, said
    return spent * 1e6 / int(found[1])


def _spent(pid: int) -> float:
    """Read the CPU time of all threads of a process, in seconds, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK
