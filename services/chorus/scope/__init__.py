"""What may be shown where: scopes, and whether grants permit a use. Pure; shared by rights and publishing."""

from __future__ import annotations

from chorus.scope.decision import GrantedScope, common, contains, earlier, permits, permitting, shortfall
from chorus.scope.scope import Scope, Use, problems
from chorus.scope.words import in_words

__all__ = [
    "GrantedScope",
    "Scope",
    "Use",
    "common",
    "contains",
    "earlier",
    "in_words",
    "permits",
    "permitting",
    "problems",
    "shortfall",
]
