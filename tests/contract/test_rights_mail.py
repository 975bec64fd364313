"""Questions that go by e-mail: queued with the question, sent a little later, to a real mail server."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import grpc
import pytest

from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.api.rights.v1 import contact_pb2
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.errors import Unavailable
from chorus.platform.resealing import Resealer
from chorus.platform.secrets import Vault, new_secret, sha256_hex
from chorus.rights.adapters.clockwork import Clockwork
from chorus.rights.adapters.codes import means
from chorus.rights.adapters.confirm_links import ConfirmLinks
from chorus.rights.adapters.mailer import Mailer, MailServer
from chorus.rights.adapters.mails import SEALED
from chorus.rights.adapters.postman import Postman
from chorus.rights.adapters.wiring import Wiring
from chorus.rights.domain.outgoing import LADDER, Outcome, Tried
from chorus.rights.handlers.mailing import Office
from chorus.rights.ports import Carrier, Parcel
from tests.contract.test_rights_service import POST, WEB_AND_MAIL, question, refused
from tests.engines.fixtures import MakeDatabase
from tests.mail_server import MailBox, mail_server
from tests.unit.rights.service import KEYS, RightsService, golden, rights_with_terms

pytestmark = pytest.mark.postgres
MIRA = "Mira@creators.example"
MINUTE = timedelta(minutes=1)
LINK = re.compile(r"http://127\.0\.0\.1:8080/r/([\w-]+)")


@dataclass
class House:
    """The service, a mail server, and who carries letters from the one to the other."""

    service: RightsService
    box: MailBox
    postman: Postman

    def later(self, by: timedelta) -> None:
        self.service.clock.now += by

    def send(self) -> int:
        """Send all that is due; answers in how many turns."""
        turns = 0
        while self.postman.post():
            turns += 1
        return turns

    def letter(self, place: int = -1) -> str:
        text = self.box.taken[place][1].get_body(("plain",))
        assert text is not None
        return str(text.get_content())

    def links(self, place: int = -1) -> list[str]:
        """The secrets of the links in a letter; the last is the one that wants no more."""
        return LINK.findall(self.letter(place))

    def thread(self, post: str = POST) -> list[pb.ThreadEvent]:
        asked = pb.GetThreadRequest(brand="lumen", post=post)
        return list(self.service.client().GetThread(asked).events)

    def contact(self, post: str = POST) -> contact_pb2.Contact:
        asked = contact_pb2.BatchGetContactsRequest(brand="lumen", posts=[post])
        return self.service.client().BatchGetContacts(asked).contacts[0]

    def rows(self, table: str) -> list[tuple[object, ...]]:
        with self.service.database.transaction() as conn:
            return conn.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 -- names of our own


@pytest.fixture
def house(make_database: MakeDatabase) -> Iterator[House]:
    with rights_with_terms(make_database) as service, mail_server() as box:
        mailer = Mailer(MailServer("127.0.0.1", box.port, tls=False, plain=True), "ask@stories.example")
        yield House(service, box, postman(service, mailer))


def postman(service: RightsService, carrier: Carrier) -> Postman:
    office = Office("http://127.0.0.1:8080", Vault(KEYS), new_secret, sha256_hex)
    return Postman(service.database, service.journal, service.wiring.means, office, carrier, service.clock)


def ask(house: House, post: str = POST, email: str = MIRA, **given: object) -> pb.CreateRequestResponse:
    asked = question(post=post, channel=contact_pb2.CHANNEL_EMAIL, email=email, **given)
    return house.service.client().CreateRequest(asked)


def another_post(house: House, post: str, *, account: str = "", approved: bool = True) -> None:
    """Let another post arrive, of Mira or of somebody else, and be approved."""
    captured = cast("PostEvent", golden(PostEvent, "post/captured"))
    captured.meta.post, captured.captured.text = post, f"Words of {post}"
    captured.captured.account.id = account or captured.captured.account.id
    del captured.captured.media[:]
    house.service.hear(captured)
    if approved:
        decided = cast("ReviewEvent", golden(ReviewEvent, "review/decided"))
        decided.meta.post, decided.decided.revision = post, 1
        house.service.hear(decided)


def test_a_question_by_e_mail_is_sent_a_minute_later_and_answered_by_its_link(house: House) -> None:
    answered = ask(house, message="Hello {creator}, may {brand}? {link}")
    assert (answered.link, answered.message) == ("", "Hello Mira Example, may lumen? (link)")
    assert house.send() == 0
    house.later(MINUTE)
    assert house.send() == 1
    [(to, _)] = house.box.taken
    assert to == "Mira@creators.example"
    secret = house.links()[0]
    assert "Hello Mira Example, may lumen? http" in house.letter()
    creator = house.service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    assert creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=True)).HasField("grant")
    assert [(event.kind, event.channel, event.detail) for event in house.thread()[:2]] == [
        (pb.THREAD_KIND_ASKED, contact_pb2.CHANNEL_EMAIL, ""),
        (pb.THREAD_KIND_MAILED, contact_pb2.CHANNEL_EMAIL, "M…@creators.example"),
    ]
    assert house.send() == 0
    assert house.rows("mails") == []


def test_an_address_is_nowhere_in_the_clear(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the database nor in an answer nor in the logs, also where a mail server repeats it."""
    caplog.set_level(logging.DEBUG)
    house.box.to_recipient["lyrebird"] = "550 5.1.1 <{address}>: no LyreBird here"
    ask(house, email="lyrebird@creators.example", request_id="33333333-3333-4333-8333-333333333333")
    house.later(MINUTE)
    house.send()
    failed = house.thread()[-1]
    assert failed.kind == pb.THREAD_KIND_MAIL_FAILED
    assert failed.detail == "l…@creators.example: 550 5.1.1 <l…@creators.example>: no l… here"
    with house.service.database.transaction() as conn:
        tables = [row[0] for row in conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    rows = str([house.rows(table) for table in tables])
    logged = str([record.__dict__ for record in caplog.records if record.name.startswith("chorus")])
    assert "creators.example" in rows
    assert "rpc answered" in logged
    for text in (rows, logged, str(house.thread()), str(house.contact())):
        assert "lyrebird" not in text.lower()


def test_what_is_asked_of_one_creator_within_a_minute_goes_in_one_letter(house: House) -> None:
    another_post(house, "second")
    another_post(house, "other", account="https://mastodon.example/users/noa")
    ask(house)
    ask(house, "second", email="")
    ask(house, "other", email="noa@creators.example")
    house.later(MINUTE)
    house.send()
    assert sorted(to for to, _ in house.box.taken) == ["Mira@creators.example", "noa@creators.example"]
    [mine] = [place for place, (to, _) in enumerate(house.box.taken) if to == MIRA]
    link, _ = house.links(mine)
    view = house.service.client("creator").GetLink(pb.GetLinkRequest(link=link))
    assert [each.post for each in view.linked] == sorted([POST, "second"])
    assert "“Words of second”" in house.letter(mine)
    assert house.thread("second")[-1].kind == pb.THREAD_KIND_MAILED
    assert len({row[4] for row in house.rows("contacts") if "mira" in str(row[2])}) == 1, "one contact"


def test_mail_that_is_put_off_is_tried_again_less_and_less_often_and_then_given_up(house: House) -> None:
    never = contact_pb2.ContactPolicy(days=1, quiet_from="00:00", quiet_until="00:00", time_zone="UTC", reminders=[9])
    house.service.client().SetContactPolicy(contact_pb2.SetContactPolicyRequest(brand="lumen", policy=never))
    house.box.to_message = "451 4.7.1 Later"
    ask(house)
    house.later(MINUTE)
    for tried, pause in enumerate(LADDER, 1):
        assert house.send() == 1
        if tried < len(LADDER):
            assert house.contact().mail_trouble == "451 4.7.1 Later"
            assert house.contact().mail_at.ToSeconds() == int((house.service.clock.now + pause).timestamp())
            house.later(pause - timedelta(seconds=1))
            assert house.send() == 0
            house.later(timedelta(seconds=1))
    assert house.thread()[-1].kind == pb.THREAD_KIND_MAIL_FAILED
    assert house.rows("mails") == []
    assert not house.contact().HasField("mail_at")
    house.later(timedelta(days=9))
    Clockwork(house.service.database, house.service.wiring.means).tick(house.service.clock.now)
    assert house.rows("mails") == [], "who did not get the question is not reminded of it"


def test_while_the_mail_server_cannot_be_reached_nothing_is_given_up(house: House) -> None:
    house.box.to_sender = "550 We do not know you"
    ask(house)
    for _ in range(3 * len(LADDER)):
        house.later(MINUTE)
        with pytest.raises(Unavailable):
            house.postman.post()
    assert "550" in house.contact().mail_trouble
    house.box.to_sender = ""
    house.later(MINUTE)
    assert house.send() == 1
    assert len(house.box.taken) == 1


class Dies:
    """A carrier whose process is killed once the letter is out, before anybody was told."""

    def __init__(self, carrier: Mailer) -> None:
        self.carrier = carrier

    def carry(self, parcel: Parcel) -> Tried:
        self.carrier.carry(parcel)
        raise KeyboardInterrupt


def test_what_was_sent_by_a_process_that_died_comes_again_and_no_link_in_it_is_dead(house: House) -> None:
    ask(house)
    house.later(MINUTE)
    with pytest.raises(KeyboardInterrupt):
        postman(house.service, Dies(cast("Mailer", house.postman._carrier))).post()
    assert house.send() == 0
    house.later(LADDER[0])
    assert house.send() == 1
    assert len({message["Message-ID"] for _, message in house.box.taken}) == 1
    creator = house.service.client("creator")
    for place in (0, 1):
        assert creator.GetLink(pb.GetLinkRequest(link=house.links(place)[0])).post == POST


def test_nothing_is_kept_of_where_a_letter_went_whose_post_was_erased_meanwhile(house: House) -> None:
    ask(house)
    house.later(MINUTE)

    class Erases:
        """A carrier on whose way the post is let go of."""

        def carry(self, parcel: Parcel) -> Tried:
            gone = cast("PostEvent", golden(PostEvent, "post/withdrawn"))
            gone.meta.post, gone.withdrawn.reason = POST, 2  # type: ignore[assignment]  # erased
            house.service.hear(gone)
            return Tried(Outcome.SENT)

    postman(house.service, Erases()).post()
    assert [event.detail for event in house.thread()] == [""] * len(house.thread())
    assert [event.kind for event in house.thread()][-1] != pb.THREAD_KIND_MAILED


def test_a_letter_that_is_refused_leaves_the_reminder_of_a_question_asked_since(house: House) -> None:
    ask(house)
    house.later(MINUTE)

    class Refuses:
        """A carrier on whose way the creator is asked anew, at another address."""

        def carry(self, parcel: Parcel) -> Tried:
            ask(house, email="other@creators.example")
            return Tried(Outcome.REFUSED, "550 no such user")

    postman(house.service, Refuses()).post()
    with house.service.database.transaction() as conn:
        reminders = conn.execute("SELECT remind_at IS NOT NULL FROM requests WHERE state = 'requested'").fetchall()
    assert reminders == [(True,)]


def decline(house: House) -> None:
    link = house.service.client().CreateLink(
        pb.CreateLinkRequest(brand="lumen", request=str(house.rows("mails")[0][5]))
    )
    secret, creator = link.link.rpartition("/")[2], house.service.client("creator")
    nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).nonce
    creator.Answer(pb.AnswerRequest(link=secret, nonce=nonce, grant=False))


