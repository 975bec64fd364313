"""The rights service over gRPC, on PostgreSQL: what curators, creators and publishing call."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from functools import partial
from typing import Any, cast

import grpc
import pytest

from chorus.api.events.v1.post_pb2 import WITHDRAWN_REASON_ERASED, PostEvent
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.rights.v1.rights_pb2_grpc import RightsStub
from chorus.api.types.v1 import scope_pb2
from chorus.evidence.keys import read_published
from chorus.evidence.receipt import Verified, verify, verify_log
from chorus.platform.secrets import sha256_hex
from chorus.rights.adapters.clockwork import Clockwork
from chorus.rights.adapters.evidence import Sealer
from chorus.rights.adapters.nonces import Nonces
from chorus.rights.domain.link import Purpose
from tests.engines.fixtures import MakeDatabase
from tests.unit.rights.service import (
    KEYS,
    RightsService,
    golden,
    reason_of,
    rights_with_terms,
)

pytestmark = pytest.mark.postgres
CAPTURED = cast("PostEvent", golden(PostEvent, "post/captured"))
POST = CAPTURED.meta.post
WEB_AND_MAIL = scope_pb2.Scope(uses=[scope_pb2.USE_WEB, scope_pb2.USE_EMAIL])


@pytest.fixture
def service(make_database: MakeDatabase) -> Iterator[RightsService]:
    """The service, with terms, and the golden post approved and complete."""
    with rights_with_terms(make_database) as running:
        yield running


def question(**given: object) -> pb.CreateRequestRequest:
    """Make the usual question."""
    usual: dict[str, object] = {"brand": "lumen", "post": POST, "scope": WEB_AND_MAIL, "days": 365}
    return pb.CreateRequestRequest(**{**usual, **given})  # type: ignore[arg-type]  # fields of the message


def ask(service: RightsService) -> str:
    """Ask, and answer the link's secret."""
    return service.client().CreateRequest(question()).link.rpartition("/")[2]


def refused(act: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
    """Call what must be refused; answers code and reason."""
    with pytest.raises(grpc.RpcError) as caught:
        act()
    return caught.value.code(), reason_of(caught.value)


def state(service: RightsService) -> list[tuple[object, ...]]:
    """Read all that a call could change."""
    tables = ("requests", "grants", "links", "nonces", "outbox", "posts")
    with service.database.transaction() as conn:
        return [
            row
            for table in tables
            for row in conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608 -- names of our own
        ]


def test_a_creator_answers_and_takes_back_by_the_link_alone(service: RightsService) -> None:
    """The walk of a request: asked, seen, granted, checked, revoked."""
    secret = ask(service)
    creator, publishing = service.client("creator"), service.client("publishing")
    view = creator.GetLink(pb.GetLinkRequest(link=secret))
    assert (view.account.display_name, view.terms.text, len(view.media)) == ("Mira Example", "In full.", 2)
    assert view.request.state == pb.REQUEST_STATE_REQUESTED
    granted = creator.Answer(pb.AnswerRequest(link=secret, nonce=view.nonce, grant=True, language="en"))
    grant = granted.grant
    assert list(grant.media_sha256) == [sha256_hex("picture 0"), sha256_hex("picture 1")]
    check = pb.CheckGrantsRequest(grants=[grant.grant, "unknown"])
    before = publishing.CheckGrants(check)
    assert (list(before.active), list(before.ended)) == ([grant.grant], [])
    revoked = creator.Revoke(pb.RevokeRequest(link=secret, nonce=granted.nonce))
    assert revoked.grant.state == pb.GRANT_STATE_REVOKED
    after = publishing.CheckGrants(check)
    assert (list(after.active), list(after.ended)) == ([], [grant.grant])
    assert [event.WhichOneof("fact") for event in service.told()] == ["requested", "granted", "revoked"]
    assert [event.meta.seq for event in service.told()] == [1, 2, 3]
    assert list(service.told()[0].meta.trace_links)[:1] == list(golden_links())


def golden_links() -> list[str]:
    """Name the first trigger of the golden post's life."""
    ready = cast("PostEvent", golden(PostEvent, "post/media_ready"))
    return list(ready.meta.trace_links)[:1]


def test_looking_at_a_link_many_times_changes_nothing(service: RightsService) -> None:
    """Link scanners and previews look at everything."""
    secret = ask(service)
    before, creator = state(service), service.client("creator")
    for _ in range(50):
        creator.GetLink(pb.GetLinkRequest(link=secret))
    assert state(service) == before


def test_only_the_hash_of_a_link_is_kept(service: RightsService) -> None:
    """Whoever reads the database can open no creator's page."""
    answered = service.client().CreateRequest(question(request_id="11111111-1111-4111-8111-111111111111"))
    secret = answered.link.rpartition("/")[2]
    assert secret in answered.message
    assert sha256_hex(secret) in str(state(service))
    with service.database.transaction() as conn:
        remembered = conn.execute("SELECT response FROM idempotency").fetchall()
    assert secret not in str(state(service))
    assert secret.encode() not in b"".join(row[0] for row in remembered)


def test_a_repeated_request_is_one_request_and_its_links_all_lead_there(service: RightsService) -> None:
    """Also when both come at the same moment."""
    same = question(request_id="22222222-2222-4222-8222-222222222222")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: service.client().CreateRequest(same), range(4)))
    assert len({answer.request.request for answer in answers}) == 1
    assert len({answer.link for answer in answers}) == 4
    views = [
        service.client("creator").GetLink(pb.GetLinkRequest(link=answer.link.rpartition("/")[2])) for answer in answers
    ]
    assert {view.request.request for view in views} == {answers[0].request.request}
    assert len(service.told()) == 1


