"""From the cookie of a browser to the access token that services verify.

The cookie holds the opaque session that brands gave out. Brands trades it for a signed token of at most ten minutes,
which is kept here until shortly before its end; so ending a membership takes effect within that time.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

import grpc
from starlette.requests import cookie_parser
from starlette.responses import Response

from chorus.api.brands.v1 import brands_pb2 as pb
from chorus.api.brands.v1.brands_pb2_grpc import BrandsStub
from chorus.errors import Unauthenticated
from chorus.platform.secrets import sha256_hex
from chorus.platform.status import error_of

KEEP_SECONDS = 30 * 24 * 3600
RENEW_BEFORE_SECONDS = 60
MOST_KEPT = 10_000


class Cookie:
    """The session cookie; bound to its host and to https wherever the console has https."""

    def __init__(self, console_url: str) -> None:
        """Name the cookie for this console's address."""
        self._secure = console_url.startswith("https:")
        self.name = "__Host-chorus" if self._secure else "chorus"

    def read(self, header: str) -> str:
        """Read the session from a `Cookie` header; empty where there is none."""
        return cookie_parser(header).get(self.name, "")

    def set(self, response: Response, session: str) -> None:
        """Hand the session to the browser, where no script can read it."""
        response.set_cookie(
            self.name, session, max_age=KEEP_SECONDS, path="/", secure=self._secure, httponly=True, samesite="strict"
        )

    def clear(self, response: Response) -> None:
        """Take the session from the browser."""
        response.delete_cookie(self.name, path="/", secure=self._secure, httponly=True, samesite="strict")


class Sessions:
    """Access tokens by session; safe to use from many threads."""

    def __init__(self, brands: grpc.Channel, *, clock: Callable[[], float] = time.time) -> None:
        """Trade sessions at brands; `clock` tells seconds since 1970."""
        self._brands = BrandsStub(brands)
        self._clock = clock
        self._kept: OrderedDict[str, pb.AccessToken] = OrderedDict()
        self._lock = threading.Lock()

    def redeem(self, code: str) -> str:
        """Trade a one-time code for a session; Unauthenticated where it is unknown, used or over."""
        try:
            return str(self._brands.RedeemSignIn(pb.RedeemSignInRequest(code=code)).session)
        except grpc.RpcError as failure:
            raise error_of(failure) from failure

    def token(self, session: str) -> pb.AccessToken:
        """Answer the access token of a session; Unauthenticated where there is none, Unavailable without brands."""
        if not session:
            message = "Nobody is signed in."
            raise Unauthenticated(message)
        key = sha256_hex(session)
        with self._lock:
            kept = self._kept.get(key)
        if kept and kept.expires_at.seconds - RENEW_BEFORE_SECONDS > self._clock():
            return kept
        return self._trade(key, session)

    def end(self, session: str) -> None:
        """End a session here and at brands; unknown ones end without an error."""
        with self._lock:
            self._kept.pop(sha256_hex(session), None)
        try:
            self._brands.EndSession(pb.EndSessionRequest(session=session))
        except grpc.RpcError as failure:
            raise error_of(failure) from failure

    def _trade(self, key: str, session: str) -> pb.AccessToken:
        try:
            token: pb.AccessToken = self._brands.IssueAccessToken(pb.IssueAccessTokenRequest(credential=session))
        except grpc.RpcError as failure:
            raise error_of(failure) from failure
        with self._lock:
            self._kept[key] = token
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return token
