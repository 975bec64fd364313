"""Signing in with a one-time address, and out; and who is signed in. Looking at the address redeems nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from chorus.console.sessions import Cookie, Sessions
from chorus.errors import ChorusError, Unauthenticated
from chorus.platform import design
from chorus.platform.guard import Guard
from chorus.platform.web import http_status

_PAGES: Final = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)


def routes(sessions: Sessions, cookie: Cookie, public_url: str, provider: str, guard: Guard) -> list[BaseRoute]:
    """Put together the pages for signing in; `provider` names who else vouches for members, empty for nobody.

    `guard` counts how often each client tries.
    """

    def look(request: Request) -> Response:
        return page(provider, code=request.query_params.get("code", ""))

    async def redeem(request: Request) -> Response:
        guard.check(request)
        code = str((await request.form(max_fields=2, max_files=0)).get("code", ""))
        try:
            session = await run_in_threadpool(sessions.redeem, code)
        except Unauthenticated as error:
            return page(provider, wrong=error)
        answer = RedirectResponse("/", 303)
        cookie.set(answer, session)
        return answer

    async def leave(request: Request) -> Response:
        session = cookie.read(request.headers.get("cookie", ""))
        if session:
            await run_in_threadpool(sessions.end, session)
        answer = Response(status_code=204)
        cookie.clear(answer)
        return answer

    def who(request: Request) -> Response:
        token = sessions.token(cookie.read(request.headers.get("cookie", "")))
        held = [{"brand": each.brand, "role": each.role} for each in token.memberships]
        said = {"email": token.email, "displayName": token.display_name, "memberships": held, "publicUrl": public_url}
        return JSONResponse(said, headers={"Cache-Control": "no-store"})

    return [
        Route("/sign-in", look, methods=["GET"]),
        Route("/sign-in", redeem, methods=["POST"]),
        Route("/sign-out", leave, methods=["POST"]),
        Route("/session", who, methods=["GET"]),
        Mount("/design", _Design(directory=design.FOLDER)),
    ]


def page(provider: str, *, code: str = "", wrong: ChorusError | None = None) -> Response:
    """Show the page for signing in: with a code to redeem, or with what went wrong and that error's status."""
    text = _PAGES.get_template("sign-in.html").render(code=code, wrong=wrong, provider=provider)
    return HTMLResponse(text, http_status(wrong) if wrong else 200, {"Cache-Control": "no-store"})


class _Design(StaticFiles):
    """The shared style sheets and icons, and no other file of their folder."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file by name; nothing for what is not meant to be served."""
        return super().lookup_path(path) if path in design.FILES else ("", None)