def test_of_many_answers_at_once_one_counts(service: RightsService) -> None:
    """Two tabs, two phones: one grant, whatever they say."""
    secret = ask(service)
    creator = service.client("creator")
    nonces = [creator.GetLink(pb.GetLinkRequest(link=secret)).nonce for _ in range(6)]

    def answer(numbered: tuple[int, str]) -> bool:
        number, nonce = numbered
        try:
            creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=number % 2 == 0))
        except grpc.RpcError as error:
            return reason_of(error) != "ANSWERED"
        return True

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(answer, enumerate(nonces)))
    assert outcomes.count(True) == 3
    assert len(service.told()) == 2


def test_forged_and_foreign_forms_are_refused_and_change_nothing(service: RightsService) -> None:
    """Another link, another purpose, another key, no key at all."""
    secret, creator = ask(service), service.client("creator")
    other = service.client().CreateLink(
        pb.CreateLinkRequest(brand="lumen", request=service.told()[0].requested.request)
    )
    foreign = creator.GetLink(pb.GetLinkRequest(link=other.link.rpartition("/")[2])).nonce
    here, ours = sha256_hex(secret), Nonces(KEYS)
    stranger = Nonces(("somebody else's secret, which is long too",))
    forged = [
        "",
        "x",
        foreign,
        ours.make(here, Purpose.MANAGE),
        stranger.make(here, Purpose.ANSWER),
        f"{ours.make(here, Purpose.ANSWER)[:-2]}xx",
    ]
    before = state(service)
    for nonce in forged:
        call = pb.AnswerRequest(link=secret, nonce=nonce, grant=True)
        assert refused(partial(creator.Answer, call)) == (grpc.StatusCode.INVALID_ARGUMENT, "NONCE")
    for guess in ("", "x", secrets.token_urlsafe(32), secret[:-1], f"{secret}A"):
        code = (grpc.StatusCode.NOT_FOUND, "LINK_NOT_FOUND")
        assert refused(partial(creator.GetLink, pb.GetLinkRequest(link=guess))) == code
        assert refused(partial(creator.Answer, pb.AnswerRequest(link=guess, grant=True))) == code
    assert state(service) == before


def test_links_outlive_a_rotated_key(service: RightsService) -> None:
    """A form that was open while the key was rotated is still good; the link never depended on it."""
    rotated = Nonces(("a new secret in front of the older one", *KEYS))
    value = Nonces(KEYS).make("a" * 64, Purpose.ANSWER)
    assert rotated.read(value, "a" * 64, Purpose.ANSWER)
    assert rotated.read(rotated.make("a" * 64, Purpose.ANSWER), "a" * 64, Purpose.ANSWER)


