"""The lease as every process sees it: what rights says is timed here, and one process at a time acts on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chorus.errors import Unavailable
from chorus.platform import restores
from chorus.platform.leading import Wakeup, leading, run_as_leader
from chorus.platform.topics import PARTITIONS
from chorus.publishing.adapters.lease_keeper import LeaseKeeper, Listener
from chorus.publishing.adapters.placements_store import CHANNEL
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.heard import Narrowed
from chorus.publishing.domain.lease import Standing
from chorus.scope import Scope, Use
from tests.contract.publishing_house import PublishingHouse, prepared
from tests.engines.fixtures import MakeDatabase

pytestmark = pytest.mark.postgres
CEILING_SECONDS = 60.0


@pytest.fixture
def house(make_database: MakeDatabase, tmp_path: Path) -> Iterator[PublishingHouse]:
    """A service that has never heard of rights."""
    made = PublishingHouse(make_database("publishing", prepared), tmp_path)
    made.rights_known(float("inf"))
    yield made
    made.close()


def age(house: PublishingHouse) -> float:
    with house.database.transaction() as conn:
        return PostgresStore(conn).rights_age()


def say(listener: Listener, at: datetime, partitions: int = PARTITIONS) -> None:
    """Have rights say `as_of` on every partition, and what was heard written down."""
    for partition in range(partitions):
        listener._written = 0.0
        listener.on_as_of(partition, at)


def test_rights_is_known_once_every_partition_has_spoken(house: PublishingHouse) -> None:
    listener = Listener(house.database)
    say(listener, datetime.now(UTC), PARTITIONS - 1)
    assert age(house) == float("inf")
    say(listener, datetime.now(UTC))
    assert age(house) < CEILING_SECONDS


def test_clocks_need_not_agree(house: PublishingHouse) -> None:
    say(Listener(house.database), datetime.now(UTC) - timedelta(days=365))
    assert age(house) < CEILING_SECONDS


def test_a_backlog_read_by_a_new_process_is_known_to_be_old(house: PublishingHouse) -> None:
    say(Listener(house.database), datetime.now(UTC))
    house.rights_known(float("inf"))
    with house.database.transaction() as conn:
        # What the first process saw of the clocks' difference.
        conn.execute("UPDATE lease_state SET clock_offset = 0.01")
    say(Listener(house.database), datetime.now(UTC) - timedelta(hours=1))
    assert age(house) > 3500


def test_what_is_known_never_grows_older_by_hearing_less(house: PublishingHouse) -> None:
    house.rights_known(0.0)
    with house.database.transaction() as conn:
        PostgresStore(conn).known(dict.fromkeys(range(PARTITIONS), 1000.0), 0.0)
    assert age(house) < CEILING_SECONDS


def test_an_answer_from_rights_counts_as_hearing_it(house: PublishingHouse) -> None:
    with house.database.transaction() as conn:
        PostgresStore(conn).asked(2.0)
    assert 2.0 <= age(house) < CEILING_SECONDS


class Says:
    """Rights, asked: every grant stands; `meanwhile` happens after the question and before the answer."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        """Answer."""
        self._meanwhile = meanwhile

    def standing(self, grants: list[str]) -> Standing:
        self._meanwhile()
        return Standing(frozenset(grants), frozenset())


def test_while_rights_is_silent_only_what_it_was_asked_about_begins(house: PublishingHouse) -> None:
    house.rights_known(60.0)
    house.surface()
    house.approved("asked")
    house.work()
    assert house.states() == ["placing"]
    assert house.lying_public() == [], "nothing is copied in vain"
    keeper = LeaseKeeper(house.database, Says(lambda: house.approved("late")), grace=300.0)
    keeper._since = float("-inf")
    keeper.look()
    try_again(house)
    assert house.states() == ["live", "placing"]
    keeper = LeaseKeeper(house.database, Says(lambda: None), grace=300.0)
    keeper._since = float("-inf")
    with house.database.transaction() as conn:
        conn.execute("UPDATE lease_state SET asked_at = NULL")
    keeper.look()
    try_again(house)
    assert house.states() == ["live", "live"]


class Answers:
    """Rights, asked: these stand, these have ended, and of these so much is left."""

    def __init__(self, active: set[str], ended: set[str], *narrowed: Narrowed) -> None:
        self._answer = Standing(frozenset(active), frozenset(ended), narrowed)
        self.asked: list[str] = []

    def standing(self, grants: list[str]) -> Standing:
        self.asked = grants
        return self._answer


def test_after_a_restore_nothing_is_shown_until_rights_has_said_what_stands(house: PublishingHouse) -> None:
    house.rights_known(0.0)
    house.surface()
    for name in ("stands", "ended", "unknown"):
        house.approved(name)
    house.work()
    assert house.states() == ["live"] * 3
    with house.database.transaction() as conn:
        restores.note(conn, "a test")
    assert age(house) == float("inf"), "also where rights was heard just now"
    grants = {name: grant_of(house, name) for name in ("stands", "ended", "unknown")}
    keeper = LeaseKeeper(house.database, Down(), grace=300.0)
    keeper._since = float("-inf")
    keeper.look()
    assert house.states() == ["held"] * 3
    rights = Answers({grants["stands"]}, {grants["ended"]})
    keeper = LeaseKeeper(house.database, rights, grace=300.0)
    keeper._since = float("-inf")
    keeper.look()
    assert sorted(rights.asked) == sorted(grants.values())
    try_again(house)
    assert sorted(house.states()) == ["live", "withdrawn", "withdrawn"]
    assert age(house) < CEILING_SECONDS


def test_a_process_that_has_just_begun_asks_rights_at_once(house: PublishingHouse) -> None:
    """Also where rights was heard just now: what came while nobody listened is read later than that."""
    house.rights_known(0.0)
    house.surface()
    house.approved("taken back")
    house.work()
    assert house.states() == ["live"]
    rights = Answers(set(), {grant_of(house, "taken back")})
    keeper = LeaseKeeper(house.database, rights, grace=300.0)
    keeper.look()
    house.work()
    assert house.states() == ["withdrawn"]
    rights.asked = []
    keeper.look()
    assert rights.asked == [], "and then only when rights is silent"


def test_what_rights_says_is_left_of_a_grant_is_all_that_is_shown(house: PublishingHouse) -> None:
    """A narrowing reaches surfaces also where its fact does not."""
    house.rights_known(0.0)
    house.surface()
    house.approved("narrowed")
    house.work()
    assert house.states() == ["live"]
    grant = grant_of(house, "narrowed")
    rights = Answers({grant}, set(), Narrowed(grant, Scope(frozenset({Use.EMAIL})), None))
    LeaseKeeper(house.database, rights, grace=300.0).look()
    house.work()
    assert house.states() == ["withdrawn"]


class Down:
    """Rights, not there to be asked."""

    def standing(self, grants: list[str]) -> Standing:
        message = f"No answer about {len(grants)}."
        raise Unavailable(message, reason="RIGHTS_DOWN")


def grant_of(house: PublishingHouse, post: str) -> str:
    with house.database.transaction() as conn:
        row = conn.execute("SELECT grant_id FROM grants WHERE post = %s", [post]).fetchone()
    assert row
    return str(row[0])


def try_again(house: PublishingHouse) -> None:
    """Do not wait for the next try."""
    with house.database.transaction() as conn:
        conn.execute("UPDATE placements SET next_try_at = now()")
    house.work()


def test_of_two_processes_one_runs_a_task_and_the_other_takes_over(house: PublishingHouse) -> None:
    ran: list[str] = []
    stops = {name: threading.Event() for name in ("first", "second")}

    def run(name: str) -> None:
        def act(wakeup: Wakeup, _stop: threading.Event) -> None:
            ran.append(name)
            wakeup.wait(0.01)

        run_as_leader(house.database, "test", act, stops[name])

    first = threading.Thread(target=run, args=["first"])
    first.start()
    until(lambda: "first" in ran)
    second = threading.Thread(target=run, args=["second"])
    second.start()
    until(lambda: len(ran) > 20)
    assert set(ran) == {"first"}
    stops["first"].set()
    first.join(CEILING_SECONDS)
    until(lambda: "second" in ran)
    stops["second"].set()
    second.join(CEILING_SECONDS)
    assert not first.is_alive()
    assert not second.is_alive()


def test_a_commit_that_wakes_ends_the_wait(house: PublishingHouse) -> None:
    with leading(house.database, "test", threading.Event(), channel=CHANNEL) as wakeup:
        assert wakeup is not None
        with house.database.transaction() as conn:
            PostgresStore(conn).wake()
        begun = time.monotonic()
        wakeup.wait(CEILING_SECONDS)
        assert time.monotonic() - begun < CEILING_SECONDS / 2, "a notification sent before the wait is not lost"


def until(condition: object) -> None:
    """Wait for something to become true, with a generous ceiling."""
    assert callable(condition)
    end = time.monotonic() + CEILING_SECONDS
    while not condition():
        assert time.monotonic() < end, "it did not become true"
        time.sleep(0.01)
