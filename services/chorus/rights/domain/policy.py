"""What a brand asks by itself when a post is approved."""

from __future__ import annotations

from dataclasses import dataclass

from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.offer import SurfaceShown
from chorus.scope import Scope


@dataclass(frozen=True, slots=True)
class Policy:
    """A brand's standing wish; `terms` empty is the newest of all."""

    brand: str
    ask_on_approval: bool
    scope: Scope
    surfaces: tuple[SurfaceShown, ...]
    terms: str
    message: str
    days: int


def wants(policy: Policy, dossier: Dossier) -> bool:
    """Tell whether to ask by itself: for what is approved and not yet given, and never again after a no, or a claim."""
    post = dossier.post
    if not policy.ask_on_approval or not post.known or not post.approved or post.withdrawn:
        return False
    waiting = post.consent is not None and not dossier.consented
    asked = any(request.open or request.revision == post.approved for request in dossier.requests)
    return not (waiting or asked or dossier.covering or dossier.refused or dossier.taken_down)