def test_the_clock_closes_what_is_over(service: RightsService) -> None:
    """A request that nobody answered lapses; a grant that has ended expires."""
    ask(service)
    clockwork, now = Clockwork(service.database, service.wiring.means), service.clock.now
    assert clockwork.tick(now) == 0
    assert clockwork.tick(now + timedelta(days=30)) == 1
    assert clockwork.tick(now + timedelta(days=30)) == 0
    service.clock.now = now + timedelta(days=30)
    secret, creator = ask(service), service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    end = creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=True)).grant.valid_until.ToDatetime(UTC)
    assert clockwork.tick(end) == 1
    facts = [event.WhichOneof("fact") for event in service.told()]
    assert facts == ["requested", "lapsed", "requested", "granted", "expired"]


def test_the_board_is_read_by_column_with_counts_and_cursors(service: RightsService) -> None:
    """A card carries what it needs to be drawn without another call."""
    client = service.client(role=1)
    [card] = client.ListCards(pb.ListCardsRequest(brand="lumen", column=pb.COLUMN_TO_ASK)).cards
    assert (card.post, card.account.handle, len(card.media)) == (POST, "@mira@mastodon.example", 2)
    ask(service)
    counts = {each.column: each.cards for each in client.CountCards(pb.CountCardsRequest(brand="lumen")).counts}
    assert counts == {column: int(column == pb.COLUMN_ASKED) for column in range(1, 9)}
    [standing] = client.BatchGetPostRights(pb.BatchGetPostRightsRequest(brand="lumen", posts=[POST, "x"])).rights
    assert (standing.post, standing.column) == (POST, pb.COLUMN_ASKED)
    bad = pb.ListCardsRequest(brand="lumen", column=pb.COLUMN_ASKED, page_token="no-such-token")
    assert refused(lambda: client.ListCards(bad)) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN")
    unspecified = pb.ListCardsRequest(brand="lumen")
    assert refused(lambda: client.ListCards(unspecified))[0] is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("given", "code", "reason"),
    [
        ({"post": "nowhere"}, grpc.StatusCode.UNAVAILABLE, "POST_NOT_YET_HERE"),
        ({"terms": "none"}, grpc.StatusCode.NOT_FOUND, "TERMS_NOT_FOUND"),
        ({"scope": scope_pb2.Scope()}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID"),
        ({"scope": scope_pb2.Scope(uses=[99])}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID"),  # type: ignore[list-item]
        ({"message": "x" * 2001}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID"),
        ({"days": -1}, grpc.StatusCode.INVALID_ARGUMENT, "INVALID"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_with_its_reason(
    service: RightsService, given: dict[str, object], code: grpc.StatusCode, reason: str
) -> None:
    """And nothing is told."""
    assert refused(lambda: service.client().CreateRequest(question(**given))) == (code, reason)
    assert service.told() == []


def test_the_policy_is_what_was_set(service: RightsService) -> None:
    """And says so where none was."""
    client: RightsStub = service.client()
    assert refused(lambda: client.GetPolicy(pb.GetPolicyRequest(brand="lumen")))[0] is grpc.StatusCode.NOT_FOUND
    wanted = pb.Policy(brand="other", ask_on_approval=True, scope=WEB_AND_MAIL, terms="share", days=30)
    set_to = client.SetPolicy(pb.SetPolicyRequest(brand="lumen", policy=wanted))
    assert set_to == client.GetPolicy(pb.GetPolicyRequest(brand="lumen"))
    assert (set_to.brand, set_to.days) == ("lumen", 30)


def receipts(service: RightsService, secret: str) -> list[Verified]:
    """Fetch a link's receipts, and check each with what is published."""
    creator = service.client("creator")
    known = read_published(json.loads(creator.GetEvidenceLog(pb.GetEvidenceLogRequest()).keys))
    found = creator.GetReceipts(pb.GetReceiptsRequest(link=secret)).receipts
    return [verify(each.document.encode(), known) for each in found]


def test_a_creator_s_answer_and_taking_back_have_receipts_that_prove_them(service: RightsService) -> None:
    secret = ask(service)
    creator = service.client("creator")
    assert receipts(service, secret) == []
    view = creator.GetLink(pb.GetLinkRequest(link=secret))
    granted = creator.Answer(
        pb.AnswerRequest(link=secret, nonce=view.nonce, grant=True, uses=[scope_pb2.USE_WEB], credit="Mira E.")
    )
    [given] = receipts(service, secret)
    details = given.receipt["details"]
    assert (given.receipt["kind"], given.receipt["names"]) == ("granted", {"brand": "lumen"})
    assert details["grant"] == granted.grant.grant
    assert details["pictures_sha256"] == list(granted.grant.media_sha256)
    assert details["terms"]["sha256"] == granted.grant.terms_sha256
    assert (details["scope"]["uses"], details["credit"]) == (["web"], "Mira E.")
    assert details["identity"]["shown_by"] == "link"
    creator.Revoke(pb.RevokeRequest(link=secret, nonce=granted.nonce))
    both = receipts(service, secret)
    assert [each.receipt["kind"] for each in both] == ["granted", "revoked"]
    assert both[1].receipt["details"]["grant"] == granted.grant.grant


def test_a_creator_allows_less_by_the_link_and_has_a_receipt_of_what_is_left(service: RightsService) -> None:
    secret, view = answered(service, grant=True)
    creator, web = service.client("creator"), scope_pb2.Scope(uses=[scope_pb2.USE_WEB])
    narrowed = creator.Narrow(pb.NarrowRequest(link=secret, nonce=view.nonce, scope=web))
    assert list(narrowed.grant.scope.uses) == [scope_pb2.USE_WEB]
    assert narrowed.grant.narrowed_at == narrowed.grant.valid_from
    again = creator.Narrow(pb.NarrowRequest(link=secret, nonce=view.nonce, scope=web))
    assert again.grant == narrowed.grant, "the same form sent twice"
    said = service.told()[-1].narrowed
    assert (said.grant, said.scope, said.valid_until) == (view.grant.grant, web, view.grant.valid_until)
    checked = service.client("publishing").CheckGrants(pb.CheckGrantsRequest(grants=[view.grant.grant]))
    assert list(checked.active) == [view.grant.grant]
    left = pb.NarrowedGrant(grant=view.grant.grant, scope=web, valid_until=view.grant.valid_until)
    assert list(checked.narrowed) == [left]
    [_, receipt] = receipts(service, secret)
    assert receipt.receipt["kind"] == "narrowed"
    assert receipt.receipt["details"]["scope"]["uses"] == ["web"]


def test_more_than_was_given_is_refused_and_changes_nothing(service: RightsService) -> None:
    secret, view = answered(service, grant=True)
    creator, before = service.client("creator"), state(service)
    paid = scope_pb2.Scope(uses=[scope_pb2.USE_WEB], paid=True)
    wider = pb.NarrowRequest(link=secret, nonce=view.nonce, scope=paid)
    assert refused(lambda: creator.Narrow(wider)) == (grpc.StatusCode.INVALID_ARGUMENT, "NOT_LESS")
    assert state(service) == before


def test_a_creator_has_everything_erased_and_keeps_receipts_that_name_nobody(service: RightsService) -> None:
    secret, view = answered(service, grant=True)
    [held] = receipts(service, secret)
    creator = service.client("creator")
    erased = creator.Erase(pb.EraseRequest(link=secret, nonce=view.erase_nonce))
    assert (erased.erased, erased.grant.state, erased.grant.credit) == (True, pb.GRANT_STATE_REVOKED, "")
    assert (erased.text, list(erased.media), erased.account.handle, erased.permalink) == ("", [], "", "")
    assert creator.Erase(pb.EraseRequest(link=secret, nonce=view.erase_nonce)).erased, "the same form sent twice"
    kinds = [each.receipt["kind"] for each in receipts(service, secret)]
    assert kinds == ["revoked", "erased"]
    with service.database.transaction() as conn:
        assert conn.execute("SELECT topic FROM outbox ORDER BY id DESC LIMIT 1").fetchone() == ("chorus.erasure.v1",)
        tables = ("posts", "requests", "grants", "links", "journal", "evidence_details", "evidence")
        rows = [row for table in tables for row in conn.execute(f"SELECT {table}::text FROM {table}")]  # noqa: S608
    everything = str(rows).lower()
    assert POST.lower() in everything
    assert not [word for word in ("mira", "blue hour", *view.grant.media_sha256) if word in everything]
    keys = read_published(json.loads(creator.GetEvidenceLog(pb.GetEvidenceLogRequest()).keys))
    leaves = creator.GetEvidenceLeaves(pb.GetEvidenceLeavesRequest())
    assert verify_log(leaves.leaves, leaves.checkpoints, keys, [held]) == 3, "what the creator kept goes on proving it"


def test_a_form_that_takes_back_cannot_erase_nor_one_that_erases_take_back(service: RightsService) -> None:
    secret, view = answered(service, grant=True)
    creator, before = service.client("creator"), state(service)
    for act in (
        lambda: creator.Erase(pb.EraseRequest(link=secret, nonce=view.nonce)),
        lambda: creator.Revoke(pb.RevokeRequest(link=secret, nonce=view.erase_nonce)),
    ):
        assert refused(act) == (grpc.StatusCode.INVALID_ARGUMENT, "NONCE")
    assert state(service) == before


def answered(service: RightsService, *, grant: bool) -> tuple[str, pb.CreatorView]:
    """Ask, and answer by the link; gives its secret, and what the creator saw afterwards."""
    secret, creator = ask(service), service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    return secret, creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=grant))


def test_a_no_has_a_receipt_too(service: RightsService) -> None:
    secret, view = answered(service, grant=False)
    [declined] = receipts(service, secret)
    assert declined.receipt["kind"] == "declined"
    assert declined.receipt["details"]["request"] == view.request.request


def test_a_grant_whose_time_is_over_has_a_receipt_of_its_end(service: RightsService) -> None:
    secret, _ = answered(service, grant=True)
    service.clock.now += timedelta(days=366)
    Clockwork(service.database, service.wiring.means).tick(service.clock.now)
    Sealer(service.database, service.evidence).seal_soon()
    assert [each.receipt["kind"] for each in receipts(service, secret)] == ["granted", "expired"]


def test_receipts_are_for_who_has_the_link(service: RightsService) -> None:
    creator = service.client("creator")
    request = pb.GetReceiptsRequest(link="no such link")
    assert refused(lambda: creator.GetReceipts(request)) == (grpc.StatusCode.NOT_FOUND, "LINK_NOT_FOUND")


def test_the_log_s_addresses_refuse_what_is_no_place_in_it(service: RightsService) -> None:
    creator = service.client("creator")
    for act in (
        lambda: creator.GetEvidenceLeaves(pb.GetEvidenceLeavesRequest(start=-1)),
        lambda: creator.GetEvidenceConsistency(pb.GetEvidenceConsistencyRequest(old_size=1, size=2)),
    ):
        assert refused(act)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_when_a_post_is_erased_at_its_source_nothing_personal_of_its_evidence_stays(service: RightsService) -> None:
    secret, _ = answered(service, grant=True)
    creator = service.client("creator")
    [held] = receipts(service, secret)
    withdrawn = cast("PostEvent", golden(PostEvent, "post/withdrawn"))
    withdrawn.meta.post = POST
    withdrawn.withdrawn.reason = WITHDRAWN_REASON_ERASED
    service.hear(withdrawn)
    found = creator.GetReceipts(pb.GetReceiptsRequest(link=secret))
    assert (list(found.receipts), found.waiting) == ([], False)
    with service.database.transaction() as conn:
        assert conn.execute("SELECT 1 FROM evidence_details").fetchone() is None
    leaves = creator.GetEvidenceLeaves(pb.GetEvidenceLeavesRequest())
    keys = read_published(json.loads(creator.GetEvidenceLog(pb.GetEvidenceLogRequest()).keys))
    assert verify_log(leaves.leaves, leaves.checkpoints, keys, [held]) == 1


def test_the_board_is_searched_by_its_lists_and_its_counts_alike(service: RightsService) -> None:
    ask(service)
    client = service.client(role=1)

    def found(**parts: object) -> tuple[int, int]:
        wanted = pb.CardFilter(**parts)  # type: ignore[arg-type]  # fields of the message
        counted = client.CountCards(pb.CountCardsRequest(brand="lumen", filter=wanted)).counts
        listed = pb.ListCardsRequest(brand="lumen", column=pb.COLUMN_ASKED, filter=wanted)
        return sum(each.cards for each in counted), len(client.ListCards(listed).cards)

    assert found(uses=[scope_pb2.USE_EMAIL], creator="MIRA", asked_by="ada@lumen.example") == (1, 1)
    assert found(uses=[scope_pb2.USE_PRINT]) == (0, 0)
    assert found(surface="wall") == (0, 0)
    bad = pb.CountCardsRequest(brand="lumen", filter=pb.CardFilter(uses=[99]))  # type: ignore[list-item]
    assert refused(lambda: client.CountCards(bad))[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_asking_about_many_asks_nobody_twice_and_answers_a_repeated_command_as_before(service: RightsService) -> None:
    client = service.client()
    new = question(only_new=True, request_id=str(uuid.uuid4()))
    asked = client.CreateRequest(new)
    again = client.CreateRequest(new)
    assert (again.request, again.link != asked.link) == (asked.request, True)
    other = question(only_new=True, request_id=str(uuid.uuid4()))
    assert refused(lambda: client.CreateRequest(other)) == (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_ASKED")
    assert len(service.told()) == 1


def test_the_thread_tells_who_did_what_and_what_was_written(service: RightsService) -> None:
    """The words as the creator was to read them, and never a link."""
    first = service.client().CreateRequest(question(message="Hi {creator}, may {brand}? {link}"))
    service.clock.now += timedelta(minutes=1)
    another = service.client(role=2).CreateLink(pb.CreateLinkRequest(brand="lumen", request=first.request.request))
    secret, creator = another.link.rpartition("/")[2], service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=True, uses=[scope_pb2.USE_WEB]))
    thread = service.client(role=1).GetThread(pb.GetThreadRequest(brand="lumen", post=POST))
    asked, given = thread.requests[0].request, thread.grants[0].grant
    assert [(each.kind, each.subject, each.by) for each in thread.events] == [
        (pb.THREAD_KIND_ASKED, asked, "ada@lumen.example"),
        (pb.THREAD_KIND_LINKED, asked, "ada@lumen.example"),
        (pb.THREAD_KIND_GRANTED, given, ""),
    ]
    assert [each.message for each in thread.events] == ["Hi Mira Example, may lumen? (link)", "", ""]
    assert list(thread.events[2].scope.uses) == [scope_pb2.USE_WEB]
    nothing = service.client(role=1).GetThread(pb.GetThreadRequest(brand="lumen", post="nowhere"))
    assert list(nothing.events) == []


def test_a_rights_manager_proves_what_was_given_without_what_tells_who_gave_it(service: RightsService) -> None:
    """The rest is as sound as in the creator's own receipt, of the same entry."""
    secret, _ = answered(service, grant=True)
    manager, asked = service.client(role=3), pb.GetPostReceiptsRequest(brand="lumen", post=POST)
    [given] = manager.GetPostReceipts(asked).receipts
    known = read_published(json.loads(service.client("creator").GetEvidenceLog(pb.GetEvidenceLogRequest()).keys))
    sound, [whole] = verify(given.document.encode(), known), receipts(service, secret)
    withheld = {"identity", "credit", "permalink"}
    assert sound.leaf_hash == whole.leaf_hash
    assert sound.receipt["withheld"] == len(withheld)
    assert sound.receipt["details"] == {
        name: value for name, value in whole.receipt["details"].items() if name not in withheld
    }
    assert "mira" not in given.document.lower()
    creator = service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    creator.Revoke(pb.RevokeRequest(link=secret, nonce=nonce))
    assert [each.kind for each in manager.GetPostReceipts(asked).receipts] == ["granted", "revoked"]


def test_receipts_of_a_post_are_for_rights_managers_of_its_brand(service: RightsService) -> None:
    answered(service, grant=True)
    asked = pb.GetPostReceiptsRequest(brand="lumen", post=POST)
    for who in (service.client(role=2), service.client("creator")):
        assert refused(partial(who.GetPostReceipts, asked))[0] is grpc.StatusCode.PERMISSION_DENIED
    elsewhere = pb.GetPostReceiptsRequest(brand="lumen", post="nowhere")
    assert list(service.client(role=3).GetPostReceipts(elsewhere).receipts) == []


def agreements(service: RightsService) -> list[dict[str, Any]]:
    """Read a post's agreements as the brand's viewers do."""
    asked = pb.GetPostAgreementsRequest(brand="lumen", post=POST)
    return [json.loads(each.document) for each in service.client(role=1).GetPostAgreements(asked).agreements]


def test_a_viewer_reads_what_is_allowed_now_without_who_allowed_it(service: RightsService) -> None:
    """The same agreement as the creator's; narrowed with the grant, and gone with it."""
    assert agreements(service) == []
    secret, view = answered(service, grant=True)
    creator = service.client("creator")
    [own] = creator.GetAgreements(pb.GetAgreementsRequest(link=secret)).agreements
    [theirs] = agreements(service)
    whole = json.loads(own.document)
    assert own.grant == view.grant.grant
    assert (theirs["uid"], theirs["assigner"]["uid"]) == (whole["uid"], whole["assigner"]["uid"])
    assert theirs["permission"][0]["constraint"] == whole["permission"][0]["constraint"]
    assert "mira" in own.document.lower()
    assert "mira" not in json.dumps(theirs).lower()
    web = scope_pb2.Scope(uses=[scope_pb2.USE_WEB])
    left = creator.Narrow(pb.NarrowRequest(link=secret, nonce=view.nonce, scope=web))
    channels = agreements(service)[0]["permission"][0]["constraint"][0]["rightOperand"]
    assert channels == [{"@id": "chorus:web"}]
    creator.Revoke(pb.RevokeRequest(link=secret, nonce=left.nonce))
    assert agreements(service) == []
    assert list(creator.GetAgreements(pb.GetAgreementsRequest(link=secret)).agreements) == []


def test_a_link_leads_to_no_agreement_but_its_own(service: RightsService) -> None:
    creator = service.client("creator")
    unknown = pb.GetAgreementsRequest(link="no such link")
    assert refused(lambda: creator.GetAgreements(unknown)) == (grpc.StatusCode.NOT_FOUND, "LINK_NOT_FOUND")
    secret, _ = answered(service, grant=False)
    assert list(creator.GetAgreements(pb.GetAgreementsRequest(link=secret)).agreements) == []
    member, asked = service.client(role=4), pb.GetAgreementsRequest(link=secret)
    assert refused(lambda: member.GetAgreements(asked))[0] is grpc.StatusCode.PERMISSION_DENIED


def test_templates_are_kept_by_rights_managers_and_read_by_everybody(service: RightsService) -> None:
    manager, viewer = service.client(role=3), service.client(role=1)
    words = "Hi {creator}, may {brand}? {link}"
    warm = {"brand": "lumen", "template": "warm", "title": " Warm ", "message": words}
    add = pb.CreateTemplateRequest(**warm, request_id=str(uuid.uuid4()))
    assert manager.CreateTemplate(add) == manager.CreateTemplate(add)
    manager.CreateTemplate(pb.CreateTemplateRequest(brand="lumen", template="short", title="Short", message=words))
    page = viewer.ListTemplates(pb.ListTemplatesRequest(brand="lumen", page_size=1))
    rest = viewer.ListTemplates(pb.ListTemplatesRequest(brand="lumen", page_token=page.next_page_token))
    assert [each.template for each in (*page.templates, *rest.templates)] == ["short", "warm"]
    assert (rest.templates[0].title, rest.next_page_token) == ("Warm", "")
    change = pb.UpdateTemplateRequest(brand="lumen", template="warm", title="Warmer", message="Hello {link}")
    assert manager.UpdateTemplate(change).title == "Warmer"
    gone = pb.DeleteTemplateRequest(brand="lumen", template="warm", request_id=str(uuid.uuid4()))
    assert manager.DeleteTemplate(gone) == manager.DeleteTemplate(gone)
    assert refused(lambda: manager.UpdateTemplate(change)) == (grpc.StatusCode.NOT_FOUND, "TEMPLATE_NOT_FOUND")


def test_a_template_that_cannot_be_added_is_refused_with_its_reason(service: RightsService) -> None:
    manager = service.client(role=3)
    short = pb.CreateTemplateRequest(brand="lumen", template="short", title="Short", message="Hi {link}")
    manager.CreateTemplate(short)
    assert refused(lambda: manager.CreateTemplate(short)) == (grpc.StatusCode.FAILED_PRECONDITION, "TEMPLATE_EXISTS")
    odd = pb.CreateTemplateRequest(brand="lumen", template="odd", title="Odd", message="Hi {name}")
    assert refused(lambda: manager.CreateTemplate(odd))[0] is grpc.StatusCode.INVALID_ARGUMENT
    assert refused(lambda: service.client(role=2).CreateTemplate(odd))[0] is grpc.StatusCode.PERMISSION_DENIED
