"""Signing in through the organisation's own identity provider (OpenID Connect).

The provider vouches for an e-mail address, and for nothing else: who is a member, and with which role, brands knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from json import JSONDecodeError

import grpc
import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, Router

from chorus.api.brands.v1 import brands_pb2 as pb
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.console.sign_in import page
from chorus.errors import ChorusError, Denied, NotFound, Unauthenticated, Unavailable
from chorus.platform import logs
from chorus.platform.auth import Signer
from chorus.platform.secrets import derive
from chorus.platform.status import error_of

log = logs.logger(__name__)
ROUND_TRIP_SECONDS = 600
# Nobody there, a refusal in place of an answer, or something that is no JSON.
_NO_ANSWER = (httpx2.HTTPError, OSError, JSONDecodeError)


@dataclass(frozen=True)
class Client:
    """How the provider knows this console."""

    issuer: str
    client_id: str
    client_secret: str


class Provider:
    """Sends people to the provider and takes them back with a one-time code of Chorus's own."""

    def __init__(
        self, client: Client, title: str, console_url: str, secret: str, brands: grpc.Channel, signer: Signer
    ) -> None:
        """Name the provider for people by `title`; `secret` keeps the round trip from being forged."""
        self.title = title
        self._back = f"{console_url.rstrip('/')}/sign-in/oidc/back"
        self._brands = BrandsStub(brands)
        self._signer = signer
        self._secret = derive(secret, "oidc-round-trip").hex()
        self._https = console_url.startswith("https:")
        oauth = OAuth()
        self._remote = oauth.register(
            "oidc",
            server_metadata_url=f"{client.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_id=client.client_id,
            client_secret=client.client_secret,
            client_kwargs={"scope": "openid email", "code_challenge_method": "S256"},
        )

    def routes(self) -> list[BaseRoute]:
        """Put together the way there and the way back; a short-lived cookie of their own holds state and nonce."""
        ways = [Route("/", self._go, methods=["POST"]), Route("/back", self._return, methods=["GET"])]
        round_trip = SessionMiddleware(
            Router(ways),
            secret_key=self._secret,
            session_cookie="chorus-oidc",
            max_age=ROUND_TRIP_SECONDS,
            path="/sign-in/oidc",
            same_site="lax",
            https_only=self._https,
        )
        return [Mount("/sign-in/oidc", round_trip)]

    async def _go(self, request: Request) -> Response:
        try:
            answer = await self._remote.authorize_redirect(request, self._back)
        except (OAuthError, *_NO_ANSWER) as error:
            log.warning("identity provider does not answer", error=str(error))
            return page(self.title, wrong=_away())
        answer.status_code = 303
        return answer  # type: ignore[no-any-return]  # authlib comes without types

    async def _return(self, request: Request) -> Response:
        try:
            code = await self._vouched(request)
        except ChorusError as error:
            return page(self.title, wrong=error)
        return RedirectResponse(f"/sign-in?code={code}", 303)

    async def _vouched(self, request: Request) -> str:
        try:
            token = await self._remote.authorize_access_token(request)
        except _NO_ANSWER as error:
            raise _away() from error
        except (OAuthError, JoseError) as error:
            message = "The identity provider did not vouch for you: sign in again."
            raise Unauthenticated(message) from error
        email = verified_email(token.get("userinfo") or {})
        return await run_in_threadpool(self._code, email)

    def _code(self, email: str) -> str:
        metadata = (("authorization", f"Bearer {self._signer.service_token('console')}"),)
        try:
            return str(self._brands.CreateSignIn(pb.CreateSignInRequest(email=email), metadata=metadata).code)
        except grpc.RpcError as failure:
            error = error_of(failure)
            if isinstance(error, NotFound):
                message = f"{email} is not a member of any brand here: ask an admin to add you."
                raise Denied(message) from failure
            raise error from failure


def _away() -> Unavailable:
    return Unavailable("The identity provider cannot be reached: try again in a moment.")


def verified_email(claims: dict[str, object]) -> str:
    """Read the address that the provider vouches for; Denied where it does not say that it was verified."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        message = "The identity provider has not verified your e-mail address."
        raise Denied(message)
    return email
