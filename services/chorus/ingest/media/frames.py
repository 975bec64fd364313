"""Messages between the parent and its child: a JSON header, then raw bytes.

    4 bytes header length | 8 bytes body length | header | body          (lengths are big-endian)

JSON and raw bytes on purpose: what a child says may have been written by whoever wrote the picture.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

_LENGTHS = struct.Struct(">IQ")
MAX_HEADER = 64 * 1024

Read = Callable[[int], bytes]
"""Gives exactly that many bytes, or raises `EOFError`."""


class BadFrame(Exception):
    """The other side does not keep to the form, or says more than it may."""


def pack(header: dict[str, Any], body: bytes = b"") -> bytes:
    """Put one message into bytes."""
    text = json.dumps(header).encode()
    return _LENGTHS.pack(len(text), len(body)) + text + body


def unpack(read: Read, *, max_body: int) -> tuple[dict[str, Any], bytes]:
    """Take one message; raises `BadFrame` before reading more than allowed."""
    header_length, body_length = _LENGTHS.unpack(read(_LENGTHS.size))
    if header_length > MAX_HEADER or body_length > max_body:
        message = f"a message of {header_length} + {body_length} bytes is more than allowed"
        raise BadFrame(message)
    return _header(read(header_length)), read(body_length)


def _header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = "the header is not JSON"
        raise BadFrame(message) from error
    if not isinstance(header, dict):
        message = "the header is not an object"
        raise BadFrame(message)
    return header
