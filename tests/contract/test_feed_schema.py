"""The published schemas of a surface's feed and changes: what they take, what they refuse, and the examples."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.browser.feed_server import Surface

DOCS = Path(__file__).parents[2] / "docs"
SCHEMAS = {path.name.split(".")[0]: json.loads(path.read_text()) for path in (DOCS / "schema").glob("*.json")}
REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()
)
# As newer releases of jsonschema write a name that starts with an underscore.
QUOTED = "['_chorus']"
Change = Callable[[dict[str, Any]], object]


def problems(name: str, document: object) -> list[str]:
    """Say what the schema finds wrong, each with the path to it."""
    validator = Draft202012Validator(SCHEMAS[name], registry=REGISTRY)
    return [
        f"{error.json_path.replace(QUOTED, '._chorus')}: {error.message}" for error in validator.iter_errors(document)
    ]


def documented(key: str) -> dict[str, Any]:
    """Return the example in docs/feeds.md that has this key at its top."""
    examples = re.findall(r"```json\n(.*?)```", (DOCS / "feeds.md").read_text(), flags=re.DOTALL)
    example: dict[str, Any] = next(each for each in map(json.loads, examples) if key in each)
    return example


def placed() -> dict[str, Any]:
    changes = documented("changes")
    change = changes["changes"][0]
    del change["reason"]
    return changes | {"changes": [change | {"type": "placed", "item": documented("items")["items"][0]}]}


def test_the_schemas_are_schemas() -> None:
    assert set(SCHEMAS) == {"feed", "changes", "webhook", "takedown"}
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_the_documented_examples_are_valid() -> None:
    assert problems("feed", documented("items")) == []
    assert problems("changes", documented("changes")) == []
    assert problems("changes", placed()) == []


def test_the_feed_that_the_gallery_is_tested_on_is_valid() -> None:
    feed = Surface(page_size=3).feed("http://127.0.0.1:8000", 0)
    assert len(feed["items"]) == 3
    assert problems("feed", feed) == []


def test_a_reader_must_bear_what_it_does_not_know() -> None:
    feed = documented("items") | {"_later": True}
    feed["items"][0]["_chorus"]["later"] = {"more": 1}
    assert problems("feed", feed) == []


@pytest.mark.parametrize(
    ("break_it", "path"),
    [
        (lambda feed: feed.update(version="https://jsonfeed.org/version/1"), "$.version"),
        (lambda feed: feed.pop("_chorus"), "$"),
        (lambda feed: feed["items"][0].pop("id"), "$.items[0]"),
        (lambda feed: feed["items"][0].update(url="javascript:alert(1)"), "$.items[0].url"),
        (lambda feed: feed["items"][0].update(date_published="yesterday"), "$.items[0].date_published"),
        (lambda feed: feed["items"][0].update(authors=[]), "$.items[0].authors"),
        (lambda feed: feed["items"][0]["_chorus"].update(credit=""), "$.items[0]._chorus.credit"),
        (lambda feed: feed["items"][0]["_chorus"].update(valid_until=1), "$.items[0]._chorus.valid_until"),
        (lambda feed: feed["items"][0]["_chorus"].update(mine_url="/lumen/mine"), "$.items[0]._chorus.mine_url"),
        (lambda feed: feed["items"][0]["_chorus"]["media"][0].pop("alt"), "$.items[0]._chorus.media[0]"),
        (lambda feed: feed["items"][0]["_chorus"]["media"][0].update(width=0), "$.items[0]._chorus.media[0].width"),
        (
            lambda feed: feed["items"][0]["_chorus"]["media"][0].update(renditions=[]),
            "$.items[0]._chorus.media[0].renditions",
        ),
        (
            lambda feed: feed["items"][0]["_chorus"]["media"][0]["focal"].update(x=2),
            "$.items[0]._chorus.media[0].focal.x",
        ),
    ],
)
def test_a_feed_that_would_mislead_is_refused(break_it: Change, path: str) -> None:
    feed = copy.deepcopy(documented("items"))
    break_it(feed)
    assert [problem.split(": ")[0] for problem in problems("feed", feed)][:1] == [path]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda changes: changes.pop("cursor"),
        lambda changes: changes["changes"][0].update(type="moved"),
        lambda changes: changes["changes"][0].pop("reason"),
        lambda changes: changes["changes"][0].update(reason="because"),
        lambda changes: changes["changes"][0].update(item=documented("items")["items"][0]),
    ],
)
def test_a_withdrawal_without_its_reason_or_with_an_item_is_refused(break_it: Change) -> None:
    changes = documented("changes")
    break_it(changes)
    assert problems("changes", changes) != []


def test_a_placement_has_no_reason() -> None:
    changes = placed()
    changes["changes"][0]["reason"] = "revoked"
    assert problems("changes", changes) != []
