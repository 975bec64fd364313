"""What creators see, by whatever link, of what a brand attests: its own word, to be ended with that very link."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest

from chorus.api.rights.v1 import attestation_pb2
from chorus.rights.adapters.clockwork import Clockwork
from tests.contract.test_creator_door import PAGE, answer, carried, facts, hidden, receipt
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import DoorHouse, creator_door
from tests.unit.rights.service import prepare

pytestmark = pytest.mark.postgres
CLAIM = "Lumen says that it may show this on the web, until 23 Nov 2027: by a contract of 3 Nov 2026."
WORD = "This is the word of Lumen, and not yours."
OVER = "On 23 Nov 2026 you ended what Lumen said that it may do by another permission."


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company."""
    with creator_door(make_database("rights", prepare)) as running:
        yield running


@pytest.fixture
def client(house: DoorHouse) -> Iterator[httpx2.Client]:
    """A browser without scripts that follows nothing by itself."""
    with httpx2.Client(base_url=house.url, headers=PAGE, trust_env=False, timeout=30) as client:
        yield client


def test_whoever_is_asked_sees_what_the_brand_says_and_a_no_ends_it(house: DoorHouse, client: httpx2.Client) -> None:
    house.attest()
    link = house.ask()
    asked = client.get(f"/r/{link}").text
    assert CLAIM in asked
    assert f"{WORD} If you say no, it ends too." in asked
    assert "The permission is said to come from Studio North." in asked
    assert "If you do nothing, nothing is shown" not in asked
    assert not [each for each in ("drawer", "ada@", "contract.pdf") if each in asked], "the brand's own"
    answer(client, link, answer="no")
    declined = client.get(f"/r/{link}").text
    assert OVER in declined
    assert CLAIM not in declined
    assert facts(house) == ["granted", "requested", "declined", "revoked"]
    assert receipt(client, link, "revoked").receipt["kind"] == "revoked"


def test_a_creator_who_allows_something_ends_the_brand_s_word_alone(house: DoorHouse, client: httpx2.Client) -> None:
    grant = house.attest()
    link = house.ask()
    answer(client, link, answer="yes", credit="Mira E.")
    thanks = client.get(f"/r/{link}").text
    assert "You allowed Lumen to show this" in thanks
    assert CLAIM in thanks
    ended = client.post(f"/r/{link}/overrule", data={"nonce": hidden(thanks, "nonce")})
    assert (ended.status_code, ended.headers["location"]) == (303, f"/r/{link}")
    after = client.get(f"/r/{link}").text
    assert "You allowed Lumen to show this" in after
    assert OVER in after
    assert receipt(client, link, "revoked").receipt["details"]["grant"] == grant
    assert client.post(f"/r/{link}/overrule", data={"nonce": hidden(thanks, "nonce")}).status_code == 303, "again"
    assert facts(house) == ["granted", "requested", "granted", "revoked"]


def test_a_link_that_nobody_answered_in_time_ends_it_too_and_has_its_receipt(
    house: DoorHouse, client: httpx2.Client
) -> None:
    link = house.ask()
    house.rights.clock.now += timedelta(days=30)
    Clockwork(house.rights.database, house.rights.wiring.means).tick(house.rights.clock.now)
    before = client.get(f"/r/{link}").text
    assert "so nothing was allowed and nothing is shown" in before
    assert client.get(f"/r/{link}/receipt").status_code == 404
    house.attest(basis=attestation_pb2.BASIS_OTHER, other="model <release>")
    claimed = client.get(f"/r/{link}").text
    assert "so nothing was allowed with this link" in claimed
    assert "by a permission of 3 Nov 2026 (model &lt;release&gt;)" in claimed
    assert "Wall on the home page" in claimed, "where it is shown"
    client.post(f"/r/{link}/overrule", data={"nonce": hidden(claimed, "nonce")})
    assert "you ended what Lumen said" in client.get(f"/r/{link}/receipt").text
    assert receipt(client, link, "revoked").receipt["kind"] == "revoked"


def test_allowing_less_says_that_the_brand_s_word_ends_too_and_it_does(house: DoorHouse, client: httpx2.Client) -> None:
    house.attest()
    link = house.ask()
    answer(client, link, answer="yes")
    form = client.get(f"/r/{link}/less").text
    assert "What Lumen says that it may do by another permission ends with this, too." in form
    client.post(f"/r/{link}/less", data={"nonce": hidden(form, "nonce"), "uses": ["web"]})
    assert OVER in client.get(f"/r/{link}").text


def test_what_the_brand_says_is_carried_away_apart_from_what_was_given(house: DoorHouse, client: httpx2.Client) -> None:
    grant = house.attest()
    post = json.loads(carried(client, house.ask())["post.json"])
    assert post["given"] is None
    [claim] = post["attested_by_brand"]
    assert (claim["grant"], claim["basis"], claim["given_by"], claim["given_on"], claim["state"]) == (
        grant,
        "contract",
        "Studio North",
        "2026-11-03",
        "active",
    )
    assert "by" not in claim
    assert [each["address"] for each in post["shown_now"]] == ["https://lumen.example/"]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", "aufgrund eines Vertrags vom 3. Nov. 2026"),
        ("fr", "en vertu d’un contrat du 3 nov. 2026"),
        ("es", "por un contrato del 3 nov 2026"),
        ("ar", "بموجب عقد بتاريخ"),
    ],
)
def test_it_is_said_in_the_creator_s_own_language(
    house: DoorHouse, client: httpx2.Client, language: str, said: str
) -> None:
    house.attest()
    assert said in client.get(f"/r/{house.ask()}", headers={"Accept-Language": language}).text
