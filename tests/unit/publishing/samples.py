"""A post that fits a surface, and everything around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chorus.publishing.domain.delivery import Delivery, DeliveryState, Event
from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.domain.grant import Grant
from chorus.publishing.domain.placement import Placement
from chorus.publishing.domain.post import Account, Media, MediaState, Post, Rendition, Revision
from chorus.publishing.domain.shown import show
from chorus.publishing.domain.surface import Access, Definition, Rule, Surface
from chorus.scope import Scope, Use

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
BRAND, POST, SURFACE = "lumen", "019a8f3c5e2b7c41a6d0e1f2a3b4c5d6", "home-wall"
WEB = Scope(frozenset({Use.WEB}))
SHA = "a" * 64
ENDPOINT = Endpoint("e1", BRAND, "", "https://cms.lumen.example/", "CMS", "sealed", NOW)
PLACED = Delivery(1, "msg_1", "e1", Event.PLACED, SURFACE, "p1", POST, "", NOW, DeliveryState.WAITING, 0, NOW)


def rendition(size: int, kind: str, media: str = "m1") -> Rendition:
    ending = {"image/webp": "webp", "image/jpeg": "jpg"}[kind]
    return Rendition(size, kind, size, size * 3 // 4, f"private/lumen/previews/{media}/{size}.{ending}")


def media(name: str = "m1", sha256: str = SHA, state: MediaState = MediaState.READY) -> Media:
    sizes = [(size, kind) for size in (1080, 640, 320) for kind in ("image/webp", "image/jpeg")]
    ready = state is MediaState.READY
    return Media(
        name,
        state,
        alt_text="A brass lamp",
        sha256=sha256 if ready else "",
        width=4032 if ready else 0,
        height=3024 if ready else 0,
        thumb_hash="PwgKDQCHh4CHd4CAh3eHiAg=" if ready else "",
        colour="#b08850" if ready else "",
        renditions=tuple(rendition(size, kind, name) for size, kind in sizes) if ready else (),
    )


def revision(number: int = 1, text: str = "Blue hour", pictures: tuple[str, ...] = ("m1",)) -> Revision:
    return Revision(
        number,
        text,
        "en",
        ("lumenlight",),
        pictures,
        NOW - 2 * DAY,
        Account("@mira@mastodon.example", "Mira Example", "https://mastodon.example/@mira"),
        "https://mastodon.example/@mira/1",
    )


def post(name: str = POST, *, approved: int | None = 1) -> Post:
    return Post(
        BRAND,
        name,
        platform="mastodon.example",
        posted_at=NOW - 2 * DAY,
        sources=("lamps-on-mastodon",),
        revisions=(revision(),),
        media={"m1": media()},
        approved_revision=approved,
    )


def grant(name: str = "g1", scope: Scope = WEB, until: datetime | None = None) -> Grant:
    return Grant(name, scope, NOW - DAY, until, frozenset({SHA}), "Mira Example")


def definition(rule: Rule = Rule(), scope: Scope = WEB, access: Access = Access.PUBLIC) -> Definition:  # noqa: B008 -- frozen
    return Definition("Wall", "https://lumen.example/", scope, rule, access)


def surface(name: str = SURFACE, rule: Rule = Rule(), scope: Scope = WEB) -> Surface:  # noqa: B008 -- frozen
    return Surface(BRAND, name, definition(rule, scope), f"key-of-{name}", changed_at=NOW)


def placement(name: str = "p1", of: Post | None = None, on: str = SURFACE, by: Grant | None = None) -> Placement:
    shown_post, permission = of or post(), by or grant()
    assert shown_post.approved is not None
    shown = show(shown_post, shown_post.approved, permission)
    return Placement(name, BRAND, on, shown_post.post, shown.revision, permission.grant, shown)


def edited(before: Post, *, text: str = "Blue hour", pictures: tuple[str, ...] = ("m1",)) -> Post:
    number = len(before.revisions) + 1
    return replace(before, revisions=(*before.revisions, revision(number, text, pictures)))
