"""Carries one event to one endpoint: written, signed as Standard Webhooks say, and posted through the guard."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from standardwebhooks.webhooks import Webhook

from chorus.errors import Invalid
from chorus.platform.fetch import Fetched, FetchFailed, FetchRefused
from chorus.platform.metrics import WEBHOOK_SECONDS
from chorus.platform.secrets import Vault
from chorus.publishing.domain.delivery import Answer, Delivery, Event
from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.domain.feed import Item

_VERSION = 1


class Sends(Protocol):
    """Whoever sends to addresses that others chose; see `chorus.platform.fetch.GuardedFetcher`."""

    def send_to(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Fetched:
        """Send a body. Raises `FetchRefused` or `FetchFailed`."""
        ...


class Writer:
    """Writes what an event says: docs/webhooks.md describes it, docs/schema/webhook.schema.json is its schema."""

    def __init__(self, public_url: str, document_of: Callable[[Item], dict[str, Any]]) -> None:
        """Addresses begin with `public_url`; `document_of` writes a post as the feed does."""
        self._public_url = public_url
        self._document_of = document_of

    def write(self, endpoint: Endpoint, delivery: Delivery, item: Item | None) -> str:
        """Write an event as JSON; `item`, of what is placed or updated, lacks the origin in its addresses."""
        data: dict[str, Any] = {"brand": endpoint.brand}
        if delivery.type is not Event.TEST:
            data |= {"surface": delivery.surface, "placement_id": delivery.placement, "post_id": delivery.post}
        if delivery.type is Event.WITHDRAWN:
            data["reason"] = delivery.reason
        elif item is not None:
            data["item"] = self._document_of(self._complete(item))
        at = delivery.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        event = {"version": _VERSION, "type": delivery.type, "timestamp": at, "data": data}
        return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode()

    def _complete(self, item: Item) -> Item:
        mine = self._public_url + item.mine if item.mine else ""
        return replace(item, base=self._public_url + item.base, mine=mine)


class Courier:
    """Signs with an endpoint's secrets, and tells how a try ended."""

    def __init__(self, sender: Sends, vault: Vault, writer: Writer) -> None:
        """Send by `sender` what `writer` writes; secrets are sealed by `vault`."""
        self._sender = sender
        self._vault = vault
        self._writer = writer

    def carry(self, endpoint: Endpoint, delivery: Delivery, item: Item | None) -> Answer:
        """Try once, `item` being what is shown now. What goes wrong is not raised: it is an answer."""
        begun = time.monotonic()
        body = self._writer.write(endpoint, delivery, item)
        try:
            headers = self._headers(endpoint, delivery, body)
            answer = _answer(self._sender.send_to(endpoint.url, body.encode(), headers=headers), begun)
        except (FetchRefused, FetchFailed, Invalid) as error:
            answer = Answer(0, time.monotonic() - begun, error.message)
        outcome = "taken" if answer.ok else "refused" if answer.status else "failed"
        WEBHOOK_SECONDS.record(answer.seconds, {"outcome": outcome})
        return answer

    def _headers(self, endpoint: Endpoint, delivery: Delivery, body: str) -> dict[str, str]:
        now = datetime.now(UTC)
        secrets = [self._vault.decrypt(each) for each in endpoint.secrets(now)]
        return {
            "content-type": "application/json",
            "webhook-id": delivery.delivery,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(Webhook(each).sign(delivery.delivery, now, body) for each in secrets),
        }


def _answer(found: Fetched, begun: float) -> Answer:
    answer = Answer(found.status, time.monotonic() - begun)
    if answer.ok:
        return answer
    return Answer(found.status, answer.seconds, f"It answered {found.status}.", _wait(found.headers))


def _wait(headers: Mapping[str, str]) -> timedelta:
    """Read Retry-After, in seconds or as a date (RFC 9110); what is neither asks for nothing."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal():
        return timedelta(seconds=int(said[:9]))
    try:
        until = parsedate_to_datetime(said)
        return max(timedelta(), until - datetime.now(UTC))
    except (ValueError, TypeError, OverflowError):
        return timedelta()
