"""P12: roles hold.

Every rpc that a running house serves, found by asking each of its servers, is called by every kind of caller: members
and machines of each role who signed in as real ones do, the same of another brand, each service, the operator, nobody,
and frauds. Who may not is refused, and no row changes; who may is let in. Then an admin names everything that another
brand has, in a brand of his own, and neither reads nor changes any of it. Members' rpcs are called through the console
too, and each HTTP route of the house is held to a table of who may.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import httpx2
import pytest
from google.protobuf.struct_pb2 import Struct

from chorus.console.connect import is_for_members
from chorus.local.feed_site import FeedSite
from chorus.local.people import Curator
from tests.architecture.test_routes import LINK, MEMBER, ROUTES, SESSION, SIGNATURE
from tests.architecture.test_rpcs import METHODS
from tests.hostile.callers import FRAUDS, ROLES, Caller, People, everybody, frauds_of
from tests.hostile.rows import settled, state
from tests.hostile.rpcs import Asking, Rpc, strings_of
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale

pytestmark = on("embedded")
MARK = "Quokka lighthouse"
# What names nothing that somebody has: words, and what is chosen for what is made.
_WORDS = {
    "accent", "address", "admin_email", "admin_name", "alt_text", "caption", "client_address", "connector",
    "content_type", "creator", "creator_name", "credit", "display_name", "given_by", "given_on", "handle", "hashtag",
    "hashtags", "home_page", "language", "languages", "message", "note", "other", "page_token", "platforms",
    "proof_name", "quiet_from", "quiet_until", "reason", "reply", "summary", "territories", "text", "time_zone",
    "title", "url", "why",
}  # fmt: skip
_CHOSEN: dict[str, Any] = {
    "accent": "#102030", "address": "https://lumen.example/", "connector": "webhook", "content_type": "image/webp",
    "display_name": "Eve Example", "title": "Eve", "language": "en", "summary": "Ours.", "text": "Ours.", "why": "So.",
    "reason": "So.", "message": "Hello", "role": max(ROLES), "access": 1, "state": 2, "uses": 1, "revision": 1,
    "size": 640, "column": 1, "paused": True, "consent": True, "ask_on_approval": True, "parked": 1,
    "terms_version": 1, "version": 1, "admin_email": "eve@people.example", "settings": Struct(), "days": 9,
    "url": "https://eve.example/hooks", "quiet_from": "21:00", "quiet_until": "08:00", "time_zone": "UTC",
    "basis": 1, "outcome": 1, "given_by": "Eve", "given_on": "2026-11-03", "proof": b"%PDF-1.7",
}  # fmt: skip


@pytest.fixture
def asking(story: Story) -> Iterator[Asking]:
    found = Asking(story.house)
    yield found
    found.close()


@pytest.fixture
def other(story: Story, site: FeedSite) -> Story:
    """A brand that has nothing to do with the story's."""
    return Story(story.house, site)


# --- rpcs -------------------------------------------------------------------------------------------------------------


def test_every_rpc_lets_in_whom_its_rule_names_and_nobody_else(
    story: Story, other: Story, asking: Asking, figures: Figures, scale: Scale, seed: int
) -> None:
    said, rpcs = everything_of(story), asking.rpcs()
    # Most of the time goes into frauds, whom one line of code refuses: some of them are enough for every day.
    frauds = random.Random(seed).sample(list(frauds_of(story.brand)), scale(3, FRAUDS))
    callers = [*everybody(story, other), *frauds]
    pairs = [(rpc, caller, caller.verdict(rpc.access)) for rpc in rpcs for caller in callers]
    before = settled(story)
    wrong = [
        f"{caller.name}: {rpc} answered {found}, not {verdict}"
        for rpc, caller, verdict in pairs
        if verdict != "in"
        if (found := answered(asking, rpc, rpc.request(said), caller)) != verdict
    ]
    assert state(story) == before, "a refused call changed something"
    bare = {"brand": story.brand}
    wrong += [
        f"{caller.name}: {rpc} answered {found}, and had to let in"
        for rpc, caller, verdict in pairs
        if verdict == "in"
        if (found := answered(asking, rpc, rpc.request(bare), caller)) != "in"
    ]
    assert {rpc.method.full_name for rpc in rpcs} == set(METHODS), "an rpc is served nowhere, or has no rule"
    figures.count("rpcs, of all that the house serves", len(rpcs), at_least=len(METHODS))
    figures.count("kinds of callers", len(callers), at_least=scale(30, 45))
    figures.count("calls", len(pairs))
    figures.count("callers let in who may not, or kept out who may", len(wrong), at_most=0)
    assert wrong == []


def answered(asking: Asking, rpc: Rpc, request: Any, caller: Caller) -> str:  # noqa: ANN401 -- any request message
    code, words = asking.send(rpc, request.SerializeToString(), caller.token)
    if code is grpc.StatusCode.UNAUTHENTICATED and b"TOKEN_" in words:
        return "unknown"
    return "denied" if code is grpc.StatusCode.PERMISSION_DENIED else "in"


