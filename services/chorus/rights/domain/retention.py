"""Which posts are let go of: those that nobody was ever allowed to use, and those that curators decided against."""

from __future__ import annotations

from dataclasses import replace

from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Forgotten


def unwanted(dossier: Dossier) -> bool:
    """Tell whether a post that nothing happens to any more may be forgotten."""
    post = dossier.post
    claimed = dossier.claim is not None and dossier.claim.open
    if not post.known or post.withdrawn or dossier.open is not None or claimed:
        return False
    return not dossier.grants or post.rejected


def forget(dossier: Dossier) -> Dossier:
    """Let go of what the post said and showed, and of whose it is."""
    gone = dossier.forgotten()
    return replace(gone, facts=(*gone.facts, Forgotten()))
