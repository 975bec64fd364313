"""Pictures: claimed, fetched and read outside of transactions, stored, and told of.

The order holds the promise that ready media has its bytes and every object has a row: first the rows of the objects,
then the bytes, then *ready* in the same transaction as its fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chorus.errors import Conflict, Exhausted, NotFound
from chorus.ingest.domain import schedule
from chorus.ingest.domain.facts import MediaFailed, MediaReady
from chorus.ingest.domain.media import Details, Media, PendingMedia, details_of, objects_of, original_key
from chorus.ingest.domain.picture import Decoded
from chorus.ingest.ports import PrivateArea, Store

LEASE = timedelta(seconds=45)
"""How long one try may take before somebody else tries: fetching (15 s), reading (8 s), and as long again for storing.

What a killed process had in hand waits as long. A try that takes longer costs work done twice, and nothing else.
"""
LOOSE_AFTER = timedelta(hours=1)
"""How long an object may wait for its media to become ready before it is swept away."""


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """A picture that was fetched and read, with what is about to be stored."""

    original: bytes
    decoded: Decoded
    details: Details


def read_picture(brand: str, media: str, original: bytes, decoded: Decoded) -> ReadPicture:
    """Plan where everything of a picture will lie."""
    return ReadPicture(original, decoded, details_of(brand, media, decoded))


def claim(store: Store, *, now: datetime, limit: int) -> list[PendingMedia]:
    """Take pictures that are due."""
    return store.claim_media(now, now + LEASE, limit)


def claim_space(store: Store, brand: str, media: str, picture: ReadPicture, *, quota: int, now: datetime) -> None:
    """Write the rows of the objects to come; Exhausted where the brand would have more bytes than `quota`."""
    objects = objects_of(brand, media, picture.details, len(picture.original))
    if store.claim_objects(brand, objects, now) > quota:
        message = "The brand's storage is full: remove sources that bring too much, or raise CHORUS_BRAND_QUOTA."
        raise Exhausted(message, reason="STORAGE_QUOTA")


def put_objects(area: PrivateArea, brand: str, picture: ReadPicture) -> None:
    """Store the original and the previews. Outside of any transaction, after `claim_space` was committed."""
    original = original_key(brand, picture.details.sha256)
    area.put(original, picture.original, picture.details.content_type)
    for preview, made in zip(picture.details.previews, picture.decoded.renditions, strict=True):
        area.put(preview.key, made.data, made.content_type)


def ready(store: Store, work: PendingMedia, details: Details, *, now: datetime) -> bool:
    """Mark a picture as ready and tell of it, with the first post that showed the same; False where it is too late."""
    post = store.known_by_id(work.brand, work.post)
    if post is None or post.withdrawn:
        return False
    media = Media(work.media, work.alt_text, "ready", details)
    media = replace(media, duplicate_of=store.first_like(work.brand, work.post, media))
    if not store.add_ready(work.brand, media):
        return False
    store.tell(work.brand, work.post, MediaReady(work.revision, media), now)
    return True


def failed_for_good(store: Store, work: PendingMedia, message: str, *, now: datetime) -> None:
    """Give a picture up, and tell why."""
    post = store.known_by_id(work.brand, work.post)
    if post is not None and not post.withdrawn and store.fail(work.media, message):
        store.tell(work.brand, work.post, MediaFailed(work.revision, work.media, message), now)


def failed_for_now(store: Store, work: PendingMedia, message: str, *, now: datetime, chance: float) -> None:
    """Try a picture again later; give it up where it was tried often enough."""
    wait = schedule.next_try(work.attempts, chance)
    if wait is None:
        failed_for_good(store, work, message, now=now)
    else:
        store.postpone(work.media, now + wait)


def retry(store: Store, brand: str, media: str, *, now: datetime) -> None:
    """Try a failed picture again. NotFound; Conflict where it did not fail, or its post is withdrawn."""
    if store.revive(brand, media, now):
        return
    if media not in store.media(brand, [media]):
        message = "There is no such picture."
        raise NotFound(message)
    message = "This picture did not fail, or its post is withdrawn: there is nothing to try again."
    raise Conflict(message, reason="NOT_FAILED")


def sweep(store: Store, area: PrivateArea, *, now: datetime, limit: int) -> int:
    """Take away objects that were stored for media that never became ready; answers how many there were."""
    keys: Sequence[str] = store.loose_objects(now - LOOSE_AFTER, limit)
    for key in keys:
        area.delete(key)
        store.forget_object(key)
    return len(keys)
