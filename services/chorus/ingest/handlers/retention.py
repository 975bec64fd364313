"""Letting go: of what nobody may use, as rights says, and of what is withdrawn for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from chorus.ingest.domain.facts import Withdrawn
from chorus.ingest.ports import Store

# Whoever withdrew a post has ended every use of it. A day is for people who wonder what they have just seen.
WITHDRAWN_KEPT = timedelta(days=1)


def forget(store: Store, brand: str, post: str, *, now: datetime) -> None:
    """Let go of all that a post said and showed, and tell everybody to; again is the same.

    What remains cannot be read: that there was a post, by its id here, and that its like is not to be taken in again.
    """
    known = store.known_by_id(brand, post)
    if known is not None and store.forget_post(brand, post, now):
        store.tell(brand, post, Withdrawn(erased=True), now)


def forget_withdrawn(store: Store, *, now: datetime, limit: int) -> int:
    """Let go of posts that were withdrawn some time ago; answers how many there were."""
    found = store.long_withdrawn(now - WITHDRAWN_KEPT, limit)
    for brand, post in found:
        forget(store, brand, post, now=now)
    return len(found)
