"""What other rooms say about a post, and what a post is after each of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from chorus.publishing.domain.grant import Grant, GrantState
from chorus.publishing.domain.post import Annotation, Media, MediaState, Post, Revision, Withdrawal
from chorus.scope import Scope, common, earlier

# The capture, and the last few triggers: more would only make facts longer.
MOST_LINKS = 8


@dataclass(frozen=True, slots=True)
class Told:
    """How a fact came: with which traceparents, and when its owner decided it. What was asked comes without."""

    links: tuple[str, ...] = ()
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """Ingest saw the post for the first time."""

    source: str
    platform: str
    posted_at: datetime
    revision: Revision
    media: tuple[Media, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """The post changed at its source."""

    revision: Revision
    media: tuple[Media, ...]


@dataclass(frozen=True, slots=True)
class MediaReady:
    """A picture can be shown from now on."""

    media: Media


@dataclass(frozen=True, slots=True)
class MediaFailed:
    """A picture could not be had."""

    media: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The post was deleted at its source, or erased."""

    reason: Withdrawal


@dataclass(frozen=True, slots=True)
class Sighted:
    """All sources that reported the post, the first first."""

    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What the review says now: the approved revision, or None where nothing is approved."""

    approved_revision: int | None


@dataclass(frozen=True, slots=True)
class Annotated:
    """A curator described a picture."""

    media: str
    annotation: Annotation


@dataclass(frozen=True, slots=True)
class Collected:
    """The post is in a collection at this rank; None: no longer."""

    collection: str
    rank: float | None


@dataclass(frozen=True, slots=True)
class Granted:
    """The creator granted something."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A grant permits less from now on."""

    grant: str
    scope: Scope
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A grant permits nothing any more."""

    grant: str
    state: GrantState


Heard = Captured | Edited | MediaReady | MediaFailed | Gone | Sighted | Reviewed | Annotated | Collected
HeardOfRights = Granted | Narrowed | Ended


def apply(post: Post, heard: Heard, links: Sequence[str] = ()) -> Post:  # noqa: PLR0911 -- one line for each fact
    """Say what the post is after it; `links` are the traceparents that came with the fact."""
    post = replace(post, trace_links=linked(post.trace_links, links))
    match heard:
        case Captured():
            return _captured(post, heard)
        case Edited():
            return _edited(post, heard)
        case MediaReady(media):
            return replace(post, media={**post.media, media.media: media})
        case MediaFailed(media):
            failed = replace(post.media.get(media, Media(media)), state=MediaState.FAILED)
            return replace(post, media={**post.media, media: failed})
        case Gone(reason):
            return replace(_let_go(post) if reason is Withdrawal.ERASED else post, withdrawn=reason)
        case Sighted(sources):
            return replace(post, sources=sources)
        case Reviewed(revision):
            return replace(post, approved_revision=revision)
        case Annotated(media, annotation):
            return replace(post, annotations={**post.annotations, media: annotation})
        case Collected():
            return _collected(post, heard)
        case _:
            assert_never(heard)


def apply_to(grants: Iterable[Grant], heard: HeardOfRights) -> Grant | None:
    """Say what the grant is after it that was spoken of; None for one never heard of, which permits nothing anyway."""
    name = heard.grant.grant if isinstance(heard, Granted) else heard.grant
    known = next((each for each in grants if each.grant == name), None)
    if isinstance(heard, Granted):
        # Heard again, it neither begins anew nor permits again what was taken from it.
        return known or heard.grant
    if known is None:
        return None
    return _narrowed(known, heard) if isinstance(heard, Narrowed) else replace(known, state=heard.state)


def _narrowed(known: Grant, heard: Narrowed) -> Grant:
    """Take away what is not permitted any more. What rights was asked comes again later, and must give nothing back."""
    end = earlier(known.valid_until, heard.valid_until)
    return replace(known, scope=common(known.scope, heard.scope), valid_until=end)


def linked(known: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    """Join traces, each once, the capture kept first and the newest last."""
    every = list(dict.fromkeys([*known, *more]))
    return tuple(every if len(every) <= MOST_LINKS else [every[0], *every[1 - MOST_LINKS :]])


def _let_go(post: Post) -> Post:
    """Drop what the post said and showed."""
    revisions = (Revision(each.number, "", "", (), each.media, each.at) for each in post.revisions)
    return replace(post, revisions=tuple(revisions), media={name: Media(name) for name in post.media}, annotations={})


def _captured(post: Post, heard: Captured) -> Post:
    if post.captured:
        return post
    return replace(
        post,
        platform=heard.platform,
        posted_at=heard.posted_at,
        sources=(heard.source,),
        revisions=(heard.revision,),
        media={each.media: each for each in heard.media},
    )


def _edited(post: Post, heard: Edited) -> Post:
    return replace(
        post,
        revisions=(*(each for each in post.revisions if each.number != heard.revision.number), heard.revision),
        media={**post.media, **{each.media: _kept(post, each) for each in heard.media}},
    )


def _kept(post: Post, media: Media) -> Media:
    """Keep what is known of a picture that the edit only names: an id seen before is the same picture."""
    known = post.media.get(media.media)
    return known if known and known.state is MediaState.READY else media


def _collected(post: Post, heard: Collected) -> Post:
    others = {name: rank for name, rank in post.collections.items() if name != heard.collection}
    return replace(post, collections=others if heard.rank is None else {**others, heard.collection: heard.rank})
