"""How rights speaks: to the creator who is asked, and to those who look at a post."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from chorus.rights.domain.attestation import Attestation, Basis
from chorus.rights.domain.board import Column
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant, GrantState
from chorus.rights.domain.request import Channel, Part, Request, RequestState
from chorus.scope import in_words

DEFAULT_MESSAGE = (
    "Hello {creator}, we love what you posted. May {brand} show it? Here you can see what we would like to do with it, "
    "and say yes or no: {link}"
)


AFTER_YES = (
    "Hello {creator}, thank you for your yes! Here you can see where and for how long {brand} would like to show your "
    "post, and say for good whether it may: {link}"
)
REMINDER = (
    "Hello {creator}, a short reminder: {brand} would like to show your post. Here you can see where and for how long, "
    "and say yes or no: {link}"
)
CLAIMED = (
    "Hello {creator}, you told us that this post is yours. By this link you see what {brand} may show, and can take "
    "it back at any time: {link}"
)
VARIABLES = ("creator", "brand", "link")
_VARIABLE = re.compile(r"\{(\w+)\}")
# Stands where a link would: the link itself is the creator's alone.
LINK_HINT = "(link)"


def filled(message: str, *, creator: str, brand: str, link: str) -> str:
    """Fill {creator}, {brand} and {link} into a message; a link that it does not hold goes to its end."""
    template = message.strip() or DEFAULT_MESSAGE
    text = template if "{link}" in template else f"{template}\n\n{{link}}"
    return fill(text, {"creator": creator, "brand": brand, "link": link})


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into the places of their names; what looks like a place, and is none, stays as it is."""
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def link_words(request: Request) -> str:
    """Answer the words that go with a link: those that were asked with, or, after a yes in public, thanks for it."""
    in_public = request.channel is Channel.REPLY
    return AFTER_YES if request.said_yes_at else "" if in_public else request.message


def summary(dossier: Dossier, brand: str, column: Column | None) -> str:
    """Say in one sentence how a post's rights stand."""
    given = None if dossier.post.withdrawn else dossier.covering
    if given is not None:
        return _permitted(given, brand)
    if dossier.open is not None:
        return _asked(dossier.open)
    if column is Column.DECLINED:
        return f"The creator said no on {day(_declined_at(dossier))}."
    if dossier.post.withdrawn:
        return "The post is gone from where it came from."
    return _after(dossier)


def _permitted(grant: Grant, brand: str) -> str:
    """Say what may be done, and, where it is the brand that says so, by what right."""
    if grant.attestation is None:
        return f"{brand} may show this {_given(grant)}."
    return f"{brand} says that it may show this {_given(grant)}: {attested_in_words(grant.attestation)}."


def _asked(request: Request) -> str:
    """Say how an open question stands."""
    if request.awaited:
        return f"The creator said yes; {_awaited(request)}, until {day(request.window_ends_at)}."
    if request.said_yes_at:
        return f"The creator said yes in public on {day(request.said_yes_at)}: send the link to have it for good."
    return f"Asked on {day(request.created_at)}; open until {day(request.window_ends_at)}."


def _awaited(request: Request) -> str:
    """Say who else has to agree."""
    people = sum(each.part is Part.PERSON for each in request.awaited)
    guardian = ["a guardian"] * (len(request.awaited) > people)
    others = [f"{people} other {'person' if people == 1 else 'people'}"] * bool(people)
    return f"{' and '.join([*guardian, *others])} still to agree"


def permits(dossier: Dossier) -> str:
    """Say what may be done now, to go behind "may be shown"; empty where nothing may."""
    given = dossier.covering
    return "" if given is None or dossier.post.withdrawn else _given(given)


def attested(dossier: Dossier) -> str:
    """Say by what right the brand says that it may show the post's pictures; empty where it does not say so."""
    held = (grant for grant in reversed(dossier.attested) if grant.active and grant.covers(dossier.post.shown))
    given = None if dossier.post.withdrawn else next(held, None)
    return attested_in_words(given.attestation) if given and given.attestation else ""


def attested_in_words(attestation: Attestation) -> str:
    """Say by what right, and who of the brand says so: "by contract of 3 Nov 2026, attested by ada@lumen.example"."""
    given_on = day(attestation.given_on)
    right = {
        Basis.CONTRACT: f"by contract of {given_on}",
        Basis.OWN_CONTENT: f"as content of its own, of {given_on}",
        Basis.OTHER: f"by {attestation.other or 'agreement'} of {given_on}",
    }[attestation.basis]
    return f"{right}, attested by {attestation.by}"


def day(at: date | None) -> str:
    """Say a day in full, so that no two readers take it for different ones: "3 Nov 2027"."""
    return f"{at.day} {at:%b %Y}" if at else ""


def _given(grant: Grant) -> str:
    until = f", until {day(grant.valid_until)}" if grant.valid_until else ""
    standing = f", by standing consent of {day(grant.standing_given_at)}" if grant.standing_given_at else ""
    return f"{in_words(grant.scope)}{until}{standing}"


def _after(dossier: Dossier) -> str:
    """Say how the last thing ended."""
    if dossier.grants:
        return _over(dossier.grants[-1])
    return "Nobody answered in time." if dossier.requests else "Nobody has been asked yet."


def _over(grant: Grant) -> str:
    """Say why what was given last permits nothing now."""
    ended_on, what = day(grant.ended_at), "What the brand attested" if grant.attested else "What the creator allowed"
    match grant.state:
        case GrantState.REVOKED if grant.attested:
            return f"The creator ended on {ended_on} what the brand had attested."
        case GrantState.REVOKED:
            return f"The creator took it back on {ended_on}."
        case GrantState.ENDED if grant.claimed:
            return f"The brand took it down on {ended_on}, since somebody says that it is theirs."
        case GrantState.ENDED:
            return f"The brand ended on {ended_on} what it had attested."
        case GrantState.EXPIRED:
            return f"{what} ended on {ended_on}."
        case GrantState.ACTIVE:
            return f"{what} is about other pictures than those that are approved now."


def _declined_at(dossier: Dossier) -> datetime | None:
    declined = (each for each in reversed(dossier.requests) if each.state is RequestState.DECLINED)
    return next((request.answered_at for request in declined), None)
