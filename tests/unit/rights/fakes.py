"""A store in memory, held to the same contract as the real one (tests/contract/test_rights_store.py)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from chorus.rights.domain.address import Address
from chorus.rights.domain.board import Column, Filter, Place, place
from chorus.rights.domain.claim import Saying
from chorus.rights.domain.contact import ContactPolicy
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.facts import Erased, Fact
from chorus.rights.domain.following import begun
from chorus.rights.domain.link import Brand, Link
from chorus.rights.domain.opting import StopLink, Turn
from chorus.rights.domain.outgoing import Mail
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.post import Account, AccountOf, Post
from chorus.rights.domain.retention import unwanted
from chorus.rights.domain.standing import Ending, StandingConsent
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
        self.proofs: dict[tuple[str, str], bytes] = {}
        self.contact_policies: dict[str, ContactPolicy] = {}
        self.where: dict[AccountOf, Address] = {}
        self.contacts: list[tuple[AccountOf, str, str, datetime]] = []
        self.by_link: dict[tuple[AccountOf, str], datetime] = {}
        self.queued: dict[str, Mail] = {}
        self.opt_outs: set[tuple[str, str]] = set()
        self.stop_links: dict[str, StopLink] = {}
        # With the post and the claim that they are about, and until when they are kept.
        self.said: list[tuple[str, str, str, Saying, datetime | None]] = []
        self.links_mailed: list[tuple[AccountOf, str, datetime]] = []

    def contact_policy(self, brand: str) -> ContactPolicy:
        return self.contact_policies.get(brand, ContactPolicy(brand))

    def save_contact_policy(self, policy: ContactPolicy) -> None:
        self.contact_policies[policy.brand] = policy

    def address(self, creator: AccountOf) -> Address | None:
        return self.where.get(creator)

    def addresses(self, creators: Collection[AccountOf]) -> dict[AccountOf, Address]:
        return {each: self.where[each] for each in creators if each in self.where}

    def save_address(self, creator: AccountOf, address: Address) -> None:
        self.where[creator] = address

    def lock_contacts(self, creator: AccountOf) -> None:
        """Nobody else is here."""

    def contacted(self, creators: Collection[AccountOf], since: datetime) -> dict[AccountOf, list[datetime]]:
        found: defaultdict[AccountOf, dict[str, datetime]] = defaultdict(dict)
        for creator, _, contact, at in sorted(self.contacts, key=lambda each: each[-1]):
            if creator in creators and at > since:
                found[creator].setdefault(contact, at)
        return {each: sorted(moments.values()) for each, moments in found.items()}

    def add_contact(self, creator: AccountOf, post: str, contact: str, at: datetime, *, by_link: bool = False) -> None:
        self.contacts.append((creator, post, contact, at))
        if by_link:
            self.by_link.setdefault((creator, contact), at)

    def link_contact(self, creator: AccountOf, since: datetime) -> str:
        found = [(at, contact) for (whose, contact), at in self.by_link.items() if whose == creator and at > since]
        return max(found, default=(since, ""))[1]

    def queue(self, mail: Mail) -> None:
        self.queued[mail.mail] = mail

    def due_mail(self, now: datetime) -> Mail | None:
        due = [mail for mail in self.queued.values() if mail.next_try_at <= now]
        return min(due, key=lambda mail: (mail.next_try_at, mail.mail), default=None)

    def mails(self, creators: Collection[AccountOf]) -> list[Mail]:
        found = [mail for mail in self.queued.values() if mail.creator in creators]
        return sorted(found, key=lambda mail: (mail.due_at, mail.mail))

    def keep_mail(self, mail: Mail) -> None:
        if mail.mail in self.queued:
            self.queued[mail.mail] = mail

    def drop_mail(self, mail: str) -> None:
        self.queued.pop(mail, None)

    def opt_out_keys(self) -> list[bytes]:
        return [b"a key of this test only"]

    def opted_out(self, brands: Collection[str], prints: Collection[str]) -> set[tuple[str, str]]:
        return {pair for pair in self.opt_outs if pair[0] in brands and pair[1] in prints}

    def turn(self, turn: Turn) -> None:
        change = self.opt_outs.add if turn.out else self.opt_outs.discard
        change((turn.brand, turn.print))

    def add_stop_link(self, link: StopLink, now: datetime) -> None:
        self.stop_links[link.sha256] = link

    def stop_link(self, sha256: str) -> StopLink | None:
        return self.stop_links.get(sha256)

    def _forget_contacts(self, creator: AccountOf, post: str, *, wanted: bool) -> None:
        self.queued = {
            name: mail for name, mail in self.queued.items() if (mail.creator.brand, mail.post) != (creator.brand, post)
        }
        self.contacts = [each for each in self.contacts if (each[0].brand, each[1]) != (creator.brand, post)]
        key = (creator.brand, post)
        self.threads[key] = [replace(event, detail="") for event in self.thread(*key)]
        if wanted or not any(each[0] == creator for each in self.contacts):
            self.where.pop(creator, None)

    def add_saying(self, brand: str, post: str, claim: str, saying: Saying) -> None:
        self.said.append((brand, post, claim, saying, None))

    def sayings(self, brand: str, claim: str) -> list[Saying]:
        found = [saying for owner, _, named, saying, _ in self.said if (owner, named) == (brand, claim)]
        return sorted(found, key=lambda each: (each.at, each.saying))

    def keep_sayings(self, brand: str, claim: str, until: datetime | None) -> None:
        self.said = [(*each[:4], until if (each[0], each[2]) == (brand, claim) else each[4]) for each in self.said]

    def add_mailed(self, creator: AccountOf, post: str, at: datetime) -> None:
        self.links_mailed.append((creator, post, at))

    def mailed(self, creator: AccountOf, since: datetime) -> list[str]:
        found = sorted((at, post) for known, post, at in self.links_mailed if known == creator and at > since)
        return [post for _, post in found]

    def forget_claims(self, now: datetime, mailed_before: datetime) -> None:
        self.said = [each for each in self.said if each[4] is None or each[4] > now]
        self.links_mailed = [each for each in self.links_mailed if each[2] > mailed_before]

    def _forget_sayings(self, brand: str, post: str) -> None:
        self.said = [each for each in self.said if each[:2] != (brand, post)]
        self.links_mailed = [each for each in self.links_mailed if (each[0].brand, each[1]) != (brand, post)]

    def open_code(self, brand: str, code: str) -> bool:
        mine = (dossier.open for key, dossier in self.dossiers.items() if key[0] == brand)
        return any(request is not None and request.code == code for request in mine)

    def asked(self, accounts: Collection[AccountOf]) -> list[tuple[str, str]]:
        open_ = [(key, each.post) for key, each in self.dossiers.items() if each.open]
        return [key for key, post in open_ if not post.withdrawn and post.creator in accounts]

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
        if dossier.post.erased and not (before := self.dossiers[key].post).erased:
            wanted = any(isinstance(fact, Erased) for fact in dossier.facts)
            self._forget_contacts(before.creator, before.post, wanted=wanted)
            self._forget_sayings(*key)
        self.threads[key] = [*self.thread(*key), *happened(self.dossiers[key], dossier, now)]
        self.consents += begun(self.dossiers[key], dossier)
        if dossier.post.erased and not self.dossiers[key].post.erased:
            self._forget_standing(*key, now)
        self.dossiers[key] = replace(dossier, facts=())
        self.touched[key] = now
        for grant in dossier.grants if dossier.post.erased else ():
            self.proofs.pop((dossier.post.brand, grant.grant), None)
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

    def post_of_grant(self, brand: str, grant: str) -> str | None:
        every = ((key, given.grant) for key, each in self.dossiers.items() for given in each.grants)
        return next((post for (owner, post), known in every if (owner, known) == (brand, grant)), None)

    def add_proof(self, brand: str, grant: str, content: bytes) -> None:
        self.proofs[brand, grant] = content

    def proof(self, brand: str, grant: str) -> bytes | None:
        return self.proofs.get((brand, grant))

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
        def key(row: Row) -> tuple[bool, datetime, str]:
            return row.first, row.at, row.post

        cards = self._cards(brand, wanted)
        if column is Column.CLAIMED:
            claims = sorted((where.until, post) for post, where in cards if where.column is column and where.until)
            last = (after.at, after.post) if after else None
            return [Row(post, until) for until, post in claims if last is None or (until, post) > last][:limit]
        rows = [Row(post, where.at, where.first) for post, where in cards if where.column_now(now) is column]
        return sorted((row for row in rows if after is None or key(row) < key(after)), key=key, reverse=True)[:limit]

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

    def lead_along(self, link: Link, now: datetime) -> None:
        self.add_link(link, now)
        for each in list(self.led.values()):
            if (each.brand, each.request, each.confirmation) == (link.brand, link.request, ""):
                self.led.setdefault((link.sha256, each.post), replace(link, post=each.post))

    def lead_on(self, consent: StandingConsent, post: str, now: datetime) -> None:
        own = [each for each in self.led.values() if not each.confirmation]
        for link in own:
            if (link.brand, link.request, link.post) == (consent.brand, consent.request, consent.post):
                self.led.setdefault((link.sha256, post), replace(link, post=post))

    def _forget_standing(self, brand: str, post: str, now: datetime) -> None:
        for each in self.standing(brand, posts=[post]):
            ended = each.end(Ending.ENDED, now)
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
        open_ = dossier.open
        reminded = open_ is not None and open_.remind_at is not None and open_.remind_at <= now
        return any(ended) or reminded or (open_ is not None and open_.over(now))


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
