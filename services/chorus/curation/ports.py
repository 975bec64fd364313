"""What curation needs of the world: one store, on one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from chorus.curation.domain.collection import Collection
from chorus.curation.domain.review import Decision, Post, Standing


class Store(Protocol):
    """Rows of curation, in the transaction that the store was made for; facts leave with it or not at all."""

    def posts(self, brand: str, posts: Sequence[str]) -> list[Post]:
        """Read and lock posts, always in the same order; unknown ones are left out."""
        ...

    def posts_of_decisions(self, brand: str, decisions: Sequence[str]) -> dict[str, str]:
        """Map decisions to the posts that they are about; unknown ones are left out."""
        ...

    def decide(self, post: Post, decision: Decision, standing: Standing) -> None:
        """Append and announce a decision, and keep what stands now."""
        ...

    def undo(self, post: Post, decision: str, standing: Standing, by: str, at: datetime) -> None:
        """Mark a decision undone, announce it, and keep what stands now."""
        ...

    def stand(self, post: Post, standing: Standing) -> None:
        """Keep what stands now, without a fact: the post changed, not a decision."""
        ...

    def annotate(
        self, post: Post, media: str, alt_text: str | None, focal: tuple[float, float] | None, at: datetime
    ) -> None:
        """Describe a picture and announce it; None leaves a value as it is. NotFound: no such picture."""
        ...

    def add_collection(self, collection: Collection) -> None:
        """Insert a collection; Conflict ALREADY_EXISTS."""
        ...

    def ranks(self, brand: str, collection: str) -> list[tuple[str, float]]:
        """Lock a collection and list its posts with their ranks, in order; NotFound."""
        ...

    def collect(self, posts: Sequence[Post], collection: str, ranks: Mapping[str, float], at: datetime) -> None:
        """Put posts at their ranks, and announce each."""
        ...

    def uncollect(self, posts: Sequence[Post], collection: str, at: datetime) -> None:
        """Take posts out, and announce each that was in."""
        ...
