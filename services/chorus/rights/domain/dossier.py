"""A post's dossier: the post with all its requests and grants, and what one may decide upon it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from chorus.rights.domain.claim import Claim
from chorus.rights.domain.facts import Fact
from chorus.rights.domain.grant import Grant, GrantState, Via
from chorus.rights.domain.post import Post
from chorus.rights.domain.request import Request, RequestState

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dossier:
    """One post's rights: requests and grants, the oldest first. `facts` were decided and not told yet.

    `claim` is the last one: somebody said that the post is theirs.
    """

    post: Post
    requests: tuple[Request, ...] = ()
    grants: tuple[Grant, ...] = ()
    claim: Claim | None = None
    facts: tuple[Fact, ...] = field(default=(), compare=False)

    @property
    def open(self) -> Request | None:
        """Answer the request that awaits an answer; there is at most one."""
        return next((request for request in self.requests if request.open), None)

    @property
    def covering(self) -> Grant | None:
        """Answer the active grant for the pictures that would be shown, the one given last.

        What the creator gave goes before what the brand attested.
        """
        fitting = [grant for grant in reversed(self.grants) if grant.active and grant.covers(self.post.shown)]
        return min(fitting, key=lambda grant: grant.attested, default=None)

    @property
    def attested(self) -> tuple[Grant, ...]:
        """List what the brand attested, also what is over."""
        return tuple(grant for grant in self.grants if grant.attested)

    @property
    def consented(self) -> bool:
        """Tell whether consent given with an upload has been dealt with, one way or the other."""
        asked = any(request.by == "upload" for request in self.requests)
        return asked or any(grant.via is Via.UPLOAD for grant in self.grants)

    @property
    def refused(self) -> bool:
        """Tell whether the creator ever said no, or took something back."""
        said_no = any(request.state is RequestState.DECLINED for request in self.requests)
        return said_no or any(grant.state is GrantState.REVOKED for grant in self.grants)

    @property
    def limited(self) -> bool:
        """Tell whether the creator ever said no, or took back something or a part of it."""
        return self.refused or any(grant.narrowed for grant in self.grants)

    @property
    def taken_down(self) -> bool:
        """Tell whether the brand ever took it down, since somebody said that it is theirs."""
        claimed = self.claim is not None and self.claim.taken_down
        return claimed or any(grant.claimed for grant in self.grants)

    def request(self, request: str) -> Request | None:
        """Find a request by its id."""
        return next((each for each in self.requests if each.request == request), None)

    def given_by(self, request: str) -> list[Grant]:
        """List the grants that answered a request: one, or by standing consent one for each revision, the oldest first.

        For an empty id it is the one that came with the upload.
        """
        found = [each for each in self.grants if each.request == request and not each.attested]
        return found if request else found[:1]

    def granted_by(self, request: str) -> Grant | None:
        """Find the last of these grants: the one to show."""
        return next(reversed(self.given_by(request)), None)

    def with_post(self, post: Post) -> Dossier:
        """Replace the post."""
        return replace(self, post=post)

    def forgotten(self) -> Dossier:
        """Leave out what the post said and showed, and whose it is. When what was asked and given stays: evidence."""
        return replace(
            self,
            post=self.post.gone(erased=True),
            requests=tuple(each.anonymous() for each in self.requests),
            grants=tuple(each.anonymous() for each in self.grants),
            claim=None,
        )

    def with_claim(self, claim: Claim) -> Dossier:
        """Replace the last claim."""
        return replace(self, claim=claim)

    def with_request(self, changed: Request, *facts: Fact) -> Dossier:
        """Add a request or replace it, and note what is to be told."""
        kept = _put(self.requests, changed, [each.request == changed.request for each in self.requests])
        return replace(self, requests=kept, facts=(*self.facts, *facts))

    def with_grant(self, changed: Grant, *facts: Fact) -> Dossier:
        """Add a grant or replace it, and note what is to be told."""
        kept = _put(self.grants, changed, [each.grant == changed.grant for each in self.grants])
        return replace(self, grants=kept, facts=(*self.facts, *facts))


def _put(items: Iterable[T], changed: T, same: list[bool]) -> tuple[T, ...]:
    kept = tuple(changed if match else item for item, match in zip(items, same, strict=True))
    return kept if any(same) else (*kept, changed)
