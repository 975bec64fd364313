"""Who is asking: signed access tokens that every process verifies without a call.

A token is a JWT (RFC 7519, HS256) of at most ten minutes. Its key is derived from `CHORUS_SECRET_KEY`, which every
process of an installation holds; the `kid` names which secret of the rotating list signed it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from chorus.errors import Unauthenticated
from chorus.platform.secrets import derive, sha256_hex

Kind = Literal["member", "machine", "service", "operator"]
LIFETIME = timedelta(minutes=10)
AUDIENCE = "chorus"


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
        self._keys = [OctKey.import_key(derive(key, "access-token"), {"kid": _kid(key)}) for key in keys]
        self._set = KeySet([*self._keys])

    def issue(self, principal: Principal, lifetime: timedelta = LIFETIME) -> tuple[str, datetime]:
        """Sign a token; answers it with the moment at which it ends."""
        expires = self._now() + lifetime
        claims = {
            "aud": AUDIENCE,
            "exp": int(expires.timestamp()),
            "kind": principal.kind,
            "sub": principal.name,
            "email": principal.email,
            "roles": dict(principal.roles),
        }
        key = self._keys[0]
        return jwt.encode({"alg": "HS256", "kid": key.kid}, claims, key), expires

    def verify(self, token: str) -> Principal:
        """Tell who a token speaks for; Unauthenticated where it is forged, damaged or over."""
        try:
            claims = jwt.decode(token, self._set, algorithms=["HS256"]).claims
            rules = jwt.JWTClaimsRegistry(
                now=lambda: int(self._now().timestamp()),
                aud={"essential": True, "value": AUDIENCE},
                exp={"essential": True},
            )
            rules.validate(claims)
            return _principal(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            message = "The access token is not valid or has ended: sign in again, or issue a new one."
            raise Unauthenticated(message, reason="TOKEN_INVALID") from error

    def service_token(self, name: str) -> str:
        """Sign a token by which one of Chorus's own processes proves itself to another."""
        return self.issue(Principal("service", name))[0]

    def operator_token(self) -> str:
        """Sign a token for whoever operates the installation, which holding the secret proves."""
        return self.issue(Principal("operator", "operator"))[0]


def _kid(secret: str) -> str:
    return sha256_hex(derive(secret, "access-token-kid"))[:16]


def _principal(claims: Mapping[str, object]) -> Principal:
    kind = claims["kind"]
    roles = claims["roles"]
    if kind not in get_args(Kind) or not isinstance(roles, dict):
        message = "unknown kind of principal"
        raise ValueError(message)
    return Principal(kind, str(claims["sub"]), str(claims["email"]), {str(b): int(r) for b, r in roles.items()})  # type: ignore[arg-type]  # kind was checked just above
