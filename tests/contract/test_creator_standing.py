"""The creator's door where consent to later posts is asked, given, acted on and ended."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.evidence.keys import read_published
from chorus.evidence.receipt import verify
from tests.contract.test_creator_together import CHILD, PAGE, aged, facts, send
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import DoorHouse, creator_door
from tests.unit.rights.posts import arrive, ask_together
from tests.unit.rights.service import prepare

pytestmark = pytest.mark.postgres
DAY = timedelta(days=1)


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


@pytest.fixture
def first(house: DoorHouse) -> str:
    return arrive(house.rights, "The first")


@pytest.fixture
def link(house: DoorHouse, first: str) -> str:
    """A link by which a post and later ones are asked for."""
    asked = pb.Standing()
    asked.starts.FromDatetime(house.rights.clock.now)
    asked.until.FromDatetime(house.rights.clock.now + 365 * DAY)
    return ask_together(house.rights, first, standing=asked)


def later(house: DoorHouse, text: str) -> str:
    return arrive(house.rights, text, posted_at=house.rights.clock.now + DAY)


def test_later_posts_are_asked_for_plainly_and_given_by_a_tick_of_their_own(
    house: DoorHouse, client: httpx2.Client, link: str, first: str
) -> None:
    page = client.get(f"/r/{link}").text
    assert "Lumen also asks for what you post" in page
    assert "You need not allow that to say yes." in page
    assert '<input type="checkbox" name="standing">' in page
    send(client, link, "answer", answer="yes")
    later(house, "Later")
    assert facts(house) == [(first, "granted")]
    assert "What you post later" not in client.get(f"/r/{link}").text


def test_what_was_chosen_stands_behind_the_same_link_with_everything_that_a_post_has(
    house: DoorHouse, client: httpx2.Client, link: str, first: str
) -> None:
    send(client, link, "answer", answer="yes", standing="on", credit="Mira E.")
    thanks = client.get(f"/r/{link}").text
    assert "Lumen may also show what you post" in thanks
    assert "Later posts too" in client.get(f"/r/{link}/receipt").text
    post = later(house, "Later")
    page = client.get(f"/r/{link}").text
    assert "Lumen may show 2 of these posts now." in page
    assert "They chose it" in page
    own = f"{link}~{post}"
    chosen = client.get(f"/r/{own}").text
    assert "you allowed Lumen to show what you post later. They chose this." in chosen
    assert "Withdraw my upload" not in chosen
    assert "only_new" not in chosen
    receipt = client.get(f"/r/{own}/receipt").text
    assert "By consent to later posts" in receipt
    said = json.loads(client.get(f"/r/{own}/odrl.jsonld").text)
    assert said["chorus:standing"]["@value"].startswith("2026-11-23")
    with zipfile.ZipFile(io.BytesIO(client.get(f"/r/{own}/export.zip").content)) as file:
        saved = json.loads(file.read("post.json"))
        assert (saved["asked"], saved["given"]["by"], saved["given"]["credit"]) == (None, "standing", "Mira E.")
    with zipfile.ZipFile(io.BytesIO(client.get(f"/r/{link}~{first}/export.zip").content)) as file:
        assert json.loads(file.read("post.json"))["asked"]["later_posts"]["allowed"] is True
    assert send(client, own, "less", uses=["web"]).status_code == 303
    assert facts(house) == [(first, "granted"), (post, "granted"), (post, "narrowed")]


def test_nothing_new_from_now_on_leaves_what_was_chosen_and_has_a_receipt(
    house: DoorHouse, client: httpx2.Client, link: str, first: str
) -> None:
    send(client, link, "answer", answer="yes", standing="on")
    post = later(house, "Later")
    assert send(client, link, "revoke", only_new="yes").status_code == 303
    page = client.get(f"/r/{link}").text
    assert "nothing new follows from what you allowed of later posts" in page
    assert "Lumen may show 2 of these posts now." in page
    later(house, "After")
    assert facts(house) == [(first, "granted"), (post, "granted")]
    saved = client.get(f"/r/{link}~{first}/receipt/standing_ended.json")
    said = verify(saved.content, read_published(client.get("/evidence/keys.json").json())).receipt
    assert (said["kind"], said["details"]["standing"]["taken_back"]) == ("standing_ended", False)
    assert "Consent to later posts ended" in client.get(f"/r/{link}~{first}/receipt").text


def test_all_is_taken_back_at_once_and_also_from_the_only_page_of_a_link(
    house: DoorHouse, client: httpx2.Client, link: str, first: str
) -> None:
    send(client, link, "answer", answer="yes", standing="on")
    assert "Nothing new of yours is shown either." in client.get(f"/r/{link}").text
    posts = [later(house, f"Later {number}") for number in range(3)]
    assert "Nothing new of yours is shown either." in client.get(f"/r/{link}").text
    assert send(client, link, "revoke").status_code == 303
    later(house, "After")
    assert "Lumen may show none of these posts." in client.get(f"/r/{link}").text
    assert sorted(facts(house)) == sorted((post, fact) for post in (first, *posts) for fact in ("granted", "revoked"))


def test_one_that_was_chosen_is_taken_back_alone(
    house: DoorHouse, client: httpx2.Client, link: str, first: str
) -> None:
    send(client, link, "answer", answer="yes", standing="on")
    post = later(house, "Later")
    assert send(client, f"{link}~{post}", "revoke").status_code == 303
    other = later(house, "Another")
    assert facts(house) == [(first, "granted"), (post, "granted"), (post, "revoked"), (other, "granted")]


def test_erasing_the_first_says_what_ends_with_it(
    house: DoorHouse, client: httpx2.Client, link: str, first: str
) -> None:
    send(client, link, "answer", answer="yes", standing="on")
    post = later(house, "Later")
    words = "What you allowed of later posts ends too."
    assert words in client.get(f"/r/{link}~{first}/erase").text
    assert words not in client.get(f"/r/{link}~{post}/erase").text
    client.post(f"/r/{link}~{first}/erase", data={"nonce": view(house, f"{link}~{first}").erase_nonce})
    later(house, "After")
    page = client.get(f"/r/{link}").text
    assert "It is erased" in page
    assert "Lumen may show one of these posts now." in page
    assert facts(house)[-1] == (first, "revoked")


@pytest.mark.parametrize("several", [False, True])
def test_a_guardian_ends_what_is_allowed_of_later_posts_also_where_nothing_else_is_allowed_any_more(
    house: DoorHouse, client: httpx2.Client, first: str, several: bool
) -> None:
    aged(house)
    asked = pb.Standing()
    asked.until.FromDatetime(house.rights.clock.now + 365 * DAY)
    posts = [first, arrive(house.rights, "The second")] if several else [first]
    link = ask_together(house.rights, *posts, standing=asked)
    send(client, link, "answer", answer="yes", born=CHILD, standing="on", shown=posts)
    [guardian] = re.findall(r'<code class="code" dir="ltr">[^<]*/r/([^<]+)</code>', client.get(f"/r/{link}").text)
    send(client, guardian, "confirm", answer="yes", guardian="on")
    ended = "also allows what they post"
    with house.rights.database.transaction() as conn:
        conn.execute("UPDATE grants SET state = 'expired', ended_at = valid_until")
    page = client.get(f"/r/{guardian}").text
    assert "There is nothing to answer any more" in page
    assert ended in page
    assert send(client, guardian, "confirm", answer="no").status_code == 303
    assert ended not in client.get(f"/r/{guardian}").text
    later(house, "After")
    assert facts(house) == [(post, "granted") for post in posts]


def view(house: DoorHouse, link: str) -> pb.CreatorView:
    return house.rights.client("creator").GetLink(pb.GetLinkRequest(link=link))


def test_a_form_about_later_posts_does_nothing_where_none_are_asked_for(
    house: DoorHouse, client: httpx2.Client, first: str
) -> None:
    link = ask_together(house.rights, first)
    assert 'name="standing"' not in client.get(f"/r/{link}").text
    assert send(client, link, "answer", answer="yes", standing="on").status_code == 422
    send(client, link, "answer", answer="yes")
    refused = send(client, link, "revoke", only_new="yes")
    assert refused.status_code == 409
    assert "Nothing of what you post later was allowed with this link" in refused.text
    assert facts(house) == [(first, "granted")]
