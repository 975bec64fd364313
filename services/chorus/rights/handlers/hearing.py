"""What rights does when it hears of a post, a picture or a review."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chorus.errors import Conflict
from chorus.rights.domain.answering import answer_open, who_else
from chorus.rights.domain.asking import Question, ask, lapse
from chorus.rights.domain.consenting import accept, answer_of, askable, due, forget, sound, take_away, uploaded
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.link import Link
from chorus.rights.domain.offer import Offer
from chorus.rights.domain.policy import Policy, wants
from chorus.rights.domain.post import Consent, Picture, Post, Revision
from chorus.rights.domain.request import Channel
from chorus.rights.handlers.answering import add_confirm_links
from chorus.rights.handlers.contacting import check_contact, contact, first_reminder, fresh_code
from chorus.rights.handlers.means import Means
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
    means: Means

    def change(self, change: Callable[[Post], Post]) -> Post:
        """Change the post, do what follows from it, and keep both; answers the post as it was.

        Nothing brings back what was erased.
        """
        dossier = self.store.lock(self.brand, self.post)
        if not dossier.post.erased:
            changed = dossier.with_post(change(dossier.post).linked(self.links))
            self.store.save(self._follow(changed), self.now)
        return dossier.post

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
        asked = ask(dossier, self._question(uploaded(dossier.post), consent.offer, "", "upload"), self.now)
        request = asked.requests[-1]
        said, terms, new_id = answer_of(consent), consent.terms, self.means.new_id
        others = who_else(said, terms, new_id)
        waiting = answer_open(asked, request, said, terms=terms, others=others, now=self.now, new_id=new_id)
        link = Link(consent.link_sha256, self.brand, self.post, request.request)
        self.store.add_link(link, self.now)
        add_confirm_links(self.store, waiting, request.request, self.means, self.now)
        return waiting

    def _ask_again(self, dossier: Dossier, consent: Consent) -> Dossier:
        """Ask under the brand's own terms what the uploader agreed to under terms that do not hold."""
        if not askable(consent):
            return forget(dossier)
        newest = self.store.terms(self.brand)
        if newest is None:
            return dossier
        question = self._question(uploaded(dossier.post), consent.offer.under(newest), "", "upload")
        asked = ask(dossier, question, self.now)
        self.store.add_link(Link(consent.link_sha256, self.brand, self.post, asked.requests[-1].request), self.now)
        return asked

    def _ask_by_policy(self, dossier: Dossier, policy: Policy) -> Dossier:
        terms = self.store.terms(self.brand, policy.terms)
        if terms is None:
            return dossier
        offer = Offer(policy.scope, policy.surfaces, policy.days).under(terms)
        return self._asked(dossier, self._question(self.means.new_id(), offer, policy.message, "policy"))

    def _asked(self, dossier: Dossier, question: Question) -> Dossier:
        """Ask, by e-mail where there is an address; not where the creator may not be contacted."""
        creator = dossier.post.creator
        by_mail = self.means.mails and self.store.address(creator) is not None
        channel = Channel.EMAIL if by_mail else Channel.LINK
        try:
            check_contact(self.store, self.means, creator, channel, self.now)
        except Conflict:
            return dossier
        remind_at = first_reminder(self.store, self.brand, channel, self.now)
        asked = ask(dossier, replace(question, channel=channel, remind_at=remind_at), self.now)
        contact(self.store, self.means, asked, asked.requests[-1], self.now)
        return asked

    def _question(self, request: str, offer: Offer, message: str, by: str) -> Question:
        code = fresh_code(self.store, self.brand, self.means)
        return Question(request, offer, message, by, self.window, code)


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


def edited(hearing: Hearing, seen: Post, number: int, revision: Revision) -> str:
    """Take in a new revision; answers what the post said before."""
    was = hearing.change(
        lambda post: replace(post, account=seen.account, permalink=seen.permalink).revised(number, revision)
    )
    return was.at(was.revision).text


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
