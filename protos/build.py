"""Compile the protos into `services/chorus/api/`, on install (a hatchling hook) or by `python protos/build.py`.

The packages are named `chorus.api.<room>.v1`, so that protoc writes importable modules without any rewriting.
The generated code is part of the wheel and of no commit.
"""

from __future__ import annotations

import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
OUT = ROOT / "services"


class ProtoBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling leaves its config type open
    """Compile the protos before a wheel or an editable install is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Compile; the artifacts pattern in pyproject.toml takes the result into the wheel."""
        compile_protos()


def compile_protos() -> None:
    """Write messages, service stubs and type stubs for every proto below `protos/`."""
    with tempfile.TemporaryDirectory(dir=OUT, prefix=".compiled-") as fresh:
        _compile_into(Path(fresh))
        made = Path(fresh) / "chorus" / "api"
        for folder in [made, *made.rglob("*/")]:
            (folder / "__init__.py").touch()
        # Compiled beside and put into place at the end, so that what runs meanwhile hardly misses it.
        shutil.rmtree(OUT / "chorus" / "api", ignore_errors=True)
        made.rename(OUT / "chorus" / "api")


def _compile_into(out: Path) -> None:
    import grpc_tools
    from grpc_tools import protoc

    well_known = Path(str(grpc_tools.__file__)).parent / "_proto"
    arguments = [
        "protoc",
        f"-I{PROTOS}",
        f"-I{well_known}",
        *_plugins("protoc-gen-mypy", "protoc-gen-mypy_grpc"),
        f"--python_out={out}",
        f"--grpc_python_out={out}",
        f"--mypy_out=quiet:{out}",
        f"--mypy_grpc_out=quiet:{out}",
        *sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto")),
    ]
    if protoc.main(arguments) != 0:
        message = "protoc refused the protos: see the messages above"
        raise RuntimeError(message)


def _plugins(*names: str) -> list[str]:
    """Name each plugin's path: an isolated build environment does not put its scripts on PATH."""
    scripts = Path(sysconfig.get_path("scripts"))
    found = [(name, shutil.which(name, path=str(scripts)) or shutil.which(name)) for name in names]
    return [f"--plugin={name}={path}" for name, path in found if path]


if __name__ == "__main__":
    compile_protos()
    sys.stdout.write(f"compiled into {OUT / 'chorus' / 'api'}\n")
