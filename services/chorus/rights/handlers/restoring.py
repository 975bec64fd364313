"""After a restore: what creators ended since the backup is ended again."""

from __future__ import annotations

from datetime import datetime

from chorus.rights.domain.journal import End, EndKind, end_again
from chorus.rights.domain.standing import Ending
from chorus.rights.handlers.standing import end as end_standing
from chorus.rights.ports import Store

_STANDING = {EndKind.STANDING_ENDED: Ending.ENDED, EndKind.TAKEN_BACK: Ending.TAKEN_BACK}


def repeat(store: Store, end: End, now: datetime) -> bool:
    """End again what the journal says has ended; tells whether the database had forgotten it."""
    if how := _STANDING.get(end.kind):
        given = [each for each in store.standing(end.brand, posts=[end.post]) if each.standing == end.subject]
        return end_standing(store, given, how, end.at, by="creator", others=False)
    dossier = store.lock(end.brand, end.post)
    ended = end_again(dossier, end)
    if ended == dossier:
        return False
    store.save(ended, now)
    return True
