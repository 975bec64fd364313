"""How a log line is written."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import pytest

from chorus.platform import logs


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def log() -> Iterator[logs.Log]:
    log = logs.logger("tests.logs")
    log.logger.setLevel(logging.INFO)
    yield log
    log.logger.handlers.clear()


def _written(log: logs.Log, stream: io.StringIO, trace: Mapping[str, str] = MappingProxyType({})) -> io.StringIO:
    log.logger.addHandler(logs.handler(lambda: trace, stream))
    return stream


def test_a_line_is_one_json_object_with_its_words_its_values_and_its_trace(log: logs.Log) -> None:
    written = _written(log, io.StringIO(), {"trace_id": "0af7", "span_id": "b7ad"})
    log.warning("picture waits", reason="DATABASE_DOWN", tries=3)
    line = json.loads(written.getvalue())
    assert line.pop("timestamp").endswith("+00:00")
    assert line == {
        "event": "picture waits",
        "reason": "DATABASE_DOWN",
        "tries": 3,
        "level": "warning",
        "logger": "tests.logs",
        "trace_id": "0af7",
        "span_id": "b7ad",
    }


def test_an_exception_stays_on_its_line(log: logs.Log) -> None:
    written = _written(log, io.StringIO())
    try:
        raise RuntimeError("two\nlines")  # noqa: TRY301 -- the log wants one that was raised
    except RuntimeError:
        log.exception("task failed", task="relay")
    (line,) = written.getvalue().splitlines()
    assert "RuntimeError: two\nlines" in json.loads(line)["exception"]


def test_a_value_cannot_pretend_to_be_another_line_or_other_words(log: logs.Log) -> None:
    written = _written(log, io.StringIO())
    log.info("look failed", connector='x"}\n{"event": "ready"', event="ready")
    (line,) = written.getvalue().splitlines()
    assert json.loads(line)["event"] == "look failed"


def test_somebody_else_s_line_is_written_too(log: logs.Log) -> None:
    written = _written(log, io.StringIO())
    logging.getLogger("tests.logs").error("%s broke", "it")
    assert json.loads(written.getvalue())["event"] == "it broke"


def test_on_a_terminal_a_line_is_written_for_people(log: logs.Log) -> None:
    written = _written(log, _Terminal())
    log.info("ready", service="rights")
    assert written.getvalue().endswith("INFO     ready  service=rights\n")
