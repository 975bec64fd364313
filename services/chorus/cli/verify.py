"""`chorus-verify`: checks receipts, certificates of take-downs and the log of evidence, without asking anybody."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chorus.cli.terminal import EXIT_FAILED, EXIT_USAGE, fail
from chorus.evidence import certificate
from chorus.evidence.certificate import is_certificate
from chorus.evidence.keys import PublicKey, read_published
from chorus.evidence.receipt import Verified, verify, verify_log
from chorus.evidence.signed import TamperedError
from chorus.evidence.stamp import trusted

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

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
# How what creators save in one file begins.
_ZIP = b"PK\x03\x04"
# What is no creator's word must not read as one.
_KINDS = {
    "attested": "attested by the brand",
    "ended": "ended by the brand",
    "standing_ended": "ended, of later posts",
}


Authority = Annotated[
    Path | None,
    typer.Option("--tsa-root", exists=True, dir_okay=False, help="Certificates, PEM, of whose time stamps count."),
]


def check(
    files: Files, keys: Keys, log: Log = None, checkpoint: Checkpoints = None, tsa_root: Authority = None
) -> None:
    """Check files offline: who signed them, what they say, and of receipts that the log of evidence holds them."""
    known, authorities = _keys(keys), _authorities(tsa_root)
    found, sound = [], 0
    for path in files:
        try:
            found += _read_out(path, known, authorities)
            sound += 1
        except TamperedError as error:
            _say(f"✗ {path.name}: {error}", wrong=True)
    if log:
        _check_log(log, [each.read_text("utf-8") for each in checkpoint or ()], known, found)
    elif checkpoint:
        fail("A checkpoint is compared with the log.", "Name its pages with --log.", EXIT_USAGE)
    if sound < len(files):
        raise typer.Exit(EXIT_FAILED)


def _read_out(path: Path, keys: list[PublicKey], authorities: list[Certificate]) -> list[Verified]:
    """Say what a file says; answers the receipt that it is, if it is one. Raises `TamperedError`."""
    data = path.read_bytes()
    if data.startswith(_ZIP):
        message = "This is a ZIP archive. Unpack it, and check the files in its folders “receipts” and “takedowns”."
        raise TamperedError(message)
    if is_certificate(data):
        _read_certificate(path.name, certificate.verify(data, keys))
        return []
    return [_read_receipt(path.name, verify(data, keys, authorities), checked=bool(authorities))]


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


def _read_receipt(name: str, found: Verified, *, checked: bool) -> Verified:
    said = found.receipt
    whom = said["names"].get("brand") or said["brand"]
    place = f"entry {found.leaf} of {found.checkpoint.origin}, which had {found.checkpoint.size}"
    _say(f"✓ {name}: {_KINDS.get(said['kind'], said['kind'])}, {whom}, {said['at']}; {place}")
    for detail, value in said["details"].items():
        _say(f"    {detail}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    if withheld := said.get("withheld"):
        _say(f"    withheld: {withheld} more, known to the creator")
    _say(f"    time stamp: {_stamped(found, checked=checked)}")
    return found


def _stamped(found: Verified, *, checked: bool) -> str:
    if found.witnessed is None:
        return "none"
    at = found.witnessed.at.isoformat().replace("+00:00", "Z")
    return f"there by {at}" if checked else f"there by {at}, says somebody whom --tsa-root does not name: not checked"


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


def _authorities(path: Path | None) -> list[Certificate]:
    try:
        return trusted(path.read_bytes()) if path else []
    except ValueError:
        fail(f"{path and path.name} holds no certificate.", "Save the authority's root certificate as PEM.", EXIT_USAGE)


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
