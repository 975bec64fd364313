"""A backup that ends early leaves nothing that runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from chorus.local.backup import _copy_databases
from chorus.local.postgres import Postgres


class Slow(Postgres):
    """A server whose copy takes longer than anybody waits."""

    copying: subprocess.Popen[str]

    def bytes(self) -> int:
        return 1

    def copy_to(self, target: Path) -> subprocess.Popen[str]:
        self.copying = subprocess.Popen(["/bin/sleep", "600"], stderr=subprocess.PIPE, text=True)
        return self.copying


def _aborted(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_aborted_backup_leaves_no_copying_behind(tmp_path: Path) -> None:
    server = Slow(tmp_path, tmp_path / "log")
    with pytest.raises(KeyboardInterrupt):
        _copy_databases(server, tmp_path / "1", _aborted)
    code = server.copying.returncode
    server.copying.kill()
    server.copying.wait()
    assert code is not None
