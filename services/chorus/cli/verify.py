"""`chorus-verify`: checks receipts, certificates of take-downs and the log of evidence, without asking anybody."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from chorus.cli.terminal import EXIT_FAILED, EXIT_USAGE, fail
from chorus.evidence import certificate
from chorus.evidence.certificate import is_certificate
from chorus.evidence.keys import PublicKey, read_published
from chorus.evidence.receipt import Verified, verify, verify_log
from chorus.evidence.signed import TamperedError

Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Receipts and certificates to check.")]
Keys = Annotated[
    Path, typer.Option("--keys", exists=True, dir_okay=False, help="The keys published at /evidence/keys.json, saved.")
]
Log = Annotated[
    list[Path] | None,
    typer.Option("--log", exists=True, dir_okay=False, help="Pages of /evidence/leaves, saved: checks the log too."),
]
Checkpoints = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", exists=True, dir_okay=False, help="Kept from earlier: the log must go on from it."),
]
# What is no creator's word must not read as one.
_KINDS = {"attested": "attested by the brand", "ended": "ended by the brand"}


def check(files: Files, keys: Keys, log: Log = None, checkpoint: Checkpoints = None) -> None:
    """Check files offline: who signed them, what they say, and of receipts that the log of evidence holds them."""
    known = _keys(keys)
    found, sound = [], 0
    for path in files:
        try:
            found += _read_out(path, known)
            sound += 1
        except TamperedError as error:
            _say(f"✗ {path.name}: {error}", wrong=True)
    if log:
        _check_log(log, [each.read_text("utf-8") for each in checkpoint or ()], known, found)
    elif checkpoint:
        fail("A checkpoint is compared with the log.", "Name its pages with --log.", EXIT_USAGE)
    if sound < len(files):
        raise typer.Exit(EXIT_FAILED)


def _read_out(path: Path, keys: list[PublicKey]) -> list[Verified]:
    """Say what a file says; answers the receipt that it is, if it is one. Raises `TamperedError`."""
    data = path.read_bytes()
    if is_certificate(data):
        _read_certificate(path.name, certificate.verify(data, keys))
        return []
    return [_read_receipt(path.name, verify(data, keys))]


def _read_certificate(name: str, said: Mapping[str, Any]) -> None:
    whom, state = said["names"].get("brand") or said["brand"], "complete" if said["complete"] else "not complete"
    _say(f"✓ {name}: taken down ({said['cause']}), {whom}, {said['ended_at']}; certificate {said['number']}, {state}")
    for each in said["surfaces"]:
        title = each["title"] or each["surface"]
        _say(f"    {title}: {_confirmed(each)}")
        if uses := ", ".join(each["not_recallable"]):
            _say(f"    {title}: {uses} of {each['shown_from']} to {each['shown_until']} cannot be called back")
    for each in said["consumers"]:
        _say(f"    {each['host']} ({each['title'] or each['endpoint']}): {_confirmed(each)}")


def _confirmed(part: Mapping[str, Any]) -> str:
    return f"confirmed gone {part['confirmed_at']}" if part["confirmed_at"] else "not confirmed"


def _read_receipt(name: str, found: Verified) -> Verified:
    said = found.receipt
    whom = said["names"].get("brand") or said["brand"]
    place = f"entry {found.leaf} of {found.checkpoint.origin}, which had {found.checkpoint.size}"
    _say(f"✓ {name}: {_KINDS.get(said['kind'], said['kind'])}, {whom}, {said['at']}; {place}")
    for detail, value in said["details"].items():
        _say(f"    {detail}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    if withheld := said.get("withheld"):
        _say(f"    withheld: {withheld} more, known to the creator")
    return found


def _check_log(paths: Sequence[Path], kept: list[str], keys: list[PublicKey], receipts: list[Verified]) -> None:
    leaves, checkpoints = _pages(paths)
    try:
        size = verify_log(leaves, checkpoints + kept, keys, receipts)
    except TamperedError as error:
        fail(str(error), "Keep these files: they show that somebody has changed the log.")
    _say(f"✓ log: {size} entries, as they were signed")


def _pages(paths: Sequence[Path]) -> tuple[list[bytes], list[str]]:
    """Put pages of the log together, which may be named in any order."""
    leaves: list[bytes] = []
    checkpoints: list[str] = []
    try:
        for page in sorted((_document(path) for path in paths), key=lambda each: int(each["start"])):
            if page["start"] != len(leaves):
                advice = "Save them from start=0 on, each from `next` of the last."
                fail("These pages of the log do not follow each other.", advice)
            leaves += [base64.b64decode(leaf, validate=True) for leaf in page["leaves"]]
            checkpoints += [str(each) for each in page["checkpoints"]]
    except (KeyError, TypeError, ValueError):
        fail("These are no pages of the log.", "Save what /evidence/leaves answers.", EXIT_USAGE)
    return leaves, checkpoints


def _keys(path: Path) -> list[PublicKey]:
    try:
        return read_published(_document(path))
    except ValueError as error:
        fail(f"{path.name}: {error}.", "Save the document at /evidence/keys.json of the brand's Chorus.", EXIT_USAGE)


def _document(path: Path) -> Any:  # noqa: ANN401 -- a stranger's file holds anything
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        fail(f"{path.name} is not JSON.", code=EXIT_USAGE)


def _say(text: str, *, wrong: bool = False) -> None:
    """Print a line; what a receipt holds cannot move the cursor, or hide anything."""
    typer.echo("".join(each if each.isprintable() else "\ufffd" for each in text), err=wrong)


def main() -> None:
    """Run the command."""
    typer.run(check)
