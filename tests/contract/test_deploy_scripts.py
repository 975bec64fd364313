"""The scripts for installations on engines of their own, run with programs that only note what they are asked.

`tests/e2e/test_backup.py` runs them with the real ones.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from chorus.local.engines import ROOMS
from tests.contract.deployed import DEPLOY

QUERY = "?sslmode=verify-full&sslrootcert=/etc/tls/ca.crt"
DATABASES = {f"CHORUS_{room.upper()}_DATABASE_URL": f"postgresql://me@db:5432/{room}_1{QUERY}" for room in ROOMS}
MEDIA = {"CHORUS_MEDIA_URL": "s3://media"}
EVENTS = {"CHORUS_EVENTS_URL": "kafka://log:9092"}


class Programs:
    """A folder of programs that write down their arguments, a line each."""

    def __init__(self, folder: Path) -> None:
        self._asked = folder / "asked"
        self._asked.touch()
        for name in ("psql", "pg_dump", "pg_restore", "chorus", "mv"):
            program = folder / name
            program.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self._asked}"\n', encoding="utf-8")
            program.chmod(0o755)
        self._path = f"{folder}{os.pathsep}{os.environ['PATH']}"

    def run(self, script: str, folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        command = [DEPLOY / script, folder]
        return subprocess.run(
            command, env={"PATH": self._path, **environ}, capture_output=True, text=True, check=False, timeout=60
        )

    def asked(self, name: str) -> list[str]:
        return [line for line in self._asked.read_text(encoding="utf-8").splitlines() if line.split()[0] == name]


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    folder = tmp_path / "programs"
    folder.mkdir()
    return Programs(folder)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    folder = tmp_path / "backup"
    (folder / "media").mkdir(parents=True)
    (folder / "complete").touch()
    return folder


def test_databases_are_made_by_their_own_names_on_servers_reached_as_their_addresses_say(
    programs: Programs, backup: Path
) -> None:
    done = programs.run("restore.sh", backup, DATABASES | MEDIA | EVENTS)
    assert done.returncode == 0, done.stderr
    server = f"postgresql://me@db:5432/postgres{QUERY}"
    for room, line in zip(ROOMS, programs.asked("psql"), strict=True):
        assert line.endswith(f'CREATE DATABASE "{room}_1" {server}')


def test_who_owns_the_databases_makes_and_fills_them_and_who_serves_is_told(programs: Programs, backup: Path) -> None:
    owners = {name.replace("_URL", "_OWNER_URL"): url.replace("me@", "owner@") for name, url in DATABASES.items()}
    done = programs.run("restore.sh", backup, DATABASES | MEDIA | EVENTS | owners)
    assert done.returncode == 0, done.stderr
    assert all("owner@" in line for name in ("psql", "pg_restore") for line in programs.asked(name))
    assert [line for line in programs.asked("chorus") if "copy" not in line] == [
        f"chorus {step} {room}" for room in ROOMS for step in ("migrate", "restored")
    ]


@pytest.mark.parametrize("missing", [*MEDIA, *EVENTS])
def test_a_restore_that_could_not_end_does_not_begin(missing: str, programs: Programs, backup: Path) -> None:
    environ = DATABASES | MEDIA | EVENTS
    del environ[missing]
    done = programs.run("restore.sh", backup, environ)
    assert done.returncode != 0
    assert f"{missing}: is not set" in done.stderr
    assert programs.asked("psql") == []


def test_a_backup_that_could_not_end_does_not_begin(programs: Programs, tmp_path: Path) -> None:
    done = programs.run("backup.sh", tmp_path / "new", DATABASES)
    assert done.returncode != 0
    assert "CHORUS_MEDIA_URL: is not set" in done.stderr
    assert not (tmp_path / "new").exists()
