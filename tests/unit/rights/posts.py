"""More posts of the golden post's creator, or of another, in a running rights service."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from chorus.api.events.v1.post_pb2 import PostEvent
from chorus.api.events.v1.review_pb2 import ReviewEvent
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.types.v1 import media_pb2, scope_pb2
from chorus.platform.ids import new_id
from chorus.platform.secrets import sha256_hex
from tests.unit.rights.service import RightsService, golden

WEB_AND_MAIL = scope_pb2.Scope(uses=[scope_pb2.USE_WEB, scope_pb2.USE_EMAIL])


def arrive(
    rights: RightsService,
    text: str,
    *,
    account: str = "",
    posted_at: datetime | None = None,
    approved: bool = True,
    pending: bool = False,
) -> str:
    """Let a post with one picture arrive and be approved; answers its id. `account` is another creator's id."""
    event = cast("PostEvent", golden(PostEvent, "post/captured"))
    event.meta.post = new_id()
    event.captured.text, event.captured.account.id = text, account or event.captured.account.id
    event.captured.permalink = f"https://mastodon.example/@mira/{event.meta.post}"
    if posted_at:
        event.captured.posted_at.FromDatetime(posted_at)
    del event.captured.media[1:]
    [media] = event.captured.media
    media.media = new_id()
    if not pending:
        media.state, media.sha256 = media_pb2.MEDIA_STATE_READY, sha256_hex(text)
    media.alt_text, media.width, media.height = text, 1600, 1200
    rights.hear(event)
    if approved:
        approve(rights, event.meta.post)
    return event.meta.post


def approve(rights: RightsService, post: str, revision: int = 1) -> None:
    """Let a curator approve a post."""
    rights.hear(approval(post, revision))


def approval(post: str, revision: int = 1) -> ReviewEvent:
    """Make the fact that a curator approved a post."""
    decided = cast("ReviewEvent", golden(ReviewEvent, "review/decided"))
    decided.meta.post, decided.decided.revision = post, revision
    return decided


def ask_together(rights: RightsService, *posts: str, also: str = "", **given: object) -> str:
    """Ask about posts, each by itself, and make one link that leads to all; answers its secret.

    `also` is a post that was asked about before.
    """
    usual: dict[str, object] = {"brand": "lumen", "scope": WEB_AND_MAIL, "days": 365}
    client = rights.client()
    asked = [
        client.CreateRequest(pb.CreateRequestRequest(**{**usual, "post": post, **given})).request  # type: ignore[arg-type]  # fields of the message
        for post in posts
    ]
    if also:
        known = client.BatchGetPostRights(pb.BatchGetPostRightsRequest(brand="lumen", posts=[also]))
        asked.append(known.rights[0].requests[0])
    first, *others = (each.request for each in asked)
    made = client.CreateLink(pb.CreateLinkRequest(brand="lumen", request=first, others=others))
    return made.link.rpartition("/")[2]
