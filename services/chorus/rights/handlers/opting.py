"""What a creator says about being asked: by the link of a question, or by one that does nothing else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Invalid
from chorus.rights.domain.address import Address
from chorus.rights.domain.link import Brand
from chorus.rights.domain.opting import EVERY_BRAND, StopLink, Wish, prints_of, turned, wish_of
from chorus.rights.domain.post import AccountOf
from chorus.rights.handlers.answering import own_links, unknown_link
from chorus.rights.ports import Store, Vault


@dataclass(frozen=True, slots=True)
class Choice:
    """Who may ask, as a link's page shows it."""

    brand: Brand
    wish: Wish


def see(store: Store, vault: Vault, sha256: str) -> Choice:
    """Tell what the holder of a link has said. Changes nothing."""
    holder = _holder(store, vault, sha256)
    return Choice(store.brand(holder.brand), _wish(store, holder))


def choose(store: Store, vault: Vault, sha256: str, wish: Wish, now: datetime) -> Choice:
    """Keep what the holder of a link says; again is the same."""
    holder = _holder(store, vault, sha256)
    for turn in turned(wish, holder.brand, holder.prints, _found(store, holder), now):
        store.turn(turn)
    return Choice(store.brand(holder.brand), wish)


def wishes(store: Store, vault: Vault, creators: Collection[AccountOf]) -> dict[AccountOf, Wish]:
    """Tell what these creators have said of their brands, by their accounts and by their addresses that are known."""
    keys, addresses = store.opt_out_keys(), store.addresses(creators)
    prints = {each: prints_of(keys, each, opened(vault, addresses.get(each))) for each in creators}
    brands = {EVERY_BRAND, *(each.brand for each in creators)}
    found = store.opted_out(brands, {each for some in prints.values() for each in some})
    return {each: wish_of(each.brand, (pair for pair in found if pair[1] in prints[each])) for each in creators}


def holder_of(store: Store, vault: Vault, creator: AccountOf, sha256: str) -> StopLink:
    """Make the link by which a creator says whether to be asked; nothing in it tells who that is."""
    email = opened(vault, store.address(creator))
    return StopLink(sha256, creator.brand, prints_of(store.opt_out_keys(), creator, email))


def opened(vault: Vault, address: Address | None) -> str:
    """Read an address; empty where there is none, or none that any key of ours opens."""
    try:
        return vault.decrypt(address.sealed) if address else ""
    except Invalid:
        return ""


def _holder(store: Store, vault: Vault, sha256: str) -> StopLink:
    if stop := store.stop_link(sha256):
        return stop
    links = own_links(store, sha256)
    dossiers = store.read(links[0].brand, [link.post for link in links])
    # Whose a post was is not known any more once it is erased.
    found = next((each for each in dossiers if not each.post.erased), None)
    if found is None:
        raise unknown_link()
    return holder_of(store, vault, found.post.creator, sha256)


def _wish(store: Store, holder: StopLink) -> Wish:
    return wish_of(holder.brand, _found(store, holder))


def _found(store: Store, holder: StopLink) -> set[tuple[str, str]]:
    return store.opted_out({holder.brand, EVERY_BRAND}, holder.prints)
