"""How often creators are contacted, at which hours not, and when they are reminded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import seed as seeded
from hypothesis import settings as bounded
from hypothesis import strategies as some

from chorus.errors import ChorusError
from chorus.rights.domain.board import Column
from chorus.rights.domain.contact import Barred, ContactPolicy, Quiet, barred
from chorus.rights.domain.link import Brand
from chorus.rights.domain.opting import Wish
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.request import Channel, Request
from chorus.rights.domain.thread import Event, Kind
from chorus.rights.handlers import asking, contacting, hearing
from chorus.rights.handlers.timing import pass_time
from tests.unit.rights import samples
from tests.unit.rights.fakes import FakeStore
from tests.unit.rights.samples import ASKED, NOW, TERMS, WEB, WINDOW, first, ready

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NIGHT = Quiet(time(21), time(8), "Europe/Paris")
POLICY = ContactPolicy("lumen", most=3, days=30)
# Zones whose clocks go forward and back, by an hour or by half of one, at the edge of a day, or never.
ZONES = [
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/Havana",
    "Africa/Cairo",
]


def paris(text: str, fold: int = 0) -> datetime:
    """Read a moment from the clocks of Paris; `fold` 1 is the second one of two that they show alike."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"), fold=fold).astimezone(UTC)


# --- quiet hours ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "over"),
    [
        ("2026-11-23T20:59:59", "2026-11-23T20:59:59"),
        ("2026-11-23T21:00:00", "2026-11-24T08:00:00"),
        ("2026-11-24T00:00:00", "2026-11-24T08:00:00"),
        ("2026-11-24T07:59:59.999999", "2026-11-24T08:00:00"),
        ("2026-11-24T08:00:00", "2026-11-24T08:00:00"),
    ],
)
def test_a_night_is_quiet_from_evening_to_morning(at: str, over: str) -> None:
    assert NIGHT.holds(paris(at)) is (at != over)
    assert NIGHT.over(paris(at)) == paris(over)


def test_hours_are_those_of_the_brand_s_own_clocks() -> None:
    """At seven in the evening by UTC it is eight in Paris in winter, and nine in summer."""
    for month, summer in ((1, False), (7, True)):
        seven = datetime(2026, month, 15, 19, tzinfo=UTC)
        assert NIGHT.holds(seven) is summer
        assert NIGHT.holds(seven + timedelta(hours=1))


def test_a_night_is_shorter_or_longer_when_clocks_are_changed() -> None:
    """It ends at eight by the clock, eleven hours later but ten in spring, twelve in autumn."""
    for evening, hours in (("2026-03-28T21:00", 10), ("2026-06-01T21:00", 11), ("2026-10-24T21:00", 12)):
        start = paris(evening)
        assert NIGHT.over(start) - start == timedelta(hours=hours)


def test_an_end_that_clocks_leap_over_is_when_they_have_leapt() -> None:
    """On 29 March 2026 there is no half past two in Paris; on 25 October there are two, and it is quiet before each."""
    spring = Quiet(time(1), time(2, 30), "Europe/Paris")
    assert spring.over(paris("2026-03-29T01:30")) == paris("2026-03-29T03:00")
    named = paris("2026-03-29T01:30").astimezone(ZoneInfo("Europe/Paris"))
    assert spring.over(named) == paris("2026-03-29T03:00"), "whichever zone the moment is named in"
    autumn = Quiet(time(1), time(2, 30), "Europe/Paris")
    assert autumn.over(paris("2026-10-25T01:30")) == paris("2026-10-25T02:30", fold=0)
    assert autumn.holds(paris("2026-10-25T02:10", fold=1)), "the clock says so once more"
    assert autumn.over(paris("2026-10-25T02:10", fold=1)) == paris("2026-10-25T02:30", fold=1)


def test_equal_hours_are_never_quiet() -> None:
    assert not any(Quiet(time(8), time(8), "UTC").holds(NOW + MINUTE * each) for each in range(24 * 60))


