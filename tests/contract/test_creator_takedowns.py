"""The take-down clock on creators' pages: what leaves, what has left, what cannot be called back; the certificate."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.publishing.v1 import publishing_pb2 as pb
from tests.contract.test_creator_door import PAGE, answer, hidden
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import POST, DoorHouse, creator_door, taken_down
from tests.unit.rights.service import golden, prepare

pytestmark = pytest.mark.postgres
REFRESH = '<meta http-equiv="refresh"'


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door whose rights keep the time that it is."""
    with creator_door(make_database("rights", prepare)) as running:
        running.rights.clock.now = datetime.now(UTC)
        yield running


@pytest.fixture
def client(house: DoorHouse) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=house.url, headers=PAGE, trust_env=False, timeout=30) as client:
        yield client


def given(house: DoorHouse, client: httpx2.Client) -> str:
    link = house.ask()
    answer(client, link, answer="yes")
    return link


def taken_back(house: DoorHouse, client: httpx2.Client) -> str:
    link = given(house, client)
    client.post(f"/r/{link}/revoke", data={"nonce": hidden(client.get(f"/r/{link}").text, "nonce")})
    return link


def test_the_clock_runs_from_the_decision_before_publishing_has_heard_of_it(
    house: DoorHouse, client: httpx2.Client
) -> None:
    page = client.get(f"/r/{taken_back(house, client)}").text
    assert "You took it back" in page
    assert "Being taken off" in page
    assert "<progress" in page
    assert REFRESH in page, "it looks again by itself"


def test_while_it_runs_each_place_is_named_with_the_time_since_which_it_is_not_shown(
    house: DoorHouse, client: httpx2.Client
) -> None:
    link = taken_back(house, client)
    house.publishing.takedowns = [taken_down(state=pb.TAKEDOWN_STATE_RUNNING)]
    page = client.get(f"/r/{link}").text
    assert "it is gone from wherever it may no longer be shown" in page
    assert page.count("Not shown by us since") == 2
    assert "E-mails that were sent with it cannot be called back" in page
    assert "Copies at cms.lumen.example" in page
    assert "it has not confirmed that yet" in page
    assert "Save the certificate" not in page
    assert REFRESH in page


def test_at_the_bound_it_says_that_it_is_looking_and_later_that_it_is_gone(
    house: DoorHouse, client: httpx2.Client
) -> None:
    link = taken_back(house, client)
    begun = datetime.now(UTC) - timedelta(seconds=31)
    house.publishing.takedowns = [taken_down(state=pb.TAKEDOWN_STATE_RUNNING, began_at=begun)]
    assert "We are looking from outside" in client.get(f"/r/{link}").text
    # Whoever issues certificates is down: no page looks again for ever.
    house.publishing.takedowns = [taken_down(state=pb.TAKEDOWN_STATE_RUNNING, began_at=begun - timedelta(minutes=5))]
    assert REFRESH not in client.get(f"/r/{link}").text
    house.publishing.takedowns = [taken_down()]
    page = client.get(f"/r/{link}").text
    assert "Taken off, and confirmed gone" in page
    assert page.count("Gone: looked at from outside") == 2
    assert "Confirmed that its copy is gone" in page
    assert "<progress" not in page
    assert REFRESH not in page


UNSURE = {
    pb.TAKEDOWN_STATE_UNCONFIRMED: ("not all of it confirmed yet", "looked at again", "has not confirmed that yet"),
    pb.TAKEDOWN_STATE_GIVEN_UP: ("not all of it confirmed", "nobody could confirm", "it never confirmed that"),
}


@pytest.mark.parametrize(("state", "said"), UNSURE.items())
def test_what_is_not_confirmed_is_named(
    house: DoorHouse, client: httpx2.Client, state: pb.TakedownState.ValueType, said: tuple[str, ...]
) -> None:
    link = taken_back(house, client)
    house.publishing.takedowns = [taken_down(state=state)]
    page = client.get(f"/r/{link}").text
    assert [words for words in said if words not in page] == []
    assert "Gone: looked at from outside" in page
    assert "Save the certificate" in page


