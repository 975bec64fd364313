"""What ingest needs from outside, each with its contract in prose."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

from chorus.ingest.domain.facts import Captured, Fact
from chorus.ingest.domain.media import Duplicate, Media, PendingMedia, StoredObject
from chorus.ingest.domain.picture import Decoded
from chorus.ingest.domain.post import Account, KnownPost, PostKey, Sighting
from chorus.ingest.domain.source import Activity, Source

# ---------------------------------------------------------------------------------------------------- the outside world


class Response(Protocol):
    """An answer from the web, already within its limits of size and time."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields, by name in any case."""

    @property
    def body(self) -> bytes:
        """The body, decompressed."""

    @property
    def final_url(self) -> str:
        """Where redirects led."""


class Fetcher(Protocol):
    """The only way to an address that somebody else chose."""

    def fetch(
        self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int, accept: str | None = None
    ) -> Response:
        """GET an address. Raises `FetchRefused` (never try again) or `FetchFailed` (perhaps later)."""


class Decoder(Protocol):
    """Reads pictures without trusting them."""

    def decode(self, data: bytes, *, wait: float = ...) -> Decoded:
        """Read a picture; raises `MediaRefused` for what is none.

        `Unavailable` when nobody is free to read it for `wait` seconds; its reason is then `MEDIA_BUSY`.
        """


class Vault(Protocol):
    """Encrypts what must be read back; see `chorus.platform.secrets.Vault`."""

    def encrypt(self, value: str) -> str:
        """Encrypt a text."""

    def decrypt(self, sealed: str) -> str:
        """Read a text back; Invalid where no key of ours made it."""


class Stored(Protocol):
    """An object's bytes."""

    @property
    def data(self) -> bytes:
        """As they were put."""

    @property
    def content_type(self) -> str:
        """As it was put."""


class PrivateArea(Protocol):
    """Bytes by key; see `chorus.platform.objects.ObjectStore`."""

    def put(self, key: str, data: bytes, content_type: str, *, cache_control: str | None = None) -> None:
        """Store the bytes, whole and durable, or not at all."""

    def get(self, key: str) -> Stored:
        """Read an object whole. Raises `NotFound`."""

    def delete(self, key: str) -> None:
        """Remove an object; nothing happens where there is none."""


# --------------------------------------------------------------------------------------------------------- connectors


class LookError(Exception):
    """A source could not be read; the message says to a person what happened and what to do."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        """Keep the sentence, and how long the source asked to be left alone."""
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a source found. `state` is handed to the next look; `more`: there is more to read at once."""

    sightings: Sequence[Sighting] = ()
    deletions: Sequence[PostKey] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    more: bool = False


class Presence(Enum):
    """What can be told of a post without reading it."""

    HERE = "here"
    GONE = "gone"
    """The platform says that it is not there: 404 or 410."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reference:
    """A post as a connector can ask for it again."""

    key: PostKey
    permalink: str
    reference: str


class Settings(BaseModel):
    """What a person fills in for a source; fields of type `SecretStr` are kept encrypted."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PolledSettings(Settings):
    """Settings of a source that is looked at."""

    every_seconds: int = Field(
        default=300, ge=15, le=86_400, title="Look every … seconds", description="How long to wait between two looks."
    )


S_contra = TypeVar("S_contra", bound=PolledSettings, contravariant=True)


@runtime_checkable
class Connector(Protocol):
    """One kind of source: one file in `ingest/sources/`, or an entry point in the group `chorus.connectors`.

    The JSON Schema of `settings` is what the console draws its form from; it is a `PolledSettings` where the source
    is looked at. `signed`: senders sign with a secret that is made with the source and shown once. `agreed`: the
    source holds terms that an uploader accepts.
    """

    @property
    def name(self) -> str:
        """What a source's `connector` says."""

    @property
    def title(self) -> str:
        """What people call it."""

    @property
    def description(self) -> str:
        """One sentence on what it takes."""

    @property
    def settings(self) -> type[Settings]:
        """What a person fills in."""

    @property
    def signed(self) -> bool:
        """Whether senders sign."""

    @property
    def agreed(self) -> bool:
        """Whether uploaders agree to terms."""


@runtime_checkable
class PolledConnector(Connector, Protocol[S_contra]):
    """A connector that looks at an address by itself. Its methods are called outside of any transaction."""

    def look(self, settings: S_contra, state: Mapping[str, Any], fetcher: Fetcher) -> Look:
        """Read what is there now. Raises `LookError`, `FetchRefused` or `FetchFailed`."""

    def ask(self, settings: S_contra, post: Reference, fetcher: Fetcher) -> Sighting | Presence:
        """Ask for one post again: as it is now, or what else can be told. Raises as `look` does."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a sender delivered: posts in the order sent, or ids of posts that it deleted."""

    sightings: Sequence[Sighting] = ()
    deletions: Sequence[PostKey] = ()


