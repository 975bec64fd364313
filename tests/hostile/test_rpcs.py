"""P11: no request to an rpc is a fault.

Every rpc of a running house, of each of its servers, is sent messages whose fields hold what nobody expects, such
messages with bytes changed, and noise, by callers who may call it; and every rpc of members the same as JSON through
the console. Each answer has to be one of the statuses that the rpc's proto names: never UNKNOWN or INTERNAL, nor
UNAVAILABLE while everything runs, nor silence. Afterwards the house does its work as before.
"""

from __future__ import annotations

import base64
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx2
import pytest
from google.protobuf.json_format import MessageToDict, SerializeToJsonError

from chorus.console.connect import is_for_members
from chorus.platform.auth import Signer
from tests.hostile.callers import ROLES, People
from tests.hostile.mutants import Mutants
from tests.hostile.rpcs import Asking, Rpc
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale
from tests.serving import KEYS

pytestmark = [on("embedded"), pytest.mark.timeout(1200)]
PROTOS = Path(__file__).parents[2] / "protos"
NOT_YET = b"POST_NOT_YET_HERE"
_STATUSES = {each.name for each in grpc.StatusCode}


@pytest.fixture
def asking(story: Story) -> Iterator[Asking]:
    found = Asking(story.house)
    yield found
    found.close()


def test_whatever_an_rpc_is_sent_it_answers_as_its_proto_says(
    story: Story, asking: Asking, figures: Figures, scale: Scale, seed: int
) -> None:
    allowed, rpcs, admin = documented(), asking.rpcs(), People(story)
    token = admin.token(admin.member(max(ROLES))._client.cookies["chorus"])
    mutants = Mutants(random.Random(seed), [story.brand, "wall", "shop", "showing", "best", *_post(story)])
    answers: Counter[str] = Counter()
    wrong = []
    for rpc in rpcs:
        for number in range(scale(8, 300)):
            sent = _mutant(rpc, mutants, story.brand, number)
            code, words = asking.send(rpc, sent, _token(rpc, token))
            answers[code.name] += 1
            if not _as_documented(code, words, allowed[rpc.method.full_name]):
                wrong.append(f"{rpc} answered {code.name} ({words[:200]!r}) to {sent[:300]!r}")
    figures.count("mutants sent to rpcs", sum(answers.values()), at_least=len(rpcs) * scale(8, 300))
    figures.count("of these answered OK", answers["OK"], at_least=1)
    figures.count("answers that no proto names", len(wrong), at_most=0)
    assert not wrong, "\n".join(wrong[:50])
    well(story)


def documented() -> dict[str, set[str]]:
    """Read from the protos' own comments how each rpc fails."""
    found = {}
    for path in PROTOS.rglob("*.proto"):
        text = path.read_text()
        package = re.findall(r"^package (.*);", text, re.MULTILINE)[0]
        for about, service, body in re.findall(r"((?://.*\n)+)service (\w+) \{(.*?)\n\}", text, re.DOTALL):
            for own, rpc in re.findall(r"((?:  //.*\n)*)  rpc (\w+)\(", body):
                found[f"{package}.{service}.{rpc}"] = _STATUSES & set(re.findall(r"[A-Z_]+", about + own)) | {"OK"}
    return found


def _as_documented(code: grpc.StatusCode, words: bytes, allowed: set[str]) -> bool:
    if code is grpc.StatusCode.UNAVAILABLE:
        return NOT_YET in words
    return code.name in allowed


def _mutant(rpc: Rpc, mutants: Mutants, brand: str, number: int) -> bytes:
    message = mutants.message(rpc.request({}))
    if rpc.has_brand and number % 8:
        message.brand = brand  # type: ignore[attr-defined]  # it has one
    sent = message.SerializeToString()
    return sent if number % 4 else mutants.spoilt(sent)


def _token(rpc: Rpc, member: str) -> str | None:
    if rpc.access.anyone:
        return None
    if rpc.access.services and not rpc.access.role:
        return Signer(KEYS).service_token(rpc.access.services[0])
    return Signer(KEYS).operator_token() if rpc.access.operator else member


def _post(story: Story) -> list[str]:
    story.call("curation.v1.Curation/CreateCollection", collection="best", title="Best")
    story.send(story.item(1, seed=1))
    (post,) = story.arrived(1)
    return [post["post"], post["media"][0]["media"]]


def well(story: Story) -> None:
    """Hold the house to being ready, and to taking a new brand's post as ever."""
    ready = {name: httpx2.get(f"{at}/readyz", trust_env=False) for name, at in story.house.addresses.http.items()}
    assert {name: each.text for name, each in ready.items() if not each.is_success} == {}
    fresh = Story(story.house, story.site)
    fresh.send(fresh.item(1))
    fresh.arrived(1)


# --- the console ------------------------------------------------------------------------------------------------------


def test_whatever_json_the_console_is_sent_is_answered_or_refused(
    story: Story, asking: Asking, figures: Figures, scale: Scale, seed: int
) -> None:
    chance, rpcs = random.Random(seed), {rpc.path: rpc for rpc in asking.rpcs() if is_for_members(rpc.method)}
    mutants = Mutants(chance, [story.brand, "wall", "shop", "showing", "best", *_post(story)])
    headers = {"Origin": story.curator.origin, "Connect-Protocol-Version": "1", "Content-Type": "application/json"}
    wrong, sent = [], 0
    for path, rpc in rpcs.items():
        for _ in range(scale(3, 60)):
            message = mutants.message(rpc.request({}))
            said = MessageToDict(rpc.request({"brand": story.brand})) | _json(message)
            body = mutants.written(said)
            answer = story.curator._client.post(f"/rpc{path}", content=body, headers=headers)
            sent += 1
            if answer.status_code >= 500 and not _not_yet(answer):
                wrong.append(f"{path} answered {answer.status_code} ({answer.text[:200]}) to {body[:300]!r}")
    figures.count("JSON mutants sent through the console", sent, at_least=len(rpcs) * scale(3, 60))
    figures.count("answered 5xx", len(wrong), at_most=0)
    assert not wrong, "\n".join(wrong[:50])
    well(story)


def _not_yet(answer: httpx2.Response) -> bool:
    details = [base64.b64decode(each["value"] + "==") for each in answer.json().get("details", [])]
    return answer.status_code == 503 and any(NOT_YET in each for each in details)


def _json(message: object) -> dict[str, object]:
    """Write what JSON can say of a message; moments beyond its calendar it cannot."""
    try:
        return MessageToDict(message)  # type: ignore[arg-type]  # a message
    except (ValueError, SerializeToJsonError):
        return {}


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"null", b"1", b"true", b"", b" ", b"[{}]", b"\xef\xbb\xbf{}"])
def test_json_that_is_no_object_is_no_message(story: Story, body: bytes) -> None:
    headers = {"Origin": story.curator.origin, "Connect-Protocol-Version": "1", "Content-Type": "application/json"}
    path = "/rpc/chorus.api.brands.v1.Brands/ListBrands"
    assert story.curator._client.post(path, content=body, headers=headers).status_code == 400
    assert story.curator._client.post(path, content=b" \n{}", headers=headers).status_code == 200
