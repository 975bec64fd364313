"""Surfaces, placements and explanations in protobuf."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime

from chorus.api.publishing.v1 import publishing_pb2 as pb
from chorus.api.types.v1 import scope_pb2
from chorus.errors import Invalid
from chorus.platform.facts import timestamp
from chorus.publishing.adapters import wire
from chorus.publishing.domain.decision import Fit
from chorus.publishing.domain.feed import is_web, largest_jpeg, smallest_jpeg
from chorus.publishing.domain.placement import Placement, State
from chorus.publishing.domain.shown import ShownMedia
from chorus.publishing.domain.surface import Access, Definition, Rule, Surface
from chorus.publishing.domain.words import rule_text

_ACCESS = {pb.SURFACE_ACCESS_PUBLIC: Access.PUBLIC, pb.SURFACE_ACCESS_KEY: Access.KEY}


def definition(request: pb.CreateSurfaceRequest | pb.UpdateSurfaceRequest) -> Definition:
    """Read what an admin says about a surface. Raises `Invalid` for a use or an access that is not known here."""
    wrong = {}
    if request.access not in _ACCESS:
        wrong["access"] = "Say whether everybody may read it (public) or whoever has its key (key)."
    if any(use == scope_pb2.USE_UNSPECIFIED or use not in scope_pb2.Use.values() for use in request.scope.uses):
        wrong["scope.uses"] = "Name uses that there are: web, social, email, ads, in_store, print."
    if wrong:
        message = "The surface cannot be like this: see the fields."
        raise Invalid(message, fields=wrong)
    return Definition(
        title=request.title.strip(),
        address=request.address.strip(),
        scope=wire.scope(request.scope),
        rule=_rule(request.rule),
        access=_ACCESS[request.access],
    )


def surface(found: Surface, live: int, public_url: str) -> pb.Surface:
    """Write a surface with the addresses that it is read at."""
    base = f"{public_url}/v1/{found.brand}/surfaces/{found.surface}"
    defined = found.definition
    message = pb.Surface(
        brand=found.brand,
        surface=found.surface,
        title=defined.title,
        address=defined.address,
        scope=wire.scope_message(defined.scope),
        rule=_rule_message(defined.rule),
        rule_text=rule_text(defined.rule),
        access=next(number for number, access in _ACCESS.items() if access is defined.access),
        paused=found.paused,
        live=live,
        feed_json_url=f"{base}/feed.json",
        feed_atom_url=f"{base}/feed.atom",
        changes_url=f"{base}/changes",
        snippet=_snippet(found, base, public_url),
    )
    if found.changed_at is not None:
        message.changed_at.CopyFrom(timestamp(found.changed_at))
    return message


def placement(found: Placement, where: Surface, public_url: str) -> pb.Placement:
    """Write a placement, with the address of its thumbnail while it is shown."""
    message = pb.Placement(
        placement=found.placement,
        brand=found.brand,
        surface=found.surface,
        post=found.post,
        revision=found.revision,
        state=pb.PlacementState.Value(f"PLACEMENT_STATE_{found.state.name}"),
        grant=found.grant,
        reason=found.ending or "",
        surface_title=where.definition.title,
        surface_address=where.definition.address,
        thumbnail_url=_thumbnail(found, where, public_url),
    )
    _set(message, "placed_at", found.placed_at)
    _set(message, "ended_at", found.ended_at)
    return message


def public_item(found: Placement, where: Surface, public_url: str) -> pb.PublicItem:
    """Write what everybody sees of a placement."""
    shown, base = found.shown, f"{public_url}/media/{where.public_key}/{found.placement}/"
    return pb.PublicItem(
        placement=found.placement,
        post=found.post,
        text=shown.text,
        language=shown.language,
        credit=shown.credit,
        url=shown.url if is_web(shown.url) else "",
        surface_title=where.definition.title,
        surface_address=where.definition.address,
        pictures=[picture for each in shown.media for picture in _public_pictures(each, base)],
    )


def explanation(where: Surface, fit: Fit, *, here: bool) -> pb.Explanation:
    """Write why a post is on a surface, or is not."""
    return pb.Explanation(
        surface=where.surface,
        title=where.definition.title,
        here=here,
        conditions=[pb.Condition(met=each.met, text=each.text) for each in fit.conditions],
    )


def states(asked: Sequence[int]) -> list[State]:
    """Read the states to list. Raises `Invalid` for one that there is not."""
    names: dict[int, State] = {int(pb.PlacementState.Value(f"PLACEMENT_STATE_{state.name}")): state for state in State}
    if any(each not in names for each in asked):
        message = "There is no such state of a placement."
        raise Invalid(message, fields={"states": message})
    return [names[each] for each in asked] or list(State)


def _rule(said: pb.Rule) -> Rule:
    return Rule(
        collection=said.collection,
        sources=tuple(said.sources),
        platforms=tuple(said.platforms),
        has_media=said.has_media if said.HasField("has_media") else None,
        hashtags=tuple(said.hashtags),
    )


def _rule_message(rule: Rule) -> pb.Rule:
    message = pb.Rule(
        collection=rule.collection, sources=rule.sources, platforms=rule.platforms, hashtags=rule.hashtags
    )
    if rule.has_media is not None:
        message.has_media = rule.has_media
    return message


def _snippet(found: Surface, base: str, public_url: str) -> str:
    key = ' key="YOUR KEY"' if found.definition.access is Access.KEY else ""
    heading = html.escape(found.definition.title)
    return (
        f'<script src="{public_url}/gallery/chorus-gallery.js" defer></script>\n'
        f'<chorus-gallery src="{base}/feed.json" heading="{heading}"{key}></chorus-gallery>'
    )


def _thumbnail(found: Placement, where: Surface, public_url: str) -> str:
    if found.state is not State.LIVE or not found.shown.media:
        return ""
    file = smallest_jpeg(found.shown.media[0])
    return f"{public_url}/media/{where.public_key}/{found.placement}/{file.file}" if file else ""


def _public_pictures(media: ShownMedia, base: str) -> list[pb.PublicPicture]:
    large, small = largest_jpeg(media), smallest_jpeg(media)
    if large is None or small is None:
        return []
    size = {"width": large.width, "height": large.height}
    return [pb.PublicPicture(url=base + large.file, thumbnail_url=base + small.file, alt_text=media.alt_text, **size)]


def _set(message: pb.Placement, field: str, at: datetime | None) -> None:
    if at is not None:
        getattr(message, field).CopyFrom(timestamp(at))
