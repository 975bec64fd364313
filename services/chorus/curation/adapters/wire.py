"""Curation's facts on chorus.review.v1."""

from __future__ import annotations

from datetime import datetime

from google.protobuf.message import Message
from psycopg import Connection

from chorus.api.events.v1 import review_pb2 as pb
from chorus.curation.domain.review import Decision, Post, Standing, State
from chorus.platform import telemetry
from chorus.platform.facts import emit
from chorus.platform.topics import REVIEW

# An edit does not change what curators decided, so others hear of the approval that stands.
_STATES = {
    State.NEW: pb.REVIEW_STATE_NEW,
    State.APPROVED: pb.REVIEW_STATE_APPROVED,
    State.REJECTED: pb.REVIEW_STATE_REJECTED,
    State.ESCALATED: pb.REVIEW_STATE_ESCALATED,
    State.EDITED: pb.REVIEW_STATE_APPROVED,
}


def announce_decided(conn: Connection, post: Post, decision: Decision) -> None:
    """Say that a curator decided."""
    fact = pb.Decided(
        decision=decision.decision,
        state=_STATES[decision.state],
        revision=decision.revision,
        reason=decision.reason,
        by=decision.by,
    )
    _announce(conn, post, fact, decision.at)


def announce_undone(conn: Connection, post: Post, decision: str, standing: Standing, by: str, at: datetime) -> None:
    """Say that a decision was taken back, and what stands now."""
    state = _STATES[standing.state]
    _announce(conn, post, pb.Undone(decision=decision, state=state, revision=standing.approved_revision, by=by), at)


def announce_annotated(
    conn: Connection, post: Post, media: str, alt_text: str, focal: tuple[float, float], at: datetime
) -> None:
    """Say how a picture is described now."""
    _announce(conn, post, pb.Annotated(media=media, alt_text=alt_text, focal_x=focal[0], focal_y=focal[1]), at)


def announce_collected(conn: Connection, post: Post, collection: str, rank: float | None, at: datetime) -> None:
    """Say where in a collection the post is now; None: no longer in it."""
    fact = pb.Collected(collection=collection, rank=rank or 0.0, removed=rank is None)
    _announce(conn, post, fact, at)


def _announce(conn: Connection, post: Post, fact: Message, at: datetime) -> None:
    telemetry.add_links(post.trace_links)
    emit(conn, REVIEW, brand=post.brand, post=post.post, fact=fact, at=at, links=post.trace_links)
