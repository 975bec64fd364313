"""`chorus demo`: the house with sample input, walked through the main job."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from chorus.cli.terminal import err, out, told_plainly, wait_for_ctrl_c
from chorus.local import community, village
from chorus.local.house import House, secret_key
from chorus.local.walk import BRAND, SURFACE, Outcome, Plan, Walk
from chorus.platform.auth import Signer

DEFAULT_PORT = 8080


def demo(
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            help="Keep everything in this folder; without it, nothing is kept. CHORUS_DATA, which names the house of"
            " other commands, is not read: a demo enters none that you did not name.",
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            "--port",
            help="Port of pages and feeds; the console takes the next one.",
            show_default="8080; any free one with --once",
        ),
    ] = 0,
    once: Annotated[bool, typer.Option("--once", help="Walk to the end, print the feed's JSON, and stop.")] = False,
    photos: Annotated[Path | None, typer.Option(help="Walk the pictures of this folder instead of drawn ones.")] = None,
    feed: Annotated[str, typer.Option(help="Add this live feed as a source.")] = "",
) -> None:
    """Start the house with sample input and walk it through the main job."""
    with told_plainly(), _folder(data) as folder:
        posts = community.album(photos) if photos else community.BLOG
        plan = Plan(posts, feed, leave_some=not once)
        _step("drawing pictures")
        with village.opened(posts) as (outside, page):
            environ = os.environ | {"CHORUS_FETCH_ALLOW": ",".join(outside.hosts)}
            fixed = port or (0 if once else DEFAULT_PORT)
            house = House(folder, fixed, environ=environ, progress=lambda name: _step(f"starting {name}"))
            with house:
                page.show(house.addresses.public, BRAND, SURFACE)
                signer = Signer([key.strip() for key in secret_key(folder, environ).split(",")])
                walk = Walk(house, outside, signer, _step)
                outcome = walk.go(plan)
                if once:
                    sys.stdout.write(json.dumps(outcome.feed, indent=2, ensure_ascii=False) + "\n")
                else:
                    _summary(house, walk, outcome, page.address, folder)
                    wait_for_ctrl_c()
                _step("stopping")


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    """Use the folder that was named, or one that goes when the demo ends."""
    if data:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="chorus-demo-") as folder:
        # PostgreSQL, which will not run as root, must be able to enter.
        Path(folder).chmod(0o755)
        yield Path(folder)


def _step(text: str) -> None:
    err.print(f"[dim]•[/] {text}", markup=True)


def _summary(house: House, walk: Walk, outcome: Outcome, page: str, folder: Path) -> None:
    public = house.addresses.public
    rows = {
        "console": walk.sign_in_address(),
        "gallery": page,
        "feed": f"{public}/v1/{BRAND}/surfaces/{SURFACE}/feed.json",
        "upload page": f"{public}/{BRAND}/share",
        "creator's link": outcome.open_links[0] if outcome.open_links else "",
        "data": str(folder),
        "stop": "Ctrl-C",
    }
    out.print(f"\n{len(outcome.feed['items'])} posts are on Lumen's home page. Have a look:\n", markup=False)
    for name, text in rows.items():
        out.print(f"[dim]{name:>16}[/]  ", end="", markup=True)
        out.print(text, markup=False)