def test_who_names_what_another_brand_has_reads_and_changes_none_of_it(
    story: Story, other: Story, asking: Asking, figures: Figures
) -> None:
    said, thief = everything_of(story), People(other)
    tokens = [token for _, token in thief.both(max(ROLES))]
    rpcs = [rpc for rpc in asking.rpcs() if rpc.access.role]
    fields = {field.name for rpc in rpcs for field in strings_of(rpc.method.input_type)}
    assert fields - _WORDS - set(said) == set(), "a new field has to be thought of: can it name what a brand has?"
    before = settled(story, everything=frozenset())
    answers = [
        (rpc, asking.send(rpc, rpc.request(said | {"brand": other.brand}).SerializeToString(), token))
        for token in tokens
        for rpc in rpcs
    ]
    secrets = [MARK, story.secret, said["link"], said["session"], said["key"], story.brand]
    told = [str(rpc) for rpc, (_, words) in answers if any(each.encode() in words for each in secrets)]
    crossed = [str(rpc) for rpc, (code, _) in answers if code is grpc.StatusCode.PERMISSION_DENIED]
    after = state(story, everything=frozenset())
    changed = {table: set(rows) ^ set(after[table]) for table, rows in before.items() if after[table] != rows}
    figures.count("rpcs that an admin calls in his brand, naming what another has", len(rpcs))
    figures.count("answers that tell something of the other brand", len(told), at_most=0)
    figures.count("tables of the other brand that changed", len(changed), at_most=0)
    assert (told, changed, crossed) == ([], {}, [])


def everything_of(story: Story) -> dict[str, Any]:
    """Make one of everything in a brand, and name each as the fields of requests do."""
    request_id = str(uuid.uuid4())
    kind = story.call("curation.v1.Curation/CreateCollection", collection="best", title=MARK, requestId=request_id)
    story.send(story.item(1, seed=1, text=f"{MARK} at night"))
    (post,) = story.arrived(1)
    story.decide(post)
    link = story.ask(post["post"])
    story.grant(link)
    story.shows({post["post"]})
    story.call("curation.v1.Curation/AddToCollection", collection=kind["collection"], posts=[post["post"]])
    key = story.add_surface("letter", access="SURFACE_ACCESS_KEY", title=MARK)["key"]
    # Nothing is sent to it: what it is to be told stays as it is.
    endpoint = story.subscribe("https://cms.lumen.example/", title=MARK)["endpoint"]["endpoint"]
    story.call("publishing.v1.Publishing/UpdateEndpoint", endpoint=endpoint, enabled=False)
    delivery = story.call("publishing.v1.Publishing/SendTestEvent", endpoint=endpoint)["delivery"]
    rights = story.call("rights.v1.Rights/BatchGetPostRights", posts=[post["post"]])["rights"][0]
    decision = story.call("curation.v1.Curation/GetPost", post=post["post"])["history"][0]["decision"]
    story.call("rights.v1.Rights/CreateTemplate", template="warm", title=MARK, message=f"{MARK} {{link}}")
    right = {"basis": "BASIS_CONTRACT", "givenBy": MARK, "givenOn": "2026-11-03", "note": MARK, "proof": "JVBERi0xLjc="}
    attested = story.call("rights.v1.Rights/AttestGrant", post=post["post"], scope={"uses": ["USE_WEB"]}, **right)
    mine = story.visitor.get(story.feed()["items"][0]["_chorus"]["mine_url"])
    story.visitor.submit(mine, "Send", kind="not_allowed", words=MARK)
    claim = story.call("rights.v1.Rights/GetClaim", post=post["post"])["claim"]["claim"]
    people = People(story)
    member, machine = people.member(ROLES[0]), people.machine(ROLES[0])
    named = {
        "brand": story.brand, "post": post["post"], "posts": post["post"], "media": post["media"][0]["media"],
        "before": post["post"], "source": "shop", "sources": "shop", "surface": "wall", "collection": "best",
        "terms": "showing", "request": rights["requests"][0]["request"], "others": rights["requests"][0]["request"],
        "decisions": decision,
        "template": "warm", "asked_by": f"ada@{story.brand}.example",
        "seen_decision": decision, "grants": rights["grants"][0]["grant"], "email": people.email(ROLES[0]),
        "machine_token": machine.token.machine_token, "credential": machine.secret, "request_id": request_id,
        "link": link.rpartition("/")[2], "session": member._client.cookies["chorus"], "nonce": "x", "code": "x",
        "sha256": story.terms["sha256"], "terms_sha256": story.terms["sha256"],
        "endpoint": endpoint, "delivery": delivery, "grant": attested["grant"],
        "claim": claim,
    }  # fmt: skip
    return {"key": key, **_CHOSEN, **named}


