"""A store in memory, held to the same contract as the real one (tests/contract/test_rights_store.py)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from chorus.rights.domain.board import Column, Filter, Place, place
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Fact
from chorus.rights.domain.following import begun
from chorus.rights.domain.link import Brand, Link
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.post import Account, Post
from chorus.rights.domain.retention import unwanted
from chorus.rights.domain.standing import Ended, StandingConsent
from chorus.rights.domain.template import Template
from chorus.rights.domain.terms import Terms
from chorus.rights.domain.thread import Event, happened, of_standing
from chorus.rights.ports import Row
from chorus.scope import GrantedScope


class FakeStore:
    """Keeps everything in dictionaries; `told` are the facts with their brand and post, in order."""

    def __init__(self) -> None:
        self.dossiers: dict[tuple[str, str], Dossier] = {}
        self.places: dict[tuple[str, str], Place] = {}
        self.brands: dict[str, Brand] = {}
        self.written: dict[tuple[str, str, int, str], tuple[Terms, bool]] = {}
        self.led: dict[tuple[str, str], Link] = {}
        self.nonces: set[str] = set()
        self.policies: dict[str, Policy] = {}
        self.touched: dict[tuple[str, str], datetime] = {}
        self.threads: dict[tuple[str, str], list[Event]] = {}
        self.kept: dict[tuple[str, str], Template] = {}
        self.consents: list[StandingConsent] = []
        self.told: list[tuple[str, str, Fact]] = []

    def lock(self, brand: str, post: str) -> Dossier:
        return self.dossiers.setdefault((brand, post), Dossier(Post(brand, post)))

    def hold(self, posts: Iterable[tuple[str, str]]) -> None:
        """Nobody else is here."""

    def read(self, brand: str, posts: Sequence[str]) -> list[Dossier]:
        found = (self.dossiers.get((brand, post)) for post in posts)
        return [dossier for dossier in found if dossier is not None and dossier.post.known]

    def save(self, dossier: Dossier, now: datetime) -> None:
        key = (dossier.post.brand, dossier.post.post)
        self.told += [(*key, fact) for fact in dossier.facts]
        self.threads[key] = [*self.thread(*key), *happened(self.dossiers[key], dossier, now)]
        self.consents += begun(self.dossiers[key], dossier)
        if dossier.post.erased and not self.dossiers[key].post.erased:
            self._forget_standing(*key, now)
        self.dossiers[key] = Dossier(dossier.post, dossier.requests, dossier.grants)
        self.touched[key] = now
        self.places.pop(key, None)
        if where := place(dossier):
            self.places[key] = where

    def note(self, brand: str, post: str, event: Event) -> None:
        self.threads[brand, post] = [*self.thread(brand, post), event]

    def thread(self, brand: str, post: str) -> list[Event]:
        return self.threads.get((brand, post), [])

    def add(self, posts: Sequence[Post], now: datetime) -> set[tuple[str, str]]:
        new = [each for each in posts if (each.brand, each.post) not in self.dossiers]
        for each in new:
            self.lock(each.brand, each.post)
            self.save(Dossier(each), now)
        return {(each.brand, each.post) for each in new}

    def post_of(self, brand: str, request: str) -> str | None:
        return next((key[1] for key, each in self.dossiers.items() if key[0] == brand and each.request(request)), None)

    def brand(self, brand: str) -> Brand:
        return self.brands.get(brand, Brand(brand, brand))

    def save_brand(self, brand: Brand) -> None:
        self.brands[brand.brand] = brand

    def add_terms(self, terms: Terms, *, entered: bool) -> None:
        key = (terms.brand, terms.terms, terms.version, terms.language)
        self.written.setdefault(key, (terms, entered))

    def lock_terms(self, brand: str, terms: str) -> None:
        """Nobody else is here."""

    def terms(self, brand: str, terms: str = "", version: int = 0, language: str = "") -> Terms | None:
        if not terms:
            originals: dict[tuple[str, int], Terms] = {}
            for text, entered in self.written.values():
                if text.brand == brand and entered:
                    originals.setdefault((text.terms, text.version), text)
            return next(reversed(originals.values()), None)
        named = [text for text, _ in self.written.values() if (text.brand, text.terms) == (brand, terms)]
        found = [text for text in named if version in {0, text.version} and language in {"", text.language}]
        return max(found, key=lambda each: each.version, default=None)

    def texts(self, brand: str, terms: str, version: int) -> list[Terms]:
        entered = (text for text, entered in self.written.values() if entered)
        return [text for text in entered if (text.brand, text.terms, text.version) == (brand, terms, version)]

    def all_terms(self, brand: str) -> list[Terms]:
        versions: dict[tuple[str, int], list[Terms]] = {}
        for text, _ in self.written.values():
            if text.brand == brand:
                versions.setdefault((text.terms, text.version), []).append(text)
        return [text for texts in reversed(versions.values()) for text in texts]

    def add_link(self, link: Link, now: datetime) -> None:
        self.led[link.sha256, link.post] = link

    def links(self, sha256: str) -> list[Link]:
        return [self.led[key] for key in sorted(self.led) if key[0] == sha256]

    def use_nonce(self, nonce: str, now: datetime) -> bool:
        fresh = nonce not in self.nonces
        self.nonces.add(nonce)
        return fresh

    def policy(self, brand: str) -> Policy | None:
        return self.policies.get(brand)

    def save_policy(self, policy: Policy) -> None:
        self.policies[policy.brand] = policy

    def add_template(self, template: Template) -> bool:
        key = (template.brand, template.template)
        return key not in self.kept and self.kept.setdefault(key, template) is template

    def change_template(self, template: Template) -> bool:
        known = (template.brand, template.template) in self.kept
        if known:
            self.kept[template.brand, template.template] = template
        return known

    def remove_template(self, brand: str, template: str) -> bool:
        return self.kept.pop((brand, template), None) is not None

    def templates(self, brand: str, *, after: str, limit: int) -> list[Template]:
        return [self.kept[key] for key in sorted(self.kept) if key[0] == brand and key[1] > after][:limit]

    def page(
        self, brand: str, column: Column, wanted: Filter, *, now: datetime, after: Row | None, limit: int
    ) -> list[Row]:
        rows = [(post, where.at) for post, where in self._cards(brand, wanted) if where.column_now(now) is column]
        rows.sort(key=lambda row: (row[1], row[0]), reverse=True)
        return [row for row in rows if after is None or (row[1], row[0]) < (after[1], after[0])][:limit]

    def counts(self, brand: str, wanted: Filter, now: datetime) -> dict[Column, int]:
        columns = [where.column_now(now) for _, where in self._cards(brand, wanted)]
        return {column: columns.count(column) for column in columns}

    def covering(self, brand: str, account: Account) -> list[StandingConsent]:
        return [each for each in self.consents if each.brand == brand and each.active and each.account.same(account)]

    def standing(self, brand: str, *, requests: Sequence[str] = (), posts: Sequence[str] = ()) -> list[StandingConsent]:
        mine = (each for each in self.consents if each.brand == brand)
        return [each for each in mine if each.request in requests or each.post in posts]

    def hold_standing(self, consents: Sequence[StandingConsent]) -> list[StandingConsent]:
        named = {each.standing for each in consents}
        known = [each for each in self.consents if each.standing in named]
        also = (other for each in known for other in self.covering(each.brand, each.account))
        return list({each.standing: each for each in (*known, *also)}.values())

    def end_standing(self, consent: StandingConsent, now: datetime) -> None:
        self.consents = [consent if each.standing == consent.standing else each for each in self.consents]
        self.note(consent.brand, consent.post, of_standing(consent))

    def lead_on(self, consent: StandingConsent, post: str, now: datetime) -> None:
        own = [each for each in self.led.values() if not each.confirmation]
        for link in own:
            if (link.brand, link.request, link.post) == (consent.brand, consent.request, consent.post):
                self.led.setdefault((link.sha256, post), replace(link, post=post))

    def _forget_standing(self, brand: str, post: str, now: datetime) -> None:
        for each in self.standing(brand, posts=[post]):
            ended = each.end(Ended.ENDED, now)
            forgotten = replace(ended, account=Account(), credit="")
            self.consents = [forgotten if one.standing == each.standing else one for one in self.consents]

    def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        return [key for key, dossier in self.dossiers.items() if self._over(dossier, now)][:limit]

    def untouched(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        quiet = (key for key, dossier in self.dossiers.items() if unwanted(dossier) and self.touched[key] <= before)
        held = {(each.brand, each.post) for each in self.consents if each.active}
        return [key for key in quiet if key not in held][:limit]

    def active(self, grants: Sequence[str], now: datetime) -> list[str]:
        every = [grant for dossier in self.dossiers.values() for grant in dossier.grants]
        return [grant.grant for grant in every if grant.grant in grants and grant.holds(now)]

    def narrowed(self, grants: Sequence[str], now: datetime) -> list[GrantedScope]:
        every = [grant for dossier in self.dossiers.values() for grant in dossier.grants if grant.narrowed]
        return [
            GrantedScope(grant.grant, grant.scope, grant.valid_from, grant.valid_until)
            for grant in every
            if grant.grant in grants and grant.holds(now)
        ]

    def ended(self, grants: Sequence[str], now: datetime) -> list[str]:
        every = [grant for dossier in self.dossiers.values() for grant in dossier.grants]
        over = [grant for grant in every if not grant.active or (grant.valid_until and grant.valid_until <= now)]
        return [grant.grant for grant in over if grant.grant in grants]

    def _cards(self, brand: str, wanted: Filter) -> list[tuple[str, Place]]:
        every = ((post, where) for (owner, post), where in self.places.items() if owner == brand)
        return [(post, where) for post, where in every if _fits(self.dossiers[brand, post], where, wanted)]

    def _over(self, dossier: Dossier, now: datetime) -> bool:
        ended = (each.active and each.valid_until is not None and each.valid_until <= now for each in dossier.grants)
        return any(ended) or (dossier.open is not None and dossier.open.over(now))


def _fits(dossier: Dossier, where: Place, wanted: Filter) -> bool:
    request = dossier.request(where.request)
    grant = next((each for each in dossier.grants if each.grant == where.grant), None)
    about = grant or (request and request.offer)
    by = request.by if request else grant.via.value if grant else ""
    account = dossier.post.account
    called = f"{account.handle} {account.display_name}".lower()
    return (
        (not wanted.uses or bool(about and wanted.uses & about.scope.uses))
        and (not wanted.surface or bool(about and wanted.surface in {each.surface for each in about.surfaces}))
        and (not wanted.asked_by or wanted.asked_by == by)
        and wanted.creator.strip().lower() in called
        and wanted.text.strip().lower() in dossier.post.shown.text.lower()
    )
