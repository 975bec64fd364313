"""The gallery on a page.

The gallery element with 60 posts, in Chromium, on a page that reserves its room by a line of CSS, as the docs say.
The visitor asks for what the feed's first page does not hold, scrolls to the end and back. What is counted is what the
page asks for, how far it jumps (the browser's own layout shift), and the longest task, in which it answers no finger.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import chorus.publishing
from tests.browser.feed_server import Surface, serving
from tests.measuring import Figures, loopback

pytestmark = pytest.mark.browser
POSTS = 60
SCRIPT = Path(chorus.publishing.__file__).parent / "gallery" / "dist" / "chorus-gallery.js"
PAGE = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Lumen</title><link rel="icon" href="data:,">
<script src="/gallery/chorus-gallery.js" defer></script>
<style>chorus-gallery {{ display: block; min-block-size: 300rem }}</style>
<chorus-gallery src="/v1/lumen/surfaces/home/feed.json" limit="{POSTS}"></chorus-gallery>
<p>What comes after the gallery.</p></html>"""
OBSERVE = """
window.shifts = []; window.tasks = [];
for (const [type, into, what] of [['layout-shift', 'shifts', 'value'], ['longtask', 'tasks', 'duration']])
  new PerformanceObserver(list => window[into].push(...list.getEntries().map(entry => entry[what])))
    .observe({ type, buffered: true });
"""
SETTLE = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))"
LOADED = """() => [...document.querySelector('chorus-gallery').shadowRoot.querySelectorAll('img')]
  .every(image => image.complete && image.naturalWidth > 0)"""


def test_sixty_posts_are_light_and_stay_where_they_are(browser: Browser, figures: Figures) -> None:
    assert SCRIPT.exists(), f"{SCRIPT} is not built: make builds it, or npm run build in the gallery's folder"
    surface = Surface(script=SCRIPT.read_bytes(), page=PAGE, ids=[f"p{number}" for number in range(1, POSTS + 1)])
    with serving(surface) as origin:
        context = browser.new_context(viewport={"width": 1000, "height": 900})
        page = context.new_page()
        page.add_init_script(OBSERVE)
        page.goto(loopback(origin))
        visit(page)
        shifted, tasks = page.evaluate("() => [window.shifts, window.tasks]")
        context.close()
    pictures = [path for path in surface.asked if path.startswith("/media/")]
    figures.count("the element, in gzip", len(gzip.compress(surface.script)), at_most=30_000, unit="bytes")
    figures.count("requests beside pictures", len(surface.asked) - len(pictures), at_most=5)
    figures.count("pictures asked for", len(pictures), at_most=POSTS)
    figures.count("cumulative layout shift", sum(shifted), at_most=0)
    figures.speed("longest task", max(tasks, default=0), unit="ms", at_most=50)


def visit(page: Page) -> None:
    """Wait until all posts are there, look at each, and come back.

    Named by part and class: to look for roles would take the page longer than anything that the gallery does.
    """
    expect(page.locator("chorus-gallery [data-state=full]")).to_have_count(1, timeout=60_000)
    page.locator("chorus-gallery [part=more]").click()
    expect(page.locator("chorus-gallery [part=item]")).to_have_count(POSTS, timeout=20_000)
    for _ in range(12):
        page.mouse.wheel(0, 700)
        page.evaluate(SETTLE)
    page.wait_for_function(LOADED, timeout=60_000)
    page.mouse.wheel(0, -9000)
    page.evaluate(SETTLE)
