"""Rights' words as JSON columns, and back."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb

from chorus.rights.domain.attestation import Attestation, Basis
from chorus.rights.domain.claim import Claim, ClaimKind, ClaimOutcome
from chorus.rights.domain.grant import Kept
from chorus.rights.domain.offer import Offer, Span, SurfaceShown
from chorus.rights.domain.post import Account, Consent, Picture, PictureState, Revision
from chorus.rights.domain.proof import Proof
from chorus.rights.domain.request import Answer, Confirmation, Part
from chorus.rights.domain.terms import Terms
from chorus.scope import Scope, Use

Json = Mapping[str, Any]


def scope_json(scope: Scope) -> dict[str, Any]:
    """Write a scope, its sets in order so that equal scopes are equal rows."""
    return {
        "uses": [use.value for use in Use if use in scope.uses],
        "paid": scope.paid,
        "territories": sorted(scope.territories),
        "derivatives": scope.derivatives,
        "exclusive": scope.exclusive,
    }


def read_scope(row: Json) -> Scope:
    """Read a scope; those written before there was exclusivity have none."""
    uses = frozenset(Use(use) for use in row["uses"])
    return Scope(uses, row["paid"], frozenset(row["territories"]), row["derivatives"], row.get("exclusive", False))


def kept_json(kept: Kept) -> dict[str, Any]:
    """Write what a narrowing left."""
    return {"scope": scope_json(kept.scope), "until": _time(kept.until)}


def read_kept(row: Json) -> Kept:
    """Read what a narrowing left."""
    return Kept(read_scope(row["scope"]), _read_time(row["until"]))


def attestation_json(attestation: Attestation | None) -> Jsonb | None:
    """Write what a brand attested."""
    return Jsonb({**asdict(attestation), "given_on": attestation.given_on.isoformat()}) if attestation else None


def read_attestation(row: Json | None) -> Attestation | None:
    """Read what a brand attested."""
    if row is None:
        return None
    said = {
        "basis": Basis(row["basis"]),
        "given_on": date.fromisoformat(row["given_on"]),
        "proof": Proof(**row["proof"]),
    }
    return Attestation(**{**row, **said})


def surfaces_json(surfaces: Iterable[SurfaceShown]) -> list[dict[str, Any]]:
    """Write surfaces, in the order shown."""
    return [
        {"surface": each.surface, "title": each.title, "address": each.address, "scope": scope_json(each.scope)}
        for each in surfaces
    ]


def read_surfaces(rows: Iterable[Json]) -> tuple[SurfaceShown, ...]:
    """Read surfaces."""
    return tuple(SurfaceShown(row["surface"], row["title"], row["address"], read_scope(row["scope"])) for row in rows)


def claim_json(claim: Claim | None) -> Jsonb | None:
    """Write a claim."""
    if claim is None:
        return None
    times = {name: _time(getattr(claim, name)) for name in ("opened_at", "due_at", "closed_at")}
    return Jsonb({**asdict(claim), **times})


def read_claim(row: Json | None) -> Claim | None:
    """Read a claim."""
    if row is None:
        return None
    read = {
        "opened_at": datetime.fromisoformat(row["opened_at"]),
        "due_at": datetime.fromisoformat(row["due_at"]),
        "closed_at": _read_time(row["closed_at"]),
        "kinds": tuple(ClaimKind(each) for each in row["kinds"]),
        "outcome": ClaimOutcome(row["outcome"]) if row["outcome"] else None,
    }
    return Claim(**{**row, **read})


def offer_json(offer: Offer) -> dict[str, Any]:
    """Write an offer."""
    return {
        "scope": scope_json(offer.scope),
        "surfaces": surfaces_json(offer.surfaces),
        "days": offer.days,
        "terms": offer.terms,
        "terms_version": offer.terms_version,
        "terms_sha256": offer.terms_sha256,
        "terms_language": offer.terms_language,
        "minimum_age": offer.minimum_age,
        **({"standing": _span_json(offer.standing)} if offer.standing else {}),
    }


def read_offer(row: Json) -> Offer:
    """Read an offer; one without standing consent names none."""
    read = {"scope": read_scope(row["scope"]), "surfaces": read_surfaces(row["surfaces"])}
    standing = row.get("standing")
    return Offer(**{**row, **read, "standing": _read_span(standing) if standing else None})


def answer_json(answer: Answer | None) -> Jsonb | None:
    """Write what a creator said."""
    if answer is None:
        return None
    return Jsonb({**asdict(answer), "uses": [use.value for use in Use if use in answer.uses]})


def read_answer(row: Json | None) -> Answer | None:
    """Read what a creator said."""
    return Answer(**{**row, "uses": frozenset(Use(use) for use in row["uses"])}) if row else None


def confirmations_json(confirmations: Iterable[Confirmation]) -> Jsonb:
    """Write who else has to agree."""
    return Jsonb(
        [
            {
                "confirmation": each.confirmation,
                "part": each.part.value,
                "agreed_at": _time(each.agreed_at),
                "refused_at": _time(each.refused_at),
            }
            for each in confirmations
        ]
    )


def read_confirmations(rows: Iterable[Json]) -> tuple[Confirmation, ...]:
    """Read who else has to agree."""
    return tuple(
        Confirmation(
            row["confirmation"], Part(row["part"]), _read_time(row["agreed_at"]), _read_time(row["refused_at"])
        )
        for row in rows
    )


def revisions_json(revisions: Mapping[int, Revision]) -> dict[str, Any]:
    """Write a post's revisions by number."""
    return {str(number): _revision_json(revision) for number, revision in revisions.items()}


def read_revisions(row: Json) -> dict[int, Revision]:
    """Read a post's revisions."""
    return {int(number): _read_revision(revision) for number, revision in row.items()}


def account_json(account: Account) -> dict[str, Any]:
    """Write an account."""
    return asdict(account)


def read_account(row: Json) -> Account:
    """Read an account."""
    return Account(**row)


def consent_json(consent: Consent | None) -> Jsonb | None:
    """Write what an uploader agreed to."""
    if consent is None:
        return None
    return Jsonb(
        {
            "terms": asdict(consent.terms),
            "offer": offer_json(consent.offer),
            "link_sha256": consent.link_sha256,
            "given_at": consent.given_at.isoformat(),
            "credit": consent.credit,
            "under_age": consent.under_age,
            "others": consent.others,
        }
    )


def read_consent(row: Json | None) -> Consent | None:
    """Read what an uploader agreed to."""
    if row is None:
        return None
    read = {
        "terms": Terms(**row["terms"]),
        "offer": read_offer(row["offer"]),
        "given_at": datetime.fromisoformat(row["given_at"]),
    }
    return Consent(**{**row, **read})


def _span_json(span: Span) -> dict[str, str]:
    return {"starts": span.starts.isoformat(), "until": span.until.isoformat()}


def _read_span(row: Json) -> Span:
    return Span(datetime.fromisoformat(row["starts"]), datetime.fromisoformat(row["until"]))


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _read_time(at: str | None) -> datetime | None:
    return datetime.fromisoformat(at) if at else None


def _revision_json(revision: Revision) -> dict[str, Any]:
    pictures = [
        [each.media, each.state.value, each.sha256, base64.b64encode(each.preview).decode()]
        for each in revision.pictures
    ]
    return {"text": revision.text, "pictures": pictures}


def _read_revision(row: Json) -> Revision:
    pictures = (
        Picture(media, PictureState(state), sha256, base64.b64decode(preview))
        for media, state, sha256, preview in row["pictures"]
    )
    return Revision(row["text"], tuple(pictures))
