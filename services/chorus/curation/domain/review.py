"""A review: what curators decided about a post, and what stands of it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from chorus.errors import Conflict, Invalid

MOST_REASON = 500


class State(IntEnum):
    """What a post's review says now; the numbers of chorus.api.curation.v1.State."""

    NEW = 1
    APPROVED = 2
    REJECTED = 3
    ESCALATED = 4
    EDITED = 5


DECIDABLE = frozenset({State.APPROVED, State.REJECTED, State.ESCALATED})


@dataclass(frozen=True)
class Verdict:
    """What a curator wants to say of one or more posts."""

    state: State
    reason: str
    by: str


@dataclass(frozen=True)
class Decision:
    """One curator's decision on one revision; never changed but for being marked undone."""

    decision: str
    state: State
    revision: int
    reason: str
    by: str
    at: datetime
    undone: bool = False


@dataclass(frozen=True)
class Post:
    """A post under review: its newest revision and all decisions on it, the first first."""

    brand: str
    post: str
    revision: int
    withdrawn: bool
    decisions: tuple[Decision, ...] = ()
    trace_links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """What a post's decisions add up to; `approved_revision` is 0 where none is approved."""

    state: State = State.NEW
    approved_revision: int = 0
    decision: str = ""
    reason: str = ""


def latest(decisions: Sequence[Decision]) -> Decision | None:
    """Find the decision that stands: the last one that was not undone."""
    return next((each for each in reversed(decisions) if not each.undone), None)


def fold(decisions: Sequence[Decision], revision: int) -> Standing:
    """Add a post's decisions up; an approval of an older revision stands, and asks to be looked at again."""
    standing = latest(decisions)
    if standing is None:
        return Standing()
    if standing.state is not State.APPROVED:
        return Standing(standing.state, 0, standing.decision, standing.reason)
    state = State.APPROVED if standing.revision >= revision else State.EDITED
    return Standing(state, standing.revision, standing.decision, standing.reason)


def check_verdict(verdict: Verdict) -> None:
    """Refuse what is no decision: Invalid, with the field that is wrong."""
    if verdict.state not in DECIDABLE:
        message = "Decide to approve, reject or escalate."
        raise Invalid(message, fields={"state": message})
    if verdict.state is State.REJECTED and not verdict.reason.strip():
        message = "Say why it is rejected."
        raise Invalid(message, fields={"reason": message})
    if len(verdict.reason) > MOST_REASON:
        message = f"A reason has at most {MOST_REASON} characters."
        raise Invalid(message, fields={"reason": message})


@dataclass(frozen=True)
class Seen:
    """What a curator looked at: a revision and, where it matters, the decision that stood ("" for none)."""

    revision: int
    decision: str | None = None


def check_decidable(post: Post, seen: Seen) -> None:
    """Refuse to decide on what is gone, or on what the curator has not seen."""
    if post.withdrawn:
        raise Conflict("This post was deleted at its source.", reason="POST_WITHDRAWN", metadata={"post": post.post})
    standing = latest(post.decisions)
    if seen.decision is not None and seen.decision != (standing.decision if standing else ""):
        raise Conflict(
            "Somebody else decided on this post while you looked at it: look again, then decide.",
            reason="DECISION_CHANGED",
            metadata={"post": post.post, "by": standing.by if standing else ""},
        )
    if seen.revision != post.revision:
        raise Conflict(
            "This post was edited while you looked at it: read it again, then decide.",
            reason="REVISION_CHANGED",
            metadata={"post": post.post, "revision": str(post.revision)},
        )


def check_undoable(post: Post, decision: str) -> None:
    """Refuse to take back what another decision stands on, or what was taken back already."""
    standing = latest(post.decisions)
    if standing is None or standing.decision != decision:
        raise Conflict("A later decision stands on this one: undo that first.", reason="NOT_LATEST")
