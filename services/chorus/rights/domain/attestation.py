"""What a brand says of a permission that it obtained elsewhere: its own word, with proof, and never the creator's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from chorus.rights.domain.proof import Proof


class Basis(StrEnum):
    """By what right."""

    CONTRACT = "contract"
    # The brand made it itself, or had it made.
    OWN_CONTENT = "own_content"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Attestation:
    """Who gave the permission and when, who of the brand attested it, and who of it ended it, and why.

    `other` names the right where it is neither of those that have a name.
    """

    basis: Basis
    other: str
    given_by: str
    given_on: date
    note: str
    by: str
    proof: Proof
    ended_by: str = ""
    end_reason: str = ""

    def ended(self, by: str, reason: str) -> Attestation:
        """Note who of the brand ended it, and why."""
        return replace(self, ended_by=by, end_reason=reason)

    def anonymous(self) -> Attestation:
        """Leave out all that could tell whose post it was: what somebody wrote, and the proof."""
        return replace(self, other="", given_by="", note="", end_reason="", proof=self.proof.anonymous())
