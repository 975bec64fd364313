"""What rights needs from outside: a store of one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from chorus.rights.domain.board import Column, Filter
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.link import Brand, Link
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.post import Account, Post
from chorus.rights.domain.standing import StandingConsent
from chorus.rights.domain.template import Template
from chorus.rights.domain.terms import Terms
from chorus.rights.domain.thread import Event
from chorus.scope import GrantedScope

# A row of the board: the post, and since when its card lies there. Also the place after which the next page starts.
Row = tuple[str, datetime]


class Store(Protocol):
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
        and standing consent given with it ends. What happened goes into the post's thread. Standing consent that was
        given is kept.
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
        """List a column, the newest first; equal times by post id, the greatest first."""

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

    def lead_on(self, consent: StandingConsent, post: str, now: datetime) -> None:
        """Let each link of the creator's own by which a standing consent was given lead to one more post."""

    def due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """List brand and post of up to `limit` open requests whose window is over and active grants that have ended."""

    def untouched(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """List brand and post of up to `limit` unwanted posts that nothing has happened to since `before`."""

    def active(self, grants: Sequence[str], now: datetime) -> list[str]:
        """Answer which of these grants permit anything at `now`."""

    def narrowed(self, grants: Sequence[str], now: datetime) -> list[GrantedScope]:
        """Answer those of these grants that permit something at `now`, but less than when they were given."""

    def ended(self, grants: Sequence[str], now: datetime) -> list[str]:
        """Answer which of these grants are over for good at `now`, revoked or expired."""
