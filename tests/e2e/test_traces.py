"""One approval, followed by its trace id through the logs of every process that it comes through."""

from __future__ import annotations

import json
from typing import Any

import pytest
from opentelemetry.trace import format_span_id

from chorus.local.house import House
from chorus.local.people import until
from chorus.local.pictures import draw
from tests.house.collector import Collector
from tests.house.fixtures import on
from tests.house.story import Story

pytestmark = on("embedded")
Line = dict[str, Any]


def lines(house: House, process: str) -> list[Line]:
    """Read what a process has logged; what is no JSON was not written by its log."""
    texts = house.children[process].log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [json.loads(text) for text in texts if text.startswith("{") and text.endswith("}")]


@pytest.mark.postgres
def test_an_approval_is_followed_by_its_trace_from_the_console_to_the_surface(
    story: Story, house: House, collector: Collector
) -> None:
    story.open_uploads()
    photo = {"photo": ("lamp.jpg", draw(2, width=640, height=480), "image/jpeg")}
    page = story.visitor.get(f"/{story.brand}/share")
    story.visitor.submit(page, "Share this picture", files=photo, consent="yes", creator_name="Kenji Demo")
    (post,) = story.arrived(1)
    story.decide(post)
    story.shows({post["post"]})
    key = f"{story.brand}/{post['post']}"

    def heard() -> Line | None:
        found = [line for line in lines(house, "publishing") if (line.get("fact"), line.get("key")) == ("decided", key)]
        return found[0] if found else None

    trace = until("publishing to log the decision", heard)["trace_id"]
    said = {name: [line for line in lines(house, name) if line.get("trace_id") == trace] for name in house.children}
    assert [line["method"] for line in said["console"]] == ["POST"]
    assert [line["rpc"].rpartition(".")[2] for line in said["curation"]] == ["Curation/Decide"]
    assert {line["fact"] for line in said["rights"] if "fact" in line} == {"decided"}
    assert "placement worked on" in {line["event"] for line in said["publishing"]}
    assert all(len(line["span_id"]) == len(format_span_id(0)) for found in said.values() for line in found)
    (decided,) = said["curation"]
    until("the span of the call", lambda: collector.causes_of(decided["span_id"]) or None)
