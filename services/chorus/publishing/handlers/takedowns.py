"""Take-downs: begun by the end of what was shown, looked at until everything confirms it, and certified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.domain.placement import Ending, Placement
from chorus.publishing.domain.surface import Surface
from chorus.publishing.domain.takedown import Look, Takedown, begun
from chorus.publishing.ports import Store, Takedowns


def begin(
    store: Store,
    ended: Iterable[Placement],
    surfaces: Iterable[Surface],
    *,
    decided_at: datetime | None,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Begin to take down what has just ended of a post, for a creator's or its source's reasons."""
    by_name = {each.surface: each for each in surfaces}
    for takedown in begun(ended, by_name, decided_at=decided_at, now=now, new_id=new_id):
        consumers = store.consumers([each.placement for each in takedown.places])
        store.add_takedown(replace(takedown, consumers=tuple(consumers)))


def date(store: Takedowns, brand: str, post: str, grant: str, cause: Ending, decided_at: datetime) -> None:
    """Note when, and as what, that was decided of which rights, when it was asked, had told only that it is so.

    That a grant is over is all that the answer says: taken back, it seemed, where by the clock here it had not run out.
    """
    asked = Ending.SCOPE if cause is Ending.SCOPE else Ending.REVOKED
    for takedown in store.undated_takedowns(brand, post):
        if takedown.cause is asked and grant in {each.grant for each in takedown.places}:
            store.keep_takedown(replace(takedown, cause=cause, decided_at=decided_at))


def hurry(store: Takedowns, endpoint: Endpoint, delivery: str, now: datetime) -> None:
    """Have what waited for a delivery looked at now, since it was taken there; before the bound nothing is."""
    for takedown in store.awaiting(delivery):
        named = takedown.moved(endpoint.endpoint, endpoint.host)
        store.keep_takedown(replace(named, next_look_at=now) if takedown.looks else named)


def put_off(store: Takedowns, takedown: str, until: datetime) -> None:
    """Have a take-down that could not be looked at wait, so that no number of these keeps others from their turn."""
    store.keep_takedown(replace(store.takedown(takedown), next_look_at=until))


def look(
    store: Takedowns,
    takedown: str,
    found: Mapping[str, Sequence[Look]],
    certificate: Callable[[Takedown], str],
    *,
    now: datetime,
) -> Takedown:
    """Note what was found of a take-down's open places, and issue its certificate where one is due.

    `certificate` words and signs what is then so; its number is `issues`. Answers what the take-down is now.
    """
    before = store.takedown(takedown)
    if before.settled:
        return before
    after = before.looked(found, store.taken(before.awaited), now)
    if after.to_certify:
        after = replace(after, issues=after.issues + 1)
        store.add_certificate(after, certificate(after), now)
    store.keep_takedown(after)
    return after
