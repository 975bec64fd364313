"""Every rpc of the running house, found by asking its servers, and requests made from their own descriptors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import grpc
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import Struct
from grpc_health.v1 import health
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from chorus.api.brands.v1 import brands_pb2
from chorus.api.curation.v1 import curation_pb2
from chorus.api.ingest.v1 import ingest_pb2
from chorus.api.operations.v1 import operations_pb2
from chorus.api.publishing.v1 import publishing_pb2
from chorus.api.rights.v1 import rights_pb2
from chorus.api.types.v1 import access_pb2
from chorus.local.house import House
from chorus.platform.rpc import MAX_MESSAGE, access_of
from tests.measuring import loopback

_PACKAGES = (brands_pb2, curation_pb2, ingest_pb2, operations_pb2, publishing_pb2, rights_pb2)
SERVICES = {service.full_name: service for file in _PACKAGES for service in file.DESCRIPTOR.services_by_name.values()}
# grpc's own, which tell nobody's secrets.
_PLAIN = {health.SERVICE_NAME, reflection.SERVICE_NAME}
Said = Mapping[str, Any]


@dataclass(frozen=True)
class Rpc:
    """One rpc of one room."""

    room: str
    method: MethodDescriptor

    @property
    def path(self) -> str:
        return f"/{self.method.containing_service.full_name}/{self.method.name}"

    @cached_property
    def access(self) -> access_pb2.Access:
        return access_of(self.method)

    @property
    def has_brand(self) -> bool:
        return "brand" in self.method.input_type.fields_by_name

    def request(self, said: Said) -> Message:
        """Make a request; each field, at any depth, holds what its name has in `said`."""
        made = GetMessageClass(self.method.input_type)()
        _fill(made, said)
        return made

    def __str__(self) -> str:
        return f"{self.room} {self.method.name}"


class Asking:
    """Asks the rooms by bytes, so that anything can be sent."""

    def __init__(self, house: House) -> None:
        addresses = {room: loopback(f"http://{address}")[7:] for room, address in house.addresses.grpc.items()}
        options = [("grpc.max_send_message_length", MAX_MESSAGE), ("grpc.max_receive_message_length", MAX_MESSAGE)]
        self._channels = {room: grpc.insecure_channel(address, options) for room, address in addresses.items()}

    def rpcs(self) -> list[Rpc]:
        """List what each server says that it serves."""
        return [
            Rpc(room, method)
            for room, channel in self._channels.items()
            for name in ProtoReflectionDescriptorDatabase(channel).get_services()
            if name not in _PLAIN
            for method in SERVICES[name].methods
        ]

    def send(self, rpc: Rpc, sent: bytes, token: str | None) -> tuple[grpc.StatusCode, bytes]:
        """Call; gives the status, and the answer or the words of the refusal."""
        call: Callable[..., bytes] = self._channels[rpc.room].unary_unary(rpc.path)
        metadata = (("authorization", f"Bearer {token}"),) if token is not None else ()
        try:
            return grpc.StatusCode.OK, call(sent, metadata=metadata, timeout=30)
        except grpc.RpcError as refused:
            return refused.code(), b" ".join(_words(refused))

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()


def _words(refused: Any) -> Iterator[bytes]:  # noqa: ANN401 -- an RpcError, which is a call as well
    yield str(refused.details()).encode()
    yield from (value for _, value in refused.trailing_metadata() or () if isinstance(value, bytes))


def strings_of(message: Any, seen: tuple[str, ...] = ()) -> Iterator[FieldDescriptor]:  # noqa: ANN401 -- a descriptor
    """Walk the text fields of a message, at any depth."""
    for field in message.fields:
        if field.type == FieldDescriptor.TYPE_STRING:
            yield field
        elif field.message_type and field.message_type.full_name not in (*seen, Struct.DESCRIPTOR.full_name):
            yield from strings_of(field.message_type, (*seen, field.message_type.full_name))


def _fill(message: Message, said: Said) -> None:
    for field in message.DESCRIPTOR.fields:
        if field.message_type and field.message_type.full_name.startswith("chorus."):
            inner = getattr(message, field.name)
            _fill(inner.add() if field.is_repeated else inner, said)
        elif field.name in said:
            _put(message, field, said[field.name])


def _put(message: Message, field: Any, value: Any) -> None:  # noqa: ANN401 -- whatever the field holds
    if field.is_repeated:
        getattr(message, field.name).append(value)
    elif field.message_type:
        getattr(message, field.name).CopyFrom(value)
    else:
        # What is an id in one request may be a yes or no, or a number, in another.
        counted = field.type == FieldDescriptor.TYPE_INT32 and isinstance(value, str)
        said = bool(value) if field.type == FieldDescriptor.TYPE_BOOL else 1 if counted else value
        setattr(message, field.name, said)
