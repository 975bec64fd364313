"""P11: looking does nothing, and a link does one thing.

Creators' links in a running house: what each allows and what not; and addresses of every kind, opened by GET and HEAD
as mail scanners and chat previews open them: no row changes.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from lxml import html

from chorus.api.brands.v1 import brands_pb2
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.local.people import until
from chorus.platform import rpc
from chorus.platform.auth import Signer
from tests.hostile.rows import changed, settled, state
from tests.hostile.senders import PHOTO, Uploader
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale
from tests.serving import KEYS

pytestmark = on("embedded")


@dataclass(frozen=True)
class Page:
    """What somebody sees who sends or opens something: the status and the heading."""

    status: int
    heading: str


class Creator:
    """Somebody with a link, who may send any form to any address."""

    def __init__(self, story: Story, link: str) -> None:
        self.link = link
        self._origin = story.house.addresses.public
        self._http = httpx2.Client(
            trust_env=False, timeout=60, follow_redirects=True, headers={"Accept": "text/html", "Origin": self._origin}
        )

    def open(self) -> Page:
        return _page(self._http.get(self.link))

    def nonce(self, act: str) -> str:
        """Read the one-time value of a form on the link's page."""
        document: Any = html.document_fromstring(self._http.get(self.link).text)
        (value,) = document.xpath(f"//form[contains(@action, '/{act}')]//input[@name='nonce']/@value")
        return str(value)

    def send(self, act: str, **fields: str) -> Page:
        return _page(self._http.post(f"{self.link}/{act}", data=fields))


def _page(answer: httpx2.Response) -> Page:
    assert answer.headers["content-type"].startswith("text/html"), answer.text[:300]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    document: Any = html.document_fromstring(answer.text)
    (heading,) = document.xpath("//h1")
    return Page(answer.status_code, heading.text_content().strip())


@pytest.fixture
def asked(story: Story) -> Creator:
    """A creator who was asked, and has not answered."""
    return Creator(story, ask(story, 1))


def ask(story: Story, number: int) -> str:
    story.send(story.item(number, seed=number))
    (post,) = until("the post", lambda: [each for each in story.arrived(1) if each["text"] == f"Post {number}"] or None)
    story.decide(post)
    return story.ask(post["post"])


# --- what is no link --------------------------------------------------------------------------------------------------


def test_no_forged_link_opens_or_does_anything(story: Story, asked: Creator, seed: int) -> None:
    nonce, before, chance = asked.nonce("answer"), settled(story), random.Random(seed)
    token = asked.link.rpartition("/")[2]
    for number in range(40):
        forged = Creator(story, asked.link.replace(token, _mutant(chance, token)))
        assert forged.open() == Page(404, "There is nothing here"), (seed, number)
        assert forged.send("answer", nonce=nonce, answer="yes").status == 404, (seed, number)
        assert forged.send("revoke", nonce=nonce).status == 404
        assert forged.send("withdraw").status == 404
    assert state(story) == before
    assert asked.open().status == 200


def _mutant(chance: random.Random, token: str) -> str:
    """Change, cut, pad, double or turn around a token."""
    at = chance.randrange(len(token))
    letter = chance.choice([each for each in "ABCxyz019-_" if each != token[at]])
    forms: list[Callable[[], str]] = [
        lambda: token[:at] + letter + token[at + 1 :],
        lambda: token[:at] or letter,
        lambda: token[: len(token) - 1],
        lambda: token + letter,
        lambda: token + "%20",
        lambda: token + "=",
        lambda: token * 2,
        token.swapcase,
        lambda: token[::-1],
    ]
    return chance.choice(forms)()


