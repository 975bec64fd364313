"""Posts with pictures that go the whole way while everything fails: delivered, approved, granted, some taken back."""

from __future__ import annotations

import uuid

from chorus.local.people import until
from tests.chaos.ledger import Acknowledged, Ledger
from tests.chaos.people import People, insist
from tests.chaos.sender import Sender
from tests.chaos.stream import Finished
from tests.house.story import Story

_TAKEN = 202


class Journeys:
    """Walks one post after the other; every second one is taken back in the end."""

    def __init__(self, story: Story, people: People, ledger: Ledger, count: int) -> None:
        self._story = story
        self._people = people
        self._ledger = ledger
        self._count = count
        self._sender = Sender(story)
        self.failure: BaseException | None = None

    def walk(self) -> None:
        """Walk them all; what went wrong lies in `failure`."""
        try:
            for number in range(self._count):
                self._walk(number)
        except BaseException as error:  # noqa: BLE001 -- a thread's failure is the test's to raise
            self.failure = error

    def _walk(self, number: int) -> None:
        name, post = self._deliver(number)
        insist("its picture", lambda: self._has_picture(post))
        self._people.approve([Finished(name, post, 1)])
        link = self._people.ask(post)
        self._people.grant(post, link)
        if number % 2:
            self._people.revoke(post, link)

    def _deliver(self, number: int) -> tuple[str, str]:
        item = self._story.item(100_000 + number, seed=number % 7) | {"id": f"journey-{number}"}
        message_id = f"msg_{uuid.uuid4().hex}"
        until("the delivery to be taken", lambda: self._sender.send(message_id, item) == _TAKEN or None)
        self._ledger.write(Acknowledged("said", str(item["id"]), 1, str(item["text"])))
        return str(item["id"]), str(self._sender.answer["results"][0]["post"])

    def _has_picture(self, post: str) -> bool | None:
        """Wait for curation to have it: rights asks for the pictures that the curator saw."""
        found = self._story.call("curation.v1.Curation/BatchGetPosts", posts=[post]).get("posts", [])
        return any(media["state"] == "MEDIA_STATE_READY" for each in found for media in each["media"]) or None
