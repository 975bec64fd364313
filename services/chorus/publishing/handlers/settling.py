"""Bringing what is shown in line with what may be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from chorus.publishing.domain.decision import decide, ending
from chorus.publishing.domain.grant import Grant, GrantState
from chorus.publishing.domain.placement import Ending, Placement, State
from chorus.publishing.domain.plan import Change, End, Start, plan
from chorus.publishing.domain.post import Post
from chorus.publishing.domain.surface import Surface
from chorus.publishing.handlers.takedowns import begin
from chorus.publishing.ports import Store


def settle(
    store: Store, post: Post, *, now: datetime, new_id: Callable[[], str], decided_at: datetime | None = None
) -> None:
    """Begin, change and end the post's placements on all surfaces. The caller holds the post's lock.

    `decided_at` is when that was decided which led to this, where it is known. What a creator or the source ended is
    taken down: that begins with the end itself, whatever becomes of this process.
    """
    store.stay(post.brand)
    placements = store.active(post.brand, post.post)
    if post.approved is None and not placements:
        return
    grants, surfaces = store.grants(post.brand, post.post), store.surfaces(post.brand)
    steps, ended = plan(post, surfaces, grants, placements, now), []
    for step in steps:
        match step:
            case Start():
                store.add_placement(_begun(post, step, new_id()))
            case Change():
                _change(store, step, now)
            case End(placement, why):
                ended.append(end(store, placement, why, now))
    # What is placed anew at once has not left its surface: nobody could certify that it is gone.
    anew = {step.surface for step in steps if isinstance(step, Start)}
    left = [_last_shown(store, each) for each in ended if each.surface not in anew]
    begin(store, left, surfaces, decided_at=decided_at, now=now, new_id=new_id)
    if steps:
        store.wake()


def settle_again(store: Store, brand: str, post: str, *, now: datetime, new_id: Callable[[], str]) -> None:
    """Settle a post because time has passed or a surface changed, not because something was heard of it."""
    store.lock(brand, post)
    for grant in store.grants(brand, post):
        store.keep_grant(brand, post, grant, due(grant, now))
    settle(store, store.post(brand, post), now=now, new_id=new_id)


def end(store: Store, placement: Placement, why: Ending, now: datetime) -> Placement:
    """Stop showing a placement: from the commit on nobody is shown it, and its objects are removed next."""
    gone = replace(placement, state=State.WITHDRAWING, hold=None, ending=why, ended_at=now)
    store.keep_placement(gone, now)
    return gone


def end_unfit(store: Store, surface: Surface, *, now: datetime, new_id: Callable[[], str]) -> None:
    """End at once what no longer fits a surface that is being redefined."""
    for placement in store.active_on(surface.brand, surface.surface):
        grants = store.grants(surface.brand, placement.post)
        fit = decide(store.post(surface.brand, placement.post), surface, grants, now)
        if not fit.ok:
            gone = end(store, placement, ending(fit, _held(grants, placement), now), now)
            # That a surface needs more than was given is the brand's doing here, and no creator's.
            if gone.ending is not Ending.SCOPE:
                begin(store, [gone], [surface], decided_at=None, now=now, new_id=new_id)


def due(grant: Grant, now: datetime) -> datetime | None:
    """Say when the clock alone will next change what a grant permits."""
    if grant.state is not GrantState.ACTIVE:
        return None
    if grant.valid_from > now:
        return grant.valid_from
    return grant.valid_until if grant.valid_until and grant.valid_until > now else None


def _last_shown(store: Store, ended: Placement) -> Placement:
    """Answer what people saw: what ended, or, where nobody had seen that yet, what it had taken the place of."""
    before = store.replaced(ended) if ended.placed_at is None else None
    return replace(before, ending=ended.ending) if before else ended


def _begun(post: Post, step: Start, placement: str) -> Placement:
    return Placement(
        placement=placement,
        brand=post.brand,
        surface=step.surface,
        post=post.post,
        revision=step.shown.revision,
        grant=step.grant,
        shown=step.shown,
        rank=step.rank,
    )


def _change(store: Store, step: Change, now: datetime) -> None:
    shown = step.shown
    changed = replace(
        step.placement, revision=shown.revision, grant=step.grant, shown=shown, rank=step.rank, modified_at=now
    )
    version = store.keep_placement(changed, now)
    if changed.placed_at is not None:
        store.record_change(changed, "updated", version, now)


def _held(grants: Sequence[Grant], placement: Placement) -> Grant | None:
    return next((each for each in grants if each.grant == placement.grant), None)
