"""Processes that are forked from a template live, end and tell of their end like any other."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from chorus.local.template import Forked, Template
from tests.engines.process import wait_until
from tests.serving import KEYS

DOOR = {
    "CHORUS_SECRET_KEY": KEYS[0],
    "CHORUS_PUBLIC_URL": "http://localhost:1",
    "CHORUS_CONSOLE_URL": "http://localhost:2",
    **{f"CHORUS_{room}_ADDRESS": "127.0.0.1:1" for room in ("BRANDS", "INGEST", "RIGHTS", "PUBLISHING")},
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    template = Template(tmp_path_factory.mktemp("template") / "log", os.environ)
    template.start()
    yield template
    template.stop()


def _door(template: Template, folder: Path) -> Forked:
    door = Forked("creator", template, folder / "creator.log", DOOR)
    door.start()
    wait_until(lambda: "ready" in door.last_words() or door.exit_code is not None, "the door to be ready")
    return door


def test_it_ends_by_itself_with_the_code_and_the_words_of_its_own_environment(
    template: Template, tmp_path: Path
) -> None:
    rights = Forked("rights", template, tmp_path / "rights.log", {"CHORUS_PUBLIC_URL": "http://localhost:1"})
    rights.start()
    wait_until(lambda: rights.exit_code is not None, "rights to end")
    assert rights.exit_code == 2
    assert "CHORUS_SECRET_KEY: is not set" in rights.last_words()
    assert "CHORUS_PUBLIC_URL" not in rights.last_words()


def test_it_drains_when_it_is_told_to_stop(template: Template, tmp_path: Path) -> None:
    door = _door(template, tmp_path)
    door.signal(signal.SIGTERM)
    door.wait(60)
    assert door.exit_code == 0


def test_it_can_be_killed_and_begun_again(template: Template, tmp_path: Path) -> None:
    door = _door(template, tmp_path)
    first = door.pid
    door.signal(signal.SIGKILL)
    door.wait(60)
    assert door.exit_code == -signal.SIGKILL
    assert door.pid is None
    door.start()
    assert door.pid not in {None, first}
    door.signal(signal.SIGKILL)
    door.wait(60)


def test_it_holds_no_end_of_the_pipe_that_the_template_answers_by(template: Template, tmp_path: Path) -> None:
    door = _door(template, tmp_path)
    assert template._process
    assert template._process.stdout
    answers = f"pipe:[{os.fstat(template._process.stdout.fileno()).st_ino}]"
    held = {each.resolve().name for each in Path(f"/proc/{door.pid}/fd").iterdir()}
    door.signal(signal.SIGKILL)
    door.wait(60)
    assert held
    assert answers not in held


def test_it_does_not_outlive_its_template(tmp_path: Path) -> None:
    template = Template(tmp_path / "log", os.environ)
    door = _door(template, tmp_path)
    pid = door.pid
    template.stop()
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the door to end with its template")


def test_a_killed_template_is_begun_again_and_so_is_what_it_had_forked_once_that_has_ended(tmp_path: Path) -> None:
    template = Template(tmp_path / "log", os.environ)
    door = _door(template, tmp_path)
    assert template._process
    assert door.pid
    pid = door.pid
    # Stands for one that drains for long.
    os.kill(pid, signal.SIGSTOP)
    # Not waited for: the next question finds it dying.
    template._process.send_signal(signal.SIGKILL)
    code = door.exit_code
    os.kill(pid, signal.SIGKILL)
    assert code is None
    wait_until(lambda: door.exit_code is not None, "the death of the door to be told")
    door.start()
    assert door.exit_code is None
    template.stop()
