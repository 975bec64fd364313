"""`chorus-verify`: checks receipts, and the log of evidence, without asking anybody."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from chorus.cli.terminal import EXIT_FAILED, EXIT_USAGE, err, fail, out
from chorus.evidence.keys import PublicKey, read_published
from chorus.evidence.receipt import TamperedError, Verified, verify, verify_log

Receipts = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Receipts to check.")]
Keys = Annotated[Path, typer.Option("--keys", help="The keys published at /evidence/keys.json, saved.")]
Log = Annotated[list[Path] | None, typer.Option("--log", help="Pages of /evidence/leaves, saved; checks the log too.")]


def check(receipts: Receipts, keys: Keys, log: Log = None) -> None:
    """Check receipts offline: who signed them, what they say, and that the log of evidence holds them."""
    known = _keys(keys)
    found = [verified for receipt in receipts if (verified := _checked(receipt, known)) is not None]
    if log:
        _check_log(log, known, found)
    if len(found) < len(receipts):
        raise typer.Exit(EXIT_FAILED)


def _checked(path: Path, keys: list[PublicKey]) -> Verified | None:
    try:
        found = verify(path.read_bytes(), keys)
    except TamperedError as error:
        err.print(f"[red]✗[/] [bold]{path.name}[/]: ", end="", markup=True)
        err.print(str(error), markup=False)
        return None
    said = found.receipt
    out.print(f"[green]✓[/] [bold]{path.name}[/]: ", end="", markup=True)
    out.print(
        f"{said['kind']} to {said['names'].get('brand') or said['brand']} at {said['at']};"
        f" entry {found.leaf} of {found.checkpoint.origin}, which had {found.checkpoint.size}",
        markup=False,
    )
    for name, value in said["details"].items():
        out.print(
            f"    {name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}", markup=False
        )
    return found


def _check_log(paths: Iterable[Path], keys: list[PublicKey], receipts: Iterable[Verified]) -> None:
    pages = sorted((_document(path) for path in paths), key=lambda page: int(page["start"]))
    leaves = [base64.b64decode(leaf) for page in pages for leaf in page["leaves"]]
    if [int(page["start"]) for page in pages] != _starts(pages):
        fail(
            "These pages of the log do not follow each other.",
            "Save them from start=0 on, each from `next` of the last.",
        )
    try:
        size = verify_log(leaves, [each for page in pages for each in page["checkpoints"]], keys, receipts)
    except TamperedError as error:
        fail(str(error), "Somebody has changed the log since: keep this receipt and this page.")
    out.print(f"[green]✓[/] [bold]log[/]: {size} entries, as they were signed", markup=True)


def _starts(pages: Iterable[dict[str, Any]]) -> list[int]:
    starts, here = [], 0
    for page in pages:
        starts.append(here)
        here += len(page["leaves"])
    return starts


def _keys(path: Path) -> list[PublicKey]:
    try:
        return read_published(_document(path))
    except ValueError as error:
        fail(f"{path}: {error}.", "Save the document at /evidence/keys.json of the brand's Chorus.", EXIT_USAGE)


def _document(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError:
        fail(f"{path} is not JSON.", code=EXIT_USAGE)
    return content


def main() -> None:
    """Run the command."""
    typer.run(check)
