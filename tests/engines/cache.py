"""What is fetched once and kept outside the checkout: `${XDG_CACHE_HOME:-~/.cache}/chorus/engines/<name>-<version>`."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY = 86_400


def folder() -> Path:
    """Return the cache folder; it may not exist yet."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "chorus" / "engines"


def kept(name: str, fill: Callable[[Path], None]) -> Path:
    """Return the cache's folder `name`, filled at most once.

    `fill` writes into a folder beside it, which is renamed when complete: a run that is cut off leaves nothing half
    made, and of two runs at once either may win.
    """
    place = folder() / name
    if place.is_dir():
        return place
    folder().mkdir(parents=True, exist_ok=True)
    _sweep(name)
    beside = Path(tempfile.mkdtemp(prefix=f"{name}.half-", dir=folder()))
    try:
        fill(beside)
        beside.rename(place)
    except OSError:
        if not place.is_dir():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return place


def _sweep(name: str) -> None:
    """Remove what runs left half made more than a day ago."""
    for half in folder().glob(f"{name}.half-*"):
        if time.time() - half.stat().st_mtime > _DAY:
            shutil.rmtree(half, ignore_errors=True)
