"""What rights does when an account that is being asked says something in public."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.post import AccountOf
from chorus.rights.domain.reply import Said, meant
from chorus.rights.ports import Store


def said(store: Store, every: Iterable[Said], now: datetime) -> None:
    """Note which open questions these posts say yes to: no grant, but a sign to send the link."""
    by_account: defaultdict[AccountOf, list[Said]] = defaultdict(list)
    for each in every:
        if each.account.id:
            by_account[AccountOf(each.brand, each.account.platform, each.account.id)].append(each)
    asked = _asked(store, by_account) if by_account else {}
    for account, dossiers in asked.items():
        for each in by_account[account]:
            _note(store, each, dossiers, now)


def _asked(store: Store, accounts: Iterable[AccountOf]) -> dict[AccountOf, list[Dossier]]:
    found: defaultdict[AccountOf, list[Dossier]] = defaultdict(list)
    posts: defaultdict[str, list[str]] = defaultdict(list)
    for brand, post in store.asked(list(accounts)):
        posts[brand].append(post)
    for brand, names in posts.items():
        for dossier in store.read(brand, names):
            found[dossier.post.creator].append(dossier)
    return found


def _note(store: Store, each: Said, asked: list[Dossier], now: datetime) -> None:
    hashtag = store.contact_policy(each.brand).sign(store.brand(each.brand))
    for request in list(meant(each, asked, hashtag)):
        post = store.post_of(each.brand, request.request)
        dossier = store.lock(each.brand, post) if post else None
        # What was answered meanwhile needs no sign any more.
        if dossier and dossier.open and dossier.open.request == request.request and not dossier.open.said_yes_at:
            # Whatever a platform's clock says: nobody answers before they are asked.
            at = max(each.at, dossier.open.created_at)
            store.save(dossier.with_request(dossier.open.answered_in_public(at, each.post)), now)
