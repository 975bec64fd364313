"""What the clock decides: requests that nobody answered, and grants whose time is over."""

from __future__ import annotations

from datetime import datetime

from chorus.rights.domain.answering import expire
from chorus.rights.domain.asking import lapse
from chorus.rights.ports import Store


def pass_time(store: Store, brand: str, post: str, now: datetime) -> None:
    """Close what is over on one post; another process may have done so already, and then nothing is done."""
    dossier = store.lock(brand, post)
    passed = expire(lapse(dossier, now), now)
    if passed != dossier:
        store.save(passed, now)
