"""What the pages say of scopes, times and places, in the reader's language."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from babel.dates import format_interval, format_skeleton, format_time
from babel.lists import format_list
from google.protobuf.timestamp_pb2 import Timestamp
from markupsafe import Markup, escape

from chorus.api.rights.v1 import attestation_pb2, rights_pb2
from chorus.api.types.v1 import media_pb2, scope_pb2
from chorus.creator.language import N_, Language
from chorus.errors import ChorusError, Exhausted, NotFound
from chorus.scope import Use

NOTHING_HERE = N_("There is no page at this address. Look whether all of it was copied.")
_YEAR = 365
_DAY = timedelta(days=1)
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
# In English as everywhere in Chorus (scope/words.py); they go behind "show this …".
PHRASES = {
    Use.WEB: N_("on the web"),
    Use.SOCIAL: N_("on social media"),
    Use.EMAIL: N_("in e-mails"),
    Use.ADS: N_("in advertisements"),
    Use.IN_STORE: N_("in shops"),
    Use.PRINT: N_("in print"),
}
_OTHER_WAY = {"R", "AL"}


def uses(scope: scope_pb2.Scope) -> list[Use]:
    """List a scope's uses in the order in which people are told."""
    return named(scope.uses)


def named(numbers: Iterable[int]) -> list[Use]:
    """List uses in the order in which people are told; one that is not known here is left out."""
    known = {_USES[number] for number in _USES if number in set(numbers)}
    return [use for use in Use if use in known]


