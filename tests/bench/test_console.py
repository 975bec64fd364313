"""A key press in the console.

A curator approves with the key A in front of a queue of 100,000 posts, in Chromium, in the console of a running house,
over several boundaries of pages, first in the grid and then one post at a time. Each time is from the browser's own
time stamp of the key to the end of the frame in which the next post has the focus; pictures are real ones.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bench.filling import fill
from tests.browser.conftest import DESK, sign_in
from tests.browser.test_console import cards
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale

pytestmark = [pytest.mark.browser, on("embedded")]
PICTURES = 24
PRESSES = 100
# After the frame is drawn, a message arrives: https://web.dev/articles/inp names the same moment.
WATCH = """
() => {
  const find = (root, selector) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches(selector)) return each;
      const inner = each.shadowRoot && find(each.shadowRoot, selector);
      if (inner) return inner;
    }
    return null;
  };
  const host = find(document, "c-queue");
  const shown = () => {
    const zen = host.shadowRoot.querySelector("c-zen");
    return zen ? zen.shadowRoot.querySelector(".words")?.textContent
               : host.shadowRoot.querySelector("c-grid").shadowRoot.querySelector("[data-focused]")?.dataset.post;
  };
  window.presses = [];
  addEventListener("keydown", (event) => {
    const before = shown();
    const look = () => {
      if (shown() === before) return requestAnimationFrame(look);
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.presses.push(performance.now() - event.timeStamp);
      port2.postMessage(null);
    };
    requestAnimationFrame(look);
  }, { capture: true });
}
"""


@pytest.fixture
def console(browser: Browser, story: Story, scale: Scale) -> Iterator[Page]:
    """The console of a curator, in front of a long queue."""
    story.send(*(story.item(number, seed=number) for number in range(PICTURES)))
    pictures = [media["media"] for post in story.arrived(PICTURES) for media in post["media"]]
    url = story.house.environment("curation")["CHORUS_DATABASE_OWNER_URL"]
    fill(url, story.brand, scale(1_000, 100_000), pictures)
    context = browser.new_context(base_url=story.house.addresses.console, viewport=DESK)  # type: ignore[arg-type]  # a plain dict
    page = context.new_page()
    sign_in(page, story)
    expect(cards(page).first).to_be_visible()
    yield page
    context.close()
    with psycopg.connect(url) as conn:
        for table in ("posts", "media", "revisions"):
            conn.execute(f"DELETE FROM {table} WHERE brand = %s", [story.brand])  # noqa: S608 -- names of ours


def test_the_next_card_is_there_at_once(console: Page, figures: Figures, scale: Scale) -> None:
    presses = scale(PRESSES, 300)
    console.evaluate(WATCH)
    memory = heap(console)
    press(figures, "in the grid", console, presses)
    console.keyboard.press("z")
    expect(console.get_by_label("One post at a time")).to_be_visible()
    press(figures, "one post at a time", console, presses)
    figures.speed(f"memory after {2 * presses} decisions, beside before", heap(console) / memory, unit="×")


def press(figures: Figures, where: str, page: Page, presses: int) -> None:
    """Approve again and again, each time once the next post is there."""
    page.evaluate("window.presses.length = 0")
    for number in range(presses):
        page.keyboard.press("a")
        page.wait_for_function("count => window.presses.length > count", arg=number)
    took = page.evaluate("window.presses")
    assert len(took) == presses
    figures.speed(f"{where}: median of {presses}", statistics.median(took), unit="ms", at_most=50)
    figures.speed(f"{where}: p99", statistics.quantiles(took, n=100, method="inclusive")[98], unit="ms")


def heap(page: Page) -> float:
    """Read the memory that the page's scripts hold, after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: float = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used
