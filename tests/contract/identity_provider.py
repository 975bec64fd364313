"""A small identity provider on loopback that speaks OpenID Connect: it vouches for whom a test names."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from chorus.platform.web import HttpServer, application

CLIENT_ID, CLIENT_SECRET = "console", "a-client-secret"
Answer = Callable[[Request], Awaitable[Response]]


class IdentityProvider:
    """Answers discovery, authorization, token and keys. `claims` is what it says about whoever comes.

    Below the path `broken` it answers as a proxy does whose provider is down.
    """

    def __init__(self) -> None:
        self.claims: dict[str, object] = {}
        self.broken = ""
        self.issuer = ""
        self._key = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)
        self._nonces: dict[str, str] = {}

    def routes(self) -> list[Route]:
        answers = {
            "/.well-known/openid-configuration": self._metadata,
            "/authorize": self._authorize,
            "/token": self._token,
            "/keys": self._keys,
        }
        return [Route(path, self._unless_broken(answer), methods=["GET", "POST"]) for path, answer in answers.items()]

    def _unless_broken(self, answer: Answer) -> Answer:
        async def answered(request: Request) -> Response:
            if request.url.path == self.broken:
                return PlainTextResponse("Bad Gateway", 502)
            return await answer(request)

        return answered

    async def _metadata(self, _request: Request) -> Response:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        told = {name: f"{self.issuer}/{path}" for name, path in places.items()}
        return JSONResponse({"issuer": self.issuer, "id_token_signing_alg_values_supported": ["RS256"], **told})

    async def _authorize(self, request: Request) -> Response:
        code = secrets.token_urlsafe()
        self._nonces[code] = request.query_params["nonce"]
        back = urlencode({"code": code, "state": request.query_params["state"]})
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{back}", 303)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "somebody",
            "iat": now,
            "exp": now + 60,
            "nonce": self._nonces.pop(str(form["code"])),
            **self.claims,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self._key)
        return JSONResponse({"access_token": "unused", "token_type": "Bearer", "id_token": signed})

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """Run a provider."""
    provider = IdentityProvider()
    server = HttpServer(application(provider.routes(), {}), "127.0.0.1:0")
    provider.issuer = f"http://127.0.0.1:{server.port}"
    server.start()
    try:
        yield provider
    finally:
        server.stop(5)
