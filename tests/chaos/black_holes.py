"""Collectors that are as bad as dead: one takes every connection and never says a word, one does not even connect."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Silence:
    """Where it is, and how many connections it was given."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.connections = 0


@contextmanager
def silent() -> Iterator[Silence]:
    """Accept, read nothing, answer nothing."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        silence = Silence(server.getsockname()[1])

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    held.append(server.accept()[0])
                    silence.connections += 1

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield silence
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()
            for each in held:
                each.close()


@contextmanager
def unreachable() -> Iterator[Silence]:
    """Drop every attempt to connect: the queue of a listener that never accepts is full, so Linux drops the SYN."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as stack:
        silence = Silence(server.getsockname()[1])
        while _connected(stack, server.getsockname()):
            pass
        yield silence


def _connected(stack: contextlib.ExitStack, address: tuple[str, int]) -> bool:
    knock = stack.enter_context(socket.socket())
    knock.settimeout(0.5)
    try:
        knock.connect(address)
    except TimeoutError:
        return False
    return True
