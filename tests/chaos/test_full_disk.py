"""P15: a full disk is an outage, not a loss.

The disk below PostgreSQL (all five databases and the log of facts), then the disk below the pictures, fills up in the
middle of a stream and is given room again. While it is full writers are answered 503; what was answered with a yes is
there afterwards, with its pictures whole; and nobody had to help.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from chorus.local.feed_site import FeedSite
from chorus.local.house import House
from chorus.local.people import until
from chorus.local.pictures import draw
from tests.chaos.disks import Disk, Forbidden, family, may_mount, mounted
from tests.chaos.ledger import Ledger
from tests.chaos.oracle import Oracle
from tests.chaos.stream import Stream
from tests.hostile.senders import Uploader
from tests.house.fixtures import MakeHouse
from tests.house.story import Story
from tests.measuring import Figures, Scale

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(3600)]
_REFUSALS = 20


@dataclass(frozen=True)
class Ground:
    """A house, the disk below its database and the one below its pictures, and how they are filled."""

    house: House
    database: Disk
    media: Disk
    form: str


@pytest.fixture
def ground(make_house: MakeHouse, open_house: Callable[[str], House], tmp_path: Path, scale: Scale) -> Iterator[Ground]:
    """Mount small disks below a house of its own, in full runs as root; else forbid the open house to write."""
    if scale.full and may_mount(tmp_path / "try"):
        yield from _on_small_disks(make_house("embedded"))
    else:
        yield _forbidden(open_house("embedded"))


def _on_small_disks(house: House) -> Iterator[Ground]:
    with ExitStack() as stack:
        database = stack.enter_context(mounted(house._data / "postgres", "400m"))
        media = stack.enter_context(mounted(house._data / "media", "64m"))
        stack.enter_context(house)
        yield Ground(house, database, media, "small file systems in memory, filled to the last byte, then made larger")


def _forbidden(house: House) -> Ground:
    def database() -> list[int]:
        assert house.engines
        assert house.engines.postgres
        return family(house.engines.postgres.pid)

    form = "RLIMIT_FSIZE on the writers: not a full run, or mounting is not permitted here"
    return Ground(house, Forbidden(database), Forbidden(lambda: family(house.children["ingest"].pid)), form)


def test_while_a_disk_is_full_writers_are_refused_and_nothing_that_was_taken_is_lost(
    ground: Ground, site: FeedSite, tmp_path: Path, scale: Scale, figures: Figures, seed: int
) -> None:
    story = Story(ground.house, site)
    uploader = Uploader(story)
    third = scale(60, 300)
    with Ledger(tmp_path / "ledger") as ledger, Stream(story, ledger, 3 * third, seed) as stream:
        stream.allow(third)
        stream.reached(third)
        _fill_database(ground, stream, third, figures)
        stream.reached(2 * third)
        _fill_media(ground, uploader, figures)
        stream.allow(third)
        stream.reached(3 * third)
        oracle = Oracle(story, ledger)
        until("every fact to be heard by everybody", lambda: oracle.drained() or None)
        until("pictures", lambda: oracle.settled() or None)
        lost, doubled = oracle.lost_and_doubled()
        media = oracle.media()
    figures.note(f"Disks: {ground.form}.")
    figures.count("acknowledged", ledger.count, at_least=3 * third)
    figures.count("lost", len(lost), at_most=0)
    uploaded = [each for each in doubled if "/" not in each.partition(": ")[2]]
    figures.count("double effects", len(doubled) - len(uploaded), at_most=0)
    for what in ("missing", "mismatched", "orphans left after a sweep"):
        figures.count(f"media: {what}", media[what], at_most=0)


def _fill_database(ground: Ground, stream: Stream, share: int, figures: Figures) -> None:
    before = stream.answers[503]
    # Half is on its way when the disk fills up; the other half finds it full, however fast the first was.
    stream.allow(share // 2)
    ground.database.fill()
    try:
        stream.allow(share - share // 2)
        until("deliveries to be refused", lambda: stream.answers[503] >= before + _REFUSALS or None)
    finally:
        ground.database.grow()
    figures.count("deliveries refused with 503 while PostgreSQL's disk was full", stream.answers[503], at_least=1)


def _fill_media(ground: Ground, uploader: Uploader, figures: Figures) -> None:
    photo, forms = draw(5, width=800, height=600), [f"the-key-of-form-{number}" for number in range(3)]
    ground.media.fill()
    try:
        answers = [uploader.by_api(photo, request_id=form).status_code for form in forms]
    finally:
        ground.media.grow()
    refused = answers.count(503)
    figures.count("uploads refused with 503 while the pictures' disk was full, of 3", refused, at_least=3)
    until("a form to be taken", lambda: uploader.by_api(photo, request_id=forms[0]).status_code == 201 or None)
