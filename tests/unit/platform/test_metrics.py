"""The list of metrics is what a process exposes: names, units and kinds."""

from __future__ import annotations

import subprocess
import sys

from chorus.platform.metrics import METRICS

# Uses every instrument once, in a process of its own: telemetry is set up once for a process's life.
_EXPOSE = """
from opentelemetry.metrics import Counter, Histogram
from prometheus_client import generate_latest
from chorus.platform import metrics, telemetry
telemetry.setup("test")
for instrument in vars(metrics).values():
    if isinstance(instrument, Counter):
        instrument.add(1)
    elif isinstance(instrument, Histogram):
        instrument.record(1)
    elif isinstance(instrument, metrics.Gauge):
        instrument.set(1)
    elif isinstance(instrument, metrics.Tally):
        instrument[200] += 1
print(generate_latest().decode())
"""


def test_each_metric_is_exposed_under_its_documented_name_kind_and_words() -> None:
    page = subprocess.run([sys.executable, "-c", _EXPOSE], capture_output=True, text=True, check=True).stdout
    kinds = dict(line.split()[2:4] for line in page.splitlines() if line.startswith("# TYPE chorus_"))
    assert kinds == {metric.exposed: metric.kind for metric in METRICS.values()}
    for metric in METRICS.values():
        assert f"# HELP {metric.exposed} {metric.description}\n" in page
