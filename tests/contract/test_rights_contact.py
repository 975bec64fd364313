"""How creators are contacted, over gRPC, on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import cast

import grpc
import pytest

from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.rights.v1 import contact_pb2
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.platform.facts import timestamp
from chorus.platform.status import error_of
from chorus.rights.adapters.journal import Journal
from chorus.rights.adapters.store import PostgresStore
from tests.contract.test_rights_journal import Fails
from tests.contract.test_rights_service import POST, ask, question, refused, state
from tests.engines.fixtures import MakeDatabase
from tests.unit.rights.service import RightsService, golden, rights_with_terms

pytestmark = pytest.mark.postgres
WAITING_IN_LINE = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
def service(make_database: MakeDatabase) -> Iterator[RightsService]:
    """The service, with terms, and the golden post approved and complete."""
    with rights_with_terms(make_database) as running:
        yield running


# --- answers in public ------------------------------------------------------------------------------------------------


def asked_in_public(service: RightsService, **given: object) -> pb.CreateRequestResponse:
    return service.client().CreateRequest(question(channel=contact_pb2.CHANNEL_REPLY, **given))


def reply(
    service: RightsService,
    text: str,
    *,
    at: datetime | None = None,
    by: str = "",
    post: str = "",
    together: bool = False,
) -> None:
    """Let the golden reply be heard, with these words: by itself, or as one of many."""
    event = cast("PostEvent", golden(PostEvent, "post/captured_reply"))
    event.captured.text, event.meta.post = text, post or event.meta.post
    event.captured.posted_at.CopyFrom(timestamp(at or service.clock.now))
    event.captured.account.id = by or event.captured.account.id
    if together:
        with service.database.transaction() as conn:
            service.subscriber.handle_all(conn, [event])
    else:
        service.hear(event)


def the_request(service: RightsService) -> pb.RightsRequest:
    asked = pb.BatchGetPostRightsRequest(brand="lumen", posts=[POST])
    return service.client().BatchGetPostRights(asked).rights[0].requests[0]


def test_a_text_for_the_public_holds_hashtag_and_code_and_no_link(service: RightsService) -> None:
    answered = asked_in_public(service, message="{creator}: may {brand}? {hashtag} {code}")
    code = answered.request.code
    assert answered.message == f"@mira@mastodon.example: may lumen? #yeslumen {code}"
    assert answered.link == ""
    with service.database.transaction() as conn:
        assert conn.execute("SELECT count(*) FROM links").fetchone() == (0,)
    [event] = service.client().GetThread(pb.GetThreadRequest(brand="lumen", post=POST)).events
    assert (event.channel, event.message) == (contact_pb2.CHANNEL_REPLY, answered.message)


@pytest.mark.parametrize("message", ["See {link}", "See https://lumen.example", "x" * 2001])
def test_a_text_for_the_public_that_holds_a_link_is_refused(service: RightsService, message: str) -> None:
    asked = refused(lambda: asked_in_public(service, message=message))
    assert asked == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID")
    assert service.told() == []


@pytest.mark.parametrize("together", [False, True])
def test_a_code_that_the_account_itself_posts_back_is_a_sign_and_no_grant(
    service: RightsService, *, together: bool
) -> None:
    code = asked_in_public(service).request.code
    reply(service, f"Sure! {code.lower()}", by="https://mastodon.example/users/noa", post="other", together=together)
    assert not the_request(service).HasField("said_yes_at")
    reply(service, f"Sure! {code.lower()}", together=together)
    request = the_request(service)
    said_in = golden(PostEvent, "post/captured_reply").meta.post  # type: ignore[attr-defined]  # every event has meta
    assert (request.state, request.said_yes_in) == (pb.REQUEST_STATE_REQUESTED, said_in)
    assert [event.WhichOneof("fact") for event in service.told()] == ["requested"]
    client = service.client()
    thread = client.GetThread(pb.GetThreadRequest(brand="lumen", post=POST)).events
    assert [event.kind for event in thread] == [pb.THREAD_KIND_ASKED, pb.THREAD_KIND_ANSWERED_IN_PUBLIC]
    assert thread[-1].said_in == said_in
    [card] = client.ListCards(pb.ListCardsRequest(brand="lumen", column=pb.COLUMN_ASKED)).cards
    assert card.request.said_yes_at == request.said_yes_at


def test_the_link_that_follows_a_yes_in_public_thanks_for_it_and_decides(service: RightsService) -> None:
    request = asked_in_public(service, message="Public words {code}").request
    reply(service, "#yesLumen", at=service.clock.now)
    given = service.client().CreateLink(pb.CreateLinkRequest(brand="lumen", request=request.request))
    assert "thank you for your yes" in given.message
    assert given.link in given.message
    assert "Public words" not in given.message
    creator, secret = service.client("creator"), given.link.rpartition("/")[2]
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=True))
    assert the_request(service).state == pb.REQUEST_STATE_GRANTED


def test_an_edit_can_say_yes_too_and_what_stood_there_before_cannot(service: RightsService) -> None:
    code = asked_in_public(service).request.code
    reply(service, "Nice lamp, isn't it?")
    edit = cast("PostEvent", golden(PostEvent, "post/edited"))
    edit.meta.post = golden(PostEvent, "post/captured_reply").meta.post  # type: ignore[attr-defined]
    edit.edited.text = f"Nice lamp, isn't it? {code}"
    edit.edited.edited_at.CopyFrom(timestamp(service.clock.now))
    service.hear(edit)
    assert the_request(service).said_yes_in == edit.meta.post


# --- how a brand keeps in touch ---------------------------------------------------------------------------------------


def policy(**given: object) -> contact_pb2.ContactPolicy:
    usual: dict[str, object] = {
        "brand": "lumen",
        "most": 5,
        "days": 14,
        "quiet_from": "20:30",
        "quiet_until": "09:00",
        "time_zone": "Europe/Paris",
        "reminders": [3, 10],
        "hashtag": "#yay",
        "reply": "Hi {creator}",
    }
    return contact_pb2.ContactPolicy(**{**usual, **given})  # type: ignore[arg-type]  # fields of the message


def test_how_a_brand_keeps_in_touch_is_what_was_set_and_usual_before(service: RightsService) -> None:
    client = service.client()
    usual = client.GetContactPolicy(contact_pb2.GetContactPolicyRequest(brand="lumen"))
    assert usual.policy == policy(
        most=3, days=30, quiet_from="21:00", quiet_until="08:00", time_zone="UTC", reminders=[7], hashtag="", reply=""
    )
    assert (usual.usual_hashtag, "{code}" in usual.usual_reply) == ("#yeslumen", True)
    wanted = contact_pb2.SetContactPolicyRequest(brand="lumen", policy=policy(brand="other"))
    assert client.SetContactPolicy(wanted) == policy()
    assert client.GetContactPolicy(contact_pb2.GetContactPolicyRequest(brand="lumen")).policy == policy()
    assert asked_in_public(service, message="Hi").message.startswith("Hi\n\n#yay ")


@pytest.mark.parametrize(
    "wrong",
    [
        {"most": -1},
        {"most": 1001},
        {"days": 0},
        {"quiet_from": "24:00"},
        {"quiet_until": "8"},
        {"quiet_until": "\u0660\u0668:\u0660\u0660"},
        {"time_zone": "Nowhere"},
        {"time_zone": "../../etc/passwd"},
        {"reminders": [7, 7]},
        {"reminders": [0]},
        {"reminders": [1, 2, 3, 4]},
        {"hashtag": "yay"},
        {"hashtag": "#2026"},
        {"hashtag": "#two words"},
        {"reply": "{link}"},
        {"reply": "x" * 501},
    ],
)
def test_a_way_to_keep_in_touch_that_cannot_be_is_refused(service: RightsService, wrong: dict[str, object]) -> None:
    wanted = contact_pb2.SetContactPolicyRequest(brand="lumen", policy=policy(**wrong))
    asked = refused(lambda: service.client().SetContactPolicy(wanted))
    assert asked[0] is grpc.StatusCode.INVALID_ARGUMENT


# --- who does not want to be asked ------------------------------------------------------------------------------------


def opt_out(service: RightsService, secret: str, wish: contact_pb2.OptOut.ValueType) -> contact_pb2.OptOutView:
    return service.client("creator").SetOptOut(contact_pb2.SetOptOutRequest(link=secret, opt_out=wish))


def test_a_creator_says_by_the_link_that_nobody_may_ask_again_and_takes_it_back(service: RightsService) -> None:
    secret, creator = ask(service), service.client("creator")
    before = creator.GetOptOut(contact_pb2.GetOptOutRequest(link=secret))
    assert (before.brand, before.opt_out) == ("lumen", contact_pb2.OPT_OUT_NONE)
    for wish in (contact_pb2.OPT_OUT_EVERYWHERE, contact_pb2.OPT_OUT_BRAND):
        assert opt_out(service, secret, wish).opt_out == wish
        assert creator.GetOptOut(contact_pb2.GetOptOutRequest(link=secret)).opt_out == wish
        asked = refused(lambda: service.client().CreateRequest(question()))
        assert asked == (grpc.StatusCode.FAILED_PRECONDITION, "OPTED_OUT")
    opt_out(service, secret, contact_pb2.OPT_OUT_NONE)
    service.client().CreateRequest(question())


def test_looking_whether_one_may_be_asked_changes_nothing(service: RightsService) -> None:
    secret, creator = ask(service), service.client("creator")
    before = state(service)
    for _ in range(20):
        creator.GetOptOut(contact_pb2.GetOptOutRequest(link=secret))
    assert state(service) == before


def test_a_wish_that_is_none_or_of_nobody_is_refused(service: RightsService) -> None:
    secret = ask(service)
    unsaid = refused(lambda: opt_out(service, secret, contact_pb2.OPT_OUT_UNSPECIFIED))
    assert unsaid[0] is grpc.StatusCode.INVALID_ARGUMENT
    for guess in ("", "x", f"{secret}A"):
        asked = refused(lambda guess=guess: opt_out(service, guess, contact_pb2.OPT_OUT_BRAND))  # type: ignore[misc]  # bound now
        assert asked == (grpc.StatusCode.NOT_FOUND, "LINK_NOT_FOUND")
    with service.database.transaction() as conn:
        assert conn.execute("SELECT FROM opt_outs").fetchall() == []


def wishes(service: RightsService) -> list[tuple[str, str]]:
    with service.database.transaction() as conn:
        return [(row[0], row[1]) for row in conn.execute("SELECT brand, print FROM opt_outs ORDER BY 1, 2")]


def test_a_restore_does_not_forget_who_does_not_want_to_be_asked(service: RightsService) -> None:
    """Also where the backup is older than the key of the hashes; an entry that is damaged still says it by its name."""
    secret = ask(service)
    opt_out(service, secret, contact_pb2.OPT_OUT_EVERYWHERE)
    known = wishes(service)
    [entry] = service.objects.list("opted_out/")
    assert entry.startswith("opted_out/_every/")
    service.objects.put(entry, b"", "application/json")
    with service.database.transaction() as conn:
        conn.execute("DELETE FROM opt_outs")
        conn.execute("UPDATE opt_out_keys SET key = '\\x00'")
    again = Journal(service.database, service.objects)
    assert [again.read(), again.read()] == [1, 0]
    assert wishes(service) == known
    asked = refused(lambda: service.client().CreateRequest(question()))
    assert asked == (grpc.StatusCode.FAILED_PRECONDITION, "OPTED_OUT")
    opt_out(service, secret, contact_pb2.OPT_OUT_NONE)
    assert wishes(service) == []


def test_what_was_taken_back_leaves_the_journal_too(service: RightsService) -> None:
    secret = ask(service)
    opt_out(service, secret, contact_pb2.OPT_OUT_BRAND)
    assert [key.split("/")[1] for key in service.objects.list("opted_out/")] == ["lumen"]
    service.journal._objects = Fails(service.objects)  # type: ignore[assignment]  # it answers for all of it
    opt_out(service, secret, contact_pb2.OPT_OUT_NONE)
    assert Journal(service.database, service.objects).read() == 0
    assert wishes(service) == [], "what is to leave the journal is not read from it"
    service.journal._objects = service.objects
    service.journal.write()
    assert list(service.objects.list("opted_out/")) == []


# --- how often --------------------------------------------------------------------------------------------------------


def test_a_creator_is_not_contacted_more_often_than_the_brand_allows(service: RightsService) -> None:
    """By hand or by reminder; the board says so on the card, and the refusal when it is possible again."""
    client = service.client()
    request = client.CreateRequest(question()).request.request
    again = service.clock.now + timedelta(days=30)
    for channel in (contact_pb2.CHANNEL_LINK, contact_pb2.CHANNEL_REPLY):
        service.clock.now += timedelta(minutes=1)
        reminded = client.Remind(contact_pb2.RemindRequest(brand="lumen", request=request, channel=channel))
        assert bool(reminded.link) is (channel == contact_pb2.CHANNEL_LINK)
        assert reminded.link in reminded.message
    service.clock.now += timedelta(minutes=1)
    with pytest.raises(grpc.RpcError) as caught:
        client.CreateRequest(question())
    why = error_of(caught.value)
    assert (why.reason, why.message[-23:]) == ("CONTACT_CAP", "again from 23 Dec 2026.")
    [card] = client.ListCards(pb.ListCardsRequest(brand="lumen", column=pb.COLUMN_ASKED)).cards
    assert (card.barred.reason, card.barred.until.ToDatetime(UTC)) == ("CONTACT_CAP", again)
    thread = client.GetThread(pb.GetThreadRequest(brand="lumen", post=POST)).events
    assert [(event.kind, event.channel, event.by) for event in thread[1:]] == [
        (pb.THREAD_KIND_REMINDED, contact_pb2.CHANNEL_LINK, "ada@lumen.example"),
        (pb.THREAD_KIND_REMINDED, contact_pb2.CHANNEL_REPLY, "ada@lumen.example"),
    ]


def test_a_reminder_that_is_asked_for_again_counts_once(service: RightsService) -> None:
    client = service.client()
    request = client.CreateRequest(question()).request.request
    same = contact_pb2.RemindRequest(brand="lumen", request=request, request_id="44444444-4444-4444-8444-444444444444")
    assert len({client.Remind(same).link for _ in range(5)}) == 5
    with service.database.transaction() as conn:
        assert conn.execute("SELECT count(DISTINCT contact) FROM contacts").fetchone() == (2,)


def test_questions_by_link_within_a_minute_are_one_contact(service: RightsService) -> None:
    contacts = "SELECT count(DISTINCT contact), count(*) FROM contacts"
    for seconds, counted in ((0, (1, 1)), (59, (1, 2)), (1, (2, 3))):
        service.clock.now += timedelta(seconds=seconds)
        service.client().CreateRequest(question())
        with service.database.transaction() as conn:
            assert conn.execute(contacts).fetchone() == counted


def test_whoever_asks_while_another_does_waits_and_no_more_are_put_than_are_allowed(service: RightsService) -> None:
    for _ in range(2):
        service.client().CreateRequest(question())
        service.clock.now += timedelta(minutes=1)
    with ThreadPoolExecutor(1) as pool:
        with service.database.transaction() as conn:
            store = PostgresStore(conn)
            [dossier] = store.read("lumen", [POST])
            store.lock_contacts(dossier.post.creator)
            store.add_contact(dossier.post.creator, POST, "another", service.clock.now)
            service.clock.now += timedelta(minutes=1)
            asking = pool.submit(lambda: refused(lambda: service.client().CreateRequest(question())))
            while not asking.done() and conn.execute(WAITING_IN_LINE).fetchone() is None:
                time.sleep(0.01)
        assert asking.result() == (grpc.StatusCode.FAILED_PRECONDITION, "CONTACT_CAP")
