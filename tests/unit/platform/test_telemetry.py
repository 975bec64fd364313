"""What leaves by OTLP of a log line."""

from __future__ import annotations

import logging

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor

from chorus.platform import logs
from chorus.platform.otlp import LineHandler


def test_a_line_is_exported_by_its_words_with_its_values() -> None:
    kept = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]  # as the SDK has it
    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(SimpleLogRecordProcessor(kept))
    log = logs.logger("tests.exported")
    log.logger.addHandler(LineHandler(logger_provider=provider))
    log.logger.setLevel(logging.INFO)
    log.info("ready", service="rights", msg_count=2)
    (exported,) = kept.get_finished_logs()
    attributes = dict(exported.log_record.attributes or {})
    assert exported.log_record.body == "ready"
    assert attributes["service"] == "rights"
    assert "values" not in attributes
