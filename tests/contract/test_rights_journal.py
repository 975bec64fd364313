"""What creators took back is kept apart from the database, and made true again in one that has forgotten it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import grpc
import pytest

from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.rights.v1.attestation_pb2 import EndAttestationRequest
from chorus.api.types.v1 import scope_pb2
from chorus.errors import Unavailable
from chorus.platform.objects import ObjectStore, open_store
from chorus.rights.adapters.journal import Journal
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.answering import erase, narrow, revoke
from chorus.rights.domain.grant import Kept
from chorus.scope import Scope
from tests.contract.test_attesting import attested
from tests.contract.test_rights_service import ask, refused
from tests.engines.fixtures import MakeDatabase
from tests.unit.rights.service import RightsService, golden, rights_with_terms

pytestmark = pytest.mark.postgres
WEB = scope_pb2.Scope(uses=[scope_pb2.USE_WEB])
# What a backup holds that was made before the creator's word.
BEFORE = {
    "revoked": "UPDATE grants SET state = 'active', ended_at = NULL",
    "ended": "UPDATE grants SET state = 'active', ended_at = NULL",
    "declined": "UPDATE requests SET state = 'requested', answered_at = NULL",
    "narrowed": "UPDATE grants SET scope = jsonb_set(scope, '{uses}', '[\"web\", \"email\"]'), narrowed = 0",
    "erased": (
        "UPDATE posts SET erased = false, withdrawn = false,"
        " revisions = jsonb_build_object('1', jsonb_build_object('text', 'Again', 'pictures', jsonb_build_array()))"
    ),
}


@pytest.fixture
def service(make_database: MakeDatabase) -> Iterator[RightsService]:
    """The service, with terms, and the golden post approved and complete."""
    with rights_with_terms(make_database) as running:
        yield running


class Fails:
    """An object store that is down until it is `up`."""

    def __init__(self, objects: ObjectStore) -> None:
        self.objects = objects
        self.up = False

    def __getattr__(self, name: str) -> object:
        if self.up:
            return getattr(self.objects, name)
        message = "The object store does not answer just now."
        raise Unavailable(message, reason="OBJECT_STORE_DOWN")


def grant(service: RightsService) -> tuple[str, pb.CreatorView]:
    secret = ask(service)
    creator = service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    return secret, creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=True))


def take_back(service: RightsService) -> str:
    secret, view = grant(service)
    return service.client("creator").Revoke(pb.RevokeRequest(link=secret, nonce=view.nonce)).grant.grant


def decline(service: RightsService) -> str:
    secret = ask(service)
    creator = service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    return creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=False)).request.request


def narrow_to(service: RightsService, secret: str, nonce: str, scope: scope_pb2.Scope) -> pb.CreatorView:
    request = pb.NarrowRequest(link=secret, nonce=nonce, scope=scope)
    return service.client("creator").Narrow(request)


def make_smaller(service: RightsService) -> str:
    secret, view = grant(service)
    return f"{narrow_to(service, secret, view.nonce, WEB).grant.grant}.1"


def have_erased(service: RightsService) -> str:
    secret, view = grant(service)
    return service.client("creator").Erase(pb.EraseRequest(link=secret, nonce=view.erase_nonce)).post


def end_attested(service: RightsService) -> str:
    manager = service.client(role=3)
    given = manager.AttestGrant(attested())
    ended = EndAttestationRequest(brand="lumen", grant=given.grant, reason="The contract was cancelled.")
    return manager.EndAttestation(ended).grant


ENDS = {
    "revoked": take_back,
    "declined": decline,
    "narrowed": make_smaller,
    "erased": have_erased,
    "ended": end_attested,
}


def entries(objects: ObjectStore) -> list[str]:
    return [key for key in objects.list() if not key.startswith("journal/")]


def forget(service: RightsService, kind: str) -> None:
    with service.database.transaction() as conn:
        conn.execute(BEFORE[kind].encode())


def told(service: RightsService, kind: str) -> int:
    """Count how often rights told of it; what is erased is told on a topic of its own."""
    if kind == "erased":
        with service.database.transaction() as conn:
            return conn.execute("SELECT FROM outbox WHERE topic = 'chorus.erasure.v1'").rowcount
    fact = "revoked" if kind == "ended" else kind
    return [event.WhichOneof("fact") for event in service.told()].count(fact)  # type: ignore[arg-type]


def states(service: RightsService) -> tuple[list[str], list[str], list[str], list[bool]]:
    """Answer how grants and requests stand, what grants are for, and whether posts are erased."""
    with service.database.transaction() as conn:
        grants = [row[0] for row in conn.execute("SELECT state FROM grants")]
        uses = [row[0] for row in conn.execute("SELECT scope ->> 'uses' FROM grants")]
        erased = [row[0] for row in conn.execute("SELECT erased FROM posts")]
        return grants, [row[0] for row in conn.execute("SELECT state FROM requests")], uses, erased


def test_an_end_lies_in_the_journal_when_the_creator_is_answered(service: RightsService) -> None:
    taken_back = take_back(service)
    declined = decline(service)
    assert entries(service.objects) == [f"declined/lumen/{declined}", f"revoked/lumen/{taken_back}"]
    assert service.journal.write() == 0


@pytest.mark.parametrize("kind", ENDS)
def test_a_database_that_has_forgotten_an_end_learns_it_again_and_tells_it(service: RightsService, kind: str) -> None:
    ENDS[kind](service)
    after = states(service)
    forget(service, kind)
    assert states(service) != after
    again = Journal(service.database, service.objects)
    assert [again.read(), again.read()] == [1, 0]
    assert states(service) == after
    assert told(service, kind) == 2


def test_a_yes_that_was_taken_back_while_it_waited_for_others_waits_for_nobody_after_a_restore(
    service: RightsService,
) -> None:
    """Else somebody who agrees later would make a grant of it."""
    secret, creator = ask(service), service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    view = creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=True, others=1))
    creator.Revoke(pb.RevokeRequest(link=secret, nonce=view.nonce))
    with service.database.transaction() as conn:
        conn.execute("UPDATE requests SET state = 'confirming', answered_at = NULL")
    assert Journal(service.database, service.objects).read() == 1
    assert states(service)[1] == ["declined"]


@pytest.mark.parametrize("kind", ENDS)
def test_an_end_that_is_repeated_keeps_its_moment(service: RightsService, kind: str) -> None:
    ended = ENDS[kind](service)
    said = service.objects.get(f"{kind}/lumen/{ended}")
    assert datetime.fromisoformat(json.loads(said.data)["at"]) == service.clock.now
    forget(service, kind)
    again = Journal(service.database, service.objects)
    assert [again.read(), again.write()] == [1, 1]
    assert service.objects.get(f"{kind}/lumen/{ended}") == said


@pytest.mark.parametrize("kind", ["revoked", "declined", "erased", "ended"])
def test_an_entry_that_is_damaged_ends_what_its_key_names_and_is_mended(service: RightsService, kind: str) -> None:
    ended = ENDS[kind](service)
    after = states(service)
    for damaged in (b"", b"\xff", b"[]", b"{}", b'{"at": 1}', b'{"at": "yesterday"}'):
        forget(service, kind)
        service.objects.put(f"{kind}/lumen/{ended}", damaged, "application/json")
        again = Journal(service.database, service.objects)
        assert [again.read(), again.write()] == [1, 1]
        assert states(service) == after
        assert json.loads(service.objects.get(f"{kind}/lumen/{ended}").data)["subject"] == ended


def test_a_grant_of_which_nobody_knows_any_more_how_much_was_left_is_over(service: RightsService) -> None:
    narrowed = make_smaller(service)
    forget(service, "narrowed")
    service.objects.put(f"narrowed/lumen/{narrowed}", b"{}", "application/json")
    again = Journal(service.database, service.objects)
    assert [again.read(), again.read()] == [1, 0]
    assert states(service)[0] == ["revoked"]


def test_the_last_of_several_narrowings_is_what_stays(service: RightsService) -> None:
    secret, view = grant(service)
    creator, until = service.client("creator"), service.clock.now
    for days in (300, 200, 100):
        request = pb.NarrowRequest(link=secret, nonce=view.nonce, scope=view.grant.scope)
        request.valid_until.FromDatetime(until + timedelta(days=days))
        view = creator.Narrow(request)
    with service.database.transaction() as conn:
        conn.execute("UPDATE grants SET narrowed = 0, valid_until = valid_until + interval '265 days'")
    assert Journal(service.database, service.objects).read() == 3
    assert creator.GetLink(pb.GetLinkRequest(link=secret)).grant == view.grant


def test_a_narrowing_that_is_made_true_again_gives_nothing_back(service: RightsService) -> None:
    secret, view = grant(service)
    narrow_to(service, secret, view.nonce, WEB)
    with service.database.transaction() as conn:
        conn.execute("UPDATE grants SET narrowed = 0, scope = jsonb_set(scope, '{uses}', '[\"email\"]')")
    assert Journal(service.database, service.objects).read() == 1
    assert states(service)[0] == ["revoked"], "what two narrowings left has nothing in common"


def test_nothing_is_made_smaller_before_it_is_known_how_often_it_was(service: RightsService) -> None:
    secret, view = grant(service)
    service.journal._read.clear()
    with pytest.raises(grpc.RpcError) as caught:
        narrow_to(service, secret, view.nonce, WEB)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("ended", ["revoked", "narrowed", "erased"])
def test_an_upload_that_is_heard_of_only_after_the_restore_is_ended_too(service: RightsService, ended: str) -> None:
    """The journal is read again while it names what is not here; the upload's grant has the id that it had."""
    upload = [golden(PostEvent, f"post/{name}") for name in ("captured_upload", "media_ready_upload")]
    for event in upload:
        service.hear(event)
    with service.database.transaction() as conn:
        store = PostgresStore(conn)
        dossier = store.lock("lumen", upload[0].meta.post)  # type: ignore[attr-defined]  # every event has meta
        [given] = dossier.grants
        kept = Kept(Scope(given.scope.uses), service.clock.now + timedelta(days=1))
        decided = {
            "revoked": lambda: revoke(dossier, given, service.clock.now),
            "narrowed": lambda: narrow(dossier, given, kept, service.clock.now),
            "erased": lambda: erase(dossier, "", service.clock.now),
        }[ended]()
        store.save(decided, service.clock.now)
    service.journal.write()
    with service.database.transaction() as conn:
        conn.execute("DELETE FROM thread")
        conn.execute("DELETE FROM grants")
        conn.execute("DELETE FROM posts WHERE post = %s", [upload[0].meta.post])  # type: ignore[attr-defined]
    again = Journal(service.database, service.objects)
    assert (again.read(), again._unknown > 0) == (0, True)
    for event in upload:
        service.hear(event)
    assert (again.read() > 0, again._unknown) == (True, 0)
    with service.database.transaction() as conn:
        [held] = PostgresStore(conn).lock("lumen", upload[0].meta.post).grants  # type: ignore[attr-defined]
    assert held.grant == given.grant
    assert (held.active, held.valid_until == kept.until) == ((True, True) if ended == "narrowed" else (False, False))


