"""P11: a secret opens one thing.

Everything that a secret opens in a running house, from a creator's link to an access token, is tried with secrets that
are forged (a character changed, dropped or added, cut, padded, doubled, turned round, or made up), expired, used up,
ended, or good for something else: none is accepted and no row changes. The true ones are accepted before and after.
"""

from __future__ import annotations

import random
import string
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import grpc
import httpx2
import pytest
from standardwebhooks import Webhook

from chorus.api.brands.v1 import brands_pb2 as pb
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.creator.fresh import Fresh
from chorus.local.people import until
from chorus.platform import rpc
from chorus.platform.auth import Principal, Signer
from chorus.platform.secrets import sha256_hex
from chorus.rights.adapters.nonces import LONGEST_SECONDS, Nonces
from chorus.rights.domain.link import Purpose
from tests.hostile.callers import ROLES, People
from tests.hostile.rows import changed, settled
from tests.hostile.senders import PHOTO, Uploader
from tests.hostile.test_links import Creator, ask, sign_in_code
from tests.house.fixtures import on
from tests.house.story import Story
from tests.measuring import Figures, Scale, loopback
from tests.serving import KEYS

pytestmark = [on("embedded"), pytest.mark.timeout(1200)]
LETTERS = f"{string.ascii_letters}{string.digits}-_."


@dataclass(frozen=True)
class Lock:
    """What a secret opens: the true one, those that were true, and a way to try any."""

    name: str
    true: str
    opens: Callable[[str], bool]
    over: Sequence[str] = ()
    also: Sequence[str] = ()
    """Names of other locks that the true one opens rightly."""


def test_no_secret_but_its_own_opens_anything(story: Story, figures: Figures, scale: Scale, seed: int) -> None:
    chance = random.Random(seed)
    locks = [*_people(story), *_creators(story), *_machines(story)]
    before = settled(story)
    kinds, opened = {"forged": 0, "of another purpose": 0, "over": 0}, []
    for lock in locks:
        others = [other.true for other in locks if other is not lock and lock.name not in other.also]
        tries = [("of another purpose", each) for each in others] + [("over", each) for each in lock.over]
        tries += [("forged", _forged(chance, lock.true)) for _ in range(scale(15, 900))]
        for kind, secret in tries:
            kinds[kind] += 1
            if lock.opens(secret):
                opened.append(f"{lock.name}: {kind} {secret!r} for {lock.true!r}")
    moved = changed(story, before)
    figures.count("things that a secret opens", len(locks), at_least=10)
    for kind, count in kinds.items():
        figures.count(f"secrets {kind}", count, at_least=1)
    figures.count("tried in all", sum(kinds.values()), at_least=scale(150, 10_000))
    figures.count("accepted", len(opened), at_most=0)
    figures.count("tables that changed", len(moved), at_most=0)
    assert moved == []
    assert not opened, "\n".join(opened[:20])
    assert [lock.name for lock in locks if not lock.opens(lock.true)] == [], "the true one has to open it"


def _forged(chance: random.Random, true: str) -> str:
    """Change a secret anywhere but at its last character, whose lowest bits base64 does not use."""
    at = chance.randrange(len(true) - 1)
    other = chance.choice([letter for letter in LETTERS if letter != true[at]])
    forms: list[Callable[[], str]] = [
        lambda: true[:at] + other + true[at + 1 :],
        lambda: true[:at] + true[at + 1 :],
        lambda: true[:at] + other + true[at:],
        lambda: true[: at + 1],
        lambda: true[at + 1 :],
        lambda: other * chance.randrange(1, 9) + true,
        lambda: true * 2,
        true.swapcase,
        lambda: true[::-1],
        lambda: "".join(chance.choice(LETTERS) for _ in true),
    ]
    made = chance.choice(forms)()
    return made if made != true else made + other


# --- what they open ---------------------------------------------------------------------------------------------------


def _people(story: Story) -> Iterator[Lock]:
    """Give what lets people into the console."""
    console, people = loopback(story.house.addresses.console), People(story)
    http = httpx2.Client(base_url=console, trust_env=False, timeout=60, headers={"Origin": console})
    used, left = sign_in_code(story), people.member(ROLES[0])
    http.post("/sign-in", data={"code": used})
    http.cookies.clear()
    ended = left._client.cookies["chorus"]
    left._client.post("/sign-out", headers={"Origin": console})

    def signs_in(code: str) -> bool:
        entered = http.post("/sign-in", data={"code": code}).status_code == httpx2.codes.SEE_OTHER
        http.cookies.clear()
        return entered

    def is_known(session: str) -> bool:
        return http.get("/session", headers={"Cookie": f"chorus={session}"}).is_success

    yield Lock("sign-in code", sign_in_code(story), signs_in, [used])
    yield Lock("session", story.curator._client.cookies["chorus"], is_known, [ended], ["machine token"])


