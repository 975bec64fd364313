"""A stream of posts, edits and deletions, each sent again until it is taken, while everything around it fails."""

from __future__ import annotations

import queue
import random
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from chorus.local.people import until
from tests.chaos.ledger import Acknowledged, Ledger
from tests.chaos.sender import UNANSWERED, Sender
from tests.house.story import Story

Json = dict[str, Any]
_TAKEN = 202
_NOT_NOW = {UNANSWERED, 429, 503}
_BEGUN = datetime(2026, 11, 20, 9, tzinfo=UTC)
_THREADS = 6
# Posts that a thread has in hand at once: what is edited lies among what is new.
_IN_HAND = 12


@dataclass
class _Post:
    name: str
    versions: int
    deleted: bool
    media: list[Json]
    sent: int = 0
    id: str = ""

    @property
    def acts(self) -> int:
        return self.versions + self.deleted


@dataclass(frozen=True)
class Finished:
    """A post that is sent no more: its id here, and its last revision."""

    name: str
    post: str
    revision: int


@dataclass
class Stream:
    """Sends `events` acts, as far as `allow` lets it; what is finished, not deleted, lies in `finished`."""

    story: Story
    ledger: Ledger
    events: int
    seed: int
    finished: queue.SimpleQueue[Finished | None] = field(default_factory=queue.SimpleQueue)
    answers: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._allowed = threading.Semaphore(0)
        self._left = self.events
        self._lock = threading.Lock()
        self._picture = self.story.item(0, seed=self.seed % 1000)["media"]
        self._threads = [
            threading.Thread(target=self._send_all, args=(number,), name=f"stream-{number}", daemon=True)
            for number in range(_THREADS)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure:
            self._left = 0
        self.allow(self.events + _THREADS)
        for thread in self._threads:
            thread.join()

    @property
    def taken(self) -> int:
        """How many acts were acknowledged."""
        return self.answers[_TAKEN]

    def allow(self, count: int) -> None:
        """Let so many more acts be sent."""
        self._allowed.release(count)

    def reached(self, count: int) -> None:
        """Wait until so many acts were acknowledged: as long as it takes while one more always is."""
        while (taken := self.taken) < min(count, self.events):
            until("one more act to be taken", lambda taken=taken: self.taken > taken or None)  # type: ignore[misc]  # mypy cannot type a default in a lambda

    def _send_all(self, thread: int) -> None:
        sender, chance = Sender(self.story), random.Random(f"{self.seed}/{thread}")
        in_hand: list[_Post] = []
        number = 0
        while self._take_turn():
            if len(in_hand) < _IN_HAND:
                in_hand.append(self._plan(f"{thread}-{number}", chance))
                number += 1
            post = chance.choice(in_hand)
            self._act(sender, post)
            if chance.random() < 0.05:
                self._repeat(sender, post, chance)
            if post.sent == post.acts:
                in_hand.remove(post)
                if not post.deleted:
                    self.finished.put(Finished(post.name, post.id, post.versions))

    def _take_turn(self) -> bool:
        self._allowed.acquire()
        with self._lock:
            self._left -= 1
            return self._left >= 0

    def _plan(self, name: str, chance: random.Random) -> _Post:
        media = self._picture if chance.random() < 0.03 else []
        return _Post(name, chance.choice([1, 1, 2, 3, 5]), chance.random() < 0.05, media)

    def _act(self, sender: Sender, post: _Post) -> None:
        """Do what comes next on a post until it is taken, and write it down."""
        post.sent += 1
        deletes = post.sent > post.versions
        body = {"type": "post.deleted", "ids": [post.name]} if deletes else self._body(post, post.sent)
        self._insist(sender, body)
        post.id = sender.answer["results"][0]["post"]
        said = "" if deletes else str(body["text"])
        self.ledger.write(Acknowledged("deleted" if deletes else "said", post.name, post.sent, said))

    def _repeat(self, sender: Sender, post: _Post, chance: random.Random) -> None:
        """Send an earlier version again: a sender that was not sure."""
        self._insist(sender, self._body(post, chance.randint(1, min(post.sent, post.versions))), counted=False)

    def _body(self, post: _Post, version: int) -> Json:
        edited = {"edited_at": (_BEGUN + timedelta(minutes=version)).isoformat()} if version > 1 else {}
        account = {"id": "mira", "handle": "mira", "name": "Mira Example"}
        text = f"Post {post.name}, version {version}"
        posted = {"id": post.name, "text": text, "posted_at": _BEGUN.isoformat(), "account": account}
        return {**posted, "media": post.media, **edited}

    def _insist(self, sender: Sender, body: Json, *, counted: bool = True) -> None:
        message_id = f"msg_{uuid.uuid4().hex}"

        def send() -> bool | None:
            status = sender.send(message_id, body)
            if counted or status != _TAKEN:
                with self._lock:
                    self.answers[status] += 1
            assert status in _NOT_NOW | {_TAKEN}, f"{status}: {sender.answer}"
            return status == _TAKEN or None

        until("the delivery to be taken", send)
