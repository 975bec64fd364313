"""gRPC bootstrap: one server set-up and one kind of channel for all of Chorus.

The interceptor does for each call what no servicer has to think of: who asks and whether they may (the rpc's access
option), the span, the metric, and the mapping of errors. Servicers raise `chorus.errors` and never touch the context.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.rpc import code_pb2, status_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from grpc_status import rpc_status
from opentelemetry.trace import SpanKind, StatusCode

from chorus.api.types.v1 import access_pb2
from chorus.errors import ChorusError, Denied, Invalid, Unauthenticated
from chorus.platform import logs, telemetry
from chorus.platform.auth import Principal, Signer
from chorus.platform.metrics import RPC_SECONDS
from chorus.platform.status import status_of

log = logs.logger(__name__)
# An upload of the largest picture in one message, with room for its fields.
MAX_MESSAGE = 28 * 1024 * 1024
DEADLINE_SECONDS = 10.0
# More than two doors ask at once with all their threads; what is beyond would wait for longer than its deadline.
MOST_CALLS = 128
_principal: ContextVar[Principal] = ContextVar("principal")
_OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.max_receive_message_length", MAX_MESSAGE),
    ("grpc.max_send_message_length", MAX_MESSAGE),
)
_SERVER_OPTIONS: Sequence[tuple[str, int]] = (
    *_OPTIONS,
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
    ("grpc.max_connection_age_ms", 600_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.so_reuseport", 0),
)
# Calls that never reached a server are sent again: commands carry a request id, so twice is once. CANCELLED is what a
# server that has just stopped gives to the call that came in that moment.
_RETRY = """{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.1s",
"maxBackoff": "1s", "backoffMultiplier": 3, "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"]}}]}"""


@dataclass(frozen=True)
class Mounted:
    """A servicer with what adds it to a server and what describes it."""

    add: Callable[[Any, grpc.Server], None]
    servicer: object
    descriptor: ServiceDescriptor


def principal() -> Principal:
    """Tell who is making the call being served."""
    return _principal.get()


def access_of(method: MethodDescriptor) -> access_pb2.Access:
    """Read who may call an rpc; KeyError where its proto does not say."""
    options = method.GetOptions()
    if not options.HasExtension(access_pb2.access):
        raise KeyError(method.full_name)
    return options.Extensions[access_pb2.access]


class Server:
    """A gRPC server with health, reflection, access rules and an orderly end."""

    def __init__(
        self, mounted: Sequence[Mounted], listen: str, signer: Signer, *, threads: int = 8, calls: int = MOST_CALLS
    ) -> None:
        """Bind the address at once, so that `port` is known; nothing is served before `start`.

        `calls` may be served or wait for a thread at once; more are refused with RESOURCE_EXHAUSTED.
        """
        guard = _Guard([each.descriptor for each in mounted], signer)
        self._server = grpc.server(
            ThreadPoolExecutor(threads, "rpc"),
            interceptors=[guard],
            options=_SERVER_OPTIONS,
            maximum_concurrent_rpcs=calls,
            compression=None,
        )
        for each in mounted:
            each.add(each.servicer, self._server)
        self._health = health.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [each.descriptor.full_name for each in mounted]
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server)
        self.port = self._server.add_insecure_port(listen)

    def start(self) -> None:
        """Start to serve."""
        self._server.start()
        self._health.set("", health_pb2.HealthCheckResponse.SERVING)

    def stop(self, grace: float) -> None:
        """Take no new calls, and give the running ones `grace` seconds."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace).wait()


