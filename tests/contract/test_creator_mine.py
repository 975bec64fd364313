"""Saying that something is one's own, at the creator door, with the real rights service behind it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

import grpc
import httpx2
import pytest

from chorus.api.rights.v1 import claim_pb2, contact_pb2
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.rights.adapters.evidence import Sealer
from tests.contract.test_creator_door import PAGE, hidden
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import BOTH, HOME, POST, DoorHouse, creator_door, public_item
from tests.unit.rights.service import prepare, reason_of

pytestmark = pytest.mark.postgres
ITEM = "/lumen/mine?item=p1"


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company."""
    with creator_door(make_database("rights", prepare)) as running:
        yield running


@pytest.fixture
def client(house: DoorHouse) -> Iterator[httpx2.Client]:
    """A browser without scripts that follows nothing by itself."""
    with visitor(house) as client:
        yield client


def visitor(house: DoorHouse) -> httpx2.Client:
    return httpx2.Client(base_url=house.url, headers=PAGE, trust_env=False, timeout=30)


def say(client: httpx2.Client, kind: str = "lost_link", **fields: str) -> httpx2.Response:
    """Send the form of the item as a browser does."""
    nonce = hidden(client.get(ITEM).text, "nonce")
    return client.post(ITEM, data={"nonce": nonce, "kind": kind, **fields})


def become_known(house: DoorHouse) -> None:
    """Ask for the post by e-mail, so that an address of whoever made it is known."""
    house.rights.client().CreateRequest(
        pb.CreateRequestRequest(
            brand="lumen", post=POST, scope=BOTH, surfaces=[HOME], days=365,
            channel=contact_pb2.CHANNEL_EMAIL, email="mira@creators.example",
        )
    )  # fmt: skip


def claim(house: DoorHouse) -> claim_pb2.GetClaimResponse | None:
    """Read what waits for the brand, as its rights managers do."""
    try:
        return house.rights.client().GetClaim(claim_pb2.GetClaimRequest(brand="lumen", post=POST))
    except grpc.RpcError as failure:
        if reason_of(failure) == "CLAIM_NOT_FOUND":
            return None
        raise


def links_queued(house: DoorHouse) -> int:
    with house.rights.database.transaction() as conn:
        found = conn.execute("SELECT count(*) FROM mails WHERE wished_by <> ''").fetchone()
    return int(found[0]) if found else 0


def test_whoever_made_an_item_says_so_without_an_account_and_is_told_until_when_they_are_answered(
    house: DoorHouse, client: httpx2.Client
) -> None:
    form = client.get(ITEM).text
    assert "Blue hour on the balcony" in form
    assert "“Wall on the home page”" in form
    sent = say(client, "not_allowed", words="It is on my page.", email="noa@creators.example")
    assert sent.status_code == 303
    heard = client.get(sent.headers["location"]).text
    assert "A person at Lumen looks at it and answers by 26 Nov 2026." in heard
    assert 'href="/lumen/mine"' in heard
    assert "noa" not in heard
    found = claim(house)
    assert found is not None
    [saying] = found.sayings
    assert (saying.kind, saying.words, saying.email) == (
        claim_pb2.CLAIM_KIND_NOT_ALLOWED,
        "It is on my page.",
        "noa@creators.example",
    )


def test_nothing_that_is_answered_tells_whether_the_creator_is_known(make_database: MakeDatabase) -> None:
    """To the one a link goes by mail, and a person answers the other; both read the same."""
    read = {}
    for known in (True, False):
        with creator_door(make_database("rights", prepare)) as house, visitor(house) as client:
            house.ask()
            if known:
                become_known(house)
            form = client.get(ITEM)
            sent = client.post(ITEM, data={"nonce": hidden(form.text, "nonce"), "kind": "lost_link"})
            heard = client.get(sent.headers["location"])
            plain = re.sub(r'name="nonce" value="[^"]*"', "", form.text)
            read[known] = (plain, sent.status_code, set(sent.headers), sent.text, _without_mark(heard.text))
            assert (links_queued(house), claim(house) is None) == (int(known), known)
    assert read[True] == read[False]


def _without_mark(page: str) -> str:
    """Leave out the mark, which tells when it was made, where the switch repeats it."""
    return re.sub(r"heard=[^&\"]*", "", page)


def test_the_address_that_somebody_writes_never_gets_a_link(house: DoorHouse, client: httpx2.Client) -> None:
    become_known(house)
    say(client, email="mallory@elsewhere.example")
    with house.rights.database.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM sayings").fetchone() == (0,)
        assert conn.execute("SELECT masked FROM addresses").fetchall() == [("m…@creators.example",)]


def test_what_cannot_be_sent_is_told_beside_its_field_and_what_was_typed_is_kept(
    house: DoorHouse, client: httpx2.Client
) -> None:
    wrong = say(client, "", words="Mine <b>alone</b>", email="nobody")
    assert wrong.status_code == 422
    assert 'id="kind-wrong"' in wrong.text
    assert "Mine &lt;b&gt;alone&lt;/b&gt;" in wrong.text
    wrong = say(client, "lost_link", words="x" * 1001, email="nobody")
    for field in ("words", "email"):
        assert re.search(rf'aria-invalid="true" aria-describedby="{field}-wrong {field}-hint"', wrong.text)
    assert 'value="lost_link" required checked' in wrong.text
    assert claim(house) is None


