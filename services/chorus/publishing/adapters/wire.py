"""Protobuf to domain, and back."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from chorus.api.events.v1 import placement_pb2, post_pb2, review_pb2, rights_pb2
from chorus.api.events.v1.meta_pb2 import Meta
from chorus.api.rights.v1 import rights_pb2 as service_pb2
from chorus.api.types.v1 import media_pb2, scope_pb2
from chorus.publishing.domain import heard
from chorus.publishing.domain.grant import Grant, GrantState
from chorus.publishing.domain.labels import made_by_ai
from chorus.publishing.domain.placement import Placement, State
from chorus.publishing.domain.post import Account, Annotation, Media, MediaState, Rendition, Revision, Withdrawal
from chorus.scope import Scope, Use

_MEDIA_STATES = {
    media_pb2.MEDIA_STATE_READY: MediaState.READY,
    media_pb2.MEDIA_STATE_FAILED: MediaState.FAILED,
}
_SHOWABLE = {"image/webp", "image/jpeg"}


def told(meta: Meta) -> heard.Told:
    """Read how a fact came."""
    return heard.Told(tuple(meta.trace_links), meta.occurred_at.ToDatetime(UTC))


def post_fact(event: post_pb2.PostEvent) -> heard.Heard | None:  # noqa: PLR0911 -- one line for each fact
    """Read a fact of chorus.post.v1; None for one that is not known here."""
    match event.WhichOneof("fact"):
        case "captured":
            return captured(event.captured)
        case "edited":
            return _edited(event.edited)
        case "media_ready":
            return heard.MediaReady(_media(event.media_ready.media))
        case "media_failed":
            return heard.MediaFailed(event.media_failed.media)
        case "withdrawn":
            erased = event.withdrawn.reason == post_pb2.WITHDRAWN_REASON_ERASED
            return heard.Gone(Withdrawal.ERASED if erased else Withdrawal.DELETED_AT_SOURCE)
        case "signals":
            return heard.Sighted(tuple(event.signals.sources))
        case _:
            return None


def review_fact(event: review_pb2.ReviewEvent) -> heard.Heard | None:
    """Read a fact of chorus.review.v1; None for one that is not known here."""
    match event.WhichOneof("fact"):
        case "decided":
            return _reviewed(event.decided.state, event.decided.revision)
        case "undone":
            return _reviewed(event.undone.state, event.undone.revision)
        case "annotated":
            said = event.annotated
            return heard.Annotated(said.media, Annotation(said.alt_text, said.focal_x, said.focal_y))
        case "collected":
            collected = event.collected
            return heard.Collected(collected.collection, None if collected.removed else collected.rank)
        case _:
            return None


def rights_fact(event: rights_pb2.RightsEvent) -> heard.HeardOfRights | None:
    """Read a fact of chorus.rights.v1; None for one that changes nothing that may be shown."""
    match event.WhichOneof("fact"):
        case "granted":
            return heard.Granted(_grant(event.granted))
        case "narrowed":
            return narrowed(event.narrowed)
        case "revoked":
            return heard.Ended(event.revoked.grant, GrantState.REVOKED)
        case "expired":
            return heard.Ended(event.expired.grant, GrantState.EXPIRED)
        case _:
            return None


def placement_fact(placement: Placement) -> Message:
    """Say a placement's state on chorus.placement.v1."""
    where = {"placement": placement.placement, "surface": placement.surface}
    if placement.state is State.HELD:
        return placement_pb2.Held(**where)
    if placement.state is State.LIVE:
        return placement_pb2.Placed(**where, revision=placement.revision, grant=placement.grant)
    reason = f"PLACEMENT_END_{placement.ending}".upper().replace("-", "_")
    return placement_pb2.PlacementWithdrawn(**where, reason=placement_pb2.PlacementEnd.Value(reason))


def narrowed(said: rights_pb2.Narrowed | service_pb2.NarrowedGrant) -> heard.Narrowed:
    """Read what is left of a grant."""
    return heard.Narrowed(said.grant, scope(said.scope), moment(said, "valid_until"))


def scope(said: scope_pb2.Scope) -> Scope:
    """Read a scope; a use that is not known here is left out, since what is not understood permits nothing."""
    known = {Use[name] for name in map(_use_name, said.uses) if name in Use.__members__}
    return Scope(frozenset(known), said.paid, frozenset(said.territories), said.derivatives, said.exclusive)


def scope_message(scope: Scope) -> scope_pb2.Scope:
    """Write a scope."""
    return scope_pb2.Scope(
        uses=[scope_pb2.Use.Value(f"USE_{each.name}") for each in Use if each in scope.uses],
        paid=scope.paid,
        territories=sorted(scope.territories),
        derivatives=scope.derivatives,
        exclusive=scope.exclusive,
    )


def moment(message: Message, field: str) -> datetime | None:
    """Read a timestamp field; None where it is unset."""
    value: Timestamp = getattr(message, field)
    return value.ToDatetime(UTC) if message.HasField(field) else None


def _use_name(number: int) -> str:
    known = scope_pb2.Use.DESCRIPTOR.values_by_number.get(number)
    return known.name.removeprefix("USE_") if known else ""


def captured(said: post_pb2.Captured) -> heard.Captured:
    """Read a capture."""
    posted = said.posted_at.ToDatetime(UTC)
    return heard.Captured(
        source=said.source,
        platform=said.platform,
        posted_at=posted,
        revision=_revision(1, said, posted),
        media=tuple(_media(each) for each in said.media),
    )


def _edited(said: post_pb2.Edited) -> heard.Edited:
    return heard.Edited(
        revision=_revision(said.revision, said, said.edited_at.ToDatetime(UTC)),
        media=tuple(_media(each) for each in said.media),
    )


def _revision(number: int, said: post_pb2.Captured | post_pb2.Edited, at: datetime) -> Revision:
    return Revision(
        number=number,
        text=said.text,
        language=said.language,
        hashtags=tuple(said.hashtags),
        media=tuple(each.media for each in said.media),
        at=at,
        account=_account(said.account),
        permalink=said.permalink,
    )


def _account(said: media_pb2.Account) -> Account:
    return Account(said.handle, said.display_name, said.url)


def _media(said: media_pb2.Media) -> Media:
    return Media(
        media=said.media,
        state=_MEDIA_STATES.get(said.state, MediaState.PENDING),
        alt_text=said.alt_text,
        sha256=said.sha256,
        width=said.width,
        height=said.height,
        thumb_hash=base64.b64encode(said.thumb_hash).decode(),
        colour=said.dominant_colour,
        focal_x=said.focal_x,
        focal_y=said.focal_y,
        renditions=tuple(_rendition(each) for each in said.renditions if each.content_type in _SHOWABLE),
        made_by_ai=made_by_ai(said.credentials.source_types),
    )


def _rendition(said: media_pb2.Rendition) -> Rendition:
    return Rendition(said.size, said.content_type, said.width, said.height, said.object_key)


def _reviewed(state: int, revision: int) -> heard.Reviewed:
    return heard.Reviewed(revision if state == review_pb2.REVIEW_STATE_APPROVED else None)


def _grant(said: rights_pb2.Granted) -> Grant:
    return Grant(
        grant=said.grant,
        scope=scope(said.scope),
        valid_from=said.valid_from.ToDatetime(UTC),
        valid_until=moment(said, "valid_until"),
        media_sha256=frozenset(said.media_sha256),
        credit=said.credit,
        attested=said.via == rights_pb2.GRANT_VIA_ATTESTED,
    )
