"""How a brand keeps in touch with creators: how often at the most, at which hours not, with which words in public."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from chorus.errors import Invalid
from chorus.rights.domain.link import Brand
from chorus.rights.domain.opting import OPTED_OUT, Wish
from chorus.rights.domain.post import Account
from chorus.rights.domain.reply import DEFAULT_REPLY, HASHTAG, reply_problem, reply_text, usual_hashtag
from chorus.rights.domain.request import Channel, Request
from chorus.rights.domain.words import day

MOST_REPLY = 500
_MINUTE = timedelta(minutes=1)
_MOST_CONTACTS = 1_000
_MOST_DAYS = 365
_MOST_REMINDERS = 3


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day, by the clocks of one time zone (IANA), in which nobody is written to; equal ends: none."""

    start: time
    end: time
    zone: str

    def holds(self, moment: datetime) -> bool:
        """Tell whether it is quiet: by the clock on the wall, whatever it was set to that day."""
        clock = moment.astimezone(ZoneInfo(self.zone)).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def over(self, moment: datetime) -> datetime:
        """Answer the first moment from this one on at which it is not quiet, to the minute.

        Minute by minute, since only that is right whenever clocks are put forward or back; a night has few.
        """
        if not self.holds(moment):
            return moment
        minute = moment.astimezone(UTC).replace(second=0, microsecond=0)
        while self.holds(minute):
            minute += _MINUTE
        return minute


@dataclass(frozen=True, slots=True)
class Barred:
    """Why somebody may not be contacted now, and, where that passes by itself, until when."""

    reason: str
    message: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """At most `most` questions and reminders to one account in `days` days (0: as many as you like).

    `reminders` are days after the question. Where `hashtag` and `reply` are empty, usual ones take their places.
    """

    brand: str
    most: int = 3
    days: int = 30
    quiet: Quiet = Quiet(time(21), time(8), "UTC")
    reminders: tuple[int, ...] = (7,)
    hashtag: str = ""
    reply: str = ""

    def since(self, now: datetime) -> datetime:
        """Answer from when on contacts count."""
        return now - timedelta(days=self.days)

    def free(self, contacts: Sequence[datetime], now: datetime) -> datetime | None:
        """Answer when somebody who was contacted at these moments may be contacted again; None where now."""
        counted = sorted(each for each in contacts if each > self.since(now))
        if not self.most or len(counted) < self.most:
            return None
        return counted[-self.most] + timedelta(days=self.days)

    def reminder(self, asked_at: datetime, now: datetime) -> datetime | None:
        """Answer when to remind of a question next, after `now`; None where there is no further reminder."""
        moments = (asked_at + timedelta(days=days) for days in self.reminders)
        return next((each for each in moments if each > now), None)

    def sign(self, brand: Brand) -> str:
        """Answer the hashtag that says yes to this brand."""
        return self.hashtag or usual_hashtag(brand.name, brand.brand)


def public_words(request: Request, account: Account, brand: Brand, policy: ContactPolicy) -> str:
    """Word a question for the public, to the creator by handle: as it was asked, else in the brand's words for it."""
    own = request.message.strip() if request.channel is Channel.REPLY else ""
    called = f"@{account.handle.lstrip('@')}" if account.handle else account.called
    values = {"creator": called, "brand": brand.name, "hashtag": policy.sign(brand), "code": request.code}
    return reply_text(own or policy.reply or DEFAULT_REPLY, values)


def barred(policy: ContactPolicy, wish: Wish, contacts: Sequence[datetime], now: datetime) -> Barred | None:
    """Tell why a creator may not be contacted now; None where they may."""
    if wish is not Wish.NONE:
        return Barred("OPTED_OUT", OPTED_OUT)
    if (until := policy.free(contacts, now)) is None:
        return None
    times = "once" if policy.most == 1 else f"{policy.most} times"
    days = "a day" if policy.days == 1 else f"{policy.days} days"
    return Barred("CONTACT_CAP", f"The creator was contacted {times} within {days}: again from {day(until)}.", until)


def check_contact_policy(policy: ContactPolicy) -> None:
    """Raise `Invalid` with every field that is wrong."""
    wrong = {
        "most": not 0 <= policy.most <= _MOST_CONTACTS and f"From 1 to {_MOST_CONTACTS}, or 0 for as many as you like.",
        "days": not 1 <= policy.days <= _MOST_DAYS and f"From 1 to {_MOST_DAYS}.",
        "time_zone": policy.quiet.zone not in available_timezones()
        and "Name it as IANA does, for example Europe/Paris.",
        "reminders": _reminders_problem(policy.reminders),
        "hashtag": policy.hashtag and not _is_hashtag(policy.hashtag) and "One word with a # before it, as #yesLumen.",
        "reply": reply_problem(policy.reply)
        or (len(policy.reply) > MOST_REPLY and f"Words to post in public, in {MOST_REPLY} letters at most."),
    }
    if fields := {name: problem for name, problem in wrong.items() if problem}:
        message = "Creators cannot be contacted in this way."
        raise Invalid(message, fields=fields)


def _reminders_problem(days: tuple[int, ...]) -> str:
    if len(days) > _MOST_REMINDERS:
        return f"At most {_MOST_REMINDERS} reminders."
    rising = all(earlier < later for earlier, later in pairwise(days))
    within = all(1 <= each <= _MOST_DAYS for each in days)
    return "" if rising and within else f"Days after the question, rising, from 1 to {_MOST_DAYS}."


def _is_hashtag(word: str) -> bool:
    """Tell whether platforms would take it for one: one of digits alone is none."""
    return bool(HASHTAG.fullmatch(word)) and not word[1:].isdigit()
