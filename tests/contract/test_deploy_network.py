"""The network's arrows: from a pod to all that its code calls, and to nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from chorus.local.engines import ROOMS
from chorus.local.house import DOORS
from tests.contract.deployed import GRPC, HTTP, PROCESSES, VALUES, Manifest, named, render, settings_of

DATABASE, EVENTS, TELEMETRY = 5432, 9092, 4318
OBJECTS = {443, 8333, 9000}
GATE = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gateways"}}}
SCRAPER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
Arrow = tuple[str, int]


def arrows(policy: Manifest, direction: str, peers: str) -> Iterator[Arrow]:
    """Name (who, port) of every arrow of a policy: a process, `web`, or `any`."""
    for rule in policy["spec"].get(direction, ()):
        for port in rule["ports"]:
            for peer in rule.get(peers) or [{}]:
                yield _who(peer), port["port"]


def _who(peer: Any) -> str:  # noqa: ANN401 -- whatever a policy has there
    if "ipBlock" in peer:
        return "web"
    if "podSelector" in peer:
        return str(peer["podSelector"]["matchLabels"]["chorus/process"])
    return "any"


def callees(process: str) -> set[str]:
    """Name the services whose addresses a process reads."""
    return {field.removesuffix("_address") for field in settings_of(process).model_fields if field.endswith("_address")}


@pytest.mark.parametrize("process", PROCESSES)
def test_out_of_a_pod_lead_the_arrows_of_its_settings_and_no_others(process: str, manifests: list[Manifest]) -> None:
    fields = settings_of(process).model_fields
    wanted = {(room, GRPC) for room in callees(process)} | {("any", TELEMETRY)}
    if process in ROOMS:
        wanted |= {("any", DATABASE), ("any", EVENTS)}
    if {"media_url", "public_media_url", "journal_url"} & fields.keys():
        wanted |= {("any", port) for port in OBJECTS}
    if "GuardedFetcher" in vars(import_module(f"chorus.{process}.app")):
        wanted |= {("web", 80), ("web", 443)}
    assert set(arrows(named(manifests, "NetworkPolicy")[process], "egress", "to")) == wanted


@pytest.mark.parametrize("process", PROCESSES)
def test_into_a_pod_lead_the_arrows_of_those_that_call_it(process: str, manifests: list[Manifest]) -> None:
    callers = {(other, GRPC) for other in PROCESSES if process in callees(other)}
    found = set(arrows(named(manifests, "NetworkPolicy")[process], "ingress", "from"))
    assert found == callers | {("any", HTTP)}
    assert bool(callers) == (process in ROOMS)


def test_a_rights_that_knows_a_mail_server_may_go_there_and_no_other_may() -> None:
    values = VALUES | {"services": {"rights": {"secrets": ["journal-url", "smtp-url"]}}}
    policies = named(render(values), "NetworkPolicy")
    for process in PROCESSES:
        mail = {("any", 465), ("any", 587)} & set(arrows(policies[process], "egress", "to"))
        assert bool(mail) == (process == "rights")
    asked = named(
        render(VALUES | {"services": {"rights": {"settings": {"CHORUS_SMTP_URL": "smtp://mail"}}}}), "NetworkPolicy"
    )
    assert ("any", 587) in set(arrows(asked["rights"], "egress", "to"))


def test_a_console_that_knows_an_issuer_may_go_to_the_web_and_no_other_door_may(whole: list[Manifest]) -> None:
    policies = named(whole, "NetworkPolicy")
    outside = {name for name in PROCESSES if ("web", 443) in arrows(policies[name], "egress", "to")}
    assert outside == {"ingest", "publishing", "console"}


@pytest.mark.parametrize(("process", "setting"), [("publishing", "CHORUS_C2PA_TSA"), ("rights", "CHORUS_EVIDENCE_TSA")])
def test_who_knows_a_time_stamping_authority_may_go_to_the_web(process: str, setting: str) -> None:
    services = {process: {"settings": {setting: "https://tsa.example/"}}}
    policy = named(render(VALUES | {"services": services}), "NetworkPolicy")[process]
    assert ("web", 443) in arrows(policy, "egress", "to")


def test_the_web_ends_where_the_inside_begins(manifests: list[Manifest]) -> None:
    (rule,) = (
        each
        for each in named(manifests, "NetworkPolicy")["ingest"]["spec"]["egress"]
        if any("ipBlock" in peer for peer in each.get("to", ()))
    )
    blocks = {peer["ipBlock"]["cidr"]: peer["ipBlock"]["except"] for peer in rule["to"]}
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16", "172.16.0.0/12"} <= set(blocks["0.0.0.0/0"])
    assert "fc00::/7" in blocks["::/0"]


def test_every_pod_is_closed_but_for_asking_names(manifests: list[Manifest]) -> None:
    (everybody,) = (
        each for each in manifests if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] == "chorus"
    )
    assert everybody["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in everybody["spec"]
    assert {port["port"] for rule in everybody["spec"]["egress"] for port in rule["ports"]} == {53}
    chosen = everybody["spec"]["podSelector"]["matchLabels"].items()
    for each in manifests:
        if each["kind"] in {"Deployment", "Job"}:
            labels = each["spec"]["template"]["metadata"]["labels"]
            own = named(manifests, "NetworkPolicy")[labels["chorus/process"]]["spec"]["podSelector"]["matchLabels"]
            assert chosen <= labels.items()
            assert own.items() <= labels.items()


def test_names_are_asked_for_by_datagram_and_by_stream_wherever_they_are_answered() -> None:
    everybody = named(render(VALUES | {"networkPolicy": {"dns": {"ports": [53, 5353]}}}), "NetworkPolicy")["chorus"]
    (rule,) = everybody["spec"]["egress"]
    asked = {(port["port"], port.get("protocol", "TCP")) for port in rule["ports"]}
    assert asked == {(53, "UDP"), (53, "TCP"), (5353, "UDP"), (5353, "TCP")}


def test_named_peers_close_http_to_everybody_else() -> None:
    peers = {"gateway": {"peers": [GATE]}, "scrapers": {"peers": [SCRAPER]}}
    policies = named(render(VALUES | {"networkPolicy": peers}), "NetworkPolicy")
    for process in PROCESSES:
        (rule,) = (each for each in policies[process]["spec"]["ingress"] if each["ports"] == [{"port": HTTP}])
        people = process in {*DOORS, "ingest", "publishing"}
        assert rule["from"] == ([GATE, SCRAPER] if people else [SCRAPER])


def test_without_policies_there_are_none() -> None:
    assert named(render(VALUES | {"networkPolicy": {"enabled": False}}), "NetworkPolicy") == {}
