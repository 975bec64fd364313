"""Proofs of what brands attest, for rights managers: streamed from rights after its own check, as files to save.

Whoever handed one in may have meant harm, and nobody has looked inside: it is never shown in a page of the console.
"""

from __future__ import annotations

from urllib.parse import quote

import grpc
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from chorus.api.rights.v1 import attestation_pb2 as pb
from chorus.api.rights.v1.rights_pb2_grpc import RightsStub
from chorus.console.sessions import Cookie, Sessions
from chorus.platform.status import error_of


def routes(rights: grpc.Channel, sessions: Sessions, cookie: Cookie) -> list[BaseRoute]:
    """Answer `/proof/{brand}/{grant}`."""
    stub = RightsStub(rights)

    def proof(request: Request) -> Response:
        at = request.path_params
        token = sessions.token(cookie.read(request.headers.get("cookie", ""))).access_token
        asked = pb.GetProofRequest(brand=at["brand"], grant=at["grant"])
        try:
            found = stub.GetProof(asked, metadata=(("authorization", f"Bearer {token}"),))
        except grpc.RpcError as failure:
            raise error_of(failure) from failure
        return Response(found.content, headers=_headers(found.proof.name), media_type=found.proof.content_type)

    return [Route("/proof/{brand}/{grant}", proof, methods=["GET"])]


def _headers(name: str) -> dict[str, str]:
    """Have a file saved (RFC 6266), and, should a browser open it all the same, let nothing in it run or load."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
