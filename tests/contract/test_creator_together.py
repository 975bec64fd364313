"""The creator's door where one link leads to several posts."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import httpx2
import pytest

from chorus.api.rights.v1 import rights_pb2 as pb
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import SUMMARY, TEXT, DoorHouse, creator_door
from tests.unit.rights.posts import arrive, ask_together
from tests.unit.rights.service import prepare

pytestmark = pytest.mark.postgres
PAGE = {"Accept": "text/html"}
CHILD, ADULT = "2015-02-28", "1990-02-28"


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company."""
    with creator_door(make_database("rights", prepare)) as running:
        yield running


@pytest.fixture
def posts(house: DoorHouse) -> list[str]:
    """Three posts of one creator."""
    return [arrive(house.rights, f"Lamp {number}") for number in range(3)]


@pytest.fixture
def client(house: DoorHouse) -> Iterator[httpx2.Client]:
    """A browser without scripts that follows nothing by itself."""
    with httpx2.Client(base_url=house.url, headers=PAGE, trust_env=False, timeout=30) as client:
        yield client


def nonce(client: httpx2.Client, page: str, form: str) -> str:
    """Read the one-time value of a form on a page."""
    found = re.search(rf'/{form}[?"].*?name="nonce" value="([^"]*)"', client.get(f"/r/{page}").text, re.DOTALL)
    assert found, page
    return found[1]


def send(client: httpx2.Client, link: str, form: str, **fields: str | list[str]) -> httpx2.Response:
    return client.post(f"/r/{link}/{form}", data={"nonce": nonce(client, link, form), "language": "en", **fields})


def facts(house: DoorHouse) -> list[tuple[str, str | None]]:
    """List what was told since the questions, by the post."""
    told = [(event.meta.post, event.WhichOneof("fact")) for event in house.rights.told()]
    return [each for each in told if each[1] != "requested"]


def aged(house: DoorHouse) -> None:
    """Have terms that ask for an age."""
    terms = pb.CreateTermsRequest(
        brand="lumen", terms="share", language="en", summary=SUMMARY, text=TEXT, minimum_age=16
    )
    house.rights.client().CreateTerms(terms)


