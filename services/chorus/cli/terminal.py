"""How the command line speaks: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import grpc
import typer
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from rich.console import Console
from rich.table import Table

from chorus.errors import ChorusError, Invalid, Unavailable
from chorus.local.errors import HouseError
from chorus.platform.config import ConfigError
from chorus.platform.status import error_of

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_FAILED, EXIT_USAGE, EXIT_UNAVAILABLE = 1, 2, 69
_UNBOUNDED = 10_000  # columns of a table that goes into a pipe or a file
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn every expected failure into a sentence, what to do, and an exit code; SIGTERM ends as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except grpc.RpcError as failure:
        _fail_with(error_of(failure))
    except ChorusError as error:
        _fail_with(error)
    except HouseError as error:
        fail(str(error), error.advice)
    except ConfigError as error:
        fail(str(error), "Set them in the environment; `chorus doctor` checks again.", EXIT_USAGE)


def wait_for_ctrl_c() -> None:
    """Wait until somebody presses Ctrl-C, or the process is asked to end."""
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def fail(message: str, advice: str = "", code: int = EXIT_FAILED) -> NoReturn:
    """Say what happened and what to do, and end."""
    err.print(f"[bold red]error:[/] {message}", markup=True)
    if advice:
        err.print(f"       {advice}", markup=False)
    raise typer.Exit(code)


def as_dict(message: Message) -> dict[str, Any]:
    """Turn a message into what JSON can hold, with the names that its proto has."""
    content: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return content


def print_json(content: object) -> None:
    """Print JSON for a script."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def show(message: Message, *, as_json: bool) -> None:
    """Print one answer: JSON for a script, `name: value` lines for a person."""
    if as_json:
        print_json(as_dict(message))
        return
    for name, text in _lines(message):
        out.print(f"[dim]{name}:[/] ", end="", markup=True)
        out.print(text, markup=False)


def _lines(message: Message) -> Iterator[tuple[str, str]]:
    """Name each field with its text; what an answer only wraps reads as if it were the answer."""
    content = as_dict(message)
    wraps = message.DESCRIPTOR.name.endswith("Response")
    for field, value in message.ListFields():
        if wraps and isinstance(value, Message) and isinstance(content[field.name], dict):
            yield from _lines(value)
        else:
            yield field.name, _text(field, content[field.name])


def _text(field: FieldDescriptor, value: object) -> str:
    """Write a value as a person says it: `paused`, not SOURCE_HEALTH_PAUSED."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if field.enum_type is None:
        return value
    prefix = field.enum_type.values[0].name.removesuffix("UNSPECIFIED")
    return value.removeprefix(prefix).lower()


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], messages: Iterable[Message], *, as_json: bool
) -> None:
    """Print a list: JSON for a script, a table for a person."""
    if as_json:
        print_json([as_dict(each) for each in messages])
        return
    sheet = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        # Ids and addresses are there to be copied: a narrow terminal breaks them, and nothing cuts them.
        sheet.add_column(column, overflow="fold")
    for row in rows:
        sheet.add_row(*(str(value) for value in row))
    paper = out if out.is_terminal else Console(width=_UNBOUNDED, soft_wrap=True, highlight=False)
    paper.print(sheet)


def _fail_with(error: ChorusError) -> NoReturn:
    code = EXIT_UNAVAILABLE if isinstance(error, Unavailable) else EXIT_FAILED
    fail(error.message, _advice(error), code)


def _advice(error: ChorusError) -> str:
    """Say which field is wrong and how; only which, where the message ends with how."""
    if not isinstance(error, Invalid) or not error.fields:
        return f"({error.reason})"
    if error.message.endswith(" ".join(error.fields.values())):
        return f"({', '.join(error.fields)})"
    return "; ".join(f"{field}: {text}" for field, text in error.fields.items())