def test_whenever_it_is_the_next_moment_is_the_first_that_is_not_quiet(seed: int) -> None:
    hours = some.times().map(lambda each: each.replace(second=0, microsecond=0))

    @seeded(seed)
    @bounded(max_examples=200, deadline=None, database=None)
    @given(
        some.integers(0, 15 * 366 * 24 * 3600),
        some.builds(Quiet, hours, hours, some.sampled_from(ZONES)),
    )
    def holds(second: int, quiet: Quiet) -> None:
        moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
        over = quiet.over(moment)
        assert not quiet.holds(over)
        assert (over == moment) is not quiet.holds(moment)
        assert over - moment <= timedelta(hours=26)
        minutes = int((over - moment) / MINUTE)
        assert all(quiet.holds(moment + MINUTE * each) for each in range(0, minutes, 7))
        assert over == moment or quiet.holds(over - timedelta(microseconds=1))

    holds()


# --- caps -------------------------------------------------------------------------------------------------------------


def test_a_creator_is_contacted_so_often_in_so_many_days() -> None:
    contacts = [NOW - DAY * days for days in (29, 10, 5)]
    assert POLICY.free(contacts[:2], NOW) is None
    assert POLICY.free(contacts, NOW) == NOW + DAY
    assert POLICY.free(contacts, NOW + DAY - MINUTE) == NOW + DAY
    assert POLICY.free(contacts, NOW + DAY) is None
    assert POLICY.free([*contacts, NOW], NOW + DAY) == NOW + 20 * DAY, "more than a cap that was lowered since"
    assert replace(POLICY, most=0).free(contacts, NOW) is None


def test_whenever_a_cap_lets_somebody_be_contacted_it_was_kept(seed: int) -> None:
    @seeded(seed)
    @bounded(max_examples=200, deadline=None, database=None)
    @given(some.integers(1, 5), some.integers(1, 60), some.lists(some.integers(1, 20 * 24 * 60), max_size=40))
    def kept(most: int, days: int, pauses: list[int]) -> None:
        policy, now, contacts = ContactPolicy("lumen", most=most, days=days), NOW, [NOW]
        for pause in pauses:
            now += MINUTE * pause
            free = policy.free(contacts, now)
            if free is None:
                contacts.append(now)
            else:
                assert free > now
                assert policy.free(contacts, free) is None
                assert policy.free(contacts, free - MINUTE) == free
        for at in contacts:
            assert sum(at - DAY * days < each <= at for each in contacts) <= most

    kept()


@pytest.mark.parametrize(
    ("most", "days", "said"),
    [(3, 30, "contacted 3 times within 30 days"), (1, 1, "contacted once within a day")],
)
def test_a_cap_says_from_when_on_it_is_possible_again(most: int, days: int, said: str) -> None:
    policy = ContactPolicy("lumen", most=most, days=days)
    bar = barred(policy, Wish.NONE, [NOW + MINUTE * each for each in range(most)], NOW + MINUTE * most)
    assert isinstance(bar, Barred)
    assert (bar.reason, bar.until, said in bar.message) == ("CONTACT_CAP", NOW + DAY * days, True)
    assert barred(policy, Wish.NONE, [], NOW) is None


def test_a_wish_not_to_be_asked_comes_before_every_cap() -> None:
    bar = barred(POLICY, Wish.BRAND, [NOW] * 9, NOW)
    assert bar == Barred("OPTED_OUT", "The creator does not want to be asked.")


# --- what is asked ----------------------------------------------------------------------------------------------------


@pytest.fixture
def store() -> FakeStore:
    """A store in which lumen has terms and five approved posts of Mira's."""
    made = FakeStore()
    made.save_brand(Brand("lumen", "Lumen"))
    made.add_terms(TERMS, entered=True)
    for number in range(1, 6):
        arrive(made, f"p{number}")
    return made


def arrive(store: FakeStore, post: str) -> None:
    hearing.captured(samples.hearing(store, post), samples.seen(post), first(ready(f"pic {post}")))
    hearing.reviewed(samples.hearing(store, post), approved=1, rejected=False, at=NOW)


def ask(store: FakeStore, post: str, channel: Channel = Channel.LINK, *, at: datetime = NOW) -> Request:
    asked = replace(ASKED, channel=channel, email="mira@creators.example" if channel is Channel.EMAIL else "")
    return asking.create_request(store, "lumen", post, asked, occasion=samples.occasion(at))[1]


