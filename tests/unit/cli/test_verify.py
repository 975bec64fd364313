"""`chorus-verify`: what it says of receipts and of a log, and how it ends."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from chorus.cli.verify import check
from chorus.evidence import certificate
from chorus.evidence.keys import published
from chorus.evidence.receipt import Stamped, issue
from chorus.evidence.tree import inclusion
from tests.authority import TimeStamps
from tests.unit.evidence.samples import DETAILS, KEY, MemoryLog, file_of, log_of
from tests.unit.evidence.samples import certificate as sample

app = typer.Typer()
app.command()(check)


@pytest.fixture
def log() -> MemoryLog:
    return log_of(5)


@pytest.fixture
def folder(tmp_path: Path, log: MemoryLog) -> Path:
    """A folder as a creator has it: keys, two receipts, and the log in two pages."""
    (tmp_path / "keys.json").write_text(json.dumps(published([KEY.public])))
    for place in (1, 3):
        (tmp_path / f"{place}.json").write_bytes(file_of(log.receipt(place)))
    leaves = [base64.b64encode(each).decode() for each in log.leaves()]
    for start, end in ((0, 2), (2, 5)):
        page = {"start": start, "next": end, "leaves": leaves[start:end], "checkpoints": log.checkpoints[start:end]}
        (tmp_path / f"log-{start}.json").write_text(json.dumps(page))
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [each.replace("@", f"{folder}/") for each in arguments])


def test_sound_receipts_are_read_out(folder: Path) -> None:
    ended = run(folder, "@1.json", "@3.json", "--keys", "@keys.json")
    assert ended.exit_code == 0, ended.output
    assert "granted, Lumen, 2026-11-23T09:30:00.000000Z; entry 1 of chorus.example/evidence" in ended.output
    assert "grant: grant-3" in ended.output


def test_what_a_brand_attested_is_not_read_out_as_a_creator_s_word(folder: Path) -> None:
    log = MemoryLog()
    (folder / "attested.json").write_bytes(file_of(log.receipt(log.add("attested", basis="contract"))))
    ended = run(folder, "@attested.json", "--keys", "@keys.json")
    assert ended.exit_code == 0, ended.output
    assert "attested by the brand, Lumen" in ended.output


def test_a_receipt_that_withholds_something_says_how_much(folder: Path, log: MemoryLog) -> None:
    (folder / "kept.json").write_bytes(file_of(issue(log.sealed(2), {}, KEY, only=set(DETAILS) - {"credit"})))
    ended = run(folder, "@kept.json", "--keys", "@keys.json")
    assert ended.exit_code == 0, ended.output
    assert "withheld: 1 more, known to the creator" in ended.output


def test_a_receipt_that_was_changed_fails_and_the_others_are_checked_all_the_same(folder: Path) -> None:
    (folder / "1.json").write_bytes((folder / "1.json").read_bytes().replace(b"Mira", b"Vera"))
    ended = run(folder, "@1.json", "@3.json", "--keys", "@keys.json")
    assert ended.exit_code == 1
    assert "✗ 1.json: No known key has signed it as it is." in ended.output
    assert "✓ 3.json" in ended.output


def test_whoever_saved_everything_in_one_file_is_told_to_unpack_it(folder: Path) -> None:
    with zipfile.ZipFile(folder / "export.zip", "w") as saved:
        saved.write(folder / "1.json", "receipts/granted.json")
    ended = run(folder, "@export.zip", "--keys", "@keys.json")
    assert ended.exit_code == 1
    assert "✗ export.zip: This is a ZIP archive. Unpack it" in ended.output


def test_certificates_are_read_out_beside_receipts_and_named_for_what_they_are(folder: Path) -> None:
    for name, complete in (("gone", True), ("waiting", False)):
        (folder / f"{name}.json").write_bytes(file_of(certificate.issue(sample(complete=complete), KEY)))
    ended = run(folder, "@1.json", "@gone.json", "@waiting.json", "--keys", "@keys.json")
    assert ended.exit_code == 0, ended.output
    said = "taken down (revoked), Lumen, 2026-11-23T09:30:00.200000Z; certificate 1"
    assert f"✓ gone.json: {said}, complete" in ended.output
    assert f"✓ waiting.json: {said}, not complete" in ended.output
    assert "At home with Lumen ✨: confirmed gone 2026-11-23T09:30:30.000000Z" in ended.output
    assert "email of 2026-11-20T09:00:00.000000Z to 2026-11-23T09:30:00.200000Z cannot be called back" in ended.output
    assert "cms.lumen.example (CMS): not confirmed" in ended.output


def test_a_certificate_that_was_changed_fails(folder: Path) -> None:
    sound = file_of(certificate.issue(sample(complete=False), KEY))
    (folder / "changed.json").write_bytes(sound.replace(b'"confirmed_at": null', b'"confirmed_at": "now"'))
    ended = run(folder, "@changed.json", "--keys", "@keys.json")
    assert ended.exit_code == 1
    assert "✗ changed.json: No known key has signed it as it is." in ended.output


def test_the_log_is_checked_with_the_receipts(folder: Path) -> None:
    ended = run(folder, "@3.json", "--keys", "@keys.json", "--log", "@log-2.json", "--log", "@log-0.json")
    assert ended.exit_code == 0, ended.output
    assert "log: 5 entries, as they were signed" in ended.output


def test_a_log_that_was_changed_fails(folder: Path) -> None:
    page = json.loads((folder / "log-2.json").read_text())
    page["leaves"][0], page["leaves"][1] = page["leaves"][1], page["leaves"][0]
    (folder / "log-2.json").write_text(json.dumps(page))
    ended = run(folder, "@3.json", "--keys", "@keys.json", "--log", "@log-0.json", "--log", "@log-2.json")
    assert ended.exit_code == 1
    assert "it is not the one that was signed" in ended.output


def test_a_page_of_the_log_that_is_missing_is_named_as_that(folder: Path) -> None:
    ended = run(folder, "@3.json", "--keys", "@keys.json", "--log", "@log-2.json")
    assert ended.exit_code == 1
    assert "do not follow each other" in ended.output


def test_the_log_must_go_on_from_a_checkpoint_that_was_kept(folder: Path, log: MemoryLog) -> None:
    (folder / "kept.txt").write_text(log.checkpoints[2])
    fork = log_of(2)
    fork.add("declined")
    (folder / "fork.txt").write_text(fork.checkpoints[2])
    pages = ["--log", "@log-0.json", "--log", "@log-2.json"]
    assert run(folder, "@3.json", "--keys", "@keys.json", *pages, "--checkpoint", "@kept.txt").exit_code == 0
    ended = run(folder, "@3.json", "--keys", "@keys.json", *pages, "--checkpoint", "@fork.txt")
    assert ended.exit_code == 1
    assert "not the one that was signed" in ended.output
    assert run(folder, "@3.json", "--keys", "@keys.json", "--checkpoint", "@kept.txt").exit_code == 2


@pytest.mark.parametrize("content", ["[]", '{"start": 0}', '{"start": 0, "leaves": ["!"], "checkpoints": []}', "7"])
def test_what_is_no_page_of_the_log_is_said_to_be_none(content: str, folder: Path) -> None:
    (folder / "log-0.json").write_text(content)
    ended = run(folder, "@3.json", "--keys", "@keys.json", "--log", "@log-0.json")
    assert ended.exit_code == 2
    assert "no pages of the log" in ended.output


def test_what_a_receipt_holds_cannot_change_the_terminal(folder: Path, log: MemoryLog) -> None:
    place = log.add(credit="Mira\x1b[2J [red]:heart:")
    (folder / "[red]odd.json").write_bytes(file_of(log.receipt(place)))
    ended = run(folder, "@[red]odd.json", "--keys", "@keys.json")
    assert ended.exit_code == 0
    assert "credit: Mira\ufffd[2J [red]:heart:" in ended.output


@pytest.mark.parametrize(("content", "said"), [("{", "is not JSON"), ("{}", "no document of published keys")])
def test_keys_that_are_none_are_said_to_be_none(content: str, said: str, folder: Path) -> None:
    (folder / "keys.json").write_text(content)
    ended = run(folder, "@1.json", "--keys", "@keys.json")
    assert ended.exit_code == 2
    assert said in ended.output


def test_a_time_stamp_is_told_and_counts_with_a_root_that_is_named(folder: Path, log: MemoryLog) -> None:
    authority, other = TimeStamps(folder / "authority"), TimeStamps(folder / "other")
    proof = inclusion(1, 3, log.nodes.__getitem__)
    sealed = log.sealed(1, Stamped(log.checkpoints[2], proof, authority.of(log.checkpoints[2])))
    (folder / "stamped.json").write_bytes(file_of(issue(sealed, {}, KEY)))
    assert "time stamp: none" in run(folder, "@1.json", "--keys", "@keys.json").output
    unchecked = run(folder, "@stamped.json", "--keys", "@keys.json")
    assert unchecked.exit_code == 0
    assert "not checked" in unchecked.output
    checked = run(folder, "@stamped.json", "--keys", "@keys.json", "--tsa-root", str(authority.root))
    assert checked.exit_code == 0, checked.output
    assert "time stamp: there by 20" in checked.output
    assert "not checked" not in checked.output
    refused = run(folder, "@stamped.json", "@3.json", "--keys", "@keys.json", "--tsa-root", str(other.root))
    assert refused.exit_code == 1
    assert "✗ stamped.json: Its time stamp does not hold: no authority that is trusted here" in refused.output
    assert "✓ 3.json" in refused.output
    none = run(folder, "@1.json", "--keys", "@keys.json", "--tsa-root", "@keys.json")
    assert none.exit_code == 2
    assert "holds no certificate" in none.output
