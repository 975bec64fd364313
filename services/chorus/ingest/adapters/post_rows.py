"""Posts in PostgreSQL. What a batch writes is written by a few statements, however many posts it has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from chorus.ingest.adapters import wire
from chorus.ingest.adapters.media_rows import MediaRows
from chorus.ingest.adapters.post_sql import (
    ADD_ACCOUNTS,
    ADD_MEDIA,
    ADD_POSTS,
    ADD_REVISIONS,
    ADD_SIGHTINGS,
    ADD_TOMBSTONES,
    BURIED,
    CHECK_SOON,
    CLAIM_CHECKS,
    COUNT,
    EDIT_POST,
    IDS,
    KNOWN,
    LOCK,
    POSTS,
    REVISIONS,
)
from chorus.ingest.domain.facts import Captured, Fact
from chorus.ingest.domain.media import Media
from chorus.ingest.domain.post import Account, KnownPicture, KnownPost, Picture, PostKey, Sighting
from chorus.ingest.domain.source import Source
from chorus.ingest.ports import Check, NewPost, NewRevision, PostView, Reference, RevisionView
from chorus.platform import facts
from chorus.platform.first_facts import emit_first
from chorus.platform.telemetry import current_traceparent
from chorus.platform.topics import POST


class PostRows(MediaRows):
    """The part of the store that holds posts; see `ports.PostStore`."""

    def known(self, brand: str, keys: Sequence[PostKey]) -> dict[PostKey, KnownPost]:
        """Read and lock posts that were seen before."""
        if not keys:
            return {}
        values = [[each.platform for each in keys], [each.id for each in keys], brand]
        # Two statements: a row that was waited for must be read as it is now, with its newest revision.
        locked = [row[0] for row in self._conn.execute(LOCK, values)]
        found = dict(self._known(locked)) if locked else {}
        # One that was let go of while it was waited for has another name now.
        return {key: found[key] for key in keys if key in found}

    def known_by_id(self, brand: str, post: str) -> KnownPost | None:
        """Read and lock one post by Chorus's own id."""
        query = "SELECT post FROM posts WHERE brand = %s AND post = %s FOR NO KEY UPDATE"
        if self._conn.execute(query, [brand, post]).fetchone() is None:
            return None
        return next(each for _, each in self._known([post]))

    def post_ids(self, brand: str, keys: Sequence[PostKey]) -> dict[PostKey, str]:
        """Read ids by the platform's names."""
        if not keys:
            return {}
        values = [[each.platform for each in keys], [each.id for each in keys], brand]
        return {PostKey(platform, id_): post for platform, id_, post in self._conn.execute(IDS, values)}

    def _known(self, posts: list[str]) -> list[tuple[PostKey, KnownPost]]:
        return [_known_post(row) for row in self._conn.execute(KNOWN, [posts])]

    def buried(self, brand: str, source: str, keys: Sequence[PostKey]) -> set[PostKey]:
        """Tell which of these the source deleted before they were delivered, or were let go of."""
        if not keys:
            return set()
        values = [[each.platform for each in keys], [each.id for each in keys], brand, source, brand]
        return {PostKey(*row) for row in self._conn.execute(BURIED, values)}

    def bury(self, brand: str, source: str, keys: Sequence[PostKey], now: datetime) -> None:
        """Remember that a source deleted posts that are not known."""
        if keys:
            values = [brand, source, now, [each.platform for each in keys], [each.id for each in keys]]
            self._conn.execute(ADD_TOMBSTONES, values)

    def add_posts(self, posts: Sequence[NewPost], now: datetime) -> set[str]:
        """Add posts with all that belongs to them; in the order of their keys, so that batches cannot deadlock."""
        links = [each for each in [current_traceparent()] if each]
        ordered = sorted(posts, key=lambda each: (each.sighting.key.platform, each.sighting.key.id))
        rows = [_post_row(each, now, links) for each in ordered]
        added = {row[0] for row in self._conn.execute(ADD_POSTS, [Jsonb(rows)])}
        mine = [each for each in ordered if each.post in added]
        if mine:
            # One round trip for all that nobody waits for an answer to.
            with self._conn.pipeline():
                self._add_details(mine, now)
        return added

    def _add_details(self, mine: Sequence[NewPost], now: datetime) -> None:
        self._add_accounts(mine[0].brand, [each.sighting.account for each in mine])
        revisions = [_revision_row(each.post, 1, each.sighting, each.media, now) for each in mine]
        self._conn.execute(ADD_REVISIONS, [Jsonb(revisions)])
        self._conn.execute(ADD_SIGHTINGS, [now, [each.post for each in mine], [each.source for each in mine]])
        media = [row for each in mine for row in _new_media_rows(each, now)]
        if media:
            self._conn.execute(ADD_MEDIA, [Jsonb(media)])
        self._conn.execute(COUNT, [mine[0].brand, mine[0].source, now, len(mine), now])

    def _add_accounts(self, brand: str, accounts: Sequence[Account]) -> None:
        by_id = {(each.platform, each.id): each for each in accounts}
        rows = [_account_row(brand, by_id[key]) for key in sorted(by_id)]
        self._conn.execute(ADD_ACCOUNTS, [Jsonb(rows)])

    def add_revision(self, brand: str, revision: NewRevision, now: datetime) -> None:
        """Add a revision, with pending rows for its new pictures."""
        said = revision.sighting
        self._add_accounts(brand, [said.account])
        row = _revision_row(revision.post, revision.revision, said, revision.media, said.edited_at or now)
        self._conn.execute(ADD_REVISIONS, [Jsonb([row])])
        pairs = zip(revision.media, said.pictures, strict=True)
        media = [
            _media_row(brand, revision.post, revision.revision, each, picture, now)
            for each, picture in pairs
            if each in revision.new
        ]
        self._conn.execute(ADD_MEDIA, [Jsonb(media)])
        self._conn.execute(
            EDIT_POST, [revision.revision, said.edited_at, said.permalink, said.account.id, revision.post]
        )

    def add_sighting(self, post: str, source: str, *, tagged: bool, now: datetime) -> None:
        """Remember one more source that reported the post."""
        self._conn.execute(ADD_SIGHTINGS, [now, [post], [source]])
        self._conn.execute("UPDATE posts SET tagged = tagged OR %s WHERE post = %s", [tagged, post])

    def withdraw(self, post: str, now: datetime) -> None:
        """Mark a post as deleted at its source."""
        self._conn.execute("UPDATE posts SET withdrawn_at = %s, next_check_at = NULL WHERE post = %s", [now, post])
        self._conn.execute("UPDATE media SET next_try_at = NULL WHERE post = %s AND state = 'pending'", [post])

    def tell(self, brand: str, post: str, fact: Fact, at: datetime) -> None:
        """Put a fact into the outbox, tied to the post's capture."""
        row = self._conn.execute("SELECT trace_links FROM posts WHERE post = %s", [post]).fetchone()
        links = row[0] if row else []
        facts.emit(self._conn, POST, brand=brand, post=post, fact=wire.fact(fact), at=at, links=links)

    def tell_captured(self, brand: str, captured: Sequence[tuple[str, Captured]], at: datetime) -> None:
        """Put the first facts of posts into the outbox."""
        said = [(post, wire.fact(fact)) for post, fact in captured]
        with self._conn.pipeline():
            emit_first(self._conn, POST, brand=brand, facts=said, at=at)

    def claim_checks(self, source: Source, now: datetime, until: datetime, limit: int) -> list[Check]:
        """Take posts of a source that are due to be asked for."""
        values = [source.brand, source.source, now, limit, until]
        return [
            Check(post, Reference(PostKey(platform, id_), permalink, reference), captured_at, gone_since)
            for post, platform, id_, permalink, reference, captured_at, gone_since in self._conn.execute(
                CLAIM_CHECKS, values
            )
        ]

    def finish_check(self, post: str, next_check_at: datetime, gone_since: datetime | None) -> None:
        """Write when to ask next; a post withdrawn meanwhile is not asked for again."""
        query = "UPDATE posts SET next_check_at = %s, gone_since = %s WHERE post = %s AND withdrawn_at IS NULL"
        self._conn.execute(query, [next_check_at, gone_since, post])

    def check_soon(self, brand: str, source: str, now: datetime, limit: int) -> None:
        """Make the newest posts of a source due to be asked for."""
        self._conn.execute(CHECK_SOON, [now, brand, source, limit])

    def posts(self, brand: str, posts: Sequence[str]) -> list[PostView]:
        """Read posts with all revisions."""
        rows = self._conn.execute(POSTS, [brand, list(posts)]).fetchall()
        revisions = self._conn.execute(REVISIONS, [[row[0] for row in rows]]).fetchall()
        media = self.media(brand, [each for row in revisions for each in row[6]])
        return [_view(row, [each for each in revisions if each[0] == row[0]], media) for row in rows]


