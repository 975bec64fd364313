"""Public renditions, from the object store, through a small memory."""

from __future__ import annotations

import threading
from collections import OrderedDict

from chorus.platform.objects import ObjectStore
from chorus.publishing.adapters.views import Page

# About 300 renditions; whoever needs more puts a cache in front.
_MOST_BYTES = 32 * 1024 * 1024


class Pictures:
    """Reads renditions; whether one may be shown is decided before, each time."""

    def __init__(self, public: ObjectStore, most_bytes: int = _MOST_BYTES) -> None:
        """Read from the public area."""
        self._public = public
        self._most = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, Page] = OrderedDict()
        self._lock = threading.Lock()

    def kept(self, key: str) -> Page | None:
        """Answer a rendition that was read lately."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def read(self, key: str) -> Page:
        """Read a rendition. Raises `NotFound`, `Unavailable`."""
        found = self._public.get(key)
        page = Page(found.content_type, found.data, b"", found.etag)
        with self._lock:
            self._keep(key, page)
        return page

    def _keep(self, key: str, page: Page) -> None:
        before = self._kept.pop(key, None)
        self._kept[key] = page
        self._bytes += len(page.body) - (len(before.body) if before else 0)
        while self._bytes > self._most:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped.body)
