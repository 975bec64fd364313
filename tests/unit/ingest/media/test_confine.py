"""Once it is confined, the child can do nothing but decode."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

_CONFINED = """
import os, socket, sys
from chorus.ingest.media import child, confine
confine.limit_memory()
child.warm_up()
level = confine.confine()
os.write(1, level.encode() + b" ")
try:
    {attempt}
except (OSError, MemoryError) as error:
    os.write(1, type(error).__name__.encode())
else:
    os.write(1, b"done")
"""


def run(attempt: str) -> tuple[int, str, str]:
    """Try something in a confined process: how it ended, how far it was locked in, and what came of it."""
    code = _CONFINED.format(attempt=attempt)
    ended = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, timeout=120, check=False)
    level, _, outcome = ended.stdout.decode().partition(" ")
    return ended.returncode, level, outcome


def test_the_child_knows_neither_grpc_nor_a_database() -> None:
    code = "import sys, chorus.ingest.media.child; print([m for m in ('grpc', 'psycopg', 'kafka') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, timeout=120)
    assert said.stdout.strip() == b"[]"


def test_it_can_still_read_pictures() -> None:
    code, _, outcome = run("child.warm_up()")
    assert (code, outcome) == (0, "done")


@pytest.mark.parametrize("attempt", ["open('/etc/passwd')", "open('/tmp/x', 'w')", "os.listdir('/')", "os.pipe()"])
def test_it_opens_nothing(attempt: str) -> None:
    code, _, outcome = run(attempt)
    assert (code, outcome) in {(0, "PermissionError"), (0, "OSError")}


@pytest.mark.parametrize("attempt", ["os.fork()", "os.execv('/bin/true', ['true'])", "socket.socket()"])
def test_it_dies_when_it_tries_what_only_an_attacker_would(attempt: str) -> None:
    code, level, outcome = run(attempt)
    if level == "seccomp":
        assert (code, outcome) == (-signal.SIGSYS, "")
    else:
        assert "socket" not in attempt or outcome == "OSError"


def test_it_gets_no_more_memory_than_allowed() -> None:
    code, _, outcome = run("bytearray(2 * 1024**3)")
    assert (code, outcome) == (0, "MemoryError")
