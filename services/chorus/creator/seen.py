"""What a link's view says in short: how things stand, and whether anything was decided."""

from __future__ import annotations

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.creator.language import N_
from chorus.errors import NotFound

_STATES = {
    pb.REQUEST_STATE_DECLINED: "declined",
    pb.REQUEST_STATE_LAPSED: "lapsed",
    pb.REQUEST_STATE_SUPERSEDED: "superseded",
    pb.REQUEST_STATE_CONFIRMING: "confirming",
}
_ENDED = {
    pb.GRANT_STATE_REVOKED: "revoked",
    pb.GRANT_STATE_EXPIRED: "expired",
    pb.GRANT_STATE_ENDED: "ended",
}


def state_of(view: pb.CreatorView) -> str:
    """Name how things stand, in one word that the templates know."""
    if view.erased:
        return "erased"
    if view.HasField("grant") and view.grant.state in _ENDED:
        return _ENDED[view.grant.state]
    if view.post_withdrawn:
        return "withdrawn"
    return "granted" if view.HasField("grant") else _STATES.get(view.request.state, "unsettled")


def claims(view: pb.CreatorView, state: int = pb.GRANT_STATE_ACTIVE) -> list[pb.Grant]:
    """List what the brand says that it may do by a permission from elsewhere, or said and the creator ended."""
    return [] if view.post_withdrawn else [each for each in view.attested if each.state == state]


def declined(view: pb.CreatorView) -> bool:
    """Tell whether the question was answered with no."""
    return view.request.state == pb.REQUEST_STATE_DECLINED


def refused(view: pb.CreatorView) -> bool:
    """Tell whether somebody else whose yes was needed said no, or took theirs back."""
    return any(each.HasField("refused_at") for each in view.request.confirmations)


def later(view: pb.CreatorView, request: pb.RightsRequest) -> pb.Standing | None:
    """Answer what is asked for of later posts, unless this link has given as much already."""
    if not request.HasField("standing"):
        return None
    given, wanted = view.standing, request.standing
    holds = view.HasField("standing") and not given.HasField("ended_at")
    enough = (
        given.starts.ToDatetime() <= wanted.starts.ToDatetime()
        and given.until.ToDatetime() >= wanted.until.ToDatetime()
    )
    return None if holds and enough else wanted


def is_decided(view: pb.CreatorView) -> bool:
    """Tell whether there is a receipt of anything: of an answer, or of ending what the brand said."""
    return view.HasField("grant") or declined(view) or bool(claims(view, pb.GRANT_STATE_REVOKED))


def decided(view: pb.CreatorView) -> pb.CreatorView:
    """Answer a link with which something was decided. Raises `NotFound` for another."""
    if not is_decided(view):
        message = N_("Nothing was decided with this link, so there is no receipt.")
        raise NotFound(message, reason="NO_RECEIPT")
    return view


def no_receipt() -> NotFound:
    """Say that there is none, or none yet."""
    message = N_("There is no such receipt, or it is still being signed. Look again in a moment.")
    return NotFound(message, reason="NO_RECEIPT")