def test_a_secret_of_another_purpose_is_no_link(story: Story, asked: Creator) -> None:
    key = story.add_surface("letter", access="SURFACE_ACCESS_KEY")["key"]
    code = sign_in_code(story)
    token = asked.link.rpartition("/")[2]
    before = settled(story)
    for secret in (key, code, story.secret, story.curator._client.cookies["chorus"], asked.nonce("answer")):
        other = Creator(story, asked.link.replace(token, secret))
        assert other.open().status == 404
        assert other.send("revoke", nonce="").status == 404
    taken = httpx2.post(
        f"{story.house.addresses.console}/sign-in",
        data={"code": token},
        headers={"Origin": story.house.addresses.console},
        trust_env=False,
    )
    assert taken.status_code == 401
    assert httpx2.get(f"{story.address('feed.json', 'letter')}?key={token}", trust_env=False).status_code == 401
    assert state(story) == before


# --- a form does one thing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("nonce", ["", "garbage", "e30.e30.e30", "%00", "ü"])
def test_a_form_without_its_own_value_does_nothing(story: Story, asked: Creator, nonce: str) -> None:
    before = settled(story)
    assert asked.send("answer", nonce=nonce, answer="yes") == Page(422, "That did not work")
    assert asked.send("answer", nonce=nonce, answer="no").status == 422
    assert asked.send("revoke", nonce=nonce).status < 500
    assert state(story) == before


def test_a_form_of_one_link_does_nothing_at_another(story: Story, asked: Creator) -> None:
    other = Creator(story, ask(story, 3))
    before = settled(story)
    assert other.send("answer", nonce=asked.nonce("answer"), answer="yes").status == 422
    assert state(story) == before


def test_an_answer_that_is_none_does_nothing(story: Story, asked: Creator) -> None:
    before, nonce = settled(story), asked.nonce("answer")
    assert asked.send("answer", nonce=nonce).status == 422
    assert asked.send("answer", nonce=nonce, answer="maybe").status == 422
    assert asked.send("answer", nonce=nonce, answer="some").status == 422
    assert asked.send("answer", nonce=nonce, answer="some", uses="ads").status == 422
    assert asked.send("answer", nonce=nonce, answer="some", uses="everything").status == 422
    assert state(story) == before


def test_the_form_that_allowed_takes_nothing_back_and_allows_nothing_again(story: Story, asked: Creator) -> None:
    yes = asked.nonce("answer")
    asked.send("answer", nonce=yes, answer="yes")
    granted = settled(story)
    assert asked.send("revoke", nonce=yes).status == 422
    assert asked.send("answer", nonce=yes, answer="no").status == 409
    # The same again is the same: nothing is said twice.
    assert asked.send("answer", nonce=yes, answer="yes").status == 200
    assert state(story) == granted
    back = asked.nonce("revoke")
    asked.send("revoke", nonce=back)
    revoked = settled(story)
    for _ in range(3):
        assert asked.send("answer", nonce=yes, answer="yes") == Page(200, "You took it back")
        assert asked.send("revoke", nonce=back) == Page(200, "You took it back")
    assert state(story) == revoked
    assert story.on() == set()


def test_a_link_whose_window_has_ended_allows_nothing(story: Story, asked: Creator) -> None:
    nonce = asked.nonce("answer")
    with story.database("rights") as conn:
        conn.execute("UPDATE requests SET window_ends_at = now() - interval '1 second' WHERE brand = %s", [story.brand])
    assert asked.send("answer", nonce=nonce, answer="yes").status == 409
    assert asked.send("answer", nonce=nonce, answer="no").status == 409

    def look() -> bool | None:
        with story.database("rights") as conn:
            rows = conn.execute("SELECT state FROM requests WHERE brand = %s", [story.brand]).fetchall()
        return rows == [("lapsed",)] or None

    until("the request to lapse", look)
    before = settled(story)
    assert asked.open().status == 200
    assert asked.send("answer", nonce=nonce, answer="yes").status == 409
    assert state(story) == before
    assert granted_to(story) == 0


def test_a_link_that_a_newer_one_took_the_place_of_allows_nothing(story: Story, asked: Creator) -> None:
    nonce = asked.nonce("answer")
    (post,) = story.queue()
    newer = Creator(story, story.ask(post["post"]))
    before = settled(story)
    assert asked.open().status == 200
    assert asked.send("answer", nonce=nonce, answer="yes").status == 409
    assert state(story) == before
    assert newer.send("answer", nonce=newer.nonce("answer"), answer="no").status == 200
    assert granted_to(story) == 0