def agreed_with_another(service: RightsService) -> tuple[str, pb.CreatorView, str]:
    """Have the creator say yes, which waits for somebody in the picture; gives both links."""
    secret, creator = ask(service), service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    view = creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=True, others=1))
    return secret, view, view.request.confirmations[0].link.rpartition("/")[2]


def agree(service: RightsService, link: str) -> pb.CreatorView:
    creator = service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=link)).nonce
    return creator.Confirm(pb.ConfirmRequest(link=link, nonce=nonce, agree=True))


def forget_that_others_agreed(service: RightsService) -> None:
    with service.database.transaction() as conn:
        conn.execute("DELETE FROM grants")
        conn.execute(
            "UPDATE requests SET state = 'confirming', answered_at = NULL, confirmations ="
            " jsonb_set(jsonb_set(confirmations, '{0,agreed_at}', 'null'), '{0,refused_at}', 'null')"
        )


def test_a_no_while_others_were_to_agree_is_made_true_again(service: RightsService) -> None:
    secret, view, other = agreed_with_another(service)
    service.client("creator").Revoke(pb.RevokeRequest(link=secret, nonce=view.nonce))
    forget_that_others_agreed(service)
    again = Journal(service.database, service.objects)
    assert [again.read(), again.read()] == [1, 0]
    assert states(service)[1] == ["declined"]
    assert refused(lambda: agree(service, other)) == (grpc.StatusCode.FAILED_PRECONDITION, "CLOSED")