def _known_post(row: Sequence[Any]) -> tuple[PostKey, KnownPost]:
    post, brand, source, account, platform, id_, text, revision, edited_at, tagged, withdrawn, sources, *shown = row
    pictures = tuple(KnownPicture(*each) for each in zip(*shown, strict=True))
    known = KnownPost(
        post, brand, source, account, tuple(sources), text, pictures, revision, edited_at, tagged, withdrawn
    )
    return PostKey(platform, id_), known


def _post_row(new: NewPost, now: datetime, links: list[str]) -> dict[str, Any]:
    said = new.sighting
    return {
        "post": new.post,
        "brand": new.brand,
        "source": new.source,
        "connector": new.connector,
        "platform": said.key.platform,
        "platform_post_id": said.key.id,
        "reference": said.reference,
        "account_id": said.account.id,
        "permalink": said.permalink,
        "tagged": said.tagged,
        "posted_at": (said.posted_at or now).isoformat(),
        "edited_at": said.edited_at.isoformat() if said.edited_at else None,
        "captured_at": now.isoformat(),
        "next_check_at": new.next_check_at.isoformat() if new.next_check_at else None,
        "trace_links": links,
    }


def _account_row(brand: str, account: Account) -> dict[str, Any]:
    return {
        "brand": brand,
        "platform": account.platform,
        "id": account.id,
        "handle": account.handle,
        "display_name": account.display_name,
        "url": account.url,
    }


