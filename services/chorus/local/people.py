"""People who use a running house as people do: with a browser's requests, through the public addresses only."""

from __future__ import annotations

import functools
import json
import ssl
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urljoin

import httpx2
from lxml import html
from standardwebhooks import Webhook

from chorus.local.errors import HouseError

T = TypeVar("T")
_CEILING_SECONDS = 300.0


@functools.cache
def tls() -> ssl.SSLContext:
    """Make a context for TLS, once: reading every authority's certificate takes longer than many a request."""
    return httpx2.create_ssl_context(trust_env=False)


class Visitor:
    """Somebody with a browser that keeps cookies and runs no scripts."""

    def __init__(self, origin: str) -> None:
        """Visit pages of this origin."""
        self.origin = origin
        self._client = httpx2.Client(base_url=origin, follow_redirects=True, timeout=60, trust_env=False, verify=tls())
        self._client.headers["Accept"] = "text/html,*/*;q=0.8"

    def look(self, address: str) -> httpx2.Response:
        """Look at an address, whatever it answers."""
        return self._client.get(address)

    def get(self, address: str) -> httpx2.Response:
        """Open an address; HouseError where it answers with an error."""
        return _expected(self._client.get(address))

    def submit(
        self, page: httpx2.Response, button: str, *, files: Mapping[str, Any] | None = None, **fields: str
    ) -> httpx2.Response:
        """Fill in the form that holds the button with this text and press it."""
        form, pressed = _form(page, button)
        said: dict[str, list[str]] = defaultdict(list)
        for name, value in form.form_values():
            said[name].append(value)
        values = {**said, **pressed, **fields}
        address = urljoin(str(page.url), form.action or str(page.url))
        headers = {"Origin": self.origin}
        return _expected(self._client.post(address, data=values, files=files, headers=headers))


class Curator(Visitor):
    """A member in the console: signs in by the one-time page, then calls what the browser app calls."""

    def sign_in(self, code: str) -> None:
        """Press the button of the one-time page."""
        self.submit(self.get(f"/sign-in?code={code}"), "Sign in")

    def call(self, rpc: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON, as the rpc's proto has it
        """Call an rpc such as "curation.v1.Curation/ListPosts" by the Connect protocol."""
        headers = {"Origin": self.origin, "Connect-Protocol-Version": "1"}
        answer = self._client.post(f"/rpc/chorus.api.{rpc}", json=request, headers=headers)
        found: dict[str, Any] = _expected(answer).json()
        return found


def deliver(origin: str, path: str, secret: str, message_id: str, body: object) -> dict[str, Any]:
    """Send posts to a webhook source, signed as Standard Webhooks asks."""
    content = json.dumps(body, ensure_ascii=False)
    now = int(time.time())
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": Webhook(secret).sign(message_id, datetime.fromtimestamp(now, UTC), content),
        "content-type": "application/json",
    }
    address = f"{origin}{path}"
    found: dict[str, Any] = _expected(
        httpx2.post(address, content=content.encode(), headers=headers, timeout=60, trust_env=False, verify=tls())
    ).json()
    return found


def until(what: str, look: Callable[[], T | None]) -> T:
    """Look again until there is something to see; HouseError says what was waited for."""
    end = time.monotonic() + _CEILING_SECONDS
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            message = f"Waited {_CEILING_SECONDS:.0f} s for {what}."
            raise HouseError(message, "The logs in the data folder say why; `chorus doctor` looks at what runs.")
        time.sleep(0.1)


def _expected(answer: httpx2.Response) -> httpx2.Response:
    if answer.is_success:
        return answer
    request = answer.request
    message = f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:300]}"
    raise HouseError(message, "The logs in the data folder say why.")


def _form(page: httpx2.Response, button: str) -> tuple[Any, dict[str, str]]:
    """Find the form with a button, and what pressing that button sends."""
    document: Any = html.document_fromstring(page.text)
    for form in document.forms:
        for pressed in form.xpath(".//button"):
            if " ".join(pressed.text_content().split()) == button:
                name = pressed.get("name")
                return form, {name: pressed.get("value", "")} if name else {}
    message = f"{page.url.path} has no button {button!r}."
    raise HouseError(message, "The page changed: tell whoever maintains the demo.")
