"""How the command line finds a running house: on this machine's data folder, or by the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import grpc
import typer

from chorus.local.engines import ROOMS
from chorus.local.errors import HouseError
from chorus.local.house import running, secret_key
from chorus.platform import rpc
from chorus.platform.auth import Signer
from chorus.platform.config import ProcessSettings, load, variable


def default_data() -> Path:
    """Name the folder that `chorus up` keeps its data in where none is named."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "chorus"


Data = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="CHORUS_DATA",
        help="Data folder of the house.",
        default_factory=default_data,
        show_default="~/.local/share/chorus",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
BrandId = Annotated[str, typer.Argument(help="The brand's id, for example lumen.")]


@dataclass(frozen=True)
class Reach:
    """Where the rooms are, and the token that says who asks."""

    addresses: dict[str, str]
    console: str
    token: str

    def channel(self, room: str) -> grpc.Channel:
        """Open a channel to a room, as the operator."""
        return rpc.channel(self.addresses[room], lambda: self.token)


def reach(data: Path) -> Reach:
    """Find the house: by CHORUS_<ROOM>_ADDRESS where set, else the one that runs on the data folder."""
    given = {room: os.environ.get(variable(f"{room}_address"), "") for room in ROOMS}
    if all(given.values()):
        settings = load(ProcessSettings)
        return Reach(given, settings.console_url, Signer(settings.secret_key).operator_token())
    house = running(data)
    if house is None:
        message = f"No Chorus runs on {data}."
        raise HouseError(message, "Start it with `chorus up`, or name its folder with --data.")
    keys = [key.strip() for key in secret_key(data, os.environ).split(",")]
    return Reach(dict(house.grpc), house.console, Signer(keys).operator_token())
