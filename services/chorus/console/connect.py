"""Connect for the browser: every rpc that a member may call, passed on to its service with the member's own token.

Built from the protos' descriptors: an rpc is here as soon as its access option names a role, and with no line of code.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

import grpc
from connectrpc.code import Code
from connectrpc.codec import Codec
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.errors import ConnectError, ErrorDetail
from connectrpc.interceptor import MetadataInterceptor
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication, Endpoint
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.json_format import ParseError
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import code_pb2
from grpc_status import rpc_status
from protobuf.wkt import Any as AnyMessage
from starlette.concurrency import run_in_threadpool

from chorus.console.sessions import Cookie, Sessions
from chorus.errors import ChorusError
from chorus.platform.rpc import DEADLINE_SECONDS, access_of
from chorus.platform.status import error_of, status_of

PREFIX = "/rpc"
# The largest command attests a permission with a proof of 5 MB, which takes a third more in JSON.
MOST_BYTES = 8 * 1024 * 1024
_token: ContextVar[str] = ContextVar("token")


class Connect(ConnectASGIApplication[Mapping[ServiceDescriptor, grpc.Channel]]):
    """The services' rpcs under `/rpc/<service>/<Method>`."""

    def __init__(self, channels: Mapping[ServiceDescriptor, grpc.Channel], sessions: Sessions, cookie: Cookie) -> None:
        """Pass each service's rpcs on through its channel."""
        super().__init__(
            service=channels,
            endpoints=lambda service: dict(self._all(service)),
            interceptors=[_SignedIn(sessions, cookie)],
            read_max_bytes=MOST_BYTES,
            codecs=[google_protobuf_binary_codec(), _Json()],
        )

    @property
    def path(self) -> str:
        """Where the app is mounted."""
        return PREFIX

    def _all(self, channels: Mapping[ServiceDescriptor, grpc.Channel]) -> Iterator[tuple[str, Any]]:
        for service, channel in channels.items():
            for method in service.methods:
                if is_for_members(method):
                    path = f"/{service.full_name}/{method.name}"
                    yield path, Endpoint.unary(_info(service, method), self._forward(channel, path, method))

    def _forward(
        self, channel: grpc.Channel, path: str, method: MethodDescriptor
    ) -> Callable[[Message, RequestContext[Any, Any]], Awaitable[Message]]:
        call = channel.unary_unary(
            path,
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )

        def send(request: Message, token: str, seconds: float) -> Message:
            try:
                answer: Message = call(request, timeout=seconds, metadata=(("authorization", f"Bearer {token}"),))
            except grpc.RpcError as failure:
                raise connect_error(failure) from failure
            return answer

        async def forward(request: Message, context: RequestContext[Any, Any]) -> Message:
            return await run_in_threadpool(send, request, _token.get(), _seconds(context))

        return forward


class _SignedIn(MetadataInterceptor[None]):
    """Finds the member's own token before anything of what was sent is read: strangers fill no memory."""

    def __init__(self, sessions: Sessions, cookie: Cookie) -> None:
        self._sessions = sessions
        self._cookie = cookie

    async def on_start(self, ctx: RequestContext[Any, Any]) -> None:
        session = self._cookie.read(ctx.request_headers.get("cookie") or "")
        try:
            token = await run_in_threadpool(self._sessions.token, session)
        except ChorusError as failure:
            raise connect_error(failure) from failure
        _token.set(token.access_token)


class _Json(Codec[Message, Any]):
    """The library's JSON, but only an object is a message: it would read `[]` as an empty one."""

    def __init__(self) -> None:
        self._codec = google_protobuf_json_codec()

    def name(self) -> str:
        return self._codec.name()

    def encode(self, message: Message) -> bytes:
        return self._codec.encode(message)

    def decode(self, data: bytes | bytearray, message_class: type[Any]) -> Any:  # noqa: ANN401 -- as the base has it
        if not data.lstrip(b" \t\r\n").startswith(b"{"):
            message = "The request is no JSON object."
            raise ValueError(message)
        try:
            return self._codec.decode(data, message_class)
        except ParseError as error:
            # It quotes what it could not read: half a character, which JSON can name, would fit into no answer.
            raise ValueError(str(error).encode(errors="replace").decode()) from error


def is_for_members(method: MethodDescriptor) -> bool:
    """Tell whether members call an rpc; what only machines, services or the operator call stays behind this door."""
    access = access_of(method)
    return bool(access.role) or access.signed_in


def connect_error(failure: grpc.RpcError | ChorusError) -> ConnectError:
    """Say a failure as Connect does, with the same words and details."""
    status = rpc_status.from_call(failure) if isinstance(failure, grpc.Call) else None
    if status is None:
        status = status_of(failure if isinstance(failure, ChorusError) else error_of(failure))
    code = Code[code_pb2.Code.Name(status.code).replace("CANCELLED", "CANCELED")]
    details = [ErrorDetail(AnyMessage(type_url=each.type_url, value=each.value)) for each in status.details]
    return ConnectError(code, status.message, details)


def _info(service: ServiceDescriptor, method: MethodDescriptor) -> MethodInfo[Any, Any]:
    return MethodInfo(
        name=method.name,
        service_name=service.full_name,
        input=GetMessageClass(method.input_type),
        output=GetMessageClass(method.output_type),
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=StreamType.UNARY,
    )


def _seconds(context: RequestContext[Any, Any]) -> float:
    asked = context.timeout_ms
    return DEADLINE_SECONDS if asked is None else min(asked / 1000, DEADLINE_SECONDS)
