"""What rights does when an account that is being asked says something in public."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.post import AccountOf
from chorus.rights.domain.reply import Said, meant
from chorus.rights.ports import Store


def said(store: Store, every: Iterable[Said], now: datetime, *, also: Iterable[tuple[str, str]] = ()) -> None:
    """Note which open questions these posts say yes to: no grant, but a sign to send the link.

    `also` are posts of whom more is to be heard. All are locked in one order: who answers for several at once may hold
    one of them and want another.
    """
    by_account: defaultdict[AccountOf, list[Said]] = defaultdict(list)
    for each in every:
        if each.account.id:
            by_account[AccountOf(each.brand, each.account.platform, each.account.id)].append(each)
    asked = _asked(store, by_account) if by_account else {}
    signs = [
        sign
        for account, dossiers in asked.items()
        for each in by_account[account]
        for sign in _signs(store, each, dossiers)
    ]
    store.hold({*also, *((each.brand, post) for each, post, _ in signs)})
    for each, post, request in signs:
        _note(store, each, post, request, now)


def _asked(store: Store, accounts: Iterable[AccountOf]) -> dict[AccountOf, list[Dossier]]:
    found: defaultdict[AccountOf, list[Dossier]] = defaultdict(list)
    posts: defaultdict[str, list[str]] = defaultdict(list)
    for brand, post in store.asked(list(accounts)):
        posts[brand].append(post)
    for brand, names in posts.items():
        for dossier in store.read(brand, names):
            found[dossier.post.creator].append(dossier)
    return found


def _signs(store: Store, each: Said, asked: list[Dossier]) -> list[tuple[Said, str, str]]:
    """List which questions about which posts somebody meant."""
    hashtag = store.contact_policy(each.brand).sign(store.brand(each.brand))
    named = {request.request: dossier.post.post for dossier in asked for request in dossier.requests}
    return [(each, named[request.request], request.request) for request in meant(each, asked, hashtag)]


def _note(store: Store, each: Said, post: str, request: str, now: datetime) -> None:
    dossier = store.lock(each.brand, post)
    # What was answered meanwhile needs no sign any more.
    if dossier.open and dossier.open.request == request and not dossier.open.said_yes_at:
        # Whatever a platform's clock says: nobody answers before they are asked.
        at = max(each.at, dossier.open.created_at)
        store.save(dossier.with_request(dossier.open.answered_in_public(at, each.post)), now)
