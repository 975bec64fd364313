"""Everybody who may ask a room: members and machines of each role, other brands' people, services, and frauds."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from itsdangerous import URLSafeSerializer

from chorus.api.brands.v1 import brands_pb2 as pb
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.api.types.v1 import access_pb2
from chorus.local.engines import ROOMS
from chorus.local.house import DOORS
from chorus.local.people import Curator
from chorus.platform import rpc
from chorus.platform.auth import Principal, Signer
from chorus.platform.secrets import derive
from tests.house.story import Story
from tests.serving import KEYS

ROLES = [number for number in access_pb2.Role.values() if number]
FRAUDS = 20
_SIGNER = Signer(KEYS)


@dataclass(frozen=True)
class Caller:
    """Somebody with a token, or without one (None); `role` is the one in the brand that is asked about."""

    name: str
    token: str | None
    role: int = 0
    service: str = ""
    operator: bool = False
    known: bool = True

    def verdict(self, access: access_pb2.Access) -> str:
        """Say by the rules what an rpc has to answer: "in", "denied" or "unknown"."""
        if not self.known:
            return "in" if access.anyone and self.token is None else "unknown"
        if access.anyone or access.signed_in or self.operator:
            return "in"
        allowed = self.service in access.services if self.service else 0 < access.role <= self.role
        return "in" if allowed else "denied"


class People:
    """The members and machines of a brand, who came in by the doors that real ones come in by."""

    def __init__(self, story: Story) -> None:
        self.brand = story.brand
        self._mark = uuid.uuid4().hex[:10]
        self._story = story
        self._brands = BrandsStub(rpc.channel(story.house.addresses.grpc["brands"], _SIGNER.operator_token))

    def email(self, role: int) -> str:
        return f"{_title(role).replace(' ', '-')}-{self._mark}@people.example"

    def member(self, role: int, brand: str = "") -> Curator:
        """Sign in a member of a role, in the brand or in another one as well."""
        said = pb.SetMemberRequest(brand=brand or self.brand, email=self.email(role), display_name="Sam", role=role)  # type: ignore[arg-type]  # a role's number
        self._brands.SetMember(said)
        curator = Curator(self._story.house.addresses.console)
        curator.sign_in(self._brands.CreateSignIn(pb.CreateSignInRequest(email=self.email(role))).code)
        return curator

    def machine(self, role: int) -> pb.CreateMachineTokenResponse:
        said = pb.CreateMachineTokenRequest(brand=self.brand, title="A machine", role=role)  # type: ignore[arg-type]  # a role's number
        return self._brands.CreateMachineToken(said)

    def token(self, credential: str) -> str:
        return str(self._brands.IssueAccessToken(pb.IssueAccessTokenRequest(credential=credential)).access_token)

    def both(self, role: int) -> Iterator[tuple[str, str]]:
        """Give a member's and a machine's token of a role, each with a name for it."""
        yield f"member {_title(role)}", self.token(self.member(role)._client.cookies["chorus"])
        yield f"machine {_title(role)}", self.token(self.machine(role).secret)


def _title(role: int) -> str:
    return access_pb2.Role.DESCRIPTOR.values_by_number[role].name.removeprefix("ROLE_").lower().replace("_", " ")


def everybody(story: Story, other: Story) -> list[Caller]:
    """List every kind of caller, as seen from a brand; `other` is a brand that has nothing to do with it."""
    here, there = People(story), People(other)
    return [
        *(Caller(name, token, role) for role in ROLES for name, token in here.both(role)),
        *(Caller(f"other brand's {name}", token) for role in ROLES for name, token in there.both(role)),
        *(Caller(f"service {name}", _SIGNER.service_token(name), service=name) for name in (*ROOMS, *DOORS)),
        *(
            Caller(f"no service, {name!r}", _SIGNER.service_token(name), service=name)
            for name in ("anyone", "operator")
        ),
        Caller("operator", _SIGNER.operator_token(), operator=True),
        Caller("nobody", None, known=False),
    ]


def frauds_of(brand: str) -> Iterator[Caller]:
    """List admins and operators by their own word."""
    admin = Principal("member", "Ada Sample", "ada@lumen.example", {brand: max(ROLES)})
    operator = Principal("operator", "operator")
    for who in (admin, operator):
        yield from (Caller(f"{who.name}'s token {what}", token, known=False) for what, token in _forged(who).items())


def _forged(who: Principal) -> dict[str, str]:
    good = _SIGNER.issue(who)[0]
    claims, _, signature = good.rpartition(".")
    claimed = {"exp": int(time.time()) + 600, "kind": who.kind, "sub": who.name, "email": "", "roles": dict(who.roles)}
    plain = base64.urlsafe_b64encode(json.dumps(claimed).encode()).decode()
    return {
        "expired": _SIGNER.issue(who, -timedelta(minutes=1))[0],
        "signed by another": Signer(["another-secret-0123456789-0123456789"]).issue(who)[0],
        "of another purpose": str(URLSafeSerializer(derive(KEYS[0], "access-token"), salt="other").dumps(claimed)),
        "with another's signature": f"{claims}.{_SIGNER.service_token('creator').rpartition('.')[2]}",
        "with another's claims": f"{_SIGNER.service_token('creator').rpartition('.')[0]}.{signature}",
        "as an unsigned JWT": f"eyJhbGciOiJub25lIn0.{plain.rstrip('=')}.",
        "cut": good[:-20],
        "without a signature": f"{claims}.",
        "doubled": f"{good}.{good}",
        "empty": "",
    }
