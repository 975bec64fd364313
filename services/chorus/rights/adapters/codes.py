"""What is made by chance, or with the installation's key, to contact creators."""

from __future__ import annotations

import secrets

from chorus.platform.ids import new_id
from chorus.platform.secrets import Vault
from chorus.rights.adapters.confirm_links import ConfirmLinks
from chorus.rights.domain.reply import CODE_LENGTH, LETTERS, spaced
from chorus.rights.handlers.means import Means


def means(vault: Vault, links: ConfirmLinks, *, mails: bool) -> Means:
    """Put together with what creators are contacted; `mails`: whether e-mail can be sent."""
    return Means(vault, new_id, new_code, links.sha256, mails)


def new_code() -> str:
    """Make a code: "7KQ-F2M"."""
    return spaced("".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH)))
