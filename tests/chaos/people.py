"""Curators and creators who go on with their work while everything fails: each act again until it is answered."""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import httpx2

from chorus.local.errors import HouseError
from tests.chaos.ledger import Acknowledged, Ledger
from tests.chaos.stream import Finished
from tests.house.story import WEB, Story

T = TypeVar("T")
Json = dict[str, Any]
# The last one: the post, or what was decided about it, has not arrived where it is asked about.
_NOT_NOW = ("answered 503", "answered 429", "failed_precondition")
_BATCH = 20
# A reader that is killed every few seconds hears of nothing: its group takes ten to notice that a member is dead.
_PATIENCE_SECONDS = 1800.0
_SHOWN = {"surface": "wall", "title": "wall", "address": "https://lumen.example/", "scope": WEB}


def insist(what: str, act: Callable[[], T | None]) -> T:
    """Act again and again until there is an answer; before it, only "not just now" may be said."""

    def attempt() -> T | None:
        try:
            return act()
        except httpx2.TransportError:
            return None
        except HouseError as error:
            if any(word in str(error) for word in _NOT_NOW):
                return None
            raise

    end = time.monotonic() + _PATIENCE_SECONDS
    while (answer := attempt()) is None:
        assert time.monotonic() < end, f"waited {_PATIENCE_SECONDS:.0f} s for {what}"
        time.sleep(0.1)
    return answer


class People:
    """They act in one brand and write down what was acknowledged."""

    def __init__(self, story: Story, ledger: Ledger) -> None:
        self._story = story
        self._ledger = ledger

    def decide_all(self, finished: queue.SimpleQueue[Finished | None]) -> None:
        """Approve what is finished, in batches, until told that no more comes."""
        more = True
        while more:
            taken = [finished.get()]
            while len(taken) < _BATCH and not finished.empty():
                taken.append(finished.get())
            more = None not in taken
            self.approve([each for each in taken if each])

    def approve(self, posts: Sequence[Finished]) -> None:
        """Approve posts in one command."""
        if not posts:
            return
        chosen = [{"post": each.post, "revision": each.revision} for each in posts]
        command: Json = {"posts": chosen, "state": "STATE_APPROVED", "requestId": str(uuid.uuid4())}
        insist("a decision", lambda: self._story.call("curation.v1.Curation/Decide", **command))
        for each in posts:
            self._ledger.write(Acknowledged("approved", each.name, each.revision))

    def ask(self, post: str) -> str:
        """Ask for the wall; gives the creator's link."""
        command = {"post": post, "scope": WEB, "surfaces": [_SHOWN], "days": 365, "requestId": str(uuid.uuid4())}
        answer = insist("a request", lambda: self._story.call("rights.v1.Rights/CreateRequest", **command))
        self._ledger.write(Acknowledged("asked", post))
        return str(answer["link"])

    def grant(self, post: str, link: str) -> None:
        """Say yes."""
        self._press(link, "Yes, you may")
        self._ledger.write(Acknowledged("granted", post))

    def revoke(self, post: str, link: str) -> None:
        """Take it back."""
        self._press(link, "Yes, take it back")
        self._ledger.write(Acknowledged("revoked", post))

    def _press(self, link: str, button: str) -> None:
        """Press a button of the creator's page; where it is gone, an earlier try was taken whose answer was lost."""

        def press() -> bool:
            page = self._story.visitor.get(link)
            if button in page.text:
                self._story.visitor.submit(page, button)
            return True

        insist(button, press)