def test_a_creator_answers_for_all_posts_of_a_link_and_takes_all_back(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    """The terms stand there once, and each post leads to a page of its own, with everything that a link has."""
    link = ask_together(house.rights, *posts)
    page = client.get(f"/r/{link}").text
    assert "Lumen would like to show 3 of your posts" in page
    assert page.count("You keep every right.") == 1
    assert re.findall(r'name="shown" value="([^"]+)"', page) == posts[::-1]
    assert send(client, link, "answer", answer="yes", shown=posts, credit="Mira").headers["location"] == f"/r/{link}"
    assert "Lumen may show 3 of these posts now." in client.get(f"/r/{link}").text
    own = f"{link}~{posts[1]}"
    thanks = client.get(f"/r/{own}").text
    assert "Thank you, Mira" in thanks
    assert f'href="/r/{link}"' in thanks
    for file in ("receipt", "receipt/granted.json", "odrl.jsonld", "export.zip", "less", "erase"):
        assert client.get(f"/r/{own}/{file}").status_code == 200, file
    assert send(client, own, "less", uses=["web"]).headers["location"] == f"/r/{own}"
    assert send(client, link, "revoke").status_code == 303
    assert "Lumen may show none of these posts." in client.get(f"/r/{link}").text
    assert facts(house) == [
        *((post, "granted") for post in posts),
        (posts[1], "narrowed"),
        *((post, "revoked") for post in posts),
    ]


def test_a_link_to_one_post_is_that_post_s_page(house: DoorHouse, client: httpx2.Client, posts: list[str]) -> None:
    link = ask_together(house.rights, posts[0])
    page = client.get(f"/r/{link}").text
    assert "Lumen would like to show your picture" in page
    assert 'name="shown"' not in page
    assert "All of these posts" not in page


def test_single_posts_are_chosen_and_the_rest_stays_open(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    link = ask_together(house.rights, *posts)
    assert "checked" not in client.get(f"/r/{link}").text
    nothing = send(client, link, "answer", answer="chosen", shown=posts)
    assert nothing.status_code == 422
    assert "Tick at least one post" in nothing.text
    assert send(client, link, "answer", answer="chosen", shown=posts, post=[posts[1]]).status_code == 303
    mixed = client.get(f"/r/{link}").text
    assert "Lumen would like to show 2 of your posts" in mixed
    assert "Lumen may show one of these posts now." in mixed
    assert facts(house) == [(posts[1], "granted")]
    assert send(client, link, "answer", answer="no", shown=[posts[0], posts[2]]).status_code == 303
    assert [fact for _, fact in facts(house)] == ["granted", "declined", "declined"]


def test_later_posts_are_not_asked_for_again_where_they_are_allowed(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    wanted = pb.Standing()
    wanted.starts.FromDatetime(house.rights.clock.now)
    wanted.until.FromDatetime(house.rights.clock.now + timedelta(days=365))
    link = ask_together(house.rights, *posts, standing=wanted)
    assert "also asks for what you post" in client.get(f"/r/{link}").text
    send(client, link, "answer", answer="chosen", shown=posts, post=[posts[1]], standing="on")
    allowed = client.get(f"/r/{link}").text
    assert "Lumen may also show what you post" in allowed
    assert "also asks for what you post" not in allowed
    assert 'name="standing"' not in allowed + client.get(f"/r/{link}~{posts[0]}").text
    send(client, link, "revoke", only_new="yes")
    assert "also asks for what you post" in client.get(f"/r/{link}").text


def test_whoever_is_asked_about_several_posts_says_there_that_they_would_rather_not_be(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    link = ask_together(house.rights, *posts)
    assert f'href="/r/{link}/stop"' in client.get(f"/r/{link}").text
    assert f'href="/r/{link}"' in client.get(f"/r/{link}/stop").text


def test_how_many_pictures_there_are_is_said_as_a_language_counts_them(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    """Arabic has a form of its own for two."""
    link = ask_together(house.rights, *posts)
    assert "بجانب الصور أينما" in client.get(f"/r/{link}?lang=ar").text
    send(client, link, "answer", answer="chosen", shown=posts, post=[posts[1]])
    assert "بجانب الصورتين أينما" in client.get(f"/r/{link}?lang=ar").text


def test_where_the_questions_differ_each_is_answered_by_itself(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    """Also a minor cannot get around the age that one of them asks for."""
    ask_together(house.rights, posts[0])
    aged(house)
    link = ask_together(house.rights, posts[1], also=posts[0])
    page = client.get(f"/r/{link}").text
    assert "is not the same for each of them" in page
    assert "/answer" not in page
    view = house.rights.client("creator").GetLink(pb.GetLinkRequest(link=link))
    sent = {"nonce": view.nonce, "answer": "yes", "shown": posts[:2], "born": CHILD}
    assert client.post(f"/r/{link}/answer", data=sent).status_code == 409
    alone = client.post(f"/r/{link}/answer", data={**sent, "shown": [posts[1]]})
    assert alone.status_code == 422
    assert "Say when you were born" in alone.text
    assert facts(house) == []


def test_a_minor_passes_on_one_link_and_their_guardian_agrees_to_all_of_it(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    aged(house)
    link = ask_together(house.rights, *posts)
    assert send(client, link, "answer", answer="yes", shown=posts).status_code == 422
    assert send(client, link, "answer", answer="yes", shown=posts, born=CHILD).status_code == 303
    waiting = html.unescape(client.get(f"/r/{link}").text)
    [guardian] = re.findall(r'<code class="code" dir="ltr">[^<]*/r/([^<]+)</code>', waiting)
    assert "show these pictures?" in httpx2.URL(re.findall(r'href="sms:([^"]+)"', waiting)[0]).params["body"]
    asked = client.get(f"/r/{guardian}").text
    assert "May your child’s pictures be shown?" in asked
    assert send(client, guardian, "confirm", answer="yes").status_code == 422
    one = f"{guardian}~{posts[0]}"
    assert "May your child’s picture be shown?" in client.get(f"/r/{one}").text
    assert send(client, one, "confirm", answer="no").status_code == 303
    assert send(client, guardian, "confirm", answer="yes", guardian="on").status_code == 303
    assert facts(house) == [(posts[0], "declined"), (posts[1], "granted"), (posts[2], "granted")]
    assert "You agreed that Lumen may show 2 of these posts." in client.get(f"/r/{guardian}").text
    for form in ("answer", "less", "revoke", "erase"):
        assert (
            client.post(f"/r/{guardian}/{form}", data={"nonce": "x", "answer": "yes", "uses": "web"}).status_code == 409
        )


def test_whoever_is_old_enough_says_once_when_they_were_born(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    aged(house)
    link = ask_together(house.rights, *posts)
    assert send(client, link, "answer", answer="yes", shown=posts, born=ADULT).status_code == 303
    assert facts(house) == [(post, "granted") for post in posts]


def test_what_concerns_one_post_leads_back_to_all_of_them(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    link = ask_together(house.rights, *posts)
    for path in ("receipt", "less", "erase"):
        refused = client.get(f"/r/{link}/{path}")
        assert refused.status_code == 409, path
        assert "This link leads to several posts: open one of them." in refused.text
        assert f'href="/r/{link}"' in refused.text


def test_everything_is_saved_in_one_file_each_post_in_a_folder(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    link = ask_together(house.rights, *posts)
    send(client, link, "answer", answer="chosen", shown=posts, post=posts[:2])
    with zipfile.ZipFile(io.BytesIO(client.get(f"/r/{link}/export.zip").content)) as file:
        names = set(file.namelist())
        saved = [json.loads(file.read(f"{number}/post.json")) for number in (1, 2, 3)]
    assert [each["post"] for each in saved] == posts
    assert [each["asked"]["state"] for each in saved] == ["granted", "granted", "requested"]
    assert {"1/receipts/granted.json", "2/pictures/1.jpg", "3/terms.md"} <= names
    assert "3/receipts/granted.json" not in names


def test_a_page_shows_where_each_post_is_shown_and_does_without_where_nobody_knows(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    link = ask_together(house.rights, *posts)
    send(client, link, "answer", answer="yes", shown=posts)
    assert "Shown on “Wall on the home page”" in client.get(f"/r/{link}").text
    house.stop["publishing"].stop(0)
    page = client.get(f"/r/{link}")
    assert page.status_code == 200
    assert "Shown on" not in page.text


def test_a_picture_that_is_still_to_come_is_in_no_answer(
    house: DoorHouse, client: httpx2.Client, posts: list[str]
) -> None:
    later = arrive(house.rights, "Later", pending=True)
    link = ask_together(house.rights, *posts, later)
    page = client.get(f"/r/{link}").text
    assert "Its picture is on its way" in page
    assert re.findall(r'name="shown" value="([^"]+)"', page) == posts[::-1]


def test_an_erased_post_is_told_of_beside_the_others(house: DoorHouse, client: httpx2.Client, posts: list[str]) -> None:
    link = ask_together(house.rights, *posts)
    assert (
        client.post(
            f"/r/{link}~{posts[0]}/erase", data={"nonce": nonce(client, f"{link}~{posts[0]}/erase", "erase")}
        ).status_code
        == 303
    )
    page = client.get(f"/r/{link}").text
    assert "It is erased" in page
    assert "Lamp 0" not in page
    assert "Lumen would like to show 2 of your posts" in page
