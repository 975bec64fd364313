"""What a brand says of permissions that it obtained elsewhere: recorded with proof, and ended again."""

from __future__ import annotations

from datetime import datetime

from chorus.errors import NotFound
from chorus.rights.domain.attestation import Attestation
from chorus.rights.domain.attesting import (
    Permission,
    attest,
    check_attestable,
    check_permission,
    check_reason,
    end_attested,
)
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant
from chorus.rights.domain.opting import check_wish
from chorus.rights.domain.proof import Proof
from chorus.rights.handlers.asking import arrived
from chorus.rights.handlers.means import Means
from chorus.rights.handlers.opting import wishes
from chorus.rights.ports import Store


def attest_grant(
    store: Store, brand: str, post: str, permission: Permission, *, by: str, now: datetime, means: Means
) -> tuple[Dossier, Grant]:
    """Record what the brand attests of a post, with its proof; answers the dossier and the new grant."""
    check_permission(permission, now)
    dossier = arrived(store, brand, post)
    check_attestable(dossier, now)
    check_wish(wishes(store, means.vault, [dossier.post.creator])[dossier.post.creator])
    attested = attest(dossier, permission, by=by, now=now, grant=means.new_id())
    grant = attested.grants[-1]
    store.save(attested, now)
    store.add_proof(brand, grant.grant, permission.proof)
    return attested, grant


def end_attestation(
    store: Store, brand: str, grant: str, *, reason: str, by: str, now: datetime
) -> tuple[Dossier, Grant]:
    """End what the brand attested; of what is over already nothing changes. Answers the dossier and the grant."""
    check_reason(reason)
    dossier = store.lock(brand, _post_of(store, brand, grant))
    ended = end_attested(dossier, _attested(dossier, grant)[0], by=by, reason=reason, now=now)
    if ended != dossier:
        store.save(ended, now)
    return ended, _attested(ended, grant)[0]


def find_proof(store: Store, brand: str, grant: str) -> tuple[Proof, bytes]:
    """Find what proves an attested grant."""
    found = store.read(brand, [_post_of(store, brand, grant)])
    content = store.proof(brand, grant)
    if not found or content is None:
        raise _unknown()
    return _attested(found[0], grant)[1].proof, content


def _post_of(store: Store, brand: str, grant: str) -> str:
    post = store.post_of_grant(brand, grant)
    if post is None:
        raise _unknown()
    return post


def _attested(dossier: Dossier, grant: str) -> tuple[Grant, Attestation]:
    """Find an attested grant of a dossier; what creators gave themselves is none."""
    found = next((each for each in dossier.attested if each.grant == grant), None)
    if found is None or found.attestation is None:
        raise _unknown()
    return found, found.attestation


def _unknown() -> NotFound:
    message = "There is no such permission that this brand has attested, or nothing is kept of it any more."
    return NotFound(message, reason="ATTESTATION_NOT_FOUND")