def test_a_form_that_is_sent_twice_says_it_once(house: DoorHouse, client: httpx2.Client) -> None:
    form = {"nonce": hidden(client.get(ITEM).text, "nonce"), "kind": "not_allowed"}
    assert [client.post(ITEM, data=form).status_code for _ in range(2)] == [303, 303]
    found = claim(house)
    assert found is not None
    assert found.claim.times == 1


def test_a_one_time_value_of_any_length_does_no_harm(client: httpx2.Client) -> None:
    assert client.post(ITEM, data={"nonce": secrets.token_hex(10_000), "kind": "not_allowed"}).status_code == 303


def test_what_is_shown_no_more_has_no_form(house: DoorHouse, client: httpx2.Client) -> None:
    assert client.get("/lumen/mine?item=p9").status_code == 404
    form = {"nonce": hidden(client.get(ITEM).text, "nonce"), "kind": "not_allowed"}
    house.publishing.live = False
    gone = client.post(ITEM, data=form)
    assert gone.status_code == 404
    assert "This is not shown any more." in gone.text
    assert client.get("/nobody/mine").status_code == 404


def test_who_saw_it_somewhere_finds_it_by_its_address_or_page_by_page(house: DoorHouse, client: httpx2.Client) -> None:
    house.publishing.items = [
        public_item(placement=f"p{number}", url=f"https://social.example/{number}") for number in range(30)
    ]
    first = client.get("/lumen/mine").text
    assert first.count("/lumen/mine?item=") == 24
    onward = re.search(r'href="([^"]*after=[^"]*)"', first)
    assert onward
    assert client.get(onward[1].replace("&amp;", "&")).text.count("/lumen/mine?item=") == 6
    found = client.get("/lumen/mine", params={"address": "https://social.example/7"}).text
    assert re.findall(r"/lumen/mine\?item=(\w+)", found) == ["p7"]
    assert "has this address" in client.get("/lumen/mine", params={"address": "https://other.example"}).text


@pytest.mark.parametrize("mark", ["x", "WyJsdW1lbiIsImxvc3RfbGluayIsMF0.x.x", ""])
def test_nobody_makes_up_by_when_a_brand_answers(client: httpx2.Client, mark: str) -> None:
    page = client.get("/lumen/mine", params={"heard": mark}).text
    assert "Is something here yours?" in page
    assert "Thank you" not in page


def test_what_was_typed_survives_while_rights_cannot_be_reached(make_database: MakeDatabase) -> None:
    settings = {"rights_address": "127.0.0.1:1"}
    with creator_door(make_database("rights", prepare), **settings) as house, visitor(house) as client:
        missed = say(client, "not_allowed", words="Mine")
        assert missed.status_code == 503
        assert ">Mine</textarea>" in missed.text
        house.stop["publishing"].stop(0)
        assert client.get(ITEM).status_code == 503


def test_one_client_cannot_say_it_without_end(make_database: MakeDatabase) -> None:
    settings = {"claim_rate": "2/hour"}
    with creator_door(make_database("rights", prepare), **settings) as house, visitor(house) as client:
        assert [say(client, "not_allowed").status_code for _ in range(3)] == [303, 303, 429]


def test_what_people_write_is_in_no_log(
    house: DoorHouse, client: httpx2.Client, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    say(client, "not_allowed", words="a secret of mine", email="noa@creators.example")
    say(client, "not_allowed", words="a secret of mine", email="noa creators.example")
    logged = "".join(capfd.readouterr()) + caplog.text
    assert "secret of mine" not in logged
    assert "creators.example" not in logged


def test_whoever_had_allowed_what_was_taken_down_reads_so_and_has_a_receipt_of_it(
    house: DoorHouse, client: httpx2.Client
) -> None:
    link = house.ask()
    page = client.get(f"/r/{link}").text
    client.post(f"/r/{link}/answer", data={"nonce": hidden(page, "nonce"), "answer": "yes", "language": "en"})
    say(client, "not_allowed")
    house.rights.client().TakeDown(claim_pb2.TakeDownRequest(brand="lumen", post=POST))
    Sealer(house.rights.database, house.rights.evidence).seal_soon()
    gone = client.get(f"/r/{link}").text
    assert "It was taken down" in gone
    assert "since somebody said that it is theirs. What you allowed is over." in gone
    for offered in ("Allow less", "Take it back"):
        assert offered not in gone
    receipts = client.get(f"/r/{link}/receipt").text
    assert "Lumen took this down on 23 Nov 2026" in receipts
    assert receipts.count("Save the receipt") == 2
    assert client.get(f"/r/{link}/receipt/ended.json").json()["receipt"]["details"]["reason"] == "claimed"
    assert client.get(f"/r/{link}/receipt.pdf").status_code == 200
    assert client.get(f"/r/{link}/export.zip").status_code == 200