def refusal(act: Callable[[], object]) -> ChorusError:
    with pytest.raises(ChorusError) as caught:
        act()
    return caught.value


def test_the_fourth_question_in_a_month_waits(store: FakeStore) -> None:
    for number in range(3):
        ask(store, f"p{number + 1}", at=NOW + DAY * number)
    why = refusal(lambda: ask(store, "p4", at=NOW + 4 * DAY))
    assert (why.reason, why.metadata["until"]) == ("CONTACT_CAP", (NOW + 30 * DAY).isoformat())
    assert why.message.endswith("again from 23 Dec 2026.")
    ask(store, "p4", at=NOW + 30 * DAY)


def test_what_goes_in_one_message_is_one_contact(store: FakeStore) -> None:
    for number in range(1, 6):
        ask(store, f"p{number}", Channel.EMAIL, at=NOW + timedelta(seconds=number))
    assert len({contact for _, _, contact, _ in store.contacts}) == 1
    assert {mail.due_at for mail in store.queued.values()} == {NOW + timedelta(seconds=61)}
    for mail in list(store.queued):
        store.drop_mail(mail)
    ask(store, "p1", at=NOW + DAY)
    ask(store, "p1", at=NOW + 2 * DAY)
    assert refusal(lambda: ask(store, "p1", at=NOW + 3 * DAY)).reason == "CONTACT_CAP"


def test_what_is_asked_by_link_within_a_minute_is_one_contact_and_no_chain_of_them(store: FakeStore) -> None:
    for number in (2, 1):
        ask(store, "p1", at=NOW - DAY * number)
    for seconds in range(0, 60, 20):
        ask(store, f"p{2 + seconds // 20}", at=NOW + timedelta(seconds=seconds))
    assert refusal(lambda: ask(store, "p5", Channel.REPLY, at=NOW + timedelta(seconds=59))).reason == "CONTACT_CAP"
    assert refusal(lambda: ask(store, "p5", at=NOW + MINUTE)).reason == "CONTACT_CAP"


def test_what_is_asked_in_public_counts_each_by_itself(store: FakeStore) -> None:
    for number in range(1, 4):
        ask(store, f"p{number}", Channel.REPLY)
    assert refusal(lambda: ask(store, "p4", Channel.REPLY)).reason == "CONTACT_CAP"
    assert refusal(lambda: ask(store, "p4")).reason == "CONTACT_CAP"


def test_a_message_that_waits_is_joined_also_over_the_cap(store: FakeStore) -> None:
    for number in (2, 1):
        ask(store, "p1", at=NOW - DAY * number)
    ask(store, "p2", Channel.EMAIL)
    ask(store, "p3", Channel.EMAIL, at=NOW + MINUTE)
    assert refusal(lambda: ask(store, "p4", at=NOW + MINUTE)).reason == "CONTACT_CAP"


def test_what_is_asked_by_itself_keeps_to_the_cap_and_lies_where_it_can_be_asked_later(store: FakeStore) -> None:
    for number in range(1, 4):
        ask(store, f"p{number}", at=NOW - DAY * (4 - number))
    store.save_policy(Policy("lumen", True, WEB, (), "", "", 30))
    arrive(store, "p6")
    assert store.dossiers["lumen", "p6"].open is None
    assert store.places["lumen", "p6"].column is Column.TO_ASK


# --- reminders --------------------------------------------------------------------------------------------------------


def tick(store: FakeStore, at: datetime, post: str = "p1") -> list[datetime]:
    """Let time pass on a post, if it is due; answers when the reminders that wait were queued, and takes them."""
    if ("lumen", post) in store.due(at, 10):
        pass_time(store, samples.means(), "lumen", post, at)
    queued = [mail for mail in store.queued.values() if mail.reminder]
    for mail in queued:
        store.drop_mail(mail.mail)
    return [mail.due_at for mail in queued]


def mailed(store: FakeStore, reminders: tuple[int, ...] = (7, 14, 60)) -> Request:
    """Ask by e-mail, and have it sent."""
    store.save_contact_policy(ContactPolicy("lumen", reminders=reminders))
    request = ask(store, "p1", Channel.EMAIL)
    store.queued.clear()
    return request


