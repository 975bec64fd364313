"""The child: reads one picture after another from standard input and answers on standard output.

Started as `python -I -m chorus.ingest.media.child` by `sandbox.Child`. It imports neither grpc nor anything else that
holds a connection or a secret, and after its warm-up it can open nothing.
"""

from __future__ import annotations

import base64
import os
import time
from typing import Any

from chorus.ingest.media import confine, credentials, frames, picture, render

STDIN, STDOUT = 0, 1
MAX_BODY = 64 * 1024 * 1024

_WARM_UP = tuple(
    base64.b64decode(text)
    for text in (
        "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=",
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    )
)


def main() -> None:
    """Warm up, lock the door, say so, and serve until the parent closes its end."""
    confine.limit_memory()
    warm_up()
    _write(frames.pack({"level": confine.confine()}))
    while True:
        try:
            _, data = frames.unpack(_read, max_body=MAX_BODY)
        except EOFError:
            return
        _write(answer(data))


def warm_up() -> None:
    """Walk every path once, so that nothing is left to import when files can no longer be opened."""
    for data in _WARM_UP:
        for still in render.sized(picture.read(data).image, 1):
            for copy in render.encoded(still):
                answer(copy.data + credentials.MARK)
    answer(b"no picture")


def answer(data: bytes) -> bytes:
    """Read one picture into a message; a refusal is an answer as well."""
    try:
        header, body = _decode(data)
    except Exception as error:  # noqa: BLE001 - whatever a decoder raises, it is the picture's fault
        refused = picture.refusal(error, data).refused
        header, body = {"refused": [refused.reason, refused.message]}, b""
    header["cpu"] = time.process_time()
    return frames.pack(header, body)


def _decode(data: bytes) -> tuple[dict[str, Any], bytes]:
    still = picture.read(data)
    sizes = list(render.sized(still.image, max(still.width, still.height)))
    copies = [copy for each in sizes for copy in render.encoded(each)]
    header = {
        "content_type": still.content_type,
        "width": still.width,
        "height": still.height,
        "frames": still.frames,
        **render.glance(sizes[-1].image),
        "credentials": credentials.read(data, still.content_type),
        "renditions": [[*copy[:4], len(copy.data)] for copy in copies],
    }
    return header, b"".join(copy.data for copy in copies)


def _read(count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = os.read(STDIN, min(count - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _write(message: bytes) -> None:
    view = memoryview(message)
    while view:
        view = view[os.write(STDOUT, view) :]


if __name__ == "__main__":
    main()
