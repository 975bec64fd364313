"""The creator's door where a yes needs others: a guardian's, by a birthday, and people's in the picture."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.creator.age import of_age
from chorus.errors import ChorusError, Invalid
from chorus.platform.status import error_of
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import SUMMARY, TEXT, DoorHouse, creator_door
from tests.unit.rights.service import prepare

pytestmark = pytest.mark.postgres
PAGE = {"Accept": "text/html"}
CHILD, ADULT = "2015-02-28", "1990-02-28"


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """A door, its rights service and its company, whose newest terms are for people of 16 and older."""
    with creator_door(make_database("rights", prepare)) as running:
        terms = pb.CreateTermsRequest(
            brand="lumen", terms="share", language="en", summary=SUMMARY, text=TEXT, minimum_age=16
        )
        assert running.rights.client().CreateTerms(terms).minimum_age == 16
        yield running


@pytest.fixture
def client(house: DoorHouse) -> Iterator[httpx2.Client]:
    """A browser without scripts that follows nothing by itself."""
    with httpx2.Client(base_url=house.url, headers=PAGE, trust_env=False, timeout=30) as client:
        yield client


def nonce(client: httpx2.Client, link: str) -> str:
    found = re.search(r'name="nonce" value="([^"]*)"', client.get(f"/r/{link}").text)
    assert found
    return found[1]


def send(client: httpx2.Client, link: str, form: str, **fields: str) -> httpx2.Response:
    return client.post(f"/r/{link}/{form}", data={"nonce": nonce(client, link), **fields})


def passed_on(client: httpx2.Client, link: str) -> list[str]:
    """Read the links that the creator's page gives out."""
    page = html.unescape(client.get(f"/r/{link}").text)
    return re.findall(r'<code class="code" dir="ltr">[^<]*/r/([^<]+)</code>', page)


def facts(house: DoorHouse) -> list[str | None]:
    return [event.WhichOneof("fact") for event in house.rights.told()]


def test_a_minor_grants_once_a_guardian_who_says_so_agrees(house: DoorHouse, client: httpx2.Client) -> None:
    """Neither page, nor database, nor log ever holds the birthday."""
    link = house.ask()
    page = client.get(f"/r/{link}").text
    assert "When were you born?" in page
    assert "for people of 16 and older" in page
    assert send(client, link, "answer", answer="yes").status_code == 422
    assert send(client, link, "answer", answer="yes", born="tomorrow").status_code == 422
    assert send(client, link, "answer", answer="yes", born=CHILD).status_code == 303
    assert "Almost there" in client.get(f"/r/{link}").text
    [guardian] = passed_on(client, link)
    asked = client.get(f"/r/{guardian}").text
    assert "May your child’s picture be shown?" in asked
    assert "erase" not in asked
    assert send(client, guardian, "confirm", answer="yes").status_code == 422
    assert facts(house) == ["requested"]
    assert send(client, guardian, "confirm", answer="yes", guardian="on").status_code == 303
    assert facts(house) == ["requested", "granted"]
    assert "Thank you" in client.get(f"/r/{guardian}").text
    assert "Thank you" in client.get(f"/r/{link}").text
    assert "Agreed as well" in client.get(f"/r/{link}/receipt").text
    with house.rights.database.transaction() as conn:
        tables = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        query = 'SELECT t::text FROM "{}" t'
        rows = [str(row) for (table,) in tables for row in conn.execute(query.format(table).encode())]
    assert rows
    assert not [row for row in rows if CHILD in row]


