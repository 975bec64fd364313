"""What browser tests share: the gallery as it is built for users."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import chorus.publishing

GALLERY = Path(chorus.publishing.__file__).parent / "gallery"


Npm = Callable[..., None]


@pytest.fixture(scope="session")
def gallery_npm() -> Npm:
    """Runs npm in the gallery's folder, with its packages there; fails with what npm said."""
    found = shutil.which("npm")
    assert found, "the gallery is built with npm"

    def npm(*words: str) -> None:
        done = subprocess.run([found, *words], cwd=GALLERY, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    if not (GALLERY / "node_modules").exists():
        npm("ci", "--no-audit", "--no-fund")
    return npm


@pytest.fixture(scope="session")
def gallery_script(gallery_npm: Npm) -> bytes:
    """The gallery's one file, built anew where its sources are younger."""
    built = GALLERY / "dist" / "chorus-gallery.js"
    sources = [*GALLERY.glob("src/*"), *GALLERY.glob("*.json"), GALLERY / "vite.config.ts"]
    if not built.exists() or built.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        gallery_npm("run", "build")
    return built.read_bytes()