def withdraw(house: House) -> None:
    gone = cast("PostEvent", golden(PostEvent, "post/withdrawn"))
    gone.meta.post = POST
    house.service.hear(gone)


def wait_too_long(house: House) -> None:
    house.later(timedelta(days=30))


def opt_out(house: House) -> None:
    link = house.service.client().CreateLink(
        pb.CreateLinkRequest(brand="lumen", request=str(house.rows("mails")[0][5]))
    )
    wish = contact_pb2.SetOptOutRequest(link=link.link.rpartition("/")[2], opt_out=contact_pb2.OPT_OUT_BRAND)
    house.service.client("creator").SetOptOut(wish)


@pytest.mark.parametrize("ends", [decline, withdraw, wait_too_long, opt_out])
def test_what_there_is_nothing_to_ask_about_any_more_is_not_sent(house: House, ends: object) -> None:
    ask(house)
    ends(house)  # type: ignore[operator]  # one of the four above
    house.later(MINUTE)
    house.send()
    assert house.box.taken == []
    assert house.rows("mails") == []


def test_nothing_is_sent_before_the_journal_has_told_who_does_not_want_to_be_asked(house: House) -> None:
    ask(house)
    house.later(MINUTE)
    house.service.journal._read.clear()
    with pytest.raises(Unavailable):
        house.postman.post()
    house.service.journal.read()
    assert house.send() == 1


