"""Terms and the policy: what rights managers set up before anybody is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chorus.errors import Conflict, Invalid, NotFound
from chorus.rights.domain.offer import check_offer
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.template import MOST_MESSAGE
from chorus.rights.domain.terms import Terms, check_terms
from chorus.rights.ports import Store


def create_terms(store: Store, written: Terms) -> Terms:
    """Add a version of terms (version 0: the next one), or one more language of a version that is there."""
    check_terms(written)
    store.lock_terms(written.brand, written.terms)
    if written.version:
        first = _translated(store.texts(written.brand, written.terms, written.version), written.language)
        added = replace(written, minimum_age=first.minimum_age).sealed()
    else:
        newest = store.terms(written.brand, written.terms)
        added = replace(written, version=newest.version + 1 if newest else 1).sealed()
    store.add_terms(added, entered=True)
    return added


def _translated(texts: Sequence[Terms], language: str) -> Terms:
    """Answer the text that is translated into a language that it does not have yet."""
    if not texts:
        message = "There is no such version to translate."
        raise NotFound(message, reason="TERMS_NOT_FOUND")
    if language.lower() in {text.language.lower() for text in texts}:
        message = "This version is there in that language already. To change a word, write a new version."
        raise Conflict(message, reason="TERMS_LANGUAGE_EXISTS")
    return texts[0]


def set_policy(store: Store, policy: Policy) -> Policy:
    """Set what is asked by itself. A policy that asks needs a sound question; one that does not may be empty."""
    check_message(policy.message)
    if policy.ask_on_approval:
        check_offer(policy.scope, policy.surfaces, policy.days)
        find_terms(store, policy.brand, policy.terms)
    store.save_policy(policy)
    return policy


def find_terms(store: Store, brand: str, slug: str, version: int = 0) -> Terms:
    """Find the terms to ask under; NotFound says what to do."""
    found = store.terms(brand, slug, version)
    if found is None:
        named = f"the terms {slug!r}" + (f" in version {version}" if version else "") if slug else "any terms"
        message = f"{brand} does not have {named}: add them first."
        raise NotFound(message, reason="TERMS_NOT_FOUND")
    return found


def check_message(message: str) -> None:
    """Raise `Invalid` where a message is too long to send."""
    if len(message) > MOST_MESSAGE:
        problem = f"A message has at most {MOST_MESSAGE} letters."
        raise Invalid(problem, fields={"message": problem})
