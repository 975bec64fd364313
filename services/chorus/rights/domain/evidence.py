"""What goes into the log of evidence: each answer, what brands attest, and each end of it, with all that proves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chorus.rights.domain.attestation import Attestation
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Declined, Ended, Erased, Expired, Granted, Narrowed, Revoked
from chorus.rights.domain.grant import Grant
from chorus.rights.domain.offer import Offer, Span
from chorus.rights.domain.request import Confirmation, Part, Request
from chorus.rights.domain.standing import Ending, StandingConsent
from chorus.scope import Scope, Use


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that happened.

    `subject` is the request's id, or empty for consent that came with an upload: whoever has its link has the receipt.
    Of what a brand attested it is the grant's id, which no link leads to, but where the creator ended it by theirs.
    """

    kind: str
    brand: str
    post: str
    subject: str
    at: datetime
    details: Mapping[str, Any]


# Details that do not tell who the creator is. Nobody but the creator gets any other with its salt, whatever is added.
# What a brand attests consists of nothing else: who gave the permission stands in the proof, whose hash is told.
IMPERSONAL = frozenset(
    {
        *("post", "request", "grant", "scope", "surfaces", "valid_from", "valid_until", "terms", "pictures_sha256"),
        *("age", "agreed", "by", "reason", "standing", "basis", "given_on", "attested_by", "proof"),
    }
)


def statements(dossier: Dossier) -> Iterator[Statement]:
    """List what is to be proved of what was decided and not told yet."""
    for fact in dossier.facts:
        match fact:
            case Granted(grant, standing):
                yield _granted(dossier, grant, standing)
            case Narrowed(grant):
                yield _of_grant(dossier, "narrowed", grant, grant.narrowed_at or grant.valid_from, _left(grant))
            case Revoked(grant, by, link):
                yield _ended(dossier, "revoked", grant, {"by": by}, link)
            case Expired(grant):
                yield _ended(dossier, "expired", grant, {})
            case Ended(grant):
                yield _ended(dossier, "ended", grant, _why(dossier, grant))
            case Declined(number, by):
                request = dossier.request(number)
                if request is not None and request.answered_at is not None:
                    yield _declined(dossier, request, request.answered_at, by)
            case Erased(number, at):
                post = dossier.post
                yield Statement("erased", post.brand, post.post, number, at, {"post": post.post})
            case _:
                pass


def of_standing(consent: StandingConsent, at: datetime) -> Statement:
    """Prove that a standing consent was ended."""
    taken_back = consent.ended is Ending.TAKEN_BACK
    details = {
        "post": consent.post,
        "request": consent.request,
        "grant": consent.standing,
        "standing": {**_span(consent.span), "taken_back": taken_back},
        "by": consent.ended_by,
    }
    return Statement("standing_ended", consent.brand, consent.post, consent.request, at, details)


def _granted(dossier: Dossier, grant: Grant, standing: StandingConsent | None) -> Statement:
    if grant.attestation is not None:
        return _of_grant(dossier, "attested", grant, grant.valid_from, _attested(grant, grant.attestation))
    details = {**_given(dossier, grant), **_conditions(dossier, grant, standing)}
    return _of_grant(dossier, "granted", grant, grant.valid_from, details)


def _of_grant(
    dossier: Dossier, kind: str, grant: Grant, at: datetime, details: Mapping[str, Any], link: str | None = None
) -> Statement:
    """Tell of a grant; `link` is the request by whose link something happened to one that was attested."""
    post, nobodys = dossier.post, grant.grant if link is None else link
    subject = nobodys if grant.attested else grant.request
    return Statement(kind, post.brand, post.post, subject, at, {"post": post.post, **details})


def _ended(dossier: Dossier, kind: str, grant: str, details: Mapping[str, Any], link: str | None = None) -> Statement:
    ended = next(each for each in dossier.grants if each.grant == grant)
    return _of_grant(dossier, kind, ended, ended.ended_at or ended.valid_from, {"grant": grant, **details}, link)


def _why(dossier: Dossier, grant: str) -> dict[str, str]:
    """Tell why the brand ended what was not its own to end."""
    claimed = any(each.claimed for each in dossier.grants if each.grant == grant)
    return {"by": "brand", "reason": "claimed"} if claimed else {}


