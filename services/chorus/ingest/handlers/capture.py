"""What sources report becomes posts, revisions, sightings and withdrawals, each exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chorus.ingest.domain import schedule
from chorus.ingest.domain.facts import Captured, Edited, Signals, Withdrawn
from chorus.ingest.domain.media import Media
from chorus.ingest.domain.post import Change, KnownPost, PostKey, Sighting, compare, kept_media
from chorus.ingest.domain.tidy import tidied, tidied_key
from chorus.ingest.ports import NewId, NewPost, NewRevision, Store

Result = Literal["accepted", "edited", "duplicate", "withdrawn", "unknown"]
# Re-checks are spread by the post's id, not by chance: nothing here is random.
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose report it is; `asked_again`: posts of this source are asked for again, to learn of edits and deletions."""

    brand: str
    source: str
    connector: str
    asked_again: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a report; `post` is empty where it was ignored."""

    key: PostKey
    result: Result
    post: str = ""


def capture(
    store: Store, origin: Origin, sightings: Sequence[Sighting], *, now: datetime, new_id: NewId
) -> list[Outcome]:
    """Take reports in; one outcome for each, in their order. Of a post reported twice at once, the last counts."""
    tidy = [tidied(each, now) for each in sightings]
    done = _capture_each(store, origin, {each.key: each for each in tidy}, now, new_id)
    repeats = Counter(each.key for each in tidy)
    return [_outcome_of(done, each.key, repeats) for each in tidy]


def _outcome_of(done: dict[PostKey, Outcome], key: PostKey, repeats: Counter[PostKey]) -> Outcome:
    """Answer for one report; where a post was reported twice at once, all but the last are duplicates."""
    repeats[key] -= 1
    outcome = done[key]
    return outcome if not repeats[key] else Outcome(key, "duplicate", outcome.post)


def _capture_each(
    store: Store, origin: Origin, sightings: dict[PostKey, Sighting], now: datetime, new_id: NewId
) -> dict[PostKey, Outcome]:
    keys = list(sightings)
    known = store.known(origin.brand, keys)
    buried = store.buried(origin.brand, origin.source, [key for key in keys if key not in known])
    fresh = [each for key, each in sightings.items() if key not in known and key not in buried]
    added = _add(store, origin, fresh, now, new_id)
    # Somebody else may have added some of them since `known` was asked: those are repeats after all.
    late = store.known(origin.brand, [each.key for each in fresh if each.key not in added])
    done = {key: Outcome(key, "unknown") for key in buried}
    done |= {key: Outcome(key, "accepted", post) for key, post in added.items()}
    for key, post in (known | late).items():
        done[key] = _repeat(store, origin, post, sightings[key], now=now, new_id=new_id)
    return done


def _add(store: Store, origin: Origin, fresh: Sequence[Sighting], now: datetime, new_id: NewId) -> dict[PostKey, str]:
    """Add posts and tell of them; answers their ids by key, without those that somebody else added meanwhile."""
    if not fresh:
        return {}
    first_check = schedule.next_check(now, now, _HALF) if origin.asked_again else None
    posts = [
        NewPost(
            new_id(),
            origin.brand,
            origin.source,
            origin.connector,
            each,
            tuple(new_id() for _ in each.pictures),
            first_check,
        )
        for each in fresh
    ]
    added = store.add_posts(posts, now)
    mine = [each for each in posts if each.post in added]
    answered = store.post_ids(origin.brand, [each.sighting.in_reply_to for each in mine if each.sighting.in_reply_to])
    store.tell_captured(origin.brand, [(each.post, _captured(each, answered)) for each in mine], now)
    return {each.sighting.key: each.post for each in mine}


def _captured(new: NewPost, answered: Mapping[PostKey, str]) -> Captured:
    said = new.sighting
    in_reply_to = answered.get(said.in_reply_to, "") if said.in_reply_to else ""
    return Captured(new.source, new.connector, said, pending(said, new.media), in_reply_to=in_reply_to)


def pending(sighting: Sighting, media: Sequence[str]) -> tuple[Media, ...]:
    """Describe pictures that are still to come."""
    return tuple(Media(each, picture.alt_text) for each, picture in zip(media, sighting.pictures, strict=True))


def _repeat(
    store: Store, origin: Origin, known: KnownPost, report: Sighting, *, now: datetime, new_id: NewId
) -> Outcome:
    """Take a report of a post that is known: a new sighting, a new revision, or nothing new."""
    if known.withdrawn:
        return Outcome(report.key, "withdrawn", known.post)
    if origin.source not in known.sources or (report.tagged and not known.tagged):
        _add_sighting(store, origin, known, report, now)
    if compare(known, report, origin.source) is Change.NOTHING:
        return Outcome(report.key, "duplicate", known.post)
    edit(store, known, report, now=now, new_id=new_id)
    return Outcome(report.key, "edited", known.post)


def _add_sighting(store: Store, origin: Origin, known: KnownPost, report: Sighting, now: datetime) -> None:
    store.add_sighting(known.post, origin.source, tagged=report.tagged, now=now)
    sources = tuple(dict.fromkeys([*known.sources, origin.source]))
    store.tell(known.brand, known.post, Signals(sources, known.tagged or report.tagged), now)


def edit(store: Store, known: KnownPost, report: Sighting, *, now: datetime, new_id: NewId) -> None:
    """Add a revision: pictures that stay keep their media id, the others get one."""
    kept = kept_media(known, report.pictures)
    media = tuple(kept.get(each.known_by) or new_id() for each in report.pictures)
    number = known.revision + 1
    fresh = frozenset(media) - frozenset(kept.values())
    store.add_revision(known.brand, NewRevision(known.post, number, report, media, fresh), now)
    current = store.media(known.brand, media)
    fact = Edited(
        revision=number,
        text=report.text,
        language=report.language,
        hashtags=report.hashtags,
        edited_at=report.edited_at or now,
        permalink=report.permalink,
        account=report.account,
        media=tuple(current[each] for each in media),
    )
    store.tell(known.brand, known.post, fact, now)


def delete(store: Store, origin: Origin, keys: Sequence[PostKey], *, now: datetime) -> list[Outcome]:
    """Withdraw posts that a source says are deleted, if it reported them first; unknown ones are remembered as deleted.

    A source that saw a post after another did cannot tell whether it still stands where it came from.
    """
    tidy = [tidied_key(key) for key in keys]
    known = store.known(origin.brand, list(dict.fromkeys(tidy)))
    store.bury(origin.brand, origin.source, [key for key in dict.fromkeys(tidy) if key not in known], now)
    for post in known.values():
        if origin.source == post.source:
            withdraw(store, post, now=now)
    return [_deleted(known.get(key), key, origin) for key in tidy]


def _deleted(post: KnownPost | None, key: PostKey, origin: Origin) -> Outcome:
    if post is None or origin.source != post.source:
        return Outcome(key, "unknown")
    return Outcome(key, "withdrawn", post.post)


def withdraw(store: Store, post: KnownPost, *, now: datetime) -> None:
    """Withdraw a post, once."""
    if not post.withdrawn:
        store.withdraw(post.post, now)
        store.tell(post.brand, post.post, Withdrawn(), now)
