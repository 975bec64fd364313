"""What curators can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from chorus.curation.domain import review
from chorus.curation.domain.collection import Collection, checked, placed
from chorus.curation.domain.review import Decision, Post, Seen, Verdict
from chorus.curation.ports import Store
from chorus.errors import Invalid, NotFound, Unavailable

MOST_AT_ONCE = 100
MOST_ALT_TEXT = 2_000


def decide(
    store: Store,
    brand: str,
    seen: Mapping[str, Seen],
    verdict: Verdict,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Decide on posts, each as the curator saw it; all or none."""
    review.check_verdict(verdict)
    for post in _posts(store, brand, list(seen)):
        review.check_decidable(post, seen[post.post])
        decision = Decision(new_id(), verdict.state, post.revision, verdict.reason.strip(), verdict.by, now)
        store.decide(post, decision, review.fold([*post.decisions, decision], post.revision))


def undo(store: Store, brand: str, decisions: Sequence[str], *, by: str, now: datetime) -> list[str]:
    """Take decisions back, the last given first; answers the posts that they were about."""
    about = store.posts_of_decisions(brand, decisions)
    if missing := [each for each in decisions if each not in about]:
        message = f"There is no decision {missing[0]!r}."
        raise NotFound(message)
    posts = {post.post: post for post in _posts(store, brand, list(dict.fromkeys(about.values())))}
    for decision in reversed(decisions):
        post = posts[about[decision]]
        review.check_undoable(post, decision)
        left = tuple(replace(each, undone=each.undone or each.decision == decision) for each in post.decisions)
        store.undo(post, decision, review.fold(left, post.revision), by, now)
        posts[post.post] = replace(post, decisions=left)
    return list(posts)


def annotate(
    store: Store,
    brand: str,
    post: str,
    media: str,
    alt_text: str | None,
    focal: tuple[float | None, float | None],
    *,
    now: datetime,
) -> None:
    """Describe a picture: its alt text, its centre of interest, or both."""
    wrong = {}
    if alt_text is not None and len(alt_text) > MOST_ALT_TEXT:
        wrong["alt_text"] = f"An alt text has at most {MOST_ALT_TEXT} characters."
    if (focal[0] is None) != (focal[1] is None) or any(each is not None and not 0 <= each <= 1 for each in focal):
        wrong["focal_x"] = "A focal point needs two numbers from 0 to 1."
    if wrong:
        raise Invalid(" ".join(wrong.values()), fields=wrong)
    point = None if focal[0] is None or focal[1] is None else (focal[0], focal[1])
    (known,) = _posts(store, brand, [post])
    store.annotate(known, media, alt_text, point, now)


def create_collection(store: Store, collection: Collection) -> None:
    """Begin a collection."""
    store.add_collection(checked(collection))


def add_to_collection(
    store: Store, brand: str, collection: str, posts: Sequence[str], before: str, *, now: datetime
) -> None:
    """Put posts at the end of a collection, or before a post of it; posts already in it move."""
    ranks = store.ranks(brand, collection)
    changed = placed(ranks, list(dict.fromkeys(posts)), before)
    asked = _posts(store, brand, posts)
    others = store.posts(brand, [post for post in changed if post not in posts])
    store.collect([*asked, *others], collection, changed, now)


def remove_from_collection(store: Store, brand: str, collection: str, posts: Sequence[str], *, now: datetime) -> None:
    """Take posts out of a collection."""
    store.ranks(brand, collection)
    store.uncollect(_posts(store, brand, posts), collection, now)


def _posts(store: Store, brand: str, posts: Sequence[str]) -> list[Post]:
    """Lock the posts of a command; what has not arrived yet is asked for again, by the same request id."""
    if not 0 < len(posts) <= MOST_AT_ONCE:
        message = f"Name 1 to {MOST_AT_ONCE} posts."
        raise Invalid(message, fields={"posts": message})
    found = store.posts(brand, posts)
    if missing := set(posts) - {post.post for post in found}:
        message = f"Post {min(missing)} has not arrived here yet: try again in a moment."
        raise Unavailable(message, reason="POST_NOT_YET_HERE")
    return found
