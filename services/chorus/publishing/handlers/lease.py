"""Keeping to what is known of rights: asking it when it is silent, holding placements when it cannot be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import Ended, Narrowed, Told, apply_to
from chorus.publishing.domain.lease import SILENCE_SECONDS, lost
from chorus.publishing.domain.placement import Hold, Placement, State
from chorus.publishing.handlers.hearing import hear_of_rights
from chorus.publishing.handlers.placing import hold, release
from chorus.publishing.ports import Store

# Placements held or released in one transaction.
BATCH = 100


def hold_or_release(store: Store, *, grace: float, now: datetime) -> bool:
    """Hold or release the next placements by what is known now; tells whether there may be more."""
    return _by_lease(store, grace, now) | _by_parking(store, now)


def no_longer_granted(
    store: Store, brand: str, post: str, grant: str, *, now: datetime, new_id: Callable[[], str]
) -> None:
    """Take a grant for over because rights, asked directly, says so: expired by its own time, else revoked."""
    known = next((each for each in store.grants(brand, post) if each.grant == grant), None)
    expired = known is not None and known.valid_until is not None and known.valid_until <= now
    state = GrantState.EXPIRED if expired else GrantState.REVOKED
    hear_of_rights(store, brand, post, Ended(grant, state), Told(), now=now, new_id=new_id)


def narrowed(store: Store, brand: str, post: str, left: Narrowed, *, now: datetime, new_id: Callable[[], str]) -> None:
    """Take a grant for what rights, asked directly, says is left of it."""
    known = store.grants(brand, post)
    if apply_to(known, left) not in known:
        hear_of_rights(store, brand, post, left, Told(), now=now, new_id=new_id)


def forgotten(store: Store, brand: str, post: str, grant: str, *, now: datetime, new_id: Callable[[], str]) -> None:
    """Take a grant for over that rights, back from a backup, does not know: nobody can say any more what was given.

    One that is not valid yet is in no answer of rights, and stays.
    """
    known = next((each for each in store.grants(brand, post) if each.grant == grant), None)
    if known is not None and known.valid_from <= now:
        no_longer_granted(store, brand, post, grant, now=now, new_id=new_id)


def hold_unconfirmed(store: Store, brand: str, post: str, grant: str, *, now: datetime) -> None:
    """Hold what is shown by a grant that rights, asked directly, neither confirms nor says to be over."""
    store.lock(brand, post)
    for each in store.active(brand, post):
        if each.grant == grant:
            hold(store, each.placement, Hold.LEASE, now=now)


def _by_lease(store: Store, grace: float, now: datetime) -> bool:
    if lost(store.rights_age(), grace):
        return _each(store.in_state(State.LIVE, None, BATCH), lambda each: hold(store, each, Hold.LEASE, now=now))
    return _each(store.held_though_known(SILENCE_SECONDS), lambda each: release(store, each, now=now))


def _by_parking(store: Store, now: datetime) -> bool:
    return _each(store.shown_though_parked(), lambda each: hold(store, each, Hold.PARKED, now=now)) | _each(
        store.held_wrongly(), lambda each: release(store, each, now=now)
    )


def _each(placements: Iterable[Placement], act: Callable[[str], None]) -> bool:
    found = False
    for placement in placements:
        act(placement.placement)
        found = True
    return found
