"""The walls between rooms hold: each is broken on purpose in a small copy of the house, and the break is found."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_LINT = Path(sysconfig.get_path("scripts")) / "lint-imports"
_SERVICES = ("brands", "ingest", "curation", "rights", "publishing")
_ROOM = ("__main__", "app", "handlers", "ports", "domain/post", "adapters/store")
_HOUSE = {
    "errors": "",
    "evidence/tree": "",
    "scope/decision": "",
    "api/rights_pb2": "",
    "platform/rpc": "import grpc, kafka, minio, opentelemetry, chorus.api.rights_pb2",
    "console/app": "import chorus.api.rights_pb2, chorus.platform.rpc",
    "creator/app": "",
    "cli/app": "",
    "local/app": "",
    "ingest/sources/feed": "",
    "ingest/media/decode": "",
    "publishing/formats/atom": "",
    **{f"{service}/{module}": "" for service in _SERVICES for module in _ROOM},
    "rights/adapters/store": "import chorus.api.rights_pb2, chorus.rights.domain.post, psycopg",
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    shutil.copy(_ROOT / "pyproject.toml", tmp_path)
    for module, code in _HOUSE.items():
        _write(tmp_path, module, code)
    return tmp_path


def _write(root: Path, module: str, code: str) -> None:
    file = root / "chorus" / f"{module}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code + "\n")
    for folder in [file.parent, *file.parent.parents]:
        if folder == root:
            break
        (folder / "__init__.py").touch()


def _broken_walls(root: Path) -> list[str]:
    """Return the numbers of the contracts that import-linter finds broken."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    ended = subprocess.run(
        [str(_LINT), "--no-cache"], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert "Contracts:" in ended.stdout, ended.stdout + ended.stderr
    return re.findall(r"^(\d)\..* BROKEN$", ended.stdout, re.MULTILINE)


def test_a_house_built_as_planned_breaks_no_wall(house: Path) -> None:
    assert _broken_walls(house) == []


@pytest.mark.parametrize(
    ("wall", "module", "code"),
    [
        ("1", "rights/handlers", "import chorus.curation.ports"),
        ("1", "creator/app", "import chorus.rights.handlers"),
        ("1", "platform/rpc", "import kafka, minio, opentelemetry, chorus.rights.ports"),
        ("1", "local/app", "import chorus.cli.app"),
        ("1", "utils", ""),
        ("2", "rights/handlers", "import chorus.rights.adapters.store"),
        ("2", "rights/domain/post", "import chorus.rights.ports"),
        ("2", "ingest/sources/feed", "import chorus.ingest.media.decode"),
        ("2", "rights/helpers", ""),
        ("3", "rights/domain/post", "import psycopg"),
        ("3", "rights/domain/post", "import google.protobuf.message"),
        ("3", "scope/decision", "import chorus.platform.rpc"),
        ("3", "evidence/tree", "import psycopg"),
        ("4", "rights/app", "import chorus.api.rights_pb2"),
        ("4", "publishing/formats/atom", "import chorus.api.rights_pb2"),
        ("5", "rights/adapters/store", "import kafka.errors"),
        ("5", "cli/app", "import opentelemetry.trace"),
        ("5", "ingest/media/decode", "import minio"),
    ],
)
def test_a_line_through_a_wall_is_found(house: Path, wall: str, module: str, code: str) -> None:
    _write(house, module, code)
    assert wall in _broken_walls(house)
