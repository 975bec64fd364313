"""What is committed: nothing generated, nothing of one machine, and a sign on every door."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_HOUSE = _ROOT / "services" / "chorus"
# Lock files name where a package was found; everything else must not depend on it.
_LOCKS = {"uv.lock", "package-lock.json"}
_NOT_TEXT = {".png", ".jpg", ".webp", ".gif", ".woff2", ".ico", ".avif", ".pdf", ".pb"}
# Written in pieces, so that this file does not find itself.
_PLACES = re.compile(
    "|".join(
        [
            r"(?<![\w.-])/(?:work|root|home|Users)" + r"/\w",
            r"registry\." + r"npmjs\.org",
            r"files\." + r"pythonhosted\.org",
            r"repo1?\." + r"maven",
        ]
    )
)


def _committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=_ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S607
    return [_ROOT / name for name in listed.split("\0") if name and (_ROOT / name).is_file()]


COMMITTED = _committed()


def test_there_is_a_tree_to_look_at() -> None:
    assert _ROOT / "pyproject.toml" in COMMITTED


def test_nothing_generated_or_built_is_committed() -> None:
    homes = [_HOUSE / "api", _HOUSE / "console" / "static", _HOUSE / "publishing" / "gallery" / "dist"]
    assert [file for file in COMMITTED if any(home in file.parents for home in homes)] == []


def test_no_file_names_a_place_on_one_machine_or_where_packages_come_from() -> None:
    texts = [file for file in COMMITTED if file.name not in _LOCKS and file.suffix not in _NOT_TEXT]
    found = [
        f"{file.relative_to(_ROOT)}: {line.strip()[:100]}"
        for file in texts
        for line in file.read_text(errors="replace").splitlines()
        if _PLACES.search(line)
    ]
    assert found == []


def test_no_file_is_larger_than_a_page_needs() -> None:
    large = [str(file) for file in COMMITTED if file.name not in _LOCKS and file.stat().st_size > 1_500_000]
    assert large == []


@pytest.mark.parametrize("room", sorted(path.name for path in _HOUSE.iterdir() if (path / "__init__.py").exists()))
def test_every_room_has_a_sign_on_its_door(room: str) -> None:
    if room != "api":
        assert ast.get_docstring(ast.parse((_HOUSE / room / "__init__.py").read_text()))


def test_every_migration_of_a_room_has_a_number_and_a_name_of_its_own() -> None:
    """A room's migrations run in one database with the platform's, and are remembered by name."""
    platform = _migrations(_HOUSE / "platform" / "migrations")
    for folder in _HOUSE.glob("*/migrations"):
        names = _migrations(folder)
        numbers = [re.findall(r"(?<!\d)\d{4}(?!\d)", name) for name in names]
        assert all(len(found) == 1 for found in numbers), folder
        assert len({found[0] for found in numbers}) == len(names), folder
        assert folder.parent.name == "platform" or not set(names) & set(platform)


def _migrations(folder: Path) -> list[str]:
    return [file.stem for file in folder.glob("*.sql") if ".rollback." not in file.name]
