"""What handlers need and do not make up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from chorus.rights.ports import Vault


@dataclass(frozen=True, slots=True)
class Means:
    """What keeps addresses sealed, what makes ids and codes, and whether mail can be sent.

    `link_of` is the hash of the link by which one other agrees, by that part's id. Whoever says that a post is theirs
    is answered within `claim_window`.
    """

    vault: Vault
    new_id: Callable[[], str]
    new_code: Callable[[], str]
    link_of: Callable[[str], str]
    mails: bool = False
    claim_window: timedelta = timedelta(hours=72)
