"""Connects to addresses that were checked, and to no other, until a deadline.

The HTTP library still knows the host by its name, so that `Host`, SNI and the certificate check are as ever; only
where the bytes go is not up to it, nor to what a name server answers a second time.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from httpcore2 import (
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    ReadTimeout,
    SyncBackend,
    WriteTimeout,
)

_CONNECT_SECONDS: Final = 5.0
"""For one address; a name may have several, and the first may be dead."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock after which nothing is waited for."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Start the clock."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds that are left; zero or less when there are none."""
        return self.at - time.monotonic()


class PinnedBackend(NetworkBackend):
    """Opens connections to the given addresses, whatever host the library asks for."""

    def __init__(self, addresses: Sequence[str], deadline: Deadline) -> None:
        """Keep addresses that the caller has checked, in the order in which to try them."""
        self._addresses = addresses
        self._deadline = deadline
        self._plain = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the library's signature; the deadline is what counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Connect to the first address that answers."""
        error: Exception = ConnectError(f"{host} has no address")
        for address in self._addresses:
            seconds = min(_CONNECT_SECONDS, _positive(self._deadline, ConnectTimeout))
            try:
                stream = self._plain.connect_tcp(address, port, seconds, local_address, socket_options)
            except (ConnectError, ConnectTimeout) as failure:
                error = failure
            else:
                return _DeadlineStream(stream, self._deadline)
        raise error


class _DeadlineStream(NetworkStream):
    """Holds every single read and write to the one deadline: a server that sends a byte at a time gains nothing."""

    def __init__(self, stream: NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline is what counts
        return self._stream.read(max_bytes, _positive(self._deadline, ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, _positive(self._deadline, WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> NetworkStream:
        seconds = _positive(self._deadline, ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - the library's signature
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()


def _positive(deadline: Deadline, late: type[Exception]) -> float:
    seconds = deadline.left()
    if seconds <= 0:
        raise late("the time for this is over")
    return seconds
