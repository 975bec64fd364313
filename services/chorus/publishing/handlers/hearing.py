"""What other rooms say, taken in: the projection first, then what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from chorus.publishing.domain.grant import GrantState
from chorus.publishing.domain.heard import (
    Captured,
    Ended,
    Granted,
    Heard,
    HeardOfRights,
    Narrowed,
    Told,
    apply,
    apply_to,
    linked,
)
from chorus.publishing.domain.placement import Ending
from chorus.publishing.domain.post import Post, Withdrawal
from chorus.publishing.handlers.settling import due, settle
from chorus.publishing.handlers.takedowns import date
from chorus.publishing.ports import Store


def hear(
    store: Store,
    brand: str,
    post_id: str,
    heard: Heard,
    told: Told,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Take in what ingest or curation said about a post; of one that was erased nothing is taken in any more."""
    store.lock(brand, post_id)
    before = store.post(brand, post_id)
    if before.withdrawn is Withdrawal.ERASED:
        return
    after = apply(before, heard, told.links)
    store.keep_post(after)
    if after.approved is not None or before.approved is not None:
        settle(store, after, now=now, new_id=new_id, decided_at=told.decided_at)
    if after.withdrawn is Withdrawal.ERASED:
        store.forget_shown(brand, post_id)


def hear_first(store: Store, captures: Iterable[tuple[str, str, Captured, Sequence[str]]]) -> set[tuple[str, str]]:
    """Take in captures (brand, post, fact, links) of posts of which nothing was heard before; answers of which.

    What `hear` does one by one: a post that was only just captured is not approved, so there is nothing to settle.
    """
    return store.add_posts([apply(Post(brand, post), fact, links) for brand, post, fact, links in captures])


def hear_of_rights(
    store: Store,
    brand: str,
    post_id: str,
    heard: HeardOfRights,
    told: Told,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Take in what rights said about a grant for a post."""
    store.lock(brand, post_id)
    grant = apply_to(store.grants(brand, post_id), heard)
    if grant is None:
        return
    store.keep_grant(brand, post_id, grant, due(grant, now))
    post = store.post(brand, post_id)
    post = replace(post, trace_links=linked(post.trace_links, told.links))
    store.keep_post(post)
    settle(store, post, now=now, new_id=new_id, decided_at=told.decided_at)
    if told.decided_at is not None and not isinstance(heard, Granted):
        date(store, brand, post_id, grant.grant, _cause(heard), told.decided_at)
    if post.withdrawn is Withdrawal.ERASED:
        store.forget_shown(brand, post_id)


def _cause(heard: Narrowed | Ended) -> Ending:
    if isinstance(heard, Narrowed):
        return Ending.SCOPE
    return Ending.EXPIRED if heard.state is GrantState.EXPIRED else Ending.REVOKED
