"""`chorus backup`, `restore`, `restored`, `copy-objects`: a house kept safe, and brought back with rights that hold."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.progress import Progress as Bars
from rich.progress import TaskID

from chorus.cli.reach import Data
from chorus.cli.terminal import err, out, told_plainly
from chorus.local import backup as house_backup
from chorus.local.copying import Progress, copy_objects
from chorus.local.engines import ROOMS
from chorus.local.errors import HouseError
from chorus.platform import restores
from chorus.platform.events import open_log
from chorus.platform.objects import open_store
from chorus.platform.topics import TOPICS

Folder = Annotated[Path, typer.Argument(help="The backup's own folder.")]
Address = Annotated[str, typer.Argument(help="s3://key:secret@host:port/bucket or file:///folder")]


def backup(folder: Folder, data: Data) -> None:
    """Copy a house's databases and media into a new folder, also while it runs."""
    with told_plainly(), _bars() as progress:
        house_backup.back_up(data, folder, os.environ, progress)
        out.print(f"The backup is in {folder}. Whoever can read it can read everything.", markup=False)


def restore(
    folder: Folder,
    data: Data,
    replace: Annotated[bool, typer.Option("--replace", help="Put aside what is there.")] = False,
) -> None:
    """Bring a house back from a backup: start it with `chorus up` afterwards."""
    with told_plainly(), _bars() as progress:
        aside = house_backup.restore(folder, data, os.environ, progress, replace=replace)
        if aside:
            out.print(f"What was there lies in {aside}: delete it when all is well.", markup=False)
        if not os.environ.get("CHORUS_JOURNAL_URL") and not (data / "journal").exists():
            err.print(
                f"[yellow]There is no {data / 'journal'}[/]: what creators took back since the backup is not known"
                " here. If that folder still lies anywhere, put it there before the house starts.",
                markup=True,
            )
        out.print("The house is back. Surfaces show nothing until rights has said which grants stand.", markup=False)


def restored(service: Annotated[str, typer.Argument(help=" | ".join(ROOMS))]) -> None:
    """Tell a service's database (CHORUS_DATABASE_URL) that it came back from a backup, before anything starts."""
    if service not in ROOMS:
        message = f"choose one of {', '.join(ROOMS)}"
        raise typer.BadParameter(message)
    with told_plainly():
        log = open_log(_variable("CHORUS_EVENTS_URL"), prefix=os.environ.get("CHORUS_EVENTS_PREFIX", ""))
        if log.holds_facts(TOPICS.values()):
            message = "The event log holds facts already: some may be of a time that the databases no longer know."
            advice = "Delete its topics, or begin on new ones with another CHORUS_EVENTS_PREFIX."
            raise HouseError(message, advice)
        with psycopg.connect(_variable("CHORUS_DATABASE_URL")) as connection:
            restores.note(connection, "restored from a backup")
            restores.begin_log_anew(connection)
        out.print(f"{service} begins anew: it tells what its outbox has, and hears what others tell.", markup=False)


def copy(source: Address, target: Address) -> None:
    """Copy objects that the target lacks from one store to another."""
    with told_plainly(), _bars() as progress:
        try:
            stores = open_store(source), open_store(target)
        except ValueError as error:
            raise HouseError(str(error), "Write both as CHORUS_MEDIA_URL is written.") from error
        out.print(f"{copy_objects(*stores, 'objects', progress)} objects", markup=False)


def _variable(name: str) -> str:
    if value := os.environ.get(name):
        return value
    message = f"{name} is not set."
    raise HouseError(message, "Give this command the environment of the service; an embedded house needs none of it.")


@contextmanager
def _bars() -> Iterator[Progress]:
    """Show one bar for each part of the work."""
    with Bars(console=err, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total)

        yield progress
