"""How a brand keeps in touch with creators: how often at the most, at which hours, and with which words in public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from itertools import pairwise
from zoneinfo import available_timezones

from chorus.errors import Invalid
from chorus.rights.domain.link import Brand
from chorus.rights.domain.reply import HASHTAG, reply_problem, usual_hashtag

MOST_REPLY = 500
_MOST_CONTACTS = 1_000
_MOST_DAYS = 365
_MOST_REMINDERS = 3


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day, by the clocks of one time zone (IANA), in which nobody is written to; equal ends: none."""

    start: time
    end: time
    zone: str


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

    def sign(self, brand: Brand) -> str:
        """Answer the hashtag that says yes to this brand."""
        return self.hashtag or usual_hashtag(brand.name, brand.brand)


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
