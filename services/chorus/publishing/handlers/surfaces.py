"""What admins and curators do with surfaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from chorus.errors import Conflict, Invalid
from chorus.publishing.domain.placement import Ending
from chorus.publishing.domain.surface import Access, Definition, Surface, violations
from chorus.publishing.handlers.settling import end_unfit
from chorus.publishing.ports import Store


def create(
    store: Store,
    brand: str,
    surface: str,
    definition: Definition,
    *,
    public_key: str,
    key_sha256: str,
    now: datetime,
) -> Surface:
    """Add a surface; posts that fit are placed soon. Raises `Invalid`, `Conflict`."""
    _check(surface, definition)
    store.redefine(brand)
    made = Surface(
        brand,
        surface,
        definition,
        public_key,
        key_sha256=key_sha256 if definition.access is Access.KEY else "",
        changed_at=now,
    )
    store.add_surface(made)
    store.begin_walk(brand, surface)
    store.wake()
    return made


def update(
    store: Store, brand: str, surface: str, definition: Definition, *, now: datetime, new_id: Callable[[], str]
) -> Surface:
    """Define a surface anew: what no longer fits ends now, what fits is placed soon. `Invalid`, `NotFound`."""
    _check(surface, definition)
    store.redefine(brand)
    changed = replace(store.surface(brand, surface), definition=definition)
    store.keep_surface(changed, now)
    end_unfit(store, changed, now=now, new_id=new_id)
    store.begin_walk(brand, surface)
    store.wake()
    return store.surface(brand, surface)


def pause(store: Store, brand: str, surface: str, *, now: datetime) -> Surface:
    """End every placement of a surface, and begin none until it is resumed. Raises `NotFound`."""
    store.redefine(brand)
    store.keep_surface(replace(store.surface(brand, surface), paused=True), now)
    store.end_all(brand, surface, Ending.SURFACE_CHANGED, now)
    store.wake()
    return store.surface(brand, surface)


def resume(store: Store, brand: str, surface: str, *, now: datetime) -> Surface:
    """Open a surface again: what fits is placed soon. Raises `NotFound`."""
    store.redefine(brand)
    store.keep_surface(replace(store.surface(brand, surface), paused=False), now)
    store.begin_walk(brand, surface)
    store.wake()
    return store.surface(brand, surface)


def rotate_key(store: Store, brand: str, surface: str, *, key_sha256: str, now: datetime) -> Surface:
    """Give a surface another key. Raises `NotFound`, `Conflict` where it is public."""
    store.redefine(brand)
    found = store.surface(brand, surface)
    if found.definition.access is not Access.KEY:
        message = "This surface is public: it has no key."
        raise Conflict(message, reason="SURFACE_IS_PUBLIC")
    store.keep_surface(replace(found, key_sha256=key_sha256), now)
    store.wake()
    return store.surface(brand, surface)


def _check(surface: str, definition: Definition) -> None:
    if wrong := violations(surface, definition):
        message = "The surface cannot be like this: see the fields."
        raise Invalid(message, fields=wrong)
