"""After a restore: what creators ended since the backup is ended again."""

from __future__ import annotations

from datetime import datetime

from chorus.rights.domain.journal import End, end_again
from chorus.rights.ports import Store


def repeat(store: Store, end: End, now: datetime) -> bool:
    """End again what the journal says has ended; tells whether the database had forgotten it."""
    dossier = store.lock(end.brand, end.post)
    ended = end_again(dossier, end)
    if ended == dossier:
        return False
    store.save(ended, now)
    return True
