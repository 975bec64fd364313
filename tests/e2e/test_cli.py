"""The `chorus` command as somebody types it: what it prints where, what it answers, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner

from chorus.cli.__main__ import app
from chorus.local.child import free_port
from chorus.local.engines import ROOMS
from chorus.local.house import DOORS, Addresses, House, running
from chorus.local.people import until
from tests.contract.test_feed_schema import problems
from tests.house.fixtures import on
from tests.house.story import Story
from tests.receiver import Receiver, Verifier
from tests.serving import KEYS

EXIT_FAILED, EXIT_USAGE = 1, 2
_SECONDS = 500
Done = subprocess.CompletedProcess[str]


def environment(**more: str) -> dict[str, str]:
    """The environment of a shell in which nothing of Chorus is set, but for what is named."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CHORUS_", "OTEL_"))}
    return kept | {"NO_COLOR": "1"} | more


def typed(*words: str | Path, **more: str) -> Done:
    """Run the command as a process of its own."""
    command = [sys.executable, "-m", "chorus.cli", *map(str, words)]
    return subprocess.run(
        command, env=environment(**more), capture_output=True, text=True, check=False, timeout=_SECONDS, cwd="/"
    )


def chorus(*words: str | Path, **more: str) -> Done:
    """Run the command in this process, which is many times quicker."""
    given = environment(**more)
    cleared: dict[str, str | None] = dict.fromkeys(set(os.environ) - set(given))
    handled = signal.getsignal(signal.SIGTERM)
    try:
        done = CliRunner().invoke(app, [str(word) for word in words], env=cleared | given)
    finally:
        signal.signal(signal.SIGTERM, handled)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(words, done.exit_code, done.stdout, done.stderr)


class Shell:
    """A terminal beside a running house."""

    def __init__(self, data: Path, **more: str) -> None:
        self._words = ("--data", data)
        self._more = more

    def run(self, *words: str) -> Done:
        return chorus(*words, *self._words, **self._more)

    def ok(self, *words: str) -> str:
        done = self.run(*words)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def json(self, *words: str) -> Any:  # noqa: ANN401 -- whatever was printed
        return json.loads(self.ok(*words, "--json"))


def failed(done: Done, code: int, *said: str) -> None:
    """Hold a failure to its exit code, to words on standard error alone, and to saying no more than it must."""
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for words in said:
        assert words in done.stderr


@pytest.fixture
def shell(house: House) -> Shell:
    return Shell(house._data, CHORUS_SECRET_KEY=KEYS[0])


# --- on a running house -----------------------------------------------------------------------------------------------


@on("embedded")
def test_brands_members_and_tokens_are_made_and_listed(shell: Shell) -> None:
    brand = f"b{uuid.uuid4().hex[:10]}"
    made = shell.json("brand", "create", brand, "--name", "Lumen", "--admin", f"ada@{brand}.example")
    assert made["brand"] == brand
    assert brand in [each["brand"] for each in shell.json("brand", "list")]
    assert brand in shell.ok("brand", "list")
    shell.ok("brand", "member", brand, f"ben@{brand}.example", "--role", "rights-manager", "--name", "Ben Sample")
    roles = {each["email"]: each["role"] for each in shell.json("brand", "members", brand)}
    assert roles == {f"ada@{brand}.example": "ROLE_ADMIN", f"ben@{brand}.example": "ROLE_RIGHTS_MANAGER"}
    address = shell.ok("brand", "sign-in", f"ben@{brand}.example").strip()
    assert httpx2.get(address, trust_env=False).status_code == 200
    shell.ok("brand", "remove-member", brand, f"ben@{brand}.example")
    assert len(shell.json("brand", "members", brand)) == 1
    token = shell.json("brand", "token", brand, "--title", "till", "--role", "viewer")
    assert token["secret"]
    shell.ok("brand", "revoke-token", brand, token["token"]["machine_token"])


