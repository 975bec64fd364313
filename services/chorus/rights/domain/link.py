"""A creator's link: a secret that only its holder has; what is kept is its hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a form on the link's page does: its one-time value is worth nothing for the others."""

    ANSWER = "answer"
    MANAGE = "manage"
    ERASE = "erase"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Link:
    """One post to which a link leads. `request` is empty for the link that came with an upload.

    `confirmation` is set for the link of somebody else than the creator, whose yes is needed as well.
    """

    sha256: str
    brand: str
    post: str
    request: str
    confirmation: str = ""


def named(links: Sequence[Link]) -> str:
    """Name what a page of a link is about: one post, or all to which it leads. Its forms are good for nothing else.

    So a form that was made when the link led to one post does nothing to those to which it leads later.
    """
    first = links[0]
    return first.sha256 if len(links) > 1 else f"{first.sha256}~{first.post}"


@dataclass(frozen=True, slots=True)
class Brand:
    """What the creator's page shows of who is asking."""

    brand: str
    name: str
    accent: str = ""
