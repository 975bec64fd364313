"""What `deploy/` hands to Docker and Kubernetes, made once per run by the tools that operators use."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.contract.deployed import DEPLOY, VALUES, WHOLE, Manifest, render


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the secrets with the script that operators run."""
    folder = tmp_path_factory.mktemp("deploy")
    script = Path(shutil.copy(DEPLOY / "secrets.sh", folder))
    for _twice in range(2):
        before = {path.name: path.read_text() for path in (folder / "secrets").glob("*")}
        subprocess.run([script], check=True, capture_output=True)
        after = {path.name: path.read_text() for path in (folder / "secrets").iterdir()}
        assert before.items() <= after.items(), "a second run keeps what the first one made"
    return folder / "secrets"


@pytest.fixture(scope="session")
def compose() -> Manifest:
    """Read compose.yaml as Docker Compose does, which refuses what its specification does not know."""
    reader = f"{sysconfig.get_path('scripts')}/docker-compose"
    command = [reader, "--file", str(DEPLOY / "compose.yaml"), "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rendered: Manifest = json.loads(done.stdout)
    return rendered


@pytest.fixture(scope="session")
def manifests() -> list[Manifest]:
    """Render the chart for an installation."""
    return render(VALUES)


@pytest.fixture(scope="session")
def whole() -> list[Manifest]:
    """Render the chart with each option that adds something."""
    return render(WHOLE)
