"""A collector for tests: takes spans by OTLP over HTTP, and walks from one back to what caused it."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chorus.platform.web import HttpServer


@dataclass(frozen=True)
class Span:
    """What matters of a span: who made it, its name, and which spans it comes from (parent and links)."""

    service: str
    name: str
    causes: tuple[str, ...]


class Collector:
    """Keeps every span by its id."""

    def __init__(self) -> None:
        self.address = ""
        self._spans: dict[str, Span] = {}
        self._lock = threading.Lock()

    def causes_of(self, span_id: str) -> list[Span]:
        """Walk parents and links back from a span, itself first; spans that have not arrived are left out."""
        with self._lock:
            known = dict(self._spans)
        found, waiting, seen = [], [span_id], set()
        while waiting:
            current = waiting.pop()
            if current in seen or current not in known:
                continue
            seen.add(current)
            found.append(known[current])
            waiting += known[current].causes
        return found

    async def take(self, request: Request) -> Response:
        """Keep the spans of one export."""
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = next(each.value.string_value for each in group.resource.attributes if each.key == "service.name")
            with self._lock:
                for scope in group.scope_spans:
                    for span in scope.spans:
                        causes = [span.parent_span_id, *(link.span_id for link in span.links)]
                        known = tuple(each.hex() for each in causes if each)
                        self._spans[span.span_id.hex()] = Span(service, span.name, known)
        return Response(b"", media_type="application/x-protobuf")


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collect until the block ends."""
    collector = Collector()

    async def ignore(_request: Request) -> Response:
        return Response(b"", media_type="application/x-protobuf")

    routes = [
        Route("/v1/traces", collector.take, methods=["POST"]),
        Route("/v1/metrics", ignore, methods=["POST"]),
        Route("/v1/logs", ignore, methods=["POST"]),
    ]
    server = HttpServer(Starlette(routes=routes), "127.0.0.1:0")
    server.start()
    collector.address = f"http://127.0.0.1:{server.port}"
    try:
        yield collector
    finally:
        server.stop(2)
