"""What rights needs from outside: a store of one transaction, and somebody who carries its mail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from chorus.rights.domain.address import Address
from chorus.rights.domain.board import Column, Filter
from chorus.rights.domain.claim import Saying
from chorus.rights.domain.contact import ContactPolicy
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.letter import Letter
from chorus.rights.domain.link import Brand, Link
from chorus.rights.domain.opting import StopLink, Turn
from chorus.rights.domain.outgoing import Mail, Tried
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.post import Account, AccountOf, Post
from chorus.rights.domain.standing import StandingConsent
from chorus.rights.domain.template import Template
from chorus.rights.domain.terms import Terms
from chorus.rights.domain.thread import Event
from chorus.scope import GrantedScope


class Row(NamedTuple):
    """A card of the board: its post, since when it lies there, and whether on top; the next page starts after it."""

    post: str
    at: datetime
    first: bool = False


class Vault(Protocol):
    """Encrypts what must be read back; see `chorus.platform.secrets.Vault`."""

    def encrypt(self, value: str) -> str:
        """Encrypt a text."""

    def decrypt(self, sealed: str) -> str:
        """Read a text back; Invalid where no key of ours made it."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A letter with all that goes with it: its id, whose name it has, to whom it goes, where one asks for no more."""

    message_id: str
    brand: str
    to: str
    letter: Letter
    stop: str


class Carrier(Protocol):
    """Takes a letter to its creator. Other channels than e-mail (SMS) would be carriers too."""

    def carry(self, parcel: Parcel) -> Tried:
        """Try once. Raises `Unavailable` where the fault is not the letter's: nobody could be written to just now.

        What was taken without a word is tried again: a letter may come twice, and then has the same id.
        """


class Contacts(Protocol):
    """How creators are contacted: the part of a transaction's store that is about it."""

    def contact_policy(self, brand: str) -> ContactPolicy:
        """Answer how a brand keeps in touch; the usual way where nobody has set another."""

    def save_contact_policy(self, policy: ContactPolicy) -> None:
        """Add or replace how a brand keeps in touch."""

    def open_code(self, brand: str, code: str) -> bool:
        """Tell whether a code belongs to an open request of the brand."""

    def asked(self, accounts: Collection[AccountOf]) -> list[tuple[str, str]]:
        """List brand and post of the open requests to these accounts."""

    def address(self, creator: AccountOf) -> Address | None:
        """Answer where a creator is written to, if that is known."""

    def addresses(self, creators: Collection[AccountOf]) -> dict[AccountOf, Address]:
        """Answer the same for several; those of whom nothing is known are left out."""

    def save_address(self, creator: AccountOf, address: Address) -> None:
        """Add or replace where a creator is written to. It goes with the last of the posts that were asked for."""

    def lock_contacts(self, creator: AccountOf) -> None:
        """Let nobody else contact a creator until the transaction ends: what is counted stays true."""

    def contacted(self, creators: Collection[AccountOf], since: datetime) -> dict[AccountOf, list[datetime]]:
        """Answer when these creators were contacted after a moment; those who were not are left out."""

    def add_contact(self, creator: AccountOf, post: str, contact: str, at: datetime, *, by_link: bool = False) -> None:
        """Note that a creator is contacted about a post, which is known; what has one id is one contact.

        `by_link`: with a question whose link somebody sends.
        """

    def link_contact(self, creator: AccountOf, since: datetime) -> str:
        """Name the contact with such questions that began after a moment; empty where none did."""

    def queue(self, mail: Mail) -> None:
        """Add a mail that waits, about a post that is known."""

    def due_mail(self, now: datetime) -> Mail | None:
        """Answer the mail that is to be tried next, if one is due."""

    def mails(self, creators: Collection[AccountOf]) -> list[Mail]:
        """List the mails to these creators that wait, the one that was due first before the others."""

    def keep_mail(self, mail: Mail) -> None:
        """Write what a try or a pause changes of a mail that waits; nothing where it waits no more."""

    def drop_mail(self, mail: str) -> None:
        """Let go of a mail: it was sent, or never will be."""