@on("embedded")
def test_sources_are_added_looked_at_and_paused(shell: Shell, story: Story) -> None:
    assert {"feed", "mastodon", "upload", "webhook"} <= {each["connector"] for each in shell.json("source", "kinds")}
    story.item(1, seed=1)
    address = f"{story.site.address}/feed.atom"
    made = shell.json("source", "add", story.brand, "blog", "--kind", "feed", "--set", f"url={address}")
    assert made["source"]["source"] == "blog"
    shell.ok("source", "look", story.brand, "blog")
    until("its posts", lambda: story.queue() or None)
    assert shell.json("source", "pause", story.brand, "blog")["health"] == "SOURCE_HEALTH_PAUSED"
    assert "paused" in shell.ok("source", "list", story.brand)
    assert shell.json("source", "resume", story.brand, "blog")["health"] != "SOURCE_HEALTH_PAUSED"
    listed = {each["source"]: each for each in shell.json("source", "list", story.brand)}
    assert set(listed) == {"shop", "blog"}


@on("embedded")
def test_surfaces_are_added_paused_and_explained(shell: Shell, story: Story) -> None:
    words = ("--title", "News", "--address", "https://lumen.example/news", "--use", "email", "--pictures-only", "--key")
    made = shell.json("surface", "add", story.brand, "news", *words)
    assert made["key"]
    assert made["surface"]["surface"] == "news"
    assert shell.json("surface", "pause", story.brand, "news")["paused"] is True
    assert "paused" in shell.ok("surface", "list", story.brand)
    shell.ok("surface", "resume", story.brand, "news")
    ((post, _),) = story.live()
    why = {each["title"]: each for each in shell.json("surface", "why", story.brand, post)}
    assert why["wall"]["here"] is True
    assert not why["News"].get("here", False)
    assert "✗" in shell.ok("surface", "why", story.brand, post)


@on("embedded")
def test_endpoints_are_added_tested_rotated_disabled_and_removed(
    shell: Shell, story: Story, web_team: Receiver
) -> None:
    made = shell.json("webhook", "add", story.brand, web_team.url(f"/{story.brand}"), "--surface", "wall")
    endpoint = made["endpoint"]["endpoint"]
    sent = shell.json("webhook", "test", story.brand, endpoint)["delivery"]
    (request,) = until("the event", lambda: web_team.at(f"/{story.brand}"))
    assert (request.id, request.type) == (sent, "endpoint.test")
    assert Verifier(made["secret"]).believes(request)
    until("its answer", lambda: "delivered" in shell.ok("webhook", "log", story.brand, endpoint) or None)
    assert "1 to be sent again" in shell.ok("webhook", "replay", story.brand, endpoint, "--since", "2026-01-01")
    until("the event again", lambda: len(web_team.at(f"/{story.brand}")) == 2 or None)
    assert shell.json("webhook", "rotate", story.brand, endpoint)["secret"] != made["secret"]
    shell.ok("webhook", "disable", story.brand, endpoint)
    assert "disabled (by-hand)" in shell.ok("webhook", "list", story.brand)
    shell.ok("webhook", "enable", story.brand, endpoint)
    assert shell.json("webhook", "list", story.brand)[0]["state"] == "ENDPOINT_STATE_WORKING"
    failed(shell.run("webhook", "add", story.brand, "http://cms.example/"), EXIT_FAILED, "error:", "url")
    failed(shell.run("webhook", "replay", story.brand, endpoint), EXIT_FAILED, "error:", "since")
    shell.ok("webhook", "remove", story.brand, endpoint)
    assert shell.json("webhook", "list", story.brand) == []


@on("embedded")
def test_what_is_wrong_is_one_sentence_and_an_exit_code(shell: Shell, story: Story, tmp_path: Path) -> None:
    failed(shell.run("brand", "create", story.brand, "--name", "Again"), EXIT_FAILED, "error:", story.brand)
    failed(shell.run("brand", "create", "UPPER", "--name", "x"), EXIT_FAILED, "error:", "brand")
    failed(shell.run("source", "look", story.brand, "nowhere"), EXIT_FAILED, "error:", "NOT_FOUND")
    failed(
        shell.run("source", "add", "nobody", "blog", "--kind", "feed", "--set", "url=https://x.example"), EXIT_FAILED
    )
    failed(shell.run("source", "add", story.brand, "blog", "--kind", "none"), EXIT_FAILED, "connector")
    failed(shell.run("surface", "pause", story.brand, "nowhere"), EXIT_FAILED, "error:")
    failed(shell.run("surface", "pause", "nobody", "wall"), EXIT_FAILED, "error:")
    failed(shell.run("events", "replay", "rights", "999999999"), EXIT_FAILED, "error:")
    failed(shell.run("brand", "members", "nobody"), EXIT_FAILED, "error:")
    failed(shell.run("brand", "member", story.brand, "x@y.example", "--role", "king"), EXIT_USAGE, "viewer")
    failed(shell.run("events", "parked", "--service", "kitchen"), EXIT_USAGE, "rights")
    failed(chorus("brand", "list", "--data", tmp_path), EXIT_FAILED, "No Chorus runs on", "chorus up")
    forged = Shell(shell._words[1], CHORUS_SECRET_KEY="another-secret-0123456789-abcdefghijkl")
    failed(forged.run("brand", "list"), EXIT_FAILED, "error:")


