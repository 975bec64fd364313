"""A grant as an agreement of W3C's ODRL 2.2, in JSON-LD: what others' software can read of what is allowed now.

docs/odrl.md has the table. What is not permitted there is not allowed: a grant forbids nothing. What a brand attests is
no agreement, since its creator agreed to nothing here: it is an assertion, by the brand alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chorus.evidence import base64url
from chorus.rights.domain.attestation import Attestation
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant
from chorus.rights.domain.link import Brand
from chorus.scope import Scope, Use

PROFILE = "https://chorus.example/odrl"
_CONTEXT = [
    "http://www.w3.org/ns/odrl.jsonld",
    {
        "chorus": f"{PROFILE}#",
        "schema": "https://schema.org/",
        "dct": "http://purl.org/dc/terms/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    },
]
_ACTIONS = ("display", "reproduce", "distribute")
Node = dict[str, Any]


def holding(dossier: Dossier, now: datetime) -> list[Grant]:
    """List the grants that permit anything at `now`, the oldest first; none of a post that is gone."""
    return [] if dossier.post.withdrawn else [grant for grant in dossier.grants if grant.holds(now)]


def agreement(dossier: Dossier, grant: Grant, brand: Brand, origin: str, *, personal: bool) -> Node:
    """Write a grant that holds, as what is left of it now, in JSON-LD.

    `origin` is the installation's public address. Without `personal`, what tells who the creator is stays out.
    """
    said = _claim(grant.attestation) if grant.attestation else _word(dossier, grant, personal=personal)
    return {
        "@context": _CONTEXT,
        "uid": _uuid(grant.grant),
        "profile": PROFILE,
        "dct:issued": _time(grant.valid_from),
        **({"dct:modified": _time(grant.narrowed_at)} if grant.narrowed_at else {}),
        **said,
        "chorus:shown": [{"schema:name": each.title, "schema:url": each.address} for each in grant.surfaces],
        "assignee": {"@type": "Party", "uid": f"{origin.rstrip('/')}/v1/{brand.brand}", "schema:name": brand.name},
        "permission": [_permission(dossier, grant, personal=personal)],
    }


def _word(dossier: Dossier, grant: Grant, *, personal: bool) -> Node:
    """Say that the creator agreed, and under which terms."""
    return {
        "@type": "Agreement",
        "dct:references": {
            "@id": _hash(grant.terms_sha256),
            "schema:name": grant.terms,
            "schema:version": grant.terms_version,
            "schema:inLanguage": grant.terms_language,
        },
        **({"chorus:standing": _time(grant.standing_given_at)} if grant.standing_given_at else {}),
        "assigner": {"@type": "Party", "uid": _creator(grant), **(_who(dossier, grant) if personal else {})},
    }


def _claim(attestation: Attestation) -> Node:
    """Say that the brand claims it, and by what proof; nobody is named who would have assigned it."""
    return {
        "@type": "Assertion",
        "dct:references": {"@id": _hash(attestation.proof.sha256), "dct:format": attestation.proof.content_type},
        "chorus:basis": {"@id": f"chorus:{attestation.basis.value}"},
        "dct:date": {"@value": attestation.given_on.isoformat(), "@type": "xsd:date"},
    }


def _permission(dossier: Dossier, grant: Grant, *, personal: bool) -> Node:
    return {
        "target": [_post(dossier, personal=personal), *(_picture(each) for each in grant.media_sha256)],
        "action": [*_ACTIONS, "derive"] if grant.scope.derivatives else list(_ACTIONS),
        "constraint": [*_limits(grant.scope), *_term(grant)],
        **({"chorus:exclusive": True} if grant.scope.exclusive else {}),
        **({"duty": [_credit(grant, personal=personal)]} if grant.credit else {}),
    }


def _limits(scope: Scope) -> list[Node]:
    """Bound the channels, and paid promotion and countries where the grant does."""
    channels = [{"@id": f"chorus:{use.value}"} for use in Use if use in scope.uses]
    found = [_constraint("chorus:channel", "isAnyOf", channels)]
    if not scope.paid:
        found.append(_constraint("chorus:promotion", "eq", {"@id": "chorus:unpaid"}))
    if scope.territories:
        countries = [{"@value": code, "@type": "dct:ISO3166"} for code in sorted(scope.territories)]
        found.append(_constraint("spatial", "isAnyOf", countries))
    return found


def _term(grant: Grant) -> list[Node]:
    """Bound the time: from its start, until just before its end."""
    found = [_constraint("dateTime", "gteq", _time(grant.valid_from))]
    return [*found, _constraint("dateTime", "lt", _time(grant.valid_until))] if grant.valid_until else found


def _constraint(left: str, operator: str, right: object) -> Node:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _credit(grant: Grant, *, personal: bool) -> Node:
    """Name the creator, in these words where they may be told."""
    duty: Node = {"action": "attribute", "attributedParty": _creator(grant)}
    return {**duty, "schema:creditText": grant.credit} if personal else duty


def _who(dossier: Dossier, grant: Grant) -> Node:
    account = dossier.post.account
    told = {
        "schema:name": grant.credit or account.display_name,
        "schema:alternateName": account.handle,
        "schema:identifier": account.id,
        "schema:url": account.url,
    }
    return {name: value for name, value in told.items() if value}


def _post(dossier: Dossier, *, personal: bool) -> Node:
    post: Node = {"@type": "Asset", "uid": _uuid(dossier.post.post)}
    permalink = dossier.post.permalink
    return {**post, "schema:url": permalink} if personal and permalink else post


def _picture(sha256: str) -> Node:
    return {"@type": "Asset", "uid": _hash(sha256)}


def _creator(grant: Grant) -> str:
    """Name the creator as nobody but who gave this grant."""
    return f"{_uuid(grant.grant)}#creator"


def _uuid(given: str) -> str:
    return UUID(given).urn


def _hash(sha256: str) -> str:
    """Name bytes by their hash (RFC 6920)."""
    return f"ni:///sha-256;{base64url.encode(bytes.fromhex(sha256))}"


def _time(at: datetime) -> Node:
    return {"@value": at.astimezone(UTC).isoformat().replace("+00:00", "Z"), "@type": "xsd:dateTime"}
