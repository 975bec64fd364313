"""The one place where an error becomes a gRPC status and where a status becomes an error again (AIP-193)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from chorus.errors import (
    ChorusError,
    Conflict,
    Denied,
    Exhausted,
    Invalid,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)

DOMAIN = "chorus"
_MOST_BYTES = 500
_MOST_OF_ALL = 2_000
D = TypeVar("D", bound=Message)
_CODES: dict[type[ChorusError], int] = {
    Invalid: code_pb2.INVALID_ARGUMENT,
    Unauthenticated: code_pb2.UNAUTHENTICATED,
    Denied: code_pb2.PERMISSION_DENIED,
    NotFound: code_pb2.NOT_FOUND,
    Conflict: code_pb2.FAILED_PRECONDITION,
    TooLarge: code_pb2.INVALID_ARGUMENT,
    Exhausted: code_pb2.RESOURCE_EXHAUSTED,
    Unavailable: code_pb2.UNAVAILABLE,
}
_ERRORS: dict[int, type[ChorusError]] = {
    code_pb2.UNAUTHENTICATED: Unauthenticated,
    code_pb2.PERMISSION_DENIED: Denied,
    code_pb2.NOT_FOUND: NotFound,
    code_pb2.FAILED_PRECONDITION: Conflict,
    code_pb2.ALREADY_EXISTS: Conflict,
    code_pb2.UNAVAILABLE: Unavailable,
    code_pb2.DEADLINE_EXCEEDED: Unavailable,
}


def status_of(error: ChorusError) -> status_pb2.Status:
    """Write an error as a status with `ErrorInfo` and, where it has them, field violations or a time to retry."""
    details: list[Message] = [error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)]
    if isinstance(error, Invalid) and error.fields:
        details.append(_violations(error.fields))
    if isinstance(error, Exhausted) and error.retry_after is not None:
        details.append(error_details_pb2.RetryInfo(retry_delay=Duration(seconds=error.retry_after)))
    packed = [_packed(each) for each in details]
    return status_pb2.Status(code=_code(error), message=_short(error.message), details=packed)


def error_of(failure: grpc.RpcError) -> ChorusError:
    """Read the error that another service answered, for a door to pass on or to word for a person."""
    status = rpc_status.from_call(failure) if isinstance(failure, grpc.Call) else None
    if status is None:
        return _bare(failure)
    info, violations, retry = (
        _find(status, kind)
        for kind in (error_details_pb2.ErrorInfo, error_details_pb2.BadRequest, error_details_pb2.RetryInfo)
    )
    reason = info.reason or None
    if status.code == code_pb2.INVALID_ARGUMENT:
        if reason == TooLarge.reason:
            return TooLarge(status.message)
        fields = {each.field: each.description for each in violations.field_violations}
        return Invalid(status.message, fields=fields, reason=reason)
    if status.code == code_pb2.RESOURCE_EXHAUSTED:
        return Exhausted(status.message, retry_after=retry.retry_delay.seconds or None, reason=reason)
    return _ERRORS.get(status.code, ChorusError)(status.message, reason=reason)


def _violations(fields: Mapping[str, str]) -> error_details_pb2.BadRequest:
    found = error_details_pb2.BadRequest()
    for field, text in fields.items():
        if found.ByteSize() > _MOST_OF_ALL:
            break
        found.field_violations.add(field=_short(field), description=_short(text))
    return found


def _short(text: str) -> str:
    """Cut what a caller sent and an error repeats: the trailers that bring it are dropped above 8 KB."""
    return text if len(text.encode()) <= _MOST_BYTES else text.encode()[: _MOST_BYTES - 3].decode(errors="ignore") + "…"


def _code(error: ChorusError) -> int:
    if error.reason == "ALREADY_EXISTS":
        return int(code_pb2.ALREADY_EXISTS)
    found = (code for kind, code in _CODES.items() if isinstance(error, kind))
    return int(next(found, code_pb2.UNKNOWN))


def _bare(failure: grpc.RpcError) -> ChorusError:
    """Read a failure that no service answered: nobody was there, too many asked, or the deadline passed."""
    code = failure.code().value[0] if isinstance(failure, grpc.Call) else code_pb2.UNAVAILABLE
    text = failure.details() if isinstance(failure, grpc.Call) else None
    kind = Invalid if code == code_pb2.INVALID_ARGUMENT else _ERRORS.get(code, ChorusError)
    if code == code_pb2.RESOURCE_EXHAUSTED:
        return Exhausted("This part of Chorus has too much to do just now: try again in a moment.", retry_after=1)
    if kind is Unavailable:
        return Unavailable("This part of Chorus cannot be reached just now: try again in a moment.")
    return kind(text or "The service answered with an error that it did not explain.")


def _packed(detail: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(detail)
    return packed


def _find(status: status_pb2.Status, kind: type[D]) -> D:
    """Find a kind of detail; an empty one where there is none."""
    found = kind()
    any(each.Unpack(found) for each in status.details if each.Is(kind.DESCRIPTOR))
    return found
