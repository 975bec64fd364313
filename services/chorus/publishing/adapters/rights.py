"""Asking rights which grants stand, when it has not been heard for too long."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import grpc

from chorus.api.rights.v1 import rights_pb2, rights_pb2_grpc
from chorus.errors import Unavailable
from chorus.platform.rpc import channel
from chorus.publishing.adapters import wire
from chorus.publishing.domain.lease import Standing

MOST_GRANTS = 1000
_DEADLINE_SECONDS = 2.0


class RightsClient:
    """Speaks to rights' one rpc for publishing."""

    def __init__(self, address: str, token: Callable[[], str]) -> None:
        """Open a channel; nothing is sent yet."""
        self._channel = channel(address, token)
        self._stub = rights_pb2_grpc.RightsStub(self._channel)

    def standing(self, grants: Sequence[str]) -> Standing:
        """Answer which of the grants stand now, which are over, and which permit less. Raises `Unavailable`."""
        starts = range(0, max(len(grants), 1), MOST_GRANTS)
        answers = [self._ask(grants[start : start + MOST_GRANTS]) for start in starts]
        return Standing(
            frozenset(grant for each in answers for grant in each.active),
            frozenset(grant for each in answers for grant in each.ended),
            tuple(wire.narrowed(grant) for each in answers for grant in each.narrowed),
        )

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _ask(self, grants: Sequence[str]) -> rights_pb2.CheckGrantsResponse:
        try:
            request = rights_pb2.CheckGrantsRequest(grants=grants)
            answer: rights_pb2.CheckGrantsResponse = self._stub.CheckGrants(request, timeout=_DEADLINE_SECONDS)
        except grpc.RpcError as error:
            message = "Rights does not answer just now."
            raise Unavailable(message, reason="RIGHTS_DOWN") from error
        return answer
