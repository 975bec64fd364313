"""Ingest's own words and protobuf's, in both directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

from chorus.api.events.v1 import post_pb2 as events
from chorus.api.ingest.v1 import ingest_pb2 as api
from chorus.api.types.v1 import media_pb2, scope_pb2
from chorus.errors import Invalid
from chorus.ingest.domain import facts
from chorus.ingest.domain.media import Duplicate, Media, Preview
from chorus.ingest.domain.picture import Credentials
from chorus.ingest.domain.post import Account
from chorus.ingest.domain.source import Activity, Health, Source, health
from chorus.ingest.domain.upload import Consent, Scope, SurfaceShown, Terms, UploadTerms
from chorus.ingest.ports import Connector, PolledConnector, PostView, RevisionView
from chorus.platform.facts import timestamp

_STATES = {
    "pending": media_pb2.MEDIA_STATE_PENDING,
    "ready": media_pb2.MEDIA_STATE_READY,
    "failed": media_pb2.MEDIA_STATE_FAILED,
}
_KINDS = {"exact": media_pb2.DUPLICATE_KIND_EXACT, "near": media_pb2.DUPLICATE_KIND_NEAR}
_HEALTH = {
    Health.WAITING: api.SOURCE_HEALTH_WAITING,
    Health.WORKING: api.SOURCE_HEALTH_WORKING,
    Health.FAILING: api.SOURCE_HEALTH_FAILING,
    Health.PAUSED: api.SOURCE_HEALTH_PAUSED,
}
_CENTRE = 0.5


def fact(said: facts.Fact) -> Message:
    """Write a fact."""
    match said:
        case facts.Captured():
            return _captured(said)
        case facts.Edited():
            return _edited(said)
        case facts.MediaReady():
            return events.MediaReady(revision=said.revision, media=media(said.media))
        case facts.MediaFailed():
            return events.MediaFailed(revision=said.revision, media=said.media, failure=said.failure)
        case facts.Withdrawn(erased):
            deleted, gone = events.WITHDRAWN_REASON_DELETED_AT_SOURCE, events.WITHDRAWN_REASON_ERASED
            return events.PostWithdrawn(reason=gone if erased else deleted)
        case facts.Signals():
            return events.Signals(sources=said.sources, tagged=said.tagged)


def _captured(said: facts.Captured) -> events.Captured:
    report = said.sighting
    return events.Captured(
        source=said.source,
        connector=said.connector,
        platform=report.key.platform,
        platform_post_id=report.key.id,
        account=account(report.account),
        permalink=report.permalink,
        text=report.text,
        language=report.language,
        hashtags=report.hashtags,
        posted_at=timestamp(report.posted_at) if report.posted_at else None,
        media=[media(each) for each in said.media],
        consent=_consent(said.consent) if said.consent else None,
    )


def _edited(said: facts.Edited) -> events.Edited:
    return events.Edited(
        revision=said.revision,
        text=said.text,
        language=said.language,
        hashtags=said.hashtags,
        edited_at=timestamp(said.edited_at),
        media=[media(each) for each in said.media],
        permalink=said.permalink,
        account=account(said.account),
    )


def _consent(given: Consent) -> events.UploadConsent:
    agreed = upload_terms(given.given)
    return events.UploadConsent(
        terms=agreed.terms,
        scope=agreed.scope,
        surfaces=agreed.surfaces,
        days=agreed.days,
        link_sha256=given.link_sha256,
        given_at=timestamp(given.given_at),
        creator_name=given.creator_name,
        under_age=given.under_age,
        others=given.others,
    )


def account(known: Account) -> media_pb2.Account:
    """Write an account."""
    return media_pb2.Account(
        platform=known.platform, id=known.id, handle=known.handle, display_name=known.display_name, url=known.url
    )


def media(known: Media) -> media_pb2.Media:
    """Write a picture, with all that is known of it."""
    message = media_pb2.Media(
        media=known.media,
        state=_STATES[known.state],
        alt_text=known.alt_text,
        failure=known.failure,
        focal_x=_CENTRE,
        focal_y=_CENTRE,
        duplicate_of=_duplicate(known.duplicate_of) if known.duplicate_of else None,
    )
    if known.details:
        message.sha256 = known.details.sha256
        message.content_type = known.details.content_type
        message.width, message.height = known.details.width, known.details.height
        message.thumb_hash = known.details.thumb_hash
        message.dominant_colour = known.details.dominant_colour
        if said := known.details.credentials:
            message.credentials.CopyFrom(_credentials(said))
        message.renditions.extend(_rendition(each) for each in known.details.previews)
    return message


def _credentials(said: Credentials) -> media_pb2.Credentials:
    return media_pb2.Credentials(
        generator=said.generator,
        signer=said.signer,
        state=said.state,
        source_types=said.source_types,
        actions=said.actions,
    )


def _duplicate(like: Duplicate) -> media_pb2.DuplicateOf:
    return media_pb2.DuplicateOf(post=like.post, kind=_KINDS[like.kind], distance=like.distance)


def _rendition(preview: Preview) -> media_pb2.Rendition:
    return media_pb2.Rendition(
        size=preview.size,
        content_type=preview.content_type,
        width=preview.width,
        height=preview.height,
        object_key=preview.key,
        bytes=preview.bytes,
        sha256=preview.sha256,
    )


def post(brand: str, view: PostView) -> api.Post:
    """Write a post with all its revisions."""
    return api.Post(
        brand=brand,
        post=view.post,
        source=view.source,
        connector=view.connector,
        platform=view.key.platform,
        platform_post_id=view.key.id,
        account=account(view.account),
        permalink=view.permalink,
        posted_at=timestamp(view.posted_at),
        captured_at=timestamp(view.captured_at),
        withdrawn=view.withdrawn,
        revisions=[_revision(each) for each in view.revisions],
        seen_by_sources=view.sources,
    )


def _revision(view: RevisionView) -> api.Revision:
    return api.Revision(
        revision=view.revision,
        text=view.text,
        language=view.language,
        hashtags=view.hashtags,
        at=timestamp(view.at),
        media=[media(each) for each in view.media],
    )


def connector(kind: Connector) -> api.Connector:
    """Write a kind of source."""
    return api.Connector(
        connector=kind.name,
        title=kind.title,
        description=kind.description,
        polled=isinstance(kind, PolledConnector),
        settings_schema=_struct(kind.settings.model_json_schema()),
    )


def source(known: Source, activity: Activity, today: date) -> api.Source:
    """Write a source, without its secrets."""
    looked = known.last_look_at or activity.last_at
    return api.Source(
        brand=known.brand,
        source=known.source,
        connector=known.connector,
        title=known.title,
        settings=_struct(known.settings),
        health=_HEALTH[health(known, activity)],
        last_error=known.last_error,
        failing_since=timestamp(known.failing_since) if known.failing_since else None,
        last_look_at=timestamp(looked) if looked else None,
        next_look_at=timestamp(known.next_look_at) if known.next_look_at and not known.paused else None,
        posts=activity.posts,
        posts_a_day=activity.a_day(today),
        upload_terms=upload_terms(known.upload_terms) if known.upload_terms else None,
    )


def settings(struct: Struct) -> dict[str, Any]:
    """Read settings; Invalid where a number in them is none that JSON has."""
    try:
        return dict(json_format.MessageToDict(struct))
    except (json_format.SerializeToJsonError, ValueError) as error:
        message = "A number in the settings is infinite, or none."
        raise Invalid(message, fields={"settings": message}) from error


def _struct(value: Mapping[str, Any]) -> Struct:
    struct = Struct()
    struct.update(dict(value))
    return struct


def upload_terms(known: UploadTerms) -> api.UploadTerms:
    """Write upload terms."""
    return api.UploadTerms(
        terms=_terms(known.terms),
        scope=_scope(known.scope),
        surfaces=[_surface(each) for each in known.surfaces],
        days=known.days,
        translations=[_terms(each) for each in known.translations],
    )


def _terms(known: Terms) -> scope_pb2.TermsText:
    return scope_pb2.TermsText(
        terms=known.terms,
        version=known.version,
        language=known.language,
        summary=known.summary,
        text=known.text,
        sha256=known.sha256,
        minimum_age=known.minimum_age,
    )


def _scope(known: Scope) -> scope_pb2.Scope:
    return scope_pb2.Scope(
        uses=[scope_pb2.Use.Value(each) for each in known.uses],
        paid=known.paid,
        territories=known.territories,
        derivatives=known.derivatives,
        exclusive=known.exclusive,
    )


def _surface(known: SurfaceShown) -> scope_pb2.SurfaceShown:
    return scope_pb2.SurfaceShown(
        surface=known.surface, title=known.title, address=known.address, scope=_scope(known.scope)
    )


def read_upload_terms(message: api.UploadTerms) -> UploadTerms:
    """Read upload terms."""
    return UploadTerms(
        _read_terms(message.terms),
        _read_scope(message.scope),
        tuple(_read_surfaces(message.surfaces)),
        message.days,
        tuple(_read_terms(each) for each in message.translations),
    )


def _read_terms(message: scope_pb2.TermsText) -> Terms:
    return Terms(
        message.terms,
        message.version,
        message.language,
        message.summary,
        message.text,
        message.sha256,
        message.minimum_age,
    )


def _read_scope(message: scope_pb2.Scope) -> Scope:
    names = tuple(_use(each) for each in message.uses)
    return Scope(names, message.paid, tuple(message.territories), message.derivatives, message.exclusive)


def _use(number: int) -> str:
    """Name a use; one that there is not keeps its number, so that it is refused and not lost."""
    return scope_pb2.Use.Name(scope_pb2.Use.ValueType(number)) if number in scope_pb2.Use.values() else str(number)


def _read_surfaces(messages: Sequence[scope_pb2.SurfaceShown]) -> list[SurfaceShown]:
    return [SurfaceShown(each.surface, each.title, each.address, _read_scope(each.scope)) for each in messages]