@pytest.mark.parametrize("by", ["creator", "last post"])
def test_where_a_creator_is_written_to_goes_with_what_is_erased(house: House, by: str) -> None:
    another_post(house, "second")
    ask(house)
    ask(house, "second", email="")
    house.later(MINUTE)
    house.send()
    creator = house.service.client("creator")

    def erase(secret: str) -> None:
        nonce = creator.GetLink(pb.GetLinkRequest(link=secret)).erase_nonce
        creator.Erase(pb.EraseRequest(link=secret, nonce=nonce))

    if by == "creator":
        erase(f"{house.links()[0]}~{POST}")
        assert house.rows("addresses") == []
        return
    gone = cast("PostEvent", golden(PostEvent, "post/withdrawn"))
    for post, left in ((POST, 1), ("second", 0)):
        gone.meta.post, gone.meta.seq = post, gone.meta.seq + 1
        gone.withdrawn.reason = 2  # type: ignore[assignment]  # erased
        house.service.hear(gone)
        assert len(house.rows("addresses")) == left
    assert house.rows("contacts") == []


def test_an_address_is_entered_once_and_shown_hidden(house: House) -> None:
    asked = refused(lambda: ask(house, email=""))
    assert asked == (grpc.StatusCode.FAILED_PRECONDITION, "NO_ADDRESS")
    assert refused(lambda: ask(house, email="nobody"))[0] is grpc.StatusCode.INVALID_ARGUMENT
    assert house.contact().email == ""
    ask(house)
    ask(house, email=" ")
    assert house.contact().email == "M…@creators.example"
    many = contact_pb2.BatchGetContactsRequest(brand="lumen", posts=["x"] * 101)
    assert refused(lambda: house.service.client().BatchGetContacts(many))[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_where_no_mail_server_is_named_nothing_is_asked_by_e_mail(house: House) -> None:
    wiring: Wiring = house.service.wiring
    object.__setattr__(wiring, "means", means(Vault(KEYS), ConfirmLinks(KEYS), mails=False))
    asked = refused(lambda: ask(house))
    assert asked == (grpc.StatusCode.FAILED_PRECONDITION, "MAIL_NOT_SET_UP")
    known = house.service.client().BatchGetContacts(contact_pb2.BatchGetContactsRequest(brand="lumen"))
    assert not known.mails


def test_what_is_asked_by_itself_goes_by_e_mail_where_there_is_an_address(house: House) -> None:
    policy = pb.Policy(ask_on_approval=True, scope=WEB_AND_MAIL, terms="share", days=30)
    house.service.client().SetPolicy(pb.SetPolicyRequest(brand="lumen", policy=policy))
    another_post(house, "without")
    ask(house)
    another_post(house, "with")
    channels = [house.thread(post)[0].channel for post in ("without", "with")]
    assert channels == [contact_pb2.CHANNEL_LINK, contact_pb2.CHANNEL_EMAIL]


def test_addresses_are_sealed_anew_when_the_key_was_exchanged(house: House) -> None:
    ask(house)
    rotated = Vault(("a new secret in front of the older one", *KEYS))
    assert [Resealer(house.service.database, rotated, SEALED).reseal() for _ in range(2)] == [1, 0]
    house.later(MINUTE)
    assert house.send() == 1
    assert house.box.taken == []
    assert "no address that can be read" in house.thread()[-1].detail


def test_at_night_nothing_leaves_and_in_the_morning_it_does(house: House) -> None:
    """Also what is tried again; who writes sees until when it waits."""
    house.service.clock.now = house.service.clock.now.replace(hour=20, minute=59)
    ask(house)
    house.later(MINUTE)
    assert house.send() == 1
    assert house.box.taken == []
    morning = (house.service.clock.now + timedelta(days=1)).replace(hour=8, minute=0)
    assert house.contact().mail_at.ToSeconds() == int(morning.timestamp())
    asked = contact_pb2.BatchGetContactsRequest(brand="lumen")
    assert house.service.client().BatchGetContacts(asked).quiet_until.ToSeconds() == int(morning.timestamp())
    house.service.clock.now = morning - MINUTE
    assert house.send() == 0
    house.later(MINUTE)
    assert house.send() == 1
    assert len(house.box.taken) == 1
    assert not house.service.client().BatchGetContacts(asked).HasField("quiet_until")


def test_a_reminder_goes_by_e_mail_and_says_that_it_is_one(house: House) -> None:
    ask(house, message="Hello {creator}, may {brand}? {link}")
    house.later(MINUTE)
    house.send()
    house.later(timedelta(days=7))
    clockwork = Clockwork(house.service.database, house.service.wiring.means)
    assert [clockwork.tick(house.service.clock.now) for _ in range(2)] == [1, 0]
    house.send()
    assert house.box.taken[1][1]["Subject"] == "A reminder: lumen would like to show your post"
    assert "We wrote to you on 23 Nov 2026, and this is a reminder." in house.letter()
    assert "Hello Mira Example, may lumen? http" in house.letter()
    creator = house.service.client("creator")
    assert creator.GetLink(pb.GetLinkRequest(link=house.links()[0])).post == POST
    assert (house.thread()[-1].kind, house.thread()[-1].by) == (pb.THREAD_KIND_REMINDED, "")