def test_who_left_or_was_revoked_gets_no_token_for_the_brand(story: Story, other: Story, asking: Asking) -> None:
    people = People(story)
    machine = people.machine(ROLES[1])
    people.member(ROLES[1])
    member = people.member(ROLES[1], other.brand)
    session = member._client.cookies["chorus"]
    story.call("brands.v1.Brands/RemoveMember", email=people.email(ROLES[1]))
    story.call("brands.v1.Brands/RevokeMachineToken", machineToken=machine.token.machine_token)
    (queue,) = [rpc for rpc in asking.rpcs() if rpc.path.endswith("Curation/ListPosts")]
    request = queue.request({"brand": story.brand}).SerializeToString()
    assert asking.send(queue, request, people.token(session))[0] is grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(grpc.RpcError) as refused:
        people.token(machine.secret)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


# --- the console ------------------------------------------------------------------------------------------------------


def test_the_console_passes_on_what_a_members_role_allows_and_nothing_else(
    story: Story, other: Story, asking: Asking, figures: Figures
) -> None:
    bare, rpcs = {"brand": story.brand}, asking.rpcs()
    sessions = list(_sessions(story, other))
    wrong = [
        f"{caller.name}: {rpc} answered {found}, not {verdict}"
        for rpc in rpcs
        for curator, caller in sessions
        if (verdict := _at_the_console(rpc, caller)) != (found := _passed_on(curator, rpc, rpc.request(bare)))
    ]
    figures.count("calls through the console, by each role", len(rpcs) * len(sessions))
    figures.count("passed on though they may not, or not though they may", len(wrong), at_most=0)
    assert wrong == []


def _sessions(story: Story, other: Story) -> Iterator[tuple[Curator, Caller]]:
    here, there = People(story), People(other)
    yield from ((here.member(role), Caller(f"member {role}", "a session", role)) for role in ROLES)
    yield there.member(max(ROLES)), Caller("other brand's admin", "a session")
    yield Curator(story.house.addresses.console), Caller("nobody", None, known=False)
    forged = Curator(story.house.addresses.console)
    forged._client.cookies.set("chorus", "chs_forged")
    yield forged, Caller("a forged session", "", known=False)
    left = here.member(ROLES[0], other.brand)
    left._client.post("/sign-out", headers={"Origin": left.origin})
    left._client.cookies.set("chorus", "chs_ended")
    yield left, Caller("who signed out", "", known=False)


def _at_the_console(rpc: Rpc, caller: Caller) -> str:
    return caller.verdict(rpc.access) if is_for_members(rpc.method) else "nothing"


def _passed_on(curator: Curator, rpc: Rpc, request: Any) -> str:  # noqa: ANN401 -- any request message
    headers = {"Origin": curator.origin, "Connect-Protocol-Version": "1", "Content-Type": "application/proto"}
    answer = curator._client.post(f"/rpc{rpc.path}", content=request.SerializeToString(), headers=headers)
    said = {401: "unknown", 403: "denied"}.get(answer.status_code, "in")
    nothing = said == "in" and answer.headers.get("content-type") != "application/proto" and '"code"' not in answer.text
    return "nothing" if nothing or '"unimplemented"' in answer.text else said


# --- routes -----------------------------------------------------------------------------------------------------------


def test_what_needs_a_session_a_member_a_link_or_a_signature_answers_nobody_without(
    story: Story, other: Story, figures: Figures
) -> None:
    story.send(story.item(1, seed=1))
    media = story.arrived(1)[0]["media"][0]["media"]
    at = {"brand": story.brand, "media": media, "size:int": "640", "kind": "webp", "type": "jpg", "token": "x" * 43}
    needed = {LINK: {404, 422}, SIGNATURE: {401}, SESSION: {401}, MEMBER: {401, 403}}
    people = {"nobody": None, "an admin elsewhere": People(other).member(max(ROLES))}
    guarded = [(route, need) for route, need in ROUTES.items() if need in needed]
    wrong = [
        f"{who}: {route} answered {status}"
        for route, need in guarded
        for who, curator in people.items()
        if not (need == SESSION and curator)
        if (status := _status(story, route, at | {"source": "shop"}, curator)) not in needed[need]
    ]
    viewer = People(story).member(ROLES[0])
    assert _status(story, "GET /preview/{brand}/{media}/{size:int}.{kind}", at, viewer) == 200
    figures.count("HTTP routes that want a link, a signature or a session", len(guarded))
    figures.count("that answered somebody without", len(wrong), at_most=0)
    assert wrong == []


def _status(story: Story, route: str, at: dict[str, str], curator: Curator | None) -> int:
    method, _, path = route.partition(" ")
    for name, value in at.items():
        path = path.replace(f"{{{name}}}", value)
    console = ROUTES[route] in {SESSION, MEMBER}
    origin = story.house.addresses.console if console else story.house.addresses.public
    cookies = dict(curator._client.cookies) if curator else {}
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
    return httpx2.request(method, origin + path, headers=headers, trust_env=False).status_code
