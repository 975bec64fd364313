"""How a brand keeps in touch with creators."""

from __future__ import annotations

from chorus.rights.domain.contact import ContactPolicy, check_contact_policy
from chorus.rights.ports import Store


def set_contact_policy(store: Store, policy: ContactPolicy) -> ContactPolicy:
    """Set how a brand keeps in touch, from the next question on."""
    check_contact_policy(policy)
    store.save_contact_policy(policy)
    return policy
