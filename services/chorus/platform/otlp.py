"""Export by OTLP over HTTP. Loaded only where an endpoint is configured: the exporters and the SDK's logs are heavy."""

from __future__ import annotations

import logging

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from chorus.platform.logs import values_of

_SECONDS = 2


def span_processor() -> SpanProcessor:
    """Send spans, in batches."""
    return BatchSpanProcessor(OTLPSpanExporter(timeout=_SECONDS))


def metric_reader() -> MetricReader:
    """Send metrics, now and then."""
    return PeriodicExportingMetricReader(OTLPMetricExporter(timeout=_SECONDS))


def log_handler(resource: Resource) -> logging.Handler:
    """Send log lines, in batches."""
    provider = LoggerProvider(resource, shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(timeout=_SECONDS)))
    return LineHandler(logger_provider=provider)


class LineHandler(LoggingHandler):
    """Exports a line of ours as what it is: its words as the body, its values as attributes."""

    def emit(self, record: logging.LogRecord) -> None:
        """Export a record with its values; what `logging` itself writes of it comes before a value of the same name."""
        plain = {name: value for name, value in vars(record).items() if name != "values"}
        super().emit(logging.makeLogRecord({**values_of(record), **plain}))