class _Guard(grpc.ServerInterceptor):
    """Stands before every rpc of Chorus."""

    def __init__(self, services: Sequence[ServiceDescriptor], signer: Signer) -> None:
        self._signer = signer
        self._access = {
            f"/{service.full_name}/{method.name}": access_of(method)
            for service in services
            for method in service.methods
        }

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Wrap Chorus's own unary rpcs; health and reflection pass as they are."""
        handler = continuation(handler_call_details)
        access = self._access.get(handler_call_details.method)
        if handler is None or access is None or handler.unary_unary is None:
            return handler
        metadata = {
            key: value for key, value in handler_call_details.invocation_metadata or () if isinstance(value, str)
        }
        inner, read = handler.unary_unary, handler.request_deserializer
        assert read is not None  # noqa: S101 -- generated code always brings it
        method = handler_call_details.method

        def serve(sent: bytes, context: grpc.ServicerContext) -> Any:  # noqa: ANN401 -- the rpc's own response
            with _observed(method, metadata) as failed:
                try:
                    request = _message(read, sent)
                    _principal.set(self._authorised(access, metadata, request))
                    return inner(request, context)
                except ChorusError as error:
                    status = status_of(error)
                except Exception:
                    log.exception("rpc failed", rpc=method)
                    status = status_pb2.Status(code=code_pb2.INTERNAL, message="Something went wrong inside Chorus.")
                failed(status.code)
            context.abort_with_status(rpc_status.to_status(status))
            raise AssertionError  # abort_with_status always raises

        # Read here and not by grpc, which answers INTERNAL, as a fault of ours, where what was sent is no message.
        return grpc.unary_unary_rpc_method_handler(serve, None, handler.response_serializer)

    def _authorised(self, access: access_pb2.Access, metadata: Mapping[str, str], request: Message) -> Principal:
        """Tell who asks, or raise; a token is read even where none is needed, so that a bad one is never ignored."""
        scheme, _, token = metadata.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            who = self._signer.verify(token)
        elif access.anyone:
            return Principal("service", "anyone")
        else:
            message = "Send an access token: metadata `authorization: Bearer …`."
            raise Unauthenticated(message, reason="TOKEN_MISSING")
        if not _allowed(access, who, str(getattr(request, "brand", ""))):
            message = f"{who.name} may not do this: it needs {_wanted(access)}."
            raise Denied(message)
        return who


def _message(read: Callable[[bytes], Message], sent: bytes) -> Message:
    try:
        return read(sent)
    except DecodeError as error:
        message = "The request is no message of the kind that this rpc takes."
        raise Invalid(message, reason="MESSAGE") from error


def _allowed(access: access_pb2.Access, who: Principal, brand: str) -> bool:
    if access.anyone or access.signed_in or who.kind == "operator":
        return True
    if who.kind == "service":
        return who.name in access.services
    return bool(access.role) and who.may(brand, access.role)


def _wanted(access: access_pb2.Access) -> str:
    if access.role:
        return f"the role {access_pb2.Role.Name(access.role).removeprefix('ROLE_').lower().replace('_', ' ')}"
    return "the operator" if access.operator else "one of Chorus's own services"


@contextmanager
def _observed(method: str, metadata: Mapping[str, str]) -> Iterator[Callable[[int], None]]:
    """Run a call as a server span and count it; the callback given says with which status code it failed."""
    begun = time.monotonic()
    code = code_pb2.OK

    with telemetry.span(method.lstrip("/"), parent=metadata, kind=SpanKind.SERVER) as span:

        def failed(with_code: int) -> None:
            nonlocal code
            code = code_pb2.Code.ValueType(with_code)
            span.set_status(StatusCode.ERROR, code_pb2.Code.Name(code))

        try:
            yield failed
        finally:
            labels = {"rpc": method.lstrip("/"), "code": code_pb2.Code.Name(code)}
            RPC_SECONDS.record(time.monotonic() - begun, labels)
            log.debug("rpc answered", **labels)


def channel(address: str, token: Callable[[], str] | None = None) -> grpc.Channel:
    """Open a channel to a service: a deadline on every call, the trace carried on, `token` sent where one is given."""
    options = [*_OPTIONS, ("grpc.service_config", _RETRY)]
    return grpc.intercept_channel(grpc.insecure_channel(address, options=options), _Caller(token))


class _Caller(grpc.UnaryUnaryClientInterceptor):
    def __init__(self, token: Callable[[], str] | None) -> None:
        self._token = token

    def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, Any], Any],
        client_call_details: grpc.ClientCallDetails,
        request: Any,  # noqa: ANN401 -- as the base has it: any message
    ) -> Any:  # noqa: ANN401 -- the call, whatever its message
        """Add deadline, trace and token; what the caller set itself stays."""
        given = client_call_details.metadata or ()
        metadata: list[tuple[str, str | bytes]] = [*given, *telemetry.headers().items()]
        if self._token and "authorization" not in {key for key, _ in given}:
            metadata.append(("authorization", f"Bearer {self._token()}"))
        details = _CallDetails(
            client_call_details.method,
            client_call_details.timeout or DEADLINE_SECONDS,
            tuple(metadata),
            None,
            None,
            None,
        )
        return continuation(details, request)


@dataclass(frozen=True)
class _CallDetails(grpc.ClientCallDetails):
    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str | bytes], ...] | None
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None
