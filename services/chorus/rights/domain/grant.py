"""A grant: what a creator gave, or a brand attested, for which pictures, until when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chorus.rights.domain.attestation import Attestation
from chorus.rights.domain.offer import SurfaceShown
from chorus.rights.domain.post import Revision
from chorus.scope import GrantedScope, Scope, common, contains, earlier

_CLAIMED = "Somebody says that it is theirs."


class GrantState(StrEnum):
    """How a grant stands."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    # The brand ended what it had attested, or took it down, since somebody said that it is theirs.
    ENDED = "ended"


class Via(StrEnum):
    """How the creator gave it; or that the brand says so."""

    LINK = "link"
    UPLOAD = "upload"
    # By standing consent, for a post that was not there yet.
    STANDING = "standing"
    ATTESTED = "attested"


@dataclass(frozen=True, slots=True)
class Kept:
    """All that a creator still allows of a grant; no `until` is without end."""

    scope: Scope
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What was given. `media_sha256` pins the pictures: those that the creator was shown, or posted later themselves.

    `request` is empty for an upload; of standing consent it is the question by which that was given. What a brand
    attested has neither request nor terms, but its `attestation`; its pictures are those of that moment.
    """

    grant: str
    request: str
    via: Via
    scope: Scope
    surfaces: tuple[SurfaceShown, ...]
    terms: str
    terms_version: int
    terms_language: str
    terms_sha256: str
    media_sha256: tuple[str, ...]
    revision: int
    credit: str
    valid_from: datetime
    valid_until: datetime | None
    state: GrantState = GrantState.ACTIVE
    ended_at: datetime | None = None
    # How often the creator allowed less than before, and when last.
    narrowed: int = 0
    narrowed_at: datetime | None = None
    attestation: Attestation | None = None
    # When the standing consent was given from which this follows.
    standing_given_at: datetime | None = None
    # The brand took it down, since somebody said that it is theirs.
    claimed: bool = False

    @property
    def attested(self) -> bool:
        """Tell whether it is the brand's word alone."""
        return self.via is Via.ATTESTED

    @property
    def active(self) -> bool:
        """Tell whether it was neither revoked, nor ended, nor noted as expired."""
        return self.state is GrantState.ACTIVE

    def holds(self, now: datetime) -> bool:
        """Tell whether it permits anything at `now`."""
        return self.active and GrantedScope(self.grant, self.scope, self.valid_from, self.valid_until).holds(now)

    def covers(self, revision: Revision) -> bool:
        """Tell whether every picture of a revision is one that the creator was shown."""
        return set(revision.hashes) <= set(self.media_sha256)

    def narrowed_to(self, kept: Kept, number: int, at: datetime) -> Grant:
        """Keep only this, and the surfaces that still fit; it is the grant's narrowing of this number, from 1."""
        shown = tuple(each for each in self.surfaces if contains(kept.scope, each.scope))
        return replace(self, scope=kept.scope, surfaces=shown, valid_until=kept.until, narrowed=number, narrowed_at=at)

    def less(self, kept: Kept) -> Kept:
        """Leave what this and a narrowing have in common: none gives back what another took."""
        return Kept(common(self.scope, kept.scope), earlier(self.valid_until, kept.until))

    def anonymous(self) -> Grant:
        """Leave out who gave it and for which pictures."""
        attestation = self.attestation.anonymous() if self.attestation else None
        return replace(self, credit="", media_sha256=(), attestation=attestation)

    def taken_down(self, by: str, at: datetime) -> Grant:
        """Close the grant, since somebody says that it is theirs."""
        attestation = self.attestation.ended(by, _CLAIMED) if self.attestation else None
        return replace(self.ended(GrantState.ENDED, at), claimed=True, attestation=attestation)

    def ended(self, state: GrantState, at: datetime) -> Grant:
        """Close the grant; it stays recorded."""
        return replace(self, state=state, ended_at=at)
