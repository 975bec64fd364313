"""The public edge: feeds, changes, pictures and the gallery element, as raw ASGI from bytes that are ready."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from chorus.errors import ChorusError, Invalid, NotFound, Unauthenticated, Unavailable
from chorus.platform.secrets import sha256_hex
from chorus.publishing.adapters.answers import OPEN_TEXT, Asked, answer, answer_plain, preflight, refuse
from chorus.publishing.adapters.changes import Changes
from chorus.publishing.adapters.passes import Passes
from chorus.publishing.adapters.pictures import Pictures
from chorus.publishing.adapters.shelf import Shelf
from chorus.publishing.adapters.views import LONGEST_PAGE, PAGE, Entry, Page, View, at, needs_key, pack
from chorus.publishing.adapters.watch import CACHE_SECONDS, Watch
from chorus.publishing.domain.placement import State
from chorus.publishing.handlers.placing import prefix
from chorus.publishing.ports import Format

_GALLERY = "/gallery/chorus-gallery.js"
_GALLERY_CACHE = b"public, max-age=300"
_METHODS = ("GET", "HEAD", "OPTIONS")


class Reader:
    """Answers everybody who looks at a surface."""

    def __init__(
        self,
        watch: Watch,
        formats: Mapping[str, Format],
        pictures: Pictures,
        changes: Changes,
        gallery: Page | None,
        passes: Passes,
    ) -> None:
        """Read what the watch holds; `gallery` is the built element, None where it was not built."""
        self._watch = watch
        self._formats = formats
        self._pictures = pictures
        self._changes = changes
        self._gallery = gallery
        self._passes = passes
        self._shelf = Shelf(watch)
        self.at_once = self._shelf.find

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] == "OPTIONS":
            await preflight(send)
        elif scope["method"] not in _METHODS:
            await _method_not_allowed(scope, receive, send)
        else:
            try:
                await self._serve(scope, send)
            except Unauthenticated as error:
                await refuse(scope, receive, send, error, www_authenticate='Bearer realm="surface"')
            except ChorusError as error:
                await refuse(scope, receive, send, error)

    async def _serve(self, scope: Scope, send: Send) -> None:
        match scope["path"].split("/"):
            case ["", "v1", brand, "surfaces", surface, "changes"]:
                await self._changed(scope, send, brand, surface)
            case ["", "v1", brand, "surfaces", surface, name] if name in self._formats:
                await self._feed(scope, send, self._view(brand, surface), self._formats[name])
            case ["", "media", public_key, placement, file]:
                await self._picture(scope, send, public_key, placement, file)
            case _ if scope["path"] == _GALLERY and self._gallery:
                await answer(send, _asked(scope), self._gallery, _GALLERY_CACHE)
            case _:
                message = "There is nothing at this address."
                raise NotFound(message)

    async def _feed(self, scope: Scope, send: Send, view: View, form: Format) -> None:
        asked, query = _asked(scope), _query(scope)
        self._check_key(view, asked, query)
        self._check_known(view)
        page, cache_control = view.page(form, query.get("cursor", ""), _limit(query)), _cache_control(view)
        self._shelf.keep(_target(scope), view, page, cache_control)
        await answer(send, asked, page, cache_control)

    async def _changed(self, scope: Scope, send: Send, brand: str, surface: str) -> None:
        view, asked, query = self._view(brand, surface), _asked(scope), _query(scope)
        self._check_key(view, asked, query)
        self._check_known(view)
        body = await asyncio.to_thread(self._changes.since, brand, surface, query.get("since", ""))
        await answer(send, asked, pack(body, "application/json"), b"private, no-cache")

    async def _picture(self, scope: Scope, send: Send, public_key: str, placement: str, file: str) -> None:
        view, entry = self._shown(public_key, placement, file)
        key = prefix(public_key, placement) + file
        page = self._pictures.kept(key)
        if page is None:
            page = await asyncio.to_thread(self._pictures.read, key)
            # It may have ended while it was read.
            view, entry = self._shown(public_key, placement, file)
        await answer_plain(send, _asked(scope), page, _cache_control(view, entry))

    def _view(self, brand: str, surface: str) -> View:
        self._check_asked()
        known = self._watch.by_name.get((brand, surface))
        if known is None:
            message = f"There is no surface {surface!r} of a brand {brand!r}."
            raise NotFound(message, reason="NO_SUCH_SURFACE")
        view = at(known, datetime.now(UTC))
        if view is not known:
            self._watch.supersede(known, view)
        return view

    def _shown(self, public_key: str, placement: str, file: str) -> tuple[View, Entry]:
        """Find a rendition that may be shown now: it is the row that decides, not that the object is still there."""
        self._check_asked()
        name = self._watch.by_public_key.get(public_key)
        view = self._view(*name) if name else None
        entry = view.entries.get(placement) if view else None
        if view is None or entry is None or file not in entry.files:
            message = "There is no such picture, or it is no longer shown."
            raise NotFound(message, reason="NOT_SHOWN")
        self._check_known(view)
        if entry.state is not State.LIVE:
            raise _held()
        return view, entry

    def _check_key(self, view: View, asked: Asked, query: Mapping[str, str]) -> None:
        if not needs_key(view.surface):
            return
        scheme, _, sent = asked.authorization.decode("latin-1").partition(" ")
        key = sent.strip() if scheme.lower() == "bearer" else query.get("key", "")
        if view.surface.key_sha256 and hmac.compare_digest(sha256_hex(key), view.surface.key_sha256):
            return
        if not self._passes.opens(key, *view.name):
            message = "This surface needs its key: send `Authorization: Bearer KEY`."
            raise Unauthenticated(message, reason="SURFACE_KEY")

    def _check_asked(self) -> None:
        if time.monotonic() > self._watch.trust.asked:
            message = "What is shown cannot be checked just now. Try again in a moment."
            raise Unavailable(message, reason="NOT_CHECKED")

    def _check_known(self, view: View) -> None:
        """Refuse where rights is unknown: an empty feed would read as "delete everything"."""
        if view.entries and (view.unknown or time.monotonic() > self._watch.trust.rights):
            raise _held()


def _held() -> Unavailable:
    message = "Whether this may still be shown cannot be known just now. Keep what you have, and try again."
    return Unavailable(message, reason="HELD")


def _asked(scope: Scope) -> Asked:
    return Asked(scope["headers"], head=scope["method"] == "HEAD")


def _target(scope: Scope) -> bytes:
    """Put together again what was asked for, as `at_once` is given it."""
    query: bytes = scope["query_string"]
    return bytes(scope["raw_path"]) + (b"?" + query if query else b"")


def _query(scope: Scope) -> dict[str, str]:
    raw = scope["query_string"]
    return {name: values[-1] for name, values in parse_qs(raw.decode("latin-1")).items()} if raw else {}


def _limit(query: Mapping[str, str]) -> int:
    asked = query.get("limit")
    if asked is None:
        return PAGE
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:4]) <= LONGEST_PAGE:
        message = f"limit is a number from 1 to {LONGEST_PAGE}."
        raise Invalid(message, fields={"limit": message})
    return int(asked)


def _cache_control(view: View, entry: Entry | None = None) -> bytes:
    """Let caches keep an answer for a few seconds, never past the end of a grant, and privately behind a key."""
    until = entry.until if entry else view.until
    left = CACHE_SECONDS if until is None else int((until - datetime.now(UTC)).total_seconds())
    whose = "private" if needs_key(view.surface) else "public"
    return f"{whose}, max-age={max(0, min(CACHE_SECONDS, left))}".encode()


async def _method_not_allowed(scope: Scope, receive: Receive, send: Send) -> None:
    body = {"title": "Only GET, HEAD and OPTIONS here.", "status": 405, "reason": "METHOD_NOT_ALLOWED"}
    headers = OPEN_TEXT | {"Allow": ", ".join(_METHODS)}
    await JSONResponse(body, 405, headers, media_type="application/problem+json")(scope, receive, send)
