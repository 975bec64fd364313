"""Asking: opening a request, and closing it where nobody answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chorus.errors import Conflict
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Lapsed, Requested
from chorus.rights.domain.offer import Offer
from chorus.rights.domain.post import Post
from chorus.rights.domain.request import Channel, Request, RequestState
from chorus.scope import Scope, contains


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask, in whose name, for how long to wait, and how; `code` says yes in public."""

    request: str
    offer: Offer
    message: str
    by: str
    window: timedelta
    code: str = ""
    channel: Channel = Channel.LINK
    remind_at: datetime | None = None


def check_askable(post: Post) -> None:
    """Raise `Conflict` unless the post is approved and still there."""
    if post.withdrawn:
        message = "The post is gone from where it came from, so there is nothing to ask for."
        raise Conflict(message, reason="POST_WITHDRAWN")
    if not post.approved:
        message = "Approve the post first, then ask its creator."
        raise Conflict(message, reason="NOT_APPROVED")


def check_new(dossier: Dossier, scope: Scope, now: datetime) -> None:
    """Raise `Conflict` where the creator was asked already, has given this, or does not want to be asked."""
    if dossier.open is not None and not dossier.open.over(now):
        message = "The creator has been asked, and has not answered yet."
        raise Conflict(message, reason="ALREADY_ASKED")
    covering = (grant for grant in dossier.grants if grant.holds(now) and grant.covers(dossier.post.shown))
    if any(contains(grant.scope, scope) for grant in covering):
        message = "The creator has allowed this already."
        raise Conflict(message, reason="ALREADY_GRANTED")
    if dossier.refused:
        message = "The creator has said no before. Ask about this post by itself, if at all."
        raise Conflict(message, reason="SAID_NO")
    if dossier.taken_down:
        message = "It was taken down, since somebody said that it is theirs. Ask about this post by itself, if at all."
        raise Conflict(message, reason="TAKEN_DOWN")


def ask(dossier: Dossier, question: Question, now: datetime) -> Dossier:
    """Open a request about the revision that would be shown. An open one is superseded: its links lead nowhere now."""
    if dossier.open is not None:
        dossier = dossier.with_request(dossier.open.ended(RequestState.SUPERSEDED, now))
    request = Request(
        request=question.request,
        offer=question.offer,
        message=question.message,
        revision=dossier.post.approved or dossier.post.revision,
        by=question.by,
        created_at=now,
        window_ends_at=now + question.window,
        channel=question.channel,
        code=question.code,
        remind_at=question.remind_at,
    )
    return dossier.with_request(request, Requested(request))


def lapse(dossier: Dossier, now: datetime) -> Dossier:
    """Close the open request if its window is over or its post is gone."""
    request = dossier.open
    if request is None or not (request.over(now) or dossier.post.withdrawn):
        return dossier
    return dossier.with_request(request.ended(RequestState.LAPSED, now), Lapsed(request.request))
