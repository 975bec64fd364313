"""What the clock decides: requests that nobody answered, grants that are over, posts that nobody may use."""

from __future__ import annotations

from datetime import datetime

from chorus.rights.domain.answering import expire
from chorus.rights.domain.asking import lapse
from chorus.rights.domain.retention import forget, unwanted
from chorus.rights.handlers.contacting import remind_by_itself
from chorus.rights.handlers.means import Means
from chorus.rights.ports import Store


def pass_time(store: Store, means: Means, brand: str, post: str, now: datetime) -> None:
    """Close what is over on one post, and remind of what is not.

    Another process may have done so already, and then nothing is done.
    """
    dossier = store.lock(brand, post)
    passed = remind_by_itself(store, means, expire(lapse(dossier, now), now), now)
    if passed != dossier:
        store.save(passed, now)


def let_go(store: Store, brand: str, post: str, now: datetime) -> None:
    """Forget one post where nobody may use it, and nothing follows from what was said about it.

    What has become of it meanwhile decides: it is locked first.
    """
    dossier = store.lock(brand, post)
    consents = store.standing(brand, posts=[post])
    if unwanted(dossier) and not any(each.active for each in consents):
        store.save(forget(dossier), now)
