"""Settings and wiring of the console."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from chorus.api.brands.v1 import brands_pb2
from chorus.api.curation.v1 import curation_pb2
from chorus.api.ingest.v1 import ingest_pb2
from chorus.api.publishing.v1 import publishing_pb2
from chorus.api.rights.v1 import rights_pb2
from chorus.console import preview, proofs, sign_in, web_app
from chorus.console.connect import PREFIX, Connect
from chorus.console.security import SameOrigin, WithHeaders, origin_of, page_headers
from chorus.console.sessions import Cookie, Sessions
from chorus.errors import ChorusError, NotFound
from chorus.platform.auth import Signer
from chorus.platform.config import ProcessSettings
from chorus.platform.guard import Guard
from chorus.platform.rpc import channel
from chorus.platform.runtime import Door
from chorus.platform.web import problem

if TYPE_CHECKING:
    from chorus.console import oidc

STATIC: Final = Path(__file__).parent / "static"


class ConsoleSettings(ProcessSettings):
    """Where the services answer gRPC, as host:port; and who vouches for members, where that is not Chorus alone.

    `sign_in_rate` is how often one client may try to sign in.
    """

    brands_address: str
    ingest_address: str
    curation_address: str
    rights_address: str
    publishing_address: str
    sign_in_rate: str = "30/minute"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_title: str = "your organisation"


def build(settings: ConsoleSettings) -> Door:
    """Wire the door."""
    services = _channels(settings)
    brands = services[brands_pb2.DESCRIPTOR.services_by_name["Brands"]]
    ingest = services[ingest_pb2.DESCRIPTOR.services_by_name["Ingest"]]
    rights = services[rights_pb2.DESCRIPTOR.services_by_name["Rights"]]
    sessions = Sessions(brands)
    cookie = Cookie(settings.console_url)
    provider = _provider(settings, brands)
    guard = Guard(settings.sign_in_rate, trust_proxy=settings.trust_proxy)
    routes: list[BaseRoute] = [
        Mount(PREFIX, Connect(services, sessions, cookie)),
        *sign_in.routes(sessions, cookie, settings.public_url, provider.title if provider else "", guard),
        *preview.routes(ingest, sessions, cookie),
        *proofs.routes(rights, sessions, cookie),
        *(provider.routes() if provider else ()),
        *web_app.routes(STATIC),
    ]
    return Door(_guarded(routes, settings))


def _guarded(routes: list[BaseRoute], settings: ConsoleSettings) -> ASGIApp:
    app: ASGIApp = Starlette(routes=routes, exception_handlers={ChorusError: _refused, HTTPException: _unknown})
    targets = origin_of(settings.oidc_issuer) if settings.oidc_issuer else ""
    inner = Starlette(
        routes=[Mount("/", SameOrigin(app, settings.console_url))], exception_handlers={ChorusError: _refused}
    )
    return WithHeaders(inner, page_headers(settings.public_url, targets))


def _channels(settings: ConsoleSettings) -> Mapping[ServiceDescriptor, grpc.Channel]:
    rooms = {
        brands_pb2.DESCRIPTOR.services_by_name["Brands"]: settings.brands_address,
        ingest_pb2.DESCRIPTOR.services_by_name["Ingest"]: settings.ingest_address,
        curation_pb2.DESCRIPTOR.services_by_name["Curation"]: settings.curation_address,
        rights_pb2.DESCRIPTOR.services_by_name["Rights"]: settings.rights_address,
        publishing_pb2.DESCRIPTOR.services_by_name["Publishing"]: settings.publishing_address,
    }
    return {service: channel(address) for service, address in rooms.items()}


def _provider(settings: ConsoleSettings, brands: grpc.Channel) -> oidc.Provider | None:
    if not settings.oidc_issuer:
        return None
    # Loaded where members sign in by an issuer: it is half of what the console would load otherwise.
    from chorus.console import oidc

    client = oidc.Client(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    signer = Signer(settings.secret_key)
    return oidc.Provider(client, settings.oidc_title, settings.console_url, settings.secret_key[0], brands, signer)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ChorusError)  # noqa: S101 -- registered for nothing else
    return problem(error)


async def _unknown(_request: Request, error: Exception) -> Response:
    """Word the framework's own refusals as everything else is worded; a wrong method keeps its status."""
    assert isinstance(error, HTTPException)  # noqa: S101 -- registered for nothing else
    answer = problem(NotFound("There is nothing at this address."))
    answer.status_code = error.status_code
    return answer
