"""Traces, metrics and logs, set up once for each process; no other module touches the OpenTelemetry SDK.

Export is by the standard environment (`OTEL_EXPORTER_OTLP_ENDPOINT`, …); without it nothing leaves, and `/metrics`
still answers. A dead collector never holds a process up: exit flushes within a bound.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import structlog
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

FLUSH_MILLISECONDS = 2_000
_propagator = TraceContextTextMapPropagator()


def setup(service: str) -> None:
    """Wire tracing, metrics and logs of this process, under `service.name` = `chorus-<service>`."""
    exporting = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))
    resource = Resource.create({"service.name": f"chorus-{service}"})
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    readers: list[MetricReader] = [PrometheusMetricReader()]
    if exporting:
        tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=2)))
        readers.append(PeriodicExportingMetricReader(OTLPMetricExporter(timeout=2)))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider(readers, resource=resource, shutdown_on_exit=False))
    _setup_logs(resource, exporting=exporting)


def flush() -> None:
    """Send what is still held, within a bound, so that a dead collector cannot hold an exit up."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.force_flush(FLUSH_MILLISECONDS)


def tracer() -> Tracer:
    """Answer the tracer of this process; it does nothing before `setup`."""
    return trace.get_tracer("chorus")


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


def _setup_logs(resource: Resource, *, exporting: bool) -> None:
    """Write logs to standard error: for people on a terminal, as JSON elsewhere, each line with its trace's id."""
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handlers: list[logging.Handler] = [handler]
    if exporting:
        provider = LoggerProvider(resource, shutdown_on_exit=False)
        provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(timeout=2)))
        handlers.append(_EventHandler(logger_provider=provider))
    logging.basicConfig(level=os.environ.get("CHORUS_LOG_LEVEL", "INFO").upper(), handlers=handlers, force=True)
    for noisy in ("kafka", "httpx", "httpx2", "httpcore", "uvicorn.access", "opentelemetry"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class _EventHandler(LoggingHandler):
    """Exports an event of structlog as what it is: its words as the body, its values as attributes."""

    def emit(self, record: logging.LogRecord) -> None:
        """Export a record; what structlog hangs on it for its own formatter stays behind."""
        values = {key: value for key, value in vars(record).items() if key not in {"_logger", "_name"}}
        if isinstance(record.msg, dict):
            known = vars(record).keys() | {"event", "level", "logger", "timestamp"}
            event = {key: value for key, value in record.msg.items() if key not in known}
            values |= {**event, "msg": str(record.msg.get("event", "")), "args": None}
        super().emit(logging.makeLogRecord(values))


def _add_trace(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
    return event