@on("embedded")
def test_a_doctor_looks_at_every_process_that_runs(shell: Shell) -> None:
    # A house that has just begun may not have heard of rights yet.
    until("all to be well", lambda: shell.run("doctor").returncode == 0 or None)
    said = shell.ok("doctor")
    for name in (*ROOMS, *DOORS):
        assert f"✓ {name}: ready" in said
    assert "✓ evidence: who serves can add to it, and change nothing" in said
    assert "what a creator takes back leaves every surface within 30 s" in said


@on("embedded")
def test_a_second_house_on_the_same_folder_is_refused(house: House) -> None:
    done = typed("up", "--data", house._data, "--port", str(free_port()), CHORUS_SECRET_KEY=KEYS[0])
    failed(done, EXIT_FAILED, "Another Chorus runs on", "--data")
    assert running(house._data) == house.addresses


# --- before anything runs ---------------------------------------------------------------------------------------------


def test_a_doctor_finds_nothing_wrong_with_a_machine_that_can_start(tmp_path: Path) -> None:
    done = chorus("doctor", "--data", tmp_path / "new", "--port", str(free_port()))
    assert (done.returncode, done.stderr) == (0, "")
    assert "✗" not in done.stdout
    assert not (tmp_path / "new").exists()


def test_a_doctor_names_everything_that_keeps_a_house_from_starting(tmp_path: Path, taken_port: int) -> None:
    made_by = tmp_path / "postgres" / "data" / "PG_VERSION"
    made_by.parent.mkdir(parents=True)
    made_by.write_text("12\n")
    done = chorus("doctor", "--data", tmp_path, "--port", str(taken_port))
    assert done.returncode == EXIT_FAILED
    assert "was made by PostgreSQL 12" in done.stdout
    assert "pg_dumpall" in done.stdout
    assert f"✗ port {taken_port}: taken" in done.stdout


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_doctor_names_every_bad_variable_at_once(tmp_path: Path) -> None:
    done = chorus(
        "doctor",
        "--data",
        tmp_path,
        CHORUS_DATABASE_URL="postgresql://nobody:x@127.0.0.1:9/none",
        CHORUS_EVENTS_URL="kafka://127.0.0.1:9",
        CHORUS_SECRET_KEY="short",
        CHORUS_MEDIA_URL="nowhere",
        CHORUS_RIGHTS_GRACE="soon",
    )
    assert done.returncode == EXIT_FAILED
    assert "Traceback" not in done.stderr + done.stdout
    for name in ("CHORUS_SECRET_KEY", "CHORUS_PUBLIC_URL", "CHORUS_CONSOLE_URL", "CHORUS_MEDIA_URL", "RIGHTS_GRACE"):
        assert name in done.stdout
    for name in ("database", "event log", "settings of rights", "settings of console"):
        assert f"✗ {name}" in done.stdout


@pytest.mark.parametrize("name", [*ROOMS, *DOORS])
def test_a_process_that_lacks_configuration_names_all_of_it_and_ends(name: str) -> None:
    command = [sys.executable, "-m", f"chorus.{name}"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False, timeout=_SECONDS)
    assert done.returncode == EXIT_USAGE
    assert "Traceback" not in done.stderr
    for variable in ("CHORUS_SECRET_KEY", "CHORUS_PUBLIC_URL", "CHORUS_CONSOLE_URL"):
        assert variable in done.stderr
    assert ("CHORUS_DATABASE_URL" in done.stderr) == (name in ROOMS)