def test_creators_are_reminded_after_so_many_days_until_they_answer_or_time_is_up(store: FakeStore) -> None:
    assert mailed(store).remind_at == NOW + 7 * DAY
    reminded = [at for days in range(1, 29) for at in tick(store, NOW + DAY * days)]
    assert reminded == [NOW + 7 * DAY, NOW + 14 * DAY]
    tick(store, NOW + WINDOW)
    assert store.dossiers["lumen", "p1"].open is None
    assert tick(store, NOW + 60 * DAY) == []


def test_one_who_was_long_away_reminds_once(store: FakeStore) -> None:
    mailed(store)
    assert tick(store, NOW + 20 * DAY) == [NOW + 20 * DAY]
    assert tick(store, NOW + 21 * DAY) == []


def test_nobody_is_reminded_of_what_people_sent_themselves(store: FakeStore) -> None:
    assert ask(store, "p1").remind_at is None
    assert ask(store, "p2", Channel.REPLY).remind_at is None


def test_nobody_is_reminded_who_said_yes_in_public_or_was_contacted_enough_or_never_got_the_question(
    store: FakeStore,
) -> None:
    request = mailed(store)
    dossier = store.lock("lumen", "p1")
    store.save(dossier.with_request(request.answered_in_public(NOW, "p9")), NOW)
    assert tick(store, NOW + 7 * DAY) == []
    store.save(store.lock("lumen", "p1").with_request(request), NOW)
    for number in (2, 3):
        ask(store, f"p{number}", at=NOW + number * DAY)
    assert tick(store, NOW + 7 * DAY) == []
    assert store.dossiers["lumen", "p1"].open == request.reminded(NOW + 14 * DAY), "the next one may be due"
    store.contacts.clear()
    store.save(store.lock("lumen", "p1").with_request(request), NOW)
    ask(store, "p2", Channel.EMAIL, at=NOW + DAY)
    [waiting] = store.queued.values()
    store.queue(replace(waiting, mail="the question", post="p1", request=request.request))
    assert tick(store, NOW + 7 * DAY) == []


def test_a_reminder_counts_as_a_contact(store: FakeStore) -> None:
    mailed(store)
    tick(store, NOW + 7 * DAY)
    ask(store, "p2", at=NOW + 8 * DAY)
    assert refusal(lambda: ask(store, "p3", at=NOW + 9 * DAY)).reason == "CONTACT_CAP"


def test_people_remind_by_hand_within_the_cap_and_the_thread_says_who(store: FakeStore) -> None:
    request = ask(store, "p1")
    for number, channel in enumerate((Channel.LINK, Channel.REPLY), 1):
        reminded = asking.Reminded("lumen", request.request, channel, "", "ada")
        asking.remind(store, samples.means(), reminded, NOW + DAY * number)
        event = Event(Kind.REMINDED, request.request, NOW + DAY * number, "ada", channel=channel)
        assert store.thread("lumen", "p1")[-1] == event
    why = refusal(lambda: asking.remind(store, samples.means(), reminded, NOW + 3 * DAY))
    assert why.reason == "CONTACT_CAP"
    by_mail = replace(reminded, channel=Channel.EMAIL)
    assert refusal(lambda: asking.remind(store, samples.means(), by_mail, NOW + 40 * DAY)).reason == "REQUEST_CLOSED"
    assert refusal(lambda: asking.remind(store, samples.means(), by_mail, NOW)).reason == "NO_ADDRESS"
    dossier = store.lock("lumen", "p1")
    store.save(dossier.with_request(request.answered_in_public(NOW, "p9")), NOW)
    assert refusal(lambda: asking.remind(store, samples.means(), reminded, NOW)).reason == "SAID_YES"


def test_what_bars_a_creator_is_told_of_each_post(store: FakeStore) -> None:
    for number in range(1, 4):
        ask(store, f"p{number}", at=NOW - MINUTE * (4 - number))
    [reach] = contacting.reaches(store, samples.means(), "lumen", ["p5", "unknown"], NOW)
    assert reach.barred is not None
    assert (reach.post, reach.barred.reason) == ("p5", "CONTACT_CAP")
    [later] = contacting.reaches(store, samples.means(), "lumen", ["p5"], NOW + 30 * DAY)
    assert later.barred is None
