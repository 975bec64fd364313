"""Whether a post may be on a surface now: the one decision that everything in this room follows.

A post is on a surface only while this revision is approved, granted for that use, and not withdrawn at its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus.publishing.domain.grant import Grant, GrantState
from chorus.publishing.domain.placement import Ending
from chorus.publishing.domain.post import MediaState, Post, Revision, Withdrawal
from chorus.publishing.domain.surface import Surface, belongs
from chorus.publishing.domain.words import day, membership
from chorus.scope import permits, permitting


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold, in a sentence that says whether it does; `ending` is why a placement would end."""

    met: bool
    text: str
    ending: Ending


@dataclass(frozen=True, slots=True)
class Fit:
    """The decision with its reasons. `revision` and `grant` are what would be shown, and by whose leave."""

    conditions: tuple[Condition, ...]
    revision: Revision | None
    grant: Grant | None

    @property
    def ok(self) -> bool:
        """Tell whether the post may be shown."""
        return all(each.met for each in self.conditions)


def decide(post: Post, surface: Surface, grants: Sequence[Grant], now: datetime) -> Fit:
    """Decide whether the post may be on the surface at `now`."""
    grant = permitted_by(post, surface, grants, now)
    conditions = (
        _open(surface),
        _still_there(post),
        _in_rule(post, surface),
        _approved(post),
        _pictures_ready(post),
        _unchanged(post),
        _granted(post, surface, grants, grant, now),
    )
    return Fit(conditions, post.approved, grant)


def ending(fit: Fit, held: Grant | None, now: datetime) -> Ending:
    """Say why a placement ends that no longer fits; `held` is the grant that it was placed under."""
    first = next(each for each in fit.conditions if not each.met)
    if first is not fit.conditions[-1] or held is None:
        return first.ending
    if held.state is GrantState.REVOKED:
        return Ending.REVOKED
    over = held.valid_until is not None and held.valid_until <= now
    return Ending.EXPIRED if over or held.state is GrantState.EXPIRED else first.ending


def permitted_by(post: Post, surface: Surface, grants: Sequence[Grant], now: datetime) -> Grant | None:
    """Choose the grant that permits the approved revision on the surface, the one that lasts longest.

    What the creator gave goes before what the brand attested: where both permit it, it is shown by the creator's word.
    """
    covering = {each.grant: each for each in _covering(post, grants)}
    own = [each.scoped() for each in covering.values() if not each.attested]
    every = [each.scoped() for each in covering.values()]
    use = surface.definition.scope
    chosen = permitting(own, use, now) or permitting(every, use, now)
    return covering[chosen.grant] if chosen else None


def _covering(post: Post, grants: Sequence[Grant]) -> list[Grant]:
    wanted = _hashes(post)
    return [each for each in grants if each.state is GrantState.ACTIVE and each.covers(wanted)]


def _hashes(post: Post) -> list[str]:
    """Name the originals that are to be shown. One whose hash is not known yet is covered by no grant."""
    return [each.sha256 for each in post.media_of(post.approved)] if post.approved else []


def _open(surface: Surface) -> Condition:
    text = "This surface is paused." if surface.paused else "This surface is open."
    return Condition(not surface.paused, text, Ending.SURFACE_CHANGED)


def _still_there(post: Post) -> Condition:
    text = {
        None: "The post is still there at its source.",
        Withdrawal.DELETED_AT_SOURCE: "The post was deleted at its source.",
        Withdrawal.ERASED: "The post was erased on request.",
    }[post.withdrawn]
    return Condition(post.withdrawn is None, text, Ending.SOURCE_DELETED)


def _in_rule(post: Post, surface: Surface) -> Condition:
    fits = belongs(post, surface.definition.rule)
    return Condition(fits, membership(surface.definition.rule, fits=fits), Ending.SURFACE_CHANGED)


def _approved(post: Post) -> Condition:
    if post.approved is None:
        return Condition(met=False, text="No curator has approved it.", ending=Ending.UNAPPROVED)
    newer = post.latest is not None and post.latest.number > post.approved.number
    text = "An earlier version is approved; the edit since is not." if newer else "A curator approved it."
    return Condition(met=True, text=text, ending=Ending.UNAPPROVED)


def _pictures_ready(post: Post) -> Condition:
    states = {each.state for each in post.media_of(post.approved)} if post.approved else set()
    if MediaState.FAILED in states:
        return Condition(met=False, text="A picture could not be fetched.", ending=Ending.EDITED)
    if MediaState.PENDING in states:
        return Condition(met=False, text="A picture is still coming.", ending=Ending.EDITED)
    return Condition(met=True, text="Everything to show is here.", ending=Ending.EDITED)


def _unchanged(post: Post) -> Condition:
    approved, latest = post.approved, post.latest
    gone = set(approved.media) - set(latest.media) if approved and latest else set()
    text = "A picture was changed or removed since it was approved." if gone else "Its pictures are as approved."
    return Condition(not gone, text, Ending.EDITED)


def _granted(post: Post, surface: Surface, grants: Sequence[Grant], chosen: Grant | None, now: datetime) -> Condition:
    if chosen is not None:
        until = f" until {day(chosen.valid_until)}" if chosen.valid_until else ""
        said = "The brand attests that it may be used so" if chosen.attested else "The creator allowed this use"
        return Condition(met=True, text=f"{said}{until}.", ending=Ending.SCOPE)
    active = [each for each in grants if each.state is GrantState.ACTIVE]
    if active and not _covering(post, grants):
        text = f"{_what(active[-1])} is about other pictures."
        return Condition(met=False, text=text, ending=Ending.EDITED)
    if not active and grants:
        return _ended(grants[-1])
    _, why = permits([each.scoped() for each in active], surface.definition.scope, now)
    return Condition(met=False, text=why, ending=Ending.SCOPE)


def _ended(last: Grant) -> Condition:
    if last.state is GrantState.REVOKED:
        # The brand may have ended it itself: on the topic that reads the same.
        text = f"{_what(last)} was taken back." if last.attested else "The creator took the permission back."
        return Condition(met=False, text=text, ending=Ending.REVOKED)
    return Condition(met=False, text=f"{_what(last)} has ended.", ending=Ending.EXPIRED)


def _what(grant: Grant) -> str:
    return "What the brand attested" if grant.attested else "What the creator allowed"
