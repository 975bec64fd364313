"""Everything by which something can still be seen, looked at ten times a second: what counts is when it was seen last.

A surface is looked at as its readers do: its feed, its pictures, and `changes`, by which who copies posts learns of a
withdrawal; each at the public address and at every further process that reads. A visitor has the gallery open, in a
browser. A web team has subscribed.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import httpx2
from playwright.sync_api import Browser, Page

from chorus.local.people import until
from tests.house.story import Story
from tests.receiver import Received, Receiver, Said

_PATIENCE = 5.0
_LOOK_SECONDS = 0.1
# Pictures of what was taken back last: those are looked at.
_LAST = 3
# What the element shows is noted however long its own look takes.
_VISITOR = """() => {
  const gallery = document.querySelector('chorus-gallery');
  window.seen = {}; window.looks = 0;
  const note = () => {
    for (const image of gallery.shadowRoot.querySelectorAll('[part=item] img'))
      seen[/\\/media\\/[^/]+\\/([^/]+)\\//.exec(image.currentSrc || image.src)?.[1]] = Date.now() / 1000;
    looks += 1;
  };
  setInterval(note, 100);
  (async () => { for (;;) { await gallery.refresh(); await new Promise(done => setTimeout(done, 100)); } })();
}"""


@dataclass
class Seen:
    """When each placement was last seen, by kind of surface; what is not told yet counts as seen."""

    taken_back: list[str] = field(default_factory=list)
    told_by_webhook: set[str] = field(default_factory=set)
    last: defaultdict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    looks: int = 0

    def note(self, kind: str, placements: Iterable[str], at: float) -> None:
        """Note what is seen at a time, and keep the latest."""
        for each in placements:
            self.last[kind][each] = max(at, self.last[kind].get(each, 0.0))

    def seconds(self, kind: str, told: dict[str, float]) -> list[float]:
        """List how long after its creator was told each was last seen in this way, the shortest first."""
        return sorted(max(0.0, self.last[kind].get(placement, 0.0) - at) for placement, at in told.items())


class Reader:
    """Whoever reads a surface at one address, in a thread of its own."""

    def __init__(self, seen: Seen, story: Story, origin: str, posts: int) -> None:
        """Look at `origin` in place of the public one; from when all posts are there on, what each shows is known."""
        self._seen = seen
        self._base = story.address("").replace(story.house.addresses.public, origin)
        self._public, self._origin = story.house.addresses.public, origin
        self._http = httpx2.Client(trust_env=False, timeout=_PATIENCE)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_looking, daemon=True)
        self._told: set[str] = set()
        self._cursor = ""
        self._pictures: dict[str, str] = {}
        until(f"{posts} posts at {origin}", lambda: self._knows(posts) or None)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._http.close()

    def _keep_looking(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            at = time.time()
            taken_back = [each for each in list(self._seen.taken_back) if each in self._pictures]
            self._seen.note("feed", self._shown(), at)
            self._seen.note("pictures", filter(self._is_there, taken_back[-_LAST:]), at)
            self._read_changes()
            self._seen.note("changes", set(taken_back) - self._told, at)
            self._seen.looks += 1

    def _knows(self, posts: int) -> bool:
        self._pictures = self._shown()
        return self._read_changes() and len(self._pictures) == posts

    def _get(self, address: str) -> httpx2.Response | None:
        """Ask; None where nobody answers, or it cannot be known."""
        try:
            answer = self._http.get(address)
        except httpx2.TransportError:
            return None
        return answer if answer.is_success else None

    def _shown(self) -> dict[str, str]:
        """Map what the feed shows to a picture of each."""
        answer = self._get(f"{self._base}feed.json?limit=100")
        items = answer.json()["items"] if answer else []
        return {each["id"]: each["_chorus"]["media"][0]["renditions"][0]["url"] for each in items}

    def _is_there(self, placement: str) -> bool:
        return self._get(self._pictures[placement].replace(self._public, self._origin)) is not None

    def _read_changes(self) -> bool:
        answer = self._get(f"{self._base}changes?since={self._cursor}")
        if answer is None:
            return False
        document = answer.json()
        self._told |= {each["placement_id"] for each in document["changes"] if each["type"] == "withdrawn"}
        self._cursor = document["cursor"]
        return True


class Visitor:
    """Somebody who has the gallery open and whose element looks again and again."""

    def __init__(self, seen: Seen, story: Story, browser: Browser) -> None:
        public = story.house.addresses.public
        self._seen = seen
        self._page: Page = browser.new_page()
        self._page.set_content(
            f'<script src="{public}/gallery/chorus-gallery.js" defer></script>'
            f'<chorus-gallery src="{story.address("feed.json")}?limit=100" limit="100"></chorus-gallery>'
        )
        self._page.wait_for_function("document.querySelector('chorus-gallery').shadowRoot?.querySelector('img')")
        self._page.evaluate(_VISITOR)

    def leave(self) -> None:
        """Tell what was seen."""
        seen: dict[str, float] = self._page.evaluate("window.seen")
        for placement, at in seen.items():
            self._seen.note("gallery", [placement], at)
        self._seen.looks += int(self._page.evaluate("window.looks"))
        self._page.close()


@contextmanager
def web_team_of(seen: Seen, story: Story, web_team: Receiver) -> Iterator[None]:
    """Have a web team subscribed, and note when each withdrawal came; what never came is seen to the end."""
    path, told = f"/{story.brand}", seen.told_by_webhook

    def take(request: Received) -> Said:
        if request.path == path and request.type == "post.withdrawn" and request.placement not in told:
            told.add(request.placement)
            seen.note("webhook", [request.placement], time.time())
        return Said()

    web_team.answer = take
    story.subscribe(web_team.url(path))
    try:
        yield
        until("every webhook", lambda: set(seen.taken_back) <= told or None)
    finally:
        web_team.answer = lambda _: Said()
