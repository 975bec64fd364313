"""What the pages say of scopes, times and places."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from chorus.api.rights.v1 import rights_pb2
from chorus.api.types.v1 import media_pb2, scope_pb2
from chorus.scope import Use
from chorus.scope.words import listed, phrase

_YEAR = 365
_MINUTE = 60
_USES = {
    scope_pb2.USE_WEB: Use.WEB,
    scope_pb2.USE_SOCIAL: Use.SOCIAL,
    scope_pb2.USE_EMAIL: Use.EMAIL,
    scope_pb2.USE_ADS: Use.ADS,
    scope_pb2.USE_IN_STORE: Use.IN_STORE,
    scope_pb2.USE_PRINT: Use.PRINT,
}
USES = {use.value: number for number, use in _USES.items()}
"""The uses by the names that forms and the receipt file give them."""


def uses(scope: scope_pb2.Scope) -> list[Use]:
    """List a scope's uses in the order in which people are told."""
    named = {_USES[number] for number in scope.uses if number in _USES}
    return [use for use in Use if use in named]


def where(scope: scope_pb2.Scope) -> str:
    """Say where something would be shown: "on the web and in e-mails"."""
    return listed([phrase(use) for use in uses(scope)])


def today(places: int) -> str:
    """Say that the places listed are those of today, and no promise that there are no others."""
    return "This is the place today." if places == 1 else "These are the places today."


def capital(text: str) -> str:
    """Begin a line with a capital letter and leave the rest."""
    return text[:1].upper() + text[1:]


def countries(scope: scope_pb2.Scope) -> str:
    """Say in which countries."""
    return f"Only in {listed(sorted(scope.territories))}" if scope.territories else "Worldwide"


def lasting(days: int) -> str:
    """Say for how long: "for one year"."""
    if not days:
        return "with no end date"
    if days % _YEAR:
        return f"for {days} days"
    years = days // _YEAR
    return "for one year" if years == 1 else f"for {years} years"


def until(days: int, now: datetime) -> str:
    """Say for how long, with the day on which it would end if it began now."""
    return f"{lasting(days)}, until {day(now + timedelta(days=days))}" if days else lasting(days)


def within(seconds: int) -> str:
    """Say how soon something happens: "within half a minute"."""
    if seconds == _MINUTE // 2:
        return "within half a minute"
    if seconds % _MINUTE or not seconds:
        return "within a second" if seconds == 1 else f"within {seconds} seconds"
    minutes = seconds // _MINUTE
    return "within a minute" if minutes == 1 else f"within {minutes} minutes"


def receipts(found: Iterable[rights_pb2.Receipt]) -> dict[str, rights_pb2.Receipt]:
    """Name each receipt by its kind, and by its number too from the second of a kind on: "narrowed-2"."""
    named: dict[str, rights_pb2.Receipt] = {}
    count: Counter[str] = Counter()
    for each in found:
        count[each.kind] += 1
        named[f"{each.kind}-{count[each.kind]}" if count[each.kind] > 1 else each.kind] = each
    return named


def handle(given: str) -> str:
    """Write a handle as people know handles, whichever way it was given: "@liv"; empty stays empty."""
    bare = given.strip().lstrip("@")
    return f"@{bare}" if bare else ""


def called(account: media_pb2.Account) -> str:
    """Say who made a post: "Liv Example · @liv", with the name left out where it is only the handle again."""
    name, known_as = account.display_name, handle(account.handle)
    if not known_as or handle(name) == known_as:
        return known_as or name
    return f"{name} · {known_as}" if name else known_as


def day(at: datetime | Timestamp) -> str:
    """Say a day so that nobody takes it for another: "23 Nov 2026"."""
    moment = at.ToDatetime(UTC) if isinstance(at, Timestamp) else at
    return f"{moment.day} {moment:%b %Y}"


def iso(at: Timestamp) -> str:
    """Write a moment for machines."""
    return at.ToDatetime(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
