"""Log lines: a few words that are always the same, and the values that go with them.

    log = logs.logger(__name__)
    log.info("ready", service="rights")

On a terminal they are written for people, elsewhere as one JSON object a line.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

_LOGGING_S_OWN = frozenset({"exc_info", "stack_info", "stacklevel", "extra"})


class Log(logging.LoggerAdapter[logging.Logger]):
    """A logger whose keyword arguments are the line's values."""

    def process(self, msg: object, kwargs: MutableMapping[str, Any]) -> tuple[object, MutableMapping[str, Any]]:
        """Hang the values on the record, in one place."""
        values = {name: value for name, value in kwargs.items() if name not in _LOGGING_S_OWN}
        own = {name: value for name, value in kwargs.items() if name in _LOGGING_S_OWN}
        return msg, {**own, "extra": {"values": values}}


def logger(name: str) -> Log:
    """Answer the log of a module."""
    return Log(logging.getLogger(name))


def values_of(record: logging.LogRecord) -> Mapping[str, object]:
    """Answer a line's values; none where somebody else's library wrote it."""
    values: Mapping[str, object] = getattr(record, "values", {})
    return values


def handler(trace: Callable[[], Mapping[str, str]], stream: TextIO | None = None) -> logging.Handler:
    """Write lines to a stream (standard error), each with the ids of the trace and the span that it belongs to."""
    found = logging.StreamHandler(stream or sys.stderr)
    found.setFormatter(_ForPeople() if found.stream.isatty() else _Json(trace))
    return found


class _Json(logging.Formatter):
    def __init__(self, trace: Callable[[], Mapping[str, str]]) -> None:
        super().__init__()
        self._trace = trace

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            **values_of(record),
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            **self._trace(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


class _ForPeople(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-8s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- as the base has it
        """Put the values behind the words; a trace of an exception follows on lines of its own."""
        values = "".join(f"  {name}={value}" for name, value in values_of(record).items())
        return super().formatMessage(record) + values
