"""The creator's side: answering once, and at any time allowing less, taking back, and having all of it erased."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from chorus.errors import Conflict, Invalid
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Declined, Erased, Expired, Granted, Narrowed, Revoked
from chorus.rights.domain.grant import Grant, GrantState, Kept, Via
from chorus.rights.domain.offer import Offer
from chorus.rights.domain.post import Account
from chorus.rights.domain.request import Answer, Confirmation, Part, Request, RequestState
from chorus.rights.domain.terms import Terms
from chorus.scope import contains, problems

MOST_CREDIT = 80
MOST_OTHERS = 9
# Directional overrides and isolates: a name must not reorder the page around it.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SAID = {RequestState.GRANTED: True, RequestState.CONFIRMING: True, RequestState.DECLINED: False}


def already_answered(dossier: Dossier, request: Request, answer: Answer) -> bool:
    """Tell whether this very answer was given before. `Conflict` where another was, or none is awaited any more."""
    if request.unanswered:
        return False
    said = _SAID.get(request.state)
    if said is None:
        raise closed(request)
    if said is not answer.grant or (said and not _same(dossier, request, answer)):
        message = "This was answered already. To allow something else, ask the brand for a new question."
        raise Conflict(message, reason="ANSWERED")
    return True


def answer_open(
    dossier: Dossier,
    request: Request,
    answer: Answer,
    *,
    terms: Terms,
    others: Sequence[Confirmation],
    now: datetime,
    new_id: Callable[[], str],
) -> Dossier:
    """Record the one answer to an open request, under these terms. `Conflict` where it comes too late or too early.

    Where `others` have to agree, a yes waits for them (see `confirming`).
    """
    if request.over(now):
        raise closed(request)
    if dossier.post.withdrawn:
        message = "The post is gone, so there is nothing left to answer."
        raise Conflict(message, reason="POST_WITHDRAWN")
    if not answer.grant:
        declined = dossier.with_request(request.ended(RequestState.DECLINED, now), Declined(request.request))
        return overrule(declined, request.request, now)
    if answer.standing and request.offer.standing is None:
        message = "This allows more than was asked."
        raise Invalid(message, fields={"standing": message}, reason="WIDER")
    if dossier.post.at(request.revision).pending:
        message = "The picture is still being prepared. Try again in a minute."
        raise Conflict(message, reason="PICTURE_COMING")
    grant = given(dossier, request, answer, terms=terms, now=now, grant=new_id())
    if others:
        return dossier.with_request(request.said_yes(answer, others))
    return dossier.with_request(request.ended(RequestState.GRANTED, now, answer)).with_grant(grant, Granted(grant))


def alike(requests: Iterable[Request]) -> bool:
    """Tell whether one answer can be given to all of these: they ask for the same, under the same terms."""
    return len({request.offer for request in requests}) <= 1


def check_together(requests: Sequence[Request], answer: Answer) -> None:
    """Raise `Conflict` or `Invalid` where these questions cannot have one answer, or not this one."""
    if not alike(requests):
        message = "These questions do not ask for the same: answer each by itself."
        raise Conflict(message, reason="QUESTIONS_DIFFER")
    if len(requests) > 1 and answer.others:
        message = "Answer a picture that shows other people by itself."
        raise Invalid(message, fields={"others": message})


def who_else(answer: Answer, terms: Terms, new_id: Callable[[], str]) -> list[Confirmation]:
    """List who else has to agree to a yes. `Invalid` where the terms ask for an age, and the creator did not say."""
    if not answer.grant:
        return []
    if terms.minimum_age and answer.of_age is None:
        message = "Say when you were born: these terms ask for an age."
        raise Invalid(message, fields={"born": message})
    if not 0 <= answer.others <= MOST_OTHERS:
        message = f"From 0 to {MOST_OTHERS} other people."
        raise Invalid(message, fields={"others": message})
    minor = terms.minimum_age and not answer.of_age
    parts = [Part.GUARDIAN] * bool(minor) + [Part.PERSON] * answer.others
    return [Confirmation(new_id(), part) for part in parts]


def give(
    dossier: Dossier, offer: Offer, *, grant: str, request: str, revision: int, credit: str, at: datetime
) -> Grant:
    """Make a grant of an offer, pinned to the pictures of one revision."""
    return Grant(
        grant=grant,
        request=request,
        via=Via.LINK if request else Via.UPLOAD,
        scope=offer.scope,
        surfaces=offer.surfaces,
        terms=offer.terms,
        terms_version=offer.terms_version,
        terms_language=offer.terms_language,
        terms_sha256=offer.terms_sha256,
        media_sha256=dossier.post.at(revision).hashes,
        revision=revision,
        credit=credit,
        valid_from=at,
        valid_until=offer.ends(at),
    )


def given(dossier: Dossier, request: Request, answer: Answer, *, terms: Terms, now: datetime, grant: str) -> Grant:
    """Make the grant that an answer gives."""
    return give(
        dossier,
        request.offer.narrowed(answer.uses).under(terms),
        grant=grant,
        request=request.request,
        revision=request.revision,
        credit=credit_line(answer.credit, dossier.post.account),
        at=now,
    )


def narrow(dossier: Dossier, grant: Grant | None, kept: Kept, now: datetime) -> Dossier:
    """Allow less of a grant, and by that no more than is left of it, whatever the brand attested.

    Again is the same; `Conflict` where nothing holds any more, `Invalid` where it is more.
    """
    if grant is None:
        raise _nothing_given("make smaller")
    if not grant.holds(now):
        message = "What you allowed is over, so there is nothing left to make smaller."
        raise Conflict(message, reason="GRANT_OVER")
    _check_less(grant, kept, now)
    if (kept.scope, kept.until) == (grant.scope, grant.valid_until):
        return dossier
    narrowed = grant.narrowed_to(kept, grant.narrowed + 1, now)
    smaller = overrule(dossier, grant.request, now).with_grant(narrowed, Narrowed(narrowed))
    return _narrow_earlier(smaller, narrowed, kept, now)


def _narrow_earlier(dossier: Dossier, narrowed: Grant, kept: Kept, now: datetime) -> Dossier:
    """Leave no more of what followed for earlier revisions of the post, which may be approved again."""
    for each in dossier.given_by(narrowed.request):
        if each.grant == narrowed.grant or not each.active:
            continue
        left = each.less(kept)
        if not left.scope.uses:
            dossier = revoke(dossier, each, now)
        elif (left.scope, left.until) != (each.scope, each.valid_until):
            less = each.narrowed_to(left, each.narrowed + 1, now)
            dossier = dossier.with_grant(less, Narrowed(less))
    return dossier


def erase(dossier: Dossier, request: str, now: datetime) -> Dossier:
    """End all that was given or asked for the post, and forget what it was and whose. Again is the same."""
    dossier = overrule(dossier, request, now)
    for grant in dossier.grants:
        dossier = revoke(dossier, grant, now, request=request)
    if dossier.open is not None:
        asked = dossier.open
        dossier = dossier.with_request(asked.ended(RequestState.DECLINED, now), Declined(asked.request))
    if dossier.post.erased:
        return dossier
    gone = dossier.forgotten()
    return replace(gone, facts=(*gone.facts, Erased(request, now)))


def to_take_back(dossier: Dossier, request: str) -> bool:
    """Tell whether a request was ever said yes to, also where that is over, or never counted; or the brand attested."""
    asked = dossier.request(request)
    return bool(dossier.given_by(request) or dossier.attested or (asked and asked.confirmations))


def take_back(dossier: Dossier, request: str, now: datetime) -> Dossier:
    """Take back the yes to a request, also while it waits for others, and end what the brand attested of the post.

    Again is the same; `Conflict` where there never was either.
    """
    if not to_take_back(dossier, request):
        raise _nothing_given("take back")
    dossier = overrule(dossier, request, now)
    asked = dossier.request(request)
    if asked is not None and asked.open and asked.confirmations:
        dossier = dossier.with_request(asked.ended(RequestState.DECLINED, now), Declined(request))
    for grant in dossier.given_by(request):
        dossier = revoke(dossier, grant, now, request=request)
    return dossier


def overrule(dossier: Dossier, request: str, now: datetime, by: str = "creator") -> Dossier:
    """End what the brand attested of a post, since somebody has said otherwise by a link of this request.

    It comes before what ends of the creator's own: the post would go over to the brand's word for a moment.
    """
    for grant in dossier.attested:
        dossier = revoke(dossier, grant, now, by, request)
    return dossier


def revoke(dossier: Dossier, grant: Grant, now: datetime, by: str = "creator", request: str | None = None) -> Dossier:
    """End a grant because somebody whose yes it needs wants it so, by a link of this request. Again is the same."""
    if not grant.active:
        return dossier
    return dossier.with_grant(grant.ended(GrantState.REVOKED, now), Revoked(grant.grant, by, request))


def expire(dossier: Dossier, now: datetime) -> Dossier:
    """Close every active grant whose time is over."""
    for grant in dossier.grants:
        if grant.active and grant.valid_until is not None and grant.valid_until <= now:
            dossier = dossier.with_grant(grant.ended(GrantState.EXPIRED, grant.valid_until), Expired(grant.grant))
    return dossier


def credit_line(wanted: str, account: Account) -> str:
    """Settle how a creator is named, on one line: as they wish, else as the account is called. Invalid above 80."""
    credit = one_line(wanted)
    if len(credit) > MOST_CREDIT:
        message = f"A name has at most {MOST_CREDIT} letters."
        raise Invalid(message, fields={"credit": message})
    return credit or one_line(account.called)[:MOST_CREDIT]


def one_line(text: str) -> str:
    """Take out line breaks, control characters, and marks that would turn the text around them."""
    return " ".join("".join(" " if _unseen(letter) else letter for letter in text).split())


def _unseen(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc" or letter in _TURNING


def _same(dossier: Dossier, request: Request, answer: Answer) -> bool:
    """Compare a yes with the one that was given: in what is allowed, and whether that goes for later posts too."""
    standing = request.answer is not None and request.answer.standing
    return standing is answer.standing and _same_uses(dossier, request, answer)


def _same_uses(dossier: Dossier, request: Request, answer: Answer) -> bool:
    grant = dossier.granted_by(request.request)
    asked = request.offer.scope.uses
    if grant is None:
        return request.answer is not None and (request.answer.uses or asked) == (answer.uses or asked)
    return grant.scope.uses == (answer.uses or asked)


def _check_less(grant: Grant, kept: Kept, now: datetime) -> None:
    fields = {f"scope.{name}": problem for name, problem in problems(kept.scope).items()}
    if not kept.scope.uses:
        fields["scope.uses"] = "Keep at least one use, or take all of it back."
    elif not fields and not contains(grant.scope, kept.scope):
        fields["scope"] = "This allows more than was allowed. To allow more, ask the brand for a new question."
    if kept.until is not None and kept.until <= now:
        fields["valid_until"] = "Choose a day to come, or take all of it back."
    elif grant.valid_until is not None and (kept.until is None or kept.until > grant.valid_until):
        fields["valid_until"] = "This ends later than what was allowed."
    if fields:
        message = "What you allowed cannot be changed to this."
        raise Invalid(message, fields=fields, reason="NOT_LESS")


def _nothing_given(what: str) -> Conflict:
    message = f"Nothing was allowed with this link, so there is nothing to {what}."
    return Conflict(message, reason="NO_GRANT")


def closed(request: Request) -> Conflict:
    """Word that nothing can become of a request any more."""
    if request.state is RequestState.SUPERSEDED:
        message = "A newer question took this one's place. Use the link that was sent last."
        return Conflict(message, reason="SUPERSEDED")
    message = "The time to answer is over. Nothing was allowed."
    return Conflict(message, reason="LAPSED")
