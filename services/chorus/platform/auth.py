"""Who is asking: signed access tokens that every process verifies without a call.

A token is JSON with an HMAC (SHA-256), good for at most ten minutes. Its key is derived from `CHORUS_SECRET_KEY`, which
every process of an installation holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from itsdangerous import BadData, URLSafeSerializer

from chorus.errors import Unauthenticated
from chorus.platform.secrets import derive

Kind = Literal["member", "machine", "service", "operator"]
LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True)
class Principal:
    """Who a token speaks for: `roles` maps brand to role number (chorus.api.types.v1.Role)."""

    kind: Kind
    name: str
    email: str = ""
    roles: Mapping[str, int] = field(default_factory=dict)

    def may(self, brand: str, role: int) -> bool:
        """Tell whether this principal holds at least that role in the brand; the operator holds every role."""
        return self.kind == "operator" or self.roles.get(brand, 0) >= role


class Signer:
    """Issues and verifies access tokens."""

    def __init__(self, keys: Sequence[str], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Derive one signing key from each secret; the first signs, all verify."""
        self._now = now
        # itsdangerous signs with the last key of its list.
        secrets = [derive(key, "access-token") for key in reversed(keys)]
        options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._serializer = URLSafeSerializer(secrets, salt=b"chorus/access-token", signer_kwargs=options)

    def issue(self, principal: Principal, lifetime: timedelta = LIFETIME) -> tuple[str, datetime]:
        """Sign a token; answers it with the moment at which it ends."""
        expires = self._now() + lifetime
        claims = {
            "exp": int(expires.timestamp()),
            "kind": principal.kind,
            "sub": principal.name,
            "email": principal.email,
            "roles": dict(principal.roles),
        }
        return str(self._serializer.dumps(claims)), expires

    def verify(self, token: str) -> Principal:
        """Tell who a token speaks for; Unauthenticated where it is forged, damaged or over."""
        try:
            return _principal(self._serializer.loads(token), self._now())
        except (BadData, ValueError, KeyError, TypeError) as error:
            message = "The access token is not valid or has ended: sign in again, or issue a new one."
            raise Unauthenticated(message, reason="TOKEN_INVALID") from error

    def service_token(self, name: str) -> str:
        """Sign a token by which one of Chorus's own processes proves itself to another."""
        return self.issue(Principal("service", name))[0]

    def operator_token(self) -> str:
        """Sign a token for whoever operates the installation, which holding the secret proves."""
        return self.issue(Principal("operator", "operator"))[0]


def _principal(claims: Mapping[str, object], now: datetime) -> Principal:
    kind, roles, ends = claims["kind"], claims["roles"], claims["exp"]
    if kind not in get_args(Kind) or not isinstance(roles, dict) or not isinstance(ends, int):
        message = "unknown kind of principal"
        raise ValueError(message)
    if ends <= now.timestamp():
        message = "over"
        raise ValueError(message)
    return Principal(kind, str(claims["sub"]), str(claims["email"]), {str(b): int(r) for b, r in roles.items()})  # type: ignore[arg-type]  # kind was checked just above
