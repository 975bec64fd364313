"""Somebody says that a post is theirs: what rights does about it, to a real mail server and on a real database."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest

from chorus.api.rights.v1 import claim_pb2 as claims
from chorus.api.rights.v1 import contact_pb2
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.platform.resealing import Resealer
from chorus.platform.secrets import Vault
from chorus.rights.adapters.claims import SEALED
from chorus.rights.adapters.clockwork import Clockwork
from chorus.rights.adapters.mailer import Mailer, MailServer
from chorus.rights.domain.claim import KEPT
from chorus.rights.domain.claiming import MAILS_WITHIN
from tests.contract.test_rights_mail import MINUTE, House, ask, postman
from tests.contract.test_rights_service import POST, refused
from tests.engines.fixtures import MakeDatabase
from tests.mail_server import mail_server
from tests.unit.rights.service import KEYS, rights_with_terms

pytestmark = pytest.mark.postgres
OF_POST = {"brand": "lumen", "post": POST}
NEW_KEY = "another secret of this test, long enough"


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[House]:
    """The service and a mail server, with a post that its creator allowed by a link that came by mail."""
    with rights_with_terms(make_database) as service, mail_server() as box:
        mailer = Mailer(MailServer("127.0.0.1", box.port, tls=False, plain=True), "ask@stories.example")
        made = House(service, box, postman(service, mailer))
        ask(made)
        made.later(MINUTE)
        made.send()
        creator, link = service.client("creator"), made.links()[0]
        nonce = creator.GetLink(pb.GetLinkRequest(link=link)).nonce
        creator.Answer(pb.AnswerRequest(link=link, nonce=nonce, grant=True))
        yield made


def say(house: House, kind: claims.ClaimKind.ValueType = claims.CLAIM_KIND_LOST_LINK, words: str = "") -> None:
    said = claims.ClaimPostRequest(**OF_POST, kind=kind, words=words, nonce=str(uuid.uuid4()))
    house.service.client("creator").ClaimPost(said)


def claim_of(house: House) -> claims.Claim:
    asked = pb.BatchGetPostRightsRequest(brand="lumen", posts=[POST])
    return house.service.client().BatchGetPostRights(asked).rights[0].claim


def kinds(house: House) -> list[pb.ThreadKind.ValueType]:
    return [event.kind for event in house.thread()]


def test_a_link_that_was_lost_comes_by_mail_at_once_whatever_the_hour_and_whoever_asks_no_more(house: House) -> None:
    creator, old = house.service.client("creator"), house.links()[0]
    creator.SetOptOut(contact_pb2.SetOptOutRequest(link=old, opt_out=contact_pb2.OPT_OUT_EVERYWHERE))
    house.service.clock.now = house.service.clock.now.replace(hour=23)
    say(house)
    assert house.send() == 1
    to, _ = house.box.taken[-1]
    assert to == "Mira@creators.example"
    fresh = house.links()[0]
    assert fresh not in {old, ""}
    for link in (old, fresh):
        assert creator.GetLink(pb.GetLinkRequest(link=link)).grant.state == pb.GRANT_STATE_ACTIVE
    assert kinds(house)[-1] == pb.THREAD_KIND_LINK_MAILED
    assert house.thread()[-1].detail == "M…@creators.example"
    assert not claim_of(house).claim


def test_where_the_mail_server_will_not_have_it_people_answer(house: House) -> None:
    house.box.to_recipient["Mira"] = "550 5.1.1 no such mailbox"
    say(house)
    house.send()
    assert kinds(house)[-2:] == [pb.THREAD_KIND_MAIL_FAILED, pb.THREAD_KIND_CLAIMED]
    assert list(claim_of(house).kinds) == [claims.CLAIM_KIND_LOST_LINK]


def test_a_curator_mails_the_link_once_however_often_that_is_sent(house: House) -> None:
    client = house.service.client()
    asked = claims.MailLinkRequest(**OF_POST, request_id=str(uuid.uuid4()))
    assert refused(lambda: client.MailLink(asked)) == (grpc.StatusCode.NOT_FOUND, "CLAIM_NOT_FOUND")
    say(house, claims.CLAIM_KIND_NOT_ALLOWED)
    assert {client.MailLink(asked).email for _ in range(2)} == {"M…@creators.example"}
    assert house.send() == 1
    assert (house.thread()[-1].kind, house.thread()[-1].by) == (pb.THREAD_KIND_LINK_MAILED, "ada@lumen.example")
    assert claim_of(house).HasField("due_at")


def test_a_link_that_was_made_for_somebody_is_remembered_nowhere_and_sent_again_is_a_fresh_one(house: House) -> None:
    say(house, claims.CLAIM_KIND_NOT_ALLOWED)
    asked = claims.GiveLinkRequest(**OF_POST, request_id=str(uuid.uuid4()))
    client, creator = house.service.client(), house.service.client("creator")
    first, second = (client.GiveLink(asked) for _ in range(2))
    assert first.link != second.link
    assert second.link in second.message
    for given in (first, second):
        assert creator.GetLink(pb.GetLinkRequest(link=given.link.rpartition("/")[2])).HasField("grant")
    assert kinds(house).count(pb.THREAD_KIND_LINKED) == 1
    secrets = [given.link.rpartition("/")[2] for given in (first, second)]
    for table in ("idempotency", "links", "thread"):
        assert not [row for row in house.rows(table) if any(secret in str(row) for secret in secrets)]


def test_what_is_taken_down_is_over_at_once_and_lies_in_the_journal(house: House) -> None:
    say(house, claims.CLAIM_KIND_NOT_ALLOWED)
    before = len(list(house.service.objects.list()))
    taken = house.service.client().TakeDown(
        claims.TakeDownRequest(**OF_POST, claim=claim_of(house).claim, request_id=str(uuid.uuid4()))
    )
    assert taken.outcome == claims.CLAIM_OUTCOME_TAKEN_DOWN
    assert house.service.told()[-1].WhichOneof("fact") in {"ended", "revoked"}
    assert len(list(house.service.objects.list())) > before
    again = claims.ReopenClaimRequest(**OF_POST, request_id=str(uuid.uuid4()))
    over = refused(lambda: house.service.client().ReopenClaim(again))
    assert over == (grpc.StatusCode.FAILED_PRECONDITION, "CLAIM_OVER")


def test_what_was_written_is_sealed_anew_and_let_go_of_when_its_time_is_over(house: House) -> None:
    say(house, claims.CLAIM_KIND_NOT_ALLOWED, "A quokka is mine.")
    assert "quokka" not in str(house.rows("sayings"))
    rotated = Vault((NEW_KEY, *KEYS))
    assert [Resealer(house.service.database, rotated, SEALED).reseal() for _ in range(2)] == [1, 0]
    outcome = claims.CLAIM_OUTCOME_ANSWERED
    house.service.client().CloseClaim(
        claims.CloseClaimRequest(**OF_POST, outcome=outcome, request_id=str(uuid.uuid4()))
    )
    clockwork = Clockwork(house.service.database, house.service.wiring.means)
    clockwork.tick(house.service.clock.now + KEPT - timedelta(seconds=1))
    assert len(house.rows("sayings")) == 1
    clockwork.tick(house.service.clock.now + KEPT)
    assert (house.rows("sayings"), claim_of(house).outcome) == ([], outcome)


def test_that_a_link_was_mailed_is_forgotten_when_it_counts_no_more(house: House) -> None:
    say(house)
    assert len(house.rows("links_mailed")) == 1
    Clockwork(house.service.database, house.service.wiring.means).tick(house.service.clock.now + MAILS_WITHIN)
    assert house.rows("links_mailed") == []


@pytest.mark.parametrize("fields", [{"kind": 0}, {"kind": 9}, {"words": "x" * 1001}, {"email": "nobody"}])
def test_what_cannot_be_heard_is_refused(house: House, fields: dict[str, object]) -> None:
    said = {**OF_POST, "kind": claims.CLAIM_KIND_NOT_ALLOWED, "nonce": "x", **fields}
    request = claims.ClaimPostRequest(**said)  # type: ignore[arg-type]  # fields of the message
    code, _ = refused(lambda: house.service.client("creator").ClaimPost(request))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
