"""Uploads: a post with its picture and its creator's consent, taken whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Conflict, Invalid, NotFound
from chorus.ingest.domain.facts import Captured
from chorus.ingest.domain.media import Details, PendingMedia
from chorus.ingest.domain.post import Account, Picture, PostKey, Sighting
from chorus.ingest.domain.source import Source
from chorus.ingest.domain.text import hashtags_in
from chorus.ingest.domain.upload import Consent, Upload, UploadTerms
from chorus.ingest.handlers.capture import pending, withdraw
from chorus.ingest.handlers.media import ready
from chorus.ingest.ports import NewPost, Store, UploadRow, Vault

PLATFORM = "upload"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An upload that was taken; `link` is the secret of its manage link, for the creator only."""

    post: str
    link: str


@dataclass(frozen=True, slots=True)
class NewUpload:
    """A checked upload, with the ids and the secret that were made for it; see `ports.UploadRow` for the hash."""

    post: str
    media: str
    request_id: str
    form_sha256: str
    upload: Upload
    link: str
    link_sha256: str


def upload_source(store: Store, brand: str, source: str, *, agreed: frozenset[str]) -> tuple[Source, UploadTerms]:
    """Find the source that is uploaded to: the one named, or the brand's only one. NotFound where there is none."""
    found = [store.source(brand, source)] if source else store.sources(brand, PLATFORM, "", 2)
    sources = [each for each in found if each is not None and each.connector in agreed and not each.paused]
    if len(sources) == 1 and (terms := sources[0].upload_terms):
        return sources[0], terms
    if len(sources) > 1:
        message = "This brand has several places to upload to: name one."
        raise Invalid(message, fields={"source": message})
    message = "Nothing can be uploaded here."
    raise NotFound(message)


def taken_before(store: Store, vault: Vault, brand: str, request_id: str, form_sha256: str) -> Accepted | None:
    """Answer the second sending of a form as the first; Conflict where that was more than a day ago.

    Conflict too where the first said anything else: the link belongs to whoever sent just that.
    """
    row = store.upload_by_request(brand, request_id)
    if row is None:
        return None
    if row.form_sha256 != form_sha256:
        message = "Something else was sent with this form or key before, so this was not taken: send it with a new one."
        raise Conflict(message, reason="REQUEST_ID_REUSED")
    if not row.link_sealed:
        message = "This form was sent already: its link was shown then. Open the page again to send another picture."
        raise Conflict(message, reason="ALREADY_SENT")
    return Accepted(row.post, vault.decrypt(row.link_sealed))


def accept(
    store: Store,
    vault: Vault,
    source: Source,
    terms: UploadTerms,
    new: NewUpload,
    details: Details,
    *,
    now: datetime,
) -> Accepted:
    """Add the post, its consent and its picture, whose bytes are stored already, and tell of all of them."""
    brand, key = source.brand, new.request_id
    if key and (before := taken_before(store, vault, brand, key, new.form_sha256)):
        return before
    sighting = _sighting(new, now)
    post = NewPost(new.post, brand, source.source, source.connector, sighting, (new.media,), None)
    store.add_posts([post], now)
    email = vault.encrypt(new.upload.email) if new.upload.email else ""
    row = UploadRow(new.post, new.link_sha256, key or new.post, new.form_sha256, vault.encrypt(new.link), email)
    store.add_upload(brand, row, now)
    said = new.upload
    under_age = bool(terms.terms.minimum_age) and not said.of_age
    consent = Consent(terms, new.link_sha256, now, said.creator_name or said.handle, under_age, said.others)
    captured = Captured(source.source, source.connector, sighting, pending(sighting, post.media), consent)
    store.tell_captured(brand, [(new.post, captured)], now)
    work = PendingMedia(new.media, brand, new.post, 1, "", new.upload.alt_text, 1)
    if not ready(store, work, details, now=now):
        message = "The picture could not be kept: send it again."
        raise Conflict(message, reason="TAKEN_APART")
    return Accepted(new.post, new.link)


def _sighting(new: NewUpload, now: datetime) -> Sighting:
    """Describe an upload as a post. Nobody verified who sent it, so each upload has an account of its own."""
    said = new.upload
    return Sighting(
        key=PostKey(PLATFORM, new.post),
        account=Account(PLATFORM, new.post, said.handle, said.creator_name or said.handle),
        text=said.caption,
        posted_at=now,
        hashtags=hashtags_in(said.caption),
        pictures=(Picture("", said.alt_text, new.media),),
        reference=new.post,
        tagged=True,
    )


def take_back(store: Store, brand: str, link_sha256: str, *, now: datetime) -> None:
    """Withdraw an upload on its creator's word. NotFound where no upload has this link."""
    row = store.upload_by_link(brand, link_sha256)
    post = store.known_by_id(brand, row.post) if row else None
    if post is None:
        message = "There is no upload with this link."
        raise NotFound(message)
    withdraw(store, post, now=now)
