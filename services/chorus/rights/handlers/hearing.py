"""What rights does when it hears of a post, a picture or a review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chorus.rights.domain.answering import answer_open, who_else
from chorus.rights.domain.asking import Question, ask, lapse
from chorus.rights.domain.consenting import accept, answer_of, askable, due, forget, sound, take_away
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.link import Link
from chorus.rights.domain.offer import Offer
from chorus.rights.domain.policy import Policy, wants
from chorus.rights.domain.post import Consent, Picture, Post, Revision
from chorus.rights.handlers.answering import Ids, add_confirm_links
from chorus.rights.handlers.standing import follow_up
from chorus.rights.ports import Store


@dataclass(frozen=True, slots=True)
class Hearing:
    """One fact being heard: about which post, with which earlier triggers, at which time here."""

    store: Store
    brand: str
    post: str
    links: tuple[str, ...]
    now: datetime
    window: timedelta
    ids: Ids

    def change(self, change: Callable[[Post], Post]) -> None:
        """Change the post, do what follows from it, and keep both. Nothing brings back what was erased."""
        dossier = self.store.lock(self.brand, self.post)
        if dossier.post.erased:
            return
        changed = dossier.with_post(change(dossier.post).linked(self.links))
        self.store.save(self._follow(changed), self.now)

    def _follow(self, dossier: Dossier) -> Dossier:
        """Deal with consent that waited or stands, ask what the policy asks, end what there is nothing to ask for."""
        if consent := due(dossier):
            dossier = self._settle(dossier, consent)
        dossier, covered = follow_up(self.store, dossier, self.now)
        policy = self.store.policy(self.brand) if dossier.post.approved and not covered else None
        if policy is not None and wants(policy, dossier):
            dossier = self._ask_by_policy(dossier, policy)
        if dossier.post.withdrawn:
            dossier = take_away(lapse(dossier, self.now), self.now)
        return dossier.forgotten() if dossier.post.erased else dossier

    def _settle(self, dossier: Dossier, consent: Consent) -> Dossier:
        given = consent.terms
        kept = self.store.terms(self.brand, given.terms, given.version, given.language)
        if not sound(consent, kept):
            return self._ask_again(dossier, consent)
        self.store.add_terms(given, entered=False)
        return accept(dossier, consent) if consent.alone else self._ask_others(dossier, consent)

    def _ask_others(self, dossier: Dossier, consent: Consent) -> Dossier:
        """Wait for the others whose yes is needed beside the uploader's."""
        asked = ask(dossier, self._question(consent.offer, "", "upload"), self.now)
        request = asked.requests[-1]
        said, terms = answer_of(consent), consent.terms
        others = who_else(said, terms, self.ids.new)
        waiting = answer_open(asked, request, said, terms=terms, others=others, now=self.now, new_id=self.ids.new)
        link = Link(consent.link_sha256, self.brand, self.post, request.request)
        self.store.add_link(link, self.now)
        add_confirm_links(self.store, waiting, request.request, self.ids, self.now)
        return waiting

    def _ask_again(self, dossier: Dossier, consent: Consent) -> Dossier:
        """Ask under the brand's own terms what the uploader agreed to under terms that do not hold."""
        if not askable(consent):
            return forget(dossier)
        newest = self.store.terms(self.brand)
        if newest is None:
            return dossier
        asked = ask(dossier, self._question(consent.offer.under(newest), "", "upload"), self.now)
        self.store.add_link(Link(consent.link_sha256, self.brand, self.post, asked.requests[-1].request), self.now)
        return asked

    def _ask_by_policy(self, dossier: Dossier, policy: Policy) -> Dossier:
        terms = self.store.terms(self.brand, policy.terms)
        if terms is None:
            return dossier
        offer = Offer(policy.scope, policy.surfaces, policy.days).under(terms)
        return ask(dossier, self._question(offer, policy.message, "policy"), self.now)

    def _question(self, offer: Offer, message: str, by: str) -> Question:
        return Question(self.ids.new(), offer, message, by, self.window)


def captured(hearing: Hearing, seen: Post, first: Revision) -> None:
    """Take in a new post; the link that an uploader holds leads here from now on."""
    if seen.consent is not None:
        hearing.store.add_link(Link(seen.consent.link_sha256, hearing.brand, hearing.post, ""), hearing.now)
    hearing.change(
        lambda post: replace(
            post,
            account=seen.account,
            permalink=seen.permalink,
            consent=seen.consent,
            posted_at=seen.posted_at,
        ).revised(1, first)
    )


def captured_first(
    store: Store, captures: Iterable[tuple[Post, Revision, Sequence[str]]], now: datetime
) -> set[tuple[str, str]]:
    """Take in new posts (as seen, first revision, links) of which nothing was heard before; answers which those are.

    What `captured` does one by one: without consent, and approved by nobody yet, a post has nothing that follows.
    """
    unasked = [each for each in captures if each[0].consent is None]
    return store.add([seen.revised(1, first).linked(links) for seen, first, links in unasked], now)


def edited(hearing: Hearing, seen: Post, number: int, revision: Revision) -> None:
    """Take in a new revision."""
    hearing.change(lambda post: replace(post, account=seen.account, permalink=seen.permalink).revised(number, revision))


def pictured(hearing: Hearing, become: Callable[[Post], Iterable[Picture]]) -> None:
    """Note what became of pictures: they are ready, or could not be fetched."""

    def change(post: Post) -> Post:
        for picture in become(post):
            post = post.arrived(picture)
        return post

    hearing.change(change)


def withdrawn(hearing: Hearing, *, erased: bool) -> None:
    """Note that the post is gone: nothing is asked any more, and what was given with an upload ends."""
    hearing.change(lambda post: post.gone(erased=erased))


def reviewed(hearing: Hearing, *, approved: int, rejected: bool, at: datetime) -> None:
    """Note which revision is approved now, 0 for none, and whether curators decided against the post."""
    approved_at = at if approved else None
    hearing.change(lambda post: replace(post, approved=approved, approved_at=approved_at, rejected=rejected))