class OptOuts(Protocol):
    """Who does not want to be asked: the part of a transaction's store that is about it. `""` is every brand."""

    def opt_out_keys(self) -> list[bytes]:
        """List the keys of the hashes; there is always one."""

    def opted_out(self, brands: Collection[str], prints: Collection[str]) -> set[tuple[str, str]]:
        """Answer which (brand, hash) pairs of these were said."""

    def turn(self, turn: Turn) -> None:
        """Keep a wish or take it back, and have the journal know it."""

    def add_stop_link(self, link: StopLink, now: datetime) -> None:
        """Keep where a link leads that does nothing but say who may ask."""

    def stop_link(self, sha256: str) -> StopLink | None:
        """Answer where such a link leads, by the hash of its secret."""


class Claims(Protocol):
    """What is written by those who say that a post is theirs: the part of a transaction's store that is about it."""

    def add_saying(self, brand: str, post: str, claim: str, saying: Saying) -> None:
        """Keep what somebody said, about a post that is known, until its claim is closed and that is over."""

    def sayings(self, brand: str, claim: str) -> list[Saying]:
        """List what was said of a claim and is kept, the oldest first."""

    def keep_sayings(self, brand: str, claim: str, until: datetime | None) -> None:
        """Settle until when what was said is kept; None is as long as its claim is open."""

    def add_mailed(self, creator: AccountOf, post: str, at: datetime) -> None:
        """Note that a link to a post, which is known, is mailed to a creator since somebody asked for it."""

    def mailed(self, creator: AccountOf, since: datetime) -> list[str]:
        """Name the posts to which links were mailed to a creator after a moment, since somebody asked."""

    def forget_claims(self, now: datetime, mailed_before: datetime) -> None:
        """Erase what was said and is not kept any more, and which links were mailed before a moment."""


