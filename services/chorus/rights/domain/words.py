"""How rights speaks: to the creator who is asked, and to those who look at a post."""

from __future__ import annotations

import re
from datetime import datetime

from chorus.rights.domain.board import Column
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant, GrantState
from chorus.rights.domain.request import Part, Request, RequestState
from chorus.scope import in_words

DEFAULT_MESSAGE = (
    "Hello {creator}, we love what you posted. May {brand} show it? Here you can see what we would like to do with it, "
    "and say yes or no: {link}"
)


VARIABLES = ("creator", "brand", "link")
_VARIABLE = re.compile(rf"\{{({'|'.join(VARIABLES)})\}}")
# Stands where a link would: the link itself is the creator's alone.
LINK_HINT = "(link)"


def filled(message: str, *, creator: str, brand: str, link: str) -> str:
    """Fill {creator}, {brand} and {link} into a message; a link that it does not hold goes to its end."""
    template = message.strip() or DEFAULT_MESSAGE
    text = template if "{link}" in template else f"{template}\n\n{{link}}"
    values = {"creator": creator, "brand": brand, "link": link}
    return _VARIABLE.sub(lambda found: values[found[1]], text)


def summary(dossier: Dossier, brand: str, column: Column | None) -> str:
    """Say in one sentence how a post's rights stand."""
    if dossier.covering is not None and not dossier.post.withdrawn:
        return f"{brand} may show this {_given(dossier.covering)}."
    if dossier.open is not None and dossier.open.awaited:
        return f"The creator said yes; {_awaited(dossier.open)}, until {day(dossier.open.window_ends_at)}."
    if dossier.open is not None:
        return f"Asked on {day(dossier.open.created_at)}; open until {day(dossier.open.window_ends_at)}."
    if column is Column.DECLINED:
        return f"The creator said no on {day(_declined_at(dossier))}."
    if dossier.post.withdrawn:
        return "The post is gone from where it came from."
    return _after(dossier)


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


def day(at: datetime | None) -> str:
    """Say a day in full, so that no two readers take it for different ones: "3 Nov 2027"."""
    return f"{at.day} {at:%b %Y}" if at else ""


def _given(grant: Grant) -> str:
    until = f", until {day(grant.valid_until)}" if grant.valid_until else ""
    standing = f", by standing consent of {day(grant.standing_given_at)}" if grant.standing_given_at else ""
    return f"{in_words(grant.scope)}{until}{standing}"


def _after(dossier: Dossier) -> str:
    """Say how the last thing ended."""
    for grant in reversed(dossier.grants):
        if grant.state is GrantState.REVOKED:
            return f"The creator took it back on {day(grant.ended_at)}."
        if grant.state is GrantState.EXPIRED:
            return f"What the creator allowed ended on {day(grant.ended_at)}."
        return "The creator allowed other pictures than those that are approved now."
    return "Nobody answered in time." if dossier.requests else "Nobody has been asked yet."


def _declined_at(dossier: Dossier) -> datetime | None:
    declined = (each for each in reversed(dossier.requests) if each.state is RequestState.DECLINED)
    return next((request.answered_at for request in declined), None)