def test_the_newest_certificate_is_saved_by_the_link_of_its_own_post_alone(
    house: DoorHouse, client: httpx2.Client
) -> None:
    link = taken_back(house, client)
    house.publishing.takedowns = [taken_down(2), taken_down(1, state=pb.TAKEDOWN_STATE_RUNNING)]
    assert f'href="/r/{link}/takedown/t2.json"' in client.get(f"/r/{link}").text
    saved = client.get(f"/r/{link}/takedown/t2.json")
    assert (saved.json(), saved.headers["cache-control"]) == ({"certificate": 2}, "no-store")
    day = datetime.now(UTC).date().isoformat()
    assert saved.headers["content-disposition"] == f'attachment; filename="takedown-{day}.json"'
    refused = client.get(f"/r/{link}/takedown/t1.json", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["reason"]) == (404, "NO_CERTIFICATE")
    house.publishing.takedowns[0].post = "another"
    assert client.get(f"/r/{link}/takedown/t2.json").status_code == 404


def test_what_was_taken_off_before_is_kept_apart(house: DoorHouse, client: httpx2.Client) -> None:
    link = given(house, client)
    long_ago = datetime.now(UTC) - timedelta(days=40)
    house.publishing.takedowns = [taken_down(2, cause="edited"), taken_down(1, cause="expired", began_at=long_ago)]
    page = client.get(f"/r/{link}").text
    newest, before = page.split("Taken off before")
    assert ("Its pictures changed where it came from" in newest, "Its time was over" in before) == (True, True)
    assert f"/r/{link}/takedown/t1.json" in before


def test_who_allowed_less_sees_the_clock_and_nothing_that_is_filled_in_is_lost(
    house: DoorHouse, client: httpx2.Client
) -> None:
    """The page does not look again by itself where there is something to fill in."""
    link = given(house, client)
    nonce = hidden(client.get(f"/r/{link}/less").text, "nonce")
    client.post(f"/r/{link}/less", data={"nonce": nonce, "uses": "web"})
    house.publishing.takedowns = [taken_down(cause="scope", state=pb.TAKEDOWN_STATE_RUNNING)]
    page = client.get(f"/r/{link}").text
    assert "Where it is shown now" in page
    assert "You allowed less" in page
    assert "<progress" in page
    assert (REFRESH in page, f'<a href="/r/{link}">Look again</a>' in page) == (False, True)


@pytest.mark.parametrize("ends", ["erase", "deleted"])
def test_the_link_of_a_post_that_is_gone_goes_on_showing_how_it_was_taken_off(
    house: DoorHouse, client: httpx2.Client, ends: str
) -> None:
    link = given(house, client)
    if ends == "erase":
        client.post(f"/r/{link}/erase", data={"nonce": hidden(client.get(f"/r/{link}/erase").text, "nonce")})
    else:
        withdrawn = golden(PostEvent, "post/withdrawn")
        assert isinstance(withdrawn, PostEvent)
        withdrawn.meta.post = POST
        house.rights.hear(withdrawn)
    house.publishing.takedowns = [taken_down(cause="source-deleted", state=pb.TAKEDOWN_STATE_RUNNING)]
    page = client.get(f"/r/{link}").text
    assert {"erase": "It is erased", "deleted": "This post is gone"}[ends] in page
    assert page.count("It is gone from where it came from") == 0, "the page says so anyway"
    assert "<progress" in page
    assert REFRESH in page


@pytest.mark.parametrize("ends", [False, True])
def test_while_publishing_is_down_the_page_says_that_it_does_not_know(
    house: DoorHouse, client: httpx2.Client, ends: bool
) -> None:
    """The clock runs all the same: what was decided, rights knows."""
    link = taken_back(house, client) if ends else given(house, client)
    house.stop["publishing"].stop(0)
    page = client.get(f"/r/{link}")
    assert page.status_code == 200
    assert "That is not known just now" in page.text
    assert ("<progress" in page.text) is ends
    refused = client.get(f"/r/{link}/takedown/t1.json", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["reason"]) == (503, "PUBLISHING_DOWN")


def test_certificates_are_in_what_a_creator_carries_away(house: DoorHouse, client: httpx2.Client) -> None:
    link = taken_back(house, client)
    house.publishing.takedowns = [taken_down(3, state=pb.TAKEDOWN_STATE_RUNNING), taken_down(2), taken_down(1)]
    with zipfile.ZipFile(io.BytesIO(client.get(f"/r/{link}/export.zip").content)) as file:
        assert b'"certificate": 1' in file.read("takedowns/1.json")
        assert b'"certificate": 2' in file.read("takedowns/2.json")
        assert "takedowns/3.json" not in file.namelist()


def test_whoever_withdraws_an_upload_is_led_to_its_clock(house: DoorHouse, client: httpx2.Client) -> None:
    link = taken_back(house, client)
    page = client.post(f"/r/{link}/withdraw").text
    assert f'href="/r/{link}"' in page