class Store(Contacts, OptOuts, Claims, Protocol):
    """Everything of one transaction: seen by nobody until it ends, and undone as a whole if it fails.

    Brands and posts are named by id; what a brand does not have is not found, also if another brand has it.
    """

    def lock(self, brand: str, post: str) -> Dossier:
        """Read a post's dossier for a change: until the transaction ends, nobody else changes it.

        A post never heard of gets an empty dossier.
        """

    def hold(self, posts: Iterable[tuple[str, str]]) -> None:
        """Let nobody else change these posts, by (brand, post), until the transaction ends; none need be there.

        They are taken in one order, that of their ids: who locks several waits for others who do, and not in a circle.
        """

    def read(self, brand: str, posts: Sequence[str]) -> list[Dossier]:
        """Read the dossiers of those posts that have arrived, in no particular order."""

    def save(self, dossier: Dossier, now: datetime) -> None:
        """Keep a dossier that was locked before, put its card in place, and tell its facts with this transaction.

        What is to be proved of them goes into the log of evidence; with a post that is erased goes whom it is about,
        every proof of what was attested of it, and what those wrote who said that it is theirs; standing consent given
        with it ends. What happened goes into the post's thread. Standing consent that was given is kept.
        """

    def note(self, brand: str, post: str, event: Event) -> None:
        """Put one more thing into the thread of a post that was locked before."""

    def thread(self, brand: str, post: str) -> list[Event]:
        """List what happened about a post's rights, the oldest first."""

    def add(self, posts: Sequence[Post], now: datetime) -> set[tuple[str, str]]:
        """Keep those of these posts that nothing was heard of; answers which those are, by (brand, post).

        None is named twice, and all were only just captured, without consent: nothing is asked or given, no card lies.
        """

    def post_of(self, brand: str, request: str) -> str | None:
        """Answer which post a request is about."""

    def post_of_grant(self, brand: str, grant: str) -> str | None:
        """Answer which post a grant is about."""

    def add_proof(self, brand: str, grant: str, content: bytes) -> None:
        """Keep what proves an attested grant that was saved before, until its post is erased."""

    def proof(self, brand: str, grant: str) -> bytes | None:
        """Answer what proves an attested grant; None where there is none, or no longer."""

    def brand(self, brand: str) -> Brand:
        """Answer a brand; one never heard of is called by its id."""

    def save_brand(self, brand: Brand) -> None:
        """Add or replace a brand."""

    def add_terms(self, terms: Terms, *, entered: bool) -> None:
        """Keep a version in one language for ever. The same twice is kept once, as it was first.

        `entered` is False for terms that are only known because an uploader agreed to them.
        """

    def lock_terms(self, brand: str, terms: str) -> None:
        """Let nobody else add a version of these terms until the transaction ends."""

    def terms(self, brand: str, terms: str = "", version: int = 0, language: str = "") -> Terms | None:
        """Answer a version; 0 is the newest of these terms, no name the newest of all that the brand entered.

        No language is the one that the version was written in.
        """

    def texts(self, brand: str, terms: str, version: int) -> list[Terms]:
        """List a version in every language that the brand entered, first the one that it was written in."""

    def all_terms(self, brand: str) -> list[Terms]:
        """List every version, the newest first, of each first the language that it was written in."""

    def add_link(self, link: Link, now: datetime) -> None:
        """Keep that a link leads to a post; where it did before, its request is now this one."""

    def links(self, sha256: str) -> list[Link]:
        """List where a link leads, by the hash of its secret, in the order of the posts' ids."""

    def use_nonce(self, nonce: str, now: datetime) -> bool:
        """Use up a form's one-time value; False where it was used before."""

    def policy(self, brand: str) -> Policy | None:
        """Answer a brand's policy."""

    def save_policy(self, policy: Policy) -> None:
        """Add or replace a brand's policy."""

    def add_template(self, template: Template) -> bool:
        """Keep a template; False where there is one of this id."""

    def change_template(self, template: Template) -> bool:
        """Replace title and message of a template; False where there is none of this id."""

    def remove_template(self, brand: str, template: str) -> bool:
        """Forget a template; False where there is none of this id."""

    def templates(self, brand: str, *, after: str, limit: int) -> list[Template]:
        """List templates by their ids, those behind `after`."""

    def page(
        self, brand: str, column: Column, wanted: Filter, *, now: datetime, after: Row | None, limit: int
    ) -> list[Row]:
        """List a column: first what lies on top, then the newest; equal times by post id, the greatest first.

        Of claims, whoever has to be answered first comes first: a row's `at` is by when.
        """

    def counts(self, brand: str, wanted: Filter, now: datetime) -> dict[Column, int]:
        """Count the cards of each column that has any."""

    def covering(self, brand: str, account: Account) -> list[StandingConsent]:
        """List the standing consents of an account that have not ended, the first given first.

        Until the transaction ends nobody ends one of them.
        """

    def standing(self, brand: str, *, requests: Sequence[str] = (), posts: Sequence[str] = ()) -> list[StandingConsent]:
        """List the standing consents given with an answer to these questions, or about these posts, the first first."""

    def hold_standing(self, consents: Sequence[StandingConsent]) -> list[StandingConsent]:
        """Read these anew, with what else of their account has not ended; nothing follows until the transaction ends.

        Posts are locked before, as by who hears of one and then looks what covers it.
        """

    def end_standing(self, consent: StandingConsent, now: datetime) -> None:
        """Keep how a standing consent ended that was held before.

        What people end is proved and kept apart too, as for posts. Where it was taken back, what followed from it is
        left to be revoked.
        """

    def lead_along(self, link: Link, now: datetime) -> None:
        """Add a link that leads as well to all that followed from its question, if anything did."""

    def lead_on(self, consent: StandingConsent, post: str, now: datetime) -> None:
        """Let each link of the creator's own by which a standing consent was given lead to one more post."""

    def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """List brand and post of what the clock decides on, up to `limit`.

        Open requests whose window is over or whose creators are to be reminded, and active grants that have ended.
        """

    def untouched(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """List brand and post of up to `limit` unwanted posts that nothing has happened to since `before`."""

    def active(self, grants: Sequence[str], now: datetime) -> list[str]:
        """Answer which of these grants permit anything at `now`."""

    def narrowed(self, grants: Sequence[str], now: datetime) -> list[GrantedScope]:
        """Answer those of these grants that permit something at `now`, but less than when they were given."""

    def ended(self, grants: Sequence[str], now: datetime) -> list[str]:
        """Answer which of these grants are over for good at `now`, revoked or expired."""