def _creators(story: Story) -> Iterator[Lock]:
    """Give what creators hold: links and the one-time values of their forms."""
    granted, asked = Creator(story, ask(story, 1)), Creator(story, ask(story, 3))
    uploaded = Uploader(story).by_api(PHOTO).json()["manage_url"]
    spent = granted.nonce("answer")
    granted.send("answer", nonce=spent, answer="yes")
    mine = Creator(story, uploaded)
    until("rights to hear of the upload", lambda: mine.open().heading.startswith("Thank you") or None)
    base, token = asked.link.rsplit("/", 1)
    old = [_old_nonce(each.link, purpose) for each in (asked, granted) for purpose in Purpose]
    fresh = Fresh(KEYS).mark("no-such-link", story.brand)

    def opens(link: str) -> bool:
        return Creator(story, f"{base}/{quote(link, safe='')}").open().status != httpx2.codes.NOT_FOUND

    def withdraws(link: str) -> bool:
        return Creator(story, f"{base}/{quote(link, safe='')}").send("withdraw").status != httpx2.codes.NOT_FOUND

    def prepares(mark: str) -> bool:
        return Creator(story, f"{base}/no-such-link?fresh={quote(mark, safe='')}").open().status == httpx2.codes.OK

    yield Lock("creator's link", token, opens)
    yield Lock("mark of a fresh upload", fresh, prepares, [Fresh(KEYS).mark("another-link", story.brand)])
    # The last two locks are opened for good by their true secrets.
    yield Lock(
        "form that revokes", granted.nonce("revoke"), lambda nonce: _done(granted, "revoke", nonce), [spent, *old]
    )
    yield Lock("form that answers", asked.nonce("answer"), lambda nonce: _done(asked, "answer", nonce), [spent, *old])
    yield Lock("uploader's link", uploaded.rpartition("/")[2], withdraws, [token], ["creator's link"])


def _done(creator: Creator, act: str, nonce: str) -> bool:
    return creator.send(act, nonce=nonce, answer="no").status == httpx2.codes.OK


def _old_nonce(link: str, purpose: Purpose) -> str:
    """Make the value of a form that was open for too long."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("itsdangerous.timed.time.time", lambda: time.time_ns() / 1e9 - LONGEST_SECONDS - 5)
        return Nonces(KEYS).make(sha256_hex(link.rpartition("/")[2]), purpose)


def _machines(story: Story) -> Iterator[Lock]:
    """Give what machines hold: tokens, keys and signatures."""
    people, signer = People(story), Signer(KEYS)
    brands = BrandsStub(rpc.channel(story.house.addresses.grpc["brands"]))
    member = Principal("member", "Ada Sample", "ada@lumen.example", {story.brand: max(ROLES)})
    key, old_key = _surface_keys(story)
    revoked = people.machine(ROLES[0])
    story.call("brands.v1.Brands/RevokeMachineToken", machineToken=revoked.token.machine_token)

    def trades(credential: str) -> bool:
        return _answers(lambda: brands.IssueAccessToken(pb.IssueAccessTokenRequest(credential=credential)))

    def calls(token: str) -> bool:
        metadata = (("authorization", f"Bearer {token}"),)
        return _answers(lambda: brands.ListBrands(pb.ListBrandsRequest(), metadata=metadata))

    def reads(secret: str) -> bool:
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx2.get(story.address("feed.json", "letter"), headers=headers, trust_env=False).is_success

    # Brands trades sessions and machines' tokens alike: each is good where the other is.
    yield Lock("machine token", people.machine(ROLES[0]).secret, trades, [revoked.secret], ["session"])
    yield Lock("access token", signer.issue(member)[0], calls, [signer.issue(member, -timedelta(seconds=1))[0]])
    yield Lock("surface's key", key, reads, [old_key])
    yield _delivery(story)


def _surface_keys(story: Story) -> tuple[str, str]:
    old = story.add_surface("letter", access="SURFACE_ACCESS_KEY")["key"]
    return str(story.call("publishing.v1.Publishing/RotateKey", surface="letter")["key"]), str(old)


def _delivery(story: Story) -> Lock:
    """Give a delivery that is an empty repeat: accepted, it would say so and change nothing."""
    story.send(item := story.item(9))
    address = f"{loopback(story.house.addresses.public)}/v1/{story.brand}/sources/shop/posts"
    body, now = httpx2.Request("POST", address, json={"posts": [item]}).read(), int(time.time())

    def headers(signature: str, at: int) -> dict[str, str]:
        return {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": signature}

    def delivers(signature: str) -> bool:
        return httpx2.post(address, content=body, headers=headers(signature, now), trust_env=False).is_success

    def signed(at: int) -> str:
        return Webhook(story.secret).sign("msg_1", datetime.fromtimestamp(at, UTC), body.decode())

    return Lock("delivery's signature", signed(now), delivers, [signed(now - 1), signed(now - 600)])


def _answers(call: Callable[[], object]) -> bool:
    try:
        call()
    except grpc.RpcError as refused:
        if refused.code() is not grpc.StatusCode.UNAUTHENTICATED:
            raise
        return False
    return True
