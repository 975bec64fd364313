"""What skaffold.yaml and the README say of the deployment."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from chorus.local.engines import ROOMS
from tests.contract.deployed import (
    ALL_VARIABLES,
    DEPLOY,
    PROCESSES,
    ROOT,
    Manifest,
    named,
    render,
    settings_of,
)


def test_skaffold_builds_the_one_image_and_hands_it_to_the_chart() -> None:
    config = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    (artifact,) = config["build"]["artifacts"]
    (release,) = config["deploy"]["helm"]["releases"]
    chart = yaml.safe_load((ROOT / release["chartPath"] / "values.yaml").read_text())
    assert config["apiVersion"] == "skaffold/v4beta13"
    assert (ROOT / artifact["docker"]["dockerfile"]).is_file()
    assert artifact["image"] == chart["image"]["repository"] == "chorus"
    assert set(release["setValueTemplates"]) == {"image.repository", "image.tag"}
    assert {"repository", "tag"} <= chart["image"].keys()


@pytest.mark.parametrize("chosen", [("dev",), ("dev", "engines")])
def test_skaffold_s_profiles_render(chosen: tuple[str, ...]) -> None:
    files: list[str] = []
    for name in chosen:
        (patch,) = profiles()[name]["patches"]
        files = [*files, patch["value"]] if patch["op"] == "add" else patch["value"]
    values: Manifest = {}
    for each in files:
        values |= yaml.safe_load((ROOT / each).read_text())
    manifests = render(values)
    assert set(named(manifests, "Deployment")) == set(PROCESSES)
    assert all(each["spec"]["replicas"] == 1 for each in named(manifests, "Deployment").values())
    assert set(named(manifests, "Cluster")) == ({"postgres"} if "engines" in chosen else set())
    assert ("Kafka" in {each["kind"] for each in manifests}) == ("engines" in chosen)


def test_skaffold_s_production_says_nothing_of_values_but_asks_for_them() -> None:
    assert "patches" not in profiles()["prod"]
    (release,) = yaml.safe_load((ROOT / "skaffold.yaml").read_text())["deploy"]["helm"]["releases"]
    assert release["valuesFiles"] == ["{{.VALUES_FILE}}"]


def profiles() -> dict[str, Manifest]:
    """Read the profiles, by name."""
    return {each["name"]: each for each in yaml.safe_load((ROOT / "skaffold.yaml").read_text())["profiles"]}


def test_a_trial_cluster_s_secrets_name_its_own_object_store(tmp_path: Path) -> None:
    environment = {**os.environ, "OBJECTS": "chorus-objects:8333"}
    subprocess.run([DEPLOY / "secrets.sh", tmp_path / "made"], check=True, capture_output=True, env=environment)
    assert "@chorus-objects:8333/" in (tmp_path / "made/media-url").read_text()
    values = yaml.safe_load((DEPLOY / "dev-values.yaml").read_text()) | {"objects": {"create": True}}
    (store,) = (each for each in render(values) if each["kind"] == "StatefulSet")
    assert store["spec"]["serviceName"] == "chorus-objects"


# What is written about it


def test_every_variable_that_is_named_in_deploy_is_read_by_some_process() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.is_file() and path.parts[-2] != "secrets"]
    texts = [path.read_text() for path in files if DEPLOY / "local" not in path.parents]
    named_here = {name for text in texts for name in re.findall(r"\bCHORUS_[A-Z_]+[A-Z]\b", text)}
    # Those who back up and restore name every service's database at once.
    of_rooms = {f"CHORUS_{room.upper()}_DATABASE{owner}_URL" for room in ROOMS for owner in ("", "_OWNER")}
    assert {name.removesuffix("_FILE") for name in named_here} - ALL_VARIABLES - of_rooms == set()


def test_the_readme_s_table_tells_of_every_variable_who_reads_it_and_its_default() -> None:
    rows = re.findall(r"^\| `(CHORUS_\w+)` \| (.+?) \| (.+?) \|", (DEPLOY / "README.md").read_text(), re.MULTILINE)
    told = {name: (readers, default) for name, readers, default in rows}
    assert len(told) == len(rows)
    assert told.pop("CHORUS_LOG_LEVEL") == ("all", "`INFO`")
    assert told == {name: described(name) for name in ALL_VARIABLES - {"CHORUS_LOG_LEVEL"}}


def described(name: str) -> tuple[str, str]:
    """Write who reads a variable, and what it is where it is not set."""
    field_name = name.removeprefix("CHORUS_").lower()
    fields = {process: settings_of(process).model_fields.get(field_name) for process in PROCESSES}
    readers = tuple(process for process, field in fields.items() if field)
    short = {PROCESSES: "all", ROOMS: "services"}.get(readers, ", ".join(readers))
    field = fields[readers[0]]
    assert field
    if field.is_required():
        return short, "required"
    value = ",".join(field.default) if isinstance(field.default, tuple) else str(field.default)
    return short, f"`{value}`" if value else "–"
