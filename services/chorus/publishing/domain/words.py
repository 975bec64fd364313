"""Rules and days in words, for people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chorus.publishing.domain.surface import Rule


def rule_text(rule: Rule) -> str:
    """Say which posts a rule takes: "Posts from Mastodon with pictures, tagged #lamp"."""
    if rule.collection:
        return f"Posts in the collection “{rule.collection}”, in its order"
    parts = list(_clauses(rule))
    return f"Posts {', '.join(parts)}" if parts else "Every post"


def membership(rule: Rule, *, fits: bool) -> str:
    """Say whether a post is taken by a rule."""
    if rule.collection:
        return f"It is {'' if fits else 'not '}in the collection “{rule.collection}”."
    return f"{'The rule takes it' if fits else 'The rule does not take it'}: {rule_text(rule).lower()}."


def day(moment: datetime) -> str:
    """Write a day: "3 November 2027"."""
    return f"{moment.day} {moment:%B %Y}"


def _clauses(rule: Rule) -> list[str]:
    clauses = []
    if rule.sources:
        clauses.append(f"from the source {_either(rule.sources)}")
    if rule.platforms:
        clauses.append(f"on {_either(rule.platforms)}")
    if rule.has_media is not None:
        clauses.append("with pictures" if rule.has_media else "without pictures")
    if rule.hashtags:
        clauses.append(f"tagged {_either([f'#{each}' for each in rule.hashtags])}")
    return clauses


def _either(names: list[str] | tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