def _revision_row(post: str, revision: int, said: Sighting, media: Sequence[str], at: datetime) -> dict[str, Any]:
    return {
        "post": post,
        "revision": revision,
        "text": said.text,
        "language": said.language,
        "hashtags": list(said.hashtags),
        "at": at.isoformat(),
        "media": list(media),
    }


def _media_row(brand: str, post: str, revision: int, media: str, picture: Picture, now: datetime) -> dict[str, Any]:
    """Describe a picture to come; one without an address is not fetched: its bytes came with the post."""
    return {
        "media": media,
        "brand": brand,
        "post": post,
        "revision": revision,
        "url": picture.url,
        "identity": picture.known_by,
        "alt_text": picture.alt_text,
        "next_try_at": now.isoformat() if picture.url else None,
    }


def _new_media_rows(new: NewPost, now: datetime) -> list[dict[str, Any]]:
    pairs = zip(new.media, new.sighting.pictures, strict=True)
    return [_media_row(new.brand, new.post, 1, media, picture, now) for media, picture in pairs]


def _view(row: Sequence[Any], revisions: Sequence[Sequence[Any]], media: Mapping[str, Media]) -> PostView:
    post, source, connector, platform, id_, permalink, posted_at, captured_at, withdrawn, sources, *account = row
    return PostView(
        post=post,
        source=source,
        connector=connector,
        key=PostKey(platform, id_),
        account=Account(platform, *account),
        permalink=permalink,
        posted_at=posted_at,
        captured_at=captured_at,
        withdrawn=withdrawn,
        sources=tuple(sources),
        revisions=tuple(_revision(each, media) for each in revisions),
    )


def _revision(row: Sequence[Any], media: Mapping[str, Media]) -> RevisionView:
    _, revision, text, language, hashtags, at, ids = row
    return RevisionView(revision, text, language, tuple(hashtags), at, tuple(media[each] for each in ids))
