"""The log of evidence, in public: what anybody needs to check a receipt, or that the log was never written anew."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from chorus.creator import pages
from chorus.creator.backends import Backends
from chorus.creator.language import N_
from chorus.errors import Invalid, NotFound

_HEADERS = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
_MOST_DIGITS = 15


class EvidenceLog:
    """The addresses below /evidence. Nothing here is about anybody: hashes, sizes and signatures."""

    def __init__(self, backends: Backends) -> None:
        """Ask rights."""
        self._backends = backends

    def verify(self, request: Request) -> Response:
        """Serve the page that checks receipts in the browser: one file, which works from a disk as well."""
        return pages.verifying(request)

    def keys(self, _request: Request) -> Response:
        """Publish every key that ever signed, as a JWK Set."""
        return Response(self._backends.evidence().keys, media_type="application/jwk-set+json", headers=_HEADERS)

    def checkpoint(self, _request: Request) -> Response:
        """Publish the newest checkpoint, as a signed note."""
        found = self._backends.evidence().checkpoint
        if not found:
            message = N_("Nothing has been decided yet, so there is no checkpoint.")
            raise NotFound(message, reason="LOG_EMPTY")
        return PlainTextResponse(found, headers=_HEADERS)

    def consistency(self, request: Request) -> Response:
        """Prove that the log of `size` entries goes on from that of `old_size`."""
        proof = self._backends.consistency(_number(request, "old_size"), _number(request, "size"))
        return JSONResponse({"proof": _written(proof)}, headers=_HEADERS)

    def leaves(self, request: Request) -> Response:
        """List the hashes of the entries from number `start` on, and the checkpoints signed among them."""
        start = _number(request, "start")
        found = self._backends.leaves(start)
        document = {
            "start": start,
            "next": start + len(found.leaves),
            "leaves": _written(found.leaves),
            "checkpoints": list(found.checkpoints),
        }
        return JSONResponse(document, headers=_HEADERS)


def _number(request: Request, name: str) -> int:
    asked = request.query_params.get(name, "0")
    if not asked.isascii() or not asked.isdigit() or len(asked) > _MOST_DIGITS:
        message = f"{name} is a number."
        raise Invalid(message, fields={name: message})
    return int(asked)


def _written(hashes: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]
