"""The `chorus` command."""

from __future__ import annotations

from typing import Annotated

import typer

from chorus.cli import backup, brand, demo, doctor, events, source, surface, webhook
from chorus.cli.reach import Data
from chorus.cli.terminal import EXIT_FAILED, err, out, told_plainly, wait_for_ctrl_c
from chorus.local.engines import ROOMS
from chorus.local.house import House
from chorus.platform.config import DatabaseSettings, load
from chorus.platform.postgres import migrate as apply_migrations
from chorus.platform.runtime import migrations_of

DEFAULT_PORT = 8080
Port = Annotated[int, typer.Option("--port", help="Port of pages and feeds; the console takes the next one.")]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Chorus: a brand's community tells its story, with consent that holds.",
)
app.add_typer(brand.app, name="brand")
app.add_typer(source.app, name="source")
app.add_typer(surface.app, name="surface")
app.add_typer(webhook.app, name="webhook")
app.add_typer(events.app, name="events")
app.command("demo")(demo.demo)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("restored")(backup.restored)
app.command("copy-objects")(backup.copy)


@app.command()
def up(data: Data, port: Port = DEFAULT_PORT) -> None:
    """Start the whole house on this machine, and keep it running until Ctrl-C."""
    with told_plainly(), err.status("starting") as status:
        house = House(data, port, progress=lambda step: status.update(f"starting {step}"))
        with house:
            status.stop()
            _summary(house, str(data))
            wait_for_ctrl_c()
            status.start()
            status.update("stopping: what was begun is finished first")


@app.command("doctor")
def examine(data: Data, port: Port = DEFAULT_PORT) -> None:
    """Say what is wrong with this configuration, all at once, and what to do about it."""
    sick = False
    for finding in doctor.examine(data, port):
        mark = "[green]✓[/]" if finding.well else "[red]✗[/]"
        out.print(f"{mark} [bold]{finding.what}[/]: ", end="", markup=True)
        out.print(finding.text, markup=False)
        if finding.advice:
            out.print(f"  {finding.advice}", markup=False)
        sick = sick or not finding.well
    if sick:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def migrate(service: Annotated[str, typer.Argument(help=" | ".join(ROOMS))]) -> None:
    """Bring a service's database (CHORUS_DATABASE_URL) up to date, as its owner (CHORUS_DATABASE_OWNER_URL)."""
    if service not in ROOMS:
        message = f"choose one of {', '.join(ROOMS)}"
        raise typer.BadParameter(message)
    with told_plainly():
        settings = load(DatabaseSettings)
        owner = settings.database_owner_url or settings.database_url
        applied = apply_migrations(owner, migrations_of(service), serving=settings.database_url)
        for name in applied or ["up to date"]:
            out.print(name, markup=False)


def _summary(house: House, data: str) -> None:
    rows = {
        "console": f"{house.addresses.console}   (sign in with: chorus brand sign-in EMAIL)",
        "pages and feeds": house.addresses.public,
        "data": data,
        "stop": "Ctrl-C",
    }
    for name, text in rows.items():
        out.print(f"[dim]{name:>16}[/]  ", end="", markup=True)
        out.print(text, markup=False)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