@pytest.mark.parametrize("ended", ["taken back", "made smaller"])
def test_nobody_else_brings_back_what_the_creator_ended_where_the_backup_knows_no_grant(
    service: RightsService, ended: str
) -> None:
    secret, _, other = agreed_with_another(service)
    agree(service, other)
    creator = service.client("creator")
    view = creator.GetLink(pb.GetLinkRequest(link=secret))
    if ended == "taken back":
        creator.Revoke(pb.RevokeRequest(link=secret, nonce=view.nonce))
    else:
        narrow_to(service, secret, view.nonce, WEB)
    forget_that_others_agreed(service)
    Journal(service.database, service.objects).read()
    assert states(service)[:2] == ([], ["declined"])
    assert refused(lambda: agree(service, other)) == (grpc.StatusCode.FAILED_PRECONDITION, "CLOSED")


def test_a_key_that_names_no_narrowing_keeps_nobody_waiting(service: RightsService) -> None:
    grant(service)
    for key in ("narrowed/lumen/x", "narrowed/lumen/x.99999999999", "narrowed/lumen/x.-1"):
        service.objects.put(key, b"{}", "application/json")
    assert Journal(service.database, service.objects).read() == 0


def test_a_grant_that_stands_is_left_alone(service: RightsService) -> None:
    grant(service)
    assert Journal(service.database, service.objects).read() == 0
    assert states(service)[0] == ["active"]


