"""Extensions are found by name, and what is none is refused."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from chorus.platform.plugins import Named, discover

EXTENSION = "from tests.unit.platform.test_plugins import Extension\nTHING = Extension({name!r})\n"


@dataclass
class Extension:
    """What is looked for."""

    name: str


def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **modules: str) -> str:
    """Make a package of these modules that can be imported, under a name of its own."""
    package = f"found_{tmp_path.name.replace('-', '_')}"
    (tmp_path / package).mkdir()
    for name, source in {"__init__": "", **modules}.items():
        (tmp_path / package / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    return package


def found(package: str) -> dict[str, Extension]:
    return discover(package, "THING", "chorus.no-such-group", Extension)


def test_each_module_is_an_extension_under_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"one": EXTENSION.format(name="first"), "two": EXTENSION.format(name="second"), "_helper": "1/0"}
    assert sorted(found(folder(tmp_path, monkeypatch, **modules))) == ["first", "second"]


def test_a_module_without_an_extension_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError, match="is no Extension"):
        found(folder(tmp_path, monkeypatch, one="THING = 1"))


def test_two_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = {"one": EXTENSION.format(name="same"), "two": EXTENSION.format(name="same")}
    with pytest.raises(LookupError, match="same"):
        found(folder(tmp_path, monkeypatch, **modules))


def test_an_installed_extension_is_found_beside_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = folder(tmp_path, monkeypatch, one=EXTENSION.format(name="first"))
    installed = tmp_path / "more-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: more\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[chorus.things]\nmore = more_things:THING\n")
    (tmp_path / "more_things.py").write_text(EXTENSION.format(name="more"))
    every = discover(package, "THING", "chorus.things", Extension)
    assert sorted(every) == ["first", "more"]
    named: Named = every["more"]
    assert named.name == "more"
    assert "more_things" in sys.modules
