"""A creator's link does one thing (P11): what is forged, expired, meant for something else or used up is refused."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.rights.v1.rights_pb2_grpc import RightsStub
from chorus.platform.secrets import sha256_hex
from chorus.rights.adapters.nonces import LONGEST_SECONDS, Nonces
from chorus.rights.domain.link import Purpose
from tests.engines.fixtures import MakeDatabase
from tests.unit.creator.door import DoorHouse, creator_door
from tests.unit.rights.posts import arrive, ask_together
from tests.unit.rights.service import KEYS, prepare, reason_of

pytestmark = pytest.mark.postgres
LETTERS = f"{string.ascii_letters}{string.digits}-_."


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[DoorHouse]:
    """The door with rights behind it."""
    with creator_door(make_database("rights", prepare)) as running:
        yield running


def accepted(creator: RightsStub, call: pb.AnswerRequest | pb.RevokeRequest) -> str:
    """Send a form; answers why it was refused, or "" where it was not."""
    try:
        creator.Answer(call) if isinstance(call, pb.AnswerRequest) else creator.Revoke(call)
    except grpc.RpcError as error:
        return reason_of(error)
    return ""


def facts(house: DoorHouse) -> list[str | None]:
    """Name what rights told, in order."""
    return [event.WhichOneof("fact") for event in house.rights.told()]


def test_no_forged_form_is_accepted(house: DoorHouse, seed: int) -> None:
    """One character changed, dropped or added, in the link or in the form's value (the seed replays it)."""
    chance, link, creator = random.Random(seed), house.ask(), house.rights.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=link)).nonce
    for number in range(100):
        forged_link = _mutant(chance, link) if number % 2 else link
        forged_nonce = nonce if number % 2 else _mutant(chance, nonce)
        call = pb.AnswerRequest(link=forged_link, nonce=forged_nonce, grant=True)
        assert accepted(creator, call) in {"NONCE", "LINK_NOT_FOUND"}, (seed, number)
    assert facts(house) == ["requested"]


def test_a_form_is_good_for_its_own_link_and_purpose_only(house: DoorHouse) -> None:
    """A value made to answer revokes nothing, and another link's value answers nothing."""
    creator, older = house.rights.client("creator"), house.ask()
    stale = creator.GetLink(pb.GetLinkRequest(link=older)).nonce
    link = house.ask()
    assert accepted(creator, pb.AnswerRequest(link=older, nonce=stale, grant=True)) == "SUPERSEDED"
    assert accepted(creator, pb.AnswerRequest(link=link, nonce=stale, grant=True)) == "NONCE"
    nonce = creator.GetLink(pb.GetLinkRequest(link=link)).nonce
    assert accepted(creator, pb.AnswerRequest(link=link, nonce=nonce, grant=True)) == ""
    assert accepted(creator, pb.RevokeRequest(link=link, nonce=nonce)) == "NONCE"
    assert facts(house) == ["requested", "requested", "granted"]


def test_of_links_to_several_posts_each_form_fits_its_own_page_alone(house: DoorHouse) -> None:
    """Every form at every page: of a post at another, of all at one, of one link at another that leads to the same."""
    creator = house.rights.client("creator")
    posts = [arrive(house.rights, f"Lamp {number}") for number in range(3)]
    links = [ask_together(house.rights, *posts[:2]), ask_together(house.rights, posts[2], also=posts[1])]
    pages = {page for link in links for page in (link, *(f"{link}~{post}" for post in posts))}
    leads = {*(f"{links[0]}~{post}" for post in posts[:2]), *(f"{links[1]}~{post}" for post in posts[1:]), *links}
    forms = {page: creator.GetLink(pb.GetLinkRequest(link=page)).nonce for page in leads}
    for page in pages:
        for made_for, nonce in forms.items():
            if page != made_for:
                named = [] if "~" in page else posts[1:2]
                for call in (
                    pb.AnswerRequest(link=page, nonce=nonce, grant=True, posts=named),
                    pb.AnswerRequest(link=page, nonce=nonce, grant=False, posts=named),
                    pb.RevokeRequest(link=page, nonce=nonce),
                ):
                    assert accepted(creator, call) in {"NONCE", "LINK_NOT_FOUND"}, (page, made_for)
    assert set(facts(house)) == {"requested"}


def test_a_used_form_revives_nothing(house: DoorHouse) -> None:
    """A yes that is sent again after it was taken back is the old yes, and gives nothing anew."""
    creator, link = house.rights.client("creator"), house.ask()
    nonce = creator.GetLink(pb.GetLinkRequest(link=link)).nonce
    granted = creator.Answer(pb.AnswerRequest(link=link, nonce=nonce, grant=True))
    creator.Revoke(pb.RevokeRequest(link=link, nonce=granted.nonce))
    for _ in range(3):
        assert accepted(creator, pb.AnswerRequest(link=link, nonce=nonce, grant=True)) == ""
        assert accepted(creator, pb.RevokeRequest(link=link, nonce=granted.nonce)) == ""
    assert facts(house) == ["requested", "granted", "revoked"]


def test_an_expired_link_answers_nothing(house: DoorHouse) -> None:
    """The window is over at its last instant."""
    creator, link = house.rights.client("creator"), house.ask()
    nonce = creator.GetLink(pb.GetLinkRequest(link=link)).nonce
    house.rights.clock.now += timedelta(days=30)
    assert accepted(creator, pb.AnswerRequest(link=link, nonce=nonce, grant=True)) == "LAPSED"
    assert facts(house) == ["requested"]


def test_an_old_form_answers_nothing(house: DoorHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was open for more than a week has to be opened again."""
    creator, link = house.rights.client("creator"), house.ask()
    with monkeypatch.context() as patched:
        patched.setattr("itsdangerous.timed.time.time", lambda: time.time_ns() / 1e9 - LONGEST_SECONDS - 5)
        old = Nonces(KEYS).make(sha256_hex(link), Purpose.ANSWER)
    assert accepted(creator, pb.AnswerRequest(link=link, nonce=old, grant=True)) == "NONCE_EXPIRED"
    assert facts(house) == ["requested"]


def _mutant(chance: random.Random, value: str) -> str:
    """Change, drop or add one character; never the last, whose lowest bits base64 does not use."""
    at = chance.randrange(len(value) - 1)
    other = chance.choice([letter for letter in LETTERS if letter != value[at]])
    return chance.choice(
        [value[:at] + other + value[at + 1 :], value[:at] + value[at + 1 :], value[:at] + other + value[at:]]
    )