def test_the_command_explains_itself_and_refuses_what_it_does_not_know() -> None:
    done = typed()
    assert (done.returncode, "Usage:" in done.stdout + done.stderr) == (EXIT_USAGE, True)
    failed(typed("dance"), EXIT_USAGE, "dance")


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("brand",),
        ("source",),
        ("surface",),
        ("webhook",),
        ("events",),
        ("up",),
        ("demo",),
        ("doctor",),
        ("migrate",),
    ],
)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    done = chorus(*words, "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout


def test_a_demo_of_no_pictures_says_so(tmp_path: Path) -> None:
    failed(chorus("demo", "--once", "--photos", tmp_path), EXIT_FAILED, "holds no pictures")
    failed(chorus("demo", "--once", "--photos", tmp_path / "none"), EXIT_FAILED, "cannot be read")


# --- a house of its own -----------------------------------------------------------------------------------------------


@contextmanager
def up(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Start `chorus up` and wait until it says that it runs; killed at the end where it still does."""
    command = [sys.executable, "-m", "chorus.cli", "up", "--data", str(data), "--port", str(port)]
    # A test run that was itself started in the background ignores Ctrl-C, and its children would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        until("the house to run or to end", lambda: running(data) or process.poll() is not None)
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        yield process
    finally:
        signal.signal(signal.SIGINT, before)
        if process.poll() is None:
            process.kill()
        process.communicate()


def started_by(pid: int) -> list[int]:
    """Name a process's children, and theirs: services are forked from one of them."""
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(each for child in children for each in started_by(child))]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def interrupted(process: subprocess.Popen[str], by: signal.Signals) -> str:
    """Press Ctrl-C, or ask to end; hold the house to leaving nobody behind. Gives what it had printed."""
    children = started_by(process.pid)
    assert len(children) >= len(ROOMS) + len(DOORS) + 1
    process.send_signal(by)
    said, complained = process.communicate(timeout=_SECONDS)
    assert process.returncode == 0, complained
    assert "Traceback" not in complained
    assert [pid for pid in children if lives(pid)] == []
    return said


@pytest.mark.postgres
def test_ctrl_c_ends_every_child_and_a_second_up_finds_everything_as_it_was(make_folder: Callable[[], Path]) -> None:
    data, port = make_folder() / "data", free_port()
    shell = Shell(data)
    with up(data, port) as process:
        shell.ok("brand", "create", "lumen", "--name", "Lumen", "--admin", "ada@lumen.example")
        shell.ok("surface", "add", "lumen", "wall", "--title", "Wall", "--address", "https://lumen.example/")
        before = [shell.json("brand", "list"), shell.json("surface", "list", "lumen"), shell.json("source", "kinds")]
        said = interrupted(process, signal.SIGINT)
    assert f"http://localhost:{port}" in said
    assert running(data) is None
    failed(shell.run("brand", "list"), EXIT_FAILED, "No Chorus runs on")
    with up(data, port) as process:
        after = [shell.json("brand", "list"), shell.json("surface", "list", "lumen"), shell.json("source", "kinds")]
        assert after == before
        address = _addresses(data).public
        feed = f"{address}/v1/lumen/surfaces/wall/feed.json"
        until("the surface", lambda: httpx2.get(feed, trust_env=False).is_success or None)
        interrupted(process, signal.SIGTERM)


def _addresses(data: Path) -> Addresses:
    found = running(data)
    assert found is not None
    return found


@pytest.mark.postgres
def test_a_demo_walks_to_its_end_and_prints_the_feed_alone(make_folder: Callable[[], Path]) -> None:
    done = typed("demo", "--once", "--data", make_folder() / "data")
    assert done.returncode == 0, done.stderr
    feed = json.loads(done.stdout)
    assert problems("feed", feed) == []
    assert {author["name"] for each in feed["items"] for author in each["authors"]} >= {"Kenji Demo", "Mira Example"}
    assert not [each for each in feed["items"] if "BUY FOLLOWERS" in each["content_text"]]
    assert "approving" in done.stderr
    assert "Traceback" not in done.stderr
