"""A system that sends signed posts straight to ingest, on one connection, and says what it was answered."""

from __future__ import annotations

import http.client
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from tests.house.story import Story
from tests.measuring import loopback

UNANSWERED = 0
_PATIENCE = 30.0


class Sender:
    """For one thread. Several may send for the same source."""

    def __init__(self, story: Story) -> None:
        self._address = urlsplit(loopback(story.house.addresses.http["ingest"]))
        self._path = f"/v1/{story.brand}/sources/shop/posts"
        self._webhook = Webhook(story.secret)
        self._connection = self._connect()
        self.answer: Any = None

    def send(self, message_id: str, body: object) -> int:
        """Send once; gives the status, or UNANSWERED where nobody was there or the connection broke."""
        content = json.dumps(body)
        now = int(time.time())
        headers = {
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": self._webhook.sign(message_id, datetime.fromtimestamp(now, UTC), content),
        }
        try:
            self._connection.request("POST", self._path, content.encode(), headers)
            response = self._connection.getresponse()
            self.answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError):
            self._connection.close()
            self._connection = self._connect()
            return UNANSWERED
        return response.status

    def _connect(self) -> http.client.HTTPConnection:
        assert self._address.hostname
        return http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=_PATIENCE)
