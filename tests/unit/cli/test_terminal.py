"""What the command line prints of answers and failures."""

from __future__ import annotations

import json

import pytest
import typer

from chorus.api.brands.v1 import brands_pb2 as brands
from chorus.api.ingest.v1 import ingest_pb2 as ingest
from chorus.api.types.v1 import access_pb2 as access
from chorus.cli.terminal import show, told_plainly
from chorus.errors import ChorusError, Invalid, NotFound

MADE = ingest.CreateSourceResponse(
    source=ingest.Source(source="shop", title="ROLE_ADMIN at work", health=ingest.SOURCE_HEALTH_PAUSED), secret="whsec"
)


def printed(error: ChorusError, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(typer.Exit), told_plainly():
        raise error
    return capsys.readouterr().err


def test_a_person_reads_what_an_answer_wraps_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    show(MADE, as_json=False)
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert lines == {"source": "shop", "title": "ROLE_ADMIN at work", "health": "paused", "secret": "whsec"}


def test_a_person_reads_a_role_as_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    show(brands.Member(email="ben@x.example", role=access.ROLE_RIGHTS_MANAGER), as_json=False)
    assert "role: rights_manager" in capsys.readouterr().out


def test_a_script_reads_an_answer_as_its_proto_has_it(capsys: pytest.CaptureFixture[str]) -> None:
    show(MADE, as_json=True)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["source"]["health"], answer["secret"]) == ("SOURCE_HEALTH_PAUSED", "whsec")


def test_a_failure_says_nothing_twice_and_names_its_field(capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(
        Invalid("Some fields are not right: Too long. No name.", fields={"a": "Too long.", "b": "No name."}), capsys
    )
    assert (said.count("Too long."), said.count("No name."), "(a, b)" in said) == (1, 1, True)
    assert "settings.url: Use https." in printed(Invalid("Not so.", fields={"settings.url": "Use https."}), capsys)
    assert "(NOT_FOUND)" in printed(NotFound("There is no source."), capsys)
