"""Attesting: recording a permission that the brand obtained elsewhere, and ending it again.

It is the brand's word, so the creator's goes before it: none is taken where the creator has said no, or has yet to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from chorus.errors import Conflict, Invalid
from chorus.rights.domain.answering import MOST_CREDIT, credit_line, one_line
from chorus.rights.domain.asking import check_askable
from chorus.rights.domain.attestation import Attestation, Basis
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Ended, Granted
from chorus.rights.domain.grant import Grant, GrantState, Via
from chorus.rights.domain.offer import MOST_DAYS, SurfaceShown, offer_problems
from chorus.rights.domain.proof import proof_of, proof_problem
from chorus.scope import Scope

_MOST_WORDS = 80
_MOST_GIVER = 120
_MOST_NOTE = 2_000
_OLDEST = date(1900, 1, 1)
# Where the day begins first.
_EARLIEST_ZONE = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Permission:
    """What a rights manager enters. It holds for `days`, or `until` a moment, or, with neither, without end."""

    scope: Scope
    surfaces: tuple[SurfaceShown, ...]
    days: int
    until: datetime | None
    basis: Basis | None
    other: str
    given_by: str
    given_on: str
    note: str
    credit: str
    proof: bytes
    proof_name: str


def check_permission(permission: Permission, now: datetime) -> None:
    """Raise `Invalid` with every field that is wrong."""
    wrong = offer_problems(permission.scope, permission.surfaces, permission.days) | {
        "valid_until": _until_problem(permission, now),
        "basis": "" if permission.basis else "Say by what right.",
        "given_on": _day_problem(permission.given_on, now),
        "proof": proof_problem(permission.proof),
        **_words_problems(permission),
    }
    if fields := {name: problem for name, problem in wrong.items() if problem}:
        message = "This cannot be attested as it is."
        raise Invalid(message, fields=fields)


def check_attestable(dossier: Dossier, now: datetime) -> None:
    """Raise `Conflict` unless the post is approved, there and complete, and its creator has said nothing against it."""
    check_askable(dossier.post)
    if dossier.limited:
        message = "The creator has said no, or took back something: what a brand attests does not stand against that."
        raise Conflict(message, reason="SAID_NO")
    if dossier.open is not None and not dossier.open.over(now):
        message = "The creator has been asked and may still answer. What they say counts: wait for it."
        raise Conflict(message, reason="ALREADY_ASKED")
    if dossier.post.shown.pending:
        message = "The picture is still being prepared. Try again in a minute."
        raise Conflict(message, reason="PICTURE_COMING")


def attest(dossier: Dossier, permission: Permission, *, by: str, now: datetime, grant: str) -> Dossier:
    """Record a sound permission as a grant, pinned to the pictures that would be shown now."""
    post = dossier.post
    made = Grant(
        grant=grant,
        request="",
        via=Via.ATTESTED,
        scope=permission.scope,
        surfaces=permission.surfaces,
        terms="",
        terms_version=0,
        terms_language="",
        terms_sha256="",
        media_sha256=post.shown.hashes,
        revision=post.approved,
        credit=credit_line(permission.credit, post.account),
        valid_from=now,
        valid_until=now + timedelta(days=permission.days) if permission.days else permission.until,
        attestation=_attestation(permission, by),
    )
    return dossier.with_grant(made, Granted(made))


def check_reason(reason: str) -> None:
    """Raise `Invalid` unless there is a reason, of a length that people read."""
    if not 0 < len(reason.strip()) <= _MOST_NOTE:
        problem = f"Say why it ends, in {_MOST_NOTE} letters at most."
        raise Invalid(problem, fields={"reason": problem})


def end_attested(dossier: Dossier, grant: Grant, *, by: str, reason: str, now: datetime) -> Dossier:
    """End what the brand attested, by its own will. Of what is over already, nothing changes."""
    if not grant.active or grant.attestation is None:
        return dossier
    ended = replace(grant.ended(GrantState.ENDED, now), attestation=grant.attestation.ended(by, reason.strip()))
    return dossier.with_grant(ended, Ended(grant.grant))


def _attestation(permission: Permission, by: str) -> Attestation:
    basis = permission.basis or Basis.OTHER
    return Attestation(
        basis=basis,
        other=one_line(permission.other) if basis is Basis.OTHER else "",
        given_by=one_line(permission.given_by),
        given_on=date.fromisoformat(permission.given_on),
        note=permission.note.strip(),
        by=by,
        proof=proof_of(permission.proof, permission.proof_name),
    )


def _words_problems(permission: Permission) -> Mapping[str, str]:
    named, giver = one_line(permission.other), one_line(permission.given_by)
    return {
        "other": _length_problem(named, _MOST_WORDS, needed=permission.basis is Basis.OTHER, what="Name it"),
        "given_by": _length_problem(
            giver, _MOST_GIVER, needed=permission.basis is not Basis.OWN_CONTENT, what="Say who gave the permission"
        ),
        "note": _length_problem(permission.note, _MOST_NOTE, needed=False, what="Write it"),
        "credit": _length_problem(one_line(permission.credit), MOST_CREDIT, needed=False, what="Name the creator"),
    }


def _length_problem(text: str, most: int, *, needed: bool, what: str) -> str:
    return "" if needed <= len(text) <= most else f"{what}, in {most} letters at most."


def _day_problem(day: str, now: datetime) -> str:
    try:
        given = date.fromisoformat(day)
    except ValueError:
        return "Write the day as year, month and day: 2026-11-03."
    return "" if _OLDEST <= given <= (now + _EARLIEST_ZONE).date() else "Choose the day on which it was given."


def _until_problem(permission: Permission, now: datetime) -> str:
    if permission.until is None:
        return ""
    if permission.days:
        return "Choose days, or an end, and not both."
    within = now < permission.until <= now + timedelta(days=MOST_DAYS)
    return "" if within else "Choose a moment to come, within a hundred years."