def test_whoever_is_old_enough_grants_alone(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    assert send(client, link, "answer", answer="yes", born=ADULT).status_code == 303
    assert facts(house) == ["requested", "granted"]


def test_a_no_needs_no_birthday(house: DoorHouse, client: httpx2.Client) -> None:
    assert send(client, link := house.ask(), "answer", answer="no").status_code == 303
    assert "Thank you for answering" in client.get(f"/r/{link}").text


def test_everybody_in_the_picture_gets_a_link_of_their_own_and_one_no_is_enough(
    house: DoorHouse, client: httpx2.Client
) -> None:
    link = house.ask()
    assert send(client, link, "answer", answer="yes", born=ADULT, others="2").status_code == 303
    first, second = passed_on(client, link)
    assert "May a picture with you be shown?" in client.get(f"/r/{first}").text
    picture = re.search(r'src="(/r/[^"]+/640.jpg)"', client.get(f"/r/{first}").text)
    assert picture
    assert client.get(picture[1]).status_code == 200
    assert send(client, first, "confirm", answer="yes").status_code == 303
    assert "agreed on" in client.get(f"/r/{link}").text
    assert passed_on(client, link) == [second]
    assert send(client, second, "confirm", answer="no").status_code == 303
    assert facts(house) == ["requested", "declined"]
    for page, words in [(link, "had to agree as well said no"), (first, "nothing to answer"), (second, "You said no")]:
        assert words in client.get(f"/r/{page}").text


def test_a_person_in_the_picture_takes_their_yes_back(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    send(client, link, "answer", answer="yes", born=ADULT, others="1")
    [person] = passed_on(client, link)
    send(client, person, "confirm", answer="yes")
    assert send(client, person, "confirm", answer="no").status_code == 303
    assert facts(house) == ["requested", "granted", "revoked"]
    assert "took their yes back" in client.get(f"/r/{link}").text
    assert "You said no" in client.get(f"/r/{person}").text


def test_the_creator_takes_a_yes_back_that_waits(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    send(client, link, "answer", answer="yes", born=CHILD)
    [guardian] = passed_on(client, link)
    assert send(client, link, "revoke").status_code == 303
    assert "You took your yes back" in client.get(f"/r/{link}").text
    assert "nothing to answer" in client.get(f"/r/{guardian}").text
    assert facts(house) == ["requested", "declined"]


def test_a_link_for_agreeing_does_nothing_else_and_no_other_form_fits_it(
    house: DoorHouse, client: httpx2.Client
) -> None:
    link = house.ask()
    send(client, link, "answer", answer="yes", born=CHILD, others="1")
    guardian, person = passed_on(client, link)
    own, theirs = nonce(client, link), nonce(client, guardian)
    before = facts(house)
    for form in ("answer", "less", "revoke", "erase"):
        refused = client.post(f"/r/{guardian}/{form}", data={"nonce": theirs, "answer": "yes", "uses": "web"})
        assert refused.status_code == 409, form
    for page in ("receipt", "export.zip", "odrl.jsonld", "less", "erase"):
        assert client.get(f"/r/{guardian}/{page}").status_code in {404, 409}, page
    for wrong in (own, nonce(client, person), "", "x"):
        sent = {"nonce": wrong, "answer": "yes", "guardian": "on"}
        assert client.post(f"/r/{guardian}/confirm", data=sent).status_code == 422
    assert client.post(f"/r/{link}/confirm", data={"nonce": theirs, "answer": "yes"}).status_code == 422
    assert facts(house) == before


def test_the_brand_never_sees_the_links_by_which_others_agree(house: DoorHouse, client: httpx2.Client) -> None:
    link = house.ask()
    send(client, link, "answer", answer="yes", born=CHILD)
    [guardian] = passed_on(client, link)
    [post] = (
        house.rights.client()
        .BatchGetPostRights(pb.BatchGetPostRightsRequest(brand="lumen", posts=[view_of(house, link).post]))
        .rights
    )
    assert [each.part for each in post.requests[0].confirmations] == [pb.PART_GUARDIAN]
    assert "a guardian still to agree" in post.summary
    assert guardian not in str(post)
    assert view_of(house, guardian).request.confirmations[0].link == ""


def view_of(house: DoorHouse, link: str) -> pb.CreatorView:
    return house.rights.client("creator").GetLink(pb.GetLinkRequest(link=link))


def test_rights_takes_no_yes_from_a_door_that_did_not_ask_for_the_age(house: DoorHouse) -> None:
    creator, link = house.rights.client("creator"), house.ask()
    said = pb.AnswerRequest(link=link, nonce=view_of(house, link).nonce, grant=True)
    with pytest.raises(Exception) as caught:  # noqa: PT011 -- read as our own below
        creator.Answer(said)
    error = error_of(caught.value)  # type: ignore[arg-type]  # a call that failed
    assert isinstance(error, Invalid)
    assert list(error.fields) == ["born"]


NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@given(st.dates(date(1910, 1, 1), date(2026, 11, 28)), st.integers(1, 21))
def test_an_age_is_reached_on_the_birthday_and_not_a_day_before(born: date, minimum: int) -> None:
    birthday = _birthday(born, born.year + minimum)
    assert of_age(born.isoformat(), minimum, _noon(birthday)) is True
    assert of_age(born.isoformat(), minimum, _noon(birthday - timedelta(days=1))) is False


def _birthday(born: date, year: int) -> date:
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@pytest.mark.parametrize("born", ["2026-11-29", "1899-01-01", "28.11.2000", "2000-02-30", "x"])
def test_a_day_on_which_nobody_was_born_is_told(born: str) -> None:
    with pytest.raises(ChorusError) as caught:
        of_age(born, 16, NOW)
    assert isinstance(caught.value, Invalid)


def test_nobody_has_to_say_when_they_were_born() -> None:
    assert of_age("", 16, NOW) is None
