"""The second half of beginning and ending: what happens once objects are there, or gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chorus.publishing.domain.labels import Labels, copyright_notice, usage_terms
from chorus.publishing.domain.lease import silent
from chorus.publishing.domain.placement import Hold, Placement, State
from chorus.publishing.domain.surface import Surface
from chorus.publishing.ports import Brand, Store


def prefix(public_key: str, placement: str) -> str:
    """Say below which key a placement's renditions lie: theirs alone, so that ending it can end all of them."""
    return f"public/{public_key}/{placement}/"


def labels(placement: Placement, brand: Brand, surface: Surface) -> Labels:
    """Say what is written into a placement's renditions."""
    shown = placement.shown
    # An upload has no address of its own: the brand is where one can ask.
    home = brand.home_page or surface.definition.address
    return Labels(
        creator=shown.author,
        credit=shown.credit,
        copyright_notice=copyright_notice(brand.display_name, shown.author, attested=shown.attested),
        usage_terms=usage_terms(brand.display_name, surface.definition.scope, attested=shown.attested),
        web_statement=shown.url or home,
        licensor_url=shown.author_url or shown.url or home,
    )


def go_live(store: Store, placement_id: str, sizes: Mapping[str, int], *, now: datetime) -> bool:
    """Show a placement whose objects are all there; tells whether it is shown.

    It is not where it ended meanwhile, where its time is over, and where it cannot be known whether it still may be.
    """
    placement = _locked(store, placement_id)
    if placement.state is not State.PLACING or not may_begin(store, placement, now):
        return False
    live = replace(placement, state=State.LIVE, placed_at=now, modified_at=now, shown=placement.shown.with_sizes(sizes))
    version = store.keep_placement(live, now)
    store.record_change(live, "placed", version, now)
    store.say(live, store.post(live.brand, live.post).trace_links, now)
    store.wake()
    return True


def finish(store: Store, placement_id: str, *, now: datetime) -> None:
    """Say that a placement is over, now that its objects are gone."""
    placement = _locked(store, placement_id)
    if placement.state is not State.WITHDRAWING:
        return
    over = replace(placement, state=State.WITHDRAWN)
    version = store.keep_placement(over, now)
    if over.placed_at is not None:
        store.record_change(over, "withdrawn", version, now)
        store.say(over, store.post(over.brand, over.post).trace_links, now)
    store.wake()


def hold(store: Store, placement_id: str, why: Hold, *, now: datetime) -> None:
    """Stop showing a placement for as long as it cannot be known whether it still may be shown."""
    placement = _locked(store, placement_id)
    if placement.state is not State.LIVE:
        return
    held = replace(placement, state=State.HELD, hold=why)
    store.keep_placement(held, now)
    store.say(held, store.post(held.brand, held.post).trace_links, now)
    store.wake()


def release(store: Store, placement_id: str, *, now: datetime) -> None:
    """Show a held placement again, unless a parked fact, or what is not known of rights, still forbids it."""
    placement = _locked(store, placement_id)
    if placement.state is not State.HELD:
        return
    if why := _still_unknown(store, placement):
        store.keep_placement(replace(placement, hold=why), now)
        return
    live = replace(placement, state=State.LIVE, hold=None)
    version = store.keep_placement(live, now)
    if placement.hold is Hold.PARKED:
        # Feeds went on without it: those who copy posts would wait for it in vain.
        store.record_change(live, "updated", version, now)
    store.say(live, store.post(live.brand, live.post).trace_links, now)
    store.wake()


def may_begin(store: Store, placement: Placement, now: datetime) -> bool:
    """Tell whether it is known just now that a placement may be shown. The grace is for what is shown already."""
    until = placement.shown.valid_until
    return (until is None or now < until) and _still_unknown(store, placement) is None


def _locked(store: Store, placement_id: str) -> Placement:
    """Take the post's lock before the placement's, as everybody does."""
    seen = store.placement(placement_id)
    store.lock(seen.brand, seen.post)
    store.stay(seen.brand)
    return store.placement(placement_id)


def _still_unknown(store: Store, placement: Placement) -> Hold | None:
    if store.parked(placement.brand, placement.post):
        return Hold.PARKED
    # That rights answered is not enough: the grant may have come after the question.
    confirmed = store.confirmed_age(placement.brand, placement.post, placement.grant)
    return Hold.LEASE if silent(store.heard_age()) and silent(confirmed) else None
