"""Strangers: somebody at an upload page, and somebody who knows a webhook's address. Both may send anything."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import httpx2
from lxml import html
from standardwebhooks import Webhook

from chorus.local.people import until
from tests.house.story import Story
from tests.picture_files import encoded, scene

PHOTO = encoded(scene(320, 240), "JPEG")
Sent = dict[str, str]


class Uploader:
    """Somebody at a brand's upload page, who may send anything."""

    def __init__(self, story: Story) -> None:
        story.open_uploads()
        self.story = story
        self.origin = story.house.addresses.public
        self.http = httpx2.Client(base_url=self.origin, trust_env=False, timeout=120)
        self.page, self.api = f"/{story.brand}/share", f"/v1/{story.brand}/uploads"
        self.agreed: Sent = until("the upload page", self._fields)

    def _fields(self) -> Sent | None:
        answer = self.http.get(self.page)
        if answer.status_code != httpx2.codes.OK:
            return None
        document: Any = html.document_fromstring(answer.text)
        hidden = document.xpath("//form//input[@type='hidden']")
        return {each.get("name"): each.get("value") for each in hidden}

    def by_form(self, photo: bytes | None, **fields: str) -> httpx2.Response:
        return self._send(self.page, photo, fields, {"Accept": "text/html", "Origin": self.origin})

    def by_api(self, photo: bytes | None, **fields: str) -> httpx2.Response:
        return self._send(self.api, photo, fields, {})

    def _send(self, path: str, photo: bytes | None, fields: Sent, headers: Sent) -> httpx2.Response:
        said = self.agreed | {"creator_name": "Noa Example", "consent": "yes", "request_id": uuid.uuid4().hex} | fields
        files = {} if photo is None else {"photo": ("photo.jpg", photo, "image/jpeg")}
        return self.http.post(path, data=said, files=files, headers=headers)


class Sender:
    """Somebody who knows a webhook source's address, and perhaps its secret."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.address = f"{story.house.addresses.public}/v1/{story.brand}/sources/shop/posts"

    def headers(self, body: bytes, *, secret: str = "", at: datetime | None = None, message: str = "") -> Sent:
        moment = at or datetime.fromtimestamp(int(time.time()), UTC)
        id_ = message or f"msg_{uuid.uuid4().hex}"
        signature = Webhook(secret or self.story.secret).sign(id_, moment, body.decode())
        return {
            "webhook-id": id_,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": signature,
            "content-type": "application/json",
        }

    def post(self, body: bytes, headers: Sent) -> httpx2.Response:
        return httpx2.post(self.address, content=body, headers=headers, trust_env=False, timeout=60)

    def send(self, said: object) -> httpx2.Response:
        body = json.dumps(said).encode()
        return self.post(body, self.headers(body))


def problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """Hold an answer to being a problem document (RFC 9457) with a sentence in it."""
    assert answer.status_code == status, (answer.status_code, answer.text[:400])
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert len(body["title"]) > 8
    return body


def posts_of(story: Story) -> int:
    """Count a brand's posts where they are kept: nothing may lag behind."""
    with story.database("ingest") as conn:
        row = conn.execute("SELECT count(*) FROM posts WHERE brand = %s", [story.brand]).fetchone()
    assert row is not None
    return int(row[0])
