"""The browser app's files, as vite writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from chorus.console.web_app import routes
from chorus.errors import ChorusError
from chorus.platform.web import problem


async def refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ChorusError)
    return problem(error)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-abc.js").write_text("app()")
    (tmp_path / "index.html").write_text("<title>Chorus</title>")
    (tmp_path / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return tmp_path


@pytest.fixture
def client(folder: Path) -> TestClient:
    return TestClient(Starlette(routes=routes(folder), exception_handlers={ChorusError: refused}))


@pytest.mark.parametrize("path", ["/", "/lumen/queue", "/lumen/posts/0193abc?x=1"])
def test_every_address_of_the_console_is_the_app_read_anew(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.text == "<title>Chorus</title>"
    assert answer.headers["cache-control"] == "no-cache"


def test_files_named_by_their_content_are_kept_for_ever(client: TestClient) -> None:
    assert "immutable" in client.get("/assets/index-abc.js").headers["cache-control"]


@pytest.mark.parametrize("path", ["/robots.txt", "/assets/gone.js", "/assets/../index.html.bak"])
def test_a_missing_file_is_not_answered_with_the_app(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_app_that_was_not_built_says_how_to_build_it(client: TestClient, folder: Path) -> None:
    (folder / "index.html").unlink()
    answer = client.get("/lumen/queue")
    assert answer.status_code == 503
    assert "npm run build" in answer.text
