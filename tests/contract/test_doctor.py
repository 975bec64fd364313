"""The doctor finds each thing that is wrong with a process that runs, and with settings that should not stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from chorus.cli import checkup, precautions
from chorus.cli.checkup import LIMITS, Finding, Limit
from chorus.local.child import free_port
from chorus.local.servers import serve
from chorus.platform.metrics import METRICS
from chorus.platform.postgres import Database
from chorus.rights.adapters.mailer import MailSettings
from tests.engines.fixtures import MakeDatabase
from tests.mail_server import mail_server
from tests.serving import as_owner, database_of
from tests.unit.publishing.test_content_signer import issued

NOW = datetime.now(UTC)
KEY = "kFq3v9Zs0LwXy7Pb2Tn5RdJh8Gc4Ma1E"


class Process:
    """The two operational addresses of a process, saying what a test wants."""

    def __init__(self) -> None:
        self.address = ""
        self.ready = {"database": "ok"}
        self.metrics: dict[str, float] = {}

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/readyz", self._ready), Route("/metrics", self._metrics)]

    def _ready(self, _request: Request) -> Response:
        return JSONResponse(self.ready, 200 if set(self.ready.values()) == {"ok"} else 503)

    def _metrics(self, _request: Request) -> Response:
        lines = ["# HELP chorus_inbox_lag Facts", 'python_info{version="3"} 1.0']
        for name, value in self.metrics.items():
            exposed = METRICS[name].exposed
            lines += [f'{exposed}{{subscription="quiet"}} 0', f'{exposed}{{subscription="busy"}} {value}']
        return PlainTextResponse("\n".join(lines))


@pytest.fixture
def process() -> Iterator[Process]:
    with serve(Process()) as process:
        yield process


def wrong(found: Iterator[Finding]) -> list[Finding]:
    findings = [each for each in found if not each.well]
    assert all(each.advice for each in findings), "each says what to do"
    return findings


def test_a_process_that_is_well_is_ready(process: Process) -> None:
    process.metrics = {limit.metric: limit.most for limit in LIMITS}
    assert [(each.well, each.text) for each in checkup.check("rights", process.address)] == [(True, "ready")]


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.metric)
def test_what_a_process_owes_is_said_with_its_number(process: Process, limit: Limit) -> None:
    process.metrics = {limit.metric: 4321}
    (found,) = wrong(checkup.check("rights", process.address))
    assert "4321" in found.text


def test_what_a_process_waits_for_is_named(process: Process) -> None:
    process.ready = {"database": "ok", "objects": "does not answer"}
    (found,) = wrong(checkup.check("ingest", process.address))
    assert found.text == "objects: does not answer"


def test_a_process_that_is_not_there_does_not_answer() -> None:
    (found,) = wrong(checkup.check("rights", f"http://127.0.0.1:{free_port()}"))
    assert found.text == "does not answer"


@pytest.mark.parametrize(("date", "said"), [("Mon, 01 Jan 2001 00:00:00 GMT", "behind"), ("", None)])
def test_a_clock_that_differs_is_noticed(date: str, said: str | None) -> None:
    found = wrong(checkup._skewed("rights", date))
    assert [said in each.text for each in found if said] == [True] * len(found)
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("environ", "keys", "said"),
    [
        ({}, [KEY, KEY], "listed twice"),
        ({}, ["a" * 40], "could be guessed"),
        ({"CHORUS_PUBLIC_URL": "http://stories.example"}, [KEY], "not encrypted"),
        ({"CHORUS_PUBLIC_URL": "https://one.example", "CHORUS_CONSOLE_URL": "https://one.example"}, [KEY], "same one"),
        ({"CHORUS_FETCH_ALLOW": "10.0.0.1:80"}, [KEY], "10.0.0.1:80"),
    ],
)
def test_settings_that_should_not_stay_are_named(environ: dict[str, str], keys: list[str], said: str) -> None:
    (found,) = wrong(precautions.examine(environ, keys))
    assert said in found.text


def test_sound_settings_are_well_and_older_keys_are_counted() -> None:
    environ = {"CHORUS_PUBLIC_URL": "https://a.example", "CHORUS_CONSOLE_URL": "http://localhost:8081"}
    (found,) = precautions.examine(environ, [KEY, KEY[::-1]])
    assert found.well
    assert "1 older" in found.text


@pytest.mark.postgres
def test_evidence_that_only_triggers_guard_is_told_of(make_database: MakeDatabase) -> None:
    serving = database_of("rights", make_database)
    for url, said in ((serving, "change nothing"), (as_owner(serving), "guarded by triggers only")):
        with closing(Database(url)) as database:
            (found,) = precautions.evidence(database)
        assert (found.what, found.well) == ("evidence", True)
        assert said in found.text
    assert "CHORUS_DATABASE_OWNER_URL" in found.advice
    with closing(Database(database_of("brands", make_database))) as database:
        assert list(precautions.evidence(database)) == []


def test_a_development_key_is_called_one() -> None:
    found = precautions.signature(None, NOW)
    assert found.well
    assert "untrusted" in found.text
    assert "docs/provenance.md" in found.advice


def test_a_mail_server_is_looked_at_and_sent_nothing() -> None:
    none = precautions.mail(MailSettings())
    assert (none.well, "docs/asking.md" in none.advice) == (True, True)
    with mail_server() as box:
        url = f"smtp://127.0.0.1:{box.port}"
        found = precautions.mail(MailSettings(smtp_url=url))
        assert (found.well, found.text, box.taken) == (True, "handed in at 127.0.0.1", [])
    lost = precautions.mail(MailSettings(smtp_url=url))
    assert (lost.well, "takes nothing just now" in lost.text, bool(lost.advice)) == (False, True, True)


@pytest.mark.parametrize(
    ("later", "well", "said"),
    [(0, True, "by O=Lumen Lamps"), (40, False, "until"), (90, False, "no picture is placed")],
)
def test_a_certificate_of_pictures_that_ends_is_told_of_in_time(later: int, well: bool, said: str) -> None:
    credentials, _ = issued(ec.generate_private_key(ec.SECP256R1()))
    found = precautions.signature(credentials, NOW + timedelta(days=later))
    assert found.well is well
    assert said in found.text
    assert well or found.advice
