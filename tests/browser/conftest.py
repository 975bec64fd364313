"""What browser tests share: the gallery as it is built for users, and signed-in browsers at the console."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import chorus.publishing
from chorus.api.brands.v1 import brands_pb2
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.platform import rpc
from chorus.platform.auth import Signer
from tests.house.story import Story
from tests.serving import KEYS

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
# The policy that nobody has set is a NOT_FOUND, and refusals are answers too: the browser logs each as an error.
ANSWERS = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")

GALLERY = Path(chorus.publishing.__file__).parent / "gallery"


Npm = Callable[..., None]


@pytest.fixture(scope="session")
def gallery_npm() -> Npm:
    """Runs npm in the gallery's folder, with its packages there; fails with what npm said."""
    found = shutil.which("npm")
    assert found, "the gallery is built with npm"

    def npm(*words: str) -> None:
        done = subprocess.run([found, *words], cwd=GALLERY, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    if not (GALLERY / "node_modules").exists():
        npm("ci", "--no-audit", "--no-fund")
    return npm


@pytest.fixture(scope="session")
def gallery_script(gallery_npm: Npm) -> bytes:
    """The gallery's one file, built anew where its sources are younger."""
    built = GALLERY / "dist" / "chorus-gallery.js"
    sources = [*GALLERY.glob("src/*"), *GALLERY.glob("*.json"), GALLERY / "vite.config.ts"]
    if not built.exists() or built.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        gallery_npm("run", "build")
    return built.read_bytes()


expect.set_options(timeout=PATIENCE_MS)
OpenConsole = Callable[..., Page]


@pytest.fixture
def open_console(browser: Browser, story: Story) -> Iterator[OpenConsole]:
    """A maker of signed-in browsers; whatever a page complains of fails the test."""
    wrong: list[str] = []
    pages: list[Page] = []

    def open_(email: str = "", **options: object) -> Page:
        context = browser.new_context(base_url=story.house.addresses.console, **({"viewport": DESK} | options))  # type: ignore[arg-type]  # plain dicts
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        sign_in(page, story, email)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.context.close()
    assert [each for each in wrong if not ANSWERS.match(each)] == []


def sign_in(page: Page, story: Story, email: str = "") -> None:
    """Press the button of a fresh one-time address, of the brand's admin or of another member."""
    brands = BrandsStub(rpc.channel(story.house.addresses.grpc["brands"], Signer(KEYS).operator_token))
    asked = brands_pb2.CreateSignInRequest(email=email or f"ada@{story.brand}.example")
    page.goto(f"/sign-in?code={brands.CreateSignIn(asked).code}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
