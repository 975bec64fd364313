"""Backup and restore of a house with engines of its own: its databases as they were at one moment, and its media.

The databases are copied first, so that every picture that they name is among those copied after them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

from chorus.local.copying import Progress, copy_objects
from chorus.local.engines import ROOMS
from chorus.local.errors import HouseError
from chorus.local.house import locked, running
from chorus.local.postgres import Postgres, check_version, client, own
from chorus.platform import restores
from chorus.platform.objects import open_store

_NOTE = "chorus-backup.json"
_AREAS = ("private", "public")
# Where these are set, what the house stands on is not in its folder.
_OUTSIDE = ("CHORUS_DATABASE_URL", "CHORUS_EVENTS_URL", "CHORUS_MEDIA_URL", "CHORUS_PUBLIC_MEDIA_URL")
_LOOK_SECONDS = 0.2


def back_up(data: Path, folder: Path, environ: Mapping[str, str], progress: Progress) -> None:
    """Copy the house in `data` into a new `folder`, also while it runs; HouseError says what is in the way.

    The folder is complete once it has its name: until then it is called `….partial`.
    """
    _check_inside(environ)
    if folder.exists():
        message = f"{folder} is there already."
        raise HouseError(message, "Name a folder that does not exist yet: each backup has one of its own.")
    if not (data / "postgres" / "data").exists():
        message = f"There is no house in {data}."
        raise HouseError(message, "Name its folder with --data.")
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, mode=0o700)
    with _server(data) as server:
        _copy_databases(server, partial / "postgres" / "data", progress)
    for name in ("postgres/password", "secret-key"):
        if (data / name).exists():
            shutil.copy(data / name, partial / name)
    objects = sum(_copy_area(data, partial, area, progress) for area in _AREAS)
    note = {"chorus": version("chorus"), "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "objects": objects}
    (partial / _NOTE).write_text(json.dumps(note, indent=2), encoding="utf-8")
    partial.rename(folder)


def restore(folder: Path, data: Path, environ: Mapping[str, str], progress: Progress, *, replace: bool) -> Path | None:
    """Bring a house back into `data`. What is there is put aside where `replace` says so; answers where to.

    The journal in `data` is kept: it knows what creators took back since. Publishing shows nothing until rights has
    read it and has said which grants stand.
    """
    _check_inside(environ)
    _check_whole(folder)
    with locked(data):
        there = [name for name in ("postgres", "media", "secret-key") if (data / name).exists()]
        if there and not replace:
            message = f"There is a house in {data} already."
            raise HouseError(message, "With --replace it is put aside, and nothing of it is deleted.")
        fresh = data / "restore.partial"
        shutil.rmtree(fresh, ignore_errors=True)
        _copy_files(folder, fresh, progress)
        # The server's own user enters it as it enters the house.
        shutil.copymode(data, fresh)
        # Before anything is put in place: a house that does not know of its restore would show what was taken back.
        made_at = json.loads((folder / _NOTE).read_text(encoding="utf-8"))["made_at"]
        _mark(Postgres(fresh / "postgres", data / "logs" / "postgres.log"), made_at)
        aside = _put_aside(data, there) if there else None
        for path in fresh.iterdir():
            path.rename(data / path.name)
        fresh.rmdir()
    return aside


def _check_inside(environ: Mapping[str, str]) -> None:
    if outside := [name for name in _OUTSIDE if environ.get(name)]:
        message = f"This house does not keep everything in its own folder: {', '.join(outside)} is set."
        raise HouseError(message, "docs/operations.md says how to back up databases, a log and buckets of your own.")


def _check_whole(folder: Path) -> None:
    """Compare every file of the databases with what was noted when it was copied."""
    if not (folder / _NOTE).exists():
        message = f"{folder} is no whole backup."
        raise HouseError(message, "A backup that ended early is called ….partial; take an earlier one.")
    check_version(folder / "postgres" / "data")
    done = subprocess.run(
        [client("pg_verifybackup"), "--quiet", folder / "postgres" / "data"],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    if done.returncode:
        message = f"The backup in {folder} is damaged: {done.stderr.strip()[-500:]}"
        raise HouseError(message, "Take an earlier one.")


@contextmanager
def _server(data: Path) -> Iterator[Postgres]:
    """Use the house's own database server: the one that runs, or one for as long as this takes."""
    server = Postgres(data / "postgres", data / "logs" / "postgres.log")
    if running(data):
        server.join()
        yield server
        return
    with locked(data):
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _copy_databases(server: Postgres, target: Path, progress: Progress) -> None:
    total = server.bytes()
    copying = server.copy_to(target)
    try:
        while copying.poll() is None:
            progress("databases", min(_size(target), total), total)
            time.sleep(_LOOK_SECONDS)
    finally:
        copying.kill()
        copying.wait()
    if copying.returncode:
        words = copying.stderr.read() if copying.stderr else ""
        message = f"The databases could not be copied: {words.strip()[-500:]}"
        raise HouseError(message, "See that there is room for them; the house itself goes on.")
    progress("databases", total, total)


def _copy_area(data: Path, target: Path, area: str, progress: Progress) -> int:
    source, kept = (open_store((top.resolve() / "media" / area).as_uri()) for top in (data, target))
    return copy_objects(source, kept, f"{area} media", progress)


def _copy_files(source: Path, target: Path, progress: Progress) -> None:
    total, done = _size(source), 0
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True, mode=0o755)
        elif path.name != _NOTE:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
            done += path.stat().st_size
            progress("files", done, total)
    (target / "postgres" / "data").chmod(0o700)
    own(target / "postgres")


def _put_aside(data: Path, names: list[str]) -> Path:
    aside = data / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    aside.mkdir()
    for name in names:
        (data / name).rename(aside / name)
    return aside


def _mark(server: Postgres, made_at: str) -> None:
    """Tell every room that what it knows is from then."""
    server.start()
    try:
        for room in ROOMS:
            with psycopg.connect(server.url(f"chorus_{room}")) as connection:
                restores.note(connection, f"restored from a backup of {made_at}")
    finally:
        server.stop()


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        # What is being copied may have got another name meanwhile.
        with suppress(FileNotFoundError):
            total += path.stat().st_size if path.is_file() else 0
    return total
