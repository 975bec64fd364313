"""Who may not be contacted now, and why."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from chorus.rights.domain.contact import Barred, barred
from chorus.rights.domain.post import AccountOf
from chorus.rights.handlers.opting import wishes
from chorus.rights.ports import Store, Vault


def bars(
    store: Store, vault: Vault, brand: str, creators: Collection[AccountOf], now: datetime
) -> dict[AccountOf, Barred]:
    """Tell which of a brand's creators may not be contacted now; those who may are left out."""
    if not creators:
        return {}
    policy, wished = store.contact_policy(brand), wishes(store, vault, creators)
    contacts = store.contacted(creators, policy.since(now))
    found = {each: barred(policy, wished[each], contacts.get(each, ()), now) for each in creators}
    return {each: bar for each, bar in found.items() if bar}
