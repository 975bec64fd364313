"""What leaves by OTLP of a log line."""

from __future__ import annotations

import logging

import structlog
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

from chorus.platform.telemetry import _EventHandler


def test_an_event_is_exported_by_its_words_with_its_values_and_nothing_of_the_logger() -> None:
    kept = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]  # as the SDK has it
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(kept))
    record = logging.LogRecord("chorus", logging.INFO, __file__, 1, {"event": "ready", "service": "rights"}, None, None)
    record._logger, record._name = structlog.get_logger(), "chorus"
    _EventHandler(logger_provider=provider).emit(record)
    (exported,) = kept.get_finished_logs()
    attributes = dict(exported.log_record.attributes or {})
    assert exported.log_record.body == "ready"
    assert attributes["service"] == "rights"
    assert not {"_logger", "_name"} & attributes.keys()