def test_while_the_journal_cannot_be_written_creators_are_answered_and_it_is_written_later(
    service: RightsService,
) -> None:
    service.journal._objects = down = Fails(service.objects)  # type: ignore[assignment]  # it answers for all of it
    taken_back = take_back(service)
    assert states(service)[0] == ["revoked"]
    assert entries(service.objects) == []
    down.up = True
    assert service.journal.write() == 1
    assert entries(service.objects) == [f"revoked/lumen/{taken_back}"]


def test_nobody_is_told_what_stands_before_the_journal_was_read(service: RightsService) -> None:
    _, view = grant(service)
    check = pb.CheckGrantsRequest(grants=[view.grant.grant])
    service.journal._read.clear()
    asked = refused(lambda: service.client("publishing").CheckGrants(check))
    assert asked == (grpc.StatusCode.UNAVAILABLE, "JOURNAL_NOT_READ")
    service.journal.read()
    assert list(service.client("publishing").CheckGrants(check).active) == [view.grant.grant]


def test_what_is_not_the_database_s_journal_is_neither_read_nor_written(
    service: RightsService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (marker,) = service.objects.list("journal/")
    other = open_store(tmp_path.as_uri())
    other.put("journal/another", b"", "text/plain")
    service.journal._read.clear()
    service.journal._objects = service.journal._place._objects = other
    with pytest.raises(Unavailable, match=marker) as found:
        service.journal.read()
    assert found.value.reason == "JOURNAL_MISSING"
    assert [line.levelname for line in caplog.records] == ["CRITICAL"]
    check = pb.CheckGrantsRequest(grants=["any"])
    asked = refused(lambda: service.client("publishing").CheckGrants(check))
    assert asked == (grpc.StatusCode.UNAVAILABLE, "JOURNAL_MISSING")
    taken_back = take_back(service)
    assert list(other.list()) == ["journal/another"]
    service.journal._objects = service.journal._place._objects = service.objects
    assert [service.journal.read(), service.journal.write()] == [0, 1]
    assert entries(service.objects) == [f"revoked/lumen/{taken_back}"]
    service.client("publishing").CheckGrants(check)


def test_a_journal_that_is_lost_is_given_up_by_name_and_only_once(service: RightsService, tmp_path: Path) -> None:
    (marker,) = service.objects.list("journal/")
    lost = marker.removeprefix("journal/")
    second, third = (open_store((tmp_path / name).as_uri()) for name in ("second", "third"))
    with pytest.raises(Unavailable):
        Journal(service.database, second, "another").read()
    assert [Journal(service.database, second, lost).read(), Journal(service.database, second).read()] == [0, 0]
    assert len(list(second.list("journal/"))) == 1
    with pytest.raises(Unavailable):
        Journal(service.database, third, lost).read()
    assert list(third.list()) == []
