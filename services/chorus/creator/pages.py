"""Rendering: templates, icons, style sheets, and the headers that every page carries."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import nh3
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from chorus.api.rights.v1 import rights_pb2
from chorus.api.types.v1 import media_pb2
from chorus.creator import accent, words
from chorus.creator.language import N_, Language, languages, reader_of
from chorus.errors import ChorusError, Exhausted, Invalid, NotFound, Unavailable
from chorus.platform import design
from chorus.platform.web import http_status, problem

_FAILED = N_("That did not work")
_HERE = Path(__file__).parent
_OWN = frozenset({"creator.css"})
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_DIRECTIONAL = frozenset({"arrow-left", "list", "undo-2"})
_ACCENT = re.compile(r"accent-([0-9a-f]{6})\.css")
_PROSE = {"p", "ul", "ol", "li", "h1", "h2", "h3", "h4", "strong", "em", "blockquote", "hr", "br", "code"}
_HEADERS = {
    # Everything a page needs is its own; nothing runs, nothing is framed, and the address (a secret) is told to nobody.
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,  # noqa: ANN401 -- what a template shows is of any kind
) -> Response:
    """Render a page in the language of who asks for it."""
    reader = reader_of(request)
    made = _environment(reader.language.tag).get_template(template)
    body = made.render(now=datetime.now(UTC), to=reader.to, switch=_switch(request), **values)
    return HTMLResponse(body, status, {**_HEADERS, **_spoken(reader.language), **(headers or {})})


def failed(request: Request, error: Exception) -> Response:
    """Say what went wrong: as a page to people, as a problem document to programs."""
    assert isinstance(error, ChorusError)  # noqa: S101 -- registered for nothing else
    if not wants_page(request):
        return problem(error, headers={"X-Content-Type-Options": "nosniff"})
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Exhausted) and error.retry_after else {}
    return page(
        request,
        "message.html",
        status=http_status(error),
        headers=headers,
        heading=_heading(error),
        error=error,
        details=_details(error),
        again=_again(request, error),
    )


def saved_as(name: str) -> dict[str, str]:
    """Head a file that is to be saved under this name."""
    return {
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'attachment; filename="{name}"',
    }


def wants_page(request: Request) -> bool:
    """Tell a person's browser from a program."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/v1/")


def not_found(request: Request, _error: Exception) -> Response:
    """Say that there is nothing at this address."""
    return failed(request, NotFound(words.NOTHING_HERE, reason="PAGE_NOT_FOUND"))


def wrong_method(request: Request, _error: Exception) -> Response:
    """Say that this cannot be done at this address."""
    if wants_page(request):
        error = Invalid(N_("This address only takes what a form sends. Open the page again."))
        return page(
            request, "message.html", status=405, heading=_FAILED, error=error, details=[], again=_again(request, error)
        )
    body = {"title": "Method Not Allowed", "status": 405, "reason": "METHOD_NOT_ALLOWED"}
    return JSONResponse(body, 405, _HEADERS, media_type="application/problem+json")


def asset(request: Request) -> Response:
    """Serve a style sheet or the sprite; a brand's accent is computed from its colour."""
    name = request.path_params["name"]
    if match := _ACCENT.fullmatch(name):
        return _static(accent.stylesheet(match[1]), ".css")
    if name not in _OWN | design.FILES:
        return not_found(request, Exception(name))
    return _static(_own_text(name), Path(name).suffix)


def verifying(request: Request) -> Response:
    """Put the page that checks receipts together: it holds all that it needs, and may fetch nothing."""
    style = Markup("\n").join(_own_text(name) for name in ("tokens.css", "pages.css", "creator.css"))
    script = _own_text("verify.js")
    policy = (
        f"default-src 'none'; style-src '{_hash_of(style)}'; script-src '{_hash_of(script)}'; base-uri 'none'; "
        "form-action 'none'"
    )
    headers = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
    said = {each: text for each, text in reader_of(request).language.sentences.items() if json.dumps(each) in script}
    return page(request, "verify.html", headers=headers, policy=policy, style=style, script=script, said=said)


def robots(_request: Request) -> Response:
    """Keep crawlers away from creators' links."""
    return PlainTextResponse("User-agent: *\nDisallow: /r/\n")


def no_icon(_request: Request) -> Response:
    """Tell browsers, which ask by themselves, that these pages have no icon: they are the brands' own."""
    return Response(status_code=204, headers={**_HEADERS, "Cache-Control": "public, max-age=86400"})


