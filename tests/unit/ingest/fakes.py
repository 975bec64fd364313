"""Ingest's store and its private area in memory, held to the same contract as the real ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from chorus.errors import NotFound
from chorus.ingest.domain.facts import Captured, Edited, Fact, MediaFailed, MediaReady, Signals, Withdrawn
from chorus.ingest.domain.media import Duplicate, Media, PendingMedia, StoredObject, original_key
from chorus.ingest.domain.near import comparable, distance, nearly_same
from chorus.ingest.domain.post import Account, KnownPicture, KnownPost, Picture, PostKey
from chorus.ingest.domain.source import Activity, Source
from chorus.ingest.ports import Check, NewPost, NewRevision, PostView, Reference, RevisionView, SourceKey, UploadRow
from chorus.platform.objects import Stored

_NAMES = {
    Captured: "captured",
    Edited: "edited",
    MediaReady: "media_ready",
    MediaFailed: "media_failed",
    Withdrawn: "withdrawn",
    Signals: "signals",
}


class FakeArea:
    """Objects in a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[str, Stored] = {}

    def put(self, key: str, data: bytes, content_type: str, *, cache_control: str | None = None) -> None:
        self.objects[key] = Stored(data, content_type, str(hash(data)))

    def get(self, key: str) -> Stored:
        if key in self.objects:
            return self.objects[key]
        raise NotFound(key)

    def delete(self, key: str) -> None:
        self.objects.pop(key, None)


@dataclass
class _Post:
    """A post as it is kept."""

    new: NewPost
    captured_at: datetime
    account: Account
    permalink: str
    revisions: list[RevisionView]
    sources: list[str]
    edited_at: datetime | None
    tagged: bool
    next_check_at: datetime | None
    gone_since: datetime | None = None
    withdrawn: bool = False
    withdrawn_at: datetime | None = None
    forgotten: bool = False


@dataclass
class _Picture:
    """A picture as it is kept."""

    brand: str
    post: str
    revision: int
    url: str
    identity: str
    media: Media
    next_try_at: datetime | None
    attempts: int = 0


@dataclass
class _Object:
    brand: str
    stored: StoredObject
    claimed_at: datetime
    kept: bool = False


