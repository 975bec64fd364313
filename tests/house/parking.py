"""Facts that cannot be read, and the command line that settles them."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from typing import Any

from chorus.local.house import House
from chorus.local.people import until
from chorus.platform.events import Outgoing, open_log
from chorus.platform.topics import Topic
from tests.house.story import Story
from tests.serving import KEYS


def chorus(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line beside a house."""
    command = [sys.executable, "-m", "chorus.cli", *words, "--data", str(house._data)]
    environ = house._environ | {"CHORUS_SECRET_KEY": KEYS[0], "NO_COLOR": "1"}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=300)


def parked(story: Story) -> list[dict[str, Any]]:
    """List what is parked of a brand, in every room."""
    done = chorus(story.house, "events", "parked", "--json")
    assert done.returncode == 0, done.stderr
    return [each for each in json.loads(done.stdout) if each["key"].startswith(f"{story.brand}/")]


def poison(story: Story, topic: Topic, post: str) -> None:
    """Write what nobody can read onto a topic, among the facts of one post."""
    house = story.house
    assert house.engines is not None
    log = open_log(house.engines.events, prefix=house._environ.get("CHORUS_EVENTS_PREFIX", ""))
    producer = log.producer()
    headers = {"ce_type": "unreadable", "ce_id": uuid.uuid4().hex}
    record = Outgoing(topic.name, f"{story.brand}/{post}", b"\xff\xff no event", headers)
    until("the log to take it", lambda: producer.send([record]) == 1 or None)
    producer.close()