def icon(name: str) -> Markup:
    """Draw an icon of the kept set in place: no page waits for a sprite."""
    return _icons()[name]


def prose(text: str) -> Markup:
    """Render terms (Markdown) to plain structure: no links, no pictures, no HTML of their own."""
    rendered = MarkdownIt("commonmark", {"html": False}).render(text)
    # The text comes from the brand and goes through an allow-list of tags without attributes.
    return Markup(nh3.clean(rendered, tags=_PROSE, attributes={}))  # noqa: S704


def _static(text: str, suffix: str) -> Response:
    headers = {**_HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
    return Response(text, headers=headers, media_type=_TYPES[suffix])


def _spoken(language: Language) -> Mapping[str, str]:
    return {"Content-Language": language.tag, "Vary": "Accept-Language"}


def _switch(request: Request) -> list[tuple[Language, str]]:
    """List the languages, each with the address of the same page in it; of what a form answered, the form's page."""
    at = request.url if request.method in {"GET", "HEAD"} else URL(_form_page(request))
    # The path of a page that is looked at stays unsaid: it could be anything, also what reads as another origin.
    before = "" if at is request.url else at.path
    return [(each, f"{before}?{at.include_query_params(lang=each.tag).query}") for each in languages().values()]


def _form_page(request: Request) -> str:
    """Name the page that a form stands on: the link's own, or the form's address."""
    token = request.path_params.get("token")
    path = f"/r/{token}" if token else request.url.path
    return f"{path}?{request.url.query}" if request.url.query else path


def _heading(error: ChorusError) -> str:
    if isinstance(error, NotFound):
        return N_("There is nothing here")
    return N_("Just a moment") if isinstance(error, Unavailable | Exhausted) else _FAILED


def _details(error: ChorusError) -> list[str]:
    """Tell what is wrong with single fields, where the message does not say it already."""
    fields = error.fields.values() if isinstance(error, Invalid) else []
    return [problem for problem in fields if problem != error.message]


def _again(request: Request, error: ChorusError) -> str:
    """Name the page to go back to: the link's own, where its form failed."""
    token = request.path_params.get("token")
    return f"/r/{token}" if token and not isinstance(error, NotFound) else ""


@cache
def _environment(tag: str) -> Environment:
    """Make the environment of one language."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    language = languages()[tag]
    said = words.Words(language)
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(language.catalogue, newstyle=True)  # type: ignore[attr-defined]  # by i18n
    environment.globals |= {
        "icon": icon,
        "versioned": _versioned,
        "language": language,
        "words": said,
        "called": words.called,
        "handle": words.handle,
        "READY": media_pb2.MEDIA_STATE_READY,
        "GUARDIAN": rights_pb2.PART_GUARDIAN,
        "UTC": UTC,
    }
    environment.filters |= {"prose": prose, "day": said.day, "iso": words.iso, "capital": words.capital}
    return environment


@cache
def _versioned(name: str) -> str:
    """Address an asset so that a changed one is fetched anew."""
    return f"/design/{name}?v={hashlib.sha256(_own_text(name).encode()).hexdigest()[:10]}"


def _own_text(name: str) -> Markup:
    """Read a style sheet or script of ours."""
    folder = design.FOLDER if name in design.FILES else _HERE / "static"
    return Markup((folder / name).read_text(encoding="utf-8"))  # noqa: S704 -- our own file, not anybody's input


def _hash_of(inline: str) -> str:
    """Name what stands in a page as a policy (CSP 3) names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}"


@cache
def _icons() -> dict[str, Markup]:
    sprite = (design.FOLDER / "icons.svg").read_text(encoding="utf-8")
    drawn = re.findall(r'<symbol id="([^"]+)"([^>]*)>(.*?)</symbol>', sprite, re.DOTALL)
    return {name: _drawn(name, rest, shape) for name, rest, shape in drawn}


def _drawn(name: str, rest: str, shape: str) -> Markup:
    # Our own file, not anybody's input.
    return Markup(f'<svg class="{_kind(name)}" aria-hidden="true"{rest}>{shape}</svg>')  # noqa: S704


def _kind(name: str) -> str:
    """Class an icon: those that point along the line are turned where that runs from right to left."""
    return "icon icon-directional" if name in _DIRECTIONAL else "icon"