class Words:
    """What depends on the language that somebody reads."""

    uses = staticmethod(uses)
    named = staticmethod(named)

    def __init__(self, language: Language) -> None:
        """Speak this language."""
        self._language = language
        self.gettext = language.catalogue.gettext
        self.ngettext = language.catalogue.ngettext

    def said(self, sentence: str) -> str:
        """Say a sentence that was marked for the catalogues; one that they do not have stays, marked as English."""
        if known := self._language.sentences.get(sentence):
            return known
        if self._language.tag == "en":
            return sentence
        return Markup('<span lang="en" dir="ltr">{}</span>').format(sentence)

    def problem(self, error: ChorusError) -> str:
        """Say what went wrong, whichever room said it."""
        if isinstance(error, Exhausted) and error.reason == "RATE_LIMIT" and error.retry_after:
            return self.ngettext(
                "Too many requests: try again in %(num)s second.",
                "Too many requests: try again in %(num)s seconds.",
                error.retry_after,
            ) % {"num": error.retry_after}
        if isinstance(error, NotFound) and error.message not in self._language.sentences:
            return self.said(NOTHING_HERE) if self._language.tag != "en" else error.message
        return self.said(error.message)

    def own(self, text: str) -> str:
        """Set a name apart, where one that is written the other way could turn the sentence around it."""
        turns = self._language.direction == "rtl" or any(unicodedata.bidirectional(each) in _OTHER_WAY for each in text)
        return Markup("<bdi>{}</bdi>").format(text) if turns and text else text

    def listed(self, names: Iterable[str]) -> Markup:
        """Join names as people do: "a", "a and b", "a, b and c"."""
        escaped = [str(escape(each)) for each in names]
        return Markup(format_list(escaped, locale=self._language.locale))  # noqa: S704 -- each name is escaped above

    def quoted(self, titles: Iterable[str]) -> Markup:
        """List titles, each between the marks that the language quotes with."""
        mark = Markup(self.gettext("“%(title)s”"))  # noqa: S704 -- our own sentence
        return self.listed(mark % {"title": self.own(title)} for title in titles)

    def places(self, surfaces: Iterable[scope_pb2.SurfaceShown]) -> Markup:
        """List surfaces with their addresses."""
        return self.listed(self._place(each.title or each.surface, each.address) for each in surfaces)

    def _place(self, title: str, address: str) -> str:
        bare = address.removeprefix("https://")
        return Markup("{} ({})").format(self.own(title), self.own(bare)) if bare else self.own(title)

    def clauses(self, *parts: str) -> Markup:
        """Join what belongs to one sentence, leaving out what is empty."""
        return Markup(self.gettext(", ")).join(part for part in parts if part)  # noqa: S704 -- the comma is our own

    def phrase(self, use: Use) -> str:
        """Say one use, to go behind "show this …"."""
        return self.gettext(PHRASES[use])

    def where(self, scope: scope_pb2.Scope) -> Markup:
        """Say where something would be shown: "on the web and in e-mails"."""
        return self.listed(self.phrase(use) for use in uses(scope))

    def paid(self, scope: scope_pb2.Scope) -> str:
        """Say that it may be paid for to be seen; empty where it may not."""
        return self.gettext("also in paid promotion") if scope.paid else ""

    def alone(self, scope: scope_pb2.Scope) -> str:
        """Say that it is for nobody else; empty where others may have it too."""
        return self.gettext("and nobody else may") if scope.exclusive else ""

    def others(self, scope: scope_pb2.Scope) -> str:
        """Say whether the creator may let others have it too."""
        if scope.exclusive:
            return self.gettext("You let nobody else show it in this way")
        return self.gettext("You may let others show it too")

    def countries(self, scope: scope_pb2.Scope) -> str:
        """Say in which countries."""
        if not scope.territories:
            return self.gettext("Worldwide")
        return Markup(self.gettext("Only in %(countries)s")) % {  # noqa: S704 -- our own sentence
            "countries": self.listed(sorted(self.country(code) for code in scope.territories))
        }

    def country(self, code: str) -> str:
        """Name a country (ISO 3166-1); one without a name by its code."""
        return str(self._language.locale.territories.get(code, code))

    def lasting(self, days: int) -> str:
        """Say for how long: "for one year"."""
        if not days:
            return self.gettext("with no end date")
        if days % _YEAR:
            return self.ngettext("for %(num)s day", "for %(num)s days", days) % {"num": days}
        years = days // _YEAR
        return self.ngettext("for one year", "for %(num)s years", years) % {"num": years}

    def until(self, days: int, now: datetime) -> str:
        """Say for how long, with the day on which it would end if it began now."""
        return self.clauses(self.lasting(days), self.ending(now + timedelta(days=days)) if days else "")

    def ending(self, at: datetime | Timestamp) -> str:
        """Say up to when: "until 23 Nov 2026"."""
        return self.gettext("until %(day)s") % {"day": self.day(at)}

    def right(self, attestation: attestation_pb2.Attestation) -> Markup:
        """Say by what right a brand says that it may show something: "by a contract of 3 Nov 2026"."""
        sentence = {
            attestation_pb2.BASIS_CONTRACT: self.gettext("by a contract of %(day)s"),
            attestation_pb2.BASIS_OWN_CONTENT: self.gettext("as content of its own, of %(day)s"),
        }.get(attestation.basis, self.gettext("by a permission of %(day)s (%(what)s)"))
        given_on = datetime.fromisoformat(attestation.given_on)
        return Markup(sentence) % {"day": self.day(given_on), "what": self.own(attestation.other)}  # noqa: S704 -- our own sentence

    def span(self, asked: rights_pb2.Standing | rights_pb2.StandingConsent, now: datetime) -> str:
        """Say a time for posts to come: "until 3 Nov 2027", with its start where that lies further away than a day."""
        starts = asked.starts.ToDatetime(UTC)
        if abs(starts - now) < _DAY:
            return self.ending(asked.until)
        return self.gettext("from %(first)s until %(last)s") % {
            "first": self.day(starts),
            "last": self.day(asked.until),
        }

    def within(self, seconds: int) -> str:
        """Say how soon something happens: "within half a minute"."""
        if seconds == _MINUTE // 2:
            return self.gettext("within half a minute")
        if seconds % _MINUTE or not seconds:
            return self.ngettext("within a second", "within %(num)s seconds", seconds) % {"num": seconds}
        minutes = seconds // _MINUTE
        return self.ngettext("within a minute", "within %(num)s minutes", minutes) % {"num": minutes}

    def moment(self, at: datetime | Timestamp, now: datetime) -> Markup:
        """Say a moment of today by its time, and any other with its day, in UTC: "14:03:20 UTC"."""
        moment = at.ToDatetime(UTC) if isinstance(at, Timestamp) else at
        said = f"{format_time(moment, 'medium', UTC, self._language.locale)} UTC"
        if moment.date() != now.date():
            said = self.clauses(self.day(moment), said)
        return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(timespec="seconds"), said)

    def period(self, begun: Timestamp, ended: Timestamp) -> str:
        """Say from which day to which: "20–23 Nov 2026"."""
        locale = self._language.locale
        return str(format_interval(begun.ToDatetime(UTC), ended.ToDatetime(UTC), "yMMMd", locale=locale))

    def dated(self, at: Timestamp) -> Markup:
        """Say a day to people and programs."""
        return Markup('<time datetime="{}">{}</time>').format(iso(at), self.day(at))

    def day(self, at: datetime | Timestamp) -> str:
        """Say a day so that nobody takes it for another: "23 Nov 2026"."""
        moment = at.ToDatetime(UTC) if isinstance(at, Timestamp) else at
        return str(format_skeleton("yMMMd", moment, locale=self._language.locale))


def capital(text: str) -> str:
    """Begin a line with a capital letter and leave the rest."""
    return text[:1].upper() + text[1:]


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


def iso(at: Timestamp) -> str:
    """Write a moment for machines."""
    return at.ToDatetime(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