def _declined(dossier: Dossier, request: Request, at: datetime, by: str) -> Statement:
    post = dossier.post
    details = {"post": post.post, "request": request.request, "terms": _terms(request.offer), "by": by}
    return Statement("declined", post.brand, post.post, request.request, at, details)


def _given(dossier: Dossier, grant: Grant) -> dict[str, Any]:
    account = dossier.post.account
    return {
        "grant": grant.grant,
        "request": grant.request,
        "identity": {
            "shown_by": grant.via.value,
            "platform": account.platform,
            "account": account.id,
            "handle": account.handle,
        },
        "credit": grant.credit,
        "scope": _scope(grant.scope),
        "surfaces": _surfaces(grant),
        "valid_from": _time(grant.valid_from),
        "valid_until": _time(grant.valid_until) if grant.valid_until else None,
        "terms": _terms(grant),
        "pictures_sha256": list(grant.media_sha256),
        "permalink": dossier.post.permalink,
    }


def _conditions(dossier: Dossier, grant: Grant, standing: StandingConsent | None) -> dict[str, Any]:
    """Tell of the age that the terms ask for, who else agreed, and of standing consent that is given, or acted on."""
    request, consent = dossier.request(grant.request), dossier.post.consent
    if standing is not None:
        followed = {**_span(standing.span), "given": _time(standing.given_at), "post": standing.post}
        posted = dossier.post.posted_at
        # Whoever else was to be seen agreed to that other picture, and to none that followed.
        guardians = [each for each in standing.confirmations if each.part is Part.GUARDIAN]
        return {
            **_others(standing.offer.minimum_age, guardians, reached=standing.of_age),
            "standing": followed,
            "posted_at": _time(posted) if posted else None,
        }
    if request is None:
        return _others(consent.offer.minimum_age if consent else 0, (), reached=True)
    said, asked = request.answer, request.offer
    others = _others(asked.minimum_age, request.confirmations, reached=said.of_age if said else True)
    return {**others, **({"standing": _span(asked.standing)} if said and said.standing and asked.standing else {})}


def _others(minimum: int, confirmations: Iterable[Confirmation], *, reached: bool | None) -> dict[str, Any]:
    """Tell of the age that the terms ask for (of a birthday, yes or no), and who else agreed."""
    agreed = [{"part": each.part.value, "at": _time(each.agreed_at)} for each in confirmations if each.agreed_at]
    return {
        **({"age": {"minimum": minimum, "reached": reached}} if minimum else {}),
        **({"agreed": agreed} if agreed else {}),
    }


def _attested(grant: Grant, attestation: Attestation) -> dict[str, Any]:
    proof = attestation.proof
    return {
        "grant": grant.grant,
        "basis": attestation.basis.value,
        "given_on": attestation.given_on.isoformat(),
        "attested_by": attestation.by,
        "proof": {"sha256": proof.sha256, "content_type": proof.content_type, "size": proof.size},
        "scope": _scope(grant.scope),
        "surfaces": _surfaces(grant),
        "valid_from": _time(grant.valid_from),
        "valid_until": _time(grant.valid_until) if grant.valid_until else None,
        "pictures_sha256": list(grant.media_sha256),
    }


def _span(span: Span) -> dict[str, str]:
    return {"from": _time(span.starts), "until": _time(span.until)}


def _left(grant: Grant) -> dict[str, Any]:
    return {
        "grant": grant.grant,
        "scope": _scope(grant.scope),
        "surfaces": _surfaces(grant),
        "valid_until": _time(grant.valid_until) if grant.valid_until else None,
    }


def _surfaces(grant: Grant) -> list[dict[str, str]]:
    return [{"title": each.title, "address": each.address} for each in grant.surfaces]


def _scope(scope: Scope) -> dict[str, Any]:
    return {
        "uses": [use.value for use in Use if use in scope.uses],
        "paid_promotion": scope.paid,
        "territories": sorted(scope.territories),
        "derivatives": scope.derivatives,
        "exclusive": scope.exclusive,
    }


def _terms(pinned: Offer | Grant) -> dict[str, Any]:
    return {
        "name": pinned.terms,
        "version": pinned.terms_version,
        "language": pinned.terms_language,
        "sha256": pinned.terms_sha256,
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
