"""The chart, rendered by Helm itself, taken by Kubernetes' own schemas and held to the code."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import helm_python
import kubernetes_validate
import pytest
import yaml

from chorus.local.engines import ROOMS
from chorus.local.front import room_of
from chorus.local.house import DOORS
from chorus.platform.config import ServiceSettings
from chorus.platform.metrics import METRICS
from chorus.platform.runtime import DRAIN_SECONDS
from chorus.platform.topics import PARTITIONS, TOPICS
from tests.contract.deployed import (
    DEPLOY,
    GRPC,
    HTTP,
    OPERATIONAL,
    PATHS,
    PROCESSES,
    VALUES,
    Manifest,
    check_addresses,
    environment_of,
    named,
    pod_settings,
    pods,
    render,
    settings_of,
)

BUDGET = "PodDisruptionBudget"
SCALER = "HorizontalPodAutoscaler"
# Calls, requests, background threads, and what telemetry still holds.
DRAINING_SECONDS = 3 * DRAIN_SECONDS + 2


def test_helm_finds_nothing_to_warn_of() -> None:
    report = helm_python.lint(DEPLOY / "chart", VALUES, strict=True)
    warning = 2
    assert [each for each in report["messages"] if each["severity"] >= warning] == []
    assert report["errors"] == []


@pytest.mark.parametrize("release", ["1.30.0", "1.37.0"])
def test_kubernetes_would_accept_each_manifest(release: str, manifests: list[Manifest], whole: list[Manifest]) -> None:
    kinds = set()
    for manifest in (*manifests, *whole):
        group, _, _ = manifest["apiVersion"].rpartition("/")
        if ("." in group and not group.endswith(".k8s.io")) or group.startswith("gateway."):
            continue
        kubernetes_validate.validate(manifest, release, strict=True)
        kinds.add(manifest["kind"])
    assert kinds == {
        *["ConfigMap", "Deployment", "Job", "NetworkPolicy", "PodDisruptionBudget", "Service", "StatefulSet"],
        SCALER,
    }


def test_the_chart_runs_exactly_the_processes_that_there_are(manifests: list[Manifest]) -> None:
    for kind in ("Deployment", "Service", BUDGET):
        assert set(named(manifests, kind)) == set(PROCESSES)
    assert set(named(manifests, "Job")) == {f"{room}-migrate" for room in ROOMS}
    commands = {pod["containers"][0]["name"]: pod["containers"][0]["command"] for pod in pods(manifests)}
    assert commands == {process: ["python", "-m", f"chorus.{process}"] for process in PROCESSES}


@pytest.mark.parametrize("process", PROCESSES)
def test_the_chart_gives_each_process_what_it_reads_and_nothing_else(
    process: str, manifests: list[Manifest], secrets: Path
) -> None:
    pod = named(manifests, "Deployment")[process]["spec"]["template"]["spec"]
    found = pod_settings(process, pod, secrets)
    check_addresses(process, found, "chorus-{}")
    assert (found.public_url, found.console_url) == (VALUES["publicUrl"], VALUES["consoleUrl"])
    assert found.trust_proxy == (process in DOORS)
    assert 0 < found.linger + DRAINING_SECONDS <= pod["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("process", ROOMS)
def test_a_job_migrates_before_pods_do_all_the_rest(process: str, manifests: list[Manifest], secrets: Path) -> None:
    job = named(manifests, "Job")[f"{process}-migrate"]
    migration = pod_settings(process, job["spec"]["template"]["spec"], secrets)
    serving = environment_of(named(manifests, "Deployment")[process]["spec"]["template"]["spec"])["CHORUS_ROLES"]
    assert isinstance(migration, ServiceSettings)
    assert migration.roles == ("migrate",)
    assert {"migrate", *serving.split(",")} == roles_of(process)
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


def roles_of(process: str) -> set[str]:
    """Name what a service has to do: it consumes only where it is a reader of some topic."""
    every = set(settings_of(process).model_fields["roles"].default)
    return every if any(process in topic.readers for topic in TOPICS.values()) else every - {"consume"}


@pytest.mark.parametrize("process", ROOMS)
def test_split_each_role_is_a_deployment_of_its_own_and_none_is_left_out(
    process: str, whole: list[Manifest], secrets: Path
) -> None:
    labelled = [each for each in named(whole, "Deployment").values() if process_of(each) == process]
    found = [pod_settings(process, each["spec"]["template"]["spec"], secrets) for each in labelled]
    for settings in found:
        check_addresses(process, settings, "chorus-{}")
    roles = [set(settings.roles) for settings in found if isinstance(settings, ServiceSettings)]
    assert sorted(map(len, roles)) == [1] * len(labelled)
    assert set().union(*roles) == roles_of(process) - {"migrate"}


@pytest.mark.parametrize("process", ROOMS)
def test_with_postgresql_in_the_release_each_pod_migrates_as_the_owner_before_it_serves(
    process: str, whole: list[Manifest], secrets: Path
) -> None:
    assert named(whole, "Job") == {}, "none could come first"
    labelled = [each for each in named(whole, "Deployment").values() if process_of(each) == process]
    for pod in (each["spec"]["template"]["spec"] for each in labelled):
        found = pod_settings(process, pod, secrets, "initContainers")
        check_addresses(process, found, "chorus-{}")
        assert isinstance(found, ServiceSettings)
        assert found.roles == ("migrate",)
        assert urlsplit(found.database_owner_url).username == "username-of-chorus-postgres-app"
        assert urlsplit(found.database_url).username == "username-of-chorus-serving"
        assert "postgres-app" not in str(pod["containers"])
        names = [each["name"] for kind in ("initContainers", "containers") for each in pod[kind]]
        assert len(set(names)) == len(names)


def process_of(manifest: Manifest) -> str:
    """Name the process whose pods a Deployment or a Job starts."""
    return str(manifest["spec"]["template"]["metadata"]["labels"].get("chorus/process", ""))


def test_calls_come_to_pods_that_serve_and_readers_to_those_that_read(whole: list[Manifest]) -> None:
    deployments, services = named(whole, "Deployment"), named(whole, "Service")
    for name, service in services.items():
        if name == "objects":
            continue
        pod = deployments[name]["spec"]["template"]
        assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        roles = environment_of(pod["spec"]).get("CHORUS_ROLES", "door")
        ports = {port["name"] for port in service["spec"]["ports"]}
        assert ports == ({"http", "grpc"} if roles == "serve" else {"http"})
    (media,) = [rule for rule in rules(whole, "public") if "media" in str(rule["matches"])]
    assert [each["name"] for each in media["backendRefs"]] == ["chorus-publishing-read"]


def test_scaling_follows_the_metrics_that_there_are(whole: list[Manifest]) -> None:
    scalers = named(whole, SCALER)
    assert set(scalers) == {"publishing-read", "publishing-consume"}
    for name, scaler in scalers.items():
        assert scaler["spec"]["scaleTargetRef"]["name"] == f"chorus-{name}"
        assert "replicas" not in named(whole, "Deployment")[name]["spec"], "else each upgrade would set it back"
    (lag,) = scalers["publishing-consume"]["spec"]["metrics"]
    assert lag["pods"]["metric"]["name"] == METRICS["chorus.inbox.lag"].exposed
    assert scalers["publishing-consume"]["spec"]["maxReplicas"] <= PARTITIONS


def test_a_budget_covers_exactly_the_pods_of_its_deployment(whole: list[Manifest]) -> None:
    for name, budget in named(whole, BUDGET).items():
        assert budget["spec"]["maxUnavailable"] == 1
        assert budget["spec"]["selector"] == named(whole, "Deployment")[name]["spec"]["selector"]
    assert set(named(whole, BUDGET)) == set(named(whole, "Deployment"))


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


def test_every_pod_keeps_to_the_restricted_standard(manifests: list[Manifest], whole: list[Manifest]) -> None:
    for pod in (*pods(manifests), *pods(whole)):
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False, "else variables named CHORUS_… come from nowhere"
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert {next(iter(volume.keys() - {"name"})) for volume in pod["volumes"]} <= {"emptyDir", "secret"}
        assert len(pod["containers"]) == 1
        for container in (*pod["containers"], *pod.get("initContainers", ())):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]
        (tmp,) = (volume for volume in pod["volumes"] if volume["name"] == "tmp")
        assert "emptyDir" in tmp


def test_secrets_are_only_referred_to(manifests: list[Manifest], whole: list[Manifest]) -> None:
    assert "Secret" not in {each["kind"] for each in (*manifests, *whole)}
    mounted = [volume["secret"]["secretName"] for pod in pods(whole) for volume in pod["volumes"] if "secret" in volume]
    assert set(mounted) == {"chorus-secrets"}
    containers = [each for pod in pods(whole) for each in (*pod["containers"], *pod.get("initContainers", ()))]
    values = [each for container in containers for each in container.get("env", ()) if "value" not in each]
    taken = {(each["valueFrom"]["secretKeyRef"]["name"], each["valueFrom"]["secretKeyRef"]["key"]) for each in values}
    by_cluster = named(whole, "Cluster")["postgres"]["metadata"]["name"] + "-app"
    assert taken == {(secret, key) for secret in (by_cluster, "chorus-serving") for key in ("username", "password")}


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


def test_without_an_owner_apart_migrations_sign_in_as_who_serves(secrets: Path) -> None:
    rendered = render(VALUES | {"secret": {"name": "chorus-secrets", "owners": False}})
    migration = pod_settings("rights", named(rendered, "Job")["rights-migrate"]["spec"]["template"]["spec"], secrets)
    assert isinstance(migration, ServiceSettings)
    assert (migration.database_owner_url, migration.roles) == ("", ("migrate",))


def test_the_role_that_serves_is_made_with_the_password_of_a_secret_that_is_named(whole: list[Manifest]) -> None:
    (role,) = named(whole, "Cluster")["postgres"]["spec"]["managed"]["roles"]
    assert (role["login"], role["passwordSecret"]) == (True, {"name": "chorus-serving"})
    assert not {"superuser", "createrole", "createdb", "inRoles"} & role.keys()
    with pytest.raises(helm_python.HelmError, match="serving is not set"):
        render(VALUES | {"postgres": {"create": True}})


@pytest.mark.parametrize("missing", ["publicUrl", "consoleUrl", "eventsUrl", "secret"])
def test_the_chart_names_what_an_installation_did_not_say(missing: str) -> None:
    with pytest.raises(helm_python.HelmError, match=f"{missing}.* is not set"):
        render({name: value for name, value in VALUES.items() if name != missing})


def test_without_a_gateway_there_are_no_routes() -> None:
    assert "HTTPRoute" not in {each["kind"] for each in render(VALUES | {"gateway": {}})}


def test_the_chart_has_the_version_of_the_code() -> None:
    chart = yaml.safe_load((DEPLOY / "chart/Chart.yaml").read_text())
    assert chart["version"] == chart["appVersion"] == version("chorus")


# Engines of the release's own


def test_topics_are_made_as_the_code_would_make_them(whole: list[Manifest]) -> None:
    made = {each["metadata"]["name"]: each["spec"] for each in whole if each["kind"] == "KafkaTopic"}
    assert set(made) == set(TOPICS)
    for name, topic in TOPICS.items():
        assert made[name]["partitions"] == PARTITIONS
        assert made[name]["config"] == {
            "retention.ms": topic.retention_days * 24 * 60 * 60 * 1000,
            "cleanup.policy": "delete",
        }


def test_each_service_has_a_database_of_the_user_that_migrates_it(whole: list[Manifest]) -> None:
    cluster = named(whole, "Cluster")["postgres"]
    databases = named(whole, "Database")
    assert {name: each["spec"]["name"] for name, each in databases.items()} == {
        room: f"chorus_{room}" for room in ROOMS
    }
    for each in databases.values():
        assert each["spec"]["cluster"]["name"] == cluster["metadata"]["name"]
        assert each["spec"]["owner"] == cluster["spec"]["bootstrap"]["initdb"]["owner"]


def test_processes_look_for_the_release_s_own_engines_where_operators_put_them(whole: list[Manifest]) -> None:
    found = environment_of(named(whole, "Deployment")["rights"]["spec"]["template"]["spec"])
    (kafka,) = (each for each in whole if each["kind"] == "Kafka")
    (listener,) = kafka["spec"]["kafka"]["listeners"]
    assert found["CHORUS_EVENTS_URL"] == f"kafka://{kafka['metadata']['name']}-kafka-bootstrap:{listener['port']}"
    host = named(whole, "Cluster")["postgres"]["metadata"]["name"]
    who = "username-of-chorus-serving:password-of-chorus-serving"
    assert found["CHORUS_DATABASE_URL"] == f"postgresql://{who}@{host}-rw:5432/chorus_rights"


def test_engines_are_of_the_releases_that_the_tests_run_on(whole: list[Manifest]) -> None:
    values = yaml.safe_load((DEPLOY / "chart/values.yaml").read_text())
    images = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert images["kafka"]["image"] == f"apache/kafka:{values['kafka']['version']}"
    assert images["objects"]["image"] == values["objects"]["image"]
    assert images["postgres"]["image"].rpartition(":")[2] == values["postgres"]["image"].rpartition(":")[2]
