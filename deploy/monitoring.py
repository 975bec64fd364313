"""Draws the Grafana dashboard and the Prometheus alerts from the documented metrics.

python deploy/monitoring.py writes deploy/chart/monitoring/{dashboard.json,alerts.yaml}; a test holds the files to it.
The label `process` is the one that the chart gives by its PodMonitor; whoever scrapes otherwise gives it too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chorus.platform.metrics import METRICS, Metric

FOLDER = Path(__file__).parent / "chart" / "monitoring"
Json = dict[str, Any]
_WIDTH, _HEIGHT, _COLUMNS = 8, 7, 3
_UNITS = {"s": "s", "By": "bytes", "": "short"}
_LEASE_SILENCE, _LEASE_LOST = 10, 60


@dataclass(frozen=True)
class Alert:
    """Something a person has to see to; `hold` is how long it has to last."""

    name: str
    metric: str
    expression: str
    hold: str
    severity: str
    summary: str
    what_to_do: str


# `{m}` stands for the metric's name as it is exposed.
ALERTS = (
    Alert(
        "ChorusFactMissing",
        "chorus.inbox.gaps",
        "increase({m}[15m]) > 0",
        "0m",
        "critical",
        "{{ $labels.process }} has heard a fact of {{ $labels.topic }} whose forerunner never came.",
        "Look for fact_missing in its log: it names the post, whose state its owner knows.",
    ),
    Alert(
        "ChorusFactsParked",
        "chorus.inbox.parked",
        "max by (process) ({m}) > 0",
        "5m",
        "warning",
        "{{ $value }} facts wait in {{ $labels.process }} for a person.",
        "`chorus events parked` shows them; replay or discard each. Publishing holds their posts meanwhile.",
    ),
    Alert(
        "ChorusReadersBehind",
        "chorus.inbox.lag",
        "sum by (process, subscription) ({m}) > 10000",
        "5m",
        "warning",
        "{{ $labels.process }} is {{ $value }} facts behind on {{ $labels.subscription }}.",
        "Give it more pods that consume (at most 12), or find what slows its database.",
    ),
    Alert(
        "ChorusOutboxStuck",
        "chorus.outbox.age",
        "max by (process) ({m}) > 60",
        "1m",
        "critical",
        "The oldest fact in the outbox of {{ $labels.process }} has waited for {{ $value }} s.",
        "Its relay cannot send: look whether the event log answers, and for events_not_sent in the log.",
    ),
    Alert(
        "ChorusRelayFails",
        "chorus.outbox.failures",
        "rate({m}[5m]) > 0",
        "5m",
        "warning",
        "The relay of {{ $labels.process }} fails again and again.",
        "Look whether the event log answers and takes what is sent.",
    ),
    Alert(
        "ChorusRightsSilent",
        "chorus.rights.age",
        f"max({{m}}) > {_LEASE_SILENCE}",
        "1m",
        "warning",
        "Publishing has heard nothing of rights for {{ $value }} s; nothing new is shown.",
        "Look at the relay of rights, at the event log, and at the reader `rights` of publishing.",
    ),
    Alert(
        "ChorusRightsLost",
        "chorus.rights.age",
        f"max({{m}}) > {_LEASE_LOST}",
        "0m",
        "critical",
        "Publishing knows rights as of {{ $value }} s ago; after CHORUS_RIGHTS_GRACE surfaces answer 503.",
        "Bring rights back: until then nothing that needs a grant may be shown.",
    ),
    Alert(
        "ChorusPlacementsHeld",
        "chorus.placement.held",
        "max({m}) > 0",
        "5m",
        "critical",
        "{{ $value }} placements are held: their surfaces answer 503.",
        "Rights is unknown, or a fact of theirs is parked: `chorus doctor` says which.",
    ),
    Alert(
        "ChorusPlacementsLate",
        "chorus.placement.delay",
        "max({m}) > 30",
        "0m",
        "critical",
        "A placement or a withdrawal has been under way for {{ $value }} s: longer than the revocation bound.",
        "Look for `placement waits` and `placement failed` in publishing's log; is the object store there?",
    ),
    Alert(
        "ChorusTakedownUnconfirmed",
        "chorus.takedown.unconfirmed",
        "max({m}) > 0",
        "5m",
        "warning",
        "{{ $value }} take-downs are past their bound, and not everything has confirmed that the post is gone.",
        "Their certificates name what has not: an endpoint of a brand, or surfaces, of which publishing sees by "
        "CHORUS_PUBLIC_URL, or CHORUS_PROBE_URL, whether they show it (docs/takedowns.md).",
    ),
    Alert(
        "ChorusMediaBehind",
        "chorus.media.delay",
        "max({m}) > 900",
        "5m",
        "warning",
        "The picture that is due longest has waited for {{ $value }} s.",
        "Look for `picture waits` in ingest's log, or give it more pods or CHORUS_MEDIA_CHILDREN.",
    ),
    Alert(
        "ChorusObjectsGrow",
        "chorus.objects.size",
        "predict_linear({m}[6h], 7 * 86400) > 2 * {m} > 50e9",
        "1h",
        "warning",
        "The private area will double within a week: {{ $value | humanize1024 }}B.",
        "Look which source brings so much; see to room in the object store.",
    ),
    Alert(
        "ChorusRequestsFail",
        "chorus.http.server.duration",
        # What lay ready is counted apart, and never failed.
        'sum by (process) (rate({m}_count{{status=~"5.."}}[5m])) / sum by (process) '
        "(rate({m}_count[5m]) or rate(chorus_http_server_ready_total[5m])) > 0.02",
        "5m",
        "critical",
        "{{ $value | humanizePercentage }} of the requests to {{ $labels.process }} fail.",
        "Its /readyz says which of its dependencies is down.",
    ),
    Alert(
        "ChorusCallsFail",
        "chorus.rpc.server.duration",
        'sum by (process) (rate({m}_count{{code=~"INTERNAL|UNKNOWN"}}[5m])) > 0',
        "5m",
        "critical",
        "Calls to {{ $labels.process }} fail for reasons of its own.",
        "Look for `rpc failed` in its log.",
    ),
    Alert(
        "ChorusWebhooksWait",
        "chorus.webhook.delay",
        "max({m}) > 3600",
        "10m",
        "warning",
        "A webhook has waited for {{ $value }} s to be taken by a brand's endpoint.",
        "`chorus webhook list BRAND` says which fails and why; tell its web team.",
    ),
    Alert(
        "ChorusEndpointDisabled",
        "chorus.webhook.disabled",
        "max({m}) > 0",
        "0m",
        "warning",
        "{{ $value }} endpoints are sent nothing any more, since they failed: they may show what was taken back.",
        "Tell their web teams: `chorus webhook enable`, within 14 days, sends all that they missed; or remove them.",
    ),
    Alert(
        "ChorusMailWaits",
        "chorus.mail.delay",
        "max({m}) > 3600",
        "10m",
        "warning",
        "Mail to a creator has waited for {{ $value }} s to be handed in.",
        "`chorus doctor` says whether the mail server lets Chorus in; so does rights' log.",
    ),
    Alert(
        "ChorusClaimsOverdue",
        "chorus.claim.overdue",
        "max({m}) > 0",
        "0m",
        "warning",
        "{{ $value }} people who say that a post is theirs were not answered by when they were told.",
        "The rights board has them in front, on top of their column: tell the brand's curators (docs/mine.md).",
    ),
    Alert(
        "ChorusTaskFails",
        "chorus.task.failures",
        "increase({m}[10m]) > 5",
        "10m",
        "warning",
        "The task {{ $labels.task }} of {{ $labels.process }} fails again and again.",
        "Look for `task failed` and `waiting for a dependency` in its log.",
    ),
)


def rules() -> Json:
    """Write the alerts as Prometheus reads them."""
    return {"groups": [{"name": "chorus", "rules": [_rule(alert) for alert in ALERTS]}]}


def _rule(alert: Alert) -> Json:
    return {
        "alert": alert.name,
        "expr": alert.expression.format(m=METRICS[alert.metric].exposed),
        "for": alert.hold,
        "labels": {"severity": alert.severity},
        "annotations": {"summary": alert.summary, "description": alert.what_to_do},
    }


def dashboard() -> Json:
    """Draw one panel for each metric, in the order of their list."""
    panels = [_panel(number, metric) for number, metric in enumerate(METRICS.values())]
    source = {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    return {
        "uid": "chorus",
        "title": "Chorus",
        "description": "What Chorus's processes measure; deploy/monitoring.py draws it.",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": [source]},
        "panels": panels,
    }


def _panel(number: int, metric: Metric) -> Json:
    row, column = divmod(number, _COLUMNS)
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": metric.name,
        "description": metric.description,
        "datasource": {"type": "prometheus", "uid": "${source}"},
        "gridPos": {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": "ops" if metric.kind == "counter" else _UNITS[metric.unit], "min": 0}},
        "targets": [
            {"refId": chr(ord("A") + index), "expr": query, "legendFormat": legend}
            for index, (query, legend) in enumerate(_queries(metric))
        ],
    }


def _queries(metric: Metric) -> list[tuple[str, str]]:
    name, by = metric.exposed, ", ".join(("process", *metric.attributes))
    legend = " ".join(f"{{{{{label}}}}}" for label in ("process", *metric.attributes))
    if metric.kind == "histogram":
        rates = f"sum by (process, le) (rate({name}_bucket[5m]))"
        return [
            (f"histogram_quantile(0.5, {rates})", "{{process}} p50"),
            (f"histogram_quantile(0.99, {rates})", "{{process}} p99"),
        ]
    if metric.kind == "counter":
        return [(f"sum by ({by}) (rate({name}[5m]))", legend)]
    # Each reader has its own share of a backlog; all pods of a service see the same database.
    return [(f"{'sum' if metric.attributes else 'max'} by ({by}) ({name})", legend)]


def write() -> None:
    """Write both files."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "dashboard.json").write_text(dashboard_text(), encoding="utf-8")
    (FOLDER / "alerts.yaml").write_text(rules_text(), encoding="utf-8")


def dashboard_text() -> str:
    """Write the dashboard as it is committed."""
    return json.dumps(dashboard(), indent=1) + "\n"


def rules_text() -> str:
    """Write the alerts as they are committed."""
    return "# Written by deploy/monitoring.py.\n" + yaml.safe_dump(rules(), sort_keys=False, width=120)


if __name__ == "__main__":
    write()
