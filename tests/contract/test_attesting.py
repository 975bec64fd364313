"""What a brand attests, over gRPC and on PostgreSQL: recorded with proof, shown as what it is, ended by either side."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import grpc
import pytest

from chorus.api.events.v1 import rights_pb2 as events
from chorus.api.rights.v1 import attestation_pb2 as pb
from chorus.api.rights.v1 import rights_pb2
from chorus.api.rights.v1.rights_pb2_grpc import RightsStub
from chorus.api.types.v1 import scope_pb2
from chorus.errors import Invalid
from chorus.evidence.keys import read_published
from chorus.evidence.receipt import Verified, verify
from chorus.platform.secrets import sha256_hex
from chorus.platform.status import error_of
from chorus.rights.adapters.evidence import Sealer
from tests.contract.test_rights_service import POST, answered, ask, receipts, refused
from tests.engines.fixtures import MakeDatabase
from tests.unit.rights.service import RightsService, rights_with_terms

pytestmark = pytest.mark.postgres
PDF = b"%PDF-1.7\nBetween Lumen and Studio North"
WEB = scope_pb2.Scope(uses=[scope_pb2.USE_WEB])
MANAGER = 3


@pytest.fixture
def service(make_database: MakeDatabase) -> Iterator[RightsService]:
    """The service, with terms, and the golden post approved and complete."""
    with rights_with_terms(make_database) as running:
        yield running


def attested(**given: object) -> pb.AttestGrantRequest:
    """Make what is usually attested."""
    usual: dict[str, object] = {
        "brand": "lumen", "post": POST, "scope": WEB, "days": 365, "basis": pb.BASIS_CONTRACT,
        "given_by": "Studio North", "given_on": "2026-11-03", "note": "In the drawer.", "proof": PDF,
        "proof_name": "contract.pdf",
    }  # fmt: skip
    return pb.AttestGrantRequest(**{**usual, **given})  # type: ignore[arg-type]  # fields of the message


def manager(service: RightsService) -> RightsStub:
    return service.client(role=MANAGER)


def ended(grant: str, **given: object) -> pb.EndAttestationRequest:
    usual: dict[str, object] = {"brand": "lumen", "grant": grant, "reason": "The contract was cancelled."}
    return pb.EndAttestationRequest(**{**usual, **given})  # type: ignore[arg-type]  # fields of the message


def kept(service: RightsService) -> list[Verified]:
    """Read the receipts that the brand may keep, and check each with what is published."""
    Sealer(service.database, service.evidence).seal_soon()
    keys = service.client("creator").GetEvidenceLog(rights_pb2.GetEvidenceLogRequest()).keys
    found = manager(service).GetPostReceipts(rights_pb2.GetPostReceiptsRequest(brand="lumen", post=POST)).receipts
    return [verify(each.document.encode(), read_published(json.loads(keys))) for each in found]


def proofs(service: RightsService) -> int:
    with service.database.transaction() as conn:
        return conn.execute("SELECT FROM proofs").rowcount


def test_an_attested_grant_is_told_checked_and_proved_as_what_it_is(service: RightsService) -> None:
    given = manager(service).AttestGrant(attested())
    said = given.attestation
    assert (given.via, given.request, given.terms_sha256) == ("attested", "", "")
    assert (said.by, said.in_words) == (
        "ada@lumen.example",
        "by contract of 3 Nov 2026, attested by ada@lumen.example",
    )
    assert said.proof == pb.Proof(
        name="contract.pdf", content_type="application/pdf", size=len(PDF), sha256=sha256_hex(PDF.decode())
    )
    [told] = service.told()
    fact = told.granted
    assert (fact.via, fact.grant, fact.scope) == (events.GRANT_VIA_ATTESTED, given.grant, WEB)
    assert list(fact.media_sha256) == [sha256_hex("picture 0"), sha256_hex("picture 1")]
    check = rights_pb2.CheckGrantsRequest(grants=[given.grant])
    assert list(service.client("publishing").CheckGrants(check).active) == [given.grant]
    [receipt] = kept(service)
    assert receipt.receipt["kind"] == "attested"
    assert "withheld" not in receipt.receipt
    assert receipt.receipt["details"]["proof"]["sha256"] == said.proof.sha256
    assert "studio" not in json.dumps(receipt.receipt).lower()


def test_the_board_the_post_and_its_thread_say_whose_word_it_is(service: RightsService) -> None:
    given = manager(service).AttestGrant(attested())
    viewer, words = service.client(role=1), "by contract of 3 Nov 2026, attested by ada@lumen.example"
    [card] = viewer.ListCards(rights_pb2.ListCardsRequest(brand="lumen", column=rights_pb2.COLUMN_GRANTED)).cards
    assert (card.attested, card.grant.via) == (words, "attested")
    asked = rights_pb2.BatchGetPostRightsRequest(brand="lumen", posts=[POST])
    [standing] = viewer.BatchGetPostRights(asked).rights
    assert standing.attested == words
    assert standing.summary.startswith("lumen says that it may show this on the web")
    thread = viewer.GetThread(rights_pb2.GetThreadRequest(brand="lumen", post=POST))
    assert [(each.kind, each.subject, each.by) for each in thread.events] == [
        (rights_pb2.THREAD_KIND_ATTESTED, given.grant, "ada@lumen.example")
    ]
    found = rights_pb2.CountCardsRequest(brand="lumen", filter=rights_pb2.CardFilter(asked_by="attested"))
    assert sum(each.cards for each in viewer.CountCards(found).counts) == 1


def test_an_attestation_is_an_assertion_in_odrl_and_no_agreement(service: RightsService) -> None:
    manager(service).AttestGrant(attested())
    asked = rights_pb2.GetPostAgreementsRequest(brand="lumen", post=POST)
    [found] = service.client(role=1).GetPostAgreements(asked).agreements
    document: dict[str, Any] = json.loads(found.document)
    assert (document["@type"], document["chorus:basis"]) == ("Assertion", {"@id": "chorus:contract"})
    assert "assigner" not in document


def test_a_proof_is_handed_out_as_it_came_to_rights_managers_of_its_brand(service: RightsService) -> None:
    given = manager(service).AttestGrant(attested())
    asked = pb.GetProofRequest(brand="lumen", grant=given.grant)
    found = manager(service).GetProof(asked)
    assert (found.content, found.proof) == (PDF, given.attestation.proof)
    for who in (service.client(role=2), service.client("creator"), service.client("publishing")):
        assert refused(partial(who.GetProof, asked))[0] is grpc.StatusCode.PERMISSION_DENIED
    unknown = pb.GetProofRequest(brand="lumen", grant="x")
    assert refused(lambda: manager(service).GetProof(unknown)) == (
        grpc.StatusCode.NOT_FOUND,
        "ATTESTATION_NOT_FOUND",
    )


def test_only_rights_managers_attest_and_end_what_was_attested(service: RightsService) -> None:
    curator = service.client(role=2)
    assert refused(lambda: curator.AttestGrant(attested()))[0] is grpc.StatusCode.PERMISSION_DENIED
    assert refused(lambda: curator.EndAttestation(ended("x")))[0] is grpc.StatusCode.PERMISSION_DENIED
    assert service.told() == []


def test_commands_that_are_repeated_are_done_once(service: RightsService) -> None:
    same = attested(request_id=str(uuid.uuid4()))
    given = manager(service).AttestGrant(same)
    assert manager(service).AttestGrant(same) == given
    over = ended(given.grant, request_id=str(uuid.uuid4()))
    assert manager(service).EndAttestation(over) == manager(service).EndAttestation(over)
    assert manager(service).EndAttestation(ended(given.grant, reason="Again.")).attestation.end_reason == over.reason
    assert [event.WhichOneof("fact") for event in service.told()] == ["granted", "revoked"]
    assert proofs(service) == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"proof": b"<html><script>alert(1)</script></html>"}, "proof"),
        ({"proof": PDF.ljust(5 * 1024 * 1024 + 1)}, "proof"),
        ({"proof": b"PK\x03\x04", "proof_name": "contract.docx"}, "proof"),
        ({"basis": 99}, "basis"),
        ({"given_on": "yesterday"}, "given_on"),
    ],
)
def test_what_cannot_be_attested_is_refused_by_its_field(
    service: RightsService, given: dict[str, object], field: str
) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        manager(service).AttestGrant(attested(**given))
    error = error_of(caught.value)
    assert isinstance(error, Invalid)
    assert set(error.fields) == {field}
    assert (service.told(), proofs(service)) == ([], 0)


def test_a_proof_of_five_megabytes_is_taken(service: RightsService) -> None:
    whole = PDF.ljust(5 * 1024 * 1024)
    given = manager(service).AttestGrant(attested(proof=whole))
    found = manager(service).GetProof(pb.GetProofRequest(brand="lumen", grant=given.grant))
    assert found.content == whole


def test_the_brand_ends_it_for_everybody_and_has_a_receipt(service: RightsService) -> None:
    given = manager(service).AttestGrant(attested())
    over = manager(service).EndAttestation(ended(given.grant))
    assert (over.state, over.attestation.ended_by) == (rights_pb2.GRANT_STATE_ENDED, "ada@lumen.example")
    assert service.told()[-1].revoked.grant == given.grant
    check = rights_pb2.CheckGrantsRequest(grants=[given.grant])
    assert list(service.client("publishing").CheckGrants(check).ended) == [given.grant]
    assert [each.receipt["kind"] for each in kept(service)] == ["attested", "ended"]
    assert list(service.objects.list("ended/")) == [f"ended/lumen/{given.grant}"]
    again = refused(lambda: manager(service).EndAttestation(ended(given.grant, reason="")))
    assert again[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_a_creator_who_gets_a_link_sees_what_the_brand_says_and_ends_it_by_that_link(service: RightsService) -> None:
    given = manager(service).AttestGrant(attested())
    secret, creator = ask(service), service.client("creator")
    seen = creator.GetLink(rights_pb2.GetLinkRequest(link=secret))
    [shown] = seen.attested
    told = pb.Attestation(basis=pb.BASIS_CONTRACT, given_by="Studio North", given_on="2026-11-03")
    assert (shown.grant, shown.attestation) == (given.grant, told), "no notes, no people, no proof of the brand's"
    declined = creator.Answer(rights_pb2.AnswerRequest(link=secret, nonce=seen.nonce, grant=False))
    assert [each.state for each in declined.attested] == [rights_pb2.GRANT_STATE_REVOKED]
    assert [each.receipt["kind"] for each in receipts(service, secret)] == ["declined", "revoked"]
    assert list(service.objects.list("revoked/")) == [f"revoked/lumen/{given.grant}"]
    refusal = refused(lambda: manager(service).AttestGrant(attested()))
    assert refusal == (grpc.StatusCode.FAILED_PRECONDITION, "SAID_NO")


def test_taking_back_ends_what_was_given_and_what_was_attested(service: RightsService) -> None:
    manager(service).AttestGrant(attested())
    secret, view = answered(service, grant=True)
    creator = service.client("creator")
    over = creator.Revoke(rights_pb2.RevokeRequest(link=secret, nonce=view.nonce))
    assert (over.grant.state, over.attested[0].state) == (rights_pb2.GRANT_STATE_REVOKED,) * 2
    assert [each.receipt["kind"] for each in receipts(service, secret)] == ["granted", "revoked", "revoked"]


def test_while_the_creator_is_asked_nothing_is_attested(service: RightsService) -> None:
    ask(service)
    refusal = refused(lambda: manager(service).AttestGrant(attested()))
    assert refusal == (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_ASKED")


def test_with_an_erased_post_its_proof_and_whatever_was_written_are_gone(service: RightsService) -> None:
    given = manager(service).AttestGrant(attested(basis=pb.BASIS_OTHER, other="Model release"))
    secret = ask(service)
    creator = service.client("creator")
    nonce = creator.GetLink(rights_pb2.GetLinkRequest(link=secret)).erase_nonce
    creator.Erase(rights_pb2.EraseRequest(link=secret, nonce=nonce))
    asked = pb.GetProofRequest(brand="lumen", grant=given.grant)
    assert refused(lambda: manager(service).GetProof(asked))[1] == "ATTESTATION_NOT_FOUND"
    tables = ("posts", "requests", "grants", "proofs", "thread", "evidence_details", "evidence", "journal")
    with service.database.transaction() as conn:
        rows = str([row for table in tables for row in conn.execute(f"SELECT {table}::text FROM {table}")])  # noqa: S608
    wrote = ("Studio North", "drawer", "Model release", "contract.pdf", given.attestation.proof.sha256, PDF.hex())
    assert [each for each in wrote if each in rows] == []
