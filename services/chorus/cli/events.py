"""`chorus events`: facts that could not be applied, and what to do with them."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

import typer

from chorus.api.operations.v1 import operations_pb2 as pb
from chorus.api.operations.v1.operations_pb2_grpc import OperationsStub
from chorus.cli.reach import AsJson, Data, reach
from chorus.cli.terminal import as_dict, out, print_json, table, told_plainly
from chorus.local.engines import ROOMS

app = typer.Typer(no_args_is_help=True, help="Facts that could not be applied.")
Room = Annotated[str, typer.Argument(help=" | ".join(ROOMS))]
ParkedId = Annotated[int, typer.Argument(help="The number that `chorus events parked` shows.")]


def _stub(data: Data, room: str) -> OperationsStub:
    if room not in ROOMS:
        message = f"choose one of {', '.join(ROOMS)}"
        raise typer.BadParameter(message)
    return OperationsStub(reach(data).channel(room))


@app.command()
def parked(
    data: Data, room: Annotated[str, typer.Option("--service", help="Only this one.")] = "", json: AsJson = False
) -> None:
    """List parked facts, with those that wait behind them."""
    with told_plainly():
        found = [
            (each, fact)
            for each in ([room] if room else ROOMS)
            for fact in _stub(data, each).ListParked(pb.ListParkedRequest(page_size=100)).facts
        ]
        if json:
            print_json([{"service": each} | as_dict(fact) for each, fact in found])
            return
        rows = [
            (
                each,
                fact.parked,
                fact.key,
                fact.fact,
                fact.parked_at.ToDatetime(UTC).strftime("%d %b %H:%M:%S"),
                fact.reason,
            )
            for each, fact in found
        ]
        columns = ["service", "number", "key", "fact", "since (UTC)", "reason"]
        table(columns, rows, (), as_json=False)


@app.command()
def replay(room: Room, number: ParkedId, data: Data) -> None:
    """Apply a parked fact and all that wait behind it, in order."""
    with told_plainly():
        answer = _stub(data, room).ReplayParked(pb.ReplayParkedRequest(parked=number))
        out.print(f"{answer.applied} applied")


@app.command()
def discard(
    room: Room, number: ParkedId, data: Data, why: Annotated[str, typer.Option(help="Why it is given up; kept.")]
) -> None:
    """Give a parked fact up, for good."""
    with told_plainly():
        _stub(data, room).DiscardParked(pb.DiscardParkedRequest(parked=number, why=why))
