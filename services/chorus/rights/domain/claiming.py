"""Claiming: who gets a link and who an answer, and what a brand does about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chorus.errors import Conflict, Exhausted, Invalid, NotFound
from chorus.rights.domain.address import read_address
from chorus.rights.domain.claim import KEPT, Claim, ClaimKind, ClaimOutcome, Saying
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Ended, Lapsed
from chorus.rights.domain.request import RequestState

MOST_WORDS = 1_000
# Of one claim, what is kept of those who say the same: whoever floods it fills no more than that.
MOST_SAYINGS = 20
# A link that was asked for is mailed once about a post in this time, and three times to a creator; then people answer.
MAILS_WITHIN = timedelta(days=7)
_MOST_MAILS = 3
# Whoever uploaded something has a link from ingest, which takes the upload back by it: no other link does.
_UPLOADED = "upload"
_CHOSEN = frozenset({ClaimOutcome.ANSWERED, ClaimOutcome.NOT_THEIRS, ClaimOutcome.SPAM})


@dataclass(frozen=True, slots=True)
class Said:
    """What one person says, as it was entered; words and address may be empty."""

    kind: ClaimKind
    words: str = ""
    email: str = ""


def checked(said: Said) -> Said:
    """Read what was entered; `Invalid` with every field that is wrong."""
    words, fields = _readable(said.words), {}
    if len(words) > MOST_WORDS:
        fields["words"] = "Write at most 1000 letters."
    email = ""
    if said.email.strip():
        try:
            email = read_address(said.email)
        except Invalid as error:
            fields |= error.fields
    if fields:
        message = "This cannot be sent as it is."
        raise Invalid(message, fields=fields)
    return Said(said.kind, words, email)


def check_shown(dossier: Dossier | None) -> Dossier:
    """Answer the dossier of a post that may be shown; `NotFound` where there is none any more."""
    if dossier is None or dossier.post.withdrawn:
        message = "This is not shown any more."
        raise NotFound(message, reason="NOT_SHOWN")
    return dossier


def check_room(kind: ClaimKind, kept: Sequence[Saying]) -> None:
    """Raise `Exhausted` where so many have objected that another one would not be read.

    Never of a lost link: whether one opens a claim depends on who is known here, and nobody is to learn that.
    """
    if kind is ClaimKind.NOT_ALLOWED and not room(kind, kept):
        message = "Many people have written about this already. Their messages are waiting for an answer."
        raise Exhausted(message, reason="CLAIM_FULL")


def room(kind: ClaimKind, kept: Sequence[Saying]) -> bool:
    """Tell whether one more of a kind is kept."""
    return sum(each.kind is kind for each in kept) < MOST_SAYINGS


def claimed(dossier: Dossier, kind: ClaimKind, *, claim: str, now: datetime, due_at: datetime) -> Dossier:
    """Open a claim, or add to the one that is open."""
    known = dossier.claim
    if known is not None and known.open:
        return dossier.with_claim(known.again(kind))
    return dossier.with_claim(Claim(claim, now, due_at, (kind,)))


def linked(dossier: Dossier) -> str:
    """Name the request to which a link of the creator's leads: the open one, else that by which they gave it last.

    Empty where no link does. What they gave by standing consent is of the question about another post.
    """
    given = (grant.request for grant in reversed(dossier.grants) if grant.active)
    found = dossier.open.request if dossier.open else next((request for request in given if request), "")
    asked = dossier.request(found)
    return "" if asked and asked.by == _UPLOADED else found


def check_linked(dossier: Dossier) -> str:
    """Name that request; `Conflict` where there is none."""
    request = linked(dossier)
    if not request or dossier.post.withdrawn:
        message = "No link leads to this post. Ask its creator, and give out the link of that question."
        raise Conflict(message, reason="NO_LINK")
    return request


def may_mail(mailed: Sequence[str], post: str) -> bool:
    """Tell whether a link may be mailed because somebody asks, by the posts of those that went lately."""
    return post not in mailed and len(mailed) < _MOST_MAILS


def find_claim(dossier: Dossier | None, claim: str = "") -> Claim:
    """Find a post's last claim, which is to be this one where it is named."""
    found = dossier.claim if dossier else None
    if found is None or claim not in {"", found.claim}:
        message = "Nobody says that this post is theirs, or there is a newer claim by now."
        raise NotFound(message, reason="CLAIM_NOT_FOUND")
    return found


def check_open(claim: Claim) -> None:
    """Raise `Conflict` where nobody waits for an answer."""
    if not claim.open:
        message = "This claim is closed: open it again first."
        raise Conflict(message, reason="CLAIM_OVER")


def close(dossier: Dossier, claim: Claim, outcome: ClaimOutcome | None, *, by: str, now: datetime) -> Dossier:
    """Close a claim; one that is closed stays as it is. `Invalid` where people do not choose that outcome."""
    if outcome not in _CHOSEN:
        message = "Say how it was closed: answered, not theirs, or spam."
        raise Invalid(message, fields={"outcome": message})
    return dossier.with_claim(claim.closed(outcome, by, now)) if claim.open else dossier


def reopen(dossier: Dossier, claim: Claim, now: datetime) -> Dossier:
    """Open a claim again; one that is open stays as it is. `Conflict` where it is too late for that."""
    if claim.closed_at is None:
        return dossier
    if claim.taken_down or claim.closed_at + KEPT <= now:
        raise _over()
    return dossier.with_claim(claim.reopened())


def take_down(dossier: Dossier, claim: Claim, *, by: str, now: datetime) -> Dossier:
    """End everything that the post may be shown by, and close the claim. Again is the same."""
    if claim.taken_down:
        return dossier
    if not claim.open:
        raise _over()
    for grant in dossier.grants:
        if grant.active:
            dossier = dossier.with_grant(grant.taken_down(by, now), Ended(grant.grant))
    if (asked := dossier.open) is not None:
        # Whoever was asked may not be who made it.
        closed = replace(asked, window_ends_at=min(asked.window_ends_at, now)).ended(RequestState.LAPSED, now)
        dossier = dossier.with_request(closed, Lapsed(asked.request))
    return dossier.with_claim(claim.closed(ClaimOutcome.TAKEN_DOWN, by, now))


def _over() -> Conflict:
    message = "This claim is closed for good."
    return Conflict(message, reason="CLAIM_OVER")


def _readable(words: str) -> str:
    """Leave out what cannot be seen, but for the ends of lines."""
    return "".join(each for each in words.replace("\r\n", "\n") if each == "\n" or each.isprintable()).strip()
