"""What the tests of `deploy/` share: the rendered chart, and settings as the processes themselves would read them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import helm_python
import yaml

from chorus.local.engines import ROOMS
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
# All that is optional, asked for at once.
WHOLE = VALUES | {
    "split": True,
    "monitoring": {"podMonitor": True, "rules": True, "dashboard": True, "labels": {"release": "prometheus"}},
    "kafka": {"create": True, "storageClass": "fast"},
    "postgres": {"create": True, "storageClass": "fast", "serving": "chorus-serving"},
    "objects": {"create": True, "storageClass": "fast"},
    "services": {
        "publishing": {
            "parts": {
                "read": {"autoscale": {"min": 2, "max": 6, "cpu": 70}},
                "consume": {"autoscale": {"min": 1, "max": 12, "lag": 1000}},
            }
        },
        "console": {"settings": {"CHORUS_OIDC_ISSUER": "https://id.example"}},
    },
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


def render(values: Mapping[str, Any]) -> list[Manifest]:
    """Render the chart with Helm."""
    with helm_python.Chart.load(DEPLOY / "chart") as chart:
        texts = chart.render(dict(values), name="chorus", namespace="stories").values()
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


def named(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    """Find the manifests of a kind, by their names without the release's."""
    return {each["metadata"]["name"].removeprefix("chorus-"): each for each in manifests if each["kind"] == kind}


def pods(manifests: list[Manifest]) -> Iterator[Manifest]:
    """Find every pod that the chart would start."""
    return (each["spec"]["template"]["spec"] for each in manifests if each["kind"] in {"Deployment", "Job"})


def environment_of(pod: Manifest, kind: str = "containers") -> dict[str, str]:
    """Read a container's environment, with a stand-in put into the place of what it takes from a Secret."""
    (container,) = pod[kind]
    given = {each["name"]: each.get("value") or _taken(each["valueFrom"]) for each in container["env"]}
    references = {f"$({name})": value for name, value in given.items()}
    return {name: _expanded(value, references) for name, value in given.items()}


def _taken(source: Manifest) -> str:
    return f"{source['secretKeyRef']['key']}-of-{source['secretKeyRef']['name']}"


def _expanded(value: str, references: Mapping[str, str]) -> str:
    """Put in what `$(NAME)` stands for, as the kubelet does."""
    for reference, meant in references.items():
        value = value.replace(reference, meant)
    return value


def pod_settings(process: str, pod: Manifest, secrets: Path, kind: str = "containers") -> ProcessSettings:
    """Read a pod's settings as its process would, from the secrets that are mounted into it and no others."""
    (mount,) = (each for each in pod[kind][0]["volumeMounts"] if each["name"] == "secrets")
    (volume,) = (each["secret"] for each in pod["volumes"] if each["name"] == "secrets")
    files = {f"{mount['mountPath']}/{item['path']}": secrets / item["key"] for item in volume["items"]}
    return settings(process, environment_of(pod, kind), files)


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
        assert ("migrate" in found.roles) == bool(found.database_owner_url), "who serves cannot sign in as the owner"
        open_log(found.events_url)
    called = {field: value for field, value in found.model_dump().items() if field.endswith("_address")}
    assert called == {field: f"{host.format(field.removesuffix('_address'))}:{GRPC}" for field in called}
    for area in ("media_url", "public_media_url", "journal_url"):
        if url := getattr(found, area, None):
            open_store(url)