@runtime_checkable
class ReceivingConnector(Connector, Protocol):
    """A connector that posts are sent to."""

    def admit(self, headers: Mapping[str, str]) -> None:
        """Refuse what its headers alone show to be no delivery, before its body is read. Raises `Unauthenticated`."""

    def receive(self, source: str, secret: str, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Verify and read a request. Raises `Unauthenticated`, or `Invalid` with the field of each violation."""


# -------------------------------------------------------------------------------------------------------- the store


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to be added, with a media id for each of its pictures."""

    post: str
    brand: str
    source: str
    connector: str
    sighting: Sighting
    media: tuple[str, ...]
    next_check_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewRevision:
    """A revision to be added. `media` are the ids of its pictures in order; `new` maps those that were not known."""

    post: str
    revision: int
    sighting: Sighting
    media: tuple[str, ...]
    new: frozenset[str]


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A revision as it is shown."""

    revision: int
    text: str
    language: str
    hashtags: tuple[str, ...]
    at: datetime
    media: tuple[Media, ...]


@dataclass(frozen=True, slots=True)
class PostView:
    """A post as it is shown."""

    post: str
    source: str
    connector: str
    key: PostKey
    account: Account
    permalink: str
    posted_at: datetime
    captured_at: datetime
    withdrawn: bool
    sources: tuple[str, ...]
    revisions: tuple[RevisionView, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A post that somebody has to ask for again."""

    post: str
    asked_for: Reference
    captured_at: datetime
    gone_since: datetime | None


SourceKey = tuple[str, str]
"""The brand and the id of a source."""


class SourceStore(Protocol):
    """Sources, within one transaction. Deleted ones are not there but for `sources_to_ask`, and keep their id."""

    def add_source(self, source: Source) -> bool:
        """Add a source; False where the id is or was taken."""

    def has_brand(self, brand: str) -> bool:
        """Tell whether brands told of this brand."""

    def source(self, brand: str, source: str, *, lock: bool = False) -> Source | None:
        """Read a source, and keep others from changing it until the transaction ends where `lock` is set."""

    def sources(self, brand: str, connector: str, after: str, limit: int) -> list[Source]:
        """List a brand's sources by id, those after `after`; of one connector, or of all where it is empty."""

    def save_source(self, source: Source) -> None:
        """Write all that can change of a source. A look under way may end after this."""

    def remove_source(self, brand: str, source: str, now: datetime) -> bool:
        """Delete a source; False where there is none."""

    def claim_due(self, now: datetime, until: datetime, limit: int) -> list[Source]:
        """Take sources that are due, so that nobody else takes them before `until`. The longest due come first."""

    def finish_look(self, source: Source) -> None:
        """Write what a look changed (state, times, failures) and let go of the source."""

    def sources_to_ask(self, now: datetime, limit: int, without: Collection[SourceKey] = ()) -> list[Source]:
        """List sources, of any brand, that have posts due to be asked for, the longest due first.

        Also paused and deleted ones, with their settings: a deletion at the platform counts all the same. `without`
        leaves some out.
        """

    def activity(self, brand: str, sources: Iterable[str], since: datetime) -> dict[str, Activity]:
        """Count what sources brought: in all, and by day from `since` on."""


class PostStore(Protocol):
    """Posts, within one transaction."""

    def known(self, brand: str, keys: Sequence[PostKey]) -> dict[PostKey, KnownPost]:
        """Read what is kept of posts that were seen before, and keep others from changing them meanwhile."""

    def known_by_id(self, brand: str, post: str) -> KnownPost | None:
        """The same for one post, by Chorus's own id."""

    def post_ids(self, brand: str, keys: Sequence[PostKey]) -> dict[PostKey, str]:
        """Answer our own ids of those of these posts that are known, without keeping anybody from changing them."""

    def buried(self, brand: str, source: str, keys: Sequence[PostKey]) -> set[PostKey]:
        """Tell which of these the source deleted before they were ever delivered, and which were let go of here."""

    def bury(self, brand: str, source: str, keys: Sequence[PostKey], now: datetime) -> None:
        """Remember that a source deleted posts that are not known."""

    def add_posts(self, posts: Sequence[NewPost], now: datetime) -> set[str]:
        """Add posts with accounts, first revisions, sightings and pending media; answer the ids that were added.

        A post whose key somebody else added meanwhile is left out.
        """

    def add_revision(self, brand: str, revision: NewRevision, now: datetime) -> None:
        """Add a revision, with pending rows for its new pictures."""

    def add_sighting(self, post: str, source: str, *, tagged: bool, now: datetime) -> None:
        """Remember one more source that reported the post, and whether the brand is tagged."""

    def withdraw(self, post: str, now: datetime) -> None:
        """Mark a post as deleted at its source; nobody asks for it or fetches its pictures any more."""

    def tell(self, brand: str, post: str, fact: Fact, at: datetime) -> None:
        """Put a fact into the outbox; its post is locked."""

    def tell_captured(self, brand: str, facts: Sequence[tuple[str, Captured]], at: datetime) -> None:
        """Put the first facts of posts that were just added into the outbox."""

    def claim_checks(self, source: Source, now: datetime, until: datetime, limit: int) -> list[Check]:
        """Take posts of a source that are due to be asked for, so that nobody else does before `until`."""

    def finish_check(self, post: str, next_check_at: datetime, gone_since: datetime | None) -> None:
        """Write when to ask next, and since when the post is missing."""

    def check_soon(self, brand: str, source: str, now: datetime, limit: int) -> None:
        """Make the newest posts of a source due to be asked for."""

    def posts(self, brand: str, posts: Sequence[str]) -> list[PostView]:
        """Read posts with all revisions; unknown ones are left out."""


class MediaStore(Protocol):
    """Pictures and their objects, within one transaction."""

    def media(self, brand: str, media: Sequence[str]) -> dict[str, Media]:
        """Read pictures by id; unknown ones are left out."""

    def claim_media(self, now: datetime, until: datetime, limit: int) -> list[PendingMedia]:
        """Take pending pictures that are due, so that nobody else does before `until`, and count the try."""

    def postpone(self, media: str, next_try_at: datetime, *, uncounted: bool = False) -> None:
        """Try a pending picture again later, unless its post is withdrawn; `uncounted`: for reasons of our own."""

    def fail(self, media: str, failure: str) -> bool:
        """Give a pending picture up; False where it is not pending any more."""

    def revive(self, brand: str, media: str, now: datetime) -> bool:
        """Make a failed picture pending again, with all tries; False where none failed that is still shown."""

    def claim_objects(self, brand: str, objects: Sequence[StoredObject], now: datetime) -> int:
        """Write the rows of objects that are about to be stored; answers the brand's bytes with them."""

    def add_ready(self, brand: str, media: Media) -> bool:
        """Mark a picture as ready and its objects as kept.

        False where the picture is not pending any more, or where a sweep has taken its objects meanwhile.
        """

    def first_like(self, brand: str, post: str, media: Media) -> Duplicate | None:
        """Find the first other post that shows the same picture: the same bytes, else a near hash."""

    def loose_objects(self, before: datetime, limit: int) -> list[str]:
        """Take keys of objects claimed before then that no ready picture names; locked until the transaction ends."""

    def forget_object(self, key: str) -> None:
        """Drop the row of an object whose bytes are gone."""


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload as it is kept; `link_sealed` is the link's secret, encrypted, or empty once it is forgotten.

    `form_sha256` is the hash of all that the form said, `email_sealed` the uploader's address, encrypted, if given.
    """

    post: str
    link_sha256: str
    request_id: str
    form_sha256: str
    link_sealed: str
    email_sealed: str = ""


class RetentionStore(Protocol):
    """Letting go of posts, within one transaction."""

    def long_withdrawn(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """Take (brand, post) of posts that were withdrawn before and hold what they said and showed."""

    def forget_post(self, brand: str, post: str, now: datetime) -> bool:
        """Withdraw a post for good and let go of words, names, addresses and pictures.

        Its objects become loose, and are swept at once. Its key is `buried` from then on. False the second time.
        """


class UploadStore(Protocol):
    """Uploads, within one transaction."""

    def add_upload(self, brand: str, row: UploadRow, now: datetime) -> None:
        """Remember an upload, whose post is there already."""

    def upload_by_request(self, brand: str, request_id: str) -> UploadRow | None:
        """Find the upload that a form made; a form being sent a second time meanwhile waits for the first."""

    def upload_by_link(self, brand: str, link_sha256: str) -> UploadRow | None:
        """Find an upload by the hash of its link."""

    def forget_links(self, before: datetime) -> None:
        """Drop the sealed links of uploads made before then."""


class Store(SourceStore, PostStore, MediaStore, UploadStore, RetentionStore, Protocol):
    """Everything that ingest keeps."""


NewId = Callable[[], str]
