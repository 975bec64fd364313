"""Chromium for the tests: the system's own, driven by Playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from tests.engines.process import CEILING, EngineError

if TYPE_CHECKING:
    from tests.engines.process import Nursery

_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


class Chromium:
    """One browser for the whole run; tests open contexts of their own in it."""

    name = "Chromium"

    def __init__(self, nursery: Nursery) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    @property
    def browser(self) -> Browser:
        """The running browser."""
        assert self._browser is not None, "prepare() starts the browser"
        return self._browser

    @property
    def version(self) -> str:
        """The browser's version."""
        return self.browser.version

    def prepare(self) -> None:
        """Start the browser. Playwright ties it to the calling thread, so the tests' own thread calls this."""
        path = _find_chromium()
        self._playwright = sync_playwright().start()
        # The sandbox of Chromium refuses to run as root.
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._browser = self._playwright.chromium.launch(
            executable_path=path, args=[*_QUIET, *as_root], timeout=CEILING * 1000
        )

    def stop(self) -> None:
        """Close the browser; Ctrl-C may have ended it already."""
        with contextlib.suppress(Error):
            if self._browser:
                self._browser.close()
            if self._playwright:
                self._playwright.stop()


def _find_chromium() -> str:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        message = "browser tests need Chromium (Debian: apt-get install chromium), or run make test-embedded"
        raise EngineError(message)
    return path
