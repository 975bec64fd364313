"""Asking rights which grants stand, when it has not been heard for too long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import grpc

from chorus.api.rights.v1 import rights_pb2, rights_pb2_grpc
from chorus.errors import Unavailable
from chorus.platform.rpc import channel

MOST_GRANTS = 1000
_DEADLINE_SECONDS = 2.0


class RightsClient:
    """Speaks to rights' one rpc for publishing."""

    def __init__(self, address: str, token: Callable[[], str]) -> None:
        """Open a channel; nothing is sent yet."""
        self._channel = channel(address, token)
        self._stub = rights_pb2_grpc.RightsStub(self._channel)

    def active(self, grants: Sequence[str]) -> set[str]:
        """Answer which of the grants stand now. Raises `Unavailable`."""
        found: set[str] = set()
        for start in range(0, max(len(grants), 1), MOST_GRANTS):
            found |= self._ask(grants[start : start + MOST_GRANTS])
        return found

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _ask(self, grants: Sequence[str]) -> set[str]:
        try:
            request = rights_pb2.CheckGrantsRequest(grants=grants)
            return set(self._stub.CheckGrants(request, timeout=_DEADLINE_SECONDS).active)
        except grpc.RpcError as error:
            message = "Rights does not answer just now."
            raise Unavailable(message, reason="RIGHTS_DOWN") from error
