"""What docs/webhooks.md says: its example is run as it stands there, and sent to by Chorus itself."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from chorus.local.child import free_port
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import Ended
from tests.contract.publishing_house import PublishingHouse, prepared
from tests.contract.telling import Telling
from tests.contract.test_feed_schema import DOCS, problems
from tests.engines import wait_until
from tests.engines.fixtures import MakeDatabase
from tests.engines.process import accepts

TEXT = (DOCS / "webhooks.md").read_text()


def example(language: str) -> str:
    """Take the one example in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)
    return str(found)


def test_the_example_of_a_message_is_valid_and_a_withdrawal_has_a_reason_and_no_item() -> None:
    event = json.loads(example("json"))
    assert problems("webhook", event) == []
    assert problems("webhook", event | {"type": "post.moved"}) != []
    assert problems("webhook", event | {"version": 2}) != []
    assert problems("webhook", event | {"type": "post.placed"}) != []
    del event["data"]["reason"]
    assert problems("webhook", event) != []


@contextmanager
def running(code: str, folder: Path, secret: str, port: int) -> Iterator[None]:
    """Run the Python example with a secret."""
    (folder / "receive.py").write_text(code)
    environ = {**os.environ, "CHORUS_WEBHOOK_SECRET": secret, "PORT": str(port), "POSTS": str(folder / "posts")}
    with subprocess.Popen([sys.executable, folder / "receive.py"], env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(lambda: accepts(port), "the example to listen")
            yield
        finally:
            process.terminate()


@pytest.mark.postgres
def test_the_python_example_keeps_what_is_shown_and_nothing_else(make_database: MakeDatabase, tmp_path: Path) -> None:
    with closing(PublishingHouse(make_database("publishing", prepared), tmp_path)) as house:
        house.surface()
        telling, port = Telling(house), free_port()
        endpoint, secret = telling.subscribe(f"http://127.0.0.1:{port}/hooks")
        with running(example("python"), tmp_path, secret, port):
            for name in ("stays", "goes"):
                house.approved(name)
            house.work()
            telling.send()
            house.hear("goes", Ended("g-goes", GrantState.REVOKED))
            telling.send()
            telling.replay(endpoint, since=endpoint.created_at)
            telling.send()
        assert {each.state for each in telling.deliveries(endpoint)} == {"delivered"}
        with closing(sqlite3.connect(tmp_path / "posts")) as posts:
            items = [json.loads(item) for (item,) in posts.execute("SELECT item FROM items")]
        assert [each["_chorus"]["post_id"] for each in items] == ["stays"]
