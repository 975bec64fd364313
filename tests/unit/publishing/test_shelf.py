"""What lies ready is sent only while it is right: the same view, trusted, the same for all, and for a while yet."""

from __future__ import annotations

import gc
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from chorus.platform.at_once import Ready
from chorus.publishing.adapters.shelf import Shelf, _Kept
from chorus.publishing.adapters.views import Page, View, pack, view_of
from chorus.publishing.adapters.watch import CACHE_SECONDS, Trust
from chorus.publishing.domain.surface import Access
from tests.engines import wait_until
from tests.unit.publishing.samples import definition, surface

ADDRESS = b"/v1/lumen/surfaces/home-wall/feed.json"
CACHE = b"public, max-age=10"
PAGE = pack(b'{"items":[]}' * 20, "application/feed+json")
GZIP = (b"accept-encoding", b"br, gzip")


@dataclass
class Held:
    """What a watch holds: views by name, and how long it is trusted."""

    by_name: dict[tuple[str, str], View] = field(default_factory=dict)
    trust: Trust = field(default_factory=lambda: Trust(float("inf"), float("inf")))

    def shows(self, view: View) -> View:
        self.by_name[view.name] = view
        return view


def view(access: Access = Access.PUBLIC, until: datetime | None = None) -> View:
    found = view_of(
        replace(surface(), definition=definition(access=access)), "https://x.example", {}, datetime.now(UTC)
    )
    found.until = until
    return found


def shelf(held: Held, of: View, page: Page = PAGE) -> Shelf:
    made = Shelf(held)
    made.keep(ADDRESS, of, page, CACHE)
    return made


def found(shelf: Shelf, *headers: tuple[bytes, bytes]) -> Ready:
    ready = shelf.find(ADDRESS, headers)
    assert ready is not None
    return ready


def test_it_is_sent_plain_packed_or_not_at_all_as_the_client_asks() -> None:
    held = Held()
    kept = shelf(held, held.shows(view()))
    assert (found(kept).status, found(kept).body) == (200, PAGE.body)
    assert found(kept, GZIP).body == PAGE.packed
    assert b"content-encoding: gzip\r\n" in found(kept, GZIP).head
    same = found(kept, (b"if-none-match", f'W/"{PAGE.etag}-gzip"'.encode()))
    assert (same.status, same.body) == (304, b"")
    assert b"content-length" not in same.head
    assert kept.find(ADDRESS + b"?limit=3", ()) is None


def test_it_is_not_sent_once_the_surface_changed() -> None:
    held = Held()
    kept = shelf(held, held.shows(view()))
    held.shows(view())
    assert kept.find(ADDRESS, ()) is None


def test_of_each_surface_no_view_is_held_but_the_last() -> None:
    held = Held()
    first = held.shows(view())
    kept = shelf(held, first)
    kept.keep(ADDRESS + b"?limit=3", first, PAGE, CACHE)
    kept.keep(ADDRESS + b"?limit=4", held.shows(view()), PAGE, CACHE)
    assert not [each for each in gc.get_referrers(first) if isinstance(each, _Kept)]


def test_it_is_not_sent_where_the_database_or_rights_was_not_asked_lately() -> None:
    held = Held()
    kept = shelf(held, held.shows(view()))
    for trust in (Trust(0.0, float("inf")), Trust(float("inf"), 0.0)):
        held.trust = trust
        assert kept.find(ADDRESS, ()) is None


def test_it_is_not_kept_where_a_key_is_needed() -> None:
    held = Held()
    assert shelf(held, held.shows(view(Access.KEY))).find(ADDRESS, ()) is None


def test_it_is_left_to_the_reader_when_a_grant_is_about_to_end() -> None:
    held, now = Held(), datetime.now(UTC)
    soon = held.shows(view(until=now + timedelta(seconds=CACHE_SECONDS - 1)))
    assert shelf(held, soon).find(ADDRESS, ()) is None
    later = held.shows(view(until=now + timedelta(seconds=CACHE_SECONDS + 2)))
    kept = shelf(held, later)
    wait_until(lambda: kept.find(ADDRESS, ()) is None, "the last ten seconds of the grant")
    assert later.until
    assert time.time() > later.until.timestamp() - CACHE_SECONDS


def test_strangers_fill_it_with_no_more_than_so_many_addresses() -> None:
    held = Held()
    shown = held.shows(view())
    kept = shelf(held, shown)
    made_up = [ADDRESS + f"?{number}".encode() for number in range(300)]
    for address in made_up:
        kept.keep(address, shown, PAGE, CACHE)
    assert sum(kept.find(each, ()) is not None for each in [ADDRESS, *made_up]) == 256
    assert kept.find(made_up[-1], ()) is not None
    assert shelf(held, shown).find(ADDRESS + b"?" * 500, ()) is None
