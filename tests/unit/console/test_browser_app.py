"""The browser app's own tests (services/chorus/console/web/test) are part of this run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import chorus

ROOT = Path(chorus.__file__).parents[2]
WEB = ROOT / "services" / "chorus" / "console" / "web"


def npm(*words: str) -> str:
    """Run npm in the app's folder; fails with what it said."""
    done = subprocess.run(
        [ROOT / "deploy" / "local" / "npm.sh", *words], cwd=WEB, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_browser_app_passes_its_own_tests() -> None:
    if not (WEB / "node_modules").exists():
        npm("ci", "--no-audit", "--no-fund")
    assert re.search(r"Tests\s+\d+ passed", npm("run", "test", "--", "--no-color"))


def test_the_lock_file_names_no_registry() -> None:
    assert "resolved" not in (WEB / "package-lock.json").read_text()
