"""A surface: a place where a brand shows posts, and the rule that says which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chorus.publishing.domain.post import Post
from chorus.scope import Scope, problems

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HASHTAG = re.compile(r"[^\s#A-Z]{1,100}")
_MOST_VALUES = 100
_LONGEST_TITLE = 200
_LONGEST_ADDRESS = 2000


class Access(StrEnum):
    """Who may read a surface's addresses."""

    PUBLIC = "public"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which posts belong on a surface: those of a collection, or those that match every field that is set."""

    collection: str = ""
    sources: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    has_media: bool | None = None
    hashtags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """What an admin says about a surface."""

    title: str
    address: str
    scope: Scope
    rule: Rule
    access: Access


@dataclass(frozen=True, slots=True)
class Surface:
    """A surface as it stands. `public_key` is in the addresses of its pictures; `version` grows with every change."""

    brand: str
    surface: str
    definition: Definition
    public_key: str
    key_sha256: str = ""
    paused: bool = False
    version: int = 1
    changed_at: datetime | None = None


def violations(surface: str, definition: Definition) -> dict[str, str]:
    """Tell by field what is wrong with a surface that somebody entered; empty where nothing is."""
    return dict(_violations(surface, definition))


def _violations(surface: str, definition: Definition) -> Iterator[tuple[str, str]]:
    if not _SLUG.fullmatch(surface):
        yield "surface", "Use 1 to 63 small letters, digits and hyphens, not starting with a hyphen."
    if not 0 < len(definition.title.strip()) <= _LONGEST_TITLE:
        yield "title", f"Give it a title of at most {_LONGEST_TITLE} characters."
    if definition.address and not _is_web(definition.address):
        yield "address", "Give a web address that starts with https:// or http://, or leave it empty."
    for name, problem in problems(definition.scope).items():
        yield f"scope.{name}", problem
    yield from _rule_violations(definition.rule)


def _rule_violations(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.collection and rule != Rule(collection=rule.collection):
        yield "rule", "Name a collection, or other conditions, not both."
    if rule.collection and not _SLUG.fullmatch(rule.collection):
        yield "rule.collection", "A collection's id has small letters, digits and hyphens."
    for name in ("sources", "platforms", "hashtags"):
        if len(getattr(rule, name)) > _MOST_VALUES:
            yield f"rule.{name}", f"Name at most {_MOST_VALUES}."
    if any(not _HASHTAG.fullmatch(each) for each in rule.hashtags):
        yield "rule.hashtags", "Write hashtags in lower case, without # and spaces."


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://")) and len(address) <= _LONGEST_ADDRESS and " " not in address


def belongs(post: Post, rule: Rule) -> bool:
    """Tell whether the rule takes the post, by what was approved of it (or else by what stands at its source)."""
    if rule.collection:
        return rule.collection in post.collections
    revision = post.approved or post.latest
    if revision is None:
        return False
    return (
        (not rule.sources or not set(rule.sources).isdisjoint(post.sources))
        and (not rule.platforms or post.platform in rule.platforms)
        and (rule.has_media is None or rule.has_media == bool(revision.media))
        and (not rule.hashtags or not set(rule.hashtags).isdisjoint(revision.hashtags))
    )