class FakeStore:
    """Keeps everything in dictionaries; `told` names the facts, each with its number among its post's."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Source] = {}
        self.removed: dict[tuple[str, str], Source] = {}
        self.claims: dict[tuple[str, str], datetime] = {}
        self.brands: set[str] = set()
        self.days: Counter[tuple[str, str, date]] = Counter()
        self.last: dict[tuple[str, str], datetime] = {}
        self.kept: dict[str, _Post] = {}
        self.graves: set[tuple[str, str, PostKey]] = set()
        self.let_go: set[tuple[str, PostKey]] = set()
        self.pictures: dict[str, _Picture] = {}
        self.objects: dict[str, _Object] = {}
        self.uploads: dict[str, tuple[str, UploadRow, datetime]] = {}
        self.told: list[str] = []
        self.facts: list[tuple[str, str, Fact]] = []
        self._seq: Counter[str] = Counter()

    # sources

    def add_source(self, source: Source) -> bool:
        key = (source.brand, source.source)
        if key in self.rows or key in self.removed:
            return False
        self.rows[key] = source
        return True

    def has_brand(self, brand: str) -> bool:
        return brand in self.brands

    def source(self, brand: str, source: str, *, lock: bool = False) -> Source | None:
        return self.rows.get((brand, source))

    def sources(self, brand: str, connector: str, after: str, limit: int) -> list[Source]:
        own = (self.rows[key] for key in sorted(self.rows) if key[0] == brand and key[1] > after)
        return [each for each in own if connector in {"", each.connector}][:limit]

    def save_source(self, source: Source) -> None:
        key = (source.brand, source.source)
        self.rows[key] = replace(source, last_look_at=self.rows[key].last_look_at)

    def remove_source(self, brand: str, source: str, now: datetime) -> bool:
        found = self.rows.pop((brand, source), None)
        if found is not None:
            self.removed[brand, source] = found
        return found is not None

    def claim_due(self, now: datetime, until: datetime, limit: int) -> list[Source]:
        due = [
            each
            for key, each in self.rows.items()
            if not each.paused and each.next_look_at and each.next_look_at <= now and self.claims.get(key, now) <= now
        ]
        due = sorted(due, key=lambda each: each.next_look_at or now)[:limit]
        self.claims |= {(each.brand, each.source): until for each in due}
        return due

    def finish_look(self, source: Source) -> None:
        key = (source.brand, source.source)
        old = self.rows[key]
        self.rows[key] = replace(source, title=old.title, settings=old.settings, sealed=old.sealed, paused=old.paused)
        self.claims.pop(key, None)

    def sources_to_ask(self, now: datetime, limit: int, without: Collection[SourceKey] = ()) -> list[Source]:
        known = self.rows | self.removed
        polled = [each for key, each in known.items() if key not in without and each.next_look_at is not None]
        due = [each for each in polled if self._due_checks(each, now)]
        return sorted(due, key=lambda each: min(self._checks_of(each)))[:limit]

    def _checks_of(self, source: Source) -> list[datetime]:
        own = [
            each for each in self.kept.values() if (each.new.brand, each.new.source) == (source.brand, source.source)
        ]
        return [each.next_check_at for each in own if each.next_check_at]

    def activity(self, brand: str, sources: Iterable[str], since: datetime) -> dict[str, Activity]:
        return {each: self._activity(brand, each, since) for each in sources if (brand, each) in self.last}

    def _activity(self, brand: str, source: str, since: datetime) -> Activity:
        own = {day: count for (b, s, day), count in self.days.items() if (b, s) == (brand, source)}
        recent = {day: count for day, count in own.items() if day >= since.date()}
        return Activity(sum(own.values()), recent, self.last[brand, source])

    # posts

    def known(self, brand: str, keys: Sequence[PostKey]) -> dict[PostKey, KnownPost]:
        return {
            each.new.sighting.key: self._known(each)
            for each in self.kept.values()
            if each.new.brand == brand and each.new.sighting.key in keys
        }

    def known_by_id(self, brand: str, post: str) -> KnownPost | None:
        found = self.kept.get(post)
        return self._known(found) if found and found.new.brand == brand else None

    def post_ids(self, brand: str, keys: Sequence[PostKey]) -> dict[PostKey, str]:
        return {key: each.post for key, each in self.known(brand, keys).items()}

    def _known(self, kept: _Post) -> KnownPost:
        newest = kept.revisions[-1]
        return KnownPost(
            post=kept.new.post,
            brand=kept.new.brand,
            source=kept.new.source,
            account=kept.account.id,
            sources=tuple(kept.sources),
            text=newest.text,
            pictures=tuple(KnownPicture(each.media, self.pictures[each.media].identity) for each in newest.media),
            revision=newest.revision,
            edited_at=kept.edited_at,
            tagged=kept.tagged,
            withdrawn=kept.withdrawn,
        )

    def buried(self, brand: str, source: str, keys: Sequence[PostKey]) -> set[PostKey]:
        return {each for each in keys if (brand, source, each) in self.graves or (brand, each) in self.let_go}

    def bury(self, brand: str, source: str, keys: Sequence[PostKey], now: datetime) -> None:
        self.graves |= {(brand, source, each) for each in keys}

    def add_posts(self, posts: Sequence[NewPost], now: datetime) -> set[str]:
        fresh = [each for each in posts if not self.known(each.brand, [each.sighting.key])]
        for new in fresh:
            said = new.sighting
            self._add_pictures(new.brand, new.post, 1, new.media, said.pictures, now)
            first = RevisionView(1, said.text, said.language, said.hashtags, now, self._media(new.media))
            self.kept[new.post] = _Post(
                new,
                now,
                said.account,
                said.permalink,
                [first],
                [new.source],
                said.edited_at,
                said.tagged,
                new.next_check_at,
            )
            self._rename(new.brand, said.account)
            self.days[new.brand, new.source, now.date()] += 1
            self.last[new.brand, new.source] = now
        return {each.post for each in fresh}

    def _add_pictures(
        self, brand: str, post: str, revision: int, media: Sequence[str], said: Sequence[Picture], now: datetime
    ) -> None:
        for each, picture in zip(media, said, strict=True):
            if each in self.pictures:
                continue
            url, alt, identity = picture.url, picture.alt_text, picture.known_by
            self.pictures[each] = _Picture(brand, post, revision, url, identity, Media(each, alt), now if url else None)

    def _media(self, media: Sequence[str]) -> tuple[Media, ...]:
        return tuple(self.pictures[each].media for each in media)

    def _rename(self, brand: str, account: Account) -> None:
        for each in self.kept.values():
            if each.new.brand == brand and (each.account.platform, each.account.id) == (account.platform, account.id):
                each.account = account

    def add_revision(self, brand: str, revision: NewRevision, now: datetime) -> None:
        said, kept = revision.sighting, self.kept[revision.post]
        self._add_pictures(brand, revision.post, revision.revision, revision.media, said.pictures, now)
        at = said.edited_at or now
        kept.revisions.append(
            RevisionView(revision.revision, said.text, said.language, said.hashtags, at, self._media(revision.media))
        )
        kept.edited_at = said.edited_at or kept.edited_at
        kept.permalink, kept.account = said.permalink, said.account

    def add_sighting(self, post: str, source: str, *, tagged: bool, now: datetime) -> None:
        kept = self.kept[post]
        kept.tagged = kept.tagged or tagged
        if source not in kept.sources:
            kept.sources.append(source)

    def withdraw(self, post: str, now: datetime) -> None:
        self.kept[post].withdrawn = True
        self.kept[post].withdrawn_at = now
        self.kept[post].next_check_at = None
        for each in self.pictures.values():
            if each.post == post:
                each.next_try_at = None

    def tell(self, brand: str, post: str, fact: Fact, at: datetime) -> None:
        self._seq[post] += 1
        self.told.append(f"{_NAMES[type(fact)]} {self._seq[post]}")
        self.facts.append((brand, post, fact))

    def tell_captured(self, brand: str, captured: Sequence[tuple[str, Captured]], at: datetime) -> None:
        for post, fact in captured:
            self.tell(brand, post, fact, at)

    def _due_checks(self, source: Source, now: datetime) -> list[_Post]:
        own = [
            each for each in self.kept.values() if (each.new.brand, each.new.source) == (source.brand, source.source)
        ]
        return [each for each in own if not each.withdrawn and each.next_check_at and each.next_check_at <= now]

    def claim_checks(self, source: Source, now: datetime, until: datetime, limit: int) -> list[Check]:
        due = self._due_checks(source, now)[:limit]
        for each in due:
            each.next_check_at = until
        return [self._check(each) for each in due]

    def _check(self, kept: _Post) -> Check:
        said = kept.new.sighting
        return Check(
            kept.new.post, Reference(said.key, kept.permalink, said.reference), kept.captured_at, kept.gone_since
        )

    def finish_check(self, post: str, next_check_at: datetime, gone_since: datetime | None) -> None:
        if not self.kept[post].withdrawn:
            self.kept[post].next_check_at, self.kept[post].gone_since = next_check_at, gone_since

    def check_soon(self, brand: str, source: str, now: datetime, limit: int) -> None:
        own = [each for each in self.kept.values() if (each.new.brand, each.new.source) == (brand, source)]
        for each in sorted(own, key=lambda each: each.captured_at, reverse=True)[:limit]:
            if each.next_check_at is not None and not each.withdrawn:
                each.next_check_at = now

    def posts(self, brand: str, posts: Sequence[str]) -> list[PostView]:
        found = [self.kept[each] for each in sorted(posts) if each in self.kept]
        return [self._view(each) for each in found if each.new.brand == brand]

    def _view(self, kept: _Post) -> PostView:
        said = kept.new.sighting
        revisions = [replace(each, media=self._media([one.media for one in each.media])) for each in kept.revisions]
        return PostView(
            post=kept.new.post,
            source=kept.new.source,
            connector=kept.new.connector,
            key=said.key,
            account=kept.account,
            permalink=kept.permalink,
            posted_at=said.posted_at or kept.captured_at,
            captured_at=kept.captured_at,
            withdrawn=kept.withdrawn,
            sources=tuple(kept.sources),
            revisions=tuple(revisions),
        )

    def long_withdrawn(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        found = [each for each in self.kept.values() if each.withdrawn_at and each.withdrawn_at <= before]
        return [(each.new.brand, each.new.post) for each in found if not each.forgotten][:limit]

    def forget_post(self, brand: str, post: str, now: datetime) -> bool:
        kept = self.kept[post]
        if kept.forgotten:
            return False
        nobody = Account(kept.account.platform, "")
        self.let_go.add((brand, kept.new.sighting.key))
        said = replace(kept.new.sighting, key=PostKey(nobody.platform, f"forgotten/{post}"), reference="")
        kept.new, kept.account, kept.permalink = replace(kept.new, sighting=said), nobody, ""
        kept.withdrawn, kept.forgotten, kept.withdrawn_at = True, True, kept.withdrawn_at or now
        kept.revisions = [replace(each, text="", language="", hashtags=()) for each in kept.revisions]
        for media, picture in self.pictures.items():
            if picture.post == post:
                self._forget_picture(media, picture)
        return True

    def _forget_picture(self, media: str, picture: _Picture) -> None:
        was, picture.media = picture.media, Media(media, state="failed", failure="let go of")
        picture.url, picture.identity, picture.next_try_at = "", media, None
        shared = {each.media.details.sha256 for each in self.pictures.values() if each.media.details}
        for each in self.objects.values():
            last = was.details and each.stored.sha256 == was.details.sha256 and was.details.sha256 not in shared
            if each.stored.media == media or last:
                each.kept, each.claimed_at = False, datetime.min.replace(tzinfo=UTC)

    # media

    def media(self, brand: str, media: Sequence[str]) -> dict[str, Media]:
        return {each: self.pictures[each].media for each in media if self._is_own(brand, each)}

    def _is_own(self, brand: str, media: str) -> bool:
        return media in self.pictures and self.pictures[media].brand == brand

    def claim_media(self, now: datetime, until: datetime, limit: int) -> list[PendingMedia]:
        due = [each for each in self.pictures.values() if each.media.state == "pending"]
        due = [each for each in due if each.next_try_at and each.next_try_at <= now][:limit]
        for each in due:
            each.attempts += 1
            each.next_try_at = until
        return [
            PendingMedia(
                each.media.media, each.brand, each.post, each.revision, each.url, each.media.alt_text, each.attempts
            )
            for each in due
        ]

    def postpone(self, media: str, next_try_at: datetime, *, uncounted: bool = False) -> None:
        found = self.pictures[media]
        if found.media.state == "pending" and found.next_try_at:
            found.next_try_at = next_try_at
            found.attempts -= int(uncounted)

    def fail(self, media: str, failure: str) -> bool:
        found = self.pictures[media]
        if found.media.state != "pending":
            return False
        found.media, found.next_try_at = replace(found.media, state="failed", failure=failure), None
        return True

    def revive(self, brand: str, media: str, now: datetime) -> bool:
        if not self._is_own(brand, media) or self.pictures[media].media.state != "failed":
            return False
        found = self.pictures[media]
        if self.kept[found.post].withdrawn:
            return False
        found.media = replace(found.media, state="pending", failure="")
        found.attempts, found.next_try_at = 0, now
        return True

    def claim_objects(self, brand: str, objects: Sequence[StoredObject], now: datetime) -> int:
        for each in objects:
            self.objects.setdefault(each.key, _Object(brand, each, now)).claimed_at = now
        return sum(each.stored.bytes for each in self.objects.values() if each.brand == brand)

    def add_ready(self, brand: str, media: Media) -> bool:
        assert media.details
        keys = [original_key(brand, media.details.sha256), *(each.key for each in media.details.previews)]
        found = self.pictures[media.media]
        if found.media.state != "pending" or not all(key in self.objects for key in keys):
            return False
        for key in keys:
            self.objects[key].kept = True
        found.media, found.next_try_at = replace(media, alt_text=found.media.alt_text), None
        return True

    def first_like(self, brand: str, post: str, media: Media) -> Duplicate | None:
        assert media.details
        asked, others = media.details, self._ready_elsewhere(brand, post)
        for each in others:
            if each.media.details and each.media.details.sha256 == asked.sha256:
                return Duplicate(each.post, "exact", 0)
        for each in others:
            found = each.media.details
            if found and comparable(min(found.pdq_quality, asked.pdq_quality)) and nearly_same(found.pdq, asked.pdq):
                return Duplicate(each.post, "near", distance(found.pdq, asked.pdq))
        return None

    def _ready_elsewhere(self, brand: str, post: str) -> list[_Picture]:
        ready = [each for each in self.pictures.values() if each.brand == brand and each.media.state == "ready"]
        return sorted((each for each in ready if each.post != post), key=lambda each: each.media.media)

    def loose_objects(self, before: datetime, limit: int) -> list[str]:
        return [key for key, each in self.objects.items() if not each.kept and each.claimed_at < before][:limit]

    def forget_object(self, key: str) -> None:
        del self.objects[key]

    # uploads

    def add_upload(self, brand: str, row: UploadRow, now: datetime) -> None:
        self.uploads[row.post] = (brand, row, now)

    def upload_by_request(self, brand: str, request_id: str) -> UploadRow | None:
        return next((row for b, row, _ in self.uploads.values() if (b, row.request_id) == (brand, request_id)), None)

    def upload_by_link(self, brand: str, link_sha256: str) -> UploadRow | None:
        return next((row for b, row, _ in self.uploads.values() if (b, row.link_sha256) == (brand, link_sha256)), None)

    def forget_links(self, before: datetime) -> None:
        for post, (brand, row, at) in self.uploads.items():
            if at < before:
                self.uploads[post] = (brand, replace(row, link_sealed=""), at)
