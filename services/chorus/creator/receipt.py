"""The receipt: what was given, for how long, under which terms, for which pictures."""

from __future__ import annotations

from typing import Any

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.creator import words

_STATES = {
    pb.GRANT_STATE_ACTIVE: "active",
    pb.GRANT_STATE_EXPIRED: "expired",
    pb.GRANT_STATE_REVOKED: "revoked",
}


def receipt_of(view: pb.CreatorView) -> dict[str, Any]:
    """Write a grant as plain values: the file to keep, and what the page shows. Times in UTC, hashes in hex."""
    grant = view.grant
    return {
        "receipt": 1,
        "brand": view.brand,
        "brand_name": view.brand_name,
        "post": view.post,
        "permalink": view.permalink,
        "grant": grant.grant,
        "state": _STATES[grant.state],
        "given_by": {
            "via": grant.via,
            "account": view.account.id,
            "platform": view.account.platform,
            "handle": view.account.handle,
        },
        "credit": grant.credit,
        "uses": [use.value for use in words.uses(grant.scope)],
        "paid_promotion": grant.scope.paid,
        "territories": list(grant.scope.territories),
        "derivatives": grant.scope.derivatives,
        "surfaces": [{"title": each.title, "address": each.address} for each in grant.surfaces],
        "valid_from": words.iso(grant.valid_from),
        "valid_until": words.iso(grant.valid_until) if grant.HasField("valid_until") else None,
        "ended_at": words.iso(grant.ended_at) if grant.HasField("ended_at") else None,
        "terms": {
            "name": view.terms.terms,
            "version": view.terms.version,
            "language": view.terms.language,
            "sha256": grant.terms_sha256,
        },
        "pictures_sha256": list(grant.media_sha256),
    }
