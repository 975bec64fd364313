"""The HTTP routes of all processes: who may use each, and the public ones as docs/openapi.yaml describes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from starlette.routing import Mount, Route

from chorus.console.app import ConsoleSettings
from chorus.console.app import build as build_console
from chorus.creator.app import CreatorSettings
from chorus.creator.app import build as build_creator
from chorus.ingest.adapters.deliveries import Deliveries
from chorus.publishing.app import FORMATS
from tests.serving import KEYS

# What a route wants to see. "By its rpc": tests/hostile/test_roles.py holds each of them.
ANYONE, LINK, SIGNATURE, SESSION, MEMBER, RPC = "anyone", "a link", "a signature", "a session", "a member", "by its rpc"
ROUTES = {
    "POST /v1/{brand}/sources/{source}/posts": SIGNATURE,
    "GET /robots.txt": ANYONE,
    "GET /favicon.ico": ANYONE,
    "GET /design/{name}": ANYONE,
    "GET /r/{token}": LINK,
    "POST /r/{token}/answer": LINK,
    "POST /r/{token}/confirm": LINK,
    "GET /r/{token}/less": LINK,
    "POST /r/{token}/less": LINK,
    "POST /r/{token}/revoke": LINK,
    "POST /r/{token}/overrule": LINK,
    "GET /r/{token}/erase": LINK,
    "POST /r/{token}/erase": LINK,
    "GET /r/{token}/stop": LINK,
    "POST /r/{token}/stop": LINK,
    "POST /r/{token}/withdraw": LINK,
    "GET /r/{token}/picture/{media}/{size:int}.{type}": LINK,
    "GET /r/{token}/receipt": LINK,
    "GET /r/{token}/receipt/{name}.json": LINK,
    "GET /r/{token}/takedown/{takedown}.json": LINK,
    "GET /r/{token}/receipt.pdf": LINK,
    "GET /r/{token}/odrl.jsonld": LINK,
    "GET /r/{token}/export.zip": LINK,
    "GET /evidence/verify": ANYONE,
    "GET /evidence/keys.json": ANYONE,
    "GET /evidence/checkpoint": ANYONE,
    "GET /evidence/consistency": ANYONE,
    "GET /evidence/leaves": ANYONE,
    "GET /{brand}/share": ANYONE,
    "POST /{brand}/share": ANYONE,
    "GET /{brand}/mine": ANYONE,
    "POST /{brand}/mine": ANYONE,
    "GET /v1/{brand}/uploads": ANYONE,
    "POST /v1/{brand}/uploads": ANYONE,
    "* /rpc": RPC,
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "POST /sign-in/oidc/": ANYONE,
    "GET /sign-in/oidc/back": ANYONE,
    "POST /sign-out": ANYONE,
    "GET /session": SESSION,
    "* /design": ANYONE,
    "GET /preview/{brand}/{media}/{size:int}.{kind}": MEMBER,
    "GET /proof/{brand}/{grant}": MEMBER,
    "* /assets": ANYONE,
    "GET /icon.svg": ANYONE,
    "GET /{path:path}": ANYONE,
}


# Publishing's, which are matched and not routed; the formats are found.
READ = {
    *(f"GET /v1/{{brand}}/surfaces/{{surface}}/{name}" for name in (*FORMATS, "changes")),
    "GET /media/{area}/{placement}/{file}",
    "GET /gallery/chorus-gallery.js",
}
DESCRIPTION = Path(__file__).parents[2] / "docs" / "openapi.yaml"


def test_every_route_is_in_the_table_of_who_may() -> None:
    assert {*public_routes(), *console_routes()} == set(ROUTES)


def test_the_description_of_the_public_origin_has_every_route_and_no_other() -> None:
    described = {
        f"{method.upper()} {path}"
        for path, methods in yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert described == READ | {route.replace(":int}", "}") for route in public_routes()}


_URLS: Any = {"secret_key": KEYS, "public_url": "https://public.example", "console_url": "https://console.example"}


def public_routes() -> Iterator[str]:
    rooms: Any = _addresses("brands", "ingest", "rights", "publishing")
    yield from _walk(build_creator(CreatorSettings(**_URLS, **rooms)).app)
    yield from _walk(Deliveries(None, rate="1/minute"))  # type: ignore[arg-type]  # its routes alone are read


def console_routes() -> Iterator[str]:
    rooms: Any = _addresses("brands", "ingest", "curation", "rights", "publishing")
    provider: Any = {"oidc_issuer": "https://id.example", "oidc_client_id": "chorus", "oidc_client_secret": "s"}
    yield from _walk(build_console(ConsoleSettings(**_URLS, **rooms, **provider)).app)


def _addresses(*rooms: str) -> dict[str, str]:
    return {f"{room}_address": "127.0.0.1:1" for room in rooms}


def _walk(app: Any, before: str = "") -> Iterator[str]:  # noqa: ANN401 -- any app, whatever wraps it
    routes = getattr(app, "routes", None)
    if routes is None:
        inner = getattr(app, "_app", None) or getattr(app, "app", None)
        yield from _walk(inner, before) if inner is not None else [f"* {before}"]
        return
    for each in routes() if callable(routes) else routes:
        if isinstance(each, Mount):
            yield from _walk(each.app, before + each.path)
        elif isinstance(each, Route):
            yield from (f"{method} {before}{each.path}" for method in (each.methods or ()) if method != "HEAD")
