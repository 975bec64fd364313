"""Settings and wiring of the creator door."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chorus.creator import pages
from chorus.creator.backends import Backends
from chorus.creator.confirming import Confirming
from chorus.creator.endings import Endings
from chorus.creator.evidence import EvidenceLog
from chorus.creator.exports import Exports
from chorus.creator.fresh import Fresh
from chorus.creator.language import languages
from chorus.creator.links import Links
from chorus.creator.mine import Mine
from chorus.creator.opting import Opting
from chorus.creator.together import Together
from chorus.creator.uploads import Uploads
from chorus.errors import ChorusError
from chorus.platform.auth import Signer
from chorus.platform.config import ProcessSettings
from chorus.platform.guard import Guard
from chorus.platform.rpc import channel
from chorus.platform.runtime import Door


class CreatorSettings(ProcessSettings):
    """`creator_rate` is how many forms one client may send; `revocation_bound` (s) is what publishing keeps.

    `claim_rate` is how often one client may say that something is theirs.
    """

    rights_address: str
    ingest_address: str
    publishing_address: str
    brands_address: str
    creator_rate: str = "60/minute"
    claim_rate: str = "20/hour"
    revocation_bound: int = 30


def build(settings: CreatorSettings) -> Door:
    """Wire the door."""
    signer = Signer(settings.secret_key)

    def token() -> str:
        return signer.service_token("creator")

    backends = Backends(
        rights=channel(settings.rights_address, token),
        ingest=channel(settings.ingest_address, token),
        publishing=channel(settings.publishing_address, token),
        brands=channel(settings.brands_address, token),
    )
    return Door(app(settings, backends), checks={"rights": backends.check_rights})


def app(settings: CreatorSettings, backends: Backends) -> Starlette:
    """Put the pages together. A catalogue that cannot be read is an error now, and not a visitor's."""
    languages()
    guard = Guard(settings.creator_rate, trust_proxy=settings.trust_proxy)
    fresh = Fresh(settings.secret_key)
    together = Together(backends, settings.revocation_bound)
    links = Links(backends, guard, fresh, settings.revocation_bound, together)
    endings = Endings(backends, guard, settings.revocation_bound)
    uploads = Uploads(backends, guard, fresh, settings.public_url)
    confirming = Confirming(backends, guard)
    exports = Exports(backends, guard, settings.public_url)
    opting = Opting(backends, guard)
    claims = Guard(settings.claim_rate, trust_proxy=settings.trust_proxy)
    mine = Mine(backends, guard, claims, settings.secret_key)
    log = EvidenceLog(backends)
    link = "/r/{token}"
    return Starlette(
        routes=[
            Route("/robots.txt", pages.robots),
            Route("/favicon.ico", pages.no_icon),
            Route("/design/{name}", pages.asset),
            Route(link, links.show),
            Route(f"{link}/answer", links.answer, methods=["POST"]),
            Route(f"{link}/confirm", confirming.confirm, methods=["POST"]),
            Route(f"{link}/less", endings.less, methods=["GET"]),
            Route(f"{link}/less", endings.narrow, methods=["POST"]),
            Route(f"{link}/revoke", endings.revoke, methods=["POST"]),
            Route(f"{link}/overrule", endings.overrule, methods=["POST"]),
            Route(f"{link}/erase", endings.erasing, methods=["GET"]),
            Route(f"{link}/erase", endings.erase, methods=["POST"]),
            Route(f"{link}/stop", opting.show, methods=["GET"]),
            Route(f"{link}/stop", opting.choose, methods=["POST"]),
            Route(f"{link}/withdraw", endings.withdraw, methods=["POST"]),
            Route(f"{link}/picture/{{media}}/{{size:int}}.{{type}}", links.picture),
            Route(f"{link}/receipt", links.receipt),
            Route(f"{link}/receipt/{{name}}.json", links.receipt_file),
            Route(f"{link}/takedown/{{takedown}}.json", exports.certificate),
            Route(f"{link}/receipt.pdf", exports.receipt),
            Route(f"{link}/odrl.jsonld", exports.odrl),
            Route(f"{link}/export.zip", exports.everything),
            Route("/evidence/verify", log.verify),
            Route("/evidence/keys.json", log.keys),
            Route("/evidence/checkpoint", log.checkpoint),
            Route("/evidence/consistency", log.consistency),
            Route("/evidence/leaves", log.leaves),
            Route("/{brand}/share", uploads.show, methods=["GET"]),
            Route("/{brand}/share", uploads.share, methods=["POST"]),
            Route("/{brand}/mine", mine.show, methods=["GET"]),
            Route("/{brand}/mine", mine.say, methods=["POST"]),
            Route("/v1/{brand}/uploads", uploads.terms, methods=["GET"]),
            Route("/v1/{brand}/uploads", uploads.create, methods=["POST"]),
        ],
        exception_handlers={ChorusError: pages.failed, HTTPException: _refused, 405: pages.wrong_method},
    )


def _refused(request: Request, error: Exception) -> Response:
    return pages.not_found(request, error)
