"""A grant as publishing knows it: what a creator allowed for a post, and whether that still stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chorus.scope import GrantedScope, Scope


class GrantState(StrEnum):
    """What became of a grant."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted. `media_sha256` names the originals it is about, `credit` how the creator wants to be named.

    What was `attested` is the brand's word alone: nowhere is it called the creator's.
    """

    grant: str
    scope: Scope
    valid_from: datetime
    valid_until: datetime | None = None
    media_sha256: frozenset[str] = frozenset()
    credit: str = ""
    state: GrantState = GrantState.ACTIVE
    attested: bool = False

    def covers(self, media_sha256: Iterable[str]) -> bool:
        """Tell whether every one of these pictures was granted."""
        return self.media_sha256.issuperset(media_sha256)

    def scoped(self) -> GrantedScope:
        """Answer what the shared decision about scopes needs."""
        return GrantedScope(self.grant, self.scope, self.valid_from, self.valid_until)
