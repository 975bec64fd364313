"""Posts that another system sends, signed as Standard Webhooks (standardwebhooks.com) say.

A body is one post, `{"posts": […]}`, or `{"type": "post.deleted", "ids": […]}`. Sending twice changes nothing; an edit
is the same id with another text or other pictures, and says when in `edited_at`, so that late repeats undo nothing.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import from_json
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from chorus.errors import Invalid, Unauthenticated
from chorus.ingest.domain.post import (
    MOST_ALT_TEXT,
    MOST_HASHTAGS,
    MOST_PICTURES,
    MOST_TEXT,
    Account,
    Picture,
    PostKey,
    Sighting,
)
from chorus.ingest.domain.text import hashtags_in
from chorus.ingest.ports import Delivery, Settings

MOST_POSTS = 1_000
# As the library has it, which says it nowhere.
_TOLERANCE_SECONDS = 300
_Id = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_Platform = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
_Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+\S*$", max_length=2_000)]
_Words = Annotated[str, StringConstraints(max_length=200)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Account(_Model):
    id: _Id
    handle: _Words = ""
    name: _Words = ""
    url: _Address | Literal[""] = ""


class _Media(_Model):
    url: _Address
    alt: Annotated[str, StringConstraints(max_length=MOST_ALT_TEXT)] = ""


class _Post(_Model):
    id: _Id
    text: Annotated[str, StringConstraints(max_length=MOST_TEXT)] = ""
    url: _Address | Literal[""] = ""
    posted_at: AwareDatetime
    edited_at: AwareDatetime | None = None
    account: _Account
    platform: _Platform | Literal[""] = ""
    language: _Words = ""
    hashtags: Annotated[list[_Words], Field(max_length=MOST_HASHTAGS)] | None = None
    media: Annotated[list[_Media], Field(max_length=MOST_PICTURES)] = []
    in_reply_to: _Id | Literal[""] = ""


class _Posts(_Model):
    posts: Annotated[list[_Post], Field(min_length=1, max_length=MOST_POSTS)]


class _Deletion(_Model):
    type: Literal["post.deleted"]
    ids: Annotated[list[_Id], Field(min_length=1, max_length=MOST_POSTS)]
    platform: _Platform | Literal[""] = ""


class Received:
    """The `webhook` connector."""

    name = "webhook"
    title = "Sent by another system"
    description = "Your own system sends posts as JSON, signed with a secret that is shown once."
    settings = Settings
    signed = True
    agreed = False

    def admit(self, headers: Mapping[str, str]) -> None:
        """Want all that a signature is made of, and a time that is now; see `ports.ReceivingConnector`."""
        sent_at = headers.get("webhook-timestamp", "")
        named = headers.get("webhook-id") and headers.get("webhook-signature")
        if not named or not sent_at.isdecimal() or abs(time.time() - int(sent_at[:20])) > _TOLERANCE_SECONDS:
            raise _unsigned()

    def receive(self, source: str, secret: str, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Verify and read a request; see `ports.ReceivingConnector`."""
        _verify(secret, headers, body)
        read = _read(body)
        if isinstance(read, _Deletion):
            return Delivery(deletions=[_key(source, read.platform, each) for each in read.ids])
        return Delivery(sightings=[_sighting(source, each) for each in read])


def _verify(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    signatures = [each for each in headers.get("webhook-signature", "").split(" ") if _is_exact(each)]
    try:
        Webhook(secret).verify(body, {**headers, "webhook-signature": " ".join(signatures)}, json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        # ValueError: a signature that is no base64 or has no version, or a body that is no UTF-8.
        raise _unsigned() from error


def _is_exact(signature: str) -> bool:
    """Tell whether it is written in the one way that RFC 4648 has; the library reads over what is not base64."""
    code = signature.partition(",")[2]
    try:
        return base64.b64encode(base64.b64decode(code, validate=True)).decode() == code
    except ValueError:
        return False


def _unsigned() -> Unauthenticated:
    message = "The signature is missing, wrong or older than five minutes: sign the exact bytes with the secret."
    return Unauthenticated(message, reason="SIGNATURE")


def _read(body: bytes) -> list[_Post] | _Deletion:
    try:
        said: Any = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        message = "The body is not JSON."
        raise Invalid(message, fields={"body": message}) from error
    try:
        if isinstance(said, dict) and said.get("type") == "post.deleted":
            return _Deletion.model_validate(said)
        if isinstance(said, dict) and "posts" in said:
            return _Posts.model_validate(said).posts
        return [_Post.model_validate(said)]
    except ValidationError as error:
        raise _violations(error) from error


def _violations(error: ValidationError) -> Invalid:
    """Name each field that is wrong; of thousands, the first hundred."""
    found = error.errors(include_url=False, include_input=False, include_context=False)[:100]
    fields = {".".join(map(str, each["loc"])) or "body": each["msg"] for each in found}
    return Invalid("Some fields are missing or cannot be taken; nothing of this request was kept.", fields=fields)


def _key(source: str, platform: str, id_: str) -> PostKey:
    """Name a post: by its platform's id where one is given, else by the sender's, which means nothing elsewhere."""
    return PostKey(platform, id_) if platform else PostKey("webhook", f"{source}/{id_}")


def _sighting(source: str, said: _Post) -> Sighting:
    key = _key(source, said.platform, said.id)
    account = said.account
    return Sighting(
        key=key,
        account=Account(
            key.platform, _key(source, said.platform, account.id).id, account.handle, account.name, account.url
        ),
        text=said.text,
        permalink=said.url,
        language=said.language,
        hashtags=hashtags_in(said.text) if said.hashtags is None else tuple(said.hashtags),
        posted_at=said.posted_at,
        edited_at=said.edited_at,
        pictures=tuple(Picture(each.url, each.alt) for each in said.media),
        reference=said.id,
        in_reply_to=_key(source, said.platform, said.in_reply_to) if said.in_reply_to else None,
    )


CONNECTOR = Received()