def test_a_link_shows_no_picture_but_its_own(story: Story, asked: Creator) -> None:
    (mine,) = story.queue()
    other = Creator(story, ask(story, 3))
    own = f"picture/{mine['media'][0]['media']}/320.jpg"
    assert httpx2.get(f"{asked.link}/{own}", trust_env=False).status_code == 200
    assert httpx2.get(f"{other.link}/{own}", trust_env=False).status_code == 404
    assert httpx2.get(f"{asked.link}/picture/x/320.jpg", trust_env=False).status_code == 404
    assert httpx2.get(f"{asked.link}/{own}".replace("320", "5000"), trust_env=False).status_code == 404


def granted_to(story: Story) -> int:
    with story.database("rights") as conn:
        row = conn.execute("SELECT count(*) FROM grants WHERE brand = %s", [story.brand]).fetchone()
    assert row is not None
    return int(row[0])


def test_only_an_uploads_link_deletes_an_upload(story: Story, asked: Creator) -> None:
    uploader = Uploader(story)
    uploaded = Creator(story, uploader.by_api(PHOTO).json()["manage_url"])
    until("rights to hear of the upload", lambda: uploaded.open().heading.startswith("Thank you") or None)
    before = settled(story)
    assert asked.send("withdraw").status == 404
    assert asked.send("revoke", nonce=uploaded.nonce("revoke")).status < 500
    assert uploaded.send("answer", nonce=asked.nonce("answer"), answer="yes").status == 422
    assert uploaded.send("answer", nonce=uploaded.nonce("revoke"), answer="yes").status == 422
    assert state(story) == before


# --- looking changes nothing ------------------------------------------------------------------------------------------


def sign_in_code(story: Story) -> str:
    brands = BrandsStub(rpc.channel(story.house.addresses.grpc["brands"], Signer(KEYS).operator_token))
    return str(brands.CreateSignIn(brands_pb2.CreateSignInRequest(email=f"ada@{story.brand}.example")).code)


def test_no_number_of_looks_changes_anything(story: Story, asked: Creator, figures: Figures, scale: Scale) -> None:
    """Mail scanners and chat previews open every address, often, by GET and HEAD."""
    uploader = Uploader(story)
    granted, revoked = Creator(story, ask(story, 3)), Creator(story, ask(story, 5))
    for creator in (granted, revoked):
        creator.send("answer", nonce=creator.nonce("answer"), answer="yes")
    revoked.send("revoke", nonce=revoked.nonce("revoke"))
    uploaded = Creator(story, uploader.by_api(PHOTO).json()["manage_url"])
    until("rights to hear of the upload", lambda: uploaded.open().heading.startswith("Thank you") or None)
    code = sign_in_code(story)
    until("one post on the wall", lambda: len(story.on()) == 1 or None)
    before, feed = settled(story), story.feed()
    addresses = [each.link for each in (asked, granted, revoked, uploaded)]
    addresses += [f"{granted.link}/receipt", f"{granted.link}/receipt/granted.json", f"{revoked.link}/receipt"]
    addresses += [f"{uploader.origin}{uploader.page}", f"{uploader.origin}{uploader.api}"]
    addresses += [f"{story.house.addresses.console}/sign-in?code={code}"]
    with httpx2.Client(trust_env=False, timeout=60, headers={"Accept": "text/html"}) as scanner:
        answers = [
            scanner.request(method, address).status_code
            for address in addresses
            for method in ("GET", "HEAD")
            for _ in range(scale(10, 50))
        ]
    moved = changed(story, before)
    figures.count("looks by GET and HEAD", len(answers), at_least=scale(200, 1_000))
    figures.count("tables that changed", len(moved), at_most=0)
    assert set(answers) == {200}
    assert moved == []
    assert story.feed() == feed
    story.curator.sign_in(code)
    assert asked.send("answer", nonce=asked.nonce("answer"), answer="yes").heading.startswith("Thank you")
