"""Pages are built once for each place in the list, whatever cursors strangers make up."""

from __future__ import annotations

from datetime import timedelta

from chorus.platform.paging import encode
from chorus.publishing.adapters.views import Entry, View, view_of
from chorus.publishing.domain.feed import Feed, Item
from chorus.publishing.domain.placement import State
from chorus.publishing.ports import Format
from tests.unit.publishing.samples import NOW, placement, surface


class Lines:
    """A format of one placement a line, which remembers every feed that it rendered."""

    def __init__(self) -> None:
        """Begin without any."""
        self.rendered: list[Feed] = []
        self.format = Format("lines", "text/plain", self._render)

    def _render(self, feed: Feed) -> bytes:
        self.rendered.append(feed)
        return "\n".join(each.placement for each in feed.items).encode()


def view(*numbers: int) -> View:
    """Show placements, each placed so many seconds after noon."""
    entries = {
        f"p{number}": Entry(
            Item(f"p{number}", NOW, f"https://public.example/media/k/p{number}/", placement().shown),
            State.LIVE,
            None,
            0.0,
            NOW + timedelta(seconds=number),
            {},
        )
        for number in numbers
    }
    return view_of(surface(), "https://public.example", entries, NOW)


def cursor_of(feed: Feed) -> str:
    return feed.next_url.partition("cursor=")[2].partition("&")[0]


def test_made_up_cursors_build_no_more_pages_than_there_are_items() -> None:
    lines, shown = Lines(), view(0, 1, 2)
    newest = NOW.timestamp() + 2
    cursors = [encode(-newest + 0.001 * (number + 1), f"made-up-{number}") for number in range(500)]
    assert {shown.page(lines.format, each, 50).body for each in cursors} == {b"p1\np0"}
    assert len(lines.rendered) == 1
    assert shown.page(lines.format, encode(-9e99, "before all"), 50) is shown.page(lines.format, "", 50)


def test_a_page_is_the_same_whoever_asks_and_names_itself_by_an_item() -> None:
    lines, shown = Lines(), view(0, 1, 2)
    shown.page(lines.format, "", 1)
    (first,) = lines.rendered
    shown.page(lines.format, encode(-NOW.timestamp() - 1.5, "made-up"), 1)
    assert lines.rendered[1].feed_url == first.next_url


def test_a_reader_goes_on_where_its_item_was_when_that_has_left() -> None:
    lines = Lines()
    view(0, 1, 2).page(lines.format, "", 2)
    assert view(0, 2).page(lines.format, cursor_of(lines.rendered[0]), 2).body == b"p0"


def test_a_page_that_is_asked_for_stays_whatever_else_is_asked_for() -> None:
    lines, shown = Lines(), view(*range(100))
    for limit in range(1, 100):
        shown.page(lines.format, "", 50)
        shown.page(lines.format, encode(-NOW.timestamp() - 40.5, ""), limit)
    assert len([feed for feed in lines.rendered if "cursor" not in feed.feed_url]) == 1
    assert len(shown.pages) <= 64
