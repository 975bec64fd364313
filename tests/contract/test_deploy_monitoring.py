"""The dashboard and the alerts are drawn from the metrics that there are, and from all of them."""

from __future__ import annotations

import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType
from typing import Any

import promql_parser
import pytest
import yaml

from chorus.platform.metrics import METRICS
from tests.contract.deployed import DEPLOY, Manifest, named

SERIES = {
    f"{metric.exposed}{suffix}": metric
    for metric in METRICS.values()
    for suffix in (("_bucket", "_sum", "_count") if metric.kind == "histogram" else ("",))
}


@pytest.fixture(scope="module")
def monitoring() -> ModuleType:
    """Load the generator, which is a script."""
    spec = spec_from_file_location("deploy_monitoring", DEPLOY / "monitoring.py")
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def expressions(monitoring: ModuleType) -> list[str]:
    panels = [target["expr"] for panel in monitoring.dashboard()["panels"] for target in panel["targets"]]
    return [*panels, *(rule["expr"] for rule in monitoring.rules()["groups"][0]["rules"])]


def test_the_committed_files_are_what_the_generator_writes(monitoring: ModuleType) -> None:
    for name, text in (("dashboard.json", monitoring.dashboard_text()), ("alerts.yaml", monitoring.rules_text())):
        assert (monitoring.FOLDER / name).read_text() == text, "run python deploy/monitoring.py"


def test_every_expression_is_promql_on_series_and_labels_that_there_are(monitoring: ModuleType) -> None:
    for expression in expressions(monitoring):
        promql_parser.parse(expression)
        names = re.findall(r"\bchorus_\w+", expression)
        assert names
        assert set(names) <= SERIES.keys(), expression
        known = {"process", "le", *(each for name in names for each in SERIES[name].attributes)}
        grouped = re.findall(r"by \(([^)]*)\)", expression)
        assert {label.strip() for group in grouped for label in group.split(",")} <= known, expression
        assert set(re.findall(r"(\w+)=~", expression)) <= known, expression


def test_every_metric_has_its_panel(monitoring: ModuleType) -> None:
    assert [panel["title"] for panel in monitoring.dashboard()["panels"]] == list(METRICS)


def test_an_alert_tells_only_of_labels_that_its_expression_leaves(monitoring: ModuleType) -> None:
    for alert, rule in zip(monitoring.ALERTS, monitoring.rules()["groups"][0]["rules"], strict=True):
        left = re.search(r"by \(([^)]*)\)", rule["expr"])
        labels = {*left[1].replace(" ", "").split(",")} if left else {"process", *METRICS[alert.metric].attributes}
        told = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        assert told <= (set() if rule["expr"].startswith("max(") else labels), alert.name
        assert re.fullmatch(r"\d+[mh]", rule["for"])


def test_the_chart_brings_them(whole: list[Manifest], manifests: list[Manifest], monitoring: ModuleType) -> None:
    (rule,) = (each for each in whole if each["kind"] == "PrometheusRule")
    assert rule["spec"] == monitoring.rules()
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    (board,) = named(whole, "ConfigMap").values()
    assert yaml.safe_load(board["data"]["chorus.json"]) == monitoring.dashboard()
    assert not {"PrometheusRule", "PodMonitor", "ConfigMap"} & {each["kind"] for each in manifests}


def test_the_pods_that_serve_metrics_are_scraped_with_the_label_that_is_asked_for(whole: list[Manifest]) -> None:
    (monitor,) = (each for each in whole if each["kind"] == "PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    (label,) = endpoint["relabelings"]
    assert (endpoint["port"], endpoint["path"], label["targetLabel"]) == ("http", "/metrics", "process")
    chosen: dict[str, Any] = monitor["spec"]["selector"]["matchLabels"]
    for deployment in named(whole, "Deployment").values():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        assert chosen.items() <= labels.items()
        assert "chorus/process" in labels
