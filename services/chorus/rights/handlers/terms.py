"""Terms and the policy: what rights managers set up before anybody is asked."""

from __future__ import annotations

from collections.abc import Sequence

from chorus.errors import Conflict, Invalid, NotFound
from chorus.rights.domain.offer import check_offer
from chorus.rights.domain.policy import Policy
from chorus.rights.domain.template import MOST_MESSAGE
from chorus.rights.domain.terms import Terms, check_terms, digest
from chorus.rights.ports import Store


def create_terms(
    store: Store, brand: str, slug: str, *, language: str, summary: str, text: str, version: int = 0
) -> Terms:
    """Add a version of terms, or one more language of a version that is there; 0 is the first or the next one."""
    check_terms(slug, language, summary, text)
    store.lock_terms(brand, slug)
    if version:
        _check_translatable(store.texts(brand, slug, version), language)
    else:
        newest = store.terms(brand, slug)
        version = newest.version + 1 if newest else 1
    added = Terms(brand, slug, version, language, summary, text, digest(language, summary, text))
    store.add_terms(added, entered=True)
    return added


def _check_translatable(texts: Sequence[Terms], language: str) -> None:
    if not texts:
        message = "There is no such version to translate."
        raise NotFound(message, reason="TERMS_NOT_FOUND")
    if language.lower() in {text.language.lower() for text in texts}:
        message = "This version is there in that language already. To change a word, write a new version."
        raise Conflict(message, reason="TERMS_LANGUAGE_EXISTS")


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
