"""P11: no HTTP request is a fault.

Every operation of docs/openapi.yaml is sent requests that schemathesis makes from it, fitting and unfitting: with names
and links that there are and with others, and deliveries signed as well as unsigned. No answer is a 5xx, and each is one
that the description names, of the type and form that it names. Then paths, methods and headers themselves are noise.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import hypothesis
import pytest
import requests
import schemathesis
import yaml
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from tests.hostile.rows import settled, state
from tests.hostile.senders import PHOTO, Sender, Uploader
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale, loopback

pytestmark = [on("embedded"), pytest.mark.timeout(1200)]
DESCRIPTION: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text())
_CHECKS = [
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
    "response_headers_conformance",
]  # fmt: skip
OPERATIONS = 20


def test_each_operation_answers_as_its_description_says(
    story: Story, figures: Figures, scale: Scale, seed: int
) -> None:
    load_all_checks()
    schema = schemathesis.openapi.from_dict(_with_what_there_is(story))
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    client = Client(story)
    faults = [
        fault
        for operation in operations
        for mode in GenerationMode
        for fault in client.try_out(operation, mode, examples=scale(4, 250), seed=seed)
    ]
    figures.count("operations", len(operations), at_least=OPERATIONS)
    figures.count("requests made from the description", sum(client.answers.values()))
    figures.count("of these taken (2xx and 3xx)", client.taken, at_least=scale(3, 200))
    figures.count("answered 5xx", client.broken, at_most=0)
    figures.count("answered as the description does not say", len(faults), at_most=0)
    assert not faults, "\n\n".join(faults[:10])


class Client:
    """Sends cases to a running house; signs half of the deliveries."""

    def __init__(self, story: Story) -> None:
        self.answers: Counter[int] = Counter()
        self._sender = Sender(story)
        self._origin = loopback(story.house.addresses.public)
        self._session = requests.Session()
        self._session.trust_env = False
        self._checks: list[Any] = CHECKS.get_by_names(_CHECKS)

    @property
    def taken(self) -> int:
        return sum(count for status, count in self.answers.items() if status < 400)

    @property
    def broken(self) -> int:
        return sum(count for status, count in self.answers.items() if status >= 500)

    def try_out(self, operation: Any, mode: GenerationMode, *, examples: int, seed: int) -> list[str]:  # noqa: ANN401 -- schemathesis names its types nowhere public
        faults: list[str] = []

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Case[Any]) -> None:
            try:
                case.validate_response(self._sent(case), checks=self._checks)
            except FailureGroup as group:
                faults.extend(f"{operation.label}: {each}" for each in group.exceptions)

        try:
            send()
        except hypothesis.errors.Unsatisfiable:
            # An operation that wants nothing cannot be asked wrongly.
            assert mode is GenerationMode.NEGATIVE
        return faults

    def _sent(self, case: Case[Any]) -> Any:  # noqa: ANN401 -- as schemathesis has it
        more: dict[str, Any] = {}
        if case.operation.label.endswith("/posts") and sum(self.answers.values()) % 2:
            body = json.dumps(case.body if isinstance(case.body, dict | list) else {}).encode()
            more = {"data": body, "headers": self._sender.headers(body)}
        answer = case.call(base_url=self._origin, session=self._session, timeout=60, allow_redirects=False, **more)
        self.answers[answer.status_code] += 1
        return answer


def _with_what_there_is(story: Story) -> dict[str, Any]:
    """Name in the description what this house has, so that half of the requests get past "there is no such thing"."""
    described = copy.deepcopy(DESCRIPTION)
    ((_, asked),) = story.live(1)
    media = story.queue()[0]["media"][0]["media"]
    uploader = Uploader(story)
    link = uploader.by_api(PHOTO).json()["manage_url"].rpartition("/")[2]
    area, placement, file = story.media_addresses()[0].rsplit("/", 3)[1:]
    known: dict[str, list[str]] = {
        "brand": [story.brand], "surface": ["wall"], "source": ["shop"], "token": [link, asked.rpartition("/")[2]],
        "area": [area], "placement": [placement], "file": [file], "name": ["creator.css", "icons.svg"],
        "media": [media],
    }  # fmt: skip
    for parameter in _parameters(described):
        if parameter.get("in") == "path" and parameter["name"] in known:
            parameter["schema"] = {"anyOf": [{"enum": known[parameter["name"]]}, {"type": "string", "maxLength": 60}]}
    upload = described["components"]["requestBodies"]["Upload"]["content"]["multipart/form-data"]["schema"]
    upload["properties"]["terms_sha256"] = {"anyOf": [{"const": uploader.agreed["terms_sha256"]}, {"type": "string"}]}
    return described


def _parameters(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (each for each in described["components"]["parameters"].values())
    for path in described["paths"].values():
        for holder in (path, path.get("get", {})):
            yield from holder.get("parameters", [])


# --- noise ------------------------------------------------------------------------------------------------------------

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X")
_PIECES = (
    "v1", "media", "gallery", "r", "share", "design", "sources", "surfaces", "uploads", "posts", "changes", "wall", "~",
    "feed.json", "..", ".", "", "%00", "%2e%2e", "%2F", "%ff", "%F0%9F%92%A1", "%", "%zz", "a" * 3000, "640.webp", "*",
    "receipt", "answer", "metrics", "rpc", "session", "preview", "sign-in", "{brand}", ";x=1", "\\", "$ref", "null",
)  # fmt: skip
_QUERIES = ("", "", "?", "?limit=1&limit=%ff", "?cursor=%00", "?key=%", "?since=" + "A" * 4000, "?&=&==;")
_BODIES = (b"", b"", b"--\r\n", b"a=%ff&b", b"{", b"\x00" * 300)
_HEADERS = (
    ("Accept", "text/html"), ("Accept", "\x80\xff"), ("Accept-Encoding", "gzip;q=x, *;q=0"), ("If-None-Match", '"'),
    ("If-None-Match", "W/" * 500), ("Authorization", "Bearer"), ("Authorization", "Bearer \xff"), ("Origin", "null"),
    ("Content-Type", "multipart/form-data"), ("Content-Type", "multipart/form-data; boundary="), ("Host", "a b"),
    ("Content-Type", "application/x-www-form-urlencoded; charset=utf-7"), ("X-Forwarded-For", "\xff, ::1%eth0"),
    ("Content-Type", "application/json; charset=x"), ("traceparent", "00-" + "0" * 32 + "-x"), ("Range", "bytes=5-1"),
    ("Idempotency-Key", "\xff" * 20), ("webhook-timestamp", "9" * 5000), ("tracestate", "=,=" * 99), ("Cookie", "\xff"),
    ("Transfer-Encoding", "gzip"), ("Connect-Timeout-Ms", "-1"), ("Connect-Timeout-Ms", "x"), ("Expect", "x"),
)  # fmt: skip


def test_noise_in_paths_methods_and_headers_is_answered_below_500_and_changes_nothing(
    story: Story, figures: Figures, scale: Scale, seed: int
) -> None:
    chance, wrong, statuses = random.Random(seed), [], Counter[int]()
    origins = [loopback(story.house.addresses.public), loopback(story.house.addresses.console)]
    before = settled(story)
    with httpx2.Client(trust_env=False, timeout=60) as client:
        for _ in range(scale(300, 10_000)):
            method, address, headers, body = _noise(chance, story.brand, chance.choice(origins))
            try:
                status = client.request(method, address, headers=headers, content=body).status_code
            except (httpx2.RemoteProtocolError, httpx2.InvalidURL, httpx2.LocalProtocolError):
                continue  # what HTTP itself refuses: the server closed, or the client would not send it
            statuses[status] += 1
            if status >= 500:
                wrong.append(f"{status}: {method} {address[:200]} {headers} {body[:80]!r}")
    figures.count("noisy requests", sum(statuses.values()), at_least=scale(200, 7_000))
    figures.count("answered 5xx", len(wrong), at_most=0)
    assert not wrong, "\n".join(each[:400] for each in wrong[:20])
    assert state(story) == before


def _noise(chance: random.Random, brand: str, origin: str) -> tuple[str, str, list[tuple[bytes, bytes]], bytes]:
    pieces = [chance.choice([*_PIECES, brand]) for _ in range(chance.randrange(1, 7))]
    chosen = chance.sample(_HEADERS, chance.randrange(4))
    headers = [(name.encode(), value.encode("latin-1")) for name, value in chosen]
    address = f"{origin}/{'/'.join(pieces)}{chance.choice(_QUERIES)}"
    return chance.choice(_METHODS), address, headers, chance.choice(_BODIES)
