"""A backup and a restore that end early leave nothing that runs, and nothing that could be taken for whole."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from chorus.local.backup import _copy_databases, back_up, restore
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


def _quiet(*_: object) -> None:
    """Tell nobody."""


def test_an_aborted_backup_leaves_no_copying_behind(tmp_path: Path) -> None:
    server = Slow(tmp_path, tmp_path / "log")
    with pytest.raises(KeyboardInterrupt):
        _copy_databases(server, tmp_path / "1", _aborted)
    code = server.copying.returncode
    server.copying.kill()
    server.copying.wait()
    assert code is not None


@pytest.fixture
def folder() -> Iterator[Path]:
    """Somewhere that the database server's own user can enter, as pytest's folders are not."""
    with tempfile.TemporaryDirectory(prefix="chorus-backups-") as top:
        Path(top).chmod(0o711)
        yield Path(top)


def test_what_could_not_be_marked_is_not_put_in_place(folder: Path) -> None:
    # Without the services' databases: none of them can be told that it was restored.
    server = Postgres(folder / "house" / "postgres", folder / "log")
    server.start()
    server.stop()
    back_up(folder / "house", folder / "backup", {}, _quiet)
    with pytest.raises(psycopg.OperationalError, match='database "chorus_brands" does not exist'):
        restore(folder / "backup", folder / "fresh", {}, _quiet, replace=False)
    assert not (folder / "fresh" / "postgres").exists()
