"""Facts flow one way: `platform/topics.py` says who owns and who reads a topic, and the code does just that."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor

from chorus.platform import topics
from chorus.platform.topics import TOPICS, Topic

_HOUSE = Path(__file__).parents[2] / "services" / "chorus"
# From left to right: a service decides only from topics to its left.
SERVICES = ("brands", "ingest", "curation", "rights", "publishing")
DOORS = ("console", "creator")
_CONSTANTS = {name: value for name, value in vars(topics).items() if isinstance(value, Topic)}


def _used(room: str) -> set[str]:
    """Name the topics that a room's code imports from the platform."""
    names = {
        alias.name
        for file in (_HOUSE / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "chorus.platform.topics"
        for alias in node.names
    }
    return {_CONSTANTS[name].name for name in names if name in _CONSTANTS}


def _owned(service: str) -> set[str]:
    return {topic.name for topic in TOPICS.values() if topic.owner == service}


def _read(service: str) -> set[str]:
    return {topic.name for topic in TOPICS.values() if service in topic.readers}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_uses_the_topics_that_it_owns_and_reads_and_no_other(service: str) -> None:
    assert _used(service) == _owned(service) | _read(service)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_hears_and_says_nothing(door: str) -> None:
    assert _used(door) == set()


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_a_topic_is_read_only_to_the_right_of_its_owner_but_for_the_one_that_lets_go(topic: Topic) -> None:
    if topic is topics.ERASURE:
        assert topic.readers == {"ingest"}
        return
    assert all(SERVICES.index(reader) > SERVICES.index(topic.owner) for reader in topic.readers)


@pytest.mark.parametrize("service", SERVICES)
def test_the_sign_on_the_door_names_what_the_service_hears_and_says(service: str) -> None:
    sign = importlib.import_module(f"chorus.{service}").__doc__ or ""
    assert {name for name in TOPICS if name in sign} == _owned(service) | _read(service)


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_a_topic_has_the_facts_of_its_message(topic: Topic) -> None:
    assert set(topic.facts) == {field.name for field in _message(topic).oneofs_by_name["fact"].fields}


def _message(topic: Topic) -> Descriptor:
    """Find `RightsEvent` in `events/v1/rights.proto` for `chorus.rights.v1`, and so on."""
    name = topic.name.split(".")[1]
    module = importlib.import_module(f"chorus.api.events.v1.{name}_pb2")
    descriptor: Descriptor = module.DESCRIPTOR.message_types_by_name[f"{name.capitalize()}Event"]
    return descriptor
