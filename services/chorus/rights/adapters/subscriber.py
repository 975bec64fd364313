"""What rights hears: names of brands, posts with their pictures, and what curators decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from google.protobuf.message import Message
from psycopg import Connection

from chorus.api.events.v1 import post_pb2, review_pb2
from chorus.api.events.v1.brand_pb2 import BrandChanged, BrandCreated
from chorus.api.events.v1.meta_pb2 import Meta
from chorus.api.types.v1 import media_pb2
from chorus.platform.facts import Event
from chorus.rights.adapters import wire
from chorus.rights.adapters.store import PostgresStore
from chorus.rights.domain.link import Brand
from chorus.rights.domain.offer import Offer
from chorus.rights.domain.post import Consent, Picture, Post, Revision
from chorus.rights.domain.reply import Said
from chorus.rights.handlers import hearing, replying
from chorus.rights.handlers.hearing import Hearing
from chorus.rights.handlers.means import Means

Handle = Callable[[Hearing, Any, datetime], None]


@dataclass(frozen=True)
class Subscriber:
    """Hears one event within the transaction that notes it as heard."""

    window: timedelta
    means: Means
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __call__(self, conn: Connection[Any], event: Message) -> bool:
        """Handle an event; False where its fact is unknown. A known one may be of no meaning here."""
        meta = cast("Event", event).meta
        field = event.WhichOneof("fact")
        handle = _HANDLERS.get((type(event).__name__, field or ""))
        if field is None:
            return False
        if handle is not None:
            handle(self._hearing(conn, meta), getattr(event, field), meta.occurred_at.ToDatetime(UTC))
        return True

    def handle_all(self, conn: Connection[Any], events: Sequence[Message]) -> list[bool]:
        """Handle several events: captures of new posts at once, and then the others, one after the other.

        A post's order is kept: a capture goes ahead only where it is the first of these events about its post.
        """
        first: dict[tuple[str, str], Event] = {}
        for event in cast("Sequence[Event]", events):
            first.setdefault((event.meta.brand, event.meta.post), event)
        posts = (each for each in first.values() if isinstance(each, post_pb2.PostEvent))
        seen = [_first_seen(each.meta, each.captured) for each in posts if each.HasField("captured")]
        store, now = PostgresStore(conn), self.clock()
        new = hearing.captured_first(store, seen, now)
        replying.said(store, [_said_first(first[post]) for post in new], now, also=first.keys() - new)
        done = {id(first[post]) for post in new}
        return [id(event) in done or self(conn, event) for event in events]

    def _hearing(self, conn: Connection[Any], meta: Meta) -> Hearing:
        store = PostgresStore(conn)
        links = tuple(meta.trace_links)
        return Hearing(store, meta.brand, meta.post, links, self.clock(), self.window, self.means)


def _branded(heard: Hearing, fact: BrandCreated | BrandChanged, _at: datetime) -> None:
    heard.store.save_brand(Brand(heard.brand, fact.display_name or heard.brand, fact.accent))


def _captured(heard: Hearing, fact: post_pb2.Captured, at: datetime) -> None:
    hearing.captured(heard, _seen(heard.brand, heard.post, fact), _revision(fact))
    replying.said(heard.store, [_said(heard.brand, heard.post, fact, at)], heard.now)


def _edited(heard: Hearing, fact: post_pb2.Edited, _at: datetime) -> None:
    seen = Post(heard.brand, heard.post, account=wire.read_account(fact.account), permalink=fact.permalink)
    before = hearing.edited(heard, seen, fact.revision, _revision(fact))
    said = Said(heard.brand, heard.post, seen.account, fact.text, fact.edited_at.ToDatetime(UTC), before)
    replying.said(heard.store, [said], heard.now)


def _media_ready(heard: Hearing, fact: post_pb2.MediaReady, _at: datetime) -> None:
    hearing.pictured(heard, lambda _post: [wire.read_picture(fact.media)])


def _media_failed(heard: Hearing, fact: post_pb2.MediaFailed, _at: datetime) -> None:
    def failed(post: Post) -> list[Picture]:
        known = {each.media: each for revision in post.revisions.values() for each in revision.pictures}
        picture = known.get(fact.media)
        media = media_pb2.Media.FromString(picture.preview) if picture else media_pb2.Media(media=fact.media)
        media.state, media.failure = media_pb2.MEDIA_STATE_FAILED, fact.failure
        return [wire.read_picture(media)]

    hearing.pictured(heard, failed)


def _withdrawn(heard: Hearing, fact: post_pb2.PostWithdrawn, _at: datetime) -> None:
    hearing.withdrawn(heard, erased=fact.reason == post_pb2.WITHDRAWN_REASON_ERASED)


def _reviewed(heard: Hearing, fact: review_pb2.Decided | review_pb2.Undone, at: datetime) -> None:
    approved = fact.state == review_pb2.REVIEW_STATE_APPROVED
    rejected = fact.state == review_pb2.REVIEW_STATE_REJECTED
    hearing.reviewed(heard, approved=fact.revision if approved else 0, rejected=rejected, at=at)


def _seen(brand: str, post: str, fact: post_pb2.Captured) -> Post:
    consent = _consent(brand, fact.consent) if fact.HasField("consent") else None
    posted_at = fact.posted_at.ToDatetime(UTC) if fact.HasField("posted_at") else None
    account = wire.read_account(fact.account)
    return Post(brand, post, account=account, permalink=fact.permalink, consent=consent, posted_at=posted_at)


def _said(brand: str, post: str, fact: post_pb2.Captured, at: datetime) -> Said:
    """Read what somebody said; where the platform does not tell when, it was when we heard of it."""
    said_at = fact.posted_at.ToDatetime(UTC) if fact.HasField("posted_at") else at
    return Said(brand, post, wire.read_account(fact.account), fact.text, said_at, answers=fact.in_reply_to)


def _said_first(event: Event) -> Said:
    assert isinstance(event, post_pb2.PostEvent)  # noqa: S101 -- what is taken in at once are captures
    meta = event.meta
    return _said(meta.brand, meta.post, event.captured, meta.occurred_at.ToDatetime(UTC))


def _first_seen(meta: Meta, fact: post_pb2.Captured) -> tuple[Post, Revision, Sequence[str]]:
    return _seen(meta.brand, meta.post, fact), _revision(fact), meta.trace_links


def _consent(brand: str, given: post_pb2.UploadConsent) -> Consent:
    terms = wire.read_terms(brand, given.terms)
    offer = Offer(wire.heard_scope(given.scope), wire.heard_surfaces(given.surfaces), given.days).under(terms)
    return Consent(
        terms,
        offer,
        given.link_sha256,
        given.given_at.ToDatetime(UTC),
        given.creator_name,
        given.under_age,
        given.others,
    )


def _revision(fact: post_pb2.Captured | post_pb2.Edited) -> Revision:
    return Revision(fact.text, tuple(wire.read_picture(media) for media in fact.media))


_HANDLERS: Mapping[tuple[str, str], Handle] = {
    ("BrandEvent", "created"): _branded,
    ("BrandEvent", "changed"): _branded,
    ("PostEvent", "captured"): _captured,
    ("PostEvent", "edited"): _edited,
    ("PostEvent", "media_ready"): _media_ready,
    ("PostEvent", "media_failed"): _media_failed,
    ("PostEvent", "withdrawn"): _withdrawn,
    ("ReviewEvent", "decided"): _reviewed,
    ("ReviewEvent", "undone"): _reviewed,
}
