"""Take-downs on a real database, looked at by real HTTP: begun with the end itself, certified whatever fails then."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from chorus.local.child import free_port
from chorus.platform.ids import new_id
from chorus.platform.secrets import sha256_hex
from chorus.platform.web import HttpServer
from chorus.publishing.adapters import passes
from chorus.publishing.adapters.lease_keeper import LeaseKeeper
from chorus.publishing.adapters.passes import Passes
from chorus.publishing.adapters.store import PostgresStore
from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import Collected, Edited, Ended, Gone, Granted, Reviewed, Told
from chorus.publishing.domain.post import Withdrawal
from chorus.publishing.domain.surface import Access, Rule, Surface
from chorus.publishing.domain.takedown import Look, Place, What
from chorus.publishing.handlers import endpoints
from chorus.publishing.handlers.hearing import hear_of_rights
from tests.contract.publishing_house import PublishingHouse, prepared
from tests.contract.taking_down import PUBLIC_URL, TakingDown, looks_of, unconfirmed, words_in
from tests.contract.telling import Telling
from tests.contract.test_feed_schema import DOCS, problems
from tests.contract.test_publishing_lease import Answers
from tests.contract.test_publishing_reader import FEED, ReaderProcess, until
from tests.engines import wait_until
from tests.engines.fixtures import MakeDatabase
from tests.receiver import Receiver, Said
from tests.serving import KEYS
from tests.unit.publishing.samples import BRAND, POST, SURFACE, grant, revision

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(make_database: MakeDatabase) -> str:
    return make_database("publishing", prepared)


@pytest.fixture
def house(url: str, tmp_path: Path) -> Iterator[PublishingHouse]:
    made = PublishingHouse(url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def reader(url: str, house: PublishingHouse) -> Iterator[ReaderProcess]:
    house.surface()
    made = ReaderProcess(url, house)
    yield made
    made.close()


@pytest.fixture
def taking_down(house: PublishingHouse, reader: ReaderProcess) -> TakingDown:
    return TakingDown(house, str(reader.http.base_url))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as made:
        yield made


def placed(house: PublishingHouse, name: str = POST) -> None:
    house.rights_known()
    house.approved(name)
    house.work()


def taken_back(house: PublishingHouse, name: str = POST) -> None:
    house.hear(name, Ended(f"g-{name}", GrantState.REVOKED))


# --- certified at the bound -------------------------------------------------------------------------------------------


def test_what_is_gone_everywhere_is_certified_at_the_bound_and_not_before(taking_down: TakingDown) -> None:
    placed(taking_down.house)
    taken_back(taking_down.house)
    taking_down.house.work()
    taking_down.look(seconds=20)
    assert taking_down.certificates() == []
    certificate = taking_down.at_the_bound()
    assert (certificate["complete"], certificate["number"], certificate["cause"]) == (True, 1, "revoked")
    assert looks_of(certificate) == [
        ("feed", 200, True), ("feed", 200, True), ("changes", 200, True), *[("picture", 404, True)] * 6,
    ]  # fmt: skip
    first = certificate["surfaces"][0]["looks"][0]
    assert first["address"] == f"{PUBLIC_URL}{FEED}"
    taking_down.look(days=30)
    assert len(taking_down.certificates()) == 1, "and never again"


def test_what_is_heard_of_after_the_bound_is_not_certified_before_every_reader_has_let_go(
    taking_down: TakingDown,
) -> None:
    placed(taking_down.house)
    late = Told((), datetime.now(UTC) - timedelta(hours=1))
    with taking_down.house.database.transaction() as conn:
        taken = Ended(f"g-{POST}", GrantState.REVOKED)
        hear_of_rights(PostgresStore(conn), BRAND, POST, taken, late, now=datetime.now(UTC), new_id=new_id)
    taking_down.house.work()
    taking_down.look(seconds=20)
    assert taking_down.certificates() == []
    taking_down.look(seconds=11)
    assert [each["complete"] for each in taking_down.certificates()] == [True]


def test_what_is_still_there_is_named_and_certified_anew_when_it_has_left(taking_down: TakingDown) -> None:
    """Its objects could not be removed in time: who copies posts was told of no withdrawal."""
    placed(taking_down.house)
    taken_back(taking_down.house)
    before = taking_down.at_the_bound()
    assert (before["complete"], unconfirmed(before)) == (False, [SURFACE])
    assert ("changes", 200, False) in looks_of(before)
    taking_down.house.work()
    taking_down.look(seconds=20)
    first, second = taking_down.certificates()
    assert (first, second["complete"], second["number"]) == (before, True, 2)


def test_one_that_cannot_be_looked_at_is_certified_as_that_at_the_bound(url: str, house: PublishingHouse) -> None:
    house.surface()
    dark = TakingDown(house, f"http://127.0.0.1:{free_port()}")
    placed(house)
    taken_back(house)
    house.work()
    certificate = dark.at_the_bound()
    assert certificate["complete"] is False
    assert {(status, gone) for _, status, gone in looks_of(certificate)} == {(0, False)}
    reader = ReaderProcess(url, house)
    try:
        light = TakingDown(house, str(reader.http.base_url), ahead=dark.ahead)
        light.look(seconds=20)
        assert [each["complete"] for each in light.certificates()] == [False, True]
    finally:
        reader.close()


@pytest.mark.parametrize(
    "body", ["<p>Please sign in</p>", "[]", '{"items": 7, "changes": [7]}', '{"items": [{}]}', "{}"]
)
def test_an_answer_of_somebody_in_between_is_no_sign_of_anything(house: PublishingHouse, body: str) -> None:
    house.surface()
    placed(house)
    taken_back(house)
    house.work()
    portal = HttpServer(Starlette(routes=[Route("/{path:path}", lambda _: Response(body))]), "127.0.0.1:0")
    portal.start()
    try:
        certificate = TakingDown(house, f"http://127.0.0.1:{portal.port}").at_the_bound()
    finally:
        portal.stop(5)
    assert {(status, gone) for _, status, gone in looks_of(certificate)} == {(200, False)}


def test_every_certificate_and_the_documented_one_are_as_the_schema_says(
    taking_down: TakingDown, receiver: Receiver
) -> None:
    Telling(taking_down.house).subscribe(receiver.url())
    placed(taking_down.house)
    taken_back(taking_down.house)
    taking_down.look(seconds=40)
    taking_down.house.work()
    taking_down.look(days=15)
    issued = [json.loads(each) for each in taking_down.documents()]
    assert [each["certificate"]["number"] for each in issued] == [1, 2]
    (example,) = re.findall(r"```json\n(.*?)```", (DOCS / "takedowns.md").read_text(), flags=re.DOTALL)
    assert [problems("takedown", each) for each in (*issued, json.loads(example))] == [[], [], []]
    del issued[0]["certificate"]["surfaces"][0]["confirmed_at"]
    assert problems("takedown", issued[0]) != []


def test_what_the_creator_and_the_brand_allowed_is_taken_down_once_both_have_ended(taking_down: TakingDown) -> None:
    house = taking_down.house
    placed(house)
    house.hear(POST, Granted(replace(grant("attested"), attested=True)))
    taken_back(house)
    assert house.states() == ["withdrawing", "placing"]
    house.hear(POST, Ended("attested", GrantState.REVOKED))
    house.work()
    certificate = taking_down.at_the_bound()
    assert (certificate["cause"], certificate["complete"]) == ("revoked", True)
    (surface,) = certificate["surfaces"]
    assert surface["shown_until"] < certificate["ended_at"]


def test_a_post_that_is_shown_again_meanwhile_is_not_certified_as_gone(taking_down: TakingDown) -> None:
    house = taking_down.house
    placed(house)
    taken_back(house)
    house.work()
    house.hear(POST, Granted(grant("g-anew")))
    house.work()
    certificate = taking_down.at_the_bound()
    assert (certificate["complete"], unconfirmed(certificate)) == (False, [SURFACE])
    assert ("feed", 200, False) in looks_of(certificate)


def test_pictures_that_changed_are_certified_as_gone_also_where_the_post_is_shown_with_what_is_left(
    taking_down: TakingDown,
) -> None:
    house = taking_down.house
    placed(house)
    house.hear(POST, Edited(revision(2, pictures=()), ()))
    house.work()
    house.hear(POST, Reviewed(2))
    house.work()
    certificate = taking_down.at_the_bound()
    assert (certificate["cause"], certificate["complete"]) == ("edited", True)
    assert house.states() == ["withdrawn", "live"]


# --- endpoints --------------------------------------------------------------------------------------------------------


def test_an_endpoint_that_is_down_is_named_until_it_has_taken_the_withdrawal(
    taking_down: TakingDown, receiver: Receiver
) -> None:
    house, telling = taking_down.house, Telling(taking_down.house)
    endpoint, _ = telling.subscribe(receiver.url("/hooks/secret"))
    placed(house)
    telling.send()
    receiver.answer = lambda _: Said(503)
    taken_back(house)
    house.work()
    telling.send()
    before = taking_down.at_the_bound()
    assert (before["complete"], unconfirmed(before)) == (False, ["127.0.0.1"])
    assert before["surfaces"][0]["confirmed_at"] is not None
    assert "secret" not in "".join(taking_down.documents()), "an address may hold one"
    taking_down.look(hours=1)
    assert len(taking_down.certificates()) == 1
    receiver.answer = lambda _: Said()
    telling.ahead = taking_down.ahead
    telling.send()
    taking_down.look()
    _, after = taking_down.certificates()
    (consumer,) = after["consumers"]
    assert (after["complete"], consumer["endpoint"], consumer["title"]) == (True, endpoint.endpoint, "Web team")
    assert consumer["confirmed_at"] > after["ended_at"]


def test_an_endpoint_is_confirmed_by_its_2xx_and_another_surface_s_is_not_concerned(
    taking_down: TakingDown, receiver: Receiver
) -> None:
    house, telling = taking_down.house, Telling(taking_down.house)
    house.surface("elsewhere", Rule(collection="spring"))
    telling.subscribe(receiver.url("/mine"), SURFACE)
    telling.subscribe(receiver.url("/elsewhere"), "elsewhere")
    placed(house)
    taken_back(house)
    house.work()
    telling.send()
    certificate = taking_down.at_the_bound()
    assert certificate["complete"] is True
    assert len(certificate["consumers"]) == 1


def test_an_endpoint_is_named_by_the_host_that_took_the_withdrawal(taking_down: TakingDown, receiver: Receiver) -> None:
    """It was moved in between: the one of before has confirmed nothing."""
    house, telling = taking_down.house, Telling(taking_down.house)
    endpoint, _ = telling.subscribe("https://old.lumen.example/hook")
    placed(house)
    taken_back(house)
    house.work()
    telling.update(endpoint, endpoints.EndpointChange(url=receiver.url()))
    telling.allow(receiver.url())
    telling.send()
    (consumer,) = taking_down.at_the_bound()["consumers"]
    assert consumer["confirmed_at"] is not None
    assert consumer["host"] == "127.0.0.1"


def test_an_endpoint_that_was_removed_never_confirms(taking_down: TakingDown, receiver: Receiver) -> None:
    house, telling = taking_down.house, Telling(taking_down.house)
    endpoint, _ = telling.subscribe(receiver.url())
    placed(house)
    taken_back(house)
    house.work()
    with house.database.transaction() as conn:
        endpoints.remove(PostgresStore(conn), BRAND, endpoint.endpoint)
    assert unconfirmed(taking_down.at_the_bound()) == ["127.0.0.1"]
    taking_down.look(days=13)
    taking_down.look(days=2)
    first, last = taking_down.certificates()
    assert (first["complete"], last["complete"]) == (False, False)
    (only,) = taking_down.takedowns()
    assert only.settled


# --- surfaces of every kind -------------------------------------------------------------------------------------------


def test_a_surface_that_needs_a_key_is_looked_at_by_a_pass_that_opens_nothing_else(
    url: str, house: PublishingHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.surface(access=Access.KEY, key_sha256=sha256_hex("sesame"))
    reader = ReaderProcess(url, house)
    try:
        taking_down = TakingDown(house, str(reader.http.base_url))
        placed(house)
        taken_back(house)
        house.work()
        assert taking_down.at_the_bound()["complete"] is True
        made = Passes(KEYS).make(BRAND, SURFACE)
        assert read_with(reader, made) == 200
        assert read_with(reader, Passes(KEYS).make(BRAND, "another")) == 401
        assert read_with(reader, Passes(KEYS).make("another", SURFACE)) == 401
        assert read_with(reader, Passes(["another secret, of thirty-two characters"]).make(BRAND, SURFACE)) == 401
        monkeypatch.setattr(passes, "_SECONDS", -1)
        assert read_with(reader, made) == 401
    finally:
        reader.close()


def read_with(reader: ReaderProcess, key: str) -> int:
    return reader.get(FEED, authorization=f"Bearer {key}").status_code


@pytest.mark.parametrize("rule", [Rule(), Rule(collection="spring")])
def test_a_post_is_looked_for_on_the_page_on_which_it_stood(url: str, house: PublishingHouse, rule: Rule) -> None:
    """Also where nobody would find it on the first."""
    house.surface(rule=rule)
    names = [f"post-{number:03}" for number in range(60)]
    for number, name in enumerate(names):
        house.rights_known()
        house.approved(name)
        if rule.collection:
            house.hear(name, Collected("spring", number + 0.5))
        house.work()
    reader = ReaderProcess(url, house)
    try:
        last = names[-1] if rule.collection else names[0]
        until(lambda: reader.get(f"{FEED}?limit=100").json()["items"][-1]["_chorus"]["post_id"] == last)
        prober = TakingDown(house, str(reader.http.base_url)).prober
        place, where, version = live(house, last)
        first, page, *_ = prober.look(place, where, version)
        assert (first.gone, page.gone) == (True, False)
        taken_back(house, last)
        house.work()
        until(lambda: all(each.gone for each in prober.look(*live(house, last))))
    finally:
        reader.close()


def live(house: PublishingHouse, name: str) -> tuple[Place, Surface, int]:
    """Describe where a post stands, as its take-down would."""
    with house.database.transaction() as conn:
        store = PostgresStore(conn)
        (found,) = store.placements_of(BRAND, [name])
        assert found.placed_at
        where = store.surface(BRAND, SURFACE)
        files = tuple(f"/media/{where.public_key}/{found.placement}/{each.file}" for each in found.shown.files)
        place = Place(
            found.placement, found.grant, SURFACE, "", "", (), found.rank, files, found.placed_at, found.placed_at
        )
        return place, where, store.versions([found.placement])[found.placement]


# --- begun with the end itself ----------------------------------------------------------------------------------------


def test_it_begins_in_the_transaction_that_ends_what_is_shown_or_nothing_has_ended(taking_down: TakingDown) -> None:
    house = taking_down.house
    placed(house)
    with suppress(ZeroDivisionError), house.database.transaction() as conn:
        taken = Ended(f"g-{POST}", GrantState.REVOKED)
        hear_of_rights(PostgresStore(conn), BRAND, POST, taken, Told(), now=datetime.now(UTC), new_id=new_id)
        assert PostgresStore(conn).takedowns_of(BRAND, POST, "", 1)
        raise ZeroDivisionError
    assert (house.states(), taking_down.takedowns()) == (["live"], [])
    taken_back(house)
    assert (house.states(), len(taking_down.takedowns())) == (["withdrawing"], 1)


def test_a_consent_that_runs_out_by_publishing_s_own_clock_is_certified(taking_down: TakingDown) -> None:
    house, until_then = taking_down.house, datetime.now(UTC) + timedelta(seconds=2)
    house.rights_known()
    house.approved(POST, by=grant(until=until_then))
    house.work()
    with house.database.transaction() as conn:
        PostgresStore(conn).keep_grant(BRAND, POST, grant(until=until_then), until_then)
    wait_until(house.timekeeper.due, "the consent to run out")
    house.work()
    certificate = taking_down.at_the_bound()
    assert (certificate["cause"], certificate["complete"]) == ("expired", True)
    assert certificate["decided_at"] == until_then.isoformat(timespec="microseconds").replace("+00:00", "Z")


def test_what_rights_is_asked_for_is_certified_and_dated_by_the_fact_that_comes_later(taking_down: TakingDown) -> None:
    house = taking_down.house
    placed(house)
    LeaseKeeper(house.database, Answers(set(), {f"g-{POST}"}), grace=300.0).look()
    house.work()
    (begun,) = taking_down.takedowns()
    assert begun.decided_at is None
    at = datetime.now(UTC) - timedelta(seconds=7)
    with house.database.transaction() as conn:
        taken = Ended(f"g-{POST}", GrantState.REVOKED)
        hear_of_rights(PostgresStore(conn), BRAND, POST, taken, Told((), at), now=datetime.now(UTC), new_id=new_id)
    certificate = taking_down.at_the_bound()
    assert certificate["decided_at"] == at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert certificate["complete"] is True


def test_what_was_erased_leaves_a_take_down_that_says_nothing_of_anybody(taking_down: TakingDown) -> None:
    placed(taking_down.house)
    taking_down.house.hear(POST, Gone(Withdrawal.ERASED))
    taking_down.house.work()
    certificate = taking_down.at_the_bound()
    assert (certificate["cause"], certificate["complete"]) == ("source-deleted", True)
    assert words_in(taking_down.house, "mira", "blue hour", "brass lamp", "mastodon", "a" * 64) == []
    assert words_in(taking_down.house, POST) == [POST]


# --- killed -----------------------------------------------------------------------------------------------------------


class Killed:
    """Looks, until the process is killed: before it has answered so many times."""

    def __init__(self, looks: int) -> None:
        self._left = itertools.count(looks, -1)

    def look(self, place: Place, where: Surface, version: int, post: str) -> Sequence[Look]:
        if next(self._left) <= 0:
            raise SystemExit
        return [Look(What.PICTURE, place.placement + where.surface + str(version) + post, 404, gone=True)]


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_a_process_killed_before_it_has_certified_leaves_everything_to_the_next(
    taking_down: TakingDown, looks: int
) -> None:
    house = taking_down.house
    house.surface("second")
    house.surface("third")
    placed(house)
    taken_back(house)
    house.work()
    taking_down.ahead = timedelta(seconds=60)
    with pytest.raises(SystemExit):
        taking_down.another(Killed(looks)).step()
    assert taking_down.certificates() == []
    certificate = taking_down.at_the_bound()
    assert [each["surface"] for each in certificate["surfaces"]] == [SURFACE, "second", "third"]
    assert certificate["complete"] is True


def test_two_processes_that_both_believe_to_lead_issue_one_certificate(taking_down: TakingDown) -> None:
    placed(taking_down.house)
    taken_back(taking_down.house)
    taking_down.house.work()
    taking_down.ahead = timedelta(seconds=60)
    together = threading.Barrier(2, timeout=60)

    class Together:
        def look(self, place: Place, where: Surface, version: int, post: str) -> Sequence[Look]:
            together.wait()
            return taking_down.prober.look(place, where, version, post)

    threads = [threading.Thread(target=taking_down.another(Together()).step) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert [(each["number"], each["complete"]) for each in taking_down.certificates()] == [(1, True)]


def test_one_that_cannot_be_looked_at_at_all_keeps_no_other_waiting(taking_down: TakingDown) -> None:
    for name in ("first", "second"):
        placed(taking_down.house, name)
        taken_back(taking_down.house, name)
        taking_down.house.work()
    broken = taking_down.takedowns("first")[0]
    with taking_down.house.database.transaction() as conn:
        (place,) = broken.places
        PostgresStore(conn).keep_takedown(replace(broken, places=(replace(place, surface="nowhere"),)))
    taking_down.look(seconds=60)
    assert taking_down.certificates("first") == []
    assert [each["complete"] for each in taking_down.certificates("second")] == [True]
    [waiting] = taking_down.takedowns("first")
    assert waiting.next_look_at is not None, "for a minute"
    taking_down.look(seconds=30)
    assert taking_down.takedowns("first") == [waiting]
