"""Traces, metrics and logs, set up once for each process; no other module touches the OpenTelemetry SDK.

Export is by the standard environment (`OTEL_EXPORTER_OTLP_ENDPOINT`, …); without it nothing leaves, and `/metrics`
still answers. A dead collector never holds a process up: exit flushes within a bound.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import metrics, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, Span, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chorus.platform import logs

FLUSH_MILLISECONDS = 2_000
_propagator = TraceContextTextMapPropagator()
# Asked for once: OpenTelemetry looks it up anew each time, and there is a span for every fact that is read.
_tracer = trace.get_tracer("chorus")


def setup(service: str) -> None:
    """Wire tracing, metrics and logs of this process, under `service.name` = `chorus-<service>`."""
    resource = Resource.create({"service.name": f"chorus-{service}"})
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    readers: list[MetricReader] = [PrometheusMetricReader()]
    handlers = [logs.handler(_trace)]
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        # What sends is loaded by those who send alone.
        from chorus.platform import otlp

        tracers.add_span_processor(otlp.span_processor())
        readers.append(otlp.metric_reader())
        handlers.append(otlp.log_handler(resource))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider(readers, resource=resource, shutdown_on_exit=False))
    level = logging.getLevelNamesMapping()[os.environ.get("CHORUS_LOG_LEVEL", "INFO").upper()]
    # What libraries have to say at DEBUG is noise, and some of it is addresses that nobody may read.
    logging.basicConfig(level=max(level, logging.INFO), handlers=handlers, force=True)
    logging.getLogger("chorus").setLevel(level)
    for noisy in ("kafka", "httpx", "httpx2", "httpcore", "uvicorn.access", "opentelemetry"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def flush() -> None:
    """Send what is still held, within a bound, so that a dead collector cannot hold an exit up."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.force_flush(FLUSH_MILLISECONDS)


def tracer() -> Tracer:
    """Answer the tracer of this process; it does nothing before `setup`."""
    return _tracer


def current_traceparent() -> str | None:
    """Write the current span as a W3C traceparent; None outside of any span."""
    return headers().get("traceparent")


def headers() -> dict[str, str]:
    """Answer the headers that carry the current trace to another process."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier


@contextmanager
def span(
    name: str,
    *,
    parent: Mapping[str, str] | str | None = None,
    links: Iterable[str] = (),
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int] | None = None,
) -> Iterator[Span]:
    """Run a block as a span: a child of `parent` (headers, or a traceparent), or of the current span where None."""
    carrier = {"traceparent": parent} if isinstance(parent, str) else parent
    context = _propagator.extract(carrier) if carrier else None
    with tracer().start_as_current_span(
        name, context=context, kind=kind, links=_links(links), attributes=dict(attributes or {})
    ) as current:
        yield current


def add_links(traceparents: Iterable[str]) -> None:
    """Tie the current span to earlier triggers of the same post's life."""
    for link in _links(traceparents):
        trace.get_current_span().add_link(link.context, link.attributes)


def _links(traceparents: Iterable[str]) -> list[Link]:
    spans = (trace.get_current_span(_propagator.extract({"traceparent": each})) for each in traceparents)
    return [Link(each.get_span_context()) for each in spans if each.get_span_context().is_valid]


def _trace() -> dict[str, str]:
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": trace.format_trace_id(context.trace_id), "span_id": trace.format_span_id(context.span_id)}
